//! Measured values that must be exactly something.
//!
//! ## What it finds
//!
//! `==` and `!=` between a measured proportion and anything but `0%` and `100%`; and between an
//! average, a burn rate or a quotient and anything but `0`. Counts of one minute can well be
//! exactly something (`requests == 0`).
//!
//! ## Why it matters
//!
//! A proportion is a quotient of two counts and has nine decimals. It is hardly ever exactly
//! 10 %, so `==` practically never holds and `!=` practically always does.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: half-of-it
//!     when: 5xx == 50% given requests >= 50 for 3m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: half-of-it
//!     when: 5xx >= 50% given requests >= 50 for 3m
//! ```

use super::Checked;
use crate::diag::{Code, Diagnostic};
use crate::lang::Names;
use crate::lang::ast::{Aggregate, Comparator, Expr, Kind, Operator};
use crate::lint::conditions::Text;
use crate::lint::measures::{self, Measure};
use crate::unit::Decimal;

pub(super) fn run(_: &Checked<'_>, text: &Text<'_>, found: &mut Vec<Diagnostic>) {
    let parts = text.parts.iter();
    let parts = parts.filter(|part| is_hardly_ever(part, text.names));
    found.extend(parts.map(|part| text.written.relocate(tell(part, text.names))));
}

/// Whether a part is a comparison for equality that hardly ever holds, or hardly ever fails.
pub(super) fn is_hardly_ever(part: &Expr, names: &Names) -> bool {
    let Kind::Comparison(Comparator::Equal | Comparator::NotEqual, ..) = &part.value else {
        return false;
    };
    let sides = measures::sides(part, names);
    let measures: Vec<Measure> = sides
        .iter()
        .flat_map(|side| measures::measures(side, names))
        .collect();
    if measures.is_empty() {
        return false;
    }
    let threshold = measures::level_of(part, false, names);
    let is_number = match &threshold {
        Some(threshold) => threshold.is_number,
        None => sides.iter().any(|side| measures::is_number(side, names)),
    };
    let level = threshold.map(|threshold| threshold.level);
    if is_number {
        let is_fraction = sides.iter().any(|side| is_quotient(side, names))
            || measures.iter().any(|measure| is_averaged(*measure));
        return is_fraction && level != Some(Decimal::ZERO);
    }
    !matches!(level, Some(Decimal::ZERO | Decimal::HUNDRED))
}

fn is_averaged(measure: Measure) -> bool {
    let aggregate = measure.window.map(|(aggregate, _)| aggregate);
    measure.is_proportion() || matches!(aggregate, Some(Aggregate::Avg | Aggregate::Stddev))
}

fn is_quotient(side: &Expr, names: &Names) -> bool {
    let meant = measures::meant(side, names);
    matches!(meant.value, Kind::Arithmetic(Operator::Divide, ..))
}

fn tell(part: &Expr, names: &Names) -> Diagnostic {
    let Kind::Comparison(comparator, ..) = &part.value else {
        return Diagnostic::new(Code::Equality, part.span, "");
    };
    let is_equal = *comparator == Comparator::Equal;
    let message = if is_equal {
        format!("`{part}` hardly ever holds: a measured value is hardly ever exactly that")
    } else {
        format!("`{part}` nearly always holds: a measured value is hardly ever exactly that")
    };
    let found = Diagnostic::new(Code::Equality, part.span, message);
    let Some(threshold) = measures::level_of(part, false, names) else {
        return found.help("write `>=` or `<=`, or compare the difference with a small level");
    };
    let (value, level) = (threshold.measured, threshold.level);
    let unit = if threshold.is_number { "" } else { "%" };
    let Some((low, high)) = around(level, threshold.is_number) else {
        return found.help("write `>=` or `<=`");
    };
    found.help(if is_equal {
        format!(
            "write `{value} >= {level}{unit}`, or a band: `{value} >= {low}{unit} and {value} <= {high}{unit}`"
        )
    } else {
        format!("write what is too much: `{value} < {low}{unit} or {value} > {high}{unit}`")
    })
}

/// Returns a band about a level: a tenth of it, or of what is left to 100 %, to both sides.
fn around(level: Decimal, is_number: bool) -> Option<(Decimal, Decimal)> {
    let room = if is_number {
        level
    } else {
        level.min(Decimal::HUNDRED.checked_sub(level)?)
    };
    let tenth = room.checked_div(Decimal::from_integer(10)?)?;
    if tenth <= Decimal::ZERO {
        return None;
    }
    Some((level.checked_sub(tenth)?, level.checked_add(tenth)?))
}
