//! Mistakes with durations: behind `for`, `over` and `offset`.

use super::{Found, Refusal, certain, ends_comparison, is_comparator, is_operator};
use crate::diag::{Diagnostic, Span};
use crate::lang::parse::draft::Edit;
use crate::lang::parse::numeral;
use crate::lang::parse::token::Shape;
use crate::unit::Minutes;

pub(super) fn explain(refusal: &Refusal<'_>) -> Option<Found> {
    two_times(refusal)
        .or_else(|| times(refusal))
        .or_else(|| no_unit(refusal))
        .or_else(|| no_duration(refusal))
}

/// `for 2 3m`
fn two_times(refusal: &Refusal<'_>) -> Option<Found> {
    let is_pair = refusal.word(-2)? == "for"
        && refusal.shape(-1) == Some(Shape::Integer)
        && refusal.shape(0) == Some(Shape::Duration);
    if !is_pair {
        return None;
    }
    let (count, time) = (refusal.word(-1)?, refusal.word(0)?);
    let message = format!("between `{count}` and `{time}` something is missing");
    let help = format!("write `{count} of {time}` for so many of its minutes, or one duration");
    let mend = Edit::insert(refusal.span(0).start(), "of ");
    Some((refusal.fault(0, message).help(help), Some(mend)))
}

/// `for 3 times`
fn times(refusal: &Refusal<'_>) -> Option<Found> {
    let word = refusal.word(0)?;
    let is_count = refusal.word(-2)? == "for" && refusal.shape(-1) == Some(Shape::Integer);
    let is_times = matches!(word, "times" | "periods" | "samples" | "consecutive");
    if !is_count || !is_times || refusal.shape(1) == Some(Shape::Duration) {
        return None;
    }
    let count = refusal.word(-1)?;
    let message =
        format!("`{word}` is no word of the language: conditions are judged by the minute");
    let span = refusal.span(-1).to(refusal.span(0));
    let fault = refusal
        .fault(0, message)
        .help(format!("write `for {count}m` for so many minutes in a row"));
    Some((fault, Some(Edit::replace(span, format!("{count}m")))))
}

/// From how many on a number without a unit may be one of seconds, as other programs have them.
const SECONDS_MIN: u32 = 60;

/// `for 3`, `over 5`, `3 of 5`
fn no_unit(refusal: &Refusal<'_>) -> Option<Found> {
    // `for 3` is refused behind the 3, because `for 3 of 5m` could have followed.
    let offset = [0, -1].into_iter().find(|offset| {
        let is_number = matches!(refusal.shape(*offset), Some(Shape::Integer | Shape::Number));
        let before = refusal.word(offset - 1);
        is_number && matches!(before, Some("for" | "over" | "offset" | "of"))
    })?;
    let written = refusal.word(offset)?;
    let meant = numeral::duration_meant(&format!("{written}m"))?;
    let message = format!("`{written}` has no unit");
    let found = refusal.perhaps(offset, message, &meant);
    let is_whole = refusal.shape(offset) == Some(Shape::Integer);
    // Elsewhere numbers without a unit are seconds.
    if is_whole
        && written.parse().is_ok_and(|count: u32| SECONDS_MIN <= count)
        && let Some(seconds) = numeral::duration_meant(&format!("{written}s"))
    {
        let (fault, mend) = found;
        let help = format!("write `{meant}`, or `{seconds}` if these are seconds");
        return Some((fault.help(help), mend));
    }
    // A hold is of minutes; windows are of hours as often, and offsets of days.
    if let Some("over" | "offset") = refusal.word(offset - 1) {
        let (fault, mend) = found;
        return Some((with_each_unit(fault, written), mend));
    }
    // Half a minute is rounded.
    Some(if is_whole { certain(found) } else { found })
}

/// Says what to write for a number that may have any unit.
fn with_each_unit(fault: Diagnostic, number: &str) -> Diagnostic {
    let meant = ["m", "h", "d"].map(|unit| format!("{number}{unit}"));
    let is_sound = |meant: &String| meant.parse::<Minutes>().is_ok();
    let meant: Vec<String> = meant.into_iter().filter(is_sound).collect();
    match meant.split_last() {
        Some((last, others)) if !others.is_empty() => {
            let others = others.join("`, `");
            fault.help(format!("write `{others}` or `{last}`"))
        }
        _ => fault,
    }
}

