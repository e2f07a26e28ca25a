//! Status codes that are plain numbers where they stand, and were hardly meant so: `502 > 10`.

use super::measures::meant;
use crate::lang::Names;
use crate::lang::ast::{Expr, Kind};
use crate::proof::Demand;
use crate::unit::Decimal;

/// How many parts of a condition are looked at, names put in.
const PARTS_MAX: usize = 200;

/// Returns what to write where one of these demands compares a bare status code with a number.
pub(super) fn advice(expr: &Expr, names: &Names, demands: &[Demand]) -> Option<String> {
    let is_demand = |part: &Expr| {
        let text = part.to_string();
        demands.iter().any(|demand| demand.text == text)
    };
    comparisons(expr, names)
        .into_iter()
        .filter(|part| is_demand(part))
        .find_map(instead)
}

/// Returns what to write where a part of a condition compares a bare status code with a number.
pub(super) fn advice_within(expr: &Expr, names: &Names) -> Option<String> {
    comparisons(expr, names).into_iter().find_map(instead)
}

fn comparisons<'e>(expr: &'e Expr, names: &'e Names) -> Vec<&'e Expr> {
    let (mut open, mut found) = (vec![expr], Vec::new());
    for _ in 0..PARTS_MAX {
        let Some(part) = open.pop() else { break };
        let part = meant(part, names);
        match part.value {
            Kind::Comparison(..) => found.push(part),
            _ => open.extend(part.operands().rev()),
        }
    }
    found
}

fn instead(compared: &Expr) -> Option<String> {
    let Kind::Comparison(written, a, b) = &compared.value else {
        return None;
    };
    let (code, level, comparator) = match (a.one_code(), b.one_code()) {
        (Some(code), None) => (code, b, *written),
        (None, Some(code)) => (code, a, written.mirrored()),
        _ => return None,
    };
    let Kind::Number(value) = level.value else {
        return None;
    };
    let mut ways = Vec::new();
    if value <= Decimal::HUNDRED {
        ways.push(format!("`{code} {comparator} {value}%`"));
    }
    let fraction = value.checked_mul(Decimal::HUNDRED);
    if let Some(fraction) = fraction.filter(|_| Decimal::ZERO < value && value < Decimal::ONE) {
        ways.push(format!("`{code} {comparator} {fraction}%`"));
    } else {
        ways.push(format!("`requests({code}) {comparator} {level}` to count"));
    }
    let ways = ways.join(", or ");
    Some(format!(
        "beside `{level}`, a number, `{code}` is a number too; for the status code write {ways}"
    ))
}
