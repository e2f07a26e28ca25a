//! One value of one node, packed into eight bytes.

use crate::unit::{Decimal, div_half_even};

/// A decimal, a truth or *unknown*, as the evaluator keeps them.
///
/// A decimal is its number of billionths, a truth is 1 or 0. Which of the two it is, the node
/// knows; no decimal comes near the number that stands for unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell(pub(super) i64);

impl Cell {
    pub(super) const UNKNOWN: Self = Self(i64::MIN);
    pub(super) const FALSE: Self = Self(0);
    pub(super) const TRUE: Self = Self(1);

    pub(super) const fn is_known(self) -> bool {
        self.0 != Self::UNKNOWN.0
    }

    pub(super) const fn truth(value: bool) -> Self {
        if value { Self::TRUE } else { Self::FALSE }
    }

    /// Returns the decimal of so many billionths: unknown beyond the range of decimals.
    #[inline]
    pub(super) fn of_units(units: i128) -> Self {
        Self::of_decimal(Decimal::from_wide_units(units))
    }

    #[inline]
    pub(super) fn of_decimal(value: Option<Decimal>) -> Self {
        value.map_or(Self::UNKNOWN, |decimal| Self(decimal.units()))
    }

    pub(super) fn to_decimal(self) -> Option<Decimal> {
        Decimal::from_units(self.0)
    }

    pub(super) fn to_truth(self) -> Option<bool> {
        self.is_known().then_some(self.0 == Self::TRUE.0)
    }

    /// Returns what `with` makes of two known values; unknown if a side is.
    #[inline]
    pub(super) fn both(self, other: Self, with: impl FnOnce(i64, i64) -> Self) -> Self {
        if self.is_known() && other.is_known() {
            with(self.0, other.0)
        } else {
            Self::UNKNOWN
        }
    }

    #[inline]
    pub(super) fn and(self, other: Self) -> Self {
        if self == Self::FALSE || other == Self::FALSE {
            Self::FALSE
        } else {
            self.both(other, |_, _| Self::TRUE)
        }
    }

    #[inline]
    pub(super) fn or(self, other: Self) -> Self {
        if self == Self::TRUE || other == Self::TRUE {
            Self::TRUE
        } else {
            self.both(other, |_, _| Self::FALSE)
        }
    }

    #[inline]
    pub(super) fn not(self) -> Self {
        if self.is_known() {
            Self(1 - self.0)
        } else {
            self
        }
    }
}

/// A divisor that is used again and again: a product and a correction take the place of a division.
#[derive(Clone, Copy, Debug)]
pub(super) struct Divisor {
    by: u64,
    /// ⌊(2⁶⁴ − 1) / by⌋.
    inverse: u64,
}

impl Divisor {
    /// Returns a divisor, which must not be 0.
    #[inline]
    pub(super) const fn new(by: u64) -> Self {
        Self {
            by,
            inverse: u64::MAX / by,
        }
    }

    /// Divides and rounds half to even.
    ///
    /// The high half of `a · inverse` is the quotient or one less: what `inverse` lacks of
    /// 2⁶⁴ / by is at most 1, and `a` times that is less than 2⁶⁴.
    #[inline]
    pub(super) fn divide(self, a: u64) -> u64 {
        let product = u128::from(a) * u128::from(self.inverse);
        // No branches: which way a number is rounded is a toss-up, and one that was guessed wrong takes
        // as long as three divisions.
        let floor = (product >> 64) as u64;
        let rest = a.wrapping_sub(floor.wrapping_mul(self.by));
        let short = u64::from(self.by <= rest);
        let floor = floor.wrapping_add(short);
        let rest = rest.wrapping_sub(self.by & short.wrapping_neg());
        // Which of the two halves is nearer; of two that are as near, the even one.
        let other = self.by.wrapping_sub(rest);
        let up = u64::from(other < rest) | (u64::from(other == rest) & floor & 1);
        floor.wrapping_add(up)
    }

    /// Divides a number of either sign.
    #[inline]
    pub(super) fn divide_signed(self, a: i64) -> i64 {
        let magnitude = self.divide(a.unsigned_abs()).cast_signed();
        if a < 0 { -magnitude } else { magnitude }
    }
}

/// Divides and rounds half to even, in 64 bits where that is enough: it mostly is, and several
/// times as fast. `b` must not be 0.
#[inline]
pub(super) fn quotient(a: i128, b: i128) -> i128 {
    let (Ok(small_a), Ok(small_b)) = (u64::try_from(a), u64::try_from(b)) else {
        return div_half_even(a, b);
    };
    let (floor, rest) = (small_a / small_b, small_a % small_b);
    let up = match rest.cmp(&(small_b - rest)) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => floor % 2 == 1,
        std::cmp::Ordering::Less => false,
    };
    i128::from(floor) + i128::from(up)
}

/// Divides as [`quotient`] does, a negative number too without long division: rounding half to
/// even is the same on both sides of nought.
#[inline]
pub(super) fn quotient_signed(a: i128, b: i128) -> i128 {
    match (a < 0, b < 0) {
        (false, false) => quotient(a, b),
        (true, false) => -quotient(-a, b),
        (false, true) => -quotient(a, -b),
        (true, true) => quotient(-a, -b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_divisor_divides_as_the_long_division_does() {
        let edges = |by: u64| [0, 1, by / 2, by - 1, by, by + 1, 3 * (by / 2), by * 7 - 1];
        for by in [1, 2, 3, 5, 10, 60, 1439, 10_080, 1_000_000_007, 1 << 60] {
            let ends = [u64::MAX, u64::MAX - 1, u64::MAX / 2, u64::MAX - by / 2];
            for a in edges(by).into_iter().chain(ends) {
                let expected = div_half_even(i128::from(a), i128::from(by));
                let found = i128::from(Divisor::new(by).divide(a));
                assert_eq!(found, expected, "{a} / {by}");
            }
        }
        assert_eq!(Divisor::new(2).divide_signed(-3), -2);
        assert_eq!(Divisor::new(2).divide_signed(-5), -2);
        assert_eq!(Divisor::new(1).divide_signed(i64::MIN + 1), i64::MIN + 1);
    }

    #[test]
    fn the_short_division_agrees_with_the_long_one() {
        for a in -40_i128..40 {
            for b in 1_i128..12 {
                for b in [b, -b] {
                    assert_eq!(quotient_signed(a, b), div_half_even(a, b), "{a} / {b}");
                }
            }
        }
        let max = i128::from(u64::MAX);
        for (a, b) in [
            (max, 2),
            (max, max),
            (max - 1, max),
            (max / 2, max),
            (max + 1, 3),
        ] {
            assert_eq!(quotient(a, b), div_half_even(a, b), "{a} / {b}");
        }
    }
}