/// `for` without a duration; `for 3m of 5m`.
fn no_duration(refusal: &Refusal<'_>) -> Option<Found> {
    if refusal.word(0) == Some("of") && refusal.shape(-1) == Some(Shape::Duration) {
        let written = refusal.word(-1)?;
        let message = "before `of` stands a count of minutes, without a unit";
        let count: String = written.chars().take_while(char::is_ascii_digit).collect();
        let found = refusal.perhaps(-1, message, &count);
        let is_minutes = written == format!("{count}m");
        return Some(if is_minutes { certain(found) } else { found });
    }
    let word = refusal.word(-1)?;
    // `for the last 5m`, `for at least 5m`, `for >= 5m`, `offset -1d`
    let is_time = matches!(word, "for" | "over" | "offset");
    let words = (0..2).map_while(|offset| refusal.word(offset));
    let words = words.take_while(|more| match *more {
        "the" | "last" | "past" => true,
        "at" | "least" | ">" | ">=" => word == "for",
        "-" => word == "offset",
        _ => false,
    });
    let behind = isize::try_from(words.count()).ok()?;
    if behind != 0 && is_time && refusal.shape(behind) == Some(Shape::Duration) {
        let time = refusal.word(behind)?;
        let message = format!("behind `{word}` stands the duration alone");
        let fault = refusal
            .fault(0, message)
            .help(format!("write `{word} {time}`"));
        let span = Span::new(refusal.span(0).start(), refusal.span(behind).start());
        let mend = Edit::replace(span, "");
        // `for > 3m` may be four.
        let is_exact = refusal.word(0) != Some(">");
        return Some((fault, Some(if is_exact { mend.certain() } else { mend })));
    }
    // `for 60% of 5m`
    let is_part = refusal.shape(0) == Some(Shape::Proportion) && refusal.word(1) == Some("of");
    if word == "for" && is_part && refusal.shape(2) == Some(Shape::Duration) {
        let message = "before `of` stands a count of minutes";
        let fault = refusal.fault(0, message);
        let mend = Edit::replace(refusal.span(0), "1");
        return Some((fault.help("write for example `3 of 5m`"), Some(mend)));
    }
    let example = match word {
        "for" => "for 3m",
        "over" => "over 5m",
        "offset" => "offset 1d",
        "of" if refusal.shape(-2) == Some(Shape::Integer) => "3 of 5m",
        _ => return None,
    };
    let message = format!("a duration is missing after `{word}`");
    let fault = refusal.fault(0, message);
    Some((fault.help(format!("write for example `{example}`")), None))
}

/// A duration behind an operand, which cannot follow it.
pub(super) fn behind_operand(refusal: &Refusal<'_>) -> Option<Found> {
    let word = refusal.word(0)?;
    if refusal.shape(-1) == Some(Shape::Duration) {
        return second(refusal, word);
    }
    if let Some(found) = earlier(refusal, word).or_else(|| of_value(refusal, word)) {
        return Some(found);
    }
    let message = format!("`{word}` needs `for` before it, if the condition is to be held");
    let fault = refusal
        .fault(0, message)
        .help(format!("write `for {word}`"));
    let mend = Edit::insert(refusal.span(0).start(), "for ").certain();
    Some((fault, Some(mend)))
}

/// `1h 30m`, `5m 5m`
fn second(refusal: &Refusal<'_>, word: &str) -> Option<Found> {
    let first = refusal.word(-1)?;
    if !numeral::is_one(first, word) {
        let fault = refusal.fault(0, format!("`{first}` stands before it already"));
        let fault = fault.help("leave one of the two durations out");
        return Some((fault, Some(Edit::replace(refusal.span(0), " "))));
    }
    let whole = format!("{first}{word}");
    let meant = numeral::duration_meant(&whole)?;
    let span = Span::new(refusal.span(-1).start(), refusal.span(0).end());
    let message = "a duration is one word";
    let fault = numeral::duration_fault(span, message, &whole, &meant);
    Some((fault.diagnostic, Some(fault.mend)))
}

/// `avg(5xx over 5m) 1d > 5%`: before a comparison a duration can only be one of the value.
fn of_value(refusal: &Refusal<'_>, time: &str) -> Option<Found> {
    let goes_on = |word: &str| is_comparator(word) || is_operator(word);
    let before = refusal.at.checked_sub(1)?;
    if !refusal.word(1).is_some_and(goes_on) || refusal.is_level(before, before) {
        return None;
    }
    let message = format!("`{time}` needs `offset` before it, if an earlier value is meant");
    let fault = refusal.fault(0, message);
    let mend = Edit::insert(refusal.span(0).start(), "offset ");
    let inner = Refusal {
        at: before,
        ..*refusal
    };
    let open = inner.opening().filter(|_| refusal.word(-1) == Some(")"));
    let has_window = open.is_some_and(|open| inner.piece(open, before).contains(" over "));
    if has_window {
        let fault = fault.help(format!("write `offset {time}`"));
        return Some((fault, Some(mend.certain())));
    }
    let first = refusal.back_to(|word| goes_on(word) || ends_comparison(word));
    let value = refusal.piece(first, before);
    let help = format!("write `{value} offset {time}`, or `avg({value} over {time})`");
    Some((fault.help(help), Some(mend)))
}

/// `requests 1d ago`
fn earlier(refusal: &Refusal<'_>, time: &str) -> Option<Found> {
    if !matches!(refusal.word(1), Some("ago" | "earlier")) {
        return None;
    }
    let span = refusal.span(0).to(refusal.span(1));
    let mut fault = refusal.fault(0, "what was earlier is said by `offset`");
    fault.primary.span = span;
    let level = refusal.at.checked_sub(1)?;
    if refusal.is_level(level, level) {
        // Of a level there is no earlier one: the value before it is meant.
        let help = format!("write it behind the value, as in `5xx offset {time} > 10%`");
        return Some((fault.help(help), Some(Edit::replace(span, " "))));
    }
    let meant = format!("offset {time}");
    let mend = Edit::replace(span, meant.as_str()).certain();
    Some((fault.help(format!("write `{meant}`")), Some(mend)))
}
