//! Windows over a block, worked out from the ring of their operand and nothing else.
//!
//! So a block in which nobody asks for a window costs it nothing. What lies before the block
//! is added up by [zones](super::zones), however long the window is.

use super::bounds::Bounds;
use super::cell::Cell;
use super::columns::Out;
use super::evaluator::BLOCK;
use super::plan::WindowPlan;
use super::ring::Rings;
use super::spread::Spread;
use super::window::{Total, is_thin, known_if};
use crate::lang::program::Reduce;

/// Whether what is known of a window before a block is not found by looking at each of its
/// minutes: that would cost more than the block.
pub(super) const fn is_long(over: u32) -> bool {
    BLOCK < over as usize
}

/// A window over a block, whose values stand last in the ring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sliding<'a> {
    pub(super) reduce: Reduce,
    /// The length of the window.
    pub(super) over: usize,
    pub(super) rings: &'a Rings,
    pub(super) ring: usize,
    /// The minutes of the block.
    pub(super) minutes: usize,
}

/// Returns a window over the block that stands last in the ring.
pub(super) fn sliding(rings: &Rings, layout: WindowPlan, minutes: usize) -> Sliding<'_> {
    Sliding {
        reduce: layout.reduce,
        over: layout.over as usize,
        rings,
        ring: layout.ring,
        minutes,
    }
}

impl Sliding<'_> {
    /// Works out the values of the window, unless they are of a rank. `room` is to work in.
    pub(super) fn fill(self, room: &mut Vec<i64>, mut out: Out<'_>) {
        out.known.fill(u64::MAX);
        match self.reduce {
            Reduce::Min => self.extreme::<false>(room, &mut out),
            Reduce::Max => self.extreme::<true>(room, &mut out),
            Reduce::Avg | Reduce::Sum | Reduce::Stddev => self.sums(&mut out),
            Reduce::Percentile(_) => {}
        }
    }

    fn sums(self, out: &mut Out<'_>) {
        let (over, count) = (self.over, self.minutes);
        let before = self.rings.exactly(self.ring, count + over, count);
        let mut total = Total::of(before);
        let mut spread = None;
        for (begin, old, new) in self.pieces() {
            let piece = Piece {
                reduce: self.reduce,
                over: self.length(),
                old,
                new,
                cells: &mut out.cells[begin..begin + new.len()],
                begin,
                known: &mut *out.known,
            };
            if self.reduce == Reduce::Stddev {
                piece.spread(spread.get_or_insert_with(|| self.spread()));
            } else if self.rings.is_narrow(self.ring) {
                piece.total_narrow(&mut total);
            } else {
                piece.total(&mut total);
            }
        }
    }

    /// Returns parts of the block for which what leaves and what comes lie in one piece each: the
    /// place of its first minute, what leaves, and what comes.
    fn pieces(&self) -> impl Iterator<Item = (usize, &[i64], &[i64])> {
        let (over, count) = (self.over, self.minutes);
        let old = self.rings.past(self.ring, count + over, count);
        let new = self.rings.past(self.ring, count, count);
        let mut cuts = [0, old[0].len(), new[0].len(), count];
        cuts.sort_unstable();
        let cut = |pieces: [&'_ [i64]; 2], begin: usize, end: usize| {
            let first = pieces[0].len();
            if begin < first {
                (0, begin..end)
            } else {
                (1, begin - first..end - first)
            }
        };
        let parts = [(cuts[0], cuts[1]), (cuts[1], cuts[2]), (cuts[2], cuts[3])];
        parts.into_iter().map(move |(begin, end)| {
            let (old_piece, old_range) = cut(old, begin, end);
            let (new_piece, new_range) = cut(new, begin, end);
            (
                begin,
                &old[old_piece][old_range],
                &new[new_piece][new_range],
            )
        })
    }

    /// Returns what is known of the minutes before the block.
    fn spread(self) -> Spread {
        let (over, count) = (self.over, self.minutes);
        let before = self.rings.exactly(self.ring, count + over, count);
        if is_long(self.length())
            && let Some(spread) = Spread::of(before)
        {
            return spread;
        }
        let mut spread = Spread::filled(0, Cell::UNKNOWN);
        let before = self.rings.past(self.ring, count + over, over);
        for cell in before.into_iter().flatten() {
            spread.enter(Cell(*cell));
        }
        spread
    }

    pub(super) fn length(self) -> u32 {
        u32::try_from(self.over).unwrap_or(u32::MAX)
    }

    /// The extreme of a window is that of two parts, each of which grows by a minute at a time: one
    /// to the left and one to the right of a place that is in all of some windows.
    fn extreme<const MAX: bool>(self, room: &mut Vec<i64>, out: &mut Out<'_>) {
        let (over, count) = (self.over, self.minutes);
        // What leaves while the block goes by, then the block.
        let left = (over - 1).min(count - 1);
        room.clear();
        let leaving = self.rings.past(self.ring, over - 1 + count, left);
        let coming = self.rings.past(self.ring, count, count);
        for cell in leaving.into_iter().chain(coming).flatten() {
            room.push(key::<MAX>(*cell));
        }
        // What stays while the block goes by.
        let mut core = NO_KEY;
        if count <= over {
            let bounds = if is_long(self.length()) {
                self.rings.exactly(self.ring, over, count).bounds
            } else {
                // The bounds of zones may be beyond their values.
                let [first, second] = self.rings.past(self.ring, over, over - count);
                Bounds::of_cells(first).0.join(Bounds::of_cells(second).0)
            };
            if !bounds.is_none() {
                core = key::<MAX>(if MAX { bounds.high } else { bounds.low });
            }
            out.cells[count - 1] = core;
        }
        let mut begin = 0;
        while begin < count {
            let middle = begin + if count <= over { left } else { over };
            let end = count.min(begin + over);
            let mut best = core;
            for at in (begin..middle.min(room.len())).rev() {
                best = best.max(room[at]);
                if at < end {
                    out.cells[at] = best;
                }
            }
            let mut best = NO_KEY;
            for at in begin..end {
                if middle <= at + left {
                    best = best.max(room[at + left]);
                }
                out.cells[at] = key::<MAX>(best.max(out.cells[at]));
            }
            begin = end;
        }
        self.forget_thin(out);
    }

    /// Makes those minutes unknown of whose window too little is known.
    fn forget_thin(self, out: &mut Out<'_>) {
        let (over, count) = (self.over, self.minutes);
        let around = self.rings.zones(self.ring).around(count + over - 1, 0);
        let length = self.length();
        if !is_thin(length.saturating_sub(around.unknowns), length) {
            return;
        }
        let Out { cells, known, .. } = out;
        self.each_known(|at, count| {
            cells[at] = known_if(!is_thin(count, length), cells[at], at, known);
        });
    }

    /// Shows for each minute how many of its window are known.
    pub(super) fn each_known(self, mut show: impl FnMut(usize, u32)) {
        let (over, count) = (self.over, self.minutes);
        let mut known = self.rings.exactly(self.ring, count + over, count).known();
        let old = self.rings.past(self.ring, count + over, count);
        let new = self.rings.past(self.ring, count, count);
        let pairs = old.into_iter().flatten().zip(new.into_iter().flatten());
        for (at, (old, new)) in pairs.enumerate() {
            let is_known = |cell: i64| u32::from(Cell(cell).is_known());
            known = known + is_known(*new) - is_known(*old);
            show(at, known);
        }
    }
}

