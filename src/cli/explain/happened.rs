//! What happened in a table of minutes, in words.

use crate::lang::explain::minutes;
use crate::lang::program::Type;
use crate::lang::{Anatomy, Clause, Role, Side};
use crate::replay::Note;
use crate::replay::table::{Cell, Row};
use crate::unit::Decimal;

/// How many causes are named.
const CAUSES_MAX: usize = 26;

/// Says what happened in a minute.
pub(super) fn said(note: &Note, row: &Row, anatomy: &Anatomy) -> String {
    match note {
        Note::Fired => fired(row, anatomy),
        Note::Resolved {
            side: Side::Until, ..
        } => match row.until {
            None => format!(
                "{}: `until` is unknown, which `on_unknown: clear` reads as true",
                resolves(row)
            ),
            Some(_) => format!("{}: `until` is true", resolves(row)),
        },
        Note::Resolved {
            side: Side::Condition,
            by,
        } => match row.condition {
            None => format!(
                "{}: {}, which `on_unknown: clear` reads as false",
                resolves(row),
                causes(by, row, anatomy)
            ),
            Some(_) => format!("{}: {}", resolves(row), failed(by, row, anatomy)),
        },
        Note::Anew { side, lost, by } => {
            let hold = match side {
                Side::Condition => "the hold",
                Side::Until => "the hold of `until`",
            };
            let minutes = if *lost == 1 { "minute" } else { "minutes" };
            format!(
                "{}: {hold} begins anew, after {lost} {minutes}",
                causes(by, row, anatomy)
            )
        }
        Note::Calmed { by } => format!("{}: it is pending no longer", causes(by, row, anatomy)),
        Note::Blocked => {
            "the condition is true, but `until` is as well: it does not fire".to_owned()
        }
    }
}

fn fired(row: &Row, anatomy: &Anatomy) -> String {
    let why = match (row.condition, anatomy.condition.held, row.held) {
        (None, ..) => "the condition is unknown, which `on_unknown: fire` reads as true".to_owned(),
        (Some(_), Some(held), Some(count)) if held.hold.needed.is_some() => format!(
            "so in {} of the last {} minutes",
            count.trues,
            held.hold.over.get()
        ),
        (Some(_), Some(held), Some(_)) => format!("so for {}", minutes(held.hold.over)),
        (Some(_), ..) => "the condition is true".to_owned(),
    };
    // Of a rule of many domains no alert fires by what one of them does.
    match row.tally {
        Some(_) => format!("the domain counts: {why}"),
        None => format!("it fires: {why}"),
    }
}

fn resolves(row: &Row) -> &'static str {
    match row.tally {
        Some(_) => "the domain counts no longer",
        None => "it resolves",
    }
}

/// Says why a condition is false.
fn failed(by: &[usize], row: &Row, anatomy: &Anatomy) -> String {
    match (anatomy.condition.held, row.held) {
        (Some(held), Some(count)) if held.hold.needed.is_some() => format!(
            "so in only {} of the last {} minutes",
            count.trues,
            held.hold.over.get()
        ),
        _ => causes(by, row, anatomy),
    }
}

/// Says why a condition was not so.
fn causes(by: &[usize], row: &Row, anatomy: &Anatomy) -> String {
    let cause = |place: &usize| {
        let (clause, cell) = (anatomy.clauses.get(*place)?, row.cells.get(*place)?);
        Some(cause(clause, cell))
    };
    let mut causes: Vec<String> = Vec::new();
    for cause in by.iter().filter_map(cause).flatten().take(CAUSES_MAX) {
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    if causes.is_empty() {
        return "the whole was not so".to_owned();
    }
    causes.join(", ")
}

/// Says what a clause was, or what it compared.
fn cause(clause: &Clause, cell: &Cell) -> Vec<String> {
    let values = clause.values.iter().zip(&cell.values);
    let known = values.filter_map(|(of, value)| Some((of, (*value)?)));
    let mut said: Vec<String> = known
        .map(|(of, value)| format!("{} was {}", of.text, decimal(value, of.of)))
        .collect();
    match (said.is_empty(), clause.values.as_slice()) {
        (true, [of]) => said.push(format!("{} was unknown", of.text)),
        (true, _) => said.push(format!("`{}` was {}", clause.text, truth(cell.truth))),
        (false, _) => {}
    }
    if clause.role == Role::Guard {
        said.push("which `given` leaves out".to_owned());
    }
    said
}

/// Writes a value to three places: what is finer decides next to nothing.
pub(in crate::cli) fn decimal(value: Decimal, of: Type) -> String {
    match of {
        Type::Proportion => format!("{value:.3}%"),
        Type::Number | Type::Condition => format!("{value:.3}"),
    }
}

/// Says what a part was.
pub(super) fn truth(truth: Option<bool>) -> &'static str {
    match truth {
        Some(true) => "true",
        Some(false) => "false",
        None => "unknown",
    }
}
