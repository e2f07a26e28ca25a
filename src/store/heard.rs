//! Which firings a lane has heard of: nobody is told of the end of what they never heard began.
//!
//! A firing is heard of once a message that shows it as firing is delivered, or once that alert of it
//! was taken. It is unheard of once such a message is given up before any was delivered. Of what is not noted, because it is
//! older than the notes or because one message tells both beginning and end, nothing is held back.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::{SqliteConnection, SqliteExecutor, SqlitePool};

use super::batch::Insert;
use super::lanes::{Claim, Lane};
use super::rows::millis;
use super::{Store, StoreError, waits};
use crate::dispatch::{AlertView, Notification, State};

impl Store {
    /// Returns the firings of which a lane has heard that they began, and not that they are over, as
    /// far as that is still remembered.
    ///
    /// # Errors
    ///
    /// [`StoreError::Outbox`] if the database fails.
    pub async fn heard_by(&self, lane: &Lane) -> Result<BTreeSet<String>, StoreError> {
        let heard = firings(&self.reader, lane, "yes").await;
        heard.map_err(|error| StoreError::Outbox(self.fault(error)))
    }
}

/// Returns the firings of which a lane has heard, or could not be told.
async fn firings(
    db: impl SqliteExecutor<'_>,
    lane: &Lane,
    word: &'static str,
) -> Result<BTreeSet<String>, sqlx::Error> {
    let firings = sqlx::query_scalar(
        "SELECT firing FROM heard WHERE receiver = $1 AND channel = $2 AND heard = $3",
    );
    let firings = firings
        .bind(lane.receiver.clone())
        .bind(i64::from(lane.channel))
        .bind(word);
    let firings: Vec<String> = firings.fetch_all(db).await?;
    Ok(firings.into_iter().collect())
}

/// Notes that a lane heard of these firings, and of the ends among them.
pub(super) async fn note_delivered(
    db: &mut SqliteConnection,
    lane: &Lane,
    alerts: &[AlertView],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let heard = Insert {
        head: "INSERT INTO heard (receiver, channel, firing, at, heard)",
        columns: 5,
        tail: "ON CONFLICT (receiver, channel, firing)
               DO UPDATE SET heard = excluded.heard, at = excluded.at",
    };
    note(db, lane, alerts, &heard, "yes", at).await?;
    for alert in alerts.iter().filter(|alert| is_end(alert)) {
        let over =
            sqlx::query("DELETE FROM heard WHERE receiver = $1 AND channel = $2 AND firing = $3");
        let over = over
            .bind(lane.receiver.clone())
            .bind(i64::from(lane.channel));
        over.bind(alert.id.clone()).execute(&mut *db).await?;
    }
    Ok(())
}

/// Notes that a lane could not be told of these firings, unless it heard of them before.
pub(super) async fn note_dead(
    db: &mut SqliteConnection,
    lane: &Lane,
    alerts: &[AlertView],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let unheard = Insert {
        head: "INSERT INTO heard (receiver, channel, firing, at, heard)",
        columns: 5,
        tail: "ON CONFLICT DO NOTHING",
    };
    note(db, lane, alerts, &unheard, "no", at).await
}

/// Notes something of each of these alerts that fires.
async fn note(
    db: &mut SqliteConnection,
    lane: &Lane,
    alerts: &[AlertView],
    insert: &Insert,
    word: &'static str,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let firing = alerts.iter().filter(|a| a.state == State::Firing);
    // One message can show one alert twice, and one statement cannot set a row twice.
    let firing: Vec<String> = firing
        .map(|alert| alert.id.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let insert = insert.run(db, &firing, |query, firing| {
        let query = query.bind(lane.receiver.clone());
        let query = query.bind(i64::from(lane.channel)).bind(firing.clone());
        query.bind(millis(at)).bind(word)
    });
    insert.await.map(|_| ())
}

/// Leaves out the ends whose beginnings the lane could not be told of, and marks the claims that
/// tell of nothing else.
pub(super) async fn mark_ends(
    pool: &SqlitePool,
    lane: &Lane,
    claims: &mut [Claim],
) -> Result<(), sqlx::Error> {
    let mut alerts = claims.iter().flat_map(|claim| &claim.notification.alerts);
    if !alerts.any(is_end) {
        return Ok(());
    }
    let unheard = firings(pool, lane, "no").await?;
    let is_unheard = |alert: &AlertView| is_end(alert) && unheard.contains(&alert.id);
    for claim in claims {
        let alerts = &mut claim.notification.alerts;
        let is_whole = claim.settled.is_empty() && !alerts.is_empty();
        claim.is_end_alone = is_whole && alerts.iter().all(is_unheard);
        if !claim.is_end_alone {
            alerts.retain(|alert| !is_unheard(alert));
        }
    }
    Ok(())
}

/// Whether a message tells of nothing but ends whose beginnings its lane could not be told of, nor will be
/// by a message before it that waits.
pub(super) async fn are_ends_alone(
    db: &mut SqliteConnection,
    message: &Notification,
    seq: i64,
) -> Result<bool, sqlx::Error> {
    if message.alerts.is_empty() || !message.alerts.iter().all(is_end) {
        return Ok(false);
    }
    let lane = Lane::of(message);
    let mut unheard = firings(&mut *db, &lane, "no").await?;
    for message in waits::earlier(db, message, seq).await? {
        // One that cannot be read tells nobody anything.
        if let Ok(message) = serde_json::from_str::<Notification>(&message) {
            for begin in message.alerts.iter().filter(|alert| !is_end(alert)) {
                unheard.remove(&begin.id);
            }
        }
    }
    Ok(message.alerts.iter().all(|a| unheard.contains(&a.id)))
}

fn is_end(alert: &AlertView) -> bool {
    alert.state != State::Firing
}
