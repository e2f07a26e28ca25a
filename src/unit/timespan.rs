//! Durations of the service: waits, intervals and timeouts.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A duration in whole seconds, as the service's settings write it: `10s`, `1m`, `1h30m`, `14d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timespan(u32);

impl Timespan {
    /// Returns the span of so many seconds.
    pub const fn from_seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    /// Returns the number of seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// Returns the span for arithmetic on times.
    pub fn delta(self) -> chrono::TimeDelta {
        chrono::TimeDelta::seconds(i64::from(self.0))
    }
}

impl From<Timespan> for Duration {
    fn from(span: Timespan) -> Self {
        Self::from_secs(u64::from(span.0))
    }
}

const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

impl fmt::Display for Timespan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = u64::from(self.0);
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, seconds) in UNITS {
            if rest >= seconds {
                write!(f, "{}{unit}", rest / seconds)?;
                rest %= seconds;
            }
        }
        Ok(())
    }
}

/// A text that is no [`Timespan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a duration is written like 10s, 5m, 1h30m or 14d")]
pub struct ParseTimespanError;

impl FromStr for Timespan {
    type Err = ParseTimespanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut rest = text;
        let mut total = 0_u64;
        let mut smallest = u64::MAX;
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit())
                .ok_or(ParseTimespanError)?;
            let value: u64 = rest[..digits].parse().map_err(|_| ParseTimespanError)?;
            let (unit, scale) = UNITS
                .into_iter()
                .find(|(unit, _)| rest[digits..].starts_with(unit))
                .ok_or(ParseTimespanError)?;
            if scale >= smallest {
                return Err(ParseTimespanError);
            }
            smallest = scale;
            total = value
                .checked_mul(scale)
                .and_then(|v| v.checked_add(total))
                .ok_or(ParseTimespanError)?;
            rest = &rest[digits + unit.len()..];
        }
        match u32::try_from(total) {
            Ok(seconds) if !text.is_empty() => Ok(Self(seconds)),
            _ => Err(ParseTimespanError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timespan_reads_what_it_writes() {
        for text in ["10s", "1m", "1h30m", "14d", "0s", "1d1h1m1s"] {
            assert_eq!(text.parse::<Timespan>().unwrap().to_string(), text);
        }
        for text in ["", "10", "s", "1m1h", "1x", "99999999999d", "-1s"] {
            assert_eq!(text.parse::<Timespan>(), Err(ParseTimespanError), "{text}");
        }
    }
}
