//! What a window knows of the values in it, kept up as it slides over a block.

use std::collections::VecDeque;

use super::cell::{Cell, Divisor, quotient_signed};
use super::columns::Out;
use super::ranked::Ranked;
use super::ring::Rings;
use super::spread::{SPREAD_MAX, Spread};
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
    known: u32,
    /// Their number, to divide by; 1 while there is none.
    divisor: Divisor,
    /// Their sum, exact.
    sum: i128,
}

/// What a window slides over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slide<'a> {
    pub(super) reduce: Reduce,
    /// The length of the window.
    pub(super) over: u32,
    pub(super) rings: &'a Rings,
    /// The ring of the operand, in which the block's values stand last.
    pub(super) ring: usize,
    /// The block's values of the operand.
    pub(super) new: &'a [i64],
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

    /// Slides over a block, and gives the window's value at each of its minutes.
    #[inline]
    pub(super) fn slide(&mut self, step: Slide<'_>, out: Out<'_>) {
        out.known.fill(u64::MAX);
        let count = step.new.len();
        match self {
            Self::Extreme { known, queue } => step.extreme(known, queue, out),
            Self::Ranked(ranked) => {
                for (at, (new, cell)) in step.new.iter().zip(&mut *out.cells).enumerate() {
                    ranked.slide(Cell(*new));
                    let is_thin = is_thin(ranked.known(), step.over);
                    *cell = known_if(!is_thin, ranked.value().0, at, out.known);
                }
            }
            Self::Total(_) | Self::Spread(_) => {
                let pieces = step
                    .rings
                    .past(step.ring, count + step.over as usize, count);
                let mut begin = 0;
                for old in pieces {
                    let end = begin + old.len();
                    let piece = Piece {
                        reduce: step.reduce,
                        over: step.over,
                        old,
                        new: &step.new[begin..end],
                        cells: &mut out.cells[begin..end],
                        begin,
                        known: out.known,
                    };
                    match self {
                        Self::Total(total) if step.rings.is_narrow(step.ring) => {
                            piece.total_narrow(total);
                        }
                        Self::Total(total) => piece.total(total),
                        Self::Spread(spread) => piece.spread(spread),
                        Self::Extreme { .. } | Self::Ranked(_) => {}
                    }
                    begin = end;
                }
            }
        }
    }

    /// Slides by one minute, and returns the window's value there.
    #[inline]
    pub(super) fn step(&mut self, step: Slide<'_>) -> Cell {
        let mut value = Cell::UNKNOWN.0;
        let out = Out {
            cells: std::slice::from_mut(&mut value),
            known: &mut [0],
            trues: &mut [],
        };
        self.slide(step, out);
        Cell(value)
    }

    /// Takes up what lies before the block anew: for a window that was not kept up.
    pub(super) fn rebuild(&mut self, step: Slide<'_>) {
        let (over, count) = (step.over as usize, step.new.len());
        match self {
            Self::Extreme { known, queue } => {
                queue.clear();
                *known = 0;
                for back in (count + 1..=count + over).rev() {
                    let slot = step.rings.slot(step.ring, back);
                    let value = Cell(step.rings.slots(step.ring)[slot]);
                    *known += u32::from(value.is_known());
                    step.enter(queue, slot, value);
                }
            }
            Self::Ranked(ranked) => {
                ranked.clear();
                for old in step.rings.past(step.ring, count + over, over) {
                    for value in old {
                        ranked.slide(Cell(*value));
                    }
                }
            }
            // These are always kept up.
            Self::Total(_) | Self::Spread(_) => {}
        }
    }
}

