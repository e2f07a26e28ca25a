//! What the charts of a report show, as JSON.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::html::script_json;
use super::worst_first;
use crate::cli::backtest::outcome::{Outcome, Scope};
use crate::cli::backtest::recording::Recording;
use crate::cli::progress::Progress;
use crate::engine::{Plan, Ruleset};
use crate::lang::program::Type;
use crate::replay::curve::{Curve, Line, curves};
use crate::replay::firing::Firing;
use crate::replay::summary::noisiest;
use crate::unit::{Decimal, DomainName, Minute, Series, Severity};

/// How many domains have a chart: a reader looks at the noisiest.
const CHARTS_MAX: usize = 40;
/// How many curves a chart has.
const CURVES_MAX: usize = 6;
/// How many points all curves may have: some megabytes of text, which a browser reads at once.
const POINTS_MAX: usize = 3_000_000;
/// How many firings the program knows.
const FIRINGS_MAX: usize = 5_000;
/// Values are written in so many parts of one, as whole numbers.
const PARTS: i64 = 1_000;

/// Returns the data of all charts.
pub(super) fn json(
    outcome: &Outcome<'_>,
    scope: &Scope,
    recording: &Recording,
    (first, last): (Minute, Minute),
) -> anyhow::Result<String> {
    let shown = shown(outcome, scope);
    let minutes = usize::try_from(scope.minutes()).unwrap_or(usize::MAX);
    let room = POINTS_MAX / (shown.len() * CURVES_MAX).max(1);
    let bucket = minutes.div_ceil(room.max(1)).max(1);
    let plan = Plan::new(&outcome.config.program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: outcome.rules,
    };
    let mut charts = Vec::new();
    let mut progress = Progress::new("drawing", shown.len());
    for series in shown {
        if let Some(track) = recording.track(series)? {
            let program = &outcome.config.program;
            // What fired there is what a reader looks for: first what fired the worst and most often.
            let ahead = rules_of(outcome, &series.domain);
            let curves = curves(ruleset, program, &track, (&ahead, first, CURVES_MAX));
            let begin = track.first.max(first);
            let shown = curves.shown.iter().map(|of| curve(of, bucket));
            charts.push(json!({
                "domain": series.domain.as_str(),
                "account": series.account.as_str(),
                "begin": begin.epoch(),
                "curves": shown.collect::<Vec<_>>(),
                "left": curves.left,
            }));
        }
        progress.step(1);
    }
    drop(progress);
    let names: Vec<&str> = outcome
        .rules
        .iter()
        .map(|rule| rule.name.as_str())
        .collect();
    let firings = worst_first(&outcome.firings).into_iter().take(FIRINGS_MAX);
    let firings: Vec<Value> = firings.map(|of| firing(of, &names, last)).collect();
    Ok(script_json(&json!({
        "first": first.epoch(),
        "last": last.epoch(),
        "bucket": bucket,
        "parts": PARTS,
        "rules": names,
        "firings": firings,
        "charts": charts,
    })))
}

/// Returns the rules that fired on a domain: those that were the most severe first, of these the one
/// that fired most often, else in the order of the file.
fn rules_of<'a>(outcome: &'a Outcome<'_>, domain: &DomainName) -> Vec<&'a str> {
    let mut fired: BTreeMap<&str, (Severity, u64)> = BTreeMap::new();
    let own = outcome.firings.iter();
    for firing in own.filter(|of| of.domain() == Some(domain)) {
        let rule = fired.entry(&firing.key.rule);
        let (severity, times) = rule.or_insert((firing.severity, 0));
        *severity = firing.severity.max(*severity);
        *times += 1;
    }
    let rules = outcome.rules.iter().map(|rule| rule.name.as_str());
    let mut rules: Vec<&str> = rules.filter(|rule| fired.contains_key(rule)).collect();
    rules.sort_by_key(|rule| Reverse(fired.get(rule).copied()));
    rules
}

/// Returns the series that have a chart: the noisiest, then those that fired nothing of their own.
fn shown<'a>(outcome: &Outcome<'_>, scope: &'a Scope) -> Vec<&'a Series> {
    let noisy = noisiest(&outcome.firings, scope.span);
    let place = |series: &Series| {
        let place = noisy.iter().position(|(of, _)| of == series);
        place.unwrap_or(usize::MAX)
    };
    let mut shown: Vec<&Series> = scope.series.iter().collect();
    shown.sort_by_cached_key(|series| place(series));
    shown.truncate(CHARTS_MAX);
    shown
}

fn firing(of: &Firing, names: &[&str], last: Minute) -> Value {
    let rule = names.iter().position(|name| *name == of.key.rule);
    json!([
        rule,
        of.domain().map(DomainName::as_str),
        of.since.epoch(),
        of.fired.epoch(),
        of.end.unwrap_or(last.next()).epoch(),
        of.severity.as_str(),
    ])
}

fn curve(of: &Curve, bucket: usize) -> Value {
    let lines = of.thresholds.iter().map(|line: &Line| {
        json!({
            "value": parts(line.value),
            "rule": line.rule,
            "severity": line.severity.as_str(),
        })
    });
    json!({
        "text": of.text,
        "unit": match of.of {
            Type::Proportion => "%",
            Type::Number | Type::Condition => "",
        },
        "thresholds": lines.collect::<Vec<_>>(),
        "values": packed(&of.values, bucket),
    })
}

/// Returns a value in whole parts.
fn parts(value: Decimal) -> i64 {
    value.units() / (1_000_000_000 / PARTS)
}

/// Returns values as text: whole parts with commas between, nothing where unknown, and `*n` after
/// what stands n times. Of a bucket of several minutes the greatest is shown.
fn packed(values: &[Option<Decimal>], bucket: usize) -> String {
    let mut text = String::new();
    let mut run: Option<(Option<i64>, usize)> = None;
    let mut write = |value: Option<i64>, times: usize| {
        if !text.is_empty() {
            text.push(',');
        }
        if let Some(value) = value {
            let _ = write!(text, "{value}");
        }
        if times > 1 || value.is_none() {
            let _ = write!(text, "*{times}");
        }
    };
    for bucket in values.chunks(bucket) {
        let value = bucket.iter().flatten().max().map(|value| parts(*value));
        run = match run {
            Some((last, times)) if last == value => Some((last, times + 1)),
            Some((last, times)) => {
                write(last, times);
                Some((value, 1))
            }
            None => Some((value, 1)),
        };
    }
    if let Some((last, times)) = run {
        write(last, times);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_packed_by_runs_and_by_the_greatest_of_a_bucket() {
        let value = |text: &str| Some(text.parse().unwrap());
        let values = [
            value("0"),
            value("0"),
            value("12.3456"),
            None,
            None,
            value("-1"),
        ];
        assert_eq!(packed(&values, 1), "0*2,12345,*2,-1000");
        assert_eq!(packed(&values, 2), "0,12345,-1000");
        assert_eq!(packed(&[], 1), "");
        assert_eq!(packed(&[None], 1), "*1");
    }
}
