//! A comparison of one quantity with a number, in words.

use super::asked::Asked;
use super::decide::Leaf;
use super::form::{ONE, Quantity};
use super::prover::Prover;
use super::simplex::Side;
use crate::lang::ast::{Comparator, Expr, Kind};
use crate::unit::{Decimal, StatusSet};

/// A demand on one quantity: how it stands to a number.
pub(super) struct Bound {
    pub(super) subject: String,
    /// The subject where it is told beside it when that is.
    pub(super) then: String,
    pub(super) comparator: Comparator,
    /// In units, or counts.
    pub(super) value: i128,
    /// `20%`, `50`.
    pub(super) number: String,
    pub(super) quantity: Quantity,
    pub(super) back: u32,
    /// When it is so, where others are so at other times.
    pub(super) when: Option<String>,
}

impl Bound {
    /// Returns on which side of the quantity the bound is, if it is on one.
    pub(super) fn side(&self) -> Option<Side> {
        match self.comparator {
            Comparator::Greater | Comparator::GreaterOrEqual => Some(Side::Low),
            Comparator::Less | Comparator::LessOrEqual => Some(Side::High),
            Comparator::Equal | Comparator::NotEqual => None,
        }
    }

    /// Whether both are proportions of one whole.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        match (&self.quantity, &other.quantity) {
            (Quantity::Proportion(a, _), Quantity::Proportion(b, _)) => {
                a == b && (self.back == other.back || self.when.is_some())
            }
            _ => false,
        }
    }

    pub(super) fn codes(&self) -> StatusSet {
        match self.quantity {
            Quantity::Proportion(_, codes) => codes,
            _ => StatusSet::EMPTY,
        }
    }

    pub(super) fn text(&self) -> String {
        let when = self.spaced_when();
        format!("{} {} {}{when}", self.subject, self.comparator, self.number)
    }

    fn spaced_when(&self) -> String {
        let when = self.when.as_ref();
        when.map_or_else(String::new, |when| format!(" {when}"))
    }

    pub(super) fn phrase(&self) -> String {
        let number = &self.number;
        let how = match self.comparator {
            Comparator::Greater => format!("above {number}"),
            Comparator::GreaterOrEqual => format!("at least {number}"),
            Comparator::Less => format!("below {number}"),
            Comparator::LessOrEqual => format!("at most {number}"),
            Comparator::Equal => format!("exactly {number}"),
            Comparator::NotEqual => format!("other than {number}"),
        };
        how + &self.spaced_when()
    }
}

/// Returns the bound that a comparison of one quantity is.
pub(super) fn bound(prover: &mut Prover<'_>, leaf: &Leaf<'_>, asked: Asked) -> Option<Bound> {
    let Kind::Comparison(written, left, right) = &leaf.expr.value else {
        return None;
    };
    // How fast a budget is spent is a number, also where it is a proportion divided by 1 %.
    let mut sides = [left, right].into_iter();
    if sides.any(|side| matches!(side.value, Kind::Burn { .. })) {
        return None;
    }
    let form = prover.form(leaf.node);
    let [term] = form.linear.terms.as_slice() else {
        return None;
    };
    let quantity = prover.quantity(term.of).clone();
    let (unit, scale) = match quantity {
        Quantity::Proportion(..) => ("%", 1),
        Quantity::Count(_) => ("", ONE),
        _ => return None,
    };
    if term.factor.abs() != scale || form.linear.constant % scale != 0 && scale != 1 {
        return None;
    }
    let is_turned = term.factor < 0;
    let comparator = match asked {
        Asked::True | Asked::NotFalse => *written,
        Asked::False | Asked::NotTrue => written.opposite(),
    };
    let value = form.linear.constant * if is_turned { 1 } else { -1 };
    let number = Decimal::from_wide_units(value)?;
    let side = if is_turned { right } else { left };
    let subject = subject(side, [left, right])?;
    let then = match &subject.value {
        Kind::Offset(of, _) => of,
        _ => subject,
    };
    Some(Bound {
        subject: subject.to_string(),
        then: then.to_string(),
        comparator: if is_turned {
            comparator.mirrored()
        } else {
            comparator
        },
        value: value / scale,
        number: format!("{number}{unit}"),
        quantity,
        back: term.back,
        when: None,
    })
}

/// Returns what a comparison of one quantity is about: the quantity as it is written, without the numbers that are
/// added to it on either side.
fn subject<'e>(side: &'e Expr, sides: [&'e Expr; 2]) -> Option<&'e Expr> {
    let is_sum = matches!(
        side.value,
        Kind::Proportion(_) | Kind::Number(_) | Kind::Negative(_) | Kind::Arithmetic(..)
    );
    if !is_sum {
        return Some(side);
    }
    let (mut open, mut found) = (Vec::from(sides), None);
    while let Some(expr) = open.pop() {
        match &expr.value {
            Kind::Proportion(_) | Kind::Number(_) => {}
            Kind::Negative(_) | Kind::Arithmetic(..) => open.extend(expr.operands()),
            _ if found.is_none() => found = Some(expr),
            _ => return None,
        }
    }
    found
}
