//! A write: one transaction on the one connection that writes.

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};

/// A transaction that is open until [`Writing::finish`].
///
/// This is not the driver's own transaction. SQLite ends a transaction by itself when the disk
/// is full or fails; the driver does not notice and counts it as open for ever. Here the
/// connection is given up where its state is in doubt, and with it what was not committed.
pub(super) struct Writing {
    connection: PoolConnection<Sqlite>,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Open,
    Done,
}

impl Writing {
    /// Begins to write, once no other write is under way.
    pub(super) async fn begin(pool: &SqlitePool) -> Result<Self, sqlx::Error> {
        let mut writing = Self {
            connection: pool.acquire().await?,
            state: State::Open,
        };
        sqlx::query("BEGIN IMMEDIATE")
            .execute(writing.connection())
            .await?;
        Ok(writing)
    }

    /// Returns the connection, for the statements of the transaction.
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// Commits if `outcome` is good, else leaves everything as it was.
    pub(super) async fn finish<T>(
        mut self,
        outcome: Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let committed = match outcome {
            Ok(value) => {
                let done = sqlx::query("COMMIT").execute(self.connection()).await;
                done.map(|_| value)
            }
            Err(error) => Err(error),
        };
        let ended = committed.is_ok() || {
            let undone = sqlx::query("ROLLBACK").execute(self.connection()).await;
            undone.is_ok()
        };
        if ended {
            self.state = State::Done;
        }
        committed
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if self.state == State::Open {
            self.connection.close_on_drop();
        }
    }
}
