//! What was meant by a product or a quotient: a part of a whole.

use super::advice::plain;
use super::names::Names;
use crate::diag::Spanned;
use crate::lang::ast::{Aggregate, Expr, Kind, Operator};
use crate::unit::Decimal;

/// Returns what to write for `20% * avg(requests over 5m)`: a fifth of the number.
pub(super) fn factor(proportion: &Expr) -> Option<String> {
    let Kind::Arithmetic(Operator::Multiply, a, b) = &proportion.value else {
        return None;
    };
    let (part, of) = match (&a.value, &b.value) {
        (Kind::Proportion(part), _) => (*part, b),
        (_, Kind::Proportion(part)) => (*part, a),
        _ => return None,
    };
    let factor = plain(part.checked_div(Decimal::HUNDRED)?);
    Some(format!(
        "a part of a number is written as a factor: write `{factor} * {of}`"
    ))
}

/// Returns what to write in the definition of a name that is `502/503`.
pub(super) fn divided_name(number: &Expr, names: &Names) -> Option<String> {
    let Kind::Name(name) = &number.value else {
        return None;
    };
    let codes = divided_codes(names.get(name)?.0)?;
    Some(format!(
        "`{name}` divides one proportion by the other: for all codes together write `{name}: {codes}` under `let:`"
    ))
}

/// Returns the codes of `502/503/504` as they are joined.
pub(super) fn divided_codes(expr: &Expr) -> Option<String> {
    let mut codes = Vec::new();
    let mut rest = expr;
    while let Kind::Arithmetic(Operator::Divide, part, by) = &rest.value {
        codes.push(by.one_code()?.to_string());
        rest = part;
    }
    codes.push(rest.one_code()?.to_string());
    codes.reverse();
    (1 < codes.len()).then(|| codes.join("|"))
}

/// Returns the proportion that a quotient of responses is: `requests(5xx) / requests` is `5xx`, and
/// of sums over one window it is a `share`.
pub(super) fn proportion_of(part: &Expr, whole: &Expr) -> Option<Expr> {
    let codes = |of: &Expr| match &of.value {
        Kind::Requests(codes) => Some(codes.clone()),
        _ => None,
    };
    let summed = |of: &Expr| match &of.value {
        Kind::Window {
            aggregate: Aggregate::Sum | Aggregate::Avg,
            of,
            over,
        } => Some((codes(of)?, *over)),
        _ => None,
    };
    let span = part.span;
    if let (Some(Some(codes)), Some(None)) = (codes(part), codes(whole)) {
        let value = Kind::Selector(codes);
        return Some(Expr { value, span });
    }
    let ((codes, over), (None, other)) = (summed(part)?, summed(whole)?) else {
        return None;
    };
    let codes = Box::new(Spanned {
        value: codes?,
        span,
    });
    let value = Kind::Share { codes, over };
    (over == other).then_some(Expr { value, span })
}
