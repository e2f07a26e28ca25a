//! The values of all nodes over a block of minutes: a row for each node.

use super::bounds::Bounds;
use super::cell::Cell;
use super::plan::Plan;
use super::point::Point;

/// Rows of cells and of truths, named by their nodes' places. A row's operands stand before it.
///
/// A value's row has its decimals in `cells`, where unknown ones are [`Cell::UNKNOWN`], and a bit for
/// each that is known; a condition's has a bit for each minute at which it is true, and one for
/// each at which it is known. What lies beyond the block's minutes means nothing. How much of a row
/// is there says its [`State`].
///
/// Rows of a single minute have cells alone, also for truths: of ten thousand series most of the time
/// goes by while the memory brings what is read.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// The most minutes of a block.
    width: usize,
    /// The words of a row of bits.
    words: usize,
    cells: Vec<i64>,
    known: Vec<u64>,
    trues: Vec<u64>,
    /// How much is there of each row over a block.
    states: Vec<State>,
    /// Within which the values of each row lie that is not open.
    bounds: Vec<Bounds>,
}

/// How much of a row is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Open,
    /// Of a value, which minutes are known and between which bounds they are.
    Bounded,
    /// All.
    Whole,
}

/// The bits of a condition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planes<'a> {
    pub(super) trues: &'a [u64],
    pub(super) known: &'a [u64],
}

/// A row of values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) cells: &'a [i64],
    pub(super) known: &'a [u64],
}

impl Columns {
    /// Returns rows of which every minute is as it was before anything was known.
    pub(super) fn new(plan: &Plan, width: usize) -> Self {
        let words = if width == 1 { 0 } else { width.div_ceil(64) };
        let rows = plan.before.len();
        let mut columns = Self {
            width,
            words,
            cells: vec![0; rows * width],
            known: vec![0; rows * words],
            trues: vec![0; rows * words],
            states: vec![State::Whole; if words == 0 { 0 } else { rows }],
            bounds: plan.before.iter().map(|cell| Bounds::of(*cell)).collect(),
        };
        for (row, cell) in plan.before.iter().enumerate() {
            columns.cells[row * width..][..width].fill(cell.0);
            let bits = row * words..(row + 1) * words;
            columns.known[bits.clone()].fill(if cell.is_known() { u64::MAX } else { 0 });
            columns.trues[bits].fill(if *cell == Cell::TRUE { u64::MAX } else { 0 });
        }
        columns
    }

    /// Lets a row be as open as it is before a block.
    pub(super) fn open(&mut self, row: usize) {
        self.states[row] = State::Open;
    }

    pub(super) fn is_open(&self, row: usize) -> bool {
        self.states[row] == State::Open
    }

    pub(super) fn is_whole(&self, row: usize) -> bool {
        self.states[row] == State::Whole
    }

    /// Notes that a row was worked out.
    pub(super) fn set_whole(&mut self, row: usize) {
        if self.states[row] == State::Open {
            self.bounds[row] = Bounds::ANY;
        }
        self.states[row] = State::Whole;
    }

    /// Notes that every value of a row is known and within these bounds or, if nothing can be, none is.
    pub(super) fn know_all(&mut self, row: usize, bounds: Bounds) {
        let known = if bounds.is_none() { 0 } else { u64::MAX };
        self.known[row * self.words..][..self.words].fill(known);
        self.set_bounds(row, bounds, State::Bounded);
    }

    /// Notes which values of a row are known: those of which the operands are.
    pub(super) fn know_where(&mut self, row: usize, point: Point, minutes: usize) {
        let (read, out) = self.split(row, minutes);
        let (a, b) = point.operands();
        let pairs = read.planes(a).known.iter().zip(read.planes(b).known);
        for ((a, b), known) in pairs.zip(out.known) {
            *known = if matches!(point, Point::OrElse(..)) {
                a | b
            } else {
                a & b
            };
        }
    }

    /// Returns the bounds of a row of values, if it has some.
    pub(super) fn bounds(&self, row: usize) -> Option<Bounds> {
        (self.states[row] != State::Open).then(|| self.bounds[row])
    }

    /// Notes the bounds of a row of which it is known which minutes are.
    pub(super) fn set_bounds(&mut self, row: usize, bounds: Bounds, state: State) {
        (self.bounds[row], self.states[row]) = (bounds, state);
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Returns the cells of a single minute.
    pub(super) fn minute(&mut self) -> &mut [i64] {
        &mut self.cells
    }

    pub(super) fn cell(&self, row: usize, at: usize) -> Cell {
        Cell(self.cells[row * self.width + at])
    }

    #[inline]
    pub(super) fn truth(&self, row: usize, at: usize) -> Option<bool> {
        if self.words == 0 {
            return self.cell(row, 0).to_truth();
        }
        let (word, bit) = (row * self.words + at / 64, at % 64);
        let is_known = self.known[word] >> bit & 1 != 0;
        is_known.then(|| self.trues[word] >> bit & 1 != 0)
    }

    pub(super) fn is_known(&self, row: usize, at: usize) -> bool {
        if self.words == 0 {
            return self.cell(row, 0).is_known();
        }
        self.known[row * self.words + at / 64] >> (at % 64) & 1 != 0
    }

    pub(super) fn row(&self, row: usize) -> Row<'_> {
        Row {
            cells: &self.cells[row * self.width..][..self.width],
            known: &self.known[row * self.words..][..self.words],
        }
    }

