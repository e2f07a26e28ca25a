//! What people write who speak of conditions, or come from another language: each phrase is told
//! once, as a whole.

use super::{
    Found, Refusal, certain, ends_comparison, ends_condition, fleet, is_comparator, is_operator,
};
use crate::diag::{Code, Diagnostic, Span, changes};
use crate::lang::parse::draft::Edit;
use crate::lang::parse::token::Shape;
use crate::lang::words;

pub(super) fn explain(refusal: &Refusal<'_>) -> Option<Found> {
    phrase(refusal)
        .or_else(|| out_of(refusal))
        .or_else(|| between(refusal))
        .or_else(|| second_bound(refusal))
        .or_else(|| unless(refusal))
        .or_else(|| plus(refusal))
        .or_else(|| value_over(refusal))
        .or_else(|| absent(refusal))
        .or_else(|| count(refusal))
}

/// `is above`, `is greater than`, `at least`
fn phrase(refusal: &Refusal<'_>) -> Option<Found> {
    let words: Vec<&str> = (0..4).map_while(|offset| refusal.word(offset)).collect();
    let verbs = usize::from(matches!(words.first(), Some(&("is" | "are"))));
    let (sign, more) = match words.get(verbs..)? {
        ["at", "least", ..] => (">=", 2),
        ["at", "most", ..] => ("<=", 2),
        [word, "than", ..] => (compared(word)?, 2),
        ["above" | "over", ..] if verbs == 1 => (">", 1),
        ["below" | "under", ..] if verbs == 1 => ("<", 1),
        _ => return None,
    };
    let last = isize::try_from(verbs + more - 1).ok()?;
    let is_value = matches!(
        refusal.shape(last + 1)?,
        Shape::Integer | Shape::Number | Shape::Proportion | Shape::Class
    );
    // `at least 3 domains`, `at most 50% of domains`
    let mut behind = [2, 3]
        .into_iter()
        .filter_map(|more| refusal.word(last + more));
    let is_fleet = behind.any(fleet::is_domains);
    if !is_value || is_fleet || refusal.word(-1) == Some("on") {
        return None;
    }
    let span = refusal.span(0).to(refusal.span(last));
    let written = refusal.text.get(span.range())?;
    Some(certain(whole(
        span,
        format!("`{written}` is written `{sign}` here"),
        sign,
    )))
}

fn compared(word: &str) -> Option<&'static str> {
    match word {
        "greater" | "more" | "higher" | "larger" | "bigger" => Some(">"),
        "less" | "lower" | "fewer" | "smaller" => Some("<"),
        _ => None,
    }
}

/// `3 out of 5m`, `3 in 5m`, `3/5m`
fn out_of(refusal: &Refusal<'_>) -> Option<Found> {
    let is_count = refusal.word(-2)? == "for" && refusal.shape(-1) == Some(Shape::Integer);
    let last = match (refusal.word(0)?, refusal.word(1)?) {
        ("out", "of") => 1,
        ("/" | "in" | "within", _) => 0,
        // `6 o 15m`, `3 fo 5m`
        (word, _) if changes(word, "of", 1).is_some() && !words::is_word(word) => 0,
        _ => return None,
    };
    if !is_count || refusal.shape(last + 1) != Some(Shape::Duration) {
        return None;
    }
    let (count, time) = (refusal.word(-1)?, refusal.word(last + 1)?);
    let message = "so many minutes of a time are written with `of`";
    let span = refusal.span(-1).to(refusal.span(last + 1));
    Some(certain(whole(span, message, &format!("{count} of {time}"))))
}

/// `5xx between 1% and 5%`, `5xx in 1%..5%`, `5xx in (1%, 5%)`
fn between(refusal: &Refusal<'_>) -> Option<Found> {
    let is_level = |offset| {
        let shape = refusal.shape(offset);
        matches!(
            shape,
            Some(Shape::Integer | Shape::Number | Shape::Proportion)
        )
    };
    let words = (0..6).map(|offset| refusal.word(offset));
    let words: Vec<&str> = words.map(Option::unwrap_or_default).collect();
    let (low, high, last) = match words.as_slice() {
        ["between", _, "and", ..] | ["in", _, "..", ..] => (1, 3, 3),
        ["in", "(", _, "," | "..", _, ")"] => (2, 4, 5),
        _ => return None,
    };
    if !is_level(low) || !is_level(high) {
        return None;
    }
    let first = refusal.back_to(ends_comparison);
    let value = refusal.piece(first, refusal.at.checked_sub(1)?);
    let (low, high) = (refusal.word(low)?, refusal.word(high)?);
    if value.is_empty() {
        return None;
    }
    let span = refusal.tokens.get(first)?.span.to(refusal.span(last));
    let mut meant = format!("{value} >= {low} and {value} <= {high}");
    if refusal.is_negated(first) {
        meant = format!("({meant})");
    }
    Some(whole(span, "a band is two comparisons", &meant))
}

