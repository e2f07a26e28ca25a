//! Exact decimals with nine places after the point.

use std::fmt;
use std::str::FromStr;

/// A decimal with nine places, between ±9 000 000 000.
///
/// Sums, differences and comparisons are exact. Products and quotients are rounded once, half
/// to even. An operation whose result lies beyond the range gives `None`, which the language
/// reads as *unknown*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i64);

/// How many units make one: nine places.
const ONE: i64 = 1_000_000_000;
const UNITS_MAX: i64 = Decimal::UNITS_MAX;

impl Decimal {
    /// The largest magnitude, in units. It leaves room in an `i64` for one carry.
    pub const UNITS_MAX: i64 = 9_000_000_000 * ONE;
    /// Nought.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(ONE);
    /// One hundred: the whole of a proportion.
    pub const HUNDRED: Self = Self(100 * ONE);

    /// Returns the decimal of `units` billionths, or `None` beyond the range.
    pub const fn from_units(units: i64) -> Option<Self> {
        if units > UNITS_MAX || units < -UNITS_MAX {
            None
        } else {
            Some(Self(units))
        }
    }

    /// Returns the decimal of a 128-bit number of billionths, or `None` beyond the range.
    pub fn from_wide_units(units: i128) -> Option<Self> {
        i64::try_from(units).ok().and_then(Self::from_units)
    }

    /// Returns the decimal of a whole number, or `None` beyond the range.
    pub fn from_integer(value: i64) -> Option<Self> {
        value.checked_mul(ONE).and_then(Self::from_units)
    }

    /// Returns the number of billionths.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// Returns the sum, exact.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(Self::from_units)
    }

    /// Returns the difference, exact.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(Self::from_units)
    }

    /// Returns the product, rounded half to even at the ninth place.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let wide = i128::from(self.0) * i128::from(other.0);
        Self::from_wide_units(div_half_even(wide, i128::from(ONE)))
    }

    /// Returns the quotient, rounded half to even at the ninth place; `None` by zero.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        Self::ratio(i128::from(self.0), i128::from(other.0))
    }

    /// Returns `numerator / denominator`, rounded half to even; `None` by zero or beyond the range.
    ///
    /// The magnitude of the numerator must stay below 1.7·10²⁹, which every count and every sum
    /// of a window does; beyond it the result is `None` as well.
    pub fn ratio(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let wide = numerator.checked_mul(i128::from(ONE))?;
        Self::from_wide_units(div_half_even(wide, denominator))
    }

    /// Whether the value has no fraction.
    pub const fn is_integer(self) -> bool {
        self.0 % ONE == 0
    }

    /// Returns the value as a float, for drawing only.
    #[expect(
        clippy::cast_precision_loss,
        reason = "floats are drawn, never decided on"
    )]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }
}

impl std::ops::Neg for Decimal {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// Divides and rounds half to even. `b` must not be 0.
pub fn div_half_even(a: i128, b: i128) -> i128 {
    let (a, b) = if b < 0 { (-a, -b) } else { (a, b) };
    let floor = a.div_euclid(b);
    let twice = a.rem_euclid(b) * 2;
    if twice > b || (twice == b && floor % 2 != 0) {
        floor + 1
    } else {
        floor
    }
}

impl fmt::Display for Decimal {
    /// Writes the shortest form: no trailing zeros, no exponent, a precision (`{:.1}`) rounds
    /// half away from zero for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = f.precision().map_or(9, |p| p.min(9));
        let step = 10_u64.pow(u32::try_from(9 - places).unwrap_or(0));
        let units = self.0.unsigned_abs();
        let units = (units + step / 2) / step * step;
        let one = ONE.unsigned_abs();
        let sign = if self.0 < 0 && units > 0 { "-" } else { "" };
        let (whole, rest) = (units / one, units % one);
        if rest == 0 {
            f.write_str(sign)?;
            return whole.fmt(f);
        }
        let digits = format!("{rest:09}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

/// Why a text is no [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseDecimalError {
    /// Not digits with at most one point between them.
    #[error("a number has digits on both sides of its point")]
    Malformed,
    /// More than nine digits after the point.
    #[error("a number has at most 9 decimals")]
    TooManyPlaces,
    /// Beyond ±9 000 000 000.
    #[error("a number is at most 9000000000")]
    TooLarge,
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, places) = match digits.split_once('.') {
            Some((whole, places)) if !places.is_empty() => (whole, places),
            Some(_) => return Err(ParseDecimalError::Malformed),
            None => (digits, ""),
        };
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(places) {
            return Err(ParseDecimalError::Malformed);
        }
        if places.len() > 9 {
            return Err(ParseDecimalError::TooManyPlaces);
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > 10 {
            return Err(ParseDecimalError::TooLarge);
        }
        let number = |digits: &str| {
            let digits = digits.bytes().map(|digit| i64::from(digit - b'0'));
            digits.fold(0, |number, digit| number * 10 + digit)
        };
        let missing = u32::try_from(9 - places.len()).unwrap_or(0);
        let places = number(places) * 10_i64.pow(missing);
        let units = i128::from(number(whole)) * i128::from(ONE) + i128::from(places);
        let units = if negative { -units } else { units };
        Self::from_wide_units(units).ok_or(ParseDecimalError::TooLarge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_decimal_prints_its_shortest_form() {
        for text in ["0", "4.5", "-0.25", "10", "0.000000001", "9000000000"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        assert_eq!(decimal("10.0").to_string(), "10");
        assert_eq!(format!("{:.1}", decimal("34.249")), "34.2");
        assert_eq!(format!("{:.1}", decimal("-0.01")), "0");
    }

    #[test]
    fn a_malformed_or_oversized_number_is_refused() {
        for (text, error) in [
            ("", ParseDecimalError::Malformed),
            (".5", ParseDecimalError::Malformed),
            ("5.", ParseDecimalError::Malformed),
            ("1e5", ParseDecimalError::Malformed),
            ("0.0000000001", ParseDecimalError::TooManyPlaces),
            ("9000000001", ParseDecimalError::TooLarge),
            ("99999999999999999999999999", ParseDecimalError::TooLarge),
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(error), "{text}");
        }
    }

    #[test]
    fn quotients_round_half_to_even() {
        assert_eq!(div_half_even(25, 10), 2);
        assert_eq!(div_half_even(35, 10), 4);
        assert_eq!(div_half_even(-25, 10), -2);
        assert_eq!(div_half_even(-35, 10), -4);
        assert_eq!(div_half_even(25, -10), -2);
        assert_eq!(decimal("1").checked_div(Decimal::ZERO), None);
        assert_eq!(
            decimal("1").checked_div(decimal("3")),
            Some(decimal("0.333333333"))
        );
    }

    #[test]
    fn beyond_the_range_there_is_no_value() {
        assert_eq!(
            decimal("9000000000").checked_add(decimal("0.000000001")),
            None
        );
        assert_eq!(decimal("9000000000").checked_mul(decimal("2")), None);
    }
}
