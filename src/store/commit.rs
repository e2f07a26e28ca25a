//! Keeping a step: all of it in one transaction, or nothing.
//!
//! The same step can be committed again when the answer to the first time was lost: transitions
//! and messages that are there are left alone, states and marks are set to the same values once
//! more, and of samples that come again only those are read that came first.

use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::SqliteConnection;

use super::batch::Insert;
use super::decisions::insert_decisions;
use super::delivery::insert_messages;
use super::history::insert_transitions;
use super::opened::Opened;
use super::recent;
use super::rows::{series as read_series, subject_word};
use super::writing::Writing;
use super::{Fault, Store, StoreError};
use crate::pipeline::{AlertRow, FleetLeft, RuleMark, SeriesMark, Step};
use crate::unit::{Minute, Series};

/// The ids of the series that a step speaks of.
pub(super) type Ids = HashMap<Series, i64>;

impl Store {
    /// Keeps a step, in one transaction.
    ///
    /// After an error that [is passing](StoreError::is_passing) the caller commits the very same
    /// step again: whether or not the first time had reached the disk, it is kept once. A sample
    /// that is kept is never overwritten, and a message whose id is known is left alone, whatever
    /// became of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Commit`] if the database fails, or if its file has its name no more.
    pub async fn commit(&self, step: &Step) -> Result<(), StoreError> {
        if self.opened.as_ref().is_some_and(Opened::is_gone) {
            return Err(StoreError::Commit(Fault::moved(&self.file)));
        }
        self.commit_step(step)
            .await
            .map_err(|error| StoreError::Commit(self.fault(error)))
    }

    async fn commit_step(&self, step: &Step) -> Result<(), sqlx::Error> {
        let mut writing = Writing::begin(&self.writer).await?;
        let outcome = self.write_step(writing.connection(), step).await;
        let ids = writing.finish(outcome).await?;
        self.remember(ids);
        Ok(())
    }

    async fn write_step(&self, db: &mut SqliteConnection, step: &Step) -> Result<Ids, sqlx::Error> {
        let ids = self.ids_of(db, series_of(step)).await?;
        recent::insert(db, &ids, &step.samples).await?;
        set_marks(db, &ids, &step.series).await?;
        for series in &step.series_removed {
            let Some(id) = ids.get(series) else { continue };
            let delete = sqlx::query("DELETE FROM marks WHERE series = $1");
            delete.bind(*id).execute(&mut *db).await?;
        }
        for name in &step.rules_removed {
            let delete = sqlx::query("DELETE FROM rules WHERE name = $1");
            delete.bind(name.clone()).execute(&mut *db).await?;
        }
        set_rules(db, &step.rules).await?;
        set_alerts(db, &step.alerts).await?;
        insert_left(db, &ids, &step.fleet_left).await?;
        insert_transitions(db, &step.transitions).await?;
        insert_messages(db, &step.outbox, step.now, None).await?;
        insert_decisions(db, &step.decisions).await?;
        set_notes(db, &step.notes).await?;
        Ok(ids)
    }

    /// Returns the ids of these series, and stores those that are new.
    pub(super) async fn ids_of(
        &self,
        db: &mut SqliteConnection,
        wanted: HashSet<&Series>,
    ) -> Result<Ids, sqlx::Error> {
        let known = self.known_of(wanted.iter().copied());
        if known.len() == wanted.len() {
            return Ok(known);
        }
        // What is remembered can be behind what is stored, if an answer was lost.
        let mut ids = all_ids(&mut *db).await?;
        let highest = ids.values().max().copied().unwrap_or(0);
        let new = wanted
            .into_iter()
            .filter(|series| !ids.contains_key(*series));
        let mut new: Vec<_> = new.collect();
        new.sort_unstable();
        let new: Vec<_> = new.into_iter().zip(highest + 1..).collect();
        let insert = Insert {
            head: "INSERT INTO series (account, domain, id)",
            columns: 3,
            tail: "",
        };
        let insert = insert.run(db, &new, |query, (series, id)| {
            let query = query.bind(series.account.to_string());
            query.bind(series.domain.to_string()).bind(*id)
        });
        insert.await?;
        ids.extend(new.into_iter().map(|(series, id)| (series.clone(), id)));
        Ok(ids)
    }

    /// Returns the ids of those series that are known to be stored.
    pub(super) fn known_of<'a>(&self, wanted: impl Iterator<Item = &'a Series>) -> Ids {
        let known = self.known_ids();
        let of = |series: &Series| Some((series.clone(), *known.get(series)?));
        wanted.filter_map(of).collect()
    }

    /// Remembers ids that are on the disk for certain.
    pub(super) fn remember(&self, ids: Ids) {
        let mut known = self.known_ids();
        for (series, id) in ids {
            known.entry(series).or_insert(id);
        }
    }
}

/// Returns the ids of all series.
pub(super) async fn all_ids(db: &mut SqliteConnection) -> Result<Ids, sqlx::Error> {
    let rows = sqlx::query("SELECT account, domain, id FROM series");
    let rows = rows.fetch_all(db).await?;
    let id = |row| Ok((read_series(row, 0)?, sqlx::Row::try_get(row, 2)?));
    rows.iter().map(id).collect()
}

