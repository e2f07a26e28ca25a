//! What came of single alerts of a message, where a receiver is told of them one by one.
//!
//! It is kept as soon as it is known, so that a message which is tried again, also by another
//! process, tells only what has not been settled. Once all of a message is delivered, nothing of
//! this is left; once it is given up, it tells which of its alerts were not told.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::delivery::ANSWER_LEN_MAX;
use super::lanes::{Claim, Lane};
use super::rows::{channel, millis, time, unreadable};
use super::writing::Writing;
use super::{Store, StoreError, heard};
use crate::dispatch::{AlertOutcome, AlertTried, Notification};

/// By firing, what was settled of the alerts of one message.
pub(super) type Settled = BTreeMap<String, AlertOutcome>;

const TAKEN: &str = "taken";
const REFUSED: &str = "refused";

impl Store {
    /// Notes at `at` what came of an alert of a message that waits, before the next one is told.
    /// What is to be tried again needs no note. A second call changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Delivery`] if the database fails.
    pub async fn note_alert(
        &self,
        id: &str,
        tried: &AlertTried,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (word, answer) = match &tried.outcome {
            AlertOutcome::Taken(answer) => (TAKEN, answer),
            AlertOutcome::Refused(answer) => (REFUSED, answer),
            AlertOutcome::Failed(_) => return Ok(()),
        };
        let settled = async {
            let mut writing = Writing::begin(&self.writer).await?;
            let outcome = note_alert(writing.connection(), id, tried, (word, answer), at).await;
            writing.finish(outcome).await
        };
        let settled = settled.await;
        settled.map_err(|error| self.delivery_fault(id, error))
    }

    /// Returns what was settled of one alert of a message, and when; nothing if the message was told
    /// as a whole, or delivered.
    ///
    /// # Errors
    ///
    /// [`StoreError::Outbox`] if the database fails.
    pub async fn settled(
        &self,
        id: &str,
        firing: &str,
    ) -> Result<Option<(DateTime<Utc>, AlertOutcome)>, StoreError> {
        let row = sqlx::query(
            "SELECT a.outcome, a.answer, a.at FROM alert_outcomes AS a JOIN outbox AS o ON o.seq = a.seq
             WHERE o.id = $1 AND a.firing = $2",
        );
        let row = row.bind(id.to_owned()).bind(firing.to_owned());
        let row = row.fetch_optional(&self.reader).await;
        let read = |row: &SqliteRow| Ok((time(row, 2)?, outcome(row, 0)?));
        row.and_then(|row| row.as_ref().map(read).transpose())
            .map_err(|error| StoreError::Outbox(self.fault(error)))
    }
}

async fn note_alert(
    db: &mut SqliteConnection,
    id: &str,
    tried: &AlertTried,
    (word, answer): (&'static str, &str),
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let row = sqlx::query("SELECT seq, receiver, channel FROM outbox WHERE id = $1");
    let row = row.bind(id.to_owned()).fetch_optional(&mut *db).await?;
    // One that is forgotten meanwhile has nobody who asks.
    let Some(row) = row else {
        return Ok(());
    };
    let lane = Lane {
        receiver: row.try_get(1)?,
        channel: channel(&row, 2)?,
    };
    let insert = sqlx::query(
        "INSERT INTO alert_outcomes (seq, firing, outcome, at, answer) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    );
    let insert = insert.bind(row.try_get::<i64, _>(0)?);
    let insert = insert.bind(tried.alert.id.clone()).bind(word);
    let answer = &answer[..answer.floor_char_boundary(ANSWER_LEN_MAX)];
    let insert = insert.bind(millis(at)).bind(answer.to_owned());
    let is_new = 0 < insert.execute(&mut *db).await?.rows_affected();
    if is_new && word == TAKEN {
        heard::note_delivered(db, &lane, std::slice::from_ref(&tried.alert), at).await?;
    }
    Ok(())
}

/// Returns what was settled of the alerts of messages, by the `seq` of these.
pub(super) async fn of_messages(
    db: &mut SqliteConnection,
    messages: &[i64],
) -> Result<BTreeMap<i64, Settled>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT firing, outcome, answer, seq FROM alert_outcomes
         WHERE seq IN (SELECT value FROM json_each($1))",
    );
    let rows = rows.bind(json(messages)?);
    let mut found: BTreeMap<i64, Settled> = BTreeMap::new();
    for row in rows.fetch_all(db).await? {
        let of = found.entry(row.try_get(3)?).or_default();
        of.insert(row.try_get(0)?, outcome(&row, 1)?);
    }
    Ok(found)
}

fn json(messages: &[i64]) -> Result<String, sqlx::Error> {
    serde_json::to_string(messages).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// Reads an outcome and its answer from two columns.
fn outcome(row: &SqliteRow, column: usize) -> Result<AlertOutcome, sqlx::Error> {
    let answer = row.try_get(column + 1)?;
    match row.try_get::<&str, _>(column)? {
        TAKEN => Ok(AlertOutcome::Taken(answer)),
        REFUSED => Ok(AlertOutcome::Refused(answer)),
        _ => Err(unreadable(column, "no outcome of an alert")),
    }
}

/// Takes what was settled out of a claim's alerts, so that it is not told again.
pub(super) fn take_out(claim: &mut Claim, settled: &Settled) {
    claim.notification.alerts.retain(|alert| {
        let Some(outcome) = settled.get(&alert.id) else {
            return true;
        };
        claim.settled.push(AlertTried {
            alert: alert.clone(),
            outcome: outcome.clone(),
        });
        false
    });
}

/// Takes out of a message what its receiver has taken, so that what is left was not told yet.
pub(super) fn leave_out_taken(message: &mut Notification, settled: &Settled) {
    let is_taken = |id: &str| matches!(settled.get(id), Some(AlertOutcome::Taken(_)));
    message.alerts.retain(|alert| !is_taken(&alert.id));
}

/// Forgets what was settled of messages that are delivered or forgotten.
pub(super) async fn forget(db: &mut SqliteConnection, messages: &[i64]) -> Result<(), sqlx::Error> {
    let delete =
        sqlx::query("DELETE FROM alert_outcomes WHERE seq IN (SELECT value FROM json_each($1))");
    delete.bind(json(messages)?).execute(db).await.map(|_| ())
}

/// Forgets which alerts of a message were refused: they are to be tried again.
pub(super) async fn forget_refused(
    db: &mut SqliteConnection,
    message: i64,
) -> Result<(), sqlx::Error> {
    let delete = sqlx::query("DELETE FROM alert_outcomes WHERE seq = $1 AND outcome = $2");
    delete
        .bind(message)
        .bind(REFUSED)
        .execute(db)
        .await
        .map(|_| ())
}
