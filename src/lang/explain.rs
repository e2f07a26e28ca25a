//! An expression in plain English.
//!
//! Names of codes are written out; other names stand as they are, and are said after it.

mod unknown;
mod values;

use std::fmt::Write as _;

use super::Names;
use super::ast::{Comparator, Expr, Fleet, Hold, Kind, When};
use super::print::is_enclosed;
use super::program::Type;
use crate::unit::Minutes;

/// What a condition says, in sentences without a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// When it fires.
    pub fires: String,
    /// When it resolves.
    pub resolves: String,
    /// When it is unknown.
    pub unknown: String,
    /// What the names stand for, in the order in which they come.
    pub names: Vec<(String, String)>,
}

/// Explains a whole `when:` of one severity.
pub fn explain(when: &When, names: &Names) -> Explanation {
    let english = English { names };
    let condition = &when.condition;
    let mut fires = english.firing(condition);
    let mut resolves = match &when.until {
        Some(until) => {
            let until = english.firing(until);
            format!("{until}; while that is so, it does not fire either")
        }
        None => English::ending(condition),
    };
    if let Some(fleet) = when.fleet {
        let (enough, fewer) = fleet_texts(fleet.value);
        fires = format!("while {enough}; a domain fires {fires}");
        resolves = format!("when {fewer}; a domain resolves {resolves}");
    }
    let mut roots = vec![condition];
    roots.extend(&when.until);
    Explanation {
        fires,
        resolves,
        unknown: english.unknown(&roots),
        names: english.definitions(&roots),
    }
}

/// Says what a value is, and what its names stand for.
pub fn explain_value(expr: &Expr, names: &Names) -> Explanation {
    let english = English { names };
    Explanation {
        fires: english.value(expr),
        resolves: String::new(),
        unknown: english.unknown(&[expr]),
        names: english.definitions(&[expr]),
    }
}

struct English<'n> {
    names: &'n Names,
}

