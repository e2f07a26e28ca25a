//! `active_hours:`: when people are told of a rule's alerts.

use super::reader::{Fields, Listed, Origin, Reader};
use super::zone;
use crate::config::keys;
use crate::diag::{Code, Diagnostic, Level};
use crate::dispatch::Calendar;
use crate::unit::Zone;
use crate::yaml::Node;

pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// How many spans of hours a calendar may have.
const HOURS_MAX: usize = 24;

/// Reads `{days: mon-fri, hours: "09:00-18:00", zone: Asia/Shanghai}`.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Calendar> {
    let fields = reader.fields(node, "`active_hours`", keys::ACTIVE_HOURS)?;
    let before = reader.faults.len();
    let days = each(
        reader,
        &fields,
        "days",
        (days_of, days_meant),
        "write mon-fri, or a list: [mon, wed, fri]",
    );
    let hours = each(
        reader,
        &fields,
        "hours",
        (hours_of, hours_meant),
        "write \"09:00-18:00\"; hours may pass midnight",
    );
    let zone = match fields.get("zone") {
        Some(node) => zone::read(reader, node)?,
        None => Zone::UTC,
    };
    if hours.len() > HOURS_MAX {
        let message = format!("a calendar has at most {HOURS_MAX} spans of hours");
        reader.fault(Code::Limit, node.span, message);
    }
    let is_error = |fault: &Diagnostic| fault.level == Level::Error;
    if reader.faults.iter().skip(before).any(is_error) {
        return None;
    }
    let mut week = [days.is_empty(); 7];
    for day in days.into_iter().flatten() {
        week[day] = true;
    }
    let all_day = vec![(0, 24 * 60)];
    Some(Calendar {
        days: week,
        hours: if hours.is_empty() { all_day } else { hours },
        zone,
    })
}

/// Reads a text that means something, or may.
type Parse<T> = fn(&str) -> Option<T>;

/// Reads the entries of a key, and says which of them are none.
fn each<T>(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    name: &str,
    (of, meant): (Parse<T>, Parse<String>),
    help: &str,
) -> Vec<T> {
    let (mut found, mut listed) = (Vec::new(), Listed::default());
    for item in fields.get(name).map(Node::one_or_many).unwrap_or_default() {
        let Some(text) = reader.set_text(item, "a text") else {
            continue;
        };
        if !reader.is_new(&text, &mut listed) {
            continue;
        }
        let Some(value) = of(&text.value) else {
            let message = format!("{} are no {name} of a calendar", text.shown());
            let fault = Diagnostic::new(Code::Syntax, text.span, message);
            let meant = meant(&text.value).filter(|meant| of(meant).is_some());
            reader.push(match meant.filter(|_| text.origin == Origin::File) {
                // Hours stand in quotes: without them others read a number to the base of 60.
                Some(meant) if name == "hours" => {
                    let meant = format!("\"{meant}\"");
                    fault.help(format!("write `{meant}`")).fix(text.span, meant)
                }
                Some(meant) => fault.write(meant),
                None => fault.help(help),
            });
            continue;
        };
        found.push(value);
    }
    found
}

/// Returns how the days are written that were meant by `Mon-Fri`, `monday - friday`, `weekend`.
fn days_meant(text: &str) -> Option<String> {
    let written = text
        .trim()
        .to_lowercase()
        .replace('–', "-")
        .replace(" to ", "-");
    match written.as_str() {
        "weekdays" | "workdays" | "workday" | "weekday" => return Some("mon-fri".to_owned()),
        "weekend" | "weekends" => return Some("sat-sun".to_owned()),
        _ => {}
    }
    let joint = if written.contains('-') { "-" } else { "," };
    let is_end = |c: char| matches!(c, '-' | ',' | ';' | ' ' | '|');
    let words = written.split(is_end).filter(|word| !word.is_empty());
    let days: Option<Vec<&str>> = words.map(day_meant).collect();
    days.map(|days| days.join(joint))
}

/// The days of the week in full.
pub const DAY_NAMES: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Returns the day that is meant by `tues` or `tuesday`.
fn day_meant(word: &str) -> Option<&'static str> {
    let at = DAY_NAMES
        .iter()
        .position(|name| 3 <= word.len() && name.starts_with(word))?;
    DAYS.get(at).copied()
}

