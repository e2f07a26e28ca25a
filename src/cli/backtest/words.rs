//! Small words of the reports: durations, times, counts, and columns.

use std::fmt::Write as _;

use crate::engine::Peak;
use crate::lang::program::Type;
use crate::unit::{Minute, Minutes};

/// How many characters of a name a column shows.
pub(super) const NAME_MAX: usize = 28;
/// Minutes in an hour and in a day.
const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;
/// How wide a paragraph is.
const PARAGRAPH: usize = 80;

/// Writes minutes as `40m`, `1h12m` or, from two days on, `3d4h`.
pub(super) fn duration(minutes: u64) -> String {
    let rounded = if minutes < 2 * DAY {
        minutes
    } else {
        (minutes + HOUR / 2) / HOUR * HOUR
    };
    let minutes = u32::try_from(rounded).ok().and_then(Minutes::new);
    minutes.map_or_else(|| "0m".to_owned(), |minutes| minutes.to_string())
}

/// Writes a minute as `2026-11-22 10:02`.
pub(super) fn time(minute: Minute) -> String {
    minute.start().format("%Y-%m-%d %H:%M").to_string()
}

/// Writes how many there are in so many days, of a number in some minutes: `4.8`; `None` of less than a day, which
/// says nothing of a longer time.
pub(super) fn rate(number: u64, days: u64, minutes: u64) -> Option<String> {
    let tenths = (10 * number * days * DAY + minutes / 2).checked_div(minutes)?;
    (DAY <= minutes).then(|| format!("{}.{}", tenths / 10, tenths % 10))
}

/// Writes the worst value of a firing: `34.2% 5xx`.
pub(super) fn peak(peak: &Peak) -> String {
    let unit = match peak.of {
        Type::Proportion => "%",
        Type::Number | Type::Condition => "",
    };
    format!("{:.1}{unit} {}", peak.value, peak.text)
}

/// Cuts a name that is longer than a column, and takes what would break a line out of it.
pub(super) fn name(text: &str) -> String {
    clip(text, NAME_MAX)
}

/// Takes what would break a line out of a name, and leaves it whole.
pub(super) fn whole(text: &str) -> String {
    clip(text, usize::MAX)
}

/// Cuts a text to so many characters, on one line.
pub(super) fn clip(text: &str, most: usize) -> String {
    let plain = text.chars().map(|c| if c.is_control() { '?' } else { c });
    if text.chars().count() <= most {
        return plain.collect();
    }
    let mut cut: String = plain.take(most - 1).collect();
    cut.push('…');
    cut
}

/// Breaks a text into lines.
pub(super) fn paragraph(text: &str) -> String {
    let mut lines = String::new();
    let mut width = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > PARAGRAPH {
            lines.push('\n');
            width = 0;
        } else if width > 0 {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(word);
        width += length;
    }
    lines.push('\n');
    lines
}

/// Which side of a column its cells stand on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// Writes rows as columns that are two blanks apart; the first row is the head.
pub(super) fn columns(sides: &[Side], rows: &[Vec<String>]) -> String {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..sides.len()).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for ((cell, side), width) in row.iter().zip(sides).zip(&widths) {
            let _ = match side {
                Side::Left => write!(line, "{cell:<width$}  "),
                Side::Right => write!(line, "{cell:>width$}  "),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_durations_are_rounded_to_hours() {
        let texts = [0, 1, 72, 2 * DAY - 1, 3 * DAY + 4 * HOUR + 40].map(duration);
        assert_eq!(texts, ["0m", "1m", "1h12m", "1d23h59m", "3d5h"]);
    }

    #[test]
    fn a_rate_is_of_the_time_that_there_was_and_of_no_less_than_a_day() {
        assert_eq!(rate(144, 1, 3 * DAY - 2).as_deref(), Some("48.0"));
        assert_eq!(rate(3, 7, 2 * DAY).as_deref(), Some("10.5"));
        assert_eq!(rate(1, 1, DAY).as_deref(), Some("1.0"));
        assert_eq!(rate(46, 1, 7 * DAY).as_deref(), Some("6.6"));
        assert_eq!(rate(4, 1, 2 * HOUR), None);
        assert_eq!(rate(0, 1, 0), None);
    }

    #[test]
    fn a_name_cannot_break_a_line_or_a_column() {
        assert_eq!(name("a\u{1b}[31mb\nc"), "a?[31mb?c");
        assert_eq!(name(&"x".repeat(60)).chars().count(), NAME_MAX);
    }
}
