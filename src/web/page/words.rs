//! The words of the page: times, durations, why something is not told.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::pipeline::{Mute, Phase, StandingAlert};
use crate::unit::Timespan;

/// Returns a time for people.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Returns a minute of a message for people.
pub(super) fn minute(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), time)
}

/// Returns how long it is from one time to another, in whole minutes.
pub(super) fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let minutes = (to - from).num_minutes().max(0);
    let seconds = u32::try_from(minutes.saturating_mul(60)).unwrap_or(u32::MAX / 60 * 60);
    match seconds {
        0 => "0m".to_owned(),
        _ => Timespan::from_seconds(seconds).to_string(),
    }
}

/// Returns how long it is since a minute of a message.
pub(super) fn since(text: &str, now: DateTime<Utc>) -> String {
    let from = text.parse::<DateTime<Utc>>();
    from.map_or_else(|_| String::new(), |from| span(from, now))
}

/// Returns why an alert is not told.
pub(super) fn mute(mute: &Mute) -> String {
    match mute {
        Mute::Silence(_) => "silenced".to_owned(),
        Mute::Inhibited(_) => "inhibited by another alert".to_owned(),
        Mute::OutsideHours => "outside its active hours".to_owned(),
        Mute::SourceLate => "kept back: the source is late".to_owned(),
        Mute::CatchingUp => "kept back: minutes that passed are caught up with".to_owned(),
        Mute::Flapping => "kept back: it fires again and again".to_owned(),
    }
}

/// An alert in a list.
#[derive(Debug, Serialize)]
pub(super) struct Card {
    /// The path of its page from those that have lists.
    pub(super) path: String,
    pub(super) severity: String,
    pub(super) rule: String,
    pub(super) place: String,
    pub(super) value: String,
    pub(super) peak: String,
    pub(super) since: String,
    pub(super) lasts: String,
    pub(super) summary: String,
    pub(super) condition: String,
    pub(super) mutes: Vec<String>,
    pub(super) taken_by: String,
}

/// Returns an alert as lists show it.
pub(super) fn card(alert: &StandingAlert, now: DateTime<Utc>) -> Card {
    let view = &alert.view;
    let path = match alert.phase {
        Phase::Firing => format!("alerts/{}", view.id),
        Phase::Pending => String::new(),
    };
    Card {
        path,
        severity: view.severity.clone(),
        rule: view.rule.clone(),
        place: place(&view.domain, &view.domains, &view.account),
        value: view.value.clone(),
        peak: view.peak.clone(),
        since: minute(&view.since),
        lasts: since(&view.since, now),
        summary: view.summary.clone(),
        condition: view.condition.clone(),
        mutes: alert.mutes.iter().map(mute).collect(),
        taken_by: view
            .ack
            .as_ref()
            .map_or_else(String::new, |ack| taken_by(&ack.by)),
    }
}

/// Returns who has taken an alert on.
pub(super) fn taken_by(by: &str) -> String {
    if by.is_empty() {
        "somebody".to_owned()
    } else {
        by.to_owned()
    }
}

/// How many domains of one alert are named.
const PLACES_MAX: usize = 3;

/// Returns where an alert is.
pub(super) fn place(domain: &str, domains: &[String], account: &str) -> String {
    if !domain.is_empty() {
        return domain.to_owned();
    }
    if domains.is_empty() {
        return match account {
            "" => String::new(),
            account => format!("account {account}"),
        };
    }
    let named = domains.iter().take(PLACES_MAX).cloned();
    let mut text = named.collect::<Vec<_>>().join(", ");
    if let Some(more) = domains
        .len()
        .checked_sub(PLACES_MAX)
        .filter(|more| *more > 0)
    {
        let _ = write!(text, " and {more} more");
    }
    text
}

/// Returns an address if a browser may go there.
pub(super) fn web_address(url: &str) -> Option<&str> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_places_are_said_in_short() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let from = at("2026-11-22T10:00:00Z");
        assert_eq!(time(from), "2026-11-22 10:00 UTC");
        assert_eq!(span(from, at("2026-11-22T11:05:59Z")), "1h5m");
        assert_eq!(span(from, at("2026-11-22T09:00:00Z")), "0m");
        assert_eq!(since("nonsense", from), "");
        let domains: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).into();
        assert_eq!(place("", &domains, ""), "a, b, c and 2 more");
        assert_eq!(place("", &[], "main"), "account main");
        assert_eq!(web_address("javascript:alert(1)"), None);
    }
}
