//! What the charts of a report show, as JSON.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::html::script_json;
use super::listed;
use super::spans::{Span, Spans, joined};
use crate::cli::backtest::outcome::{Outcome, Scope};
use crate::cli::backtest::recording::Recording;
use crate::cli::progress::Progress;
use crate::engine::{Plan, Ruleset};
use crate::lang::program::Type;
use crate::replay::curve::{Curve, Line, curves};
use crate::replay::firing::Firing;
use crate::replay::summary::noisiest;
use crate::unit::{Decimal, Minute, Series, Severity};

/// How many domains have a chart: a reader looks at the noisiest.
pub(super) const CHARTS_MAX: usize = 40;
/// How many curves a chart has.
const CURVES_MAX: usize = 6;
/// How many points all curves may have: some megabytes of text, which a browser reads at once.
const POINTS_MAX: usize = 3_000_000;
/// How many spans of alerts the overview may have, and a chart: more than a screen has columns.
const OVERVIEW_MAX: usize = 20_000;
const SPANS_MAX: usize = 2_000;
/// Values are written in so many parts of one, as whole numbers.
const PARTS: i64 = 1_000;

/// Whether an alert fires or is about to, as a chart shows it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shade {
    Pending,
    Firing,
}

/// Returns how many minutes a point of a curve is of.
pub(super) fn bucket(scope: &Scope) -> usize {
    let minutes = usize::try_from(scope.minutes()).unwrap_or(usize::MAX);
    let room = POINTS_MAX / (scope.series.len().clamp(1, CHARTS_MAX) * CURVES_MAX);
    if minutes <= room {
        return 1;
    }
    // Of several minutes there are two values: the least and the greatest.
    minutes.div_ceil((room / 2).max(1))
}

