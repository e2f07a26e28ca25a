//! Values in plain English.

use super::super::ast::{Aggregate, Codes, Expr, Kind, Operator, Selector};
use super::super::print::is_enclosed;
use super::super::program::Type;
use super::{English, minutes};
use crate::unit::{Decimal, Minutes};

impl English<'_> {
    /// Says what a value is.
    pub(super) fn value(&self, expr: &Expr) -> String {
        let enclosed = |part: &Expr, text: String| {
            let is_sum = matches!(part.value, Kind::Arithmetic(..));
            if is_sum || is_enclosed(&expr.value, part) {
                format!("({text})")
            } else {
                text
            }
        };
        let operand = |part: &Expr| enclosed(part, self.value(part));
        match &expr.value {
            Kind::Proportion(value) => format!("{value}%"),
            Kind::Number(value) => value.to_string(),
            Kind::Selector(codes) => format!("the share of {} responses", self.codes(codes)),
            Kind::Requests(None) => "the number of requests".to_owned(),
            Kind::Requests(Some(codes)) => {
                format!("the number of {} responses", self.codes(codes))
            }
            Kind::Name(name) => match self.codes_named(name) {
                Some(_) => format!("the share of {} responses", self.name_of_codes(name)),
                None => format!("`{name}`"),
            },
            Kind::Window {
                aggregate,
                of,
                over,
            } => self.window(*aggregate, of, *over),
            Kind::Share { codes, over } => format!(
                "the share of {} responses among all of {}",
                self.codes(&codes.value),
                last(*over)
            ),
            Kind::Burn {
                codes,
                over,
                objective,
            } => {
                let budget = Decimal::HUNDRED.checked_sub(*objective).unwrap_or_default();
                format!(
                    "the speed at which {} responses spent the error budget of {budget}% in {} (1 is just what the objective of {objective}% allows)",
                    self.codes(&codes.value),
                    last(*over)
                )
            }
            Kind::Offset(of, by) => {
                format!("{} as it was {} earlier", operand(of), minutes(*by))
            }
            Kind::Negative(of) => format!("minus {}", operand(of)),
            Kind::Arithmetic(operator, a, b) => {
                let word = match operator {
                    Operator::Add => "plus",
                    Operator::Subtract => "minus",
                    Operator::Multiply => "times",
                    Operator::Divide => "divided by",
                };
                let left = match operator {
                    Operator::Add | Operator::Subtract => self.beside(a, b),
                    Operator::Multiply | Operator::Divide => self.value(a),
                };
                let right = match operator {
                    Operator::Multiply => self.value(b),
                    Operator::Add | Operator::Subtract | Operator::Divide => self.beside(b, a),
                };
                format!("{} {word} {}", enclosed(a, left), enclosed(b, right))
            }
            _ => self.condition(expr),
        }
    }

    /// Says a value beside another: three digits beside a number are one too.
    pub(super) fn beside(&self, part: &Expr, other: &Expr) -> String {
        let code = match &part.value {
            Kind::Selector(codes) => number(codes),
            _ => None,
        };
        match code.filter(|_| self.is_number(other)) {
            Some(code) => code.to_string(),
            None => self.value(part),
        }
    }

    pub(super) fn is_number(&self, expr: &Expr) -> bool {
        match &expr.value {
            Kind::Number(_) | Kind::Requests(_) | Kind::Burn { .. } => true,
            Kind::Name(name) => self
                .names
                .get(name)
                .is_some_and(|(_, of)| of == Type::Number),
            Kind::Window { of, .. } | Kind::Offset(of, _) | Kind::Negative(of) => {
                self.is_number(of)
            }
            Kind::Arithmetic(operator, a, b) => match operator {
                Operator::Add | Operator::Subtract => self.is_number(a) || self.is_number(b),
                Operator::Multiply => self.is_number(a) && self.is_number(b),
                Operator::Divide => self.is_number(a) || !self.is_number(b),
            },
            _ => false,
        }
    }

    fn window(&self, aggregate: Aggregate, of: &Expr, over: Minutes) -> String {
        let of = self.value(of);
        let last = last(over);
        match aggregate {
            Aggregate::Avg => format!("the average of {of} over {last}"),
            Aggregate::Sum => format!("the sum of {of} over {last}"),
            Aggregate::Min => format!("the least of {of} over {last}"),
            Aggregate::Max => format!("the greatest of {of} over {last}"),
            Aggregate::Median => format!("the median of {of} over {last}"),
            Aggregate::Stddev => format!("the standard deviation of {of} over {last}"),
            Aggregate::Change => format!("the change of {of} against {} earlier", minutes(over)),
            Aggregate::Percentile(rank) => {
                format!("the {} percentile of {of} over {last}", ordinal(rank))
            }
        }
    }

    /// Says codes: `502, 503 or 5xx`.
    fn codes(&self, selector: &Selector) -> String {
        let mut members: Vec<String> = Vec::new();
        for member in selector {
            let text = match &member.value {
                Codes::Range(first, last) => format!("{first} to {last}"),
                Codes::Name(name) => self.name_of_codes(name),
                codes => codes.to_string(),
            };
            if !members.contains(&text) {
                members.push(text);
            }
        }
        match members.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => members.concat(),
        }
    }

    pub(super) fn codes_named(&self, name: &str) -> Option<&Expr> {
        let (expr, of) = self.names.get(name)?;
        let is_codes = match &expr.value {
            Kind::Selector(_) => true,
            Kind::Name(name) => self.codes_named(name).is_some(),
            _ => false,
        };
        (of == Type::Proportion && is_codes).then_some(expr)
    }

    fn name_of_codes(&self, name: &str) -> String {
        match self.codes_named(name) {
            Some(expr) => match &expr.value {
                Kind::Selector(codes) => format!("`{name}` ({})", self.codes(codes)),
                _ => format!("`{name}` ({expr})"),
            },
            None => format!("`{name}`"),
        }
    }
}

/// Returns the code of a selector of just one: it may be a number beside a number.
pub(super) fn number(selector: &Selector) -> Option<u16> {
    match selector.as_slice() {
        [only] => match only.value {
            Codes::One(code) => Some(code),
            _ => None,
        },
        _ => None,
    }
}

fn last(over: Minutes) -> String {
    match over.get() {
        1 => "the minute".to_owned(),
        60 => "the last hour".to_owned(),
        1440 => "the last day".to_owned(),
        _ => format!("the last {}", minutes(over)),
    }
}

fn ordinal(rank: u8) -> String {
    let end = match (rank % 10, rank % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{rank}{end}")
}