/// `5xx >= 10% and <= 20%`
fn second_bound(refusal: &Refusal<'_>) -> Option<Found> {
    let sign = refusal.word(0).filter(|word| is_comparator(word))?;
    let joint = refusal
        .word(-1)
        .filter(|word| matches!(*word, "and" | "or"))?;
    let before = Refusal {
        at: refusal.at.checked_sub(1)?,
        ..*refusal
    };
    let first = before.back_to(ends_comparison);
    let left = refusal.on_to(first, is_comparator);
    let (right, end) = (left + 2, before.at.checked_sub(1)?);
    if end < right {
        return None;
    }
    // `1% <= 5xx and <= 5%`
    let is_turned = refusal.is_level(first, left) && !refusal.is_level(right, end);
    let value = if is_turned {
        refusal.piece(right, end)
    } else {
        refusal.piece(first, left)
    };
    if value.is_empty() {
        return None;
    }
    let message = format!("behind `{joint}` it does not say what is compared");
    if refusal.is_negated(first) {
        let last = refusal.on_to(refusal.at + 1, |word| {
            is_comparator(word) || ends_comparison(word)
        });
        let (bound, level) = (
            refusal.piece(first, before.at),
            refusal.piece(refusal.at + 1, last),
        );
        let span = refusal.tokens.get(first)?.span;
        let span = span.to(refusal.tokens.get(last)?.span);
        let meant = format!("({bound} {value} {sign} {level})");
        return Some(whole(span, message, &meant));
    }
    let fault = refusal
        .fault(0, message)
        .help(format!("write `{value} {sign} …`"));
    let bound = Edit::insert(refusal.span(0).start(), format!("{value} "));
    // In `5xx > 10% or > 20%` another value may be lost: nobody asks twice for the same side.
    let is_band = refusal.text_of(left + 1).as_bytes().first() != sign.as_bytes().first();
    let is_band = is_band != is_turned;
    Some((fault, Some(if is_band { bound.certain() } else { bound })))
}

/// `unless requests < 50`, `unless no data and 4xx > 1%`
fn unless(refusal: &Refusal<'_>) -> Option<Found> {
    let hold = refusal.back_to(|word| word == "for").checked_sub(1);
    let is_held = hold.is_some_and(|at| refusal.text_of(at) == "for");
    if refusal.word(0)? != "unless" {
        return None;
    }
    if is_held {
        return unless_behind_hold(refusal);
    }
    let last = refusal.on_to(refusal.at + 1, ends_condition);
    let joint = refusal.on_to(refusal.at + 1, |word| matches!(word, "and" | "or"));
    if joint < last {
        let fault = refusal.fault(0, "`unless` is no word of the language");
        let meant = format!("and not ({})", refusal.piece(refusal.at + 1, last));
        let span = refusal.span(0).to(refusal.tokens.get(last)?.span);
        let fault = fault.help(format!("write `{meant}`"));
        return Some((fault, Some(Edit::replace(span, meant))));
    }
    let value = refusal.word(1).filter(|word| *word == "requests")?;
    let sign = match refusal.word(2)? {
        "<" => ">=",
        "<=" => ">",
        _ => return None,
    };
    let level = refusal.word(3)?;
    let is_level = matches!(refusal.shape(3), Some(Shape::Integer | Shape::Number));
    let behind = refusal.word(4);
    let is_whole = behind.is_none_or(|word| matches!(word, "for" | "until" | "on"));
    if !is_level || !is_whole {
        return None;
    }
    let span = refusal.span(0).to(refusal.span(3));
    let message = "when it can be judged is said by `given`";
    let meant = format!("given {value} {sign} {level}");
    Some(certain(whole(span, message, &meant)))
}

