//! What is made of values of the same minute, over a block.

use super::cell::{Cell, Divisor, quotient_signed};
use super::columns::{In, Out, Planes, Row, is_full};
use super::estimate;
use super::window::known_if;
use crate::lang::ast::Comparator;
use crate::unit::Decimal;

/// An operation, with the places of its operands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Point {
    Negative(usize),
    Add(usize, usize),
    Subtract(usize, usize),
    Multiply(usize, usize),
    /// A product with a literal.
    Scale(usize, Scale),
    Divide(usize, usize),
    OrElse(usize, usize),
    Compare(Comparator, usize, usize),
    /// A comparison with a literal.
    Test(Comparator, usize, i64),
    And(usize, usize),
    Or(usize, usize),
    Not(usize),
    Given(usize, usize),
}

/// A literal factor, as a fraction in lowest terms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    by: i64,
    divisor: Divisor,
    is_whole: bool,
    /// The largest magnitude whose product fits.
    max: u64,
    /// The factor, in units.
    units: i64,
}

/// How many units make one.
const ONE: i64 = 1_000_000_000;
/// Sums of two numbers up to this are within the range of decimals.
const HALF_MAX: u64 = 1 << 61;

impl Scale {
    pub(super) const fn new(units: i64) -> Self {
        let (mut a, mut b) = (units.unsigned_abs(), ONE.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let by = units / a.cast_signed();
        let max = match by.unsigned_abs() {
            0 => u64::MAX,
            by => (Decimal::UNITS_MAX.unsigned_abs()) / by,
        };
        Self {
            by,
            divisor: Divisor::new(ONE.unsigned_abs() / a),
            is_whole: ONE.unsigned_abs() == a,
            max,
            units,
        }
    }
}

impl Point {
    /// Returns the value of one minute, of the values of all nodes at it.
    #[inline]
    pub(super) fn of(self, cells: impl Fn(usize) -> Cell) -> Cell {
        match self {
            Self::Negative(of) => match cells(of) {
                Cell::UNKNOWN => Cell::UNKNOWN,
                Cell(units) => Cell(-units),
            },
            Self::Add(a, b) => cells(a).both(cells(b), |a, b| in_range(a.checked_add(b))),
            Self::Subtract(a, b) => cells(a).both(cells(b), |a, b| in_range(a.checked_sub(b))),
            Self::Multiply(a, b) => cells(a).both(cells(b), multiply),
            Self::Scale(of, by) => cells(of).both(Cell(by.units), multiply),
            Self::Divide(a, b) => cells(a).both(cells(b), divide),
            Self::OrElse(a, _) if cells(a).is_known() => cells(a),
            Self::OrElse(_, b) => cells(b),
            Self::Compare(how, a, b) => {
                cells(a).both(cells(b), |a, b| Cell::truth(holds(how, a, b)))
            }
            Self::Test(how, of, against) => {
                cells(of).both(Cell(against), |a, b| Cell::truth(holds(how, a, b)))
            }
            Self::And(a, b) => cells(a).and(cells(b)),
            Self::Or(a, b) => cells(a).or(cells(b)),
            Self::Not(of) => cells(of).not(),
            Self::Given(of, guard) if cells(guard) == Cell::TRUE => cells(of),
            Self::Given(..) => Cell::UNKNOWN,
        }
    }

