//! Time zones: what the clocks of a place show.

use std::str::FromStr;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

/// The zones of the [IANA database](https://www.iana.org/time-zones) as it was when this was
/// built: what a rule means does not depend on the machine.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// No zone has the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no time zone has this name")]
pub struct ParseZoneError;

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// Returns the names of all zones.
    pub fn names() -> Vec<String> {
        let names = DATABASE.available();
        names.map(|name| name.as_str().to_owned()).collect()
    }

    /// Returns what the clocks show at a time.
    pub fn shown(&self, at: DateTime<Utc>) -> NaiveDateTime {
        let offset = self.0.to_offset(timestamp(at));
        let utc = at.naive_utc();
        utc.checked_add_signed(since_utc(offset)).unwrap_or(utc)
    }

    /// Returns when the clocks show this first; `None` if they leave it out.
    pub fn earliest(&self, shown: NaiveDateTime) -> Option<DateTime<Utc>> {
        let shown_there = Offset::UTC.to_datetime(timestamp(shown.and_utc()));
        let offset = match self.0.to_ambiguous_timestamp(shown_there).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Fold { before, .. } => before,
            AmbiguousOffset::Gap { .. } => return None,
        };
        let utc = shown.checked_sub_signed(since_utc(offset))?;
        Some(utc.and_utc())
    }
}

impl FromStr for Zone {
    type Err = ParseZoneError;

    /// Parses a name as the database writes it: `Asia/Shanghai`.
    fn from_str(name: &str) -> Result<Self, ParseZoneError> {
        let zone = DATABASE.get(name).map_err(|_| ParseZoneError)?;
        if zone.iana_name() != Some(name) || zone.is_unknown() {
            return Err(ParseZoneError);
        }
        Ok(Self(zone))
    }
}

/// The same second, or the nearest there is: all that can be written with four digits of a year.
fn timestamp(at: DateTime<Utc>) -> Timestamp {
    let seconds = at.timestamp();
    let end = if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_second(seconds).unwrap_or(end)
}

fn since_utc(offset: Offset) -> TimeDelta {
    TimeDelta::seconds(offset.seconds().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_zone_has_the_name_that_the_database_writes() {
        for name in ["UTC", "Asia/Shanghai", "Etc/GMT-8", "US/Pacific", "EST5EDT"] {
            assert!(name.parse::<Zone>().is_ok(), "{name}");
        }
        for name in [
            "",
            "asia/shanghai",
            "Asia/Beijing",
            "CST",
            "Etc/Unknown",
            "../etc",
        ] {
            assert_eq!(name.parse::<Zone>(), Err(ParseZoneError), "{name}");
        }
        let names = Zone::names();
        assert!(names.len() > 400, "{}", names.len());
        assert!(names.iter().all(|name| name.parse::<Zone>().is_ok()));
        assert_eq!(zone("UTC"), Zone::UTC);
        assert_ne!(zone("Asia/Shanghai"), zone("Asia/Manila"));
    }

    #[test]
    fn clocks_are_put_forward_and_back() {
        let berlin = zone("Europe/Berlin");
        for (utc, shown) in [
            ("2026-03-29T00:59:59Z", "2026-03-29T01:59:59"),
            ("2026-03-29T01:00:00Z", "2026-03-29T03:00:00"),
            ("2026-10-25T00:30:00Z", "2026-10-25T02:30:00"),
            // Beyond the table of changes the rule of the last one holds.
            ("2099-07-01T00:00:00Z", "2099-07-01T02:00:00"),
        ] {
            assert_eq!(berlin.shown(at(utc)), shown.parse().unwrap(), "{utc}");
            let earliest = berlin.earliest(shown.parse().unwrap());
            assert_eq!(earliest, Some(at(utc)), "{shown}");
        }
        let twice = at("2026-10-25T01:30:00Z");
        assert_eq!(
            berlin.shown(twice),
            berlin.shown(at("2026-10-25T00:30:00Z"))
        );
        let left_out = "2026-03-29T02:30:00".parse().unwrap();
        assert_eq!(berlin.earliest(left_out), None);
        let kathmandu = zone("Asia/Kathmandu").shown(at("2026-11-22T00:00:30Z"));
        assert_eq!(kathmandu, "2026-11-22T05:45:30".parse().unwrap());
    }

    #[test]
    fn the_ends_of_time_are_no_fault() {
        let berlin = zone("Europe/Berlin");
        for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let shown = berlin.shown(end);
            assert!((shown - end.naive_utc()).abs() <= TimeDelta::hours(2));
            let found = berlin.earliest(end.naive_utc());
            assert!(found.is_none_or(|found| (found - end).abs() <= TimeDelta::hours(2)));
        }
    }
}
