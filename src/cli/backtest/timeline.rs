//! A recording as a line for each rule: when it fired.

use std::fmt::Write as _;

use super::words::{clip, duration};
use crate::replay::firing::Firing;
use crate::unit::{Minute, Severity};

/// How wide lines are where nobody says how wide a terminal is, and the least and the most that they
/// are on one.
pub(super) const WIDTH: usize = 80;
pub(super) const WIDTH_MAX: usize = 240;
/// How wide a label may be.
const LABEL_MAX: usize = 24;
/// How many minutes a column may stand for: those of which a whole number makes an hour or a day.
const STEPS: [u64; 16] = [
    1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1_440, 10_080,
];

/// What lines are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Glyphs {
    Unicode,
    Ascii,
}

/// Whether lines are coloured by severity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Ansi,
}

/// How timelines look.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) glyphs: Glyphs,
    pub(super) paint: Paint,
    /// How many columns there are, from `WIDTH` to `WIDTH_MAX`.
    pub(super) width: usize,
}

impl Look {
    /// Returns how many columns there are beyond the least.
    pub(super) fn spare(self) -> usize {
        self.width.saturating_sub(WIDTH)
    }
}

impl Glyphs {
    /// Returns what stands for a column of which nothing, up to a quarter, a half, and more fired.
    const fn blocks(self) -> [char; 5] {
        match self {
            Self::Unicode => ['·', '▂', '▄', '▆', '█'],
            Self::Ascii => ['.', '-', '=', '%', '#'],
        }
    }
}

/// Returns the lines of labelled firings over a span, with the days above.
pub(super) fn lines(
    rows: &[(String, Vec<&Firing>)],
    (first, last): (Minute, Minute),
    look: Look,
) -> String {
    let labels = rows.iter().map(|(label, _)| label.chars().count());
    let label_width = labels.max().unwrap_or(0).min(LABEL_MAX);
    let room = look.width - label_width - 2;
    let scale = Scale::new(first, last, room);
    let mut text = format!(
        "{:label_width$}  {}\n",
        "",
        scale.days(if room > 20 { 6 } else { 12 })
    );
    for (label, firings) in rows {
        let _ = writeln!(
            text,
            "{:label_width$}  {}",
            clip(label, LABEL_MAX),
            scale.line(firings, last, look)
        );
    }
    let [none, .., whole] = look.glyphs.blocks();
    let _ = writeln!(
        text,
        "{:label_width$}  a column is {}; {none} none fires, {whole} at least one does all the time",
        "",
        duration(scale.step)
    );
    text
}

/// How minutes become columns.
struct Scale {
    begin: i64,
    step: u64,
    columns: usize,
}

impl Scale {
    fn new(first: Minute, last: Minute, room: usize) -> Self {
        let fits = |step: &u64| Self::with(*step, first, last).columns <= room;
        let step = STEPS.into_iter().find(fits);
        Self::with(step.unwrap_or(30 * 1_440), first, last)
    }

    fn with(step: u64, first: Minute, last: Minute) -> Self {
        let width = i64::try_from(step).unwrap_or(1);
        let begin = first.epoch().div_euclid(width) * width;
        let columns = (last.epoch() - begin) / width + 1;
        Self {
            begin,
            step,
            columns: usize::try_from(columns).unwrap_or(0),
        }
    }