/// Returns how the hours are written that were meant by `9:00-18:00`, `9am-6pm`, `22-6`; not by
/// `9-5`, which does not say which half of the day it is about.
fn hours_meant(text: &str) -> Option<String> {
    let written = text
        .trim()
        .trim_matches(['"', '\''])
        .to_lowercase()
        .replace('–', "-")
        .replace(" to ", "-");
    let (from, to) = written.split_once('-')?;
    let (from, to) = (Clock::read(from)?, Clock::read(to)?);
    let is_said = match (from.half, to.half) {
        (None, None) => {
            from.hour.max(to.hour) > 12 || (from.hour, from.minute) < (to.hour, to.minute)
        }
        _ => from.is_clear() && to.is_clear(),
    };
    let end = match (to.half, to.hour, to.minute) {
        (Some(_), 0, 0) => 24,
        _ => to.hour,
    };
    is_said.then(|| {
        let (hour, minute, last) = (from.hour, from.minute, to.minute);
        format!("{hour:02}:{minute:02}-{end:02}:{last:02}")
    })
}

/// A time of the day as people write it.
#[derive(Clone, Copy)]
struct Clock {
    hour: u32,
    minute: u32,
    /// The half of the day, where it is said; the hour has it in it.
    half: Option<&'static str>,
}

impl Clock {
    /// Reads `9`, `9:30`, `9.30`, `9 am`.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let half = ["am", "pm"].into_iter().find(|half| text.ends_with(half));
        let text = half
            .and_then(|half| text.strip_suffix(half))
            .unwrap_or(text);
        let text = text.trim_end();
        let (hour, minute) = text.split_once([':', '.']).unwrap_or((text, "00"));
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        let hour = match half {
            None => hour,
            Some(_) if !(1..=12).contains(&hour) => return None,
            Some("pm") => hour % 12 + 12,
            Some(_) => hour % 12,
        };
        Some(Self { hour, minute, half })
    }

    /// Whether it can only be in one half of the day.
    const fn is_clear(self) -> bool {
        self.half.is_some() || 12 < self.hour
    }
}

/// Reads `mon-fri`, `sat-mon` or `mon,wed`: places from Monday.
fn days_of(text: &str) -> Option<Vec<usize>> {
    let day = |text: &str| DAYS.iter().position(|day| *day == text.trim());
    match text.split_once('-') {
        Some((first, last)) => {
            let (first, last) = (day(first)?, day(last)?);
            let count = (last + 7 - first) % 7 + 1;
            Some((first..first + count).map(|day| day % 7).collect())
        }
        None => text.split(',').map(day).collect(),
    }
}

/// Reads `09:00-18:00`: minutes of the day.
fn hours_of(text: &str) -> Option<(u32, u32)> {
    let time = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let two = |t: &str| t.len() == 2 && t.chars().all(|c| c.is_ascii_digit());
        let (h, m): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        let is_time = two(hour) && two(minute) && m < 60 && (h < 24 || (h == 24 && m == 0));
        is_time.then_some(h * 60 + m)
    };
    let (from, to) = text.split_once('-')?;
    // What begins at the end of a day begins on the next.
    let from = time(from).filter(|from| *from < 24 * 60)?;
    Some((from, time(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_written_as_it_is_read() {
        for (written, meant) in [
            ("Mon-Fri", "mon-fri"),
            ("monday - friday", "mon-fri"),
            ("Mon, Wed", "mon,wed"),
            ("weekdays", "mon-fri"),
        ] {
            assert_eq!(days_meant(written).as_deref(), Some(meant), "{written}");
            assert!(days_of(meant).is_some(), "{meant}");
        }
        for (written, meant) in [
            ("9:00-18:00", "09:00-18:00"),
            ("9-18", "09:00-18:00"),
            ("9am - 6pm", "09:00-18:00"),
            ("09.30–17.00", "09:30-17:00"),
            ("12am-6am", "00:00-06:00"),
            ("6pm-12am", "18:00-24:00"),
            ("12pm - 12:30 PM", "12:00-12:30"),
            ("10pm-6am", "22:00-06:00"),
            ("22-6", "22:00-06:00"),
        ] {
            assert_eq!(hours_meant(written).as_deref(), Some(meant), "{written}");
            assert!(hours_of(meant).is_some(), "{meant}");
        }
        assert_eq!((days_meant("someday"), hours_meant("never")), (None, None));
    }

    #[test]
    fn hours_of_one_half_of_the_day_or_the_other_are_not_guessed() {
        for written in [
            "9-5",
            "9:00-5:00",
            "10-2",
            "1-5pm",
            "9pm-5",
            "12-12",
            "13pm-2pm",
        ] {
            assert_eq!(hours_meant(written), None, "{written}");
        }
    }

    #[test]
    fn hours_begin_before_the_day_ends() {
        assert_eq!(hours_of("22:00-24:00"), Some((1320, 1440)));
        assert_eq!(hours_of("24:00-06:00"), None);
    }
}
