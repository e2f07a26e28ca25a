//! Fractions of 128-bit integers whose operations say when they do not fit.

use std::cmp::Ordering;

/// A fraction in lowest terms; the denominator is above 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rational {
    top: i128,
    bottom: i128,
}

impl Rational {
    pub(super) const ZERO: Self = Self::whole(0);
    pub(super) const ONE: Self = Self::whole(1);

    pub(super) const fn whole(value: i128) -> Self {
        Self {
            top: value,
            bottom: 1,
        }
    }

    /// Returns the fraction, or `None` where the denominator is 0 or a side does not fit.
    fn new(top: i128, bottom: i128) -> Option<Self> {
        let (top, bottom) = if bottom < 0 {
            (top.checked_neg()?, bottom.checked_neg()?)
        } else {
            (top, bottom)
        };
        if bottom == 1 {
            return Some(Self::whole(top));
        }
        if bottom == 0 {
            return None;
        }
        let shared = gcd(top, bottom);
        Some(Self {
            top: top / shared,
            bottom: bottom / shared,
        })
    }

    pub(super) const fn is_zero(self) -> bool {
        self.top == 0
    }

    pub(super) const fn is_negative(self) -> bool {
        self.top < 0
    }

    /// Returns the largest whole number that is not above it.
    pub(super) const fn floor(self) -> i128 {
        self.top.div_euclid(self.bottom)
    }

    pub(super) fn add(self, other: Self) -> Option<Self> {
        if self.bottom == other.bottom {
            return Self::new(self.top.checked_add(other.top)?, self.bottom);
        }
        let left = self.top.checked_mul(other.bottom)?;
        let right = other.top.checked_mul(self.bottom)?;
        let bottom = self.bottom.checked_mul(other.bottom)?;
        Self::new(left.checked_add(right)?, bottom)
    }

    pub(super) fn neg(self) -> Option<Self> {
        Some(Self {
            top: self.top.checked_neg()?,
            bottom: self.bottom,
        })
    }

    pub(super) fn sub(self, other: Self) -> Option<Self> {
        self.add(other.neg()?)
    }

    pub(super) fn mul(self, other: Self) -> Option<Self> {
        if self.bottom == 1 && other.bottom == 1 {
            return Some(Self::whole(self.top.checked_mul(other.top)?));
        }
        // Reduced crosswise first, so that what fits is not lost on the way.
        let (a, b) = (gcd(self.top, other.bottom), gcd(other.top, self.bottom));
        let top = (self.top / a).checked_mul(other.top / b)?;
        let bottom = (self.bottom / b).checked_mul(other.bottom / a)?;
        Some(Self { top, bottom })
    }

    /// Returns 1 by this; `None` for 0.
    pub(super) fn inverse(self) -> Option<Self> {
        if self.bottom == 1 && (self.top == 1 || self.top == -1) {
            return Some(self);
        }
        Self::new(self.bottom, self.top)
    }

    /// Compares with a whole number; `None` where the work does not fit.
    pub(super) fn cmp_whole(self, other: i128) -> Option<Ordering> {
        if self.bottom == 1 {
            return Some(self.top.cmp(&other));
        }
        Some(self.top.cmp(&other.checked_mul(self.bottom)?))
    }
}

/// Returns the greatest common divisor of two numbers, at least 1.
pub(super) fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    if a == 1 || b == 1 {
        return 1;
    }
    while b != 0 {
        // Most numbers fit 64 bits, in which division is several times as fast.
        (a, b) = match (u64::try_from(a), u64::try_from(b)) {
            (Ok(small_a), Ok(small_b)) => (b, u128::from(small_a % small_b)),
            _ => (b, a % b),
        };
    }
    i128::try_from(a).unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rational(top: i128, bottom: i128) -> Rational {
        Rational::new(top, bottom).unwrap()
    }

    #[test]
    fn fractions_are_kept_in_lowest_terms() {
        assert_eq!(rational(6, -4), rational(-3, 2));
        assert_eq!(rational(1, 2).add(rational(1, 3)), Some(rational(5, 6)));
        assert_eq!(rational(2, 3).mul(rational(3, 2)), Some(Rational::ONE));
        assert_eq!(rational(1, 2).sub(rational(1, 2)), Some(Rational::ZERO));
        assert_eq!(rational(-2, 3).inverse(), Some(rational(-3, 2)));
        assert_eq!(Rational::ZERO.inverse(), None);
        assert_eq!(rational(-1, 2).floor(), -1);
        assert_eq!(rational(1, 2).cmp_whole(1), Some(Ordering::Less));
    }

    #[test]
    fn what_does_not_fit_is_nothing() {
        let large = Rational::whole(i128::MAX);
        assert_eq!(large.add(Rational::ONE), None);
        assert_eq!(large.mul(Rational::whole(2)), None);
        assert_eq!(Rational::whole(i128::MIN).neg(), None);
        assert_eq!(large.mul(rational(1, i128::MAX)), Some(Rational::ONE));
        assert_eq!(gcd(0, 0), 1);
        assert_eq!(gcd(i128::MIN, i128::MIN), 1);
    }
}
