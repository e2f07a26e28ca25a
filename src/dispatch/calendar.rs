//! Active hours: when people are told of a rule's alerts.

use chrono::Datelike as _;
use chrono::{DateTime, DurationRound as _, TimeDelta, Timelike as _, Utc, Weekday};

use crate::unit::Zone;

/// Times of the week in a time zone, by what the clocks there show.
///
/// Hours that pass midnight belong to the day on which they begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The days, from Monday.
    pub days: [bool; 7],
    /// Spans of the day in minutes: the first included, the last not. One that ends no later than it
    /// begins ends on the next day.
    pub hours: Vec<(u32, u32)>,
    /// Where.
    pub zone: Zone,
}

/// The minutes of a day.
const DAY: u32 = 24 * 60;
/// How far ahead [`Calendar::look_again`] looks. Clocks are put forward and back at full and half
/// hours, so nothing changes unseen.
const AHEAD: TimeDelta = TimeDelta::minutes(30);
/// How far ahead [`Calendar::next_change`] looks: every week is like the one before but for the days
/// on which clocks are changed.
const CHANGE_MAX: TimeDelta = TimeDelta::days(15);

impl Calendar {
    /// Whether the hours are active.
    pub fn is_active(&self, at: DateTime<Utc>) -> bool {
        let local = self.zone.shown(at);
        let minute = local.hour() * 60 + local.minute();
        let is_day = |day: Weekday| self.days[day.num_days_from_monday() as usize];
        let (today, yesterday) = (is_day(local.weekday()), is_day(local.weekday().pred()));
        self.hours.iter().any(|(from, to)| {
            if from < to {
                today && *from <= minute && minute < *to
            } else {
                (today && *from <= minute) || (yesterday && minute < *to)
            }
        })
    }

    /// Returns when to look again: when the hours begin or end, but half an hour later at the
    /// latest.
    pub fn look_again(&self, after: DateTime<Utc>) -> DateTime<Utc> {
        let is_active = self.is_active(after);
        let mut at = after.duration_trunc(TimeDelta::minutes(1)).unwrap_or(after);
        loop {
            at += TimeDelta::minutes(1);
            if self.is_active(at) != is_active || at.timestamp() % AHEAD.num_seconds() == 0 {
                return at;
            }
        }
    }

    /// Returns when the hours begin or end next, if they do within two weeks.
    pub fn next_change(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_active = self.is_active(after);
        let mut at = after;
        while at - after < CHANGE_MAX {
            at = self.look_again(at);
            if self.is_active(at) != is_active {
                return Some(at);
            }
        }
        None
    }

    /// Whether the hours are never active, or always: they say nothing.
    pub fn is_constant(&self) -> bool {
        let all_day = |(from, to): &(u32, u32)| from == to || (*from == 0 && *to == DAY);
        self.days == [false; 7]
            || self.hours.is_empty()
            || (self.days == [true; 7] && self.hours.iter().any(all_day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(days: &[usize], hours: (u32, u32), zone: &str) -> Calendar {
        let mut week = [false; 7];
        for day in days {
            week[*day] = true;
        }
        Calendar {
            days: week,
            hours: vec![(hours.0 * 60, hours.1 * 60)],
            zone: zone.parse().unwrap(),
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn hours_are_what_the_clocks_of_the_zone_show() {
        let office = calendar(&[0, 1, 2, 3, 4], (9, 18), "Asia/Shanghai");
        // A Friday.
        assert!(!office.is_active(at("2026-11-27T00:59:59Z")));
        assert!(office.is_active(at("2026-11-27T01:00:00Z")));
        assert!(office.is_active(at("2026-11-27T09:59:59Z")));
        assert!(!office.is_active(at("2026-11-27T10:00:00Z")));
        assert!(!office.is_active(at("2026-11-28T02:00:00Z")));
        assert_eq!(
            office.next_change(at("2026-11-27T10:00:00Z")),
            Some(at("2026-11-30T01:00:00Z"))
        );
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_on_which_they_begin() {
        let night = calendar(&[4], (22, 6), "UTC");
        assert!(!night.is_active(at("2026-11-27T03:00:00Z")));
        assert!(night.is_active(at("2026-11-27T22:00:00Z")));
        assert!(night.is_active(at("2026-11-28T05:59:00Z")));
        assert!(!night.is_active(at("2026-11-28T06:00:00Z")));
        assert!(!night.is_active(at("2026-11-28T22:00:00Z")));
    }

    #[test]
    fn hours_move_with_the_clocks() {
        let office = calendar(&[0, 1, 2, 3, 4, 5, 6], (9, 10), "Europe/Berlin");
        assert!(office.is_active(at("2026-03-28T08:00:00Z")));
        assert!(office.is_active(at("2026-03-29T07:00:00Z")));
        assert!(!office.is_active(at("2026-03-29T08:00:00Z")));
        // From 02:00 the clocks go to 03:00 at once: what begins at 02:00 begins then.
        let early = calendar(&[6], (2, 4), "Europe/Berlin");
        assert_eq!(
            early.next_change(at("2026-03-29T00:10:00Z")),
            Some(at("2026-03-29T01:00:00Z"))
        );
        assert_eq!(
            early.next_change(at("2026-03-29T01:00:00Z")),
            Some(at("2026-03-29T02:00:00Z"))
        );
        // In autumn 02:00 to 03:00 is there twice.
        let once = calendar(&[6], (1, 3), "Europe/Berlin");
        assert_eq!(
            once.next_change(at("2026-10-24T23:30:00Z")),
            Some(at("2026-10-25T02:00:00Z"))
        );
    }

    #[test]
    fn it_is_looked_at_again_before_anything_can_have_changed() {
        let office = calendar(&[0], (9, 18), "Asia/Kathmandu");
        let mut time = at("2026-11-22T00:00:30Z");
        for _ in 0..500 {
            let next = office.look_again(time);
            let mut between = time;
            while between < next {
                assert_eq!(
                    office.is_active(between),
                    office.is_active(time),
                    "{between}"
                );
                between += TimeDelta::seconds(17);
            }
            time = next;
        }
    }
}
