//! What changes the outbox: messages that come in, and what became of them.

use chrono::{DateTime, Utc};
use sqlx::{Row as _, SqliteConnection};

use super::lanes::Lane;
use super::meta::set_meta;
use super::outbox::TryOutcome;
use super::rows::millis;
use super::settled::Settled;
use super::stand_in::{pass_on_ends, stand_in};
use super::writing::Writing;
use super::{Store, StoreError, heard, settled, waits};
use crate::dispatch::{AlertView, Notification, State};
use crate::unit::Severity;

/// The most bytes of an answer that are kept: enough for a status and a sentence or two.
pub(super) const ANSWER_LEN_MAX: usize = 2_048;
/// The most tries whose answers are kept; older ones are forgotten first.
const DELIVERIES_MAX: i64 = 20_000;

/// What came of a message that was to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeued {
    /// It waits.
    Waits,
    /// It was not given up, so nothing is changed.
    WasNotGivenUp,
    /// It stays given up: it tells of nothing but ends whose beginnings its lane was never told, and will
    /// not be by a message that waits.
    IsEndAlone,
}

/// A try, to be noted.
struct Try<'a> {
    id: &'a str,
    at: DateTime<Utc>,
    outcome: TryOutcome,
    /// When it is tried again, where it is.
    next_at: Option<DateTime<Utc>>,
    answer: &'a str,
    /// Who takes it if it is given up.
    fallback: &'a [Lane],
}

impl Try<'_> {
    /// Returns as much of the answer as is kept.
    fn answer(&self) -> &str {
        &self.answer[..self.answer.floor_char_boundary(ANSWER_LEN_MAX)]
    }
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
            outcome: TryOutcome::Delivered,
            next_at: None,
            answer,
            fallback: &[],
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
            outcome: TryOutcome::Retry,
            next_at: Some(next_at),
            answer,
            fallback: &[],
        })
        .await
    }

    /// Notes that a message was given up at `at`, and puts what stands in for it into the lanes of
    /// `fallback`, in one transaction. One that is delivered stays delivered; one that stands in
    /// for another has none that stands in for it. Alerts of it that were [taken](Store::note_alert)
    /// stay told: all that follows is about the others.
    ///
    /// # Errors
    ///
    /// As [`Store::delivered`].
    pub async fn dead(
        &self,
        id: &str,
        at: DateTime<Utc>,
        answer: &str,
        fallback: &[Lane],
    ) -> Result<(), StoreError> {
        self.note(&Try {
            id,
            at,
            outcome: TryOutcome::Dead,
            next_at: None,
            answer,
            fallback,
        })
        .await
    }

    /// Makes a message that was given up due again, at once, under the same delivery id and as if
    /// it had been decided at `now` and never tried; alerts of it that were taken are not told
    /// again.
    ///
    /// # Errors
    ///
    /// As [`Store::delivered`].
    pub async fn requeue(&self, id: &str, now: DateTime<Utc>) -> Result<Requeued, StoreError> {
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

    /// Puts messages into the outbox that no step decided, such as tests, and sets a setting in
    /// the same transaction, by which the caller knows that it has told them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Meta`] if the database fails.
    pub async fn tell(
        &self,
        messages: &[Notification],
        now: DateTime<Utc>,
        key: &str,
        value: &str,
    ) -> Result<(), StoreError> {
        let told = async {
            let mut writing = Writing::begin(&self.writer).await?;
            let outcome = async {
                insert_messages(writing.connection(), messages, now, None).await?;
                set_meta(writing.connection(), key, value).await
            };
            let outcome = outcome.await;
            writing.finish(outcome).await
        };
        told.await.map_err(|error| self.meta_fault(key, error))
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

    pub(super) fn delivery_fault(&self, id: &str, error: sqlx::Error) -> StoreError {
        StoreError::Delivery {
            id: id.to_owned(),
            fault: self.fault(error),
        }
    }
}

/// Puts messages into the outbox, as far as their ids are not known; `stands_for` is the delivery
/// that they stand in for.
pub(super) async fn insert_messages(
    db: &mut SqliteConnection,
    messages: &[Notification],
    now: DateTime<Utc>,
    stands_for: Option<&str>,
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
                                 answer, message, stands_for, critical)
             VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $5, '', $6, $7, $8)
             ON CONFLICT (id) DO NOTHING",
        );
        let insert = insert.bind(message.id.clone()).bind(seq);
        let insert = insert
            .bind(message.receiver.clone())
            .bind(i64::from(message.channel));
        let insert = insert.bind(millis(now)).bind(text);
        let insert = insert.bind(stands_for.map(str::to_owned));
        let insert = insert.bind(i64::from(message.alerts.iter().any(is_critical)));
        if 0 < insert.execute(&mut *db).await?.rows_affected() {
            new.extend(waits::of(message, seq));
        }
    }
    waits::insert(db, &new).await
}

fn is_critical(alert: &AlertView) -> bool {
    alert.state == State::Firing && alert.severity == Severity::Critical.as_str()
}

