//! Telling Alertmanagers, as Prometheus does: every peer of a cluster, of what stands.
//!
//! An Alertmanager takes an alert as firing until its `endsAt`, so what fires is sent again and
//! again with an end that is always some minutes ahead. [`Told`] is what one peer is told, over
//! time; who calls it every minute is in `daemon/peers.rs`. Messages of the outbox go the same
//! way, once, so that a change is told at once and is not lost with the process.
//!
//! Source: `POST /api/v2/alerts` in Alertmanager's `api/v2/openapi.yaml`.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use tokio::task::JoinSet;

use super::{Delivered, SendError, Tools, webhook};
use crate::config::Format;
use crate::dispatch::{AlertView, Notification, State};

/// How often what fires is sent again, as Prometheus does.
pub const RESEND: TimeDelta = TimeDelta::minutes(1);
/// How far ahead the end of what fires is: as many rounds as Prometheus lets go amiss.
const ENDS_AHEAD: TimeDelta = TimeDelta::minutes(4);
/// How long what is over is sent again, as Prometheus does: a peer that restarts hears of it.
const OVER_FOR: TimeDelta = TimeDelta::minutes(15);
/// How long the answers of other peers are waited for once one has taken a message.
const OTHERS_WAIT: Duration = Duration::from_secs(1);
/// How answers are read: by their status alone, as those of a plain webhook.
const FORMAT: Format = Format::Standard { body: None };
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
struct Postable<'a> {
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
        let own = [
            ("alertname", &alert.rule),
            ("account", &alert.account),
            ("domain", &alert.domain),
            ("severity", &alert.severity),
        ];
        let mut labels: BTreeMap<String, String> = alert
            .labels
            .iter()
            .map(|(name, value)| (label_name(name), value.clone()))
            .collect();
        labels.extend(own.map(|(name, value)| (name.to_owned(), value.clone())));
        labels.retain(|_, value| !value.is_empty());
        let notes = [
            ("summary", &alert.summary),
            ("value", &alert.value),
            ("peak", &alert.peak),
            ("condition", &alert.condition),
            ("runbook_url", &alert.runbook_url),
        ];
        let notes = notes.into_iter().filter(|(_, text)| !text.is_empty());
        Self {
            labels,
            annotations: notes
                .map(|(name, text)| (name.to_owned(), text.clone()))
                .collect(),
            starts: time(&alert.fired_at),
            url: alert.url.clone(),
        }
    }

    /// Returns what is sent of it: `ends` is when it was over, `None` while it fires.
    fn postable(&self, ends: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Postable<'_> {
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

fn time(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok()
}

/// Returns a label's name as every version of Alertmanager takes it.
fn label_name(name: &str) -> String {
    let sound = |(at, c): (usize, char)| match c {
        'a'..='z' | 'A'..='Z' | '_' => c,
        '0'..='9' if 0 < at => c,
        _ => '_',
    };
    name.chars().enumerate().map(sound).collect()
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

fn bodies(alerts: &[Postable<'_>]) -> Vec<String> {
    let chunks = alerts.chunks(BATCH_MAX);
    // Maps of texts have a form in JSON, whatever is in them.
    chunks
        .filter_map(|alerts| serde_json::to_string(alerts).ok())
        .collect()
}

/// Posts one body to one peer, once.
///
/// # Errors
///
/// As [`send`](super::send).
pub async fn post(
    tools: &Tools,
    url: &SecretString,
    body: String,
    now: DateTime<Utc>,
) -> Result<Delivered, SendError> {
    post_by(tools.hooks.client(), url, body, now).await
}

async fn post_by(
    http: &reqwest::Client,
    url: &SecretString,
    body: String,
    now: DateTime<Utc>,
) -> Result<Delivered, SendError> {
    let target = Url::parse(&format!("{}/api/v2/alerts", url.expose_secret()));
    let target = target.map_err(|error| SendError::Reject {
        answer: format!("the Alertmanager's url cannot be used: {error}"),
    })?;
    let request = http
        .post(target.clone())
        .header(CONTENT_TYPE, "application/json");
    match request.body(body).send().await {
        Ok(response) => webhook::judge(response, &target, &FORMAT, now).await,
        Err(error) => Err(webhook::unreachable(error, &target, &FORMAT)),
    }
}

/// Tells all peers of a message's alerts at the same time. It is delivered once one peer took it:
/// peers tell each other, and are told again every minute.
pub(super) async fn send(
    http: &reqwest::Client,
    urls: &[SecretString],
    notification: &Notification,
    now: DateTime<Utc>,
) -> Result<Delivered, SendError> {
    let alerts: Vec<(Known, Option<DateTime<Utc>>)> = notification
        .alerts
        .iter()
        .map(|alert| {
            let ended = alert.ended_at.as_deref().and_then(time).unwrap_or(now);
            (
                Known::of(alert),
                (alert.state != State::Firing).then_some(ended),
            )
        })
        .collect();
    let postable = alerts
        .iter()
        .map(|(alert, ends)| alert.postable(*ends, now));
    let bodies = bodies(&postable.collect::<Vec<_>>());
    let mut peers = JoinSet::new();
    for (place, url) in urls.iter().enumerate() {
        let (http, url, bodies) = (http.clone(), url.clone(), bodies.clone());
        peers.spawn(async move {
            let mut last = Ok(Delivered {
                answer: "nothing to tell".to_owned(),
            });
            for body in bodies {
                last = post_by(&http, &url, body, now).await;
                if last.is_err() {
                    break;
                }
            }
            (place, last)
        });
    }
    let mut answers = Vec::new();
    while let Some(answer) = next_of(&mut peers, &answers).await {
        // Whatever became of a task that failed, its peer did not say that it took the message.
        answers.extend(answer);
    }
    answers.sort_by_key(|(place, _)| *place);
    judge(
        answers.into_iter().map(|(_, answer)| answer).collect(),
        urls.len(),
    )
}

/// The answer of a peer, by its place in the list.
type Answer = (usize, Result<Delivered, SendError>);

/// Waits for the next answer: once one peer has taken the message, not for long, so that a dead
/// peer delays no other message to the living.
async fn next_of(
    peers: &mut JoinSet<Answer>,
    answers: &[Answer],
) -> Option<Result<Answer, tokio::task::JoinError>> {
    if answers.iter().all(|(_, answer)| answer.is_err()) {
        return peers.join_next().await;
    }
    let next = tokio::time::timeout(OTHERS_WAIT, peers.join_next());
    next.await.unwrap_or(None)
}

/// Makes one answer of those of all peers: the best of them, with the words of all.
fn judge(answers: Vec<Result<Delivered, SendError>>, peers: usize) -> Result<Delivered, SendError> {
    let late = peers.saturating_sub(answers.len());
    let words: Vec<String> = answers
        .iter()
        .map(|answer| match answer {
            Ok(delivered) => delivered.answer.clone(),
            Err(fault) => fault.to_string(),
        })
        .collect();
    let mut answer = words.join("; ");
    if 0 < late {
        answer = format!("{answer}; {late} of {peers} peers have not answered yet");
    }
    if answers.iter().any(Result::is_ok) {
        return Ok(Delivered { answer });
    }
    let waits = answers.into_iter().filter_map(|answer| match answer {
        Err(SendError::Retry { after, .. }) => Some(after),
        Err(SendError::Reject { .. }) | Ok(_) => None,
    });
    // The peer that asks for the shortest wait may be asked first; one that asks for none at once.
    match waits.min() {
        Some(after) => Err(SendError::Retry { after, answer }),
        None => Err(SendError::Reject { answer }),
    }
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

    #[test]
    fn a_message_is_delivered_once_one_peer_took_it() {
        let ok = || {
            Ok(Delivered {
                answer: "200".to_owned(),
            })
        };
        let retry = |after| {
            let answer = "503".to_owned();
            Err(SendError::Retry { after, answer })
        };
        let reject = || {
            Err(SendError::Reject {
                answer: "400".to_owned(),
            })
        };
        let answer = judge(vec![retry(None), ok(), reject()], 4).unwrap().answer;
        assert_eq!(answer, "503; 200; 400; 1 of 4 peers have not answered yet");
        let minute = Some(Duration::from_mins(1));
        assert_eq!(
            judge(vec![reject(), retry(minute)], 2),
            Err(SendError::Retry {
                after: minute,
                answer: "400; 503".to_owned(),
            })
        );
        assert!(matches!(
            judge(vec![reject()], 1),
            Err(SendError::Reject { .. })
        ));
    }
}
