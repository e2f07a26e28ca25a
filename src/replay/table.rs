//! A rule over the minutes of one series, part by part: why it fired, or did not.
//!
//! The states are those of the engine, which judges every minute up to the last one of the table;
//! the parts are values of the same evaluator. Nothing is worked out a second time.

use std::collections::VecDeque;

use super::dissected::Dissected;
use super::notes::{Note, Noting};
use super::track::Track;
use crate::engine::{
    Ballot, Coverage, Evaluator, Observation, Plan, Ruleset, SeriesEngine, Tally, TierState,
};
use crate::lang::{Anatomy, Clause, Held, Whole};
use crate::unit::{Decimal, Minute, Minutes, Series};

/// How many minutes a table may have.
pub const ROWS_MAX: u32 = 24 * 60;

/// A rule over the minutes of one series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The series.
    pub series: Series,
    /// What is known of each minute, ascending; none lies before the first that was given.
    pub minutes: Vec<(Minute, Seen)>,
    /// The severities, from the least to the worst; their rows are those of `minutes`.
    pub tiers: Vec<TierTable>,
    /// What the series said in each minute to the count of a rule of many domains.
    pub ballots: Vec<Ballot>,
    /// The first minute at which the reach lies within the history, if that is not before these.
    pub warm_from: Option<Minute>,
}

/// What is known of a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seen {
    /// A sample with codes.
    Codes,
    /// A sample without: there was no traffic.
    NoTraffic,
    /// The source had nothing.
    Absent,
    /// The source could not be asked.
    Unasked,
}

/// One severity over the minutes of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierTable {
    /// A row for each minute.
    pub rows: Vec<Row>,
    /// What happened, by minute.
    pub notes: Vec<(Minute, Note)>,
}

/// A minute of one severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What each clause of the [`Anatomy`] was.
    pub cells: Vec<Cell>,
    /// What the condition was.
    pub condition: Option<bool>,
    /// What `until` was; also `None` if there is none.
    pub until: Option<bool>,
    /// How far the outermost `for` of the condition had come.
    pub held: Option<Count>,
    /// How far that of `until` had come.
    pub until_held: Option<Count>,
    /// The state of the severity after the minute.
    pub state: State,
    /// How many domains fired, of a rule of many.
    pub tally: Option<Tally>,
}

/// What a clause was in a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Whether it was so; `None` is unknown.
    pub truth: Option<bool>,
    /// What it compared; `None` is unknown.
    pub values: Vec<Option<Decimal>>,
}

/// How far a `for` has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// In how many of the last minutes it was so.
    pub trues: u32,
    /// In how many in a row, up to this one, it was so.
    pub in_a_row: u32,
    /// Whether it was so in this one.
    pub now: Option<bool>,
}

/// The state of one severity, as a table shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was not judged: its judging begins later.
    Unjudged,
    /// Nothing.
    Inactive,
    /// The condition without its `for`s is true since then.
    Pending {
        /// The first minute of the run.
        since: Minute,
    },
    /// It fires.
    Firing {
        /// The first minute of the run that led to it.
        since: Minute,
        /// The minute that decided.
        fired: Minute,
    },
    /// It fired up to the minute before.
    Resolved,
}

/// Judges a rule over a series' minutes up to `at`, and shows the last `rows` of them, at most
/// [`ROWS_MAX`].
pub fn table(dissected: &Dissected, track: &Track, at: Minute, rows: Minutes) -> Table {
    let first = first_row(at, rows);
    let plan = Plan::new(&dissected.program);
    let rules = std::slice::from_ref(&dissected.rule);
    let ruleset = Ruleset { plan: &plan, rules };
    let mut engine = SeriesEngine::new(track.series.clone(), track.history_begin, ruleset);
    let mut tiers: Vec<Recorder<'_>> = dissected.anatomies.iter().map(Recorder::new).collect();
    let (mut minutes, mut ballots) = (Vec::new(), Vec::new());
    for (minute, observation) in track.observations() {
        if at < minute {
            break;
        }
        let is_judged = track.judge_from <= minute;
        engine.advance(minute, observation, ruleset, |_| is_judged);
        let place = if first <= minute {
            minutes.push((minute, Seen::of(observation)));
            ballots.extend(engine.ballot(0));
            Place::Shown
        } else {
            Place::Before
        };
        let alert = engine.alert(0).filter(|_| is_judged);
        for (at, tier) in tiers.iter_mut().enumerate() {
            let state = alert.and_then(|alert| alert.tiers.get(at)).copied();
            tier.record((minute, place), state, engine.values());
        }
    }
    let reach = dissected.rule.compiled.reach;
    let begin = engine.history_begin();
    let warm_from = begin.map(|begin| Coverage::begin(reach, begin));
    Table {
        series: track.series.clone(),
        minutes,
        tiers: tiers.into_iter().map(|tier| tier.table).collect(),
        ballots,
        warm_from: warm_from.filter(|warm| first < *warm),
    }
}

