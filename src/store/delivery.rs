//! What changes the outbox: messages that come in, and what became of them.

use chrono::{DateTime, Utc};
use sqlx::{Row as _, SqliteConnection};

use super::batch::Insert;
use super::outbox::Outcome;
use super::rows::{channel, millis};
use super::writing::Writing;
use super::{Store, StoreError};
use crate::dispatch::Notification;

/// The most bytes of an answer that are kept: enough for a status and a sentence or two.
const ANSWER_LEN_MAX: usize = 2_048;
/// The most tries whose answers are kept; older ones are forgotten first.
const DELIVERIES_MAX: i64 = 20_000;

/// A try, to be noted.
struct Try<'a> {
    id: &'a str,
    at: DateTime<Utc>,
    outcome: Outcome,
    /// When it is tried again, where it is.
    next_at: Option<DateTime<Utc>>,
    answer: &'a str,
}

impl Store {
    /// Notes that a message was delivered at `at`. Once it is noted, it stays: a second call
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Delivery`] if the database fails, [`StoreError::UnknownDelivery`] if no
    /// message has the id.
    pub async fn delivered(
        &self,
        id: &str,
        at: DateTime<Utc>,
        answer: &str,
    ) -> Result<(), StoreError> {
        self.note(&Try {
            id,
            at,
            outcome: Outcome::Delivered,
            next_at: None,
            answer,
        })
        .await
    }

    /// Notes that a try failed at `at` and that the next is due at `next_at`. A message that is
    /// delivered or given up stays so.
    ///
    /// # Errors
    ///
    /// As [`Store::delivered`].
    pub async fn retry(
        &self,
        id: &str,
        at: DateTime<Utc>,
        answer: &str,
        next_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.note(&Try {
            id,
            at,
            outcome: Outcome::Retry,
            next_at: Some(next_at),
            answer,
        })
        .await
    }

    /// Notes that a message was given up at `at`. One that is delivered stays delivered.
    ///
    /// # Errors
    ///
    /// As [`Store::delivered`].
    pub async fn dead(&self, id: &str, at: DateTime<Utc>, answer: &str) -> Result<(), StoreError> {
        self.note(&Try {
            id,
            at,
            outcome: Outcome::Dead,
            next_at: None,
            answer,
        })
        .await
    }

    /// Makes a message that was given up due again, at once, under the same delivery id and as if
    /// it had been decided at `now` and never tried. Returns whether it had been given up.
    ///
    /// # Errors
    ///
    /// As [`Store::delivered`].
    pub async fn requeue(&self, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let moved = async {
            let mut writing = Writing::begin(&self.writer).await?;
            let outcome = requeue(writing.connection(), id, now).await;
            writing.finish(outcome).await
        };
        let moved = moved
            .await
            .map_err(|error| self.delivery_fault(id, error))?;
        moved.ok_or_else(|| self.unknown(id))
    }

    async fn note(&self, tried: &Try<'_>) -> Result<(), StoreError> {
        let noted = async {
            let mut writing = Writing::begin(&self.writer).await?;
            let outcome = note(writing.connection(), tried).await;
            writing.finish(outcome).await
        };
        match noted.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.unknown(tried.id)),
            Err(error) => Err(self.delivery_fault(tried.id, error)),
        }
    }

    fn unknown(&self, id: &str) -> StoreError {
        StoreError::UnknownDelivery {
            file: self.file().to_owned(),
            id: id.to_owned(),
        }
    }

    fn delivery_fault(&self, id: &str, error: sqlx::Error) -> StoreError {
        StoreError::Delivery {
            id: id.to_owned(),
            fault: self.fault(error),
        }
    }
}

/// Puts messages into the outbox, as far as their ids are not known.
pub(super) async fn insert_messages(
    db: &mut SqliteConnection,
    messages: &[Notification],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if messages.is_empty() {
        return Ok(());
    }
    let last = sqlx::query_scalar("SELECT COALESCE(MAX(seq), 0) FROM outbox");
    let last: i64 = last.fetch_one(&mut *db).await?;
    let mut new = Vec::new();
    for (seq, message) in (last + 1..).zip(messages) {
        let text = serde_json::to_string(message);
        let text = text.map_err(|error| sqlx::Error::Encode(error.into()))?;
        let insert = sqlx::query(
            "INSERT INTO outbox (id, seq, receiver, channel, state, attempts, created, next_at,
                                 answer, message)
             VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $5, '', $6) ON CONFLICT (id) DO NOTHING",
        );
        let insert = insert.bind(message.id.clone()).bind(seq);
        let insert = insert
            .bind(message.receiver.clone())
            .bind(i64::from(message.channel));
        let insert = insert.bind(millis(now)).bind(text);
        if 0 < insert.execute(&mut *db).await?.rows_affected() {
            let alerts = message.alerts.iter().map(|alert| &alert.id);
            new.extend(alerts.map(|alert| (&message.receiver, message.channel, alert, seq)));
        }
    }
    insert_waits(db, &new).await
}

/// Notes which alerts a message that waits is about: receiver, channel, alert, place.
async fn insert_waits(
    db: &mut SqliteConnection,
    waits: &[(&String, u32, &String, i64)],
) -> Result<(), sqlx::Error> {
    let insert = Insert {
        head: "INSERT INTO outbox_alerts (receiver, channel, alert, seq)",
        columns: 4,
        // A message can show one alert twice.
        tail: "ON CONFLICT DO NOTHING",
    };
    let insert = insert.run(db, waits, |query, (receiver, channel, alert, seq)| {
        let query = query.bind((*receiver).clone()).bind(i64::from(*channel));
        query.bind((*alert).clone()).bind(*seq)
    });
    insert.await.map(|_| ())
}

/// Returns whether there is such a message.
async fn note(db: &mut SqliteConnection, tried: &Try<'_>) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT seq, state FROM outbox WHERE id = $1").bind(tried.id.to_owned());
    let Some(row) = row.fetch_optional(&mut *db).await? else {
        return Ok(false);
    };
    let seq: i64 = row.try_get(0)?;
    // What reached somebody counts, even if it was given up meanwhile.
    let open = match row.try_get::<&str, _>(1)? {
        "waiting" => true,
        "dead" => tried.outcome == Outcome::Delivered,
        _ => false,
    };
    if !open {
        return Ok(true);
    }
    let answer = &tried.answer[..tried.answer.floor_char_boundary(ANSWER_LEN_MAX)];
    let state = match tried.outcome {
        Outcome::Retry => "waiting",
        Outcome::Delivered | Outcome::Dead => tried.outcome.as_str(),
    };
    let done_at = tried.next_at.is_none().then_some(millis(tried.at));
    let update = sqlx::query(
        "UPDATE outbox SET state = $2, attempts = attempts + 1, answer = $3, done_at = $4,
                           next_at = COALESCE($5, next_at) WHERE seq = $1",
    );
    let update = update.bind(seq).bind(state).bind(answer.to_owned());
    let update = update.bind(done_at).bind(tried.next_at.map(millis));
    update.execute(&mut *db).await?;
    if tried.outcome != Outcome::Retry {
        let passed = sqlx::query("DELETE FROM outbox_alerts WHERE seq = $1");
        passed.bind(seq).execute(&mut *db).await?;
    }
    log(db, tried, answer).await?;
    Ok(true)
}

async fn log(db: &mut SqliteConnection, tried: &Try<'_>, answer: &str) -> Result<(), sqlx::Error> {
    let insert = sqlx::query(
        "INSERT INTO deliveries (seq, id, at, outcome, answer)
         SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, $3, $4 FROM deliveries",
    );
    let insert = insert.bind(tried.id.to_owned()).bind(millis(tried.at));
    let insert = insert.bind(tried.outcome.as_str()).bind(answer.to_owned());
    insert.execute(&mut *db).await?;
    let forget =
        sqlx::query("DELETE FROM deliveries WHERE seq <= (SELECT MAX(seq) FROM deliveries) - $1");
    forget.bind(DELIVERIES_MAX).execute(db).await.map(|_| ())
}

/// Returns whether the message had been given up, `None` if there is none.
async fn requeue(
    db: &mut SqliteConnection,
    id: &str,
    now: DateTime<Utc>,
) -> Result<Option<bool>, sqlx::Error> {
    let row =
        sqlx::query("SELECT seq, state, receiver, channel, message FROM outbox WHERE id = $1");
    let row = row.bind(id.to_owned());
    let Some(row) = row.fetch_optional(&mut *db).await? else {
        return Ok(None);
    };
    let seq: i64 = row.try_get(0)?;
    if row.try_get::<&str, _>(1)? != "dead" {
        return Ok(Some(false));
    }
    let update = sqlx::query(
        "UPDATE outbox SET state = 'waiting', attempts = 0, created = $2, next_at = $2,
                           done_at = NULL WHERE seq = $1",
    );
    update.bind(seq).bind(millis(now)).execute(&mut *db).await?;
    // A message that cannot be read has no alerts to wait for; `due` gives it up again.
    let message = serde_json::from_str::<Notification>(row.try_get(4)?).ok();
    let receiver: String = row.try_get(2)?;
    let channel = channel(&row, 3)?;
    let alerts = message.iter().flat_map(|message| &message.alerts);
    let waits: Vec<_> = alerts
        .map(|alert| (&receiver, channel, &alert.id, seq))
        .collect();
    insert_waits(db, &waits).await?;
    Ok(Some(true))
}
