//! Mistakes around `no data`, `no traffic` and `not`.

use super::operand::begins_operand;
use super::{Found, Refusal, certain, is_comparator};
use crate::diag::{Span, changes};
use crate::lang::parse::draft::Edit;
use crate::lang::parse::token::Shape;
use crate::lang::words;

pub(super) fn explain(refusal: &Refusal<'_>) -> Option<Found> {
    without_no(refusal)
        .or_else(|| behind_no(refusal))
        .or_else(|| nearly_not(refusal))
}

/// `data for 10m`, `o data`, `on data`: of `no` a letter is lost, or all of it.
fn without_no(refusal: &Refusal<'_>) -> Option<Found> {
    let is_absence = |word: &str| matches!(word, "data" | "traffic");
    // `on` is refused itself where a condition begins.
    let behind = isize::from(refusal.word(0)? == "on");
    let word = refusal.word(behind).filter(|word| is_absence(word))?;
    // `traffic >= 50` is about requests.
    let is_value = |next: &str| is_comparator(next) || matches!(next, "over" | "offset");
    if refusal.word(behind + 1).is_some_and(is_value) {
        return None;
    }
    let message = format!("before `{word}` stands `no`");
    let meant = format!("no {word}");
    if refusal.begins_condition(behind) {
        let fault = refusal
            .fault(behind, message)
            .help(format!("write `{meant}`"));
        let mend = Edit::insert(refusal.span(behind).start(), "no ");
        // `not data` has a word too few or a letter too many.
        if refusal.word(behind - 1) == Some("not") {
            return Some((fault, Some(mend)));
        }
        // Behind another condition it may be meant that there is some: `until data for 5m`.
        let is_all = behind == 1 || refusal.at == 0;
        let help = format!("write `{meant}`, or `not {meant}` if there must be some");
        return Some(if is_all {
            (fault, Some(mend.certain()))
        } else {
            (fault.help(help), Some(mend))
        });
    }
    let slip = refusal.word(behind - 1)?;
    if changes(slip, "no", 1).is_none() || !refusal.begins_condition(behind - 1) {
        return None;
    }
    let mut fault = refusal.fault(behind - 1, message);
    let span = refusal.span(behind - 1);
    fault.primary.span = span.to(refusal.span(behind));
    let mend = Edit::replace(span, "no");
    Some(certain((
        fault.help(format!("write `{meant}`")),
        Some(mend),
    )))
}

/// `no thing`
fn behind_no(refusal: &Refusal<'_>) -> Option<Found> {
    if refusal.word(-1)? != "no" {
        return None;
    }
    let message = "after `no` stands `data` or `traffic`";
    // `no-data`
    let joined = refusal.word(1).filter(|_| refusal.word(0) == Some("-"));
    if let Some(word) = joined.filter(|word| matches!(*word, "data" | "traffic")) {
        let span = Span::new(refusal.span(0).start(), refusal.span(1).end());
        let mut fault = refusal.fault(0, message).help(format!("write `no {word}`"));
        fault.primary.span = span;
        let mend = Edit::replace(span, format!(" {word}")).certain();
        return Some((fault, Some(mend)));
    }
    let near = refusal
        .word(0)
        .and_then(|word| words::nearest(word, ["data", "traffic"]));
    if let Some(meant) = near {
        return Some(refusal.instead(0, message, meant));
    }
    let word = refusal.token(0).filter(|token| token.shape == Shape::Word);
    let mend = word.map(|token| Edit::replace(token.span, "data"));
    let help = "write `no data` (nothing came) or `no traffic` (no responses)";
    Some((refusal.fault(0, message).help(help), mend))
}

/// `ot 2xx > 50%`: without the word the condition would be turned into its opposite.
fn nearly_not(refusal: &Refusal<'_>) -> Option<Found> {
    let written = refusal.word(-1).filter(|word| words::is_name(word))?;
    let word = refusal.word(0)?;
    if changes(written, "not", 1).is_none()
        || !refusal.begins_condition(-1)
        || !begins_operand(word, refusal.shape(0))
    {
        return None;
    }
    let last = refusal.on_to(refusal.at + 1, |_| false);
    let mut held = (refusal.at + 1..=last).map(|at| refusal.text_of(at));
    // `nt(5xx over 5m)` is a function that there is not.
    if word == "(" && !held.any(is_comparator) {
        return None;
    }
    let message = format!("`{written}` is no word of the language");
    Some(refusal.perhaps(-1, message, "not"))
}
