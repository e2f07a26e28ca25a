//! What one Alertmanager is told over time: alerts as it knows them, and the requests that say it all.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;

use super::labels;
use crate::dispatch::AlertView;

/// How often what fires is sent again, as Prometheus does.
pub const RESEND: TimeDelta = TimeDelta::minutes(1);
/// How far ahead the end of what fires is: as many rounds as Prometheus lets go amiss.
const ENDS_AHEAD: TimeDelta = TimeDelta::minutes(4);
/// How long what is over is sent again, as Prometheus does: a peer that restarts hears of it.
const OVER_FOR: TimeDelta = TimeDelta::minutes(15);
/// How many alerts go into one request, as with Prometheus.
const BATCH_MAX: usize = 256;

/// An alert as an Alertmanager knows it: the labels are its identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    starts: Option<DateTime<Utc>>,
    url: String,
}

/// What goes over the wire.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Postable<'a> {
    labels: &'a BTreeMap<String, String>,
    annotations: &'a BTreeMap<String, String>,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL", skip_serializing_if = "str::is_empty")]
    generator_url: &'a str,
}

impl Known {
    /// Returns an alert of a message as an Alertmanager knows it.
    pub fn of(alert: &AlertView) -> Self {
        let notes = [
            ("summary", &alert.summary),
            ("value", &alert.value),
            ("peak", &alert.peak),
            ("condition", &alert.condition),
            ("runbook_url", &alert.runbook_url),
        ];
        let notes = notes.into_iter().filter(|(_, text)| !text.is_empty());
        Self {
            labels: labels(alert),
            annotations: notes
                .map(|(name, text)| (name.to_owned(), text.clone()))
                .collect(),
            starts: time(&alert.fired_at),
            url: alert.url.clone(),
        }
    }

    /// Returns what is sent of it: `ends` is when it was over, `None` while it fires.
    pub(super) fn postable(&self, ends: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Postable<'_> {
        // Neither may be in the future: a simulator's clock can be ahead of the peer's.
        let starts = self.starts.unwrap_or(now).min(now);
        let ends = ends.map_or(now + ENDS_AHEAD, |ends| ends.min(now).max(starts));
        let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
        Postable {
            labels: &self.labels,
            annotations: &self.annotations,
            starts_at: text(starts),
            ends_at: text(ends),
            generator_url: &self.url,
        }
    }
}

/// Returns the time that a text of a message says.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok()
}

/// What one peer is told over time.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Told {
    /// What it was told fires.
    firing: BTreeMap<BTreeMap<String, String>, Known>,
    /// What it was told of and is over, and since when.
    over: BTreeMap<BTreeMap<String, String>, (Known, DateTime<Utc>)>,
}

impl Told {
    /// Takes in what fires at `now`, each with whether it may be told for the first time: what is
    /// muted is not begun with, and what a peer knows of is kept up. Returns whether that changes
    /// more than the words.
    pub fn update(&mut self, standing: Vec<(Known, bool)>, now: DateTime<Utc>) -> bool {
        let mut before = std::mem::take(&mut self.firing);
        let mut is_other = false;
        for (alert, may_begin) in standing {
            let was_there = before.remove(&alert.labels).is_some();
            if !was_there && !may_begin {
                continue;
            }
            is_other |= !was_there;
            self.over.remove(&alert.labels);
            self.firing.insert(alert.labels.clone(), alert);
        }
        is_other |= !before.is_empty();
        let over = before
            .into_iter()
            .map(|(labels, alert)| (labels, (alert, now)));
        self.over.extend(over);
        self.over.retain(|_, (_, since)| now - *since < OVER_FOR);
        is_other
    }

    /// Returns the bodies of the requests that say it all.
    pub fn bodies(&self, now: DateTime<Utc>) -> Vec<String> {
        let firing = self.firing.values().map(|alert| alert.postable(None, now));
        let over = self.over.values();
        let over = over.map(|(alert, since)| alert.postable(Some(*since), now));
        bodies(&firing.chain(over).collect::<Vec<_>>())
    }
}

