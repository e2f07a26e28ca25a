//! Small values of a scenario: shares and clock differences.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;

use crate::unit::{Decimal, Timespan};

/// A share of something, in millionths; `35%` in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

/// The largest share, in percent: ten times the whole, for traffic that multiplies.
const PERCENT_MAX: i64 = 1_000;
/// How many billionths of a percent are a millionth of the whole.
const UNITS: i64 = 100_000;

impl Share {
    /// All of it.
    pub const WHOLE: Self = Self(1_000_000);

    /// Returns the share of so many millionths.
    pub const fn from_millionths(millionths: u32) -> Self {
        Self(millionths)
    }

    /// Returns the number of millionths.
    pub const fn millionths(self) -> u32 {
        self.0
    }

    /// Returns this share of the other, rounded down.
    #[must_use]
    pub fn of(self, other: Self) -> Self {
        let product = u64::from(self.0) * u64::from(other.0) / 1_000_000;
        Self(u32::try_from(product).unwrap_or(u32::MAX))
    }

    /// Returns the share that `part` is of `whole`, at most all of it.
    pub fn ratio(part: u64, whole: u64) -> Self {
        let millionths = u128::from(part.min(whole)) * 1_000_000 / u128::from(whole.max(1));
        Self(u32::try_from(millionths).unwrap_or(1_000_000))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = Decimal::from_units(i64::from(self.0) * UNITS).unwrap_or_default();
        write!(f, "{percent}%")
    }
}

/// A text that is no [`Share`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a share is written like 35% or 0.5%, at most 1000%, with four decimals")]
pub struct ParseShareError;

impl FromStr for Share {
    type Err = ParseShareError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_suffix('%').unwrap_or(text).trim_end();
        let units = digits
            .parse::<Decimal>()
            .map_err(|_| ParseShareError)?
            .units();
        let percent_max = PERCENT_MAX * Decimal::ONE.units();
        if !(0..=percent_max).contains(&units) || units % UNITS != 0 {
            return Err(ParseShareError);
        }
        let millionths = u32::try_from(units / UNITS).map_err(|_| ParseShareError)?;
        Ok(Self(millionths))
    }
}

/// How far a clock is off: `20m` ahead, `-20m` behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// How far.
    pub by: Timespan,
    /// To which side.
    pub side: Side,
}

/// To which side a clock is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It shows a later time.
    Ahead,
    /// It shows an earlier time.
    Behind,
}

impl Skew {
    /// A clock that is right.
    pub const NONE: Self = Self {
        by: Timespan::from_seconds(0),
        side: Side::Ahead,
    };

    /// Returns what is added to the right time.
    pub fn delta(self) -> TimeDelta {
        match self.side {
            Side::Ahead => self.by.delta(),
            Side::Behind => -self.by.delta(),
        }
    }
}

/// A text that is no [`Skew`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a clock's difference is written like 20m (ahead) or -20m (behind)")]
pub struct ParseSkewError;

impl FromStr for Skew {
    type Err = ParseSkewError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (side, span) = match text.strip_prefix('-') {
            Some(span) => (Side::Behind, span),
            None => (Side::Ahead, text),
        };
        let by = span.parse().map_err(|_| ParseSkewError)?;
        Ok(Self { by, side })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage_with_or_without_its_sign() {
        for (text, millionths) in [
            ("35%", 350_000),
            ("35", 350_000),
            ("0.5%", 5_000),
            ("0.0001%", 1),
            ("1000%", 10_000_000),
        ] {
            assert_eq!(text.parse(), Ok(Share(millionths)), "{text}");
        }
        for text in ["", "%", "-1%", "1001%", "0.00001%", "x"] {
            assert_eq!(text.parse::<Share>(), Err(ParseShareError), "{text}");
        }
        assert_eq!(Share(5_000).to_string(), "0.5%");
    }

    #[test]
    fn a_clock_can_be_ahead_or_behind() {
        let delta = |text: &str| text.parse::<Skew>().unwrap().delta().num_seconds();
        assert_eq!(delta("20m"), 1_200);
        assert_eq!(delta("-20m"), -1_200);
        assert!("+20m".parse::<Skew>().is_err());
    }
}