/// Returns the first of so many minutes that end with `at`.
fn first_row(at: Minute, rows: Minutes) -> Minute {
    let before = Minutes::new(rows.get().min(ROWS_MAX) - 1);
    before.map_or(at, |before| at - before)
}

impl Table {
    /// Puts in how many domains fired, as all series of the rule say, each with its table.
    pub fn count(&mut self, dissected: &Dissected, all: &[Self]) {
        for (at, (minute, _)) in self.minutes.iter().enumerate() {
            let said = |table: &'_ Self| {
                let place = table.minutes.binary_search_by_key(minute, |(at, _)| *at);
                table.ballots.get(place.ok()?).copied()
            };
            let ballots: Vec<(&Series, Ballot)> = all
                .iter()
                .filter_map(|table| Some((&table.series, said(table)?)))
                .collect();
            for (tier, shown) in self.tiers.iter_mut().enumerate() {
                if let Some(row) = shown.rows.get_mut(at) {
                    row.tally = Tally::of(&dissected.rule, tier, &ballots);
                }
            }
        }
    }
}

impl Seen {
    fn of(observation: Observation<'_>) -> Self {
        match observation {
            Observation::Sample(sample) if sample.has_codes() => Self::Codes,
            Observation::Sample(_) => Self::NoTraffic,
            Observation::Absent => Self::Absent,
            Observation::Unasked => Self::Unasked,
        }
    }
}

/// Where a minute is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the table: it is only judged.
    Before,
    /// In the table.
    Shown,
}

/// The table of one severity in the making.
struct Recorder<'a> {
    anatomy: &'a Anatomy,
    held: Option<Holding>,
    until_held: Option<Holding>,
    noting: Noting,
    table: TierTable,
}

impl<'a> Recorder<'a> {
    fn new(anatomy: &'a Anatomy) -> Self {
        let holding = |whole: &Whole| whole.held.map(Holding::new);
        Self {
            anatomy,
            held: holding(&anatomy.condition),
            until_held: anatomy.until.as_ref().and_then(holding),
            noting: Noting::default(),
            table: TierTable {
                rows: Vec::new(),
                notes: Vec::new(),
            },
        }
    }

    fn record(
        &mut self,
        (minute, place): (Minute, Place),
        state: Option<TierState>,
        values: &Evaluator,
    ) {
        let count = |held: &mut Option<Holding>| held.as_mut().map(|h| h.advance(values));
        let (held, until_held) = (count(&mut self.held), count(&mut self.until_held));
        let state = self.noting.state(state);
        let truth = |whole: &Whole| values.truth(whole.node);
        let cell = |clause: &Clause| Cell {
            truth: values.truth(clause.node),
            values: clause
                .values
                .iter()
                .map(|value| values.decimal(value.node))
                .collect(),
        };
        let row = Row {
            cells: match place {
                Place::Shown => self.anatomy.clauses.iter().map(cell).collect(),
                Place::Before => Vec::new(),
            },
            condition: truth(&self.anatomy.condition),
            until: self.anatomy.until.as_ref().and_then(truth),
            held,
            until_held,
            state,
            tally: None,
        };
        let notes = self.noting.notes(self.anatomy, &row);
        if place == Place::Shown {
            let notes = notes.into_iter().map(|note| (minute, note));
            self.table.notes.extend(notes);
            self.table.rows.push(row);
        }
    }
}

/// The last minutes of what is held.
struct Holding {
    held: Held,
    truths: VecDeque<Option<bool>>,
    count: Count,
}

impl Holding {
    fn new(held: Held) -> Self {
        Self {
            held,
            truths: VecDeque::new(),
            count: Count {
                trues: 0,
                in_a_row: 0,
                now: None,
            },
        }
    }

    fn advance(&mut self, values: &Evaluator) -> Count {
        let truth = values.truth(self.held.node);
        if self.truths.len() == self.held.hold.over.get() as usize {
            let left = self.truths.pop_front().flatten();
            self.count.trues -= u32::from(left == Some(true));
        }
        self.truths.push_back(truth);
        self.count.now = truth;
        self.count.trues += u32::from(truth == Some(true));
        self.count.in_a_row = match truth {
            Some(true) => self.count.in_a_row.saturating_add(1),
            Some(false) | None => 0,
        };
        self.count
    }
}