    pub(super) fn planes(&self, row: usize) -> Planes<'_> {
        Planes {
            trues: &self.trues[row * self.words..][..self.words],
            known: &self.known[row * self.words..][..self.words],
        }
    }

    /// Puts a value at one minute.
    pub(super) fn put(&mut self, row: usize, at: usize, cell: Cell) {
        self.cells[row * self.width + at] = cell.0;
        if self.words == 0 {
            return;
        }
        put_bit(&mut self.known, row * self.words, at, cell.is_known());
    }

    /// Puts a truth at one minute.
    pub(super) fn put_truth(&mut self, row: usize, at: usize, truth: Cell) {
        if self.words == 0 {
            self.cells[row] = truth.0;
            return;
        }
        put_bit(&mut self.known, row * self.words, at, truth.is_known());
        put_bit(&mut self.trues, row * self.words, at, truth == Cell::TRUE);
    }

    pub(super) fn cells_mut(&mut self, row: usize) -> (&mut [i64], &mut [u64]) {
        (
            &mut self.cells[row * self.width..][..self.width],
            &mut self.known[row * self.words..][..self.words],
        )
    }

    pub(super) fn planes_mut(&mut self, row: usize) -> (&mut [u64], &mut [u64]) {
        (
            &mut self.trues[row * self.words..][..self.words],
            &mut self.known[row * self.words..][..self.words],
        )
    }

    /// Takes the rows apart before one that is to be written over so many minutes.
    #[inline]
    pub(super) fn split(&mut self, row: usize, minutes: usize) -> (In<'_>, Out<'_>) {
        let (cells, out) = self.cells.split_at_mut(row * self.width);
        let (known, out_known) = self.known.split_at_mut(row * self.words);
        let (trues, out_trues) = self.trues.split_at_mut(row * self.words);
        let words = minutes.div_ceil(64);
        let read = In {
            width: self.width,
            words: self.words,
            minutes,
            cells,
            known,
            trues,
        };
        let written = Out {
            cells: &mut out[..minutes],
            known: &mut out_known[..words],
            trues: &mut out_trues[..words],
        };
        (read, written)
    }
}

/// The row that is written.
#[derive(Debug)]
pub(super) struct Out<'a> {
    pub(super) cells: &'a mut [i64],
    pub(super) known: &'a mut [u64],
    pub(super) trues: &'a mut [u64],
}

/// The rows before it, which are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct In<'a> {
    width: usize,
    words: usize,
    minutes: usize,
    cells: &'a [i64],
    known: &'a [u64],
    trues: &'a [u64],
}

impl<'a> In<'a> {
    #[inline]
    pub(super) fn row(self, row: usize) -> Row<'a> {
        Row {
            cells: &self.cells[row * self.width..][..self.minutes],
            known: &self.known[row * self.words..][..self.minutes.div_ceil(64)],
        }
    }

    #[inline]
    pub(super) fn planes(self, row: usize) -> Planes<'a> {
        let words = self.minutes.div_ceil(64);
        Planes {
            trues: &self.trues[row * self.words..][..words],
            known: &self.known[row * self.words..][..words],
        }
    }
}

fn put_bit(bits: &mut [u64], begin: usize, at: usize, value: bool) {
    let (word, bit) = (&mut bits[begin + at / 64], at % 64);
    *word = *word & !(1 << bit) | u64::from(value) << bit;
}

/// Whether the first so many bits are all set.
#[inline]
pub(super) fn is_full(bits: &[u64], minutes: usize) -> bool {
    let (whole, rest) = (minutes / 64, minutes % 64);
    bits[..whole].iter().all(|word| *word == u64::MAX)
        && (rest == 0 || bits[whole] | u64::MAX << rest == u64::MAX)
}

/// Whether none of the first so many bits is set.
#[inline]
pub(super) fn is_void(bits: &[u64], minutes: usize) -> bool {
    let (whole, rest) = (minutes / 64, minutes % 64);
    bits[..whole].iter().all(|word| *word == 0) && (rest == 0 || bits[whole] & mask(rest) == 0)
}

/// Returns the bits of a word that stand for minutes, where so many are left.
#[inline]
pub(super) const fn mask(left: usize) -> u64 {
    if 64 <= left {
        u64::MAX
    } else {
        u64::MAX >> (64 - left)
    }
}
