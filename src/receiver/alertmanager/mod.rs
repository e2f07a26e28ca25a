//! Telling Alertmanagers, as Prometheus does: every peer of a cluster, of what stands.
//!
//! An Alertmanager takes an alert as firing until its `endsAt`, so what fires is sent again and
//! again with an end that is always some minutes ahead. [`Told`] is what one peer is told, over
//! time; who calls it every minute is in `daemon/peers.rs`. Messages of the outbox go the same
//! way, once, so that a change is told at once and is not lost with the process.
//!
//! Source: `POST /api/v2/alerts` in Alertmanager's `api/v2/openapi.yaml`.

mod identity;
mod told;

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::task::JoinSet;

use super::clients::Clients;
use super::{Delivered, SendError, Tools, webhook};
use crate::config::Format;
use crate::dispatch::{Notification, State};

pub use identity::{fingerprint, labels};
pub use told::{Known, RESEND, Told};
use told::{bodies, time};

/// How long the answers of other peers are waited for once one has taken a message.
const OTHERS_WAIT: Duration = Duration::from_secs(1);
/// How answers are read: by their status alone, as those of a plain webhook.
const FORMAT: Format = Format::Standard { body: None };

/// Posts one body to one peer, once.
///
/// # Errors
///
/// As [`send`](super::send()).
pub async fn post(
    tools: &Tools,
    url: &SecretString,
    body: String,
    now: DateTime<Utc>,
) -> Result<Delivered, SendError> {
    post_by(tools.hooks.clients(), url, body, now).await
}

async fn post_by(
    clients: &Clients,
    url: &SecretString,
    body: String,
    now: DateTime<Utc>,
) -> Result<Delivered, SendError> {
    let target = Url::parse(&format!("{}/api/v2/alerts", url.expose_secret()));
    let target = target.map_err(|error| SendError::Reject {
        answer: format!("the Alertmanager's url cannot be used: {error}"),
    })?;
    let request = clients
        .to(&target)
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
    clients: &Clients,
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
        let (clients, url, bodies) = (clients.clone(), url.clone(), bodies.clone());
        peers.spawn(async move {
            let mut last = Ok(Delivered {
                answer: "nothing to tell".to_owned(),
            });
            for body in bodies {
                last = post_by(&clients, &url, body, now).await;
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
    use super::*;

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