/// Returns the bodies of the requests that tell of these.
pub(super) fn bodies(alerts: &[Postable<'_>]) -> Vec<String> {
    let chunks = alerts.chunks(BATCH_MAX);
    // Maps of texts have a form in JSON, whatever is in them.
    chunks
        .filter_map(|alerts| serde_json::to_string(alerts).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::receiver::trial::trial;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn alert(domain: &str) -> AlertView {
        let mut alert = trial("id", "cluster", 0, at("2026-11-22T10:00:00Z"))
            .alerts
            .remove(0);
        alert.domain = domain.to_owned();
        alert
    }

    fn sent(told: &Told, now: &str) -> Vec<(String, String, String)> {
        let mut all = Vec::new();
        for body in told.bodies(at(now)) {
            let alerts: Vec<Value> = serde_json::from_str(&body).unwrap();
            assert!(alerts.len() <= BATCH_MAX);
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            all.extend(alerts.iter().map(|alert| {
                let domain = text(&alert["labels"]["domain"]);
                (domain, text(&alert["startsAt"]), text(&alert["endsAt"]))
            }));
        }
        all
    }

    #[test]
    fn what_fires_ends_ahead_and_what_is_over_is_told_for_a_quarter_of_an_hour() {
        let mut told = Told::default();
        let a = || (Known::of(&alert("a")), true);
        let line = |ends: &str| {
            let time = |minute: &str| format!("2026-11-22T10:{minute}:00.000Z");
            vec![("a".to_owned(), time("00"), time(ends))]
        };
        assert!(told.update(vec![a()], at("2026-11-22T10:01:00Z")));
        assert_eq!(sent(&told, "2026-11-22T10:01:00Z"), line("05"));
        assert!(!told.update(vec![a()], at("2026-11-22T10:02:00Z")));
        assert_eq!(sent(&told, "2026-11-22T10:02:00Z"), line("06"));
        assert!(told.update(Vec::new(), at("2026-11-22T10:10:00Z")));
        assert!(!told.update(Vec::new(), at("2026-11-22T10:24:59Z")));
        assert_eq!(sent(&told, "2026-11-22T10:24:59Z"), line("10"));
        assert!(!told.update(Vec::new(), at("2026-11-22T10:25:00Z")));
        assert_eq!(sent(&told, "2026-11-22T10:25:00Z"), []);
    }

    #[test]
    fn what_is_muted_is_not_begun_with_and_what_is_known_is_kept_up() {
        let mut told = Told::default();
        let now = at("2026-11-22T10:01:00Z");
        assert!(!told.update(vec![(Known::of(&alert("a")), false)], now));
        assert!(told.bodies(now).is_empty());
        assert!(told.update(vec![(Known::of(&alert("a")), true)], now));
        assert!(!told.update(vec![(Known::of(&alert("a")), false)], now));
        assert_eq!(sent(&told, "2026-11-22T10:01:00Z").len(), 1);
    }

    #[test]
    fn a_change_of_severity_is_another_alert_and_the_former_is_over() {
        let mut told = Told::default();
        let now = at("2026-11-22T10:01:00Z");
        let mut worse = alert("a");
        told.update(vec![(Known::of(&worse), true)], now);
        worse.severity = "critical".to_owned();
        assert!(told.update(vec![(Known::of(&worse), true)], now));
        let ends: Vec<_> = sent(&told, "2026-11-22T10:01:00Z")
            .into_iter()
            .map(|(.., ends)| ends)
            .collect();
        assert_eq!(
            ends,
            ["2026-11-22T10:05:00.000Z", "2026-11-22T10:01:00.000Z"]
        );
    }

    #[test]
    fn a_storm_goes_out_in_batches() {
        let mut told = Told::default();
        let now = at("2026-11-22T10:01:00Z");
        let all = (0..600).map(|n| (Known::of(&alert(&format!("d{n}"))), true));
        told.update(all.collect(), now);
        assert_eq!(told.bodies(now).len(), 3);
        assert_eq!(sent(&told, "2026-11-22T10:01:00Z").len(), 600);
    }

    #[test]
    fn labels_have_names_that_every_version_takes_and_none_is_empty() {
        let mut odd = alert("");
        odd.labels = [
            ("team-x", "edge"),
            ("9lives", "cat"),
            ("domain", "mine"),
            ("none", ""),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let names: Vec<_> = Known::of(&odd).labels.into_keys().collect();
        assert_eq!(names, ["_lives", "alertname", "severity", "team_x"]);
    }
}
