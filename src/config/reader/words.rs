//! What is said of a text that is none of the words or values which are wanted.

use super::{Origin, Text};
use crate::diag::{Diagnostic, quoted};

/// `5m#a comment`: says what a text needs that a comment stands right behind.
pub(super) fn before_comment(fault: Diagnostic, said: &str, comment: &str) -> Diagnostic {
    let whole = format!("{said} #{comment}");
    let help = format!("a comment begins behind a space: write {}", quoted(&whole));
    let span = fault.primary.span;
    fault.help(help).fix(span, whole)
}

/// Says that a text is none of some words; a blank at its end is not to be seen.
pub(super) fn no_word(text: &Text, list: &str) -> String {
    let (value, shown) = (&text.value, text.shown());
    let place = match (
        value.starts_with(char::is_whitespace),
        value.ends_with(char::is_whitespace),
    ) {
        _ if text.origin != Origin::File || value.trim().is_empty() => None,
        (true, _) => Some("begins"),
        (false, true) => Some("ends"),
        (false, false) => None,
    };
    match place {
        Some(place) => format!("{shown} {place} with a space, and is none of {list}"),
        None => format!("{shown} is none of {list}"),
    }
}