    /// Returns the line of days, or of hours where columns are short; labels that would touch the
    /// one before are left out.
    fn days(&self, apart: usize) -> String {
        let (unit, format) = match self.step {
            0..=10 => (60, "%H:%M"),
            11..=30 => (360, "%d %H:%M"),
            _ => (1_440, "%b %d"),
        };
        let mut line = String::new();
        let mut free = 0;
        for column in 0..self.columns {
            let minute = self.begin + i64::try_from(column as u64 * self.step).unwrap_or(0);
            let minute = minute.max(0);
            let step = i64::try_from(self.step).unwrap_or(1);
            let is_boundary = minute % unit < step;
            if !is_boundary && column > 0 || column < free {
                continue;
            }
            let Some(at) = Minute::from_epoch(minute) else {
                continue;
            };
            let label = at.start().format(format).to_string();
            // A label of where it begins must not take the room of the next day's.
            let next = (unit - minute % unit) / step;
            if !is_boundary && next <= i64::try_from(label.len()).unwrap_or(next) {
                continue;
            }
            if column + label.len() > self.columns.max(label.len()) {
                break;
            }
            let _ = write!(line, "{:width$}", "", width = column - line.chars().count());
            line.push_str(&label);
            free = column + label.len().max(apart) + 1;
        }
        line
    }

    /// Draws the time in which at least one of the firings was on; several at once count once.
    fn line(&self, firings: &[&Firing], last: Minute, look: Look) -> String {
        let mut cells = vec![(0_u64, None::<Severity>); self.columns];
        let mut ordered = firings.to_vec();
        ordered.sort_by_key(|firing| firing.fired);
        // Up to where the firings before have been counted.
        let mut counted = i64::MIN;
        for firing in ordered {
            let end = firing.end.unwrap_or(last.next()).epoch();
            let begin = firing.fired.epoch().max(counted);
            counted = counted.max(end);
            let column = |minute: i64| {
                let past = u64::try_from(minute - self.begin).unwrap_or(0);
                usize::try_from(past / self.step).unwrap_or(0)
            };
            let columns = column(firing.fired.epoch())..=column(end - 1);
            for (at, cell) in cells.iter_mut().enumerate() {
                if !columns.contains(&at) {
                    continue;
                }
                let from = self.begin + i64::try_from(at as u64 * self.step).unwrap_or(0);
                let to = from + i64::try_from(self.step).unwrap_or(1);
                let overlap = end.min(to) - begin.max(from);
                cell.0 += u64::try_from(overlap).unwrap_or(0);
                cell.1 = cell.1.max(Some(firing.severity));
            }
        }
        let mut line = String::new();
        for (minutes, severity) in cells {
            // The last block says that all of the column fired, so nothing less may have it.
            let block = match usize::try_from((4 * minutes).div_ceil(self.step)).unwrap_or(0) {
                4 if minutes < self.step => 3,
                block => block,
            };
            let glyph = look.glyphs.blocks().get(block).copied().unwrap_or('?');
            match severity.filter(|_| look.paint == Paint::Ansi) {
                Some(severity) => {
                    let colour = colour(severity);
                    let _ = write!(line, "\u{1b}[{colour}m{glyph}\u{1b}[0m");
                }
                None => line.push(glyph),
            }
        }
        line
    }
}

