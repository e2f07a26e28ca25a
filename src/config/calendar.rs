//! `active_hours:`: when people are told of a rule's alerts.

use super::read::{Fields, Reader};
use super::tree::Node;
use crate::diag::{Code, Diagnostic};
use crate::dispatch::Calendar;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// How many spans of hours a calendar may have.
const HOURS_MAX: usize = 24;

/// Reads `{days: mon-fri, hours: "09:00-18:00", zone: Asia/Shanghai}`.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Calendar> {
    let fields = reader.fields(node, "`active_hours`", &["days", "hours", "zone"])?;
    let before = reader.faults.len();
    let days = each(
        reader,
        &fields,
        "days",
        days_of,
        "write mon-fri, or a list: [mon, wed, fri]",
    );
    let hours = each(
        reader,
        &fields,
        "hours",
        hours_of,
        "write \"09:00-18:00\"; hours may pass midnight",
    );
    let zones = each(
        reader,
        &fields,
        "zone",
        |text| text.parse().ok(),
        "write its name: Asia/Shanghai, Europe/Berlin, UTC",
    );
    if hours.len() > HOURS_MAX {
        let message = format!("a calendar has at most {HOURS_MAX} spans of hours");
        reader.fault(Code::Limit, node.span, message);
    }
    if before < reader.faults.len() {
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
        zone: zones.first().copied().unwrap_or(chrono_tz::UTC),
    })
}

/// Reads the entries of a key, and says which of them are none.
fn each<T>(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    name: &str,
    of: fn(&str) -> Option<T>,
    help: &str,
) -> Vec<T> {
    let mut found = Vec::new();
    for item in fields.get(name).map(Node::one_or_many).unwrap_or_default() {
        let Some(text) = reader.set_text(item, "a text") else {
            continue;
        };
        let Some(value) = of(&text.value) else {
            let message = if name == "zone" {
                format!("{} is no time zone", text.shown())
            } else {
                format!("{} are no {name} of a calendar", text.shown())
            };
            reader.push(Diagnostic::new(Code::Syntax, text.span, message).help(help));
            continue;
        };
        found.push(value);
    }
    found
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
    Some((time(from)?, time(to)?))
}
