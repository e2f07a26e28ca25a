//! Mistakes in `on at least … domains`, and behind it.

use super::{Found, Refusal};
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::parse::draft::Edit;
use crate::lang::parse::token::Shape;

pub(super) fn explain(refusal: &Refusal<'_>) -> Option<Found> {
    not_last(refusal).or_else(|| malformed(refusal))
}

/// `… on at least 2 domains until …`: the clause is moved to the end.
fn not_last(refusal: &Refusal<'_>) -> Option<Found> {
    let word = refusal.word(0)?;
    if refusal.word(-1)? != "domains" || !matches!(word, "until" | "for" | "given" | "and" | "or") {
        return None;
    }
    let on = last_on(refusal)?;
    let end = refusal.tokens.len() - 1;
    let clause = refusal.piece(on, refusal.at - 1);
    let rest = refusal.piece(refusal.at, end);
    let span = Span::new(refusal.tokens[on].span.start, refusal.tokens[end].span.end);
    let meant = format!("{rest} {clause}");
    let fault = Diagnostic::new(
        Code::Syntax,
        Span::new(refusal.tokens[on].span.start, refusal.span(-1).end),
        "`on … domains` comes last in a rule",
    );
    Some((
        fault.help(format!("write `{meant}`")),
        Some(Edit::replace(span, meant).certain()),
    ))
}

/// `on 2 domains`, `on at least 50% domains`, `on at least 3`
fn malformed(refusal: &Refusal<'_>) -> Option<Found> {
    let on = last_on(refusal)?;
    let is_clause = |word: &str, shape: Shape| {
        matches!(
            shape,
            Shape::Word | Shape::Integer | Shape::Proportion | Shape::Sign
        ) && !matches!(word, "until" | "for" | "given" | "and" | "or" | "(" | ")")
    };
    let clause: Vec<usize> = (on..refusal.tokens.len())
        .take_while(|index| is_clause(refusal.text_of(*index), refusal.tokens[*index].shape))
        .collect();
    let last = *clause.last()?;
    if refusal.at > last + 1 || refusal.text_of(refusal.at.wrapping_sub(1)) == "domains" {
        return None;
    }
    let span = Span::new(refusal.tokens[on].span.start, refusal.tokens[last].span.end);
    let amount = clause.iter().find_map(|index| {
        let amount = refusal.text_of(*index);
        match refusal.tokens[*index].shape {
            Shape::Integer => Some(format!("on at least {amount} domains")),
            Shape::Proportion => Some(format!("on at least {amount} of domains")),
            _ => None,
        }
    });
    let message = "how many domains is written `on at least …`";
    let fault = Diagnostic::new(Code::Syntax, span, message);
    if let Some(meant) = amount {
        let fault = fault.help(format!("write `{meant}`"));
        return Some((fault, Some(Edit::replace(span, meant).certain())));
    }
    let help = "write `on at least 2 domains` or `on at least 50% of domains`";
    let mend = Edit::guess(span, "on at least 2 domains");
    Some((fault.help(help), Some(mend)))
}

fn last_on(refusal: &Refusal<'_>) -> Option<usize> {
    let end = refusal.tokens.len().min(refusal.at + 1);
    (0..end).rev().find(|index| refusal.text_of(*index) == "on")
}
