//! The table of minutes, for people.

use std::fmt::Write as _;

use super::WIDTH;
use super::english::Headed;
use super::happened::{decimal, said, truth};
use crate::engine::Tally;
use crate::lang::{Anatomy, Clause, Held, Role, Side};
use crate::replay::Dissected;
use crate::replay::table::{Cell, Count, Row, Seen, State, Table, TierTable};
use crate::unit::{Minute, Minutes};

/// How many parts have a column, A to Z; a rule with more is no longer read by its parts.
const COLUMNS_MAX: usize = 26;
/// What stands between two columns.
const GAP: &str = "  ";

/// Returns the table of a rule over some minutes.
pub(super) fn text(table: &Table, dissected: &Dissected, headed: Headed) -> String {
    let days = |minute: Minute| minute.to_string()[..10].to_owned();
    let (first, last) = (table.minutes.first(), table.minutes.last());
    let (Some((first, _)), Some((last, _))) = (first, last) else {
        return String::new();
    };
    let clock = if days(*first) == days(*last) {
        Clock::Time
    } else {
        Clock::DayAndTime
    };
    let mut text = format!("{}, {} UTC\n", table.series.domain, days(*last));
    if headed == Headed::BySeverity {
        text.insert_str(0, &format!("{} on ", dissected.rule.name));
    }
    let tiers = dissected
        .rule
        .compiled
        .tiers
        .iter()
        .zip(&dissected.anatomies);
    for ((tier, anatomy), shown) in tiers.zip(&table.tiers) {
        let _ = match headed {
            Headed::BySeverity => write!(text, "\n  {}: {}\n\n", tier.severity, tier.text),
            Headed::ByText => write!(text, "\n  {}\n\n", tier.text),
        };
        let sheet = Sheet {
            anatomy,
            table: shown,
            clock,
        };
        sheet.write(table, &mut text);
    }
    if let Some(warm) = table
        .warm_from
        .filter(|warm| is_unsure(table, dissected, *warm))
    {
        let reach = Minutes::new(dissected.rule.compiled.reach).unwrap_or(Minutes::ONE);
        let _ = writeln!(
            text,
            "\n  Up to {} the history is shorter than the {reach} that are looked at: what is unknown changes nothing.",
            clock.show(warm.previous())
        );
    }
    text
}

/// Whether something was unknown before the history covered the reach.
fn is_unsure(table: &Table, dissected: &Dissected, warm: Minute) -> bool {
    let early = table
        .minutes
        .iter()
        .take_while(|(minute, _)| *minute < warm);
    let early = early.count();
    let mut tiers = table.tiers.iter().zip(&dissected.anatomies);
    tiers.any(|(tier, anatomy)| {
        let is_unknown =
            |row: &Row| row.condition.is_none() || anatomy.until.is_some() && row.until.is_none();
        tier.rows.iter().take(early).any(is_unknown)
    })
}

/// How a minute is written.
#[derive(Clone, Copy)]
enum Clock {
    Time,
    DayAndTime,
}

impl Clock {
    fn show(self, minute: Minute) -> String {
        let format = match self {
            Self::Time => "%H:%M",
            Self::DayAndTime => "%m-%d %H:%M",
        };
        minute.start().format(format).to_string()
    }
}

/// One severity's table on the way to paper.
struct Sheet<'a> {
    anatomy: &'a Anatomy,
    table: &'a TierTable,
    clock: Clock,
}

/// A column: its head and what stands below.
struct Column {
    head: String,
    cells: Vec<String>,
}

impl Column {
    fn width(&self) -> usize {
        let widths = self.cells.iter().map(|cell| cell.chars().count());
        widths.fold(self.head.chars().count(), usize::max)
    }
}

