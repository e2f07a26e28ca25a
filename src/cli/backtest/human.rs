//! A backtest in words: which rules fired how often, where, for how long, and who would have been
//! told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::outcome::{Outcome, Scope};
use super::timeline::{Look, lines};
use super::words::{NAME_MAX, Side, clip, columns, duration, name, paragraph, peak, rate, time};
use crate::engine::Rule;
use crate::replay::firing::Firing;
use crate::replay::summary::{Tally, median, noisiest};
use crate::replay::worst::Outage;
use crate::unit::{Series, counted};

/// How many domains and firings are listed; who wants all takes `--format json` or `--report`.
const LISTED_MAX: usize = 10;
/// How many characters an alert has.
const ALERT_MAX: usize = 36;
/// How many silent rules are named.
const SILENT_MAX: usize = 20;

/// Returns the text.
pub(super) fn text(outcome: &Outcome<'_>, scope: &Scope, look: Look) -> String {
    let mut text = format!("{} over {}\n", outcome.path, scope.name);
    let (first, last) = scope.span;
    let domains = scope.series.len() as u64;
    let _ = writeln!(
        text,
        "{}, {}: {} to {} UTC, {}\n",
        counted(outcome.rules.len(), "rule"),
        counted(domains, "domain"),
        time(first),
        time(last.next()),
        duration(scope.minutes())
    );
    if let Some(kept) = scope.looked_back_from {
        text.push_str(&paragraph(&format!(
            "The store has minutes from {} UTC on, but the service judged from {} UTC on and looked back upon those before, and so does this: `--judge-from {kept}` judges them all, as a backtest over an export does.",
            time(kept),
            time(first)
        )));
        text.push('\n');
    }
    if outcome.firings.is_empty() {
        text.push_str(&untried(outcome));
        text.push_str(&nothing(outcome));
        return text;
    }
    text.push_str(&rules(outcome, scope));
    text.push_str(&silent(outcome, scope));
    text.push_str(&untried(outcome));
    text.push('\n');
    text.push_str(&of_domains(outcome, scope, look));
    text.push_str(&worst(outcome, scope, look));
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

fn rules(outcome: &Outcome<'_>, scope: &Scope) -> String {
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
        let tally = Tally::of(firings.into_iter(), scope.span);
        let about = scope.series.iter();
        let about = about.filter(|of| rule.domains.matches(of.domain.as_str()));
        let domains = if rule.is_fleet() {
            "together".to_owned()
        } else {
            format!("{} of {}", tally.domains(), about.count())
        };
        let of = |number: Option<u64>| number.map(duration).unwrap_or_default();
        let known = match (median(&tally.to_know), tally.to_know.last().copied()) {
            (Some(usual), Some(worst)) if usual < worst => {
                format!("{}, worst {}", duration(usual), duration(worst))
            }
            (Some(usual), _) => duration(usual),
            // All were bad already in the first minute that is judged.
            (None, _) => "not known".to_owned(),
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
        "FIRING adds up all alerts, also those of several domains at once. KNOWN AFTER counts from the first minute in which the condition was true (of a window such as `over 1h`, later than the first bad minute) to the deciding one; the service judges a minute {} after its end (`settle:`).",
        outcome.config.settle
    )));
    text
}

/// Says that nothing fired, of rules that could have.
fn nothing(outcome: &Outcome<'_>) -> String {
    let tried = outcome.rules.iter();
    let tried = tried.filter(|rule| outcome.untried.has_tried(rule));
    match tried.count() {
        0 => String::new(),
        some if some == outcome.rules.len() => "Nothing would have fired.\n".to_owned(),
        _ => "Nothing else would have fired.\n".to_owned(),
    }
}

/// Names the rules that could not be tried: these are not calm.
fn untried(outcome: &Outcome<'_>) -> String {
    let said = outcome.untried.sentences(outcome.rules);
    let more = said.len().saturating_sub(SILENT_MAX);
    let shown = said.iter().take(SILENT_MAX);
    let mut text: String = shown.map(|said| paragraph(said)).collect();
    if more > 0 {
        let _ = writeln!(text, "and {} more", counted(more, "such rule"));
    }
    text
}