    /// Works out a row.
    #[inline]
    pub(super) fn work(self, read: In<'_>, out: Out<'_>) {
        match self {
            Self::Negative(of) => one(read.row(of), out, |a| Cell(-a)),
            Self::Add(a, b) => add(read.row(a), read.row(b), out),
            Self::Subtract(a, b) => subtract(read.row(a), read.row(b), out),
            Self::Multiply(a, b) => two(read.row(a), read.row(b), out, multiply),
            Self::Scale(of, by) => scale(read.row(of), by, out),
            Self::Divide(a, b) => two(read.row(a), read.row(b), out, divide),
            Self::OrElse(a, b) => or_else(read.row(a), read.row(b), out),
            Self::Compare(how, a, b) => compare(how, read.row(a), read.row(b), out),
            Self::Test(how, of, against) => test(how, read.row(of), against, out),
            Self::And(a, b) => join(read.planes(a), read.planes(b), out, |a, b| {
                let trues = a.0 & b.0;
                (trues, trues | (a.1 & !a.0) | (b.1 & !b.0))
            }),
            Self::Or(a, b) => join(read.planes(a), read.planes(b), out, |a, b| {
                let trues = a.0 | b.0;
                (trues, trues | (a.1 & b.1))
            }),
            Self::Not(of) => join(read.planes(of), read.planes(of), out, |a, _| {
                (a.1 & !a.0, a.1)
            }),
            Self::Given(of, guard) => join(read.planes(of), read.planes(guard), out, |a, g| {
                (a.0 & g.0, a.1 & g.0)
            }),
        }
    }
}

/// Works out a value of each minute at which the operand is known.
#[inline]
fn one(a: Row<'_>, out: Out<'_>, with: impl Fn(i64) -> Cell) {
    out.known.fill(u64::MAX);
    for (at, (a, cell)) in a.cells.iter().zip(out.cells).enumerate() {
        let value = if *a == Cell::UNKNOWN.0 {
            Cell::UNKNOWN
        } else {
            with(*a)
        };
        *cell = known_if(value.is_known(), value.0, at, out.known);
    }
}

/// Works out a value of each minute at which both operands are known.
#[inline]
fn two(a: Row<'_>, b: Row<'_>, out: Out<'_>, with: impl Fn(i64, i64) -> Cell) {
    out.known.fill(u64::MAX);
    let pairs = a.cells.iter().zip(b.cells);
    for (at, ((a, b), cell)) in pairs.zip(out.cells).enumerate() {
        let value = Cell(*a).both(Cell(*b), &with);
        *cell = known_if(value.is_known(), value.0, at, out.known);
    }
}

/// Whether every value of a row is known and at most so large.
#[inline]
fn is_small(row: Row<'_>, max: u64) -> bool {
    is_full(row.known, row.cells.len()) && {
        let magnitudes = row.cells.iter().map(|cell| cell.unsigned_abs());
        magnitudes.fold(0, |all, one| all | one) <= max
    }
}

#[inline]
fn add(a: Row<'_>, b: Row<'_>, out: Out<'_>) {
    if is_small(a, HALF_MAX) && is_small(b, HALF_MAX) {
        out.known.fill(u64::MAX);
        for ((a, b), cell) in a.cells.iter().zip(b.cells).zip(out.cells) {
            *cell = a.wrapping_add(*b);
        }
    } else {
        two(a, b, out, |a, b| in_range(a.checked_add(b)));
    }
}

#[inline]
fn subtract(a: Row<'_>, b: Row<'_>, out: Out<'_>) {
    if is_small(a, HALF_MAX) && is_small(b, HALF_MAX) {
        out.known.fill(u64::MAX);
        for ((a, b), cell) in a.cells.iter().zip(b.cells).zip(out.cells) {
            *cell = a.wrapping_sub(*b);
        }
    } else {
        two(a, b, out, |a, b| in_range(a.checked_sub(b)));
    }
}

#[inline]
fn scale(a: Row<'_>, scale: Scale, out: Out<'_>) {
    if !is_small(a, scale.max) {
        one(a, out, |a| multiply(a, scale.units));
        return;
    }
    out.known.fill(u64::MAX);
    let products = a.cells.iter().map(|a| a.wrapping_mul(scale.by));
    for (product, cell) in products.zip(out.cells) {
        *cell = if scale.is_whole {
            product
        } else {
            scale.divisor.divide_signed(product)
        };
    }
}

#[inline]
fn multiply(a: i64, b: i64) -> Cell {
    let product = i128::from(a) * i128::from(b);
    Cell::of_units(quotient_signed(product, i128::from(ONE)))
}

#[inline]
fn divide(a: i64, b: i64) -> Cell {
    if b == 0 {
        return Cell::UNKNOWN;
    }
    match estimate::quotient(a.unsigned_abs(), ONE.unsigned_abs(), b.unsigned_abs()) {
        Some(magnitude) => {
            let magnitude = magnitude.cast_signed();
            let is_negative = (a < 0) != (b < 0);
            in_range(Some(if is_negative { -magnitude } else { magnitude }))
        }
        None => Cell::of_units(quotient_signed(
            i128::from(a) * i128::from(ONE),
            i128::from(b),
        )),
    }
}

fn holds(how: Comparator, a: i64, b: i64) -> bool {
    match how {
        Comparator::Greater => b < a,
        Comparator::GreaterOrEqual => b <= a,
        Comparator::Less => a < b,
        Comparator::LessOrEqual => a <= b,
        Comparator::Equal => a == b,
        Comparator::NotEqual => a != b,
    }
}

#[inline]
fn in_range(units: Option<i64>) -> Cell {
    Cell::of_decimal(units.and_then(Decimal::from_units))
}

fn or_else(a: Row<'_>, b: Row<'_>, out: Out<'_>) {
    for ((a, b), known) in a.known.iter().zip(b.known).zip(out.known) {
        *known = a | b;
    }
    for ((a, b), cell) in a.cells.iter().zip(b.cells).zip(out.cells) {
        *cell = if *a == Cell::UNKNOWN.0 { *b } else { *a };
    }
}

#[inline]
fn join(
    a: Planes<'_>,
    b: Planes<'_>,
    out: Out<'_>,
    with: impl Fn((u64, u64), (u64, u64)) -> (u64, u64),
) {
    for (at, (trues, known)) in out.trues.iter_mut().zip(out.known).enumerate() {
        (*trues, *known) = with((a.trues[at], a.known[at]), (b.trues[at], b.known[at]));
    }
}

fn compare(how: Comparator, a: Row<'_>, b: Row<'_>, out: Out<'_>) {
    for ((a, b), known) in a.known.iter().zip(b.known).zip(&mut *out.known) {
        *known = a & b;
    }
    let pairs = Pairs(a.cells, b.cells);
    match how {
        Comparator::Greater => pairs.bits(out, |a, b| b < a),
        Comparator::GreaterOrEqual => pairs.bits(out, |a, b| b <= a),
        Comparator::Less => pairs.bits(out, |a, b| a < b),
        Comparator::LessOrEqual => pairs.bits(out, |a, b| a <= b),
        Comparator::Equal => pairs.bits(out, |a, b| a == b),
        Comparator::NotEqual => pairs.bits(out, |a, b| a != b),
    }
}

struct Pairs<'a>(&'a [i64], &'a [i64]);

impl Pairs<'_> {
    #[inline]
    fn bits(self, out: Out<'_>, is_true: impl Fn(i64, i64) -> bool) {
        let chunks = self.0.chunks(64).zip(self.1.chunks(64));
        for ((a, b), (word, known)) in chunks.zip(out.trues.iter_mut().zip(out.known)) {
            let mut bits = 0;
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                bits |= u64::from(is_true(*a, *b)) << at;
            }
            *word = bits & *known;
        }
    }
}