impl Slide<'_> {
    fn extreme(self, known: &mut u32, queue: &mut VecDeque<u16>, out: Out<'_>) {
        let count = self.new.len();
        let slots = self.rings.slots(self.ring);
        let mut entering = self.rings.slot(self.ring, count);
        let mut leaving = self.rings.slot(self.ring, count + self.over as usize);
        let next = |slot: usize| if slot + 1 == slots.len() { 0 } else { slot + 1 };
        for (at, (new, cell)) in self.new.iter().zip(out.cells).enumerate() {
            let new = Cell(*new);
            swap_known(known, Cell(slots[leaving]), new);
            if queue
                .front()
                .is_some_and(|front| usize::from(*front) == leaving)
            {
                queue.pop_front();
            }
            self.enter(queue, entering, new);
            let best = queue.front().map(|front| slots[usize::from(*front)]);
            let best = best.filter(|_| !is_thin(*known, self.over));
            *cell = known_if(best.is_some(), best.unwrap_or(0), at, out.known);
            (leaving, entering) = (next(leaving), next(entering));
        }
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

/// A part of a block for which what leaves lies in one piece.
struct Piece<'a> {
    reduce: Reduce,
    over: u32,
    old: &'a [i64],
    new: &'a [i64],
    cells: &'a mut [i64],
    /// The place of the first cell in the block.
    begin: usize,
    known: &'a mut [u64],
}

impl Piece<'_> {
    /// Where every sum fits 64 bits.
    #[inline]
    fn total_narrow(self, total: &mut Total) {
        let is_mean = self.reduce == Reduce::Avg;
        let mut sum = i64::try_from(total.sum).unwrap_or(0);
        let pairs = self.old.iter().zip(self.new);
        for (at, ((old, new), cell)) in pairs.zip(self.cells).enumerate() {
            if *old != Cell::UNKNOWN.0 && *new != Cell::UNKNOWN.0 {
                sum = sum.wrapping_add(new.wrapping_sub(*old));
            } else {
                if *old != Cell::UNKNOWN.0 {
                    sum = sum.wrapping_sub(*old);
                } else if *new != Cell::UNKNOWN.0 {
                    sum = sum.wrapping_add(*new);
                }
                total.swap_known(Cell(*old), Cell(*new));
            }
            let value = if is_mean {
                total.divisor.divide_signed(sum)
            } else {
                sum
            };
            let is_known = !is_thin(total.known, self.over)
                && (is_mean || Decimal::from_units(value).is_some());
            *cell = known_if(is_known, value, self.begin + at, self.known);
        }
        total.sum = i128::from(sum);
    }

    fn total(self, total: &mut Total) {
        let pairs = self.old.iter().zip(self.new);
        for (at, ((old, new), cell)) in pairs.zip(self.cells).enumerate() {
            let (old, new) = (Cell(*old), Cell(*new));
            total.swap_known(old, new);
            if old.is_known() {
                total.sum -= i128::from(old.0);
            }
            if new.is_known() {
                total.sum += i128::from(new.0);
            }
            let value = if is_thin(total.known, self.over) {
                Cell::UNKNOWN
            } else if self.reduce == Reduce::Avg {
                Cell::of_units(quotient_signed(total.sum, i128::from(total.known)))
            } else {
                Cell::of_units(total.sum)
            };
            *cell = known_if(value.is_known(), value.0, self.begin + at, self.known);
        }
    }

    fn spread(self, spread: &mut Spread) {
        let pairs = self.old.iter().zip(self.new);
        for (at, ((old, new), cell)) in pairs.zip(self.cells).enumerate() {
            let value = spread.slide(Cell(*old), Cell(*new), self.over);
            let (is_known, value) = (value.is_some(), value.unwrap_or(0));
            *cell = known_if(is_known, value, self.begin + at, self.known);
        }
    }
}

impl Total {
    #[inline]
    fn swap_known(&mut self, old: Cell, new: Cell) {
        let before = self.known;
        swap_known(&mut self.known, old, new);
        if self.known != before {
            self.divisor = Divisor::new(u64::from(self.known.max(1)));
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

#[inline]
fn swap_known(known: &mut u32, old: Cell, new: Cell) {
    *known = *known + u32::from(new.is_known()) - u32::from(old.is_known());
}

/// Rings are at most as long as the longest duration of the language and a block, which fits.
fn place(slot: usize) -> u16 {
    u16::try_from(slot).unwrap_or(u16::MAX)
}
