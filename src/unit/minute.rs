//! Points in time and durations, in whole minutes.

use std::fmt::{self, Write as _};
use std::ops::{Add, Sub};
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};

/// A minute of UTC, named by its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(i64);

/// Minutes from 1970-01-01 to the end of the year 9999: what the text form can hold.
const MINUTE_MAX: i64 = 253_402_300_799 / 60;

impl Minute {
    /// The last minute of the year 9999.
    pub const LAST: Self = Self(MINUTE_MAX);

    /// Returns the minute that begins `minutes` after 1970-01-01T00:00Z, or `None` before it or
    /// after the year 9999.
    pub const fn from_epoch(minutes: i64) -> Option<Self> {
        if minutes < 0 || minutes > MINUTE_MAX {
            None
        } else {
            Some(Self(minutes))
        }
    }

    /// Returns the minute that `time` lies in; times outside the range give its nearest end.
    pub fn containing(time: DateTime<Utc>) -> Self {
        Self(time.timestamp().div_euclid(60).clamp(0, MINUTE_MAX))
    }

    /// Returns the number of minutes since 1970-01-01T00:00Z.
    pub const fn epoch(self) -> i64 {
        self.0
    }

    /// Returns the instant at which the minute begins.
    pub fn start(self) -> DateTime<Utc> {
        Utc.timestamp_opt(self.0 * 60, 0)
            .single()
            .unwrap_or_default()
    }

    /// Returns the instant at which the minute ends and the next begins.
    pub fn end(self) -> DateTime<Utc> {
        self.next().start()
    }

    /// Returns the minute after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Returns the minute before this one.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0 - 1)
    }

    /// Returns the minutes from this one up to, and without, `end`.
    pub fn until(self, end: Self) -> impl DoubleEndedIterator<Item = Self> {
        (self.0..end.0).map(Self)
    }
}

impl Add<Minutes> for Minute {
    type Output = Self;
    fn add(self, span: Minutes) -> Self {
        Self(self.0 + i64::from(span.get()))
    }
}

impl Sub<Minutes> for Minute {
    type Output = Self;
    fn sub(self, span: Minutes) -> Self {
        Self(self.0 - i64::from(span.get()))
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.start().to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

/// Why a text names no [`Minute`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseMinuteError {
    /// Not a time by RFC 3339.
    #[error("a minute is written like 2026-11-22T10:00:00Z")]
    Malformed,
    /// A time that has seconds.
    #[error("a minute has no seconds")]
    NotWhole,
}

impl FromStr for Minute {
    type Err = ParseMinuteError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = DateTime::parse_from_rfc3339(text).map_err(|_| ParseMinuteError::Malformed)?;
        let seconds = time.timestamp();
        if seconds % 60 != 0 || time.timestamp_subsec_nanos() != 0 {
            return Err(ParseMinuteError::NotWhole);
        }
        Self::from_epoch(seconds / 60).ok_or(ParseMinuteError::Malformed)
    }
}

/// A duration of whole minutes, at least one.
///
/// The language allows `1m` to `7d`; reaches and histories can be longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minutes(u32);

impl Minutes {
    /// One minute.
    pub const ONE: Self = Self(1);
    /// The longest duration that the language can write: seven days.
    pub const WEEK: Self = Self(7 * 24 * 60);

    /// Returns the duration, or `None` for 0.
    pub const fn new(minutes: u32) -> Option<Self> {
        if minutes == 0 {
            None
        } else {
            Some(Self(minutes))
        }
    }

    /// Returns the number of minutes.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Minutes {
    /// Writes the canonical form: `90m` is `1h30m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, hours, minutes) = (self.0 / 1440, self.0 / 60 % 24, self.0 % 60);
        for (value, unit) in [(days, 'd'), (hours, 'h'), (minutes, 'm')] {
            if value > 0 {
                value.fmt(f)?;
                f.write_char(unit)?;
            }
        }
        Ok(())
    }
}

