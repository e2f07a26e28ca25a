//! What a window knows of the values in it, kept up as it slides by a minute.

use std::collections::VecDeque;

use super::cell::{Cell, quotient_signed};
use crate::lang::program::Reduce;

/// The largest magnitude that a deviation is worked out of, in units: the square of the sum of
/// a week of them still fits 128 bits.
const SPREAD_MAX: i64 = 1_000_000 * 1_000_000_000;

/// The state of one window.
#[derive(Clone, Debug)]
pub(super) enum Window {
    /// Of a sum or a mean.
    Total {
        /// How many values are known.
        known: u32,
        /// Their sum, exact.
        sum: i128,
    },
    /// Of the least or the greatest.
    Extreme {
        /// How many values are known.
        known: u32,
        /// The slots of the values that can still become the extreme, the best first.
        queue: VecDeque<u16>,
    },
    /// Of a percentile: the known values in ascending order.
    Ranked(Vec<i64>),
    /// Of the standard deviation.
    Spread {
        /// How many values are known.
        known: u32,
        /// How many of them are too large to be squared; they are in neither sum.
        large: u32,
        /// The sum of the others.
        sum: i128,
        /// The sum of their squares.
        squares: i128,
    },
}

/// One minute's move of a window: which value leaves and which comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move<'a> {
    /// The ring of the operand, in which the new value does not stand yet.
    pub(super) slots: &'a [i64],
    /// The slot of the value that leaves.
    pub(super) leaving: usize,
    /// The slot into which the new value will be put.
    pub(super) entering: usize,
    /// The new value.
    pub(super) new: Cell,
    /// The length of the window.
    pub(super) over: u32,
}

impl Window {
    /// Returns the window whose every value is `value`, over a ring of `slots` slots of which
    /// the last was filled last.
    pub(super) fn filled(reduce: Reduce, over: u32, value: Cell, slots: usize) -> Self {
        let known = if value.is_known() { over } else { 0 };
        let (length, count) = (over as usize, i128::from(known));
        let unit = i128::from(value.0);
        match reduce {
            Reduce::Avg | Reduce::Sum => Self::Total {
                known,
                sum: if known > 0 { unit * count } else { 0 },
            },
            Reduce::Min | Reduce::Max => {
                let mut queue = VecDeque::with_capacity(length);
                if known > 0 {
                    queue.push_back(slot(slots - 1));
                }
                Self::Extreme { known, queue }
            }
            Reduce::Percentile(_) => {
                let mut sorted = Vec::with_capacity(length);
                sorted.resize(known as usize, value.0);
                Self::Ranked(sorted)
            }
            Reduce::Stddev => {
                let is_large = known > 0 && value.0.abs() > SPREAD_MAX;
                let summed = if is_large { 0 } else { count };
                Self::Spread {
                    known,
                    large: if is_large { known } else { 0 },
                    sum: if summed > 0 { unit * summed } else { 0 },
                    squares: if summed > 0 { unit * unit * summed } else { 0 },
                }
            }
        }
    }

    /// Slides by a minute and returns the window's value.
    #[inline]
    pub(super) fn slide(&mut self, reduce: Reduce, step: Move<'_>) -> Cell {
        let old = Cell(step.slots[step.leaving]);
        match self {
            Self::Total { known, sum } => {
                swap_known(known, old, step.new);
                if old.is_known() {
                    *sum -= i128::from(old.0);
                }
                if step.new.is_known() {
                    *sum += i128::from(step.new.0);
                }
                if is_thin(*known, step.over) {
                    Cell::UNKNOWN
                } else if reduce == Reduce::Avg {
                    Cell::of_units(quotient_signed(*sum, i128::from(*known)))
                } else {
                    Cell::of_units(*sum)
                }
            }
            Self::Extreme { known, queue } => {
                swap_known(known, old, step.new);
                slide_extreme(queue, reduce, step);
                if is_thin(*known, step.over) {
                    return Cell::UNKNOWN;
                }
                match queue.front().map(|front| usize::from(*front)) {
                    Some(front) if front == step.entering => step.new,
                    Some(front) => Cell(step.slots[front]),
                    None => Cell::UNKNOWN,
                }
            }
            Self::Ranked(sorted) => {
                slide_sorted(sorted, old, step.new);
                let known = u32::try_from(sorted.len()).unwrap_or(u32::MAX);
                let Reduce::Percentile(percent) = reduce else {
                    return Cell::UNKNOWN;
                };
                if is_thin(known, step.over) {
                    return Cell::UNKNOWN;
                }
                let rank = (sorted.len() * usize::from(percent)).div_ceil(100);
                sorted.get(rank - 1).map_or(Cell::UNKNOWN, |v| Cell(*v))
            }
            Self::Spread {
                known,
                large,
                sum,
                squares,
            } => {
                swap_known(known, old, step.new);
                for (cell, sign) in [(old, -1_i128), (step.new, 1)] {
                    let value = i128::from(cell.0);
                    if !cell.is_known() {
                        continue;
                    }
                    if cell.0.abs() > SPREAD_MAX {
                        *large = if sign > 0 { *large + 1 } else { *large - 1 };
                    } else {
                        *sum += sign * value;
                        *squares += sign * value * value;
                    }
                }
                if *large > 0 || is_thin(*known, step.over) {
                    return Cell::UNKNOWN;
                }
                let count = i128::from(*known);
                Cell::of_units((count * *squares - *sum * *sum).isqrt() / count)
            }
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

#[inline]
fn swap_known(known: &mut u32, old: Cell, new: Cell) {
    *known = *known + u32::from(new.is_known()) - u32::from(old.is_known());
}

/// Rings are at most as long as the longest duration of the language, which fits.
fn slot(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// Drops the value that leaves and those that the new one outdoes for good.
fn slide_extreme(queue: &mut VecDeque<u16>, reduce: Reduce, step: Move<'_>) {
    if queue
        .front()
        .is_some_and(|front| usize::from(*front) == step.leaving)
    {
        queue.pop_front();
    }
    if !step.new.is_known() {
        return;
    }
    while let Some(back) = queue.back() {
        let value = step.slots[usize::from(*back)];
        let is_outdone = if reduce == Reduce::Max {
            value <= step.new.0
        } else {
            step.new.0 <= value
        };
        if !is_outdone {
            break;
        }
        queue.pop_back();
    }
    queue.push_back(slot(step.entering));
}

/// Takes `old` out and puts `new` in: only what lies between the two moves.
fn slide_sorted(sorted: &mut Vec<i64>, old: Cell, new: Cell) {
    let from = || sorted.partition_point(|v| *v < old.0);
    let to = || sorted.partition_point(|v| *v < new.0);
    match (old.is_known(), new.is_known()) {
        (true, true) => {
            let (from, to) = (from(), to());
            if from < to {
                sorted.copy_within(from + 1..to, from);
                sorted[to - 1] = new.0;
            } else {
                sorted.copy_within(to..from, to + 1);
                sorted[to] = new.0;
            }
        }
        (true, false) => {
            let from = from();
            sorted.remove(from);
        }
        (false, true) => {
            let to = to();
            sorted.insert(to, new.0);
        }
        (false, false) => {}
    }
}
