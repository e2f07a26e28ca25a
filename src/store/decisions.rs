//! What was decided of firings, and why.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::batch::Insert;
use super::rows::{millis, time};
use super::{Store, StoreError};
use crate::dispatch::Decision;

/// How many decisions of one firing are read at the most.
const DECISIONS_MAX: i64 = 10_000;

impl Store {
    /// Returns what was decided of a firing, in order; what cannot be read is left out.
    ///
    /// # Errors
    ///
    /// [`StoreError::History`] if the database fails.
    pub async fn decisions(&self, firing: &str) -> Result<Vec<Decision>, StoreError> {
        let rows = sqlx::query(
            "SELECT firing, at, what FROM decisions WHERE firing = $1 ORDER BY seq LIMIT $2",
        );
        let rows = rows.bind(firing.to_owned()).bind(DECISIONS_MAX);
        let rows = rows.fetch_all(&self.reader).await;
        let read = rows.and_then(|rows| rows.iter().map(decision).collect::<Result<Vec<_>, _>>());
        read.map(|read| read.into_iter().flatten().collect())
            .map_err(|error| StoreError::History(self.fault(error)))
    }
}

fn decision(row: &SqliteRow) -> Result<Option<Decision>, sqlx::Error> {
    let what = serde_json::from_str(row.try_get(2)?).ok();
    let (firing, at) = (row.try_get(0)?, time(row, 1)?);
    Ok(what.map(|what| Decision { firing, at, what }))
}

/// Keeps decisions, as far as they are not kept already.
pub(super) async fn insert_decisions(
    db: &mut SqliteConnection,
    decisions: &[Decision],
) -> Result<(), sqlx::Error> {
    if decisions.is_empty() {
        return Ok(());
    }
    let last = sqlx::query_scalar("SELECT COALESCE(MAX(seq), 0) FROM decisions");
    let last: i64 = last.fetch_one(&mut *db).await?;
    let mut rows = Vec::with_capacity(decisions.len());
    for (seq, decision) in (last + 1..).zip(decisions) {
        let what = serde_json::to_string(&decision.what)
            .map_err(|error| sqlx::Error::Encode(error.into()))?;
        rows.push((seq, decision, what));
    }
    let insert = Insert {
        head: "INSERT INTO decisions (seq, firing, at, what)",
        columns: 4,
        tail: "ON CONFLICT (firing, at, what) DO NOTHING",
    };
    let insert = insert.run(db, &rows, |query, (seq, decision, what)| {
        let query = query.bind(*seq).bind(decision.firing.clone());
        query.bind(millis(decision.at)).bind(what.clone())
    });
    insert.await.map(|_| ())
}