/// `5xx > 10% for 3m unless requests < 50`
fn unless_behind_hold(refusal: &Refusal<'_>) -> Option<Found> {
    let last = refusal.on_to(refusal.at + 1, |word| matches!(word, "until" | "on"));
    let held = refusal.piece(0, refusal.at.checked_sub(1)?);
    let other = refusal.piece(refusal.at + 1, last);
    let is_bare = refusal.back_to(|word| matches!(word, "and" | "or" | "until" | "on")) == 0;
    let is_once = refusal.on_to(refusal.at + 1, |word| word == "unless") >= last;
    if !is_bare || !is_once || other.is_empty() {
        return None;
    }
    let is_joint = |word: &str| matches!(word, "and" | "or" | "for" | "given");
    let joint = refusal.on_to(refusal.at + 1, is_joint);
    let other = if joint < last {
        format!("({other})")
    } else {
        other.to_owned()
    };
    let meant = format!("({held}) and not {other}");
    let span = refusal.tokens.first()?.span;
    let span = span.to(refusal.tokens.get(last)?.span);
    Some(whole(span, "`unless` is no word of the language", &meant))
}

/// `5xx > +10%`
fn plus(refusal: &Refusal<'_>) -> Option<Found> {
    let level = refusal.word(1).filter(|_| refusal.word(0) == Some("+"))?;
    let is_level = matches!(
        refusal.shape(1),
        Some(Shape::Integer | Shape::Number | Shape::Proportion)
    );
    let begins = refusal
        .word(-1)
        .is_none_or(|word| is_comparator(word) || word == "(" || ends_comparison(word));
    if !is_level || !begins {
        return None;
    }
    let span = refusal.span(0).to(refusal.span(1));
    Some(certain(whole(span, "no `+` stands before a number", level)))
}

/// `5xx over 5m > 10%`
fn value_over(refusal: &Refusal<'_>) -> Option<Found> {
    let goes_on = |word: &str| is_comparator(word) || is_operator(word);
    let is_window = refusal.word(0)? == "over" && refusal.shape(1) == Some(Shape::Duration);
    if !is_window || !refusal.word(2).is_some_and(goes_on) || refusal.opening().is_some() {
        return None;
    }
    let first = refusal.back_to(|word| goes_on(word) || ends_comparison(word));
    let (value, time) = (
        refusal.piece(first, refusal.at.checked_sub(1)?),
        refusal.word(1)?,
    );
    if value.is_empty() {
        return None;
    }
    let span = refusal.tokens.get(first)?.span.to(refusal.span(1));
    let message = "a value over a time is that of a function, such as `avg`";
    Some(whole(span, message, &format!("avg({value} over {time})")))
}

/// `absent(requests)`
fn absent(refusal: &Refusal<'_>) -> Option<Found> {
    let name = refusal.word(-1)?;
    if refusal.word(0)? != "(" || !matches!(name, "absent" | "absent_over_time") {
        return None;
    }
    let close = refusal.on_to(refusal.at + 1, |_| false) + 1;
    let last = refusal.tokens.get(close)?;
    let fault = Diagnostic {
        code: Code::UnknownName,
        ..refusal.fault(-1, format!("there is no function `{name}`"))
    };
    let fault = fault.help("that nothing came is a condition of its own: write `no data for 10m`");
    let span = refusal.span(-1).to(last.span);
    Some((fault, Some(Edit::replace(span, "no data"))))
}

/// `count(…)`
fn count(refusal: &Refusal<'_>) -> Option<Found> {
    let name = refusal.word(-1)?;
    if refusal.word(0)? != "(" || !matches!(name, "count" | "count_over_time") {
        return None;
    }
    let fault = Diagnostic {
        code: Code::UnknownName,
        ..refusal.fault(-1, format!("there is no function `{name}`"))
    };
    let help =
        "responses are counted by `requests(5xx)`, and bad minutes by `5xx > 10% for 3 of 5m`";
    let close = refusal.on_to(refusal.at + 1, |_| false) + 1;
    let span = refusal.span(-1).to(refusal.tokens.get(close)?.span);
    Some((fault.help(help), Some(Edit::replace(span, "requests"))))
}

/// A mistake of several tokens that another text in their place mends.
fn whole(span: Span, message: impl Into<String>, meant: &str) -> Found {
    let fault = Diagnostic::new(Code::Syntax, span, message).help(format!("write `{meant}`"));
    (fault, Some(Edit::replace(span, meant)))
}
