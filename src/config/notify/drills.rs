//! `drills:`: tests that go out by a calendar, so that a broken receiver is found on a quiet day.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::whom::names;
use crate::config::calendar::DAYS;
use crate::config::keys;
use crate::config::reader::{Listed, Reader};
use crate::config::{Notify, zone};
use crate::diag::{Code, Diagnostic};
use crate::dispatch::ReceiverName;
use crate::unit::Zone;
use crate::yaml::Node;

/// How many drills a file may have: more than one for each day and receiver tests nothing more.
const DRILLS_MAX: usize = 100;
/// How much of a day may be left out when clocks change, in steps of a quarter of an hour: every
/// change that there has been this century is within it, but for a whole day at the date line.
const GAP_STEPS_MAX: i32 = 8;

/// A test of receivers that goes out by a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    /// Who gets it.
    pub to: Vec<ReceiverName>,
    /// On which days of the week, from Monday.
    pub days: [bool; 7],
    /// At what time of the day.
    pub at: NaiveTime,
    /// In which time zone.
    pub zone: Zone,
}

impl Drill {
    /// Returns when it is due later than `after` and no later than `until`, ascending.
    ///
    /// A time that the clocks leave out on a day is the first that there is after it; of one that
    /// comes twice it is the first.
    pub fn times(&self, after: DateTime<Utc>, until: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        // A day's local time is within a day of the same time by UTC.
        let first = after.date_naive().pred_opt().unwrap_or(NaiveDate::MIN);
        let last = until.date_naive().succ_opt().unwrap_or(NaiveDate::MAX);
        let days = std::iter::successors(Some(first), |day| day.checked_add_days(Days::new(1)));
        let days = days.take_while(|day| *day <= last);
        let days = days.filter(|day| self.days[day.weekday().num_days_from_monday() as usize]);
        days.filter_map(|day| self.on(day))
            .filter(|time| after < *time && *time <= until)
            .collect()
    }

    fn on(&self, day: NaiveDate) -> Option<DateTime<Utc>> {
        let time = day.and_time(self.at);
        (0..=GAP_STEPS_MAX).find_map(|step| {
            let time = time.checked_add_signed(TimeDelta::minutes(15) * step)?;
            self.zone.earliest(time)
        })
    }
}

/// Reads the drills.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node, notify: &Notify) -> Vec<Drill> {
    let items = node.one_or_many();
    if items.len() > DRILLS_MAX {
        let message = format!("there are more than {DRILLS_MAX} drills");
        reader.fault(Code::Limit, node.span, message);
        return Vec::new();
    }
    items
        .iter()
        .filter_map(|item| drill(reader, item, notify))
        .collect()
}

fn drill(reader: &mut Reader<'_>, node: &Node, notify: &Notify) -> Option<Drill> {
    let fields = reader.fields(node, "a drill", keys::DRILL)?;
    let head = fields.head(reader.source);
    let mut missing = |what: &str, help: &str| {
        let message = format!("the drill has no `{what}`");
        let fault = Diagnostic::new(Code::Syntax, head, message).help(help);
        reader.missing(&fields, fault);
    };
    let Some(to) = fields.get("to") else {
        missing("to", "add `to: [NAME]`");
        return None;
    };
    let Some(at) = fields.get("at") else {
        missing("at", "add `at: \"10:00\"`");
        return None;
    };
    let to = names(reader, to, notify);
    let text = reader.set_text(at, "a time of the day")?;
    let time = NaiveTime::parse_from_str(&text.value, "%H:%M").ok();
    if time.is_none() {
        let message = format!("{} is no time of the day", text.shown());
        let fault = Diagnostic::new(Code::Syntax, text.span, message);
        reader.push(fault.help("write it like \"10:00\""));
    }
    let days = fields
        .get("days")
        .map_or(Some([true; 7]), |n| days(reader, n));
    let zone = fields
        .get("zone")
        .map_or(Some(Zone::UTC), |n| zone::read(reader, n));
    Some(Drill {
        to,
        days: days?,
        at: time?,
        zone: zone?,
    })
}

/// Reads days: one, a span, or a list of them.
fn days(reader: &mut Reader<'_>, node: &Node) -> Option<[bool; 7]> {
    let (mut found, mut listed) = ([false; 7], Listed::default());
    for item in node.one_or_many() {
        let text = reader.set_text(item, "a day")?;
        if !reader.is_new(&text, &mut listed) {
            continue;
        }
        for part in text.value.split(',') {
            let Some(span) = span(part) else {
                let message = format!("{} are no days of the week", text.shown());
                let fault = Diagnostic::new(Code::Syntax, text.span, message);
                reader.push(fault.help("write mon, mon-fri, or a list: [mon, wed, fri]"));
                return None;
            };
            for (day, found) in found.iter_mut().enumerate() {
                let (first, last) = span;
                // A span may pass the end of the week.
                *found |= if first <= last {
                    (first..=last).contains(&day)
                } else {
                    first <= day || day <= last
                };
            }
        }
    }
    Some(found)
}

fn span(text: &str) -> Option<(usize, usize)> {
    let day = |text: &str| DAYS.iter().position(|day| *day == text.trim());
    match text.split_once('-') {
        Some((first, last)) => Some((day(first)?, day(last)?)),
        None => day(text).map(|day| (day, day)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drill(days: &str, at: &str, zone: &str) -> Drill {
        let (first, last) = span(days).unwrap();
        Drill {
            to: Vec::new(),
            days: std::array::from_fn(|day| first <= day && day <= last),
            at: NaiveTime::parse_from_str(at, "%H:%M").unwrap(),
            zone: zone.parse().unwrap(),
        }
    }

    fn times(drill: &Drill, after: &str, until: &str) -> Vec<String> {
        let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let times = drill.times(time(after), time(until)).into_iter();
        times
            .map(|time| time.format("%a %FT%H:%MZ").to_string())
            .collect()
    }

    #[test]
    fn a_drill_is_due_on_its_days_at_its_local_time_once() {
        let mondays = drill("mon", "10:00", "Asia/Shanghai");
        let all = times(&mondays, "2026-11-20T00:00:00Z", "2026-12-01T00:00:00Z");
        assert_eq!(all, ["Mon 2026-11-23T02:00Z", "Mon 2026-11-30T02:00Z"]);
        let exactly = |after, until| times(&mondays, after, until).len();
        assert_eq!(exactly("2026-11-23T01:59:59Z", "2026-11-23T02:00:00Z"), 1);
        assert_eq!(exactly("2026-11-23T02:00:00Z", "2026-11-23T03:00:00Z"), 0);
        // Local Monday that is Sunday by UTC.
        let early = drill("mon", "00:30", "Asia/Shanghai");
        let early = times(&early, "2026-11-22T16:00:00Z", "2026-11-22T17:00:00Z");
        assert_eq!(early, ["Sun 2026-11-22T16:30Z"]);
    }

    #[test]
    fn a_time_that_the_clocks_leave_out_is_the_next_and_one_that_comes_twice_the_first() {
        let daily = drill("mon-sun", "02:30", "Europe/Berlin");
        let spring = times(&daily, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z");
        assert_eq!(spring, ["Sun 2026-03-29T01:00Z"]);
        let autumn = times(&daily, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
        assert_eq!(autumn, ["Sun 2026-10-25T00:30Z"]);
    }
}
