//! What happened, in a sentence each.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::cli::backtest::outcome::{Outcome, Scope};
use crate::cli::backtest::words::{duration, peak as peak_of, time};
use crate::replay::firing::Firing;
use crate::replay::worst::Outage;
use crate::unit::{Minute, counted};

/// How many domains of a rule of many are named.
const NAMED_MAX: usize = 3;

/// Says in a line what happened.
pub(super) fn told(outage: &Outage<'_>, scope: &Scope) -> String {
    let (firing, (_, last)) = (outage.firing, scope.span);
    let series = firing.series().map(|series| scope.title(series));
    let place = match (series, outage.domains) {
        (Some(domain), 0 | 1) => domain,
        (Some(domain), all) => format!("{domain} and {} more at the same time", all - 1),
        (None, all) => format!("{} together", counted(all, "domain")),
    };
    let severity = if firing.began == firing.severity {
        firing.severity.to_string()
    } else {
        format!("{}, at first {}", firing.severity, firing.began)
    };
    let is_same_day = |at: Minute| at.start().date_naive() == outage.fired.start().date_naive();
    let at = |at: Minute| {
        let form = if is_same_day(at) {
            "%H:%M"
        } else {
            "%m-%d %H:%M"
        };
        at.start().format(form).to_string()
    };
    let also = outage.also.iter().map(|(rule, fired)| {
        if *fired < outage.fired {
            format!("{rule} since {}", at(*fired))
        } else {
            (*rule).to_owned()
        }
    });
    let also: Vec<String> = also.collect();
    let also = match also.as_slice() {
        [] => String::new(),
        rules => format!(", also {}", rules.join(", ")),
    };
    let how_long = match (outage.times, outage.end) {
        (1, Some(_)) => format!("for {}", duration(outage.minutes(last))),
        (1, None) => format!(
            "for {}, and still at the end",
            duration(outage.minutes(last))
        ),
        (times, end) => {
            let end = end.map_or(", and still at the end".to_owned(), |end| {
                format!(" until {}", at(end))
            });
            format!(
                "{times} times{end}, the worst at {} for {}",
                at(firing.fired),
                duration(firing.minutes(last))
            )
        }
    };
    let bad = |of: &Firing| of.peak.as_ref().map(peak_of);
    let bad = match (firing.series(), outage.worst_on) {
        (Some(_), _) => bad(firing).map(|bad| format!(", at the worst {bad}")),
        (None, worst) => {
            let on = worst.and_then(|of| Some((bad(of)?, scope.place(of))));
            on.map(|(bad, domain)| format!(", at the worst {bad} on {domain}"))
        }
    };
    format!(
        "{} {}: {place}, {} ({severity}){also}, {how_long}{}{}",
        outage.fired.start().format("%A"),
        time(outage.fired),
        firing.key.rule,
        named(outage, scope),
        bad.unwrap_or_default(),
    )
}

/// Names the domains that a rule of many counted when it began to fire, as a part of a sentence.
fn named(outage: &Outage<'_>, scope: &Scope) -> String {
    let on = &outage.firing.on;
    let names = on.iter().take(NAMED_MAX);
    let names: Vec<String> = names.map(|series| scope.title(series)).collect();
    let more = match on.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    if names.is_empty() {
        return String::new();
    }
    let when = if on.len() == outage.domains {
        "on"
    } else {
        "at first on"
    };
    format!(", {when} {}{more}", names.join(", "))
}

/// Says who would have been told first of what happened, and when, as a part of a sentence.
pub(super) fn whom(outcome: &Outcome<'_>, outage: &Outage<'_>) -> String {
    if outcome.messages.counts.is_empty() {
        return String::new();
    }
    match firsts(outcome, &outage.alerts) {
        // Somebody may know it from others: of an alert that flaps, or from the counts of a digest.
        told if told.is_empty() => "; no message of its own".to_owned(),
        told => format!("; told: {told}"),
    }
}

/// Returns who would have been told first of one of these alerts, each with the time of that.
pub(super) fn firsts(outcome: &Outcome<'_>, alerts: &[&Firing]) -> String {
    let Some(own) = alerts.first() else {
        return String::new();
    };
    let mut first: BTreeMap<&str, DateTime<Utc>> = BTreeMap::new();
    for alert in alerts {
        for (receiver, told) in outcome.messages.first_of(alert) {
            let known = first.entry(receiver).or_insert(*told);
            *known = (*known).min(*told);
        }
    }
    let mut first: Vec<(&str, DateTime<Utc>)> = first.into_iter().collect();
    first.sort_by_key(|(_, told)| *told);
    let at = |at: DateTime<Utc>| {
        let is_same_day = at.date_naive() == own.fired.start().date_naive();
        at.format(if is_same_day { "%H:%M" } else { "%m-%d %H:%M" })
    };
    let said = first
        .iter()
        .map(|(receiver, told)| format!("{receiver} {}", at(*told)));
    said.collect::<Vec<_>>().join(", ")
}
