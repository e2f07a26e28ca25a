//! Quotients and roots that are estimated with floats and then made exact with whole numbers.
//!
//! A division of 64 bits takes some forty cycles, one of 128 bits and a root a hundred; an estimate
//! takes five. Whatever it is, the whole numbers decide: an estimate that is too far off is put
//! right, only later.

/// The largest quotient that is estimated, 2⁵⁰: an estimate of it is off by less than one.
const QUOTIENT_MAX: f64 = 1_125_899_906_842_624.0;
/// The largest divisor: twice its magnitude fits 64 bits with a sign.
const DIVISOR_MAX: u64 = 1 << 61;
/// The largest root that is estimated, 2⁵², which a float holds exactly.
const ROOT_MAX: f64 = 4_503_599_627_370_496.0;

/// Returns `a · scale / by`, rounded half to even, or `None` if that is too large for an estimate.
/// `by` must not be 0.
#[inline]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate"
)]
pub(super) fn quotient(a: u64, scale: u64, by: u64) -> Option<u64> {
    let estimate = a as f64 * scale as f64 / by as f64;
    if DIVISOR_MAX < by || QUOTIENT_MAX < estimate {
        return None;
    }
    let floor = estimate as u64;
    // What is left is less than two divisors in magnitude, so that it is right without the
    // higher bits of the products. There are no branches, as which way it goes is a toss-up.
    let product = a.wrapping_mul(scale);
    let rest = product.wrapping_sub(floor.wrapping_mul(by)).cast_signed();
    let below = u64::from(rest < 0);
    let above = u64::from(by.cast_signed() <= rest);
    let floor = floor.wrapping_sub(below).wrapping_add(above);
    let rest = rest.cast_unsigned();
    let rest = rest.wrapping_add(by & below.wrapping_neg());
    let rest = rest.wrapping_sub(by & above.wrapping_neg());
    let other = by.wrapping_sub(rest);
    let up = u64::from(other < rest) | (u64::from(other == rest) & floor & 1);
    Some(floor.wrapping_add(up))
}

/// Returns the root, rounded down.
#[inline]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate"
)]
pub(super) fn root(square: u128) -> u128 {
    let estimate = (square as f64).sqrt();
    if ROOT_MAX < estimate {
        return square.isqrt();
    }
    let mut root = u128::from(estimate as u64);
    while square < root * root {
        root -= 1;
    }
    while (root + 1) * (root + 1) <= square {
        root += 1;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::div_half_even;

    /// Numbers of all sizes, and those beside them.
    fn numbers() -> impl Iterator<Item = u64> + Clone {
        let seed = |at: u64| at.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let sizes = (0..64).flat_map(move |shift| [1 << shift, seed(shift + 1) >> shift]);
        let beside = sizes.flat_map(|x: u64| [x.saturating_sub(1), x, x.saturating_add(1)]);
        beside.filter(|x| *x <= 9_000_000_000_000_000_000)
    }

    #[test]
    fn an_estimated_quotient_is_the_quotient() {
        let mut estimated = 0;
        for (a, by) in numbers().flat_map(|a| numbers().map(move |by| (a, by))) {
            for scale in [1, 1_000_000_000, 100_000_000_000] {
                if by == 0 {
                    continue;
                }
                let wide = i128::from(a) * i128::from(scale);
                if let Some(found) = quotient(a, scale, by) {
                    let expected = div_half_even(wide, i128::from(by));
                    assert_eq!(i128::from(found), expected, "{a} * {scale} / {by}");
                    estimated += 1;
                }
            }
        }
        assert!(10_000 < estimated);
    }

    #[test]
    fn an_estimated_root_is_the_root() {
        for number in numbers().map(u128::from) {
            for square in [number, number * number, number * number + 2 * number] {
                for square in [square.saturating_sub(1), square, square + 1] {
                    assert_eq!(root(square), square.isqrt(), "{square}");
                }
            }
        }
    }
}
