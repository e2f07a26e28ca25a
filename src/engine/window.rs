//! What a window knows of the values in it, kept up as it slides minute by minute.

use std::collections::VecDeque;

use super::cell::{Cell, Divisor, quotient_signed};
use super::ranked::Ranked;
use super::ring::Rings;
use super::spread::{SPREAD_MAX, Spread};
use super::zones::Zone;
use crate::lang::program::Reduce;
use crate::unit::Decimal;

/// The state of one window.
#[derive(Clone, Debug)]
pub(super) enum Window {
    /// Of a sum or a mean.
    Total(Total),
    /// Of the least or the greatest.
    Extreme {
        /// How many values are known.
        known: u32,
        /// The slots of the values that can still become the extreme, the best first.
        queue: VecDeque<u16>,
    },
    /// Of a percentile.
    Ranked(Box<Ranked>),
    /// Of the standard deviation.
    Spread(Spread),
}

#[derive(Clone, Debug)]
pub(super) struct Total {
    /// How many values are known.
    pub(super) known: u32,
    /// Their number, to divide by; 1 while there is none.
    pub(super) divisor: Divisor,
    /// Their sum, exact.
    pub(super) sum: i128,
}

/// What a window slides over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slide<'a> {
    pub(super) reduce: Reduce,
    /// The length of the window.
    pub(super) over: u32,
    pub(super) rings: &'a Rings,
    /// The ring of the operand, in which the minute's value stands last.
    pub(super) ring: usize,
}

impl Window {
    /// Returns the window whose every value is `value`, over a ring of which `slot` was filled last.
    pub(super) fn filled(reduce: Reduce, over: u32, value: Cell, slot: usize) -> Self {
        let known = if value.is_known() { over } else { 0 };
        let (length, count) = (over as usize, i128::from(known));
        let unit = i128::from(value.0);
        match reduce {
            Reduce::Avg | Reduce::Sum => Self::Total(Total {
                known,
                divisor: Divisor::new(u64::from(known.max(1))),
                sum: if known > 0 { unit * count } else { 0 },
            }),
            Reduce::Min | Reduce::Max => {
                let mut queue = VecDeque::with_capacity(length);
                if known > 0 {
                    queue.push_back(place(slot));
                }
                Self::Extreme { known, queue }
            }
            Reduce::Percentile(percent) => {
                Self::Ranked(Box::new(Ranked::filled(percent, over, value)))
            }
            Reduce::Stddev => Self::Spread(Spread::filled(over, value)),
        }
    }

    /// Slides by a minute, and returns the window's value there.
    #[inline]
    pub(super) fn step(&mut self, step: Slide<'_>) -> Cell {
        let over = step.over;
        let value =
            |back: usize| Cell(step.rings.slots(step.ring)[step.rings.slot(step.ring, back)]);
        match self {
            Self::Extreme { known, queue } => step.extreme(known, queue),
            Self::Ranked(ranked) => ranked.step(value(1), over),
            Self::Total(total) => {
                total.slide(value(over as usize + 1), value(1));
                total.worth(step.reduce, over)
            }
            Self::Spread(spread) => {
                let deviation = spread.slide(value(over as usize + 1), value(1), over);
                deviation.map_or(Cell::UNKNOWN, Cell)
            }
        }
    }
}

impl Slide<'_> {
    fn extreme(self, known: &mut u32, queue: &mut VecDeque<u16>) -> Cell {
        let slots = self.rings.slots(self.ring);
        let entering = self.rings.slot(self.ring, 1);
        let leaving = self.rings.slot(self.ring, 1 + self.over as usize);
        let new = Cell(slots[entering]);
        *known = *known + u32::from(new.is_known()) - u32::from(Cell(slots[leaving]).is_known());
        if queue
            .front()
            .is_some_and(|front| usize::from(*front) == leaving)
        {
            queue.pop_front();
        }
        self.enter(queue, entering, new);
        let best = queue.front().map(|front| slots[usize::from(*front)]);
        let best = best.filter(|_| !is_thin(*known, self.over));
        best.map_or(Cell::UNKNOWN, Cell)
    }

    /// Lets a value in, and drops those that it outdoes for good.
    #[inline]
    fn enter(self, queue: &mut VecDeque<u16>, slot: usize, new: Cell) {
        if !new.is_known() {
            return;
        }
        let slots = self.rings.slots(self.ring);
        while let Some(back) = queue.back() {
            let value = slots[usize::from(*back)];
            let is_outdone = if self.reduce == Reduce::Max {
                value <= new.0
            } else {
                new.0 <= value
            };
            if !is_outdone {
                break;
            }
            queue.pop_back();
        }
        queue.push_back(place(slot));
    }
}

