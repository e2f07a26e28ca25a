//! What kind of minutes a line of search is about, and what is known in them.

use super::form::{Frame, Need};
use super::simplex::Outcome;

/// Some kinds of minutes, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    /// Codes with counts that are values.
    pub(super) const COUNTED: Self = Self(1);
    /// Codes without counts.
    const UNCOUNTED: Self = Self(2);
    /// Codes with counts of which the whole is beyond the range of values.
    pub(super) const HUGE: Self = Self(4);
    /// The source answered: no traffic.
    pub(super) const EMPTY: Self = Self(8);
    /// The source has nothing.
    const ABSENT: Self = Self(16);
    /// Nobody knows.
    const UNASKED: Self = Self(32);
    pub(super) const ALL: Self = Self(63);
    /// All that have codes.
    pub(super) const CODES: Self = Self::COUNTED.or(Self::UNCOUNTED).or(Self::HUGE);
    /// `no data` is true.
    pub(super) const NO_DATA: Self = Self::EMPTY.or(Self::ABSENT);
    /// `no data` is known; `no traffic` is so without those that are absent.
    pub(super) const ASKED: Self = Self::UNASKED.other();
    /// `no traffic` is known.
    pub(super) const ANSWERED: Self = Self::CODES.or(Self::EMPTY);

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns the kinds that are not among these.
    pub(super) const fn other(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }

    /// Returns those that are among these, each by itself.
    pub(super) fn each(self) -> impl Iterator<Item = Self> {
        let all = (0..6).map(|bit| Self(1 << bit));
        all.filter(move |kind| !kind.and(self).is_none())
    }

    pub(super) const fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// Whether something is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knowledge {
    Known,
    Unknown,
}

/// What a line of search has taken on so far, each with how many minutes ago.
#[derive(Clone, Debug, Default)]
pub(super) struct Minutes {
    kinds: Vec<(u32, Kinds)>,
    marks: Vec<(Need, u32, Knowledge)>,
}

impl Minutes {
    /// Returns what must be known, or unknown, each with how many minutes ago.
    pub(super) fn marks(&self) -> &[(Need, u32, Knowledge)] {
        &self.marks
    }

    /// Returns the minutes whose kinds are restricted.
    pub(super) fn restricted(&self) -> impl Iterator<Item = u32> + '_ {
        self.kinds.iter().map(|(back, _)| *back)
    }

    pub(super) fn mark(&self) -> (usize, usize) {
        (self.kinds.len(), self.marks.len())
    }

    pub(super) fn back_to(&mut self, mark: (usize, usize)) {
        self.kinds.truncate(mark.0);
        self.marks.truncate(mark.1);
    }

    /// Returns the kinds that the minute can still be of.
    pub(super) fn kinds(&self, back: u32) -> Kinds {
        let of = self.kinds.iter().filter(|(other, _)| *other == back);
        of.fold(Kinds::ALL, |all, (_, kinds)| all.and(*kinds))
    }

    /// Lets the minute be of these kinds.
    pub(super) fn restrict(&mut self, back: u32, kinds: Kinds) -> Outcome {
        let before = self.kinds(back);
        let after = before.and(kinds);
        if after.is_none() {
            return Outcome::Conflict;
        }
        if after != before {
            self.kinds.push((back, kinds));
        }
        Outcome::Open
    }

    /// Whether it can still be known, or unknown.
    pub(super) fn is_open(&self, need: Need, back: u32, knowledge: Knowledge) -> bool {
        let kinds = kinds_of(need, knowledge);
        let is_marked = |(other, at, known): &(Need, u32, Knowledge)| {
            (*other, *at) == (need, back) && *known != knowledge
        };
        !self.kinds(back).and(kinds).is_none() && !self.marks.iter().any(is_marked)
    }

    /// Lets it be known, or unknown.
    pub(super) fn note(&mut self, need: Need, back: u32, knowledge: Knowledge) -> Outcome {
        if !self.is_open(need, back, knowledge) {
            return Outcome::Conflict;
        }
        let mark = (need, back, knowledge);
        if !self.marks.contains(&mark) {
            self.marks.push(mark);
        }
        match kinds_of(need, knowledge) {
            Kinds::ALL => Outcome::Open,
            kinds => self.restrict(back, kinds),
        }
    }
}

/// Returns the kinds of minutes in which it can be known, or unknown.
fn kinds_of(need: Need, knowledge: Knowledge) -> Kinds {
    let is_known = knowledge == Knowledge::Known;
    match need {
        Need::Known(Frame::Minute) if is_known => Kinds::CODES,
        Need::Known(Frame::Minute) => Kinds::CODES.other(),
        Need::Counted(None) if is_known => Kinds::COUNTED.or(Kinds::EMPTY),
        // Where the whole is beyond the range, a part of it may be or not.
        Need::Counted(Some(_)) if is_known => Kinds::COUNTED.or(Kinds::EMPTY).or(Kinds::HUGE),
        Need::Counted(_) => Kinds::COUNTED.or(Kinds::EMPTY).other(),
        Need::Never if is_known => Kinds(0),
        Need::Known(_) | Need::Defined(_) | Need::Never => Kinds::ALL,
    }
}

/// Whether it is known in a minute of this one kind; `None` where it may be or not.
pub(super) fn knowledge_in(need: Need, kind: Kinds) -> Option<bool> {
    let can_be = |knowledge| !kinds_of(need, knowledge).and(kind).is_none();
    match (can_be(Knowledge::Known), can_be(Knowledge::Unknown)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_narrows_what_the_minute_can_be() {
        let mut minutes = Minutes::default();
        let codes = Need::Known(Frame::Minute);
        assert_eq!(minutes.note(codes, 0, Knowledge::Known), Outcome::Open);
        assert!(!minutes.is_open(codes, 0, Knowledge::Unknown));
        assert_eq!(minutes.restrict(0, Kinds::NO_DATA), Outcome::Conflict);
        assert_eq!(minutes.restrict(1, Kinds::NO_DATA), Outcome::Open);
        let mark = minutes.mark();
        minutes.note(Need::Counted(None), 1, Knowledge::Known);
        assert_eq!(minutes.kinds(1), Kinds::EMPTY);
        minutes.back_to(mark);
        assert_eq!(minutes.kinds(1), Kinds::NO_DATA);
    }
}
