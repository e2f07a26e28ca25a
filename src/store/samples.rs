//! Reading samples.

use sqlx::Row as _;

use super::pack::unpack;
use super::rows::{block_of, minute};
use super::{Store, StoreError};
use crate::pipeline::Kept;
use crate::unit::{Minute, Series};

impl Store {
    /// Returns what is kept of a series from `from` up to, and without, `to`, ascending.
    ///
    /// # Errors
    ///
    /// [`StoreError::Samples`] if the database fails, [`StoreError::Damaged`] if a sample cannot
    /// be read.
    pub async fn samples(
        &self,
        series: &Series,
        from: Minute,
        to: Minute,
    ) -> Result<Vec<(Minute, Kept)>, StoreError> {
        let fault = |error| StoreError::Samples(self.fault(error));
        let Some((first, last)) = self.blocks().await.map_err(fault)? else {
            return Ok(Vec::new());
        };
        // Without this, a wide range would look for blocks that cannot be there.
        let (first, last) = (first.max(block_of(from)), last.min(block_of(to)));
        let rows = sqlx::query(
            "WITH RECURSIVE blocks (block) AS (
               SELECT $1 UNION ALL SELECT block + 1 FROM blocks WHERE block < $2)
             SELECT s.minute, s.kept FROM blocks CROSS JOIN samples AS s
             WHERE s.block = blocks.block
               AND s.series = (SELECT id FROM series WHERE account = $3 AND domain = $4)
               AND $5 <= s.minute AND s.minute < $6
             ORDER BY s.minute",
        );
        let rows = rows.bind(first).bind(last);
        let rows = rows
            .bind(series.account.to_string())
            .bind(series.domain.to_string());
        let rows = rows.bind(from.epoch()).bind(to.epoch());
        let rows = rows.fetch_all(&self.reader).await.map_err(fault)?;
        let mut samples = Vec::with_capacity(rows.len());
        for row in rows {
            let minute = minute(&row, 0).map_err(fault)?;
            let kept = unpack(row.try_get(1).map_err(fault)?);
            let kept = kept.map_err(|why| StoreError::Damaged {
                file: self.file().to_owned(),
                series: Box::new(series.clone()),
                minute,
                why,
            })?;
            samples.push((minute, kept));
        }
        Ok(samples)
    }

    /// Returns the first and the last block that hold samples, if there are any.
    pub(super) async fn blocks(&self) -> Result<Option<(i64, i64)>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT (SELECT MIN(block) FROM samples), (SELECT MAX(block) FROM samples)",
        );
        let row = row.fetch_one(&self.reader).await?;
        let first: Option<i64> = row.try_get(0)?;
        let last: Option<i64> = row.try_get(1)?;
        Ok(first.zip(last))
    }
}
