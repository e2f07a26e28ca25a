//! Conditions that count the truths of a window: holds, and ranks compared with a literal.

use super::bounds::Bounds;
use super::cell::Cell;
use super::columns::{Out, Planes, mask};
use super::truths::Truths;
use crate::lang::ast::Comparator;
use crate::lang::program::Reduce;

/// How many of a window's minutes are true, and how many unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) trues: u32,
    pub(super) unknowns: u32,
}

/// What is made of the counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verdict {
    /// Whether so many are true.
    Hold {
        needed: u32,
    },
    Rank(Rank),
}

/// Whether the value of a rank stands to a literal as a comparator says.
///
/// It is above the literal just if more values are than lie beyond the rank. So the value itself
/// need not be known: truths are counted, which costs a hundredth of keeping values in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rank {
    /// Which values are counted.
    pub(super) how: Comparator,
    pub(super) against: i64,
    /// Whether it is false where more of them are than lie beyond the rank.
    is_opposite: bool,
    reduce: Reduce,
    over: u32,
}

impl Counts {
    /// Returns the counts of so many minutes that are all alike.
    pub(super) fn filled(over: u32, truth: Cell) -> Self {
        match truth {
            Cell::TRUE => Self {
                trues: over,
                unknowns: 0,
            },
            Cell::FALSE => Self {
                trues: 0,
                unknowns: 0,
            },
            _ => Self {
                trues: 0,
                unknowns: over,
            },
        }
    }

    /// Slides by one minute.
    #[inline]
    pub(super) fn step(&mut self, verdict: Verdict, old: Cell, new: Cell) -> Cell {
        self.trues = self.trues + u32::from(new == Cell::TRUE) - u32::from(old == Cell::TRUE);
        self.unknowns = self.unknowns + u32::from(!new.is_known()) - u32::from(!old.is_known());
        verdict.of(*self)
    }

    /// Slides a window of `over` minutes over a block whose truths stand last in the ring.
    #[inline]
    pub(super) fn slide(
        &mut self,
        verdict: Verdict,
        (past, over): (&Truths, u32),
        new: impl Fn(usize, &Out<'_>) -> (u64, u64),
        (minutes, out): (usize, Out<'_>),
    ) {
        let mut cell = verdict.of(*self);
        for at in 0..minutes.div_ceil(64) {
            let left = minutes - at * 64;
            let (new_trues, new_known) = new(at, &out);
            let (old_trues, old_known) = past.past(left + over as usize);
            let mut changes = ((old_trues ^ new_trues) | (old_known ^ new_known)) & mask(left);
            let (mut trues, mut known) = spread(cell);
            if changes & (old_trues ^ new_trues) == 0 && changes != 0 {
                // Counts that only rise or only fall pass each verdict once: what is the same at
                // both ends is so between them.
                let (coming, leaving) = (changes & new_known, changes & old_known);
                let mut end = *self;
                end.unknowns = end.unknowns + leaving.count_ones() - coming.count_ones();
                if (coming == 0 || leaving == 0) && verdict.of(end) == cell {
                    (*self, changes) = (end, 0);
                }
            }
            while changes != 0 {
                let bit = changes.trailing_zeros();
                changes &= changes - 1;
                let of = |word: u64| u32::try_from(word >> bit & 1).unwrap_or(0);
                self.trues = self.trues + of(new_trues) - of(old_trues);
                self.unknowns = self.unknowns + of(old_known) - of(new_known);
                let next = verdict.of(*self);
                if next != cell {
                    cell = next;
                    let (later_trues, later_known) = spread(cell);
                    let later = u64::MAX << bit;
                    trues = trues & !later | later_trues & later;
                    known = known & !later | later_known & later;
                }
            }
            out.trues[at] = trues;
            out.known[at] = known;
        }
    }
}

/// Returns the bits of 64 minutes of one truth.
const fn spread(cell: Cell) -> (u64, u64) {
    match cell {
        Cell::TRUE => (u64::MAX, u64::MAX),
        Cell::FALSE => (0, u64::MAX),
        _ => (0, 0),
    }
}

impl Verdict {
    #[inline]
    pub(super) fn of(self, counts: Counts) -> Cell {
        match self {
            Self::Hold { needed } => {
                if needed <= counts.trues {
                    Cell::TRUE
                } else if counts.trues + counts.unknowns < needed {
                    Cell::FALSE
                } else {
                    Cell::UNKNOWN
                }
            }
            Self::Rank(rank) => rank.of(counts),
        }
    }
}

impl Rank {
    /// Returns the counting of a comparison of a window with a literal, if it is one of a rank.
    pub(super) fn new(how: Comparator, reduce: Reduce, over: u32, against: i64) -> Option<Self> {
        let (how, is_opposite) = match how {
            Comparator::Greater | Comparator::GreaterOrEqual => (how, false),
            Comparator::Less => (Comparator::GreaterOrEqual, true),
            Comparator::LessOrEqual => (Comparator::Greater, true),
            Comparator::Equal | Comparator::NotEqual => return None,
        };
        match reduce {
            Reduce::Min | Reduce::Max | Reduce::Percentile(_) => Some(Self {
                how,
                against,
                is_opposite,
                reduce,
                over,
            }),
            Reduce::Avg | Reduce::Sum | Reduce::Stddev => None,
        }
    }

    /// Returns the literal, as bounds.
    pub(super) const fn bounds(self) -> Bounds {
        Bounds::point(self.against)
    }

    /// Returns whether one value is counted.
    pub(super) fn counts(self, value: Cell) -> Cell {
        if !value.is_known() {
            return Cell::UNKNOWN;
        }
        Cell::truth(match self.how {
            Comparator::GreaterOrEqual => self.against <= value.0,
            _ => self.against < value.0,
        })
    }

    #[inline]
    fn of(self, counts: Counts) -> Cell {
        let known = self.over - counts.unknowns;
        if super::window::is_thin(known, self.over) {
            return Cell::UNKNOWN;
        }
        let beyond = match self.reduce {
            Reduce::Max => 0,
            Reduce::Percentile(percent) => known - (known * u32::from(percent)).div_ceil(100),
            Reduce::Min | Reduce::Avg | Reduce::Sum | Reduce::Stddev => known - 1,
        };
        Cell::truth((beyond < counts.trues) != self.is_opposite)
    }
}

/// Returns the truths of a block as they stand.
#[inline]
pub(super) fn as_they_stand(planes: Planes<'_>) -> impl Fn(usize, &Out<'_>) -> (u64, u64) {
    move |at, _| (planes.trues[at], planes.known[at])
}