impl Total {
    /// Returns the total of some values.
    pub(super) fn of(zone: Zone) -> Self {
        Self {
            known: zone.known(),
            divisor: Divisor::new(u64::from(zone.known().max(1))),
            sum: zone.sum,
        }
    }

    #[inline]
    pub(super) fn slide(&mut self, old: Cell, new: Cell) {
        self.swap_known(old, new);
        if old.is_known() {
            self.sum -= i128::from(old.0);
        }
        if new.is_known() {
            self.sum += i128::from(new.0);
        }
    }

    #[inline]
    pub(super) fn swap_known(&mut self, old: Cell, new: Cell) {
        let known = self.known + u32::from(new.is_known()) - u32::from(old.is_known());
        if known != self.known {
            self.known = known;
            self.divisor = Divisor::new(u64::from(known.max(1)));
        }
    }

    /// Makes sums over minutes of which the same number is known into what the window is worth there.
    pub(super) fn settle(
        &self,
        reduce: Reduce,
        over: u32,
        begin: usize,
        (cells, known): (&mut [i64], &mut [u64]),
    ) {
        if is_thin(self.known, over) {
            for (at, cell) in cells.iter_mut().enumerate() {
                *cell = known_if(false, 0, begin + at, known);
            }
        } else if reduce == Reduce::Avg && 0 <= cells.iter().fold(0, |all, one| all | one) {
            for cell in cells {
                *cell = self.divisor.divide(cell.cast_unsigned()).cast_signed();
            }
        } else if reduce == Reduce::Avg {
            for cell in cells {
                *cell = self.divisor.divide_signed(*cell);
            }
        } else {
            for (at, cell) in cells.iter_mut().enumerate() {
                let is_known = Decimal::from_units(*cell).is_some();
                *cell = known_if(is_known, *cell, begin + at, known);
            }
        }
    }

    /// Returns the sum or the mean.
    #[inline]
    pub(super) fn worth(&self, reduce: Reduce, over: u32) -> Cell {
        if is_thin(self.known, over) {
            return Cell::UNKNOWN;
        }
        match (reduce, i64::try_from(self.sum)) {
            (Reduce::Avg, Ok(sum)) if sum != i64::MIN => Cell(self.divisor.divide_signed(sum)),
            (Reduce::Avg, _) => Cell::of_units(quotient_signed(self.sum, self.known.into())),
            _ => Cell::of_units(self.sum),
        }
    }
}

/// Returns what a window is worth whose every value is `value`.
pub(super) fn worth_filled(reduce: Reduce, over: u32, value: Cell) -> Cell {
    match (reduce, value.is_known()) {
        (_, false) => Cell::UNKNOWN,
        (Reduce::Sum, true) => Cell::of_units(i128::from(value.0) * i128::from(over)),
        (Reduce::Stddev, true) if value.0.abs() > SPREAD_MAX => Cell::UNKNOWN,
        (Reduce::Stddev, true) => Cell(0),
        (Reduce::Avg | Reduce::Min | Reduce::Max | Reduce::Percentile(_), true) => value,
    }
}

/// Whether fewer than half of the minutes are known.
#[inline]
pub(super) const fn is_thin(known: u32, over: u32) -> bool {
    known * 2 < over
}

/// Returns the cell of a value that may be unknown, and notes it if it is.
#[inline]
pub(super) fn known_if(is_known: bool, value: i64, at: usize, known: &mut [u64]) -> i64 {
    if is_known {
        value
    } else {
        known[at / 64] &= !(1 << (at % 64));
        Cell::UNKNOWN.0
    }
}

/// Rings are at most as long as the longest duration of the language and a block, which fits.
fn place(slot: usize) -> u16 {
    u16::try_from(slot).unwrap_or(u16::MAX)
}
