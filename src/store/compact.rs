//! Making the file as small as what it holds.

use super::repack::Repack;
use super::{Store, StoreError};
use crate::unit::Minute;

impl Store {
    /// Packs every minute, also of blocks that are not over, and writes the file anew without
    /// what was freed. It needs about as much free space beside the file as it has.
    ///
    /// # Errors
    ///
    /// [`StoreError::Repack`] if the database fails; what is stored is as it was.
    pub async fn compact(&self) -> Result<(), StoreError> {
        let mut repack = Repack {
            before: Minute::containing(chrono::DateTime::<chrono::Utc>::MAX_UTC),
            lane: 0,
        };
        while let Some(lane) = self.repack(&repack).await?.next {
            repack.lane = lane;
        }
        for sql in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            let done = sqlx::query(sql).execute(&self.writer).await;
            done.map_err(|error| StoreError::Repack(self.fault(error)))?;
        }
        Ok(())
    }

    /// Returns the size of the database in bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Load`] if the database fails.
    pub async fn size(&self) -> Result<u64, StoreError> {
        let size = sqlx::query_scalar(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        );
        let size: Result<i64, _> = size.fetch_one(&self.reader).await;
        size.map(|size| u64::try_from(size).unwrap_or(0))
            .map_err(|error| StoreError::Load(self.fault(error)))
    }
}