/// Returns whether there is such a message.
async fn note(db: &mut SqliteConnection, tried: &Try<'_>) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT seq, state, message, stands_for FROM outbox WHERE id = $1");
    let row = row.bind(tried.id.to_owned());
    let Some(row) = row.fetch_optional(&mut *db).await? else {
        return Ok(false);
    };
    let seq: i64 = row.try_get(0)?;
    // What reached somebody counts, even if it was given up meanwhile.
    let open = match row.try_get::<&str, _>(1)? {
        "waiting" => true,
        "dead" => tried.outcome == TryOutcome::Delivered,
        _ => false,
    };
    if !open {
        return Ok(true);
    }
    let answer = tried.answer();
    let state = match tried.outcome {
        TryOutcome::Retry => "waiting",
        TryOutcome::Delivered | TryOutcome::Dead => tried.outcome.as_str(),
    };
    let done_at = tried.next_at.is_none().then_some(millis(tried.at));
    let update = sqlx::query(
        "UPDATE outbox SET state = $2, attempts = attempts + 1, answer = $3, done_at = $4,
                           next_at = COALESCE($5, next_at) WHERE seq = $1",
    );
    let update = update.bind(seq).bind(state).bind(answer.to_owned());
    let update = update.bind(done_at).bind(tried.next_at.map(millis));
    update.execute(&mut *db).await?;
    if tried.outcome == TryOutcome::Retry {
        waits::keep_rest(db, seq, row.try_get(2)?).await?;
    } else {
        let passed = sqlx::query("DELETE FROM outbox_alerts WHERE seq = $1");
        passed.bind(seq).execute(&mut *db).await?;
        let stands_for: Option<String> = row.try_get(3)?;
        let settled = settled::of_messages(db, &[seq]).await?;
        let settled = settled.into_values().next().unwrap_or_default();
        // One that cannot be read is given up, and tells nobody anything.
        if let Ok(message) = serde_json::from_str(row.try_get(2)?) {
            follow(db, tried, (seq, message), &settled, stands_for.is_some()).await?;
        }
        if tried.outcome == TryOutcome::Delivered {
            settled::forget(db, &[seq]).await?;
        }
    }
    log(db, tried).await?;
    Ok(true)
}

/// Notes what follows from the end of a message: who has heard of what, and who is told instead.
/// What was settled of its alerts before has followed already.
async fn follow(
    db: &mut SqliteConnection,
    tried: &Try<'_>,
    (seq, message): (i64, Notification),
    settled: &Settled,
    is_stand_in: bool,
) -> Result<(), sqlx::Error> {
    let lane = Lane::of(&message);
    let mut left = message.clone();
    settled::leave_out_taken(&mut left, settled);
    match tried.outcome {
        TryOutcome::Delivered => heard::note_delivered(db, &lane, &left.alerts, tried.at).await?,
        TryOutcome::Dead | TryOutcome::Retry => {
            heard::note_dead(db, &lane, &left.alerts, tried.at).await?;
            note_critical(db, seq, &left).await?;
        }
    }
    // What cannot be told to the fallback is told to nobody, or it would go round and round.
    if is_stand_in {
        return Ok(());
    }
    if tried.outcome == TryOutcome::Dead {
        stand_in(db, &left, tried.answer(), tried.at, tried.fallback).await?;
    }
    pass_on_ends(db, &message, tried.at).await
}

/// Notes of a message that is given up whether a critical alert is among those that were not told.
async fn note_critical(
    db: &mut SqliteConnection,
    seq: i64,
    left: &Notification,
) -> Result<(), sqlx::Error> {
    let update = sqlx::query(
        "UPDATE outbox SET critical = CASE WHEN critical = 0 THEN 0 WHEN $2 THEN 1 ELSE 2 END
         WHERE seq = $1",
    );
    let update = update.bind(seq).bind(left.alerts.iter().any(is_critical));
    update.execute(db).await.map(|_| ())
}

async fn log(db: &mut SqliteConnection, tried: &Try<'_>) -> Result<(), sqlx::Error> {
    let insert = sqlx::query(
        "INSERT INTO deliveries (seq, id, at, outcome, answer)
         SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, $3, $4 FROM deliveries",
    );
    let insert = insert.bind(tried.id.to_owned()).bind(millis(tried.at));
    let insert = insert.bind(tried.outcome.as_str());
    let insert = insert.bind(tried.answer().to_owned());
    insert.execute(&mut *db).await?;
    let forget =
        sqlx::query("DELETE FROM deliveries WHERE seq <= (SELECT MAX(seq) FROM deliveries) - $1");
    forget.bind(DELIVERIES_MAX).execute(db).await.map(|_| ())
}

/// Returns what came of it, `None` if there is no such message.
async fn requeue(
    db: &mut SqliteConnection,
    id: &str,
    now: DateTime<Utc>,
) -> Result<Option<Requeued>, sqlx::Error> {
    let row = sqlx::query("SELECT seq, state, message FROM outbox WHERE id = $1");
    let row = row.bind(id.to_owned());
    let Some(row) = row.fetch_optional(&mut *db).await? else {
        return Ok(None);
    };
    let seq: i64 = row.try_get(0)?;
    if row.try_get::<&str, _>(1)? != "dead" {
        return Ok(Some(Requeued::WasNotGivenUp));
    }
    let message = serde_json::from_str::<Notification>(row.try_get(2)?).ok();
    if let Some(message) = &message
        && is_end_alone(db, message, seq).await?
    {
        return Ok(Some(Requeued::IsEndAlone));
    }
    let update = sqlx::query(
        "UPDATE outbox SET state = 'waiting', attempts = 0, created = $2, next_at = $2,
                           done_at = NULL WHERE seq = $1",
    );
    update.bind(seq).bind(millis(now)).execute(&mut *db).await?;
    settled::forget_refused(db, seq).await?;
    // A message that cannot be read has nothing to wait for; `due` gives it up again.
    if let Some(message) = &message {
        waits::insert(db, &waits::of(message, seq)).await?;
    }
    Ok(Some(Requeued::Waits))
}

/// Whether what of a message was not told is nothing but ends that its lane would not be told.
async fn is_end_alone(
    db: &mut SqliteConnection,
    message: &Notification,
    seq: i64,
) -> Result<bool, sqlx::Error> {
    let mut left = message.clone();
    if let Some(settled) = settled::of_messages(db, &[seq]).await?.get(&seq) {
        settled::leave_out_taken(&mut left, settled);
    }
    heard::are_ends_alone(db, &left, seq).await
}
