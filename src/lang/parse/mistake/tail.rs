//! Mistakes around `for`, `given` and `until`.

use super::{Found, Refusal, duration, ends_comparison, ends_condition, is_comparator};
use crate::diag::{Diagnostic, Span};
use crate::lang::parse::draft::Edit;
use crate::lang::parse::token::Shape;

pub(super) fn explain(refusal: &Refusal<'_>) -> Option<Found> {
    twice(refusal)
        .or_else(|| duration::explain(refusal))
        .or_else(|| behind_for(refusal))
        .or_else(|| chain(refusal))
        .or_else(|| over_outside(refusal))
}

/// A second `given`, `until` or `offset`.
fn twice(refusal: &Refusal<'_>) -> Option<Found> {
    let word = refusal.word(0)?;
    let stands_once = match word {
        "given" => refusal.back_to(|word| matches!(word, "for" | "given" | "until")),
        "until" => refusal.back_to(|word| word == "until"),
        "offset" if refusal.shape(-1) == Some(Shape::Duration) => refusal.at.checked_sub(1)?,
        _ => return None,
    };
    if refusal.text_of(stands_once.checked_sub(1)?) != word {
        return None;
    }
    let fault = refusal.fault(0, format!("`{word}` stands once"));
    Some(match word {
        "given" => second_condition(refusal).unwrap_or_else(|| second_guard(refusal, fault)),
        "until" => second_until(refusal, fault, stands_once),
        _ => (fault.help("add up the two durations"), None),
    })
}

/// `… given … and … given …`: the second may belong to a condition of its own.
fn second_condition(refusal: &Refusal<'_>) -> Option<Found> {
    let joint = refusal.back_to(|word| matches!(word, "and" | "or" | "given"));
    let joint = joint.checked_sub(1)?;
    let word = refusal.text_of(joint);
    if word == "given" {
        return None;
    }
    let first = refusal.back_to(|word| word == "until");
    let last = refusal.on_to(refusal.at, |word| matches!(word, "for" | "until" | "on"));
    let span = refusal.tokens.get(first)?.span;
    let span = span.to(refusal.tokens.get(last)?.span);
    let meant = format!(
        "({}) {word} ({})",
        refusal.piece(first, joint.checked_sub(1)?),
        refusal.piece(joint + 1, last)
    );
    let message = format!("`given` ends a condition: parentheses are missing before `{word}`");
    let fault = refusal.fault(0, message).help(format!("write `{meant}`"));
    Some((fault, Some(Edit::replace(span, meant))))
}

/// `… given … given …`: one more guard.
fn second_guard(refusal: &Refusal<'_>, fault: Diagnostic) -> Found {
    let fault = fault.help("join what must be so with `and`");
    let joined = Edit::replace(refusal.span(0), "and");
    let behind = refusal.on_to(refusal.at + 1, |word| word == "or" || ends_condition(word)) + 1;
    // What `or` joined to the second guard would be joined to both.
    let is_whole = refusal.text_of(behind) != "or";
    (
        fault,
        Some(if is_whole { joined.certain() } else { joined }),
    )
}

/// `… until … until …`, of which the first begins with the token `first`.
fn second_until(refusal: &Refusal<'_>, fault: Diagnostic, first: usize) -> Found {
    let last = refusal.on_to(refusal.at + 1, |word| matches!(word, "until" | "on"));
    let sides = [
        (first, refusal.at.saturating_sub(1)),
        (refusal.at + 1, last),
    ];
    let [one, other] = sides.map(|(first, last)| {
        let written = refusal.piece(first, last);
        let mut words = (first..=last).map(|at| refusal.text_of(at));
        if words.any(|word| word == "or" || ends_condition(word)) {
            format!("({written})")
        } else {
            written.to_owned()
        }
    });
    if one.is_empty() || other.is_empty() {
        return (fault.help("join when it resolves with `and` or `or`"), None);
    }
    let fault = fault.help(format!(
        "write `until {one} and {other}` if both must be so, or `until {one} or {other}`"
    ));
    let begin = refusal.tokens.get(first).map(|token| token.span.start());
    let end = refusal.tokens.get(last).map(|token| token.span.end());
    let mend = begin
        .zip(end)
        .map(|(begin, end)| Edit::replace(Span::new(begin, end), format!("{one} and {other}")));
    (fault, mend)
}

