//! Words and units as they are said in Chinese: what each is here is plain.

use super::numeral;
use super::token::{Fault, Lexed, Shape, are_apart};
use crate::diag::Span;

/// What is said, and what the language has for it.
const WORDS: [(&str, &str); 20] = [
    ("且", "and"),
    ("并且", "and"),
    ("而且", "and"),
    ("和", "and"),
    ("与", "and"),
    ("或", "or"),
    ("或者", "or"),
    ("非", "not"),
    ("持续", "for"),
    ("直到", "until"),
    ("大于", ">"),
    ("高于", ">"),
    ("超过", ">"),
    ("小于", "<"),
    ("低于", "<"),
    ("大于等于", ">="),
    ("不低于", ">="),
    ("小于等于", "<="),
    ("不超过", "<="),
    ("等于", "=="),
];

/// Reads such a word, which is all that `span` holds; a unit together with its number.
pub(super) fn word(text: &str, span: Span, lexed: &Lexed) -> Option<Fault> {
    let written = text.get(span.range())?;
    if let Some(number) = lexed.tokens.last()
        && matches!(number.shape, Shape::Integer | Shape::Number)
        && are_apart(text, number.span, span)
        && let Some(unit) = unit(written)
    {
        let whole = Span::new(number.span.start(), span.end());
        return duration(whole, number.text(text), unit);
    }
    let (_, meant) = WORDS.iter().find(|(word, _)| *word == written)?;
    let message = format!("`{written}` is written `{meant}` here");
    let mut fault = Fault::certain(span, message, meant);
    fault.mend.text = format!(" {meant} ");
    Some(fault)
}

fn duration(span: Span, digits: &str, unit: &str) -> Option<Fault> {
    let written = format!("{digits}{unit}");
    let meant = numeral::duration_meant(&written)?;
    let message = "the units of a duration are d, h and m";
    Some(numeral::duration_fault(span, message, &written, &meant))
}

fn unit(written: &str) -> Option<&'static str> {
    Some(match written {
        "秒" | "秒钟" => "s",
        "分" | "分钟" => "m",
        "时" | "小时" => "h",
        "天" | "日" => "d",
        _ => return None,
    })
}