const fn colour(severity: Severity) -> u8 {
    match severity {
        Severity::Info => 36,
        Severity::Warning => 33,
        Severity::Critical => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{AlertKey, Subject};

    const PLAIN: Look = Look {
        glyphs: Glyphs::Ascii,
        paint: Paint::Plain,
        width: WIDTH,
    };

    fn firing(fired: &str, end: Option<&str>) -> Firing {
        let minute = |text: &str| text.parse().unwrap();
        Firing {
            key: AlertKey {
                rule: "a".to_owned(),
                subject: Subject::Fleet,
            },
            severity: Severity::Critical,
            began: Severity::Critical,
            since: minute(fired),
            fired: minute(fired),
            end: end.map(minute),
            peak: None,
            on: Vec::new(),
        }
    }

    fn drawn(first: &str, last: &str, firings: &[Firing], look: Look) -> String {
        let span = (first.parse().unwrap(), last.parse().unwrap());
        let rows = [("origin".to_owned(), firings.iter().collect())];
        lines(&rows, span, look)
    }

    #[test]
    fn a_week_fits_the_width_and_shows_how_much_of_each_column_fired() {
        let firings = [
            firing("2026-11-24T06:30:00Z", Some("2026-11-24T13:00:00Z")),
            firing("2026-11-28T23:00:00Z", None),
        ];
        let text = drawn(
            "2026-11-22T00:00:00Z",
            "2026-11-28T23:59:00Z",
            &firings,
            PLAIN,
        );
        assert!(
            text.lines().all(|line| line.chars().count() <= WIDTH),
            "{text}"
        );
        let line = text.lines().nth(1).unwrap();
        assert_eq!(line.chars().skip(8).count(), 56, "{text}");
        assert_eq!(
            &line[8..],
            "..................%#=..................................="
                .to_owned()
                .as_str()
        );
        assert!(text.starts_with("        Nov 22  Nov 23  Nov 24"), "{text}");
    }

    #[test]
    fn a_short_span_has_a_column_a_minute_and_one_minute_is_seen_in_any() {
        let one = [firing("2026-11-22T10:03:00Z", Some("2026-11-22T10:04:00Z"))];
        let text = drawn("2026-11-22T10:00:00Z", "2026-11-22T10:09:00Z", &one, PLAIN);
        assert!(text.contains("origin  ...#......\n"), "{text}");
        let text = drawn("2026-10-01T00:00:00Z", "2026-11-29T00:00:00Z", &one, PLAIN);
        assert_eq!(text.matches('-').count(), 1, "{text}");
    }

    #[test]
    fn the_day_in_which_a_time_begins_does_not_take_the_room_of_the_next() {
        let (first, last) = ("2026-11-21T22:00:00Z", "2026-11-23T21:59:00Z");
        let text = drawn(first, last, &[], PLAIN);
        let head = text.lines().next().unwrap();
        assert_eq!(head.trim_end(), format!("{:10}Nov 22{:18}Nov 23", "", ""));
        // Where there is room, it is named.
        let text = drawn("2026-11-21T12:00:00Z", last, &[], PLAIN);
        assert!(text.starts_with("        Nov 21      Nov 22"), "{text}");
    }

    #[test]
    fn a_wide_terminal_is_used() {
        let wide = Look {
            width: 200,
            ..PLAIN
        };
        let (first, last) = ("2026-11-22T00:00:00Z", "2026-11-28T23:59:00Z");
        let text = drawn(first, last, &[], wide);
        assert!(text.contains("a column is 1h"), "{text}");
        assert_eq!(text.lines().nth(1).unwrap().chars().count(), 8 + 168);
    }

    #[test]
    fn what_fires_on_many_domains_at_once_is_drawn_as_one_time() {
        let times = [("10:00", "10:08"), ("10:02", "10:12"), ("10:04", "10:09")];
        let one = |(fired, end)| {
            let minute = |at: &str| format!("2026-11-22T{at}:00Z");
            firing(&minute(fired), Some(&minute(end)))
        };
        let firings = times.map(one);
        let (first, last) = ("2026-11-22T10:00:00Z", "2026-11-22T22:59:00Z");
        let text = drawn(first, last, &firings, PLAIN);
        // Twelve of fifteen minutes, though all together fired for longer than that.
        assert!(text.contains("a column is 15m"), "{text}");
        assert!(text.contains("origin  %....."), "{text}");
    }

    #[test]
    fn colours_are_only_where_they_are_asked_for() {
        let one = [firing("2026-11-22T10:03:00Z", Some("2026-11-22T10:04:00Z"))];
        let painted = Look {
            glyphs: Glyphs::Unicode,
            paint: Paint::Ansi,
            width: WIDTH,
        };
        let (first, last) = ("2026-11-22T10:00:00Z", "2026-11-22T10:09:00Z");
        assert!(drawn(first, last, &one, painted).contains("···\u{1b}[31m█\u{1b}[0m"));
        assert!(!drawn(first, last, &one, PLAIN).contains('\u{1b}'));
    }
}