/// Compares a row with a literal.
pub(super) fn test(how: Comparator, of: Row<'_>, against: i64, out: Out<'_>) {
    out.known.copy_from_slice(of.known);
    match how {
        Comparator::Greater => bits(of.cells, out, |a| against < a),
        Comparator::GreaterOrEqual => bits(of.cells, out, |a| against <= a),
        Comparator::Less => bits(of.cells, out, |a| a < against),
        Comparator::LessOrEqual => bits(of.cells, out, |a| a <= against),
        Comparator::Equal => bits(of.cells, out, |a| a == against),
        Comparator::NotEqual => bits(of.cells, out, |a| a != against),
    }
}

#[inline]
fn bits(cells: &[i64], out: Out<'_>, is_true: impl Fn(i64) -> bool) {
    for (cells, (word, known)) in cells.chunks(64).zip(out.trues.iter_mut().zip(out.known)) {
        let mut bits = 0;
        if let Ok(cells) = <&[i64; 64]>::try_from(cells) {
            for (at, cell) in cells.iter().enumerate() {
                bits |= u64::from(is_true(*cell)) << at;
            }
        } else {
            for (at, cell) in cells.iter().enumerate() {
                bits |= u64::from(is_true(*cell)) << at;
            }
        }
        *word = bits & *known;
    }
}