/// Why a text is no [`Minutes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseMinutesError {
    /// Digits without a unit.
    #[error("a duration has a unit: d, h or m")]
    NoUnit,
    /// A unit that is not d, h or m.
    #[error("the units of a duration are d, h and m")]
    UnknownUnit,
    /// Seconds, or a fraction.
    #[error("durations are whole minutes")]
    NotWhole,
    /// A unit twice, or a smaller one before a larger one.
    #[error("each unit stands once, the largest first")]
    Order,
    /// A unit that counts nothing, as in `0h5m`.
    #[error("the shortest duration is 1m, and a unit that is 0 is left out")]
    Zero,
    /// Longer than seven days.
    #[error("the longest duration is 7d")]
    TooLong,
    /// No digits.
    #[error("a duration is written like 3m, 1h30m or 7d")]
    Malformed,
}

impl FromStr for Minutes {
    type Err = ParseMinutesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut rest = text;
        let mut total = 0_u64;
        let mut smallest = u64::MAX;
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, tail) = rest.split_at(digits);
            let unit_len = tail.len()
                - tail
                    .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                    .len();
            let (unit, tail) = tail.split_at(unit_len);
            if number.is_empty() {
                return Err(ParseMinutesError::Malformed);
            }
            let scale = match unit {
                "d" => 1440,
                "h" => 60,
                "m" => 1,
                "s" => return Err(ParseMinutesError::NotWhole),
                "" if tail.starts_with('.') => return Err(ParseMinutesError::NotWhole),
                "" => return Err(ParseMinutesError::NoUnit),
                _ => return Err(ParseMinutesError::UnknownUnit),
            };
            if scale >= smallest {
                return Err(ParseMinutesError::Order);
            }
            smallest = scale;
            let value: u64 = match number.trim_start_matches('0') {
                "" => return Err(ParseMinutesError::Zero),
                significant if significant.len() > 9 => return Err(ParseMinutesError::TooLong),
                significant => significant
                    .parse()
                    .map_err(|_| ParseMinutesError::Malformed)?,
            };
            total += value * scale;
            rest = tail;
        }
        match u32::try_from(total) {
            Ok(0) => Err(ParseMinutesError::Malformed),
            Ok(minutes) if minutes <= Self::WEEK.0 => Ok(Self(minutes)),
            _ => Err(ParseMinutesError::TooLong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_largest_unit_first() {
        for (text, canonical) in [
            ("90m", "1h30m"),
            ("24h", "1d"),
            ("7d", "7d"),
            ("1d1m", "1d1m"),
        ] {
            assert_eq!(text.parse::<Minutes>().unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn a_faulty_duration_says_why() {
        for (text, error) in [
            ("3", ParseMinutesError::NoUnit),
            ("0m", ParseMinutesError::Zero),
            ("90s", ParseMinutesError::NotWhole),
            ("1m30m", ParseMinutesError::Order),
            ("1m1h", ParseMinutesError::Order),
            ("8d", ParseMinutesError::TooLong),
            ("99999999999999999999d", ParseMinutesError::TooLong),
            ("3min", ParseMinutesError::UnknownUnit),
            ("0h5m", ParseMinutesError::Zero),
            ("1.5h", ParseMinutesError::NotWhole),
            ("", ParseMinutesError::Malformed),
            ("m", ParseMinutesError::Malformed),
        ] {
            assert_eq!(text.parse::<Minutes>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_minute_reads_what_it_writes() {
        let minute: Minute = "2026-11-22T10:00:00Z".parse().unwrap();
        assert_eq!(minute.to_string(), "2026-11-22T10:00:00Z");
        assert_eq!(
            "2026-11-22T18:00:00+08:00".parse::<Minute>().unwrap(),
            minute
        );
        assert_eq!(
            "2026-11-22T10:00:01Z".parse::<Minute>(),
            Err(ParseMinuteError::NotWhole)
        );
    }
}