/// What is less than every key.
const NO_KEY: i64 = i64::MIN;

/// Returns a number that is the greater, the nearer a value is to the extreme.
#[inline]
const fn key<const MAX: bool>(cell: i64) -> i64 {
    // The number of an unknown is the least, and stays so.
    if MAX { cell } else { cell.wrapping_neg() }
}

/// A part of a block for which what leaves and what comes lie in one piece each.
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
    /// Where every sum fits 64 bits: first the sums, as long as every minute is known, then what is made of
    /// them.
    fn total_narrow(self, total: &mut Total) {
        let mut sum = i64::try_from(total.sum).unwrap_or(0);
        let unknown = Cell::UNKNOWN.0;
        let mut at = 0;
        while at < self.cells.len() {
            let begin = at;
            let pairs = self.old[at..].iter().zip(&self.new[at..]);
            for ((old, new), cell) in pairs.zip(&mut self.cells[at..]) {
                if *old == unknown || *new == unknown {
                    break;
                }
                sum = sum.wrapping_add(new.wrapping_sub(*old));
                *cell = sum;
                at += 1;
            }
            let place = self.begin + begin;
            total.settle(
                self.reduce,
                self.over,
                place,
                (&mut self.cells[begin..at], self.known),
            );
            if at < self.cells.len() {
                let (old, new) = (Cell(self.old[at]), Cell(self.new[at]));
                sum = sum.wrapping_sub(if old.is_known() { old.0 } else { 0 });
                sum = sum.wrapping_add(if new.is_known() { new.0 } else { 0 });
                total.swap_known(old, new);
                self.cells[at] = sum;
                let cell = &mut self.cells[at..=at];
                total.settle(self.reduce, self.over, self.begin + at, (cell, self.known));
                at += 1;
            }
        }
        total.sum = i128::from(sum);
    }

    fn total(self, total: &mut Total) {
        let pairs = self.old.iter().zip(self.new);
        for (at, ((old, new), cell)) in pairs.zip(self.cells).enumerate() {
            total.slide(Cell(*old), Cell(*new));
            let value = total.worth(self.reduce, self.over);
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
