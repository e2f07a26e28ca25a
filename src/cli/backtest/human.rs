//! A backtest in words: which rules fired how often, where, for how long, and who would have been
//! told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::outcome::{Outcome, Scope};
use super::timeline::{Look, lines};
use super::words::{Side, clip, columns, count, duration, name, paragraph, peak, time};
use crate::engine::Rule;
use crate::replay::firing::Firing;
use crate::replay::summary::{Tally, median, noisiest};
use crate::unit::{DomainName, Minute};

/// How many domains and firings are listed; who wants all takes `--format json` or `--report`.
const LISTED_MAX: usize = 10;
/// How many silent rules are named.
const SILENT_MAX: usize = 20;

/// Returns the text.
pub(super) fn text(outcome: &Outcome<'_>, scope: &Scope, look: Look) -> String {
    let mut text = format!("{} over {}\n", outcome.path, scope.name);
    let Some((first, last)) = scope.span else {
        text.push_str("there is no minute to judge\n");
        return text;
    };
    let domains = scope.series.len() as u64;
    let _ = writeln!(
        text,
        "{}, {}: {} to {} UTC, {}\n",
        count(outcome.rules.len() as u64, "rule"),
        count(domains, "domain"),
        time(first),
        time(last.next()),
        duration(scope.minutes())
    );
    if outcome.firings.is_empty() {
        text.push_str("Nothing would have fired.\n");
        return text;
    }
    text.push_str(&rules(outcome, scope, last));
    text.push_str(&silent(outcome, scope));
    text.push('\n');
    text.push_str(&of_domains(outcome, last));
    text.push_str(&longest(outcome, last));
    text.push_str(&told(outcome, scope));
    text.push_str(&timeline(outcome, scope, look));
    text
}

/// Returns the rules that fired, each with its firings, in the order of the file.
fn firing_rules<'a>(outcome: &'a Outcome<'_>) -> Vec<(&'a Rule, Vec<&'a Firing>)> {
    let mut by_rule: BTreeMap<&str, Vec<&Firing>> = BTreeMap::new();
    for firing in &outcome.firings {
        by_rule.entry(&firing.key.rule).or_default().push(firing);
    }
    let rules = outcome.rules.iter();
    let with = rules.filter_map(|rule| Some((rule, by_rule.remove(rule.name.as_str())?)));
    with.collect()
}