impl Sheet<'_> {
    fn write(&self, table: &Table, text: &mut String) {
        let mut before = vec![self.column("minute", |at, _| {
            let minute = table.minutes.get(at).map(|(minute, _)| *minute);
            minute.map(|m| self.clock.show(m)).unwrap_or_default()
        })];
        if table.minutes.iter().any(|(_, seen)| *seen != Seen::Codes) {
            let seen = |at: usize| table.minutes.get(at).map_or("", |(_, seen)| word(*seen));
            before.push(self.column("source", |at, _| seen(at).to_owned()));
        }
        let mut clauses = self.clauses();
        let after = self.wholes();
        let legend = letters_if_wide(&before, &mut clauses, &after);
        text.push_str(&legend);
        let columns: Vec<Column> = before.into_iter().chain(clauses).chain(after).collect();
        let heads = columns.iter().map(|column| (column.head.as_str(), column));
        line(text, heads);
        for at in 0..self.table.rows.len() {
            let cell =
                |column: &'_ Column| column.cells.get(at).map_or(String::new(), Clone::clone);
            let cells: Vec<String> = columns.iter().map(cell).collect();
            line(text, cells.iter().map(String::as_str).zip(&columns));
        }
        let began = self.began(table);
        if began.is_some() || !self.table.notes.is_empty() {
            text.push('\n');
        }
        text.extend(began);
        for (minute, note) in &self.table.notes {
            let row = table.minutes.binary_search_by_key(minute, |(at, _)| *at);
            let row = row.ok().and_then(|at| self.table.rows.get(at));
            let Some(row) = row else { continue };
            let _ = writeln!(
                text,
                "  {}  {}",
                self.clock.show(*minute),
                said(note, row, self.anatomy)
            );
        }
    }

    /// Says when that began which fires before the first row.
    fn began(&self, table: &Table) -> Option<String> {
        let (minute, _) = table.minutes.first()?;
        let row = self.table.rows.first()?;
        let began = match row.tally {
            Some(_) => "the domain began to count",
            None => "it fired",
        };
        match row.state {
            State::Firing { since, fired } if fired < *minute => Some(format!(
                "  {}  {began}; its run of bad minutes began at {}\n",
                self.clock.show(fired),
                self.clock.show(since)
            )),
            State::Firing { .. }
            | State::Pending { .. }
            | State::Unjudged
            | State::Inactive
            | State::Resolved => None,
        }
    }

    fn column(&self, head: &str, cell: impl Fn(usize, &Row) -> String) -> Column {
        let rows = self.table.rows.iter().enumerate();
        Column {
            head: head.to_owned(),
            cells: rows.map(|(at, row)| cell(at, row)).collect(),
        }
    }

    fn clauses(&self) -> Vec<Column> {
        let clauses = self.anatomy.clauses.iter().enumerate().take(COLUMNS_MAX);
        let column = |(place, clause): (usize, &Clause)| {
            let head = match (clause.side, clause.role) {
                (_, Role::Guard) => format!("given {}", clause.text),
                (Side::Condition, Role::Judged) => clause.text.clone(),
                (Side::Until, Role::Judged) => format!("until {}", clause.text),
            };
            self.column(&head, |_, row| {
                let cell = row.cells.get(place);
                cell.map(|cell| shown(clause, cell)).unwrap_or_default()
            })
        };
        clauses.map(column).collect()
    }

    /// The columns of the condition, of `until`, and of what becomes of the alert.
    fn wholes(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        let is_clause = |node| {
            self.anatomy
                .clauses
                .iter()
                .any(|clause| clause.node == node)
        };
        let condition = &self.anatomy.condition;
        if !is_clause(condition.node) {
            let head = condition
                .held
                .map_or("condition".to_owned(), |h| format!("for {}", h.hold));
            columns.push(self.column(&head, |_, row| truth(row.condition).to_owned()));
        }
        if let Some(until) = self
            .anatomy
            .until
            .as_ref()
            .filter(|until| !is_clause(until.node))
        {
            let head = until
                .held
                .map_or("until".to_owned(), |h| format!("until, for {}", h.hold));
            columns.push(self.column(&head, |_, row| {
                let so_far = progress(until.held, row.until_held);
                let is_asked = matches!(row.state, State::Firing { .. });
                let so_far = so_far.filter(|_| is_asked);
                format!(
                    "{}{}",
                    truth(row.until),
                    so_far.map_or(String::new(), |c| format!(" {c}"))
                )
            }));
        }
        if self.table.rows.iter().any(|row| row.tally.is_some()) {
            columns.push(self.column("domains", |_, row| row.tally.map(tally).unwrap_or_default()));
        }
        columns.push(self.column("state", |_, row| self.state(row)));
        columns
    }

    fn state(&self, row: &Row) -> String {
        match row.state {
            State::Unjudged => "not judged yet".to_owned(),
            State::Inactive => "inactive".to_owned(),
            State::Pending { .. } => match progress(self.anatomy.condition.held, row.held) {
                Some(so_far) => format!("pending {so_far}"),
                None => "pending".to_owned(),
            },
            State::Firing { .. } if row.tally.is_some() => "counts".to_owned(),
            State::Firing { .. } => "firing".to_owned(),
            State::Resolved if row.tally.is_some() => "counts no longer".to_owned(),
            State::Resolved => "resolved".to_owned(),
        }
    }
}

/// Puts letters for heads where the table would be too wide, and returns what they stand for.
fn letters_if_wide(before: &[Column], clauses: &mut [Column], after: &[Column]) -> String {
    let columns = || before.iter().chain(clauses.iter()).chain(after);
    let width: usize = columns().map(|column| column.width() + GAP.len()).sum();
    if width <= WIDTH {
        return String::new();
    }
    let mut legend = String::new();
    for (letter, column) in ('A'..='Z').zip(clauses) {
        let _ = writeln!(legend, "  {letter}  {}", column.head);
        column.head = letter.to_string();
    }
    legend.push('\n');
    legend
}

fn line<'a>(text: &mut String, cells: impl Iterator<Item = (&'a str, &'a Column)>) {
    let mut line = String::new();
    for (cell, column) in cells {
        let _ = write!(line, "{GAP}{cell:<width$}", width = column.width());
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Says how far a hold has come: `2 of 3`.
fn progress(held: Option<Held>, count: Option<Count>) -> Option<String> {
    let (held, count) = (held?, count?);
    let over = held.hold.over.get();
    let so_far = match held.hold.needed {
        None => count.in_a_row.min(over),
        Some(_) => count.trues,
    };
    Some(format!("{so_far} of {}", held.needed()))
}

fn tally(tally: Tally) -> String {
    let fires = if tally.is_enough() { ": fires" } else { "" };
    format!("{} of {} needed{fires}", tally.firing, tally.needed)
}

fn shown(clause: &Clause, cell: &Cell) -> String {
    if cell.values.iter().all(Option::is_none) {
        return truth(cell.truth).to_owned();
    }
    let values = clause.values.iter().zip(&cell.values);
    let values = values.map(|(of, value)| value.map_or("?".to_owned(), |v| decimal(v, of.of)));
    let values: Vec<String> = values.collect();
    format!("{} {}", truth(cell.truth), values.join(" / "))
}

fn word(seen: Seen) -> &'static str {
    match seen {
        Seen::Codes => "",
        Seen::NoTraffic => "no traffic",
        Seen::Absent => "no data",
        Seen::Unasked => "not asked",
    }
}
