//! `active_hours:`, whose form is checked already.

use super::read::Reader;
use super::tree::Node;
use crate::diag::{Code, Diagnostic};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Checks `{days: mon-fri, hours: "09:00-18:00", zone: Asia/Shanghai}`.
pub(super) fn check(reader: &mut Reader<'_>, node: &Node) {
    let Some(fields) = reader.fields(node, "`active_hours`", &["days", "hours", "zone"]) else {
        return;
    };
    let mut each = |name: &str, is_sound: fn(&str) -> bool, help: &str| {
        for item in fields.get(name).map(Node::one_or_many).unwrap_or_default() {
            let Some(text) = reader.set_text(item, "a text") else {
                continue;
            };
            if !is_sound(&text.value) {
                let message = format!("{} are no {name} of a calendar", text.shown());
                let message = if name == "zone" {
                    format!("{} is no time zone", text.shown())
                } else {
                    message
                };
                reader.push(Diagnostic::new(Code::Syntax, text.span, message).help(help));
            }
        }
    };
    each(
        "days",
        are_days,
        "write mon-fri, or a list: [mon, wed, fri]",
    );
    each(
        "hours",
        are_hours,
        "write \"09:00-18:00\"; hours may pass midnight",
    );
    each(
        "zone",
        |text| text.parse::<chrono_tz::Tz>().is_ok(),
        "write its name: Asia/Shanghai, Europe/Berlin, UTC",
    );
}

fn are_days(text: &str) -> bool {
    let is_day = |day: &str| DAYS.contains(&day.trim());
    match text.split_once('-') {
        Some((first, last)) => is_day(first) && is_day(last),
        None => text.split(',').all(is_day),
    }
}

fn are_hours(text: &str) -> bool {
    let time = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let two = |t: &str| t.len() == 2 && t.chars().all(|c| c.is_ascii_digit());
        let (h, m): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (two(hour) && two(minute) && m < 60 && (h < 24 || (h == 24 && m == 0))).then_some(())
    };
    text.split_once('-')
        .is_some_and(|(from, to)| time(from).is_some() && time(to).is_some())
}