fn rules(outcome: &Outcome<'_>, scope: &Scope, last: Minute) -> String {
    const LEFT: Side = Side::Left;
    const RIGHT: Side = Side::Right;
    let heads = [
        "RULE",
        "ALERTS",
        "DOMAINS",
        "FIRING",
        "MEDIAN",
        "LONGEST",
        "KNOWN AFTER",
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for (rule, firings) in firing_rules(outcome) {
        let tally = Tally::of(firings.into_iter(), last);
        let about = scope.series.iter();
        let about = about.filter(|of| rule.domains.matches(of.domain.as_str()));
        let domains = if rule.is_fleet() {
            "together".to_owned()
        } else {
            format!("{} of {}", tally.domains(), about.count())
        };
        let of = |number: Option<u64>| number.map(duration).unwrap_or_default();
        let (usual, worst) = (median(&tally.to_know), tally.to_know.last().copied());
        let known = if usual == worst {
            of(usual)
        } else {
            format!("{}, worst {}", of(usual), of(worst))
        };
        rows.push(vec![
            name(&rule.name),
            tally.firings.to_string(),
            domains,
            duration(tally.minutes),
            of(median(&tally.lengths)),
            of(tally.lengths.last().copied()),
            known,
        ]);
    }
    let sides = [LEFT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, LEFT];
    let mut text = columns(&sides, &rows);
    text.push_str(&paragraph(&format!(
        "KNOWN AFTER counts minutes of data, the first bad and the deciding one included; the service judges a minute {} after its end (`settle:`).",
        outcome.config.settle
    )));
    text
}

/// Names the rules that did not fire, and says how many domains had no alert.
fn silent(outcome: &Outcome<'_>, scope: &Scope) -> String {
    let fired = outcome.firings.iter();
    let fired: BTreeSet<&str> = fired.map(|firing| firing.key.rule.as_str()).collect();
    let mut silent: Vec<String> = outcome
        .rules
        .iter()
        .filter(|rule| !fired.contains(rule.name.as_str()))
        .map(|rule| name(&rule.name))
        .collect();
    let mut text = String::new();
    if !silent.is_empty() {
        let more = silent.len().saturating_sub(SILENT_MAX);
        silent.truncate(SILENT_MAX);
        if more > 0 {
            silent.push(format!("{more} more"));
        }
        text.push_str(&paragraph(&format!("Never fired: {}.", silent.join(", "))));
    }
    let noisy: BTreeSet<&DomainName> = outcome.firings.iter().filter_map(Firing::domain).collect();
    let series = scope.series.iter();
    let calm = series.filter(|of| !noisy.contains(&of.domain)).count() as u64;
    if calm > 0 {
        let all = scope.series.len();
        let _ = writeln!(
            text,
            "Without an alert of their own: {calm} of {all} domains."
        );
    }
    text
}

fn of_domains(outcome: &Outcome<'_>, last: Minute) -> String {
    let noisy = noisiest(&outcome.firings, last);
    if noisy.is_empty() {
        return String::new();
    }
    let more = noisy.len().saturating_sub(LISTED_MAX);
    let heads = ["NOISIEST DOMAIN", "ALERTS", "FIRING", "RULES"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for (domain, tally) in noisy.iter().take(LISTED_MAX) {
        let rules = tally.rules().into_iter();
        let rules = rules.map(|(rule, count)| format!("{} {count}", name(rule)));
        rows.push(vec![
            name(domain.as_str()),
            tally.firings.to_string(),
            duration(tally.minutes),
            clip(&rules.collect::<Vec<_>>().join(", "), 34),
        ]);
    }
    let sides = [Side::Left, Side::Right, Side::Right, Side::Left];
    let mut text = columns(&sides, &rows);
    if more > 0 {
        let _ = writeln!(text, "and {} more", count(more as u64, "domain"));
    }
    text.push('\n');
    text
}

fn longest(outcome: &Outcome<'_>, last: Minute) -> String {
    let mut firings: Vec<&Firing> = outcome.firings.iter().collect();
    firings.sort_by_key(|firing| std::cmp::Reverse(firing.minutes(last)));
    let more = firings.len().saturating_sub(LISTED_MAX);
    firings.truncate(LISTED_MAX);
    firings.sort_by_key(|firing| firing.fired);
    let title = if more > 0 { "LONGEST ALERT" } else { "ALERT" };
    let mut rows = vec![vec![
        "FIRED AT".to_owned(),
        "FOR".to_owned(),
        title.to_owned(),
        "PEAK".to_owned(),
    ]];
    for firing in firings {
        let open = if firing.end.is_none() { "+" } else { "" };
        let domain = firing.domain().map(|domain| name(domain.as_str()));
        rows.push(vec![
            time(firing.fired),
            format!("{}{open}", duration(firing.minutes(last))),
            clip(
                &format!("{} {}", firing.key.rule, domain.unwrap_or_default()),
                36,
            ),
            clip(&firing.peak.as_ref().map(peak).unwrap_or_default(), 18),
        ]);
    }
    let sides = [Side::Left, Side::Right, Side::Left, Side::Left];
    let mut text = columns(&sides, &rows);
    if outcome.firings.iter().any(|firing| firing.end.is_none()) {
        text.push_str("+ still firing at the end\n");
    }
    text.push('\n');
    text
}

/// Says how many messages each receiver would have had.
fn told(outcome: &Outcome<'_>, scope: &Scope) -> String {
    if outcome.messages.is_empty() {
        return String::new();
    }
    let days = (scope.minutes() / 1_440).max(1);
    let mut rows = vec![vec![
        "RECEIVER".to_owned(),
        "MESSAGES".to_owned(),
        String::new(),
    ]];
    for (receiver, messages) in &outcome.messages {
        let per_day = 10 * messages / days;
        let rate = match days {
            1 => String::new(),
            _ => format!("{}.{} a day", per_day / 10, per_day % 10),
        };
        rows.push(vec![name(&receiver.0), messages.to_string(), rate]);
    }
    columns(&[Side::Left, Side::Right, Side::Left], &rows) + "\n"
}

fn timeline(outcome: &Outcome<'_>, scope: &Scope, look: Look) -> String {
    let rows: Vec<(String, Vec<&Firing>)> = firing_rules(outcome)
        .into_iter()
        .map(|(rule, firings)| (rule.name.clone(), firings))
        .collect();
    lines(&rows, scope.span, look)
}