impl English<'_> {
    /// Says at which minute a condition becomes true: `when …`.
    fn firing(&self, expr: &Expr) -> String {
        match &expr.value {
            Kind::For(of, hold) => {
                let (of, guard) = split(of);
                let mut text = match hold {
                    Hold { needed: None, over } if over.get() == 1 => "when, in a minute,".into(),
                    Hold { needed: None, over } => {
                        format!("when, for {} minutes in a row,", over.get())
                    }
                    Hold {
                        needed: Some(needed),
                        over,
                    } => format!(
                        "when, in at least {needed} of the last {} minutes,",
                        over.get()
                    ),
                };
                let _ = write!(text, " {}", self.condition(of));
                text + &self.guarded(guard)
            }
            Kind::Given(..) => {
                let (of, guard) = split(expr);
                format!("when {}{}", self.condition(of), self.guarded(guard))
            }
            _ => format!("when {}", self.condition(expr)),
        }
    }

    fn guarded(&self, guard: Option<&Expr>) -> String {
        guard.map_or_else(String::new, |guard| {
            format!(
                ", judged only in minutes in which {}",
                self.condition(guard)
            )
        })
    }

    /// Says at which minute a condition without `until` becomes false.
    fn ending(expr: &Expr) -> String {
        let (of, hold) = match &expr.value {
            Kind::For(of, hold) => (&**of, Some(hold)),
            _ => (expr, None),
        };
        let judged = split(of).1.map_or("", |_| "judged ");
        match hold {
            Some(Hold {
                needed: Some(needed),
                over,
            }) => format!(
                "once that can have been so in fewer than {needed} of the last {} minutes",
                over.get()
            ),
            Some(Hold { needed: None, .. }) => {
                format!("with a single {judged}minute for which that is not so")
            }
            None => format!("with the first {judged}minute for which that is not so"),
        }
    }

    /// Says a condition as a clause.
    fn condition(&self, expr: &Expr) -> String {
        match &expr.value {
            Kind::Comparison(comparator, a, b) => {
                let comparator = match comparator {
                    Comparator::Greater => "above",
                    Comparator::GreaterOrEqual => "at least",
                    Comparator::Less => "below",
                    Comparator::LessOrEqual => "at most",
                    Comparator::Equal => "exactly",
                    Comparator::NotEqual => "not",
                };
                let (left, right) = (self.beside(a, b), self.beside(b, a));
                format!("{left} is {comparator} {right}")
            }
            Kind::And(parts) => self.list(expr, parts, "and"),
            Kind::Or(parts) => format!("either {}", self.list(expr, parts, "or")),
            Kind::Not(of) => match &of.value {
                Kind::NoData => "there is data".to_owned(),
                Kind::NoTraffic => "requests reached the origin".to_owned(),
                Kind::Name(name) => format!("`{name}` is not so"),
                _ => format!("it is not so that ({})", self.condition(of)),
            },
            Kind::NoData => "the source has no data, or says that there was no traffic".to_owned(),
            Kind::NoTraffic => "the source says that no request reached the origin".to_owned(),
            Kind::Given(of, guard) => format!(
                "{}, judged only in minutes in which {}",
                self.part(expr, of),
                self.condition(guard)
            ),
            Kind::For(of, hold) => {
                let of = self.part(expr, of);
                match hold {
                    Hold { needed: None, over } => {
                        format!("for {} in a row, {of}", minutes(*over))
                    }
                    Hold {
                        needed: Some(needed),
                        over,
                    } => format!(
                        "in at least {needed} of the last {} minutes, {of}",
                        over.get()
                    ),
                }
            }
            Kind::Name(name) => format!("`{name}` is so"),
            _ => self.value(expr),
        }
    }

    fn list(&self, whole: &Expr, parts: &[Expr], word: &str) -> String {
        let mut text = String::new();
        for (i, part) in parts.iter().enumerate() {
            match i {
                0 => {}
                _ if i + 1 < parts.len() => text.push_str(", "),
                _ if parts.len() > 2 => {
                    let _ = write!(text, ", {word} ");
                }
                _ => {
                    let _ = write!(text, " {word} ");
                }
            }
            text.push_str(&self.part(whole, part));
        }
        text
    }

    /// A part in parentheses, where it would be misread without.
    fn part(&self, whole: &Expr, part: &Expr) -> String {
        let loose = matches!(part.value, Kind::For(..) | Kind::Given(..) | Kind::Or(_));
        let text = self.condition(part);
        if loose || is_enclosed(&whole.value, part) {
            format!("({text})")
        } else {
            text
        }
    }

    /// Says what the names stand for that are not of codes, those that they use included.
    fn definitions(&self, roots: &[&Expr]) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        let mut open: Vec<&Expr> = roots.iter().rev().copied().collect();
        while let Some(expr) = open.pop() {
            for (name, _) in expr.names() {
                let is_new = found.iter().all(|(known, _)| known != name);
                let Some((meaning, of)) = self.names.get(name).filter(|_| is_new) else {
                    continue;
                };
                if self.codes_named(name).is_none() {
                    let said = match of {
                        Type::Condition => self.condition(meaning),
                        Type::Proportion | Type::Number => self.value(meaning),
                    };
                    found.push((name.to_owned(), said));
                    open.push(meaning);
                }
            }
        }
        found
    }
}

/// Takes `given` off what is held.
fn split(expr: &Expr) -> (&Expr, Option<&Expr>) {
    match &expr.value {
        Kind::Given(of, guard) => (of, Some(guard)),
        _ => (expr, None),
    }
}

/// Says that enough domains fire, and that they do not.
fn fleet_texts(fleet: Fleet) -> (String, String) {
    let many = match fleet {
        Fleet::Count(1) => {
            let (enough, fewer) = ("at least 1 domain fires", "no domain fires");
            return (enough.to_owned(), fewer.to_owned());
        }
        Fleet::Count(count) => format!("{count} domains"),
        Fleet::Proportion(part) => format!("{part}% of the domains that have traffic"),
    };
    (
        format!("at least {many} fire"),
        format!("fewer than {many} fire"),
    )
}

/// Returns a duration in words.
pub fn minutes(span: Minutes) -> String {
    match span.get() {
        1 => "1 minute".to_owned(),
        count if count < 60 => format!("{count} minutes"),
        60 => "1 hour".to_owned(),
        1440 => "1 day".to_owned(),
        count if count % 1440 == 0 => format!("{} days", count / 1440),
        count if count % 60 == 0 => format!("{} hours", count / 60),
        _ => span.to_string(),
    }
}
