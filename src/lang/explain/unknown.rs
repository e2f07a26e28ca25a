//! When an expression is unknown, in plain English.

use std::collections::BTreeSet;

use super::super::ast::{Aggregate, Expr, Kind, Operator};
use super::English;
use super::values::number;

impl English<'_> {
    /// Says when an expression is unknown.
    pub(super) fn unknown(&self, roots: &[&Expr]) -> String {
        let mut uses = BTreeSet::new();
        let mut open: Vec<(&Expr, bool)> = roots.iter().map(|root| (*root, false)).collect();
        let mut seen: Vec<(&str, bool)> = Vec::new();
        while let Some((expr, within)) = open.pop() {
            if let Kind::Name(name) = &expr.value {
                if !seen.contains(&(name, within)) {
                    seen.push((name, within));
                    open.extend(self.names.get(name).map(|(expr, _)| (expr, within)));
                }
                continue;
            }
            uses.extend(cause(expr, within));
            let within = within
                || matches!(&expr.value, Kind::Window { aggregate, .. } if *aggregate != Aggregate::Change);
            let parts: Vec<&Expr> = expr.operands().collect();
            let is_digits = |part: &Expr| match (&part.value, parts.as_slice()) {
                (Kind::Selector(codes), [a, b]) => {
                    number(codes).is_some() && (self.is_number(a) || self.is_number(b))
                }
                _ => false,
            };
            open.extend(
                parts
                    .iter()
                    .filter(|part| !is_digits(part))
                    .map(|part| (*part, within)),
            );
        }
        said(&uses)
    }
}

/// What makes an expression unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    NoCodes,
    NoRequests,
    ShortWindow,
    NoShare,
    LeftOut,
    ByZero,
    NoSample,
    NoHistory,
}

/// Returns what one part adds; `within` a window a minute that is unknown is left out.
fn cause(expr: &Expr, within: bool) -> Option<Cause> {
    match &expr.value {
        Kind::Selector(_) if !within => Some(Cause::NoCodes),
        Kind::Requests(_) if !within => Some(Cause::NoRequests),
        Kind::Share { .. } => Some(Cause::NoShare),
        Kind::Window {
            aggregate: Aggregate::Change,
            ..
        } => None,
        Kind::Window { .. } | Kind::Burn { .. } => Some(Cause::ShortWindow),
        Kind::Given(..) => Some(Cause::LeftOut),
        Kind::Arithmetic(Operator::Divide, ..) => Some(Cause::ByZero),
        Kind::NoTraffic => Some(Cause::NoSample),
        Kind::NoData => Some(Cause::NoHistory),
        _ => None,
    }
}

fn said(causes: &BTreeSet<Cause>) -> String {
    let word = |cause: &Cause| match cause {
        // That a minute has no data is said.
        Cause::NoRequests if causes.contains(&Cause::NoCodes) => "its requests are not counted",
        Cause::NoCodes => "a minute has no traffic or no data",
        Cause::NoRequests => "a minute has no data, or its requests are not counted",
        Cause::ShortWindow => "fewer than half of a window's minutes are known",
        Cause::NoShare => {
            "requests are counted in fewer than half of the minutes, or there were none in them"
        }
        Cause::LeftOut => "`given` leaves a minute out",
        Cause::ByZero => "something is divided by zero",
        Cause::NoSample => "the source has nothing for a minute",
        Cause::NoHistory => "the domain's history has not begun",
    };
    let words: Vec<&str> = causes.iter().map(word).collect();
    match words.split_last() {
        None => "never".to_owned(),
        Some((last, [])) => format!("where {last}"),
        Some((last, rest)) => format!("where {}, or {last}", rest.join(", ")),
    }
}