/// Names the rules that did not fire, and says how many domains had no alert.
fn silent(outcome: &Outcome<'_>, scope: &Scope) -> String {
    let fired = outcome.firings.iter();
    let fired: BTreeSet<&str> = fired.map(|firing| firing.key.rule.as_str()).collect();
    let mut silent: Vec<String> = outcome
        .rules
        .iter()
        .filter(|rule| !fired.contains(rule.name.as_str()) && outcome.untried.has_tried(rule))
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
    let noisy: BTreeSet<&Series> = outcome.firings.iter().filter_map(Firing::series).collect();
    let series = scope.series.iter();
    let calm = series.filter(|of| !noisy.contains(of)).count() as u64;
    if calm > 0 {
        let all = scope.series.len();
        let _ = writeln!(
            text,
            "Without an alert of their own: {calm} of {all} domains."
        );
    }
    text
}

fn of_domains(outcome: &Outcome<'_>, scope: &Scope, look: Look) -> String {
    let noisy = noisiest(&outcome.firings, scope.span);
    if noisy.is_empty() {
        return String::new();
    }
    let more = noisy.len().saturating_sub(LISTED_MAX);
    let heads = ["NOISIEST DOMAIN", "ALERTS", "FIRING", "RULES"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for (series, tally) in noisy.iter().take(LISTED_MAX) {
        let rules = tally.rules().into_iter();
        let rules = rules.map(|(rule, count)| format!("{} {count}", name(rule)));
        rows.push(vec![
            clip(&scope.title(series), NAME_MAX + look.spare() / 2),
            tally.firings.to_string(),
            duration(tally.minutes),
            clip(&rules.collect::<Vec<_>>().join(", "), 34 + look.spare() / 2),
        ]);
    }
    let sides = [Side::Left, Side::Right, Side::Right, Side::Left];
    let mut text = columns(&sides, &rows);
    if more > 0 {
        let _ = writeln!(text, "and {} more", counted(more, "domain"));
    }
    text.push('\n');
    text
}

/// Lists the worst alerts, the worst first; all of them in the order of time, if they are few.
fn worst(outcome: &Outcome<'_>, scope: &Scope, look: Look) -> String {
    let (_, last) = scope.span;
    let is_all = outcome.firings.len() <= LISTED_MAX;
    let listed: Vec<Outage<'_>> = if is_all {
        outcome.firings.iter().map(Outage::alone).collect()
    } else {
        outcome.worst(last, LISTED_MAX)
    };
    let title = if is_all { "ALERT" } else { "THE WORST" };
    let heads = ["FIRED AT", "FOR", title, "PEAK"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let (mut has_open, mut has_more, mut has_again) = (false, false, false);
    for outage in listed {
        let firing = outage.firing;
        let open = if outage.end.is_none() { "+" } else { "" };
        has_open |= outage.end.is_none();
        has_again |= outage.times > 1;
        let mut more = match outage.domains {
            0 | 1 => String::new(),
            all if firing.series().is_some() => format!(" +{}", all - 1),
            _ => String::new(),
        };
        has_more |= !more.is_empty();
        if outage.times > 1 {
            let _ = write!(more, " {}x", outage.times);
        }
        let alert = format!("{} {}", firing.key.rule, scope.place(firing));
        let room = ALERT_MAX + look.spare() / 2 - more.chars().count();
        rows.push(vec![
            time(outage.fired),
            format!("{}{open}", duration(outage.minutes(last))),
            clip(alert.trim(), room) + &more,
            clip(
                &firing.peak.as_ref().map(peak).unwrap_or_default(),
                18 + look.spare() / 2,
            ),
        ]);
    }
    let sides = [Side::Left, Side::Right, Side::Left, Side::Left];
    let mut text = columns(&sides, &rows);
    if has_more {
        text.push_str("+N: on so many more domains at the same time\n");
    }
    if has_again {
        text.push_str("Nx: so often, one soon after the other; FOR is up to the end of the last\n");
    }
    if has_open {
        text.push_str("+ still firing at the end\n");
    }
    text.push('\n');
    text
}

/// Says how many messages each receiver would have had.
fn told(outcome: &Outcome<'_>, scope: &Scope) -> String {
    if outcome.messages.counts.is_empty() {
        return String::new();
    }
    let mut rows = vec![vec![
        "RECEIVER".to_owned(),
        "MESSAGES".to_owned(),
        String::new(),
    ]];
    for (receiver, messages) in &outcome.messages.counts {
        let a_day = rate(*messages, 1, scope.minutes());
        let a_day = a_day.map_or_else(String::new, |rate| format!("{rate} a day"));
        rows.push(vec![name(&receiver.0), messages.to_string(), a_day]);
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
