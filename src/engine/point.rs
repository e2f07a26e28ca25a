//! What is made of values of the same minute, over a block.

use super::bounds::Bounds;
use super::cell::{Cell, Divisor, quotient_signed};
use super::columns::{In, Out, Planes, Row, mask};
use super::compare::{compare, test};
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
    /// Whether the divisor is 2.
    is_half: bool,
    /// The largest magnitude whose product fits.
    max: u64,
    /// The factor, in units.
    units: i64,
}

/// The bounds of the two operands of an operation, or of its one twice, where they are known.
pub(super) type Sides = (Option<Bounds>, Option<Bounds>);

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
            is_half: ONE.unsigned_abs() == 2 * a,
            is_whole: ONE.unsigned_abs() == a,
            max,
            units,
        }
    }

    /// Returns the product with a number.
    pub(super) fn product(self, units: i64) -> Cell {
        if self.max < units.unsigned_abs() {
            multiply(units, self.units)
        } else {
            Cell(self.divisor.divide_signed(units.wrapping_mul(self.by)))
        }
    }
}

impl Point {
    /// Whether it gives truths.
    pub(super) const fn is_condition(self) -> bool {
        match self {
            Self::Compare(..)
            | Self::Test(..)
            | Self::And(..)
            | Self::Or(..)
            | Self::Not(_)
            | Self::Given(..) => true,
            Self::Negative(_)
            | Self::Add(..)
            | Self::Subtract(..)
            | Self::Multiply(..)
            | Self::Scale(..)
            | Self::Divide(..)
            | Self::OrElse(..) => false,
        }
    }

    /// Returns its two operands, or its one twice.
    pub(super) const fn operands(self) -> (usize, usize) {
        match self {
            Self::Negative(of) | Self::Scale(of, _) | Self::Test(_, of, _) | Self::Not(of) => {
                (of, of)
            }
            Self::Add(a, b)
            | Self::Subtract(a, b)
            | Self::Multiply(a, b)
            | Self::Divide(a, b)
            | Self::OrElse(a, b)
            | Self::Compare(_, a, b)
            | Self::And(a, b)
            | Self::Or(a, b)
            | Self::Given(a, b) => (a, b),
        }
    }

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
                cells(a).both(cells(b), |a, b| Cell::truth(how.holds(a, b)))
            }
            Self::Test(how, of, against) => {
                cells(of).both(Cell(against), |a, b| Cell::truth(how.holds(a, b)))
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
    pub(super) fn work(self, read: In<'_>, sides: Sides, mut out: Out<'_>) {
        match self {
            Self::Negative(of) => one(read.row(of), out, |a| Cell(-a)),
            Self::Add(a, b) => add(read.row(a), read.row(b), sides, out),
            Self::Subtract(a, b) => subtract(read.row(a), read.row(b), sides, out),
            Self::Multiply(a, b) => two(read.row(a), read.row(b), out, multiply),
            Self::Scale(of, by) => scale(read.row(of), by, sides, out),
            Self::Divide(a, b) => two(read.row(a), read.row(b), out, divide),
            Self::OrElse(a, b) => or_else(read.row(a), read.row(b), out),
            Self::Compare(how, a, b) => compare(how, read.row(a), read.row(b), out),
            Self::Test(how, of, against) => test(how, read.row(of), against, &mut out),
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

/// Works out a value of each minute, whatever it is where an operand is unknown, and then makes those
/// unknown.
#[inline]
fn all(a: Row<'_>, b: Row<'_>, out: Out<'_>, with: impl Fn(i64, i64) -> i64) {
    for ((a, b), cell) in a.cells.iter().zip(b.cells).zip(&mut *out.cells) {
        *cell = with(*a, *b);
    }
    for ((a, b), known) in a.known.iter().zip(b.known).zip(&mut *out.known) {
        *known = a & b;
    }
    for (cells, known) in out.cells.chunks_mut(64).zip(out.known) {
        let mut unknown = !*known & mask(cells.len());
        while unknown != 0 {
            cells[unknown.trailing_zeros() as usize] = Cell::UNKNOWN.0;
            unknown &= unknown - 1;
        }
    }
}

/// Whether what is known of both sides is so small that nothing is out of range.
#[inline]
fn is_small(sides: Sides, max: u64) -> bool {
    let is_small = |side: Option<Bounds>| side.is_some_and(|side| side.magnitude() <= max);
    is_small(sides.0) && is_small(sides.1)
}

#[inline]
fn add(a: Row<'_>, b: Row<'_>, sides: Sides, out: Out<'_>) {
    if is_small(sides, HALF_MAX) {
        all(a, b, out, i64::wrapping_add);
    } else {
        two(a, b, out, |a, b| in_range(a.checked_add(b)));
    }
}

#[inline]
fn subtract(a: Row<'_>, b: Row<'_>, sides: Sides, out: Out<'_>) {
    if is_small(sides, HALF_MAX) {
        all(a, b, out, i64::wrapping_sub);
    } else {
        two(a, b, out, |a, b| in_range(a.checked_sub(b)));
    }
}

#[inline]
fn scale(a: Row<'_>, scale: Scale, sides: Sides, out: Out<'_>) {
    if !is_small(sides, scale.max) {
        one(a, out, |a| multiply(a, scale.units));
    } else if scale.is_whole {
        all(a, a, out, |a, _| a.wrapping_mul(scale.by));
    } else if scale.is_half {
        // Halves of odd numbers go to the even one beside them.
        all(a, a, out, |a, _| {
            let product = a.wrapping_mul(scale.by);
            (product >> 1) + (product & product >> 1 & 1)
        });
    } else {
        all(a, a, out, |a, _| {
            scale.divisor.divide_signed(a.wrapping_mul(scale.by))
        });
    }
}

#[inline]
pub(super) fn multiply(a: i64, b: i64) -> Cell {
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
