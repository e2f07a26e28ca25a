//! What stands behind its condition, or value, and is said before it.

use super::{Found, Refusal, ends_comparison, is_comparator, is_operator};
use crate::lang::parse::draft::Edit;
use crate::lang::parse::token::Shape;
use crate::lang::parse::{parse_expr, parse_when};

/// `for 3m 5xx > 10%`, `offset 1d requests > 50`: what stands behind its condition, or value, is
/// said before it.
pub(super) fn find(refusal: &Refusal<'_>, word: &str) -> Option<Found> {
    let last = match refusal.shape(1)? {
        Shape::Duration => refusal.at + 1,
        Shape::Integer if word == "for" && refusal.word(2) == Some("of") => refusal.at + 3,
        _ => return None,
    };
    let is_side = matches!(refusal.word(-1), Some("and" | "or" | "not" | "given"));
    let is_joint = |word: &str| matches!(word, "and" | "or");
    let end = refusal.on_to(last + 1, |behind| match word {
        "for" => matches!(behind, "until" | "on" | "for") || is_side && is_joint(behind),
        _ => is_comparator(behind) || is_operator(behind) || ends_comparison(behind),
    });
    let what = refusal.piece(last + 1, end);
    let is_joined = refusal.on_to(last + 1, is_joint) < end;
    let is_guarded = refusal.on_to(last + 1, |word| word == "given") < end;
    let is_time = refusal.tokens.get(last)?.shape == Shape::Duration;
    if !is_time || what.is_empty() || is_joined && is_guarded {
        return None;
    }
    let behind = if word == "for" { "condition" } else { "value" };
    let time = refusal.piece(refusal.at, last);
    let meant = match (word, is_side, is_joined) {
        ("for", true, _) => format!("({what} {time})"),
        ("for", _, true) => format!("({what}) {time}"),
        _ => format!("{what} {time}"),
    };
    let is_comparison = what.contains(['<', '>', '=']);
    if what.contains(word) || word == "offset" && is_comparison {
        // What is read below has no other that is to be turned, so that it is read once.
        return None;
    }
    let (read, faults) = if word == "for" {
        let (when, faults) = parse_when(&meant);
        (when.is_some(), faults)
    } else {
        let (expr, faults) = parse_expr(&meant);
        (expr.is_some(), faults)
    };
    if !read || !faults.is_empty() {
        return None;
    }
    let span = refusal.span(0).to(refusal.tokens.get(end)?.span);
    let mut fault = refusal.fault(0, format!("`{word}` stands behind its {behind}"));
    fault.primary.span = span;
    let fault = fault.help(format!("write `{meant}`"));
    Some((fault, Some(Edit::replace(span, meant))))
}
