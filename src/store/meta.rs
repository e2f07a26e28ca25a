//! Small settings of the service that outlive it.

use sqlx::SqliteConnection;

use super::writing::Writing;
use super::{Store, StoreError};

impl Store {
    /// Returns the value that was set for `key`, if one was.
    ///
    /// # Errors
    ///
    /// [`StoreError::Meta`] if the database fails.
    pub async fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar("SELECT value FROM meta WHERE key = $1")
            .bind(key.to_owned())
            .fetch_optional(&self.reader)
            .await
            .map_err(|error| self.meta_fault(key, error))
    }

    /// Sets the value of `key`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Meta`] if the database fails.
    pub async fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let set = async {
            let mut writing = Writing::begin(&self.writer).await?;
            let outcome = set_meta(writing.connection(), key, value).await;
            writing.finish(outcome).await
        };
        set.await.map_err(|error| self.meta_fault(key, error))
    }

    pub(super) fn meta_fault(&self, key: &str, error: sqlx::Error) -> StoreError {
        StoreError::Meta {
            key: key.to_owned(),
            fault: self.fault(error),
        }
    }
}

/// Sets a setting within a transaction.
pub(super) async fn set_meta(
    db: &mut SqliteConnection,
    key: &str,
    value: &str,
) -> Result<(), sqlx::Error> {
    let set = sqlx::query(
        "INSERT INTO meta (key, value) VALUES ($1, $2)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
    let set = set.bind(key.to_owned()).bind(value.to_owned());
    set.execute(db).await.map(|_| ())
}
