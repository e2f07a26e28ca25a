//! What happens in a table of minutes: what fired, what ended, and what made a hold begin anew.

use super::table::{Count, Row, State};
use crate::engine::TierState;
use crate::lang::{Anatomy, Role, Side, Whole};

/// Something that happened in a minute. Clauses are named by their places in the [`Anatomy`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It began to fire.
    Fired,
    /// It ended.
    Resolved {
        /// By the condition, or by `until`.
        side: Side,
        /// The clauses that the condition failed by, if it was the condition.
        by: Vec<usize>,
    },
    /// A `for` that had counted so many minutes in a row began anew.
    Anew {
        /// That of the condition, or of `until`.
        side: Side,
        /// How many minutes it had counted.
        lost: u32,
        /// The clauses that were not so.
        by: Vec<usize>,
    },
    /// It was pending, and is no longer.
    Calmed {
        /// The clauses that were not so.
        by: Vec<usize>,
    },
    /// The condition became true and does not fire, because `until` is true as well.
    Blocked,
}

/// What the minute before left.
#[derive(Default)]
pub(super) struct Noting {
    state: Option<State>,
    held: Option<Count>,
    until_held: Option<Count>,
    was_blocked: bool,
}

impl Noting {
    /// Returns the state that a table shows for a minute, after which the severity is in `state`;
    /// `None` is a minute that is not judged.
    pub(super) fn state(&self, state: Option<TierState>) -> State {
        match state {
            None => State::Unjudged,
            Some(TierState::Firing { since, fired, .. }) => State::Firing { since, fired },
            Some(_) if self.was_firing() => State::Resolved,
            Some(TierState::Pending(run)) => State::Pending { since: run.since },
            Some(TierState::Inactive(_)) => State::Inactive,
        }
    }

    /// Returns what happened in a minute, and takes it for the minute before the next.
    pub(super) fn notes(&mut self, anatomy: &Anatomy, row: &Row) -> Vec<Note> {
        let was_firing = self.was_firing();
        let is_firing = matches!(row.state, State::Firing { .. });
        let mut notes = Vec::new();
        match (was_firing, is_firing) {
            (false, true) => notes.push(Note::Fired),
            (true, true) => {
                let until = anatomy.until.as_ref();
                notes.extend(anew(self.until_held, row, (until, Side::Until), anatomy));
            }
            (true, false) => notes.push(resolved(anatomy, row)),
            (false, false) if row.state != State::Unjudged => {
                let condition = (Some(&anatomy.condition), Side::Condition);
                notes.extend(anew(self.held, row, condition, anatomy));
                let was_pending = matches!(self.state, Some(State::Pending { .. }));
                if was_pending && row.state == State::Inactive && notes.is_empty() {
                    let truth = row.held.map_or(row.condition, |count| count.now);
                    let by = blamed(anatomy, row, Side::Condition, truth);
                    notes.push(Note::Calmed { by });
                }
            }
            (false, false) => {}
        }
        let is_blocked = row.condition == Some(true) && row.until == Some(true);
        if is_blocked && !self.was_blocked && !was_firing {
            notes.push(Note::Blocked);
        }
        self.was_blocked = is_blocked;
        (self.state, self.held, self.until_held) = (Some(row.state), row.held, row.until_held);
        notes
    }

    fn was_firing(&self) -> bool {
        matches!(self.state, Some(State::Firing { .. }))
    }
}

/// Returns that a hold which asks for every minute lost what it had counted, if it did.
fn anew(
    before: Option<Count>,
    row: &Row,
    (whole, side): (Option<&Whole>, Side),
    anatomy: &Anatomy,
) -> Option<Note> {
    let held = whole?.held?;
    let now = match side {
        Side::Condition => row.held,
        Side::Until => row.until_held,
    }?;
    let lost = before?.in_a_row;
    let asks_for_all = held.needed() == held.hold.over.get();
    (asks_for_all && 0 < lost && now.in_a_row == 0).then(|| Note::Anew {
        side,
        lost,
        by: blamed(anatomy, row, side, now.now),
    })
}

fn resolved(anatomy: &Anatomy, row: &Row) -> Note {
    if anatomy.until.is_some() {
        let (side, by) = (Side::Until, Vec::new());
        return Note::Resolved { side, by };
    }
    Note::Resolved {
        side: Side::Condition,
        by: blamed(anatomy, row, Side::Condition, row.condition),
    }
}

/// Returns the clauses that kept a condition from being true: those that are not as it wants
/// them, or, where it is unknown, the guards that leave the minute out, else what is unknown.
fn blamed(anatomy: &Anatomy, row: &Row, side: Side, truth: Option<bool>) -> Vec<usize> {
    let places = |role: Role, is_wrong: fn(bool, Option<bool>) -> bool| -> Vec<usize> {
        let clauses = anatomy.clauses.iter().zip(&row.cells).enumerate();
        let here = clauses.filter(|(_, (clause, _))| clause.side == side && clause.role == role);
        let wrong = here.filter(|(_, (clause, cell))| is_wrong(clause.wants, cell.truth));
        wrong.map(|(at, _)| at).collect()
    };
    if truth == Some(false) {
        return places(Role::Judged, |wants, truth| truth == Some(!wants));
    }
    let closed = places(Role::Guard, |wants, truth| truth != Some(wants));
    if closed.is_empty() {
        return places(Role::Judged, |_, truth| truth.is_none());
    }
    closed
}