/// `… for 3m and …`, `… for 3m given …`
fn behind_for(refusal: &Refusal<'_>) -> Option<Found> {
    let word = refusal.word(0)?;
    let start = refusal.back_to(|word| word == "for");
    let hold_start = start.checked_sub(1)?;
    let is_hold = refusal.text_of(hold_start) == "for"
        && matches!(refusal.at - start, 1 | 3)
        && refusal.shape(-1) == Some(Shape::Duration);
    if !is_hold || !matches!(word, "and" | "or" | "given" | "for") {
        return None;
    }
    let outer = Refusal {
        at: hold_start,
        ..*refusal
    };
    let first = outer.back_to(|word| word == "until");
    let held = refusal.piece(first, refusal.at - 1);
    let first_at = refusal.tokens.get(first)?.span.start();
    if word == "given" {
        let end = refusal.on_to(refusal.at, |word| matches!(word, "for" | "until" | "on"));
        let (guard, hold) = (
            refusal.piece(refusal.at, end),
            refusal.piece(hold_start, refusal.at - 1),
        );
        let span = Span::new(
            refusal.tokens[hold_start].span.start(),
            refusal.tokens[end].span.end(),
        );
        let fault = refusal.fault(0, "`given` comes before `for`");
        let meant = format!("{guard} {hold}");
        let fault = fault.help(format!("write `{meant}`"));
        let mend = Edit::replace(span, meant);
        // What is joined to the guard may be a condition of its own.
        let joint = refusal.on_to(refusal.at + 1, |word| {
            matches!(word, "and" | "or" | "given")
        });
        let is_plain = end <= joint && refusal.text_of(end + 1) != "for";
        return Some((fault, Some(if is_plain { mend.certain() } else { mend })));
    }
    if word == "for"
        && let Some(found) = hold_behind_until(refusal, first)
    {
        return Some(found);
    }
    let message = format!("`for` ends a condition: parentheses are missing before `{word}`");
    let last = refusal.on_to(refusal.at, |word| matches!(word, "until" | "on"));
    let words = (refusal.at + 1..=last).map(|at| refusal.text_of(at));
    let is_held = words.clone().any(|word| word == "for");
    let is_joined = words.into_iter().any(|word| matches!(word, "and" | "or"));
    // What is held on the other side is a condition of its own as well.
    let rest = if is_held && !is_joined {
        format!("{word} ({})", refusal.piece(refusal.at + 1, last))
    } else {
        refusal.piece(refusal.at, last).to_owned()
    };
    let fault = refusal
        .fault(0, message)
        .help(format!("write `({held}) {rest}`"));
    let meant = if is_held && !is_joined {
        let span = Span::new(first_at, refusal.tokens.get(last)?.span.end());
        Edit::replace(span, format!("({held}) {rest}"))
    } else {
        let span = Span::new(first_at, refusal.span(-1).end());
        Edit::replace(span, format!("({held})"))
    };
    Some((fault, Some(meant)))
}

