//! What is wrong with a store, as far as it can be told from outside.

use std::collections::BTreeMap;

use sqlx::{Row as _, SqliteConnection};

use super::load::series_mark;
use super::rows::{block_start, ids_of_lane, lane_of, series};
use super::view::{SampleRange, Unread};
use super::{Store, StoreError, view};
use crate::pipeline::SeriesMark;
use crate::unit::{Minute, Series, counted};

/// How many findings of one kind are told: beyond them, what is wrong is no detail.
const OF_A_KIND_MAX: i64 = 20;

const RESTORE: &str =
    "restore the file from a backup; samples that can still be read, `foghorn export` writes";
const AHEAD: &str = "`foghorn export --to` the present, and `foghorn import` that into a new store";
const FORGET: &str = "`foghorn run` goes on without it; report this, as it should not be";

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub what: String,
    /// What a person does about it.
    pub mend: &'static str,
}

/// What a check found, and how much it looked at.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Checked {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// How many series there are.
    pub series: u64,
    /// How many minutes of them are kept.
    pub minutes: u64,
    /// The size of the database, in bytes.
    pub bytes: u64,
}

impl Checked {
    fn find(&mut self, what: String, mend: &'static str) {
        self.findings.push(Finding { what, mend });
    }
}

impl Store {
    /// Looks through all that is stored. It changes nothing, and a service may go on meanwhile.
    /// `now` is the time, unless the service has a time of its own.
    ///
    /// # Errors
    ///
    /// [`StoreError::Load`] if the database fails. What it holds is no error but a finding.
    pub async fn check(&self, now: Option<Minute>) -> Result<Checked, StoreError> {
        let checked = async {
            // One transaction, so that all is of one moment.
            let mut db = self.reader.begin().await?;
            let mut checked = Checked::default();
            look_at_file(&mut db, &mut checked).await?;
            look_at_texts(&mut db, &mut checked).await?;
            look_at_samples(&mut db, now, &mut checked).await?;
            Ok(checked)
        };
        checked
            .await
            .map_err(|error| StoreError::Load(self.fault(error)))
    }
}

async fn look_at_file(db: &mut SqliteConnection, checked: &mut Checked) -> Result<(), sqlx::Error> {
    let size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    let size: i64 = sqlx::query_scalar(size).fetch_one(&mut *db).await?;
    checked.bytes = u64::try_from(size).unwrap_or(0);
    let rows = sqlx::query("PRAGMA integrity_check(20)");
    for row in rows.fetch_all(&mut *db).await? {
        let what: String = row.try_get(0)?;
        if what != "ok" {
            checked.find(format!("the file is damaged: {what}"), RESTORE);
        }
    }
    let rows = sqlx::query(
        "SELECT \"table\", \"parent\", COUNT(*) FROM pragma_foreign_key_check GROUP BY 1, 2",
    );
    for row in rows.fetch_all(db).await? {
        let (table, parent, count): (String, String, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let what = format!(
            "{} of `{table}` without its row of `{parent}`",
            counted(count, "row")
        );
        checked.find(what, FORGET);
    }
    Ok(())
}

/// Looks for texts that are none of the form in which they are kept.
async fn look_at_texts(
    db: &mut SqliteConnection,
    checked: &mut Checked,
) -> Result<(), sqlx::Error> {
    let texts = [
        (
            "SELECT rule || ' of ' || account || '/' || domain FROM alerts WHERE NOT json_valid(state) LIMIT $1",
            "the state of alert",
            "the alert begins anew with the next minute",
        ),
        (
            "SELECT firing FROM transitions WHERE NOT json_valid(evidence) LIMIT $1",
            "the history of firing",
            RESTORE,
        ),
        (
            "SELECT id FROM outbox WHERE NOT json_valid(message) LIMIT $1",
            "the message of delivery",
            "it is put with the dead letters when it is due; tell its receiver by hand",
        ),
    ];
    for (sql, what, mend) in texts {
        let names: Vec<String> = sqlx::query_scalar(sql)
            .bind(OF_A_KIND_MAX)
            .fetch_all(&mut *db)
            .await?;
        for name in names {
            checked.find(format!("{what} {name} cannot be read"), mend);
        }
    }
    Ok(())
}

/// A series as the check sees it.
struct Looked {
    series: Series,
    mark: Option<SeriesMark>,
    /// Its first minute that is kept.
    first: Option<Minute>,
    /// Whether the minute with which its history begins is kept.
    has_begin: bool,
}

/// Reads every sample and holds it against how far its series is.
async fn look_at_samples(
    db: &mut SqliteConnection,
    now: Option<Minute>,
    checked: &mut Checked,
) -> Result<(), sqlx::Error> {
    let mut all = series_of(&mut *db).await?;
    checked.series = all.len() as u64;
    let last_lane = "SELECT COALESCE(MAX(lane), -1) FROM recent";
    let last_lane: i64 = sqlx::query_scalar(last_lane).fetch_one(&mut *db).await?;
    let last_lane = all.keys().map(|id| lane_of(*id)).max().max(Some(last_lane));
    if let (Some((first, last)), Some(last_lane)) = (view::blocks(&mut *db).await?, last_lane) {
        for lane in 0..=last_lane {
            // Block by block: a damaged one hides no other, and memory stays small.
            for block in first..=last {
                look_at_block(&mut *db, (lane, block), &mut all, checked).await?;
            }
        }
    }
    for looked in all.values() {
        hold_against_mark(looked, now, checked);
    }
    Ok(())
}

async fn series_of(db: &mut SqliteConnection) -> Result<BTreeMap<i64, Looked>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT s.account, s.domain, m.judge_from, m.next, m.covered_from, m.history_begin, s.id
         FROM series AS s LEFT JOIN marks AS m ON m.series = s.id",
    );
    let mut all = BTreeMap::new();
    for row in rows.fetch_all(db).await? {
        let has_mark = row.try_get::<Option<i64>, _>(2)?.is_some();
        let looked = Looked {
            series: series(&row, 0)?,
            mark: has_mark.then(|| series_mark(&row)).transpose()?,
            first: None,
            has_begin: false,
        };
        all.insert(row.try_get(6)?, looked);
    }
    Ok(all)
}

