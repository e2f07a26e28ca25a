//! Mistakes in `on at least … domains`, and behind it.

use super::{Found, Refusal};
use crate::diag::{Code, Diagnostic, Span, changes};
use crate::lang::parse::draft::Edit;
use crate::lang::parse::token::Shape;

pub(super) fn explain(refusal: &Refusal<'_>) -> Option<Found> {
    not_last(refusal)
        .or_else(|| first(refusal))
        .or_else(|| malformed(refusal))
        .or_else(|| without_on(refusal))
}

/// Words that say no more than `on at least … domains` does.
const PLAIN: [&str; 7] = ["on", "at", "least", "of", "domain", "domains", ">="];

/// `… on at least 2 domains until …`: the clause is moved to the end.
fn not_last(refusal: &Refusal<'_>) -> Option<Found> {
    let word = refusal.word(0)?;
    if refusal.word(-1)? != "domains"
        || !matches!(word, "until" | "for" | "given" | "and" | "or" | "on")
    {
        return None;
    }
    let on = (0..refusal.at)
        .rev()
        .find(|index| refusal.text_of(*index) == "on")?;
    let end = refusal.tokens.len() - 1;
    let clause = refusal.piece(on, refusal.at - 1);
    let rest = refusal.piece(refusal.at, end);
    let span = Span::new(refusal.tokens[on].span.start(), refusal.span(-1).end());
    if (refusal.at..=end).any(|index| refusal.text_of(index) == "on") {
        let fault = Diagnostic::new(Code::Syntax, span, "`on … domains` stands once");
        let help = "leave out all but the last, which is about the whole rule";
        return Some((fault.help(help), None));
    }
    let fault = Diagnostic::new(Code::Syntax, span, "`on … domains` comes last in a rule");
    let span = span.to(refusal.tokens[end].span);
    let meant = format!("{rest} {clause}");
    let fault = fault.help(format!("write `{meant}`"));
    let mend = Edit::replace(span, meant);
    // Another condition would get into the clause that was not about it.
    let is_joined = matches!(word, "and" | "or");
    Some((fault, Some(if is_joined { mend } else { mend.certain() })))
}

/// `on at least 2 domains 5xx > 10%`: the clause is moved to the end.
fn first(refusal: &Refusal<'_>) -> Option<Found> {
    if refusal.at != 0 || refusal.word(0)? != "on" {
        return None;
    }
    let end = refusal.tokens.len() - 1;
    let last = (0..end).find(|index| refusal.text_of(*index) == "domains")?;
    let clause: Vec<usize> = (0..=last).collect();
    let meant = amount(refusal, &clause)?;
    let begin = last + 1 + usize::from(refusal.text_of(last + 1) == ",");
    let is_joint = |word: &str| matches!(word, "and" | "or" | "for" | "given" | "until");
    let is_more = (begin..=end).any(|index| refusal.text_of(index) == "on");
    if end < begin || is_more || is_joint(refusal.text_of(begin)) {
        return None;
    }
    let clause_span = Span::new(
        refusal.span(0).start(),
        refusal.tokens.get(last)?.span.end(),
    );
    let message = "`on … domains` comes last in a rule";
    let fault = Diagnostic::new(Code::Syntax, clause_span, message);
    let meant = format!("{} {meant}", refusal.piece(begin, end));
    let span = clause_span.to(refusal.tokens.get(end)?.span);
    let fault = fault.help(format!("write `{meant}`"));
    Some((fault, Some(Edit::replace(span, meant).certain())))
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
    let span = Span::new(
        refusal.tokens[on].span.start(),
        refusal.tokens[last].span.end(),
    );
    let message = "how many domains is written `on at least …`";
    let fault = Diagnostic::new(Code::Syntax, span, message);
    if let Some(meant) = amount(refusal, &clause) {
        let fault = fault.help(format!("write `{meant}`"));
        let mend = Edit::replace(span, meant);
        // `on 3 or more domains`
        let is_whole = !matches!(refusal.text_of(last + 1), "and" | "or");
        return Some((fault, Some(if is_whole { mend.certain() } else { mend })));
    }
    if let Some(help) = count_of(refusal, &clause) {
        let mend = Edit::replace(span, "on at least 1 domains");
        return Some((fault.help(help), Some(mend)));
    }
    let help = "there are only `on at least 2 domains` and `on at least 50% of domains`";
    let mend = Edit::replace(span, " ");
    Some((fault.help(help), Some(mend)))
}