/// Returns the data of all charts.
pub(super) fn json(
    outcome: &Outcome<'_>,
    scope: &Scope,
    recording: &Recording,
) -> anyhow::Result<String> {
    let (first, last) = scope.span;
    let shown = shown(outcome, scope);
    let bucket = bucket(scope);
    let plan = Plan::new(&outcome.config.program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: outcome.rules,
    };
    let mut own: BTreeMap<&Series, Vec<&Firing>> = BTreeMap::new();
    for firing in &outcome.firings {
        if let Some(series) = firing.series() {
            own.entry(series).or_default().push(firing);
        }
    }
    let mut charts = Vec::new();
    let mut places: BTreeMap<&Series, usize> = BTreeMap::new();
    let mut progress = Progress::new("drawing", shown.len());
    for series in shown {
        if let Some(track) = recording.track(series)? {
            let own = own.get(series).map(Vec::as_slice).unwrap_or_default();
            let program = &outcome.config.program;
            // What fired there is what a reader looks for: first what fired the worst and most often.
            let ahead = rules_of(outcome, own);
            let curves = curves(ruleset, program, &track, (&ahead, first, CURVES_MAX));
            let begin = track.first.max(first);
            let shown = curves.shown.iter().map(|of| curve(of, bucket));
            let spans = spans_of(own, last);
            places.insert(series, charts.len());
            charts.push(json!({
                "title": scope.title(series),
                "alerts": own.len(),
                "spans": spans.spans.iter().map(|of| {
                    let (severity, shade) = of.kind;
                    json!([severity.as_str(), shade == Shade::Firing, of.from, of.to])
                }).collect::<Vec<_>>(),
                "apart": spans.apart,
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
    let overview = overview(outcome, &names, last);
    let firings = listed(&outcome.firings, last).into_iter();
    let firings = firings.map(|of| {
        let chart = of.series().and_then(|series| places.get(series));
        json!([chart, of.since.epoch(), end(of, last)])
    });
    Ok(script_json(&json!({
        "first": first.epoch(),
        "last": last.epoch(),
        "bucket": bucket,
        "parts": PARTS,
        "rules": names,
        "overview": overview.spans.iter().map(|of| {
            let (rule, severity) = of.kind;
            json!([rule, severity.as_str(), of.from, of.to])
        }).collect::<Vec<_>>(),
        "apart": overview.apart,
        "firings": firings.collect::<Vec<_>>(),
        "charts": charts,
    })))
}

/// Returns when rules fired, by their places.
fn overview(outcome: &Outcome<'_>, names: &[&str], last: Minute) -> Spans<(usize, Severity)> {
    let places = names.iter().enumerate();
    let places: BTreeMap<&str, usize> = places.map(|(at, name)| (*name, at)).collect();
    let spans = outcome.firings.iter().filter_map(|of| {
        Some(Span {
            kind: (*places.get(of.key.rule.as_str())?, of.severity),
            from: of.fired.epoch(),
            to: end(of, last),
        })
    });
    joined(spans.collect(), OVERVIEW_MAX)
}

/// Returns when alerts of one series were pending and fired.
fn spans_of(own: &[&Firing], last: Minute) -> Spans<(Severity, Shade)> {
    let spans = own.iter().flat_map(|of| {
        let (since, fired) = (of.since.epoch(), of.fired.epoch());
        let span = |shade, from, to| Span {
            kind: (of.severity, shade),
            from,
            to,
        };
        [
            span(Shade::Pending, since, fired),
            span(Shade::Firing, fired, end(of, last)),
        ]
    });
    joined(spans.collect(), SPANS_MAX)
}

/// Returns the minute after the last at which a firing fires.
fn end(of: &Firing, last: Minute) -> i64 {
    of.end.unwrap_or(last.next()).epoch()
}

/// Returns the rules that fired on a series: those that were the most severe first, of these the one
/// that fired most often, else in the order of the file.
fn rules_of<'a>(outcome: &'a Outcome<'_>, own: &[&Firing]) -> Vec<&'a str> {
    let mut fired: BTreeMap<&str, (Severity, u64)> = BTreeMap::new();
    for firing in own {
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

fn curve(of: &Curve, bucket: usize) -> Value {
    let lines = of.thresholds.iter().map(|line: &Line| {
        json!({
            "value": parts(line.value),
            "rule": line.rule,
            "severity": line.severity.as_str(),
        })
    });
    let buckets = || {
        of.values
            .chunks(bucket)
            .map(|bucket| bucket.iter().flatten())
    };
    let highs = buckets().map(Iterator::max);
    let lows = buckets().map(Iterator::min);
    json!({
        "text": of.text,
        "unit": match of.of {
            Type::Proportion => "%",
            Type::Number | Type::Condition => "",
        },
        "thresholds": lines.collect::<Vec<_>>(),
        "values": packed(highs),
        // Of one minute, both are the same.
        "lows": (bucket > 1).then(|| packed(lows)),
    })
}

/// Returns a value in whole parts.
fn parts(value: Decimal) -> i64 {
    value.units() / (1_000_000_000 / PARTS)
}

/// Returns values as text: whole parts with commas between, nothing where unknown, and `*n` after
/// what stands n times.
fn packed<'a>(values: impl Iterator<Item = Option<&'a Decimal>>) -> String {
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
    for value in values {
        let value = value.map(|value| parts(*value));
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

    fn drawn(values: &[&str], bucket: usize) -> (String, Option<String>) {
        let value = |text: &&str| text.parse().ok();
        let of = Curve {
            text: "5xx".to_owned(),
            of: Type::Proportion,
            thresholds: Vec::new(),
            values: values.iter().map(value).collect(),
        };
        let json = curve(&of, bucket);
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        (text("values").unwrap(), text("lows"))
    }

    #[test]
    fn values_are_packed_by_runs_and_of_a_bucket_there_are_the_greatest_and_the_least() {
        let values = ["0", "0", "12.3456", "?", "?", "-1"];
        assert_eq!(drawn(&values, 1), ("0*2,12345,*2,-1000".to_owned(), None));
        let both = ("12345,-1000".to_owned(), Some("0,-1000".to_owned()));
        assert_eq!(drawn(&values, 3), both);
        assert_eq!(drawn(&[], 1).0, "");
        assert_eq!(drawn(&["?"], 1).0, "*1");
    }
}