async fn look_at_block(
    db: &mut SqliteConnection,
    (lane, block): (i64, i64),
    all: &mut BTreeMap<i64, Looked>,
    checked: &mut Checked,
) -> Result<(), sqlx::Error> {
    let minute = |block| Minute::from_epoch(block_start(block));
    let Some((from, to)) = minute(block).zip(minute(block + 1)) else {
        return Ok(());
    };
    let ids = ids_of_lane(lane);
    let read = match view::read(db, SampleRange { ids, from, to }).await {
        Ok(read) => read,
        Err(Unread::Database(error)) => return Err(error),
        Err(Unread::Damaged { series, why, .. }) => {
            // A row of several is of any that are beside each other in it.
            let beside = || all.range(ids.0..=ids.1).next().map(|(_, looked)| looked);
            let of = all.get(&series).or_else(beside);
            let of = of.map(|looked| looked.series.to_string());
            let of = of.unwrap_or_else(|| format!("series {}", ids.0));
            let what = format!(
                "samples of {of} from {from} on, or of those beside it, cannot be read: {why}"
            );
            checked.find(what, RESTORE);
            return Ok(());
        }
    };
    for (id, minutes) in read {
        checked.minutes += minutes.len() as u64;
        let Some(looked) = all.get_mut(&id) else {
            let what = format!("{} of no series", counted(minutes.len(), "minute"));
            checked.find(what, FORGET);
            continue;
        };
        looked.first = looked.first.or(minutes.first().map(|(minute, _)| *minute));
        let Some(mark) = &looked.mark else { continue };
        let begin = mark.history_begin;
        looked.has_begin |= minutes.iter().any(|(minute, _)| Some(*minute) == begin);
        if let Some((minute, _)) = minutes.iter().find(|(minute, _)| mark.next <= *minute) {
            let (series, next) = (&looked.series, mark.next);
            let what = format!("{series} is judged up to {next}, and {minute} is kept already");
            checked.find(what, FORGET);
        }
    }
    Ok(())
}

fn hold_against_mark(looked: &Looked, now: Option<Minute>, checked: &mut Checked) {
    let Some(mark) = &looked.mark else { return };
    let series = &looked.series;
    // The minute that is under way is taken in by no service; by an import it may have been.
    if now.is_some_and(|now| now.next() < mark.next) {
        let next = mark.next;
        let what = format!("{series} is not judged until {next}, which is still to come");
        checked.find(what, AHEAD);
    }
    if mark.next < mark.covered_from {
        let (next, from) = (mark.next, mark.covered_from);
        let what = format!("{series} is judged up to {next} and covered from {from} on only");
        checked.find(what, FORGET);
    }
    // What lies before the first minute that is kept may have been forgotten by age.
    let begin = mark.history_begin.filter(|begin| {
        let first = looked.first;
        first.is_some_and(|first| first <= *begin) && *begin < mark.next
    });
    if let Some(begin) = begin.filter(|_| !looked.has_begin) {
        let what = format!("{begin}, with which {series} begins, is not kept");
        checked.find(what, RESTORE);
    }
}