/// `… for 3m at least 3 domains`, `… in 3 domains`: `on` is lost, or another word stands for it.
fn without_on(refusal: &Refusal<'_>) -> Option<Found> {
    // `for 3 domains` is refused behind the 3, because `for 3 of 5m` could have followed.
    let is_held = refusal.word(-2) == Some("for") && is_domains(refusal.word(0)?);
    let start = refusal.at.checked_sub(if is_held { 2 } else { 0 })?;
    let said = matches!(refusal.text_of(start), "for" | "in" | "across" | "over");
    let first = start + usize::from(said);
    let last = (first..refusal.tokens.len()).find(|at| is_domains(refusal.text_of(*at)))?;
    let clause: Vec<usize> = (first..=last).collect();
    let meant = amount(refusal, &clause)?;
    if clause.iter().any(|at| refusal.text_of(*at) == "on") {
        return None;
    }
    let span = refusal.tokens.get(start)?.span;
    let span = span.to(refusal.tokens.get(last)?.span);
    let message = "how many domains is written `on at least …`";
    let fault = Diagnostic::new(Code::Syntax, span, message);
    let mend = Edit::replace(span, meant.as_str()).certain();
    Some((fault.help(format!("write `{meant}`")), Some(mend)))
}

/// `on at least 10 of domains`: the `%` is lost, or the `of` is too many.
fn count_of(refusal: &Refusal<'_>, clause: &[usize]) -> Option<String> {
    let of = clause.iter().find(|at| refusal.text_of(**at) == "of")?;
    let others: Vec<usize> = clause.iter().copied().filter(|at| at != of).collect();
    let count = amount(refusal, &others)?;
    let number = refusal.text_of(of.checked_sub(1)?);
    let part = format!("on at least {number}% of domains");
    let is_part = number
        .parse()
        .is_ok_and(|number: u32| (1..=100).contains(&number));
    Some(if is_part {
        format!("write `{part}`, or `{count}`")
    } else {
        format!("`of` follows a proportion: write `{count}`")
    })
}

/// Returns the clause as it is written, if its words can only mean that one.
fn amount(refusal: &Refusal<'_>, clause: &[usize]) -> Option<String> {
    let is_amount = |index: &usize| {
        let shape = refusal.tokens[*index].shape;
        matches!(shape, Shape::Integer | Shape::Proportion)
    };
    let (amounts, words): (Vec<usize>, Vec<usize>) = clause.iter().copied().partition(is_amount);
    let [at] = amounts.as_slice() else {
        return None;
    };
    let words = words.into_iter().map(|at| refusal.text_of(at));
    let has_of = words.clone().any(|word| word == "of");
    let words: Vec<&str> = words.filter(|word| !is_plain(word)).collect();
    let (amount, shape) = (refusal.text_of(*at), refusal.tokens[*at].shape);
    match (shape, words.as_slice()) {
        (Shape::Proportion, []) => Some(format!("on at least {amount} of domains")),
        (Shape::Integer, _) if has_of => None,
        (Shape::Integer, []) => Some(format!("on at least {amount} domains")),
        (Shape::Integer, [">"] | ["more", "than"]) => {
            let next = amount.parse::<u32>().ok()?.checked_add(1)?;
            Some(format!("on at least {next} domains"))
        }
        _ => None,
    }
}

/// Whether a word says no more than `on at least … domains` does, also where it has a slip.
fn is_plain(word: &str) -> bool {
    PLAIN.contains(&word) || changes(word, "least", 1).is_some() || is_domains(word)
}

/// Whether a word is `domains`, also where it has a slip.
pub(super) fn is_domains(word: &str) -> bool {
    let is_near = |meant| changes(word, meant, 1).is_some();
    is_near("domains") || is_near("domain")
}

fn last_on(refusal: &Refusal<'_>) -> Option<usize> {
    let end = refusal.tokens.len().min(refusal.at + 1);
    (0..end).rev().find(|index| refusal.text_of(*index) == "on")
}
