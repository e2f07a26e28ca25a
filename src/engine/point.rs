//! What is made of values of the same minute.

use super::cell::{Cell, quotient_signed};
use crate::lang::ast::Comparator;
use crate::unit::Decimal;

/// An operation, with the places of its operands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Point {
    Negative(usize),
    Add(usize, usize),
    Subtract(usize, usize),
    Multiply(usize, usize),
    Divide(usize, usize),
    OrElse(usize, usize),
    Compare(Comparator, usize, usize),
    And(usize, usize),
    Or(usize, usize),
    Not(usize),
    Given(usize, usize),
}

impl Point {
    /// Returns the value, of the values of all nodes.
    #[inline]
    pub(super) fn of(self, cells: &[Cell]) -> Cell {
        match self {
            Self::Negative(of) => match cells[of] {
                Cell::UNKNOWN => Cell::UNKNOWN,
                Cell(units) => Cell(-units),
            },
            Self::Add(a, b) => cells[a].both(cells[b], |a, b| in_range(a.checked_add(b))),
            Self::Subtract(a, b) => cells[a].both(cells[b], |a, b| in_range(a.checked_sub(b))),
            Self::Multiply(a, b) => cells[a].both(cells[b], |a, b| {
                Cell::of_units(quotient_signed(i128::from(a) * i128::from(b), ONE))
            }),
            Self::Divide(a, b) => cells[a].both(cells[b], |a, b| {
                if b == 0 {
                    Cell::UNKNOWN
                } else {
                    Cell::of_units(quotient_signed(i128::from(a) * ONE, i128::from(b)))
                }
            }),
            Self::OrElse(a, b) => {
                if cells[a].is_known() {
                    cells[a]
                } else {
                    cells[b]
                }
            }
            Self::Compare(comparator, a, b) => cells[a].both(cells[b], |a, b| {
                Cell::truth(match comparator {
                    Comparator::Greater => b < a,
                    Comparator::GreaterOrEqual => b <= a,
                    Comparator::Less => a < b,
                    Comparator::LessOrEqual => a <= b,
                    Comparator::Equal => a == b,
                    Comparator::NotEqual => a != b,
                })
            }),
            Self::And(a, b) => cells[a].and(cells[b]),
            Self::Or(a, b) => cells[a].or(cells[b]),
            Self::Not(of) => cells[of].not(),
            Self::Given(of, guard) => {
                if cells[guard] == Cell::TRUE {
                    cells[of]
                } else {
                    Cell::UNKNOWN
                }
            }
        }
    }
}

/// How many units make one.
const ONE: i128 = 1_000_000_000;

#[inline]
fn in_range(units: Option<i64>) -> Cell {
    Cell::of_decimal(units.and_then(Decimal::from_units))
}
