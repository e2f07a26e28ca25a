//! The state that samples cannot tell, as the service loads it when it starts.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::rows::{alert_key, minute, minute_if_any, series};
use super::{Store, StoreError, prune};
use crate::pipeline::{AlertRow, FleetLeft, RuleMark, SeriesMark};
use crate::unit::Minute;

/// What was known when the last step was kept.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Loaded {
    /// How far each series is, by account and domain.
    pub series: Vec<SeriesMark>,
    /// Since when each rule is judged, by name.
    pub rules: Vec<RuleMark>,
    /// The alerts that are not as at first, by key.
    pub alerts: Vec<AlertRow>,
    /// The notes, by name.
    pub notes: BTreeMap<String, String>,
}

impl Store {
    /// Returns the state after the last step that was kept.
    ///
    /// # Errors
    ///
    /// [`StoreError::Load`] if the database fails.
    pub async fn load(&self) -> Result<Loaded, StoreError> {
        self.load_all()
            .await
            .map_err(|error| StoreError::Load(self.fault(error)))
    }

    async fn load_all(&self) -> Result<Loaded, sqlx::Error> {
        // The writer's connection, as all three must be of one moment.
        let mut db = self.writer.acquire().await?;
        let marks = sqlx::query(
            "SELECT s.account, s.domain, m.judge_from, m.next, m.covered_from, m.history_begin
             FROM marks AS m JOIN series AS s ON s.id = m.series ORDER BY s.account, s.domain",
        );
        let marks = marks.fetch_all(&mut *db).await?;
        let rules =
            sqlx::query("SELECT name, meaning, judged_from, fleet_next FROM rules ORDER BY name");
        let rules = rules.fetch_all(&mut *db).await?;
        let alerts = sqlx::query(
            "SELECT rule, subject, account, domain, cause, state FROM alerts
             ORDER BY rule, subject, account, domain, cause",
        );
        let alerts = alerts.fetch_all(&mut *db).await?;
        let notes = sqlx::query_as("SELECT name, text FROM notes ORDER BY name");
        let notes: Vec<(String, String)> = notes.fetch_all(&mut *db).await?;
        let mut series: Vec<SeriesMark> =
            marks.iter().map(series_mark).collect::<Result<_, _>>()?;
        if let Some(forgotten) = prune::forgotten(&mut db).await? {
            for mark in &mut series {
                mark.forget(forgotten);
            }
        }
        Ok(Loaded {
            notes: notes.into_iter().collect(),
            series,
            rules: rules.iter().map(rule_mark).collect::<Result<_, _>>()?,
            alerts: alerts.iter().map(alert_row).collect::<Result<_, _>>()?,
        })
    }

    /// Returns the domains that rules of many left as they stood, from `from` up to, and
    /// without, `to`, in order of rule, minute and series.
    ///
    /// # Errors
    ///
    /// [`StoreError::Load`] if the database fails.
    pub async fn fleet_left(&self, from: Minute, to: Minute) -> Result<Vec<FleetLeft>, StoreError> {
        let rows = sqlx::query(
            "SELECT l.rule, l.minute, s.account, s.domain
             FROM fleet_left AS l JOIN series AS s ON s.id = l.series
             WHERE $1 <= l.minute AND l.minute < $2
             ORDER BY l.rule, l.minute, s.account, s.domain",
        );
        let rows = rows.bind(from.epoch()).bind(to.epoch());
        let rows = rows.fetch_all(&self.reader).await;
        rows.and_then(|rows| rows.iter().map(left).collect())
            .map_err(|error| StoreError::Load(self.fault(error)))
    }
}

pub(super) fn series_mark(row: &SqliteRow) -> Result<SeriesMark, sqlx::Error> {
    Ok(SeriesMark {
        series: series(row, 0)?,
        judge_from: minute(row, 2)?,
        next: minute(row, 3)?,
        covered_from: minute(row, 4)?,
        history_begin: minute_if_any(row, 5)?,
    })
}

fn rule_mark(row: &SqliteRow) -> Result<RuleMark, sqlx::Error> {
    Ok(RuleMark {
        name: row.try_get(0)?,
        meaning: row.try_get(1)?,
        from: minute(row, 2)?,
        fleet_next: minute_if_any(row, 3)?,
    })
}

fn alert_row(row: &SqliteRow) -> Result<AlertRow, sqlx::Error> {
    Ok(AlertRow {
        key: alert_key(row, 0)?,
        state: Some(row.try_get(5)?),
    })
}

fn left(row: &SqliteRow) -> Result<FleetLeft, sqlx::Error> {
    Ok(FleetLeft {
        rule: row.try_get(0)?,
        minute: minute(row, 1)?,
        series: series(row, 2)?,
    })
}