/// `5xx > 10% until 5xx < 5% for 5m for 3m`: the second hold is that of the condition, which
/// stands before `until`; `first` is the token behind that.
fn hold_behind_until(refusal: &Refusal<'_>, first: usize) -> Option<Found> {
    let until = first.checked_sub(1)?;
    if refusal.text_of(until) != "until" {
        return None;
    }
    let outer = Refusal {
        at: until,
        ..*refusal
    };
    let is_bare = outer.back_to(|word| matches!(word, "for" | "or")) == 0;
    let last = refusal.on_to(refusal.at + 1, |word| {
        matches!(word, "until" | "on" | "for")
    });
    let is_hold = refusal.shape(1) == Some(Shape::Duration) || refusal.word(2) == Some("of");
    if !is_bare || !is_hold {
        return None;
    }
    let condition = refusal.piece(0, until.checked_sub(1)?);
    let hold = refusal.piece(refusal.at, last);
    let until = refusal.piece(until, refusal.at.checked_sub(1)?);
    let meant = format!("{condition} {hold} {until}");
    let message = "the hold of the condition stands before `until`";
    let fault = refusal.fault(0, message).help(format!("write `{meant}`"));
    let span = Span::new(
        refusal.tokens.first()?.span.start(),
        refusal.tokens.get(last)?.span.end(),
    );
    Some((fault, Some(Edit::replace(span, meant))))
}

/// `1% < 5xx < 5%`
fn chain(refusal: &Refusal<'_>) -> Option<Found> {
    let second = refusal.word(0).filter(|word| is_comparator(word))?;
    let first = refusal.back_to(ends_comparison);
    let ends_side = |word: &str| is_comparator(word) || ends_comparison(word);
    let (middle, last) = (
        refusal.back_to(ends_side),
        refusal.on_to(refusal.at + 1, ends_side),
    );
    let comparator = refusal.text_of(middle.checked_sub(1)?);
    if !is_comparator(comparator) {
        return None;
    }
    let is_level = refusal.is_level(middle, refusal.at.checked_sub(1)?);
    // In `5xx > 4xx + requests > 50` the `+` may be an `and`.
    let is_band =
        refusal.is_level(first, middle.saturating_sub(2)) && refusal.is_level(refusal.at + 1, last);
    let middle = refusal.piece(middle, refusal.at.checked_sub(1)?);
    let (left, right) = (
        refusal.piece(first, refusal.at - 1),
        refusal.piece(refusal.at + 1, last),
    );
    if middle.is_empty() || right.is_empty() {
        return None;
    }
    let fault = refusal.fault(0, "comparisons do not chain");
    let joined = Edit::insert(refusal.span(0).start(), format!("and {middle} "));
    // In `5xx > 1% < 5%` and `5xx > 10% > 5%` it is not the middle that is compared twice.
    if comparator.as_bytes().first() != second.as_bytes().first() || is_level {
        let fault = fault.help("write two comparisons, joined by `and`");
        return Some((fault, Some(joined)));
    }
    let meant = format!("{left} and {middle} {second} {right}");
    if refusal.is_negated(first) {
        let span = refusal.tokens.get(first)?.span;
        let span = span.to(refusal.tokens.get(last)?.span);
        let meant = format!("({meant})");
        let fault = fault.help(format!("write `{meant}`"));
        return Some((fault, Some(Edit::replace(span, meant))));
    }
    let fault = fault.help(format!("write `{meant}`"));
    Some((fault, Some(if is_band { joined.certain() } else { joined })))
}

/// `5xx > 10% over 5m`, `5xx > 10% in the last 5m`
fn over_outside(refusal: &Refusal<'_>) -> Option<Found> {
    let word = refusal.word(0)?;
    let is_foreign = matches!(word, "over" | "in" | "during" | "within" | "since" | "last");
    let more = (1..3).take_while(|offset| {
        let word = refusal.word(*offset);
        word.is_some_and(|word| matches!(word, "the" | "last" | "past"))
    });
    let last = isize::try_from(more.count()).ok()?;
    let duration = refusal
        .word(last + 1)
        .filter(|_| refusal.shape(last + 1) == Some(Shape::Duration))?;
    if !is_foreign || refusal.opening().is_some() {
        return None;
    }
    let message = if word == "over" {
        "`over` stands in a window, such as `avg(5xx over 5m)`".to_owned()
    } else {
        format!("`{word}` is no word of the language")
    };
    let fault = refusal.fault(0, message);
    let fault = fault.help(format!(
        "to hold a condition for a time, write `for {duration}`"
    ));
    let span = refusal.span(0).to(refusal.span(last));
    Some((fault, Some(Edit::replace(span, "for"))))
}