fn series_of(step: &Step) -> HashSet<&Series> {
    let samples = step.samples.iter().map(|kept| &kept.series);
    let marks = step.series.iter().map(|mark| &mark.series);
    let left = step.fleet_left.iter().map(|left| &left.series);
    samples
        .chain(marks)
        .chain(left)
        .chain(&step.series_removed)
        .collect()
}

/// Sets the notes, and takes those away that are over.
async fn set_notes(
    db: &mut SqliteConnection,
    notes: &BTreeMap<String, Option<String>>,
) -> Result<(), sqlx::Error> {
    for (name, text) in notes {
        let query = match text {
            Some(text) => sqlx::query(
                "INSERT INTO notes (name, text) VALUES ($1, $2)
                 ON CONFLICT (name) DO UPDATE SET text = excluded.text",
            )
            .bind(name.clone())
            .bind(text.clone()),
            None => sqlx::query("DELETE FROM notes WHERE name = $1").bind(name.clone()),
        };
        query.execute(&mut *db).await?;
    }
    Ok(())
}

/// Returns the id of a series that [`Store::ids_of`] was asked for.
pub(super) fn id_of(ids: &Ids, series: &Series) -> i64 {
    // Every series of a step was asked for; an id that no row has would be refused by the
    // database, as the tables refer to it.
    ids.get(series).copied().unwrap_or(-1)
}

/// Sets how far series are.
pub(super) async fn set_marks(
    db: &mut SqliteConnection,
    ids: &Ids,
    marks: &[SeriesMark],
) -> Result<(), sqlx::Error> {
    let insert = Insert {
        head: "INSERT INTO marks (series, judge_from, next, covered_from, history_begin)",
        columns: 5,
        tail: "ON CONFLICT (series) DO UPDATE SET judge_from = excluded.judge_from,
               next = excluded.next, covered_from = excluded.covered_from,
               history_begin = excluded.history_begin",
    };
    let insert = insert.run(db, marks, |query, mark| {
        let query = query.bind(id_of(ids, &mark.series));
        let query = query.bind(mark.judge_from.epoch()).bind(mark.next.epoch());
        let query = query.bind(mark.covered_from.epoch());
        query.bind(mark.history_begin.map(Minute::epoch))
    });
    insert.await.map(|_| ())
}

async fn set_rules(db: &mut SqliteConnection, rules: &[RuleMark]) -> Result<(), sqlx::Error> {
    let insert = Insert {
        head: "INSERT INTO rules (name, meaning, judged_from, fleet_next)",
        columns: 4,
        tail: "ON CONFLICT (name) DO UPDATE SET meaning = excluded.meaning,
               judged_from = excluded.judged_from, fleet_next = excluded.fleet_next",
    };
    let insert = insert.run(db, rules, |query, rule| {
        let query = query.bind(rule.name.clone()).bind(rule.meaning.clone());
        let query = query.bind(rule.from.epoch());
        query.bind(rule.fleet_next.map(Minute::epoch))
    });
    insert.await.map(|_| ())
}

async fn set_alerts(db: &mut SqliteConnection, alerts: &[AlertRow]) -> Result<(), sqlx::Error> {
    // If a step names an alert twice, the last word holds.
    let last: BTreeMap<_, _> = alerts.iter().map(|row| (&row.key, &row.state)).collect();
    let mut kept = Vec::new();
    for (key, state) in last {
        let Some(state) = state else {
            let (account, domain, cause) = key.columns();
            let delete = sqlx::query(
                "DELETE FROM alerts WHERE rule = $1 AND subject = $2 AND account = $3
                 AND domain = $4 AND cause = $5",
            );
            let delete = delete
                .bind(key.rule.clone())
                .bind(subject_word(&key.subject));
            let delete = delete.bind(account.to_owned()).bind(domain.to_owned());
            delete.bind(cause.to_owned()).execute(&mut *db).await?;
            continue;
        };
        kept.push((key, state));
    }
    let insert = Insert {
        head: "INSERT INTO alerts (rule, subject, account, domain, cause, state)",
        columns: 6,
        tail: "ON CONFLICT (rule, subject, account, domain, cause)
               DO UPDATE SET state = excluded.state",
    };
    let insert = insert.run(db, &kept, |query, (key, state)| {
        let (account, domain, cause) = key.columns();
        let query = query
            .bind(key.rule.clone())
            .bind(subject_word(&key.subject));
        let query = query.bind(account.to_owned()).bind(domain.to_owned());
        query.bind(cause.to_owned()).bind((*state).clone())
    });
    insert.await.map(|_| ())
}

async fn insert_left(
    db: &mut SqliteConnection,
    ids: &Ids,
    left: &[FleetLeft],
) -> Result<(), sqlx::Error> {
    let insert = Insert {
        head: "INSERT INTO fleet_left (minute, rule, series)",
        columns: 3,
        tail: "ON CONFLICT DO NOTHING",
    };
    let insert = insert.run(db, left, |query, left| {
        let query = query.bind(left.minute.epoch()).bind(left.rule.clone());
        query.bind(id_of(ids, &left.series))
    });
    insert.await.map(|_| ())
}
