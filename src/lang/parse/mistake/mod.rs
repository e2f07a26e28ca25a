//! What the grammar refused, in the language's own words.
//!
//! Each file here knows the mistakes of one kind of place; the first that recognises its own
//! names it. A mistake whose mend is plain comes with the edit that makes it.

mod absence;
mod call;
mod duration;
mod fleet;
mod habit;
mod objective;
mod operand;
mod prometheus;
mod tail;
mod turned;

use super::draft::Edit;
use super::token::{Shape, Token};
use super::wanted::Wanted;
use super::{Form, may_follow, nesting};
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::words;

/// A mistake, and the edit that mends it.
type Found = (Diagnostic, Option<Edit>);

/// Names the mistake and, where it is plain, the edit that mends it.
pub(super) fn explain(
    whole: Form,
    text: &str,
    tokens: &[Token],
    (at, wanted): (usize, Wanted),
) -> Found {
    let refusal = Refusal { text, tokens, at };
    if let Some(fault) = nesting::unmatched(text, tokens) {
        let call = call::unclosed(&refusal).or_else(|| call::unopened(&refusal));
        return call.unwrap_or((fault.diagnostic, None));
    }
    let kinds = [
        absence::explain,
        habit::explain,
        call::explain,
        fleet::explain,
        tail::explain,
        operand::explain,
    ];
    let first = nothing(&refusal).or_else(|| not_alone(whole, &refusal));
    let first = first.or_else(|| joined(whole, &refusal));
    if let Some(found) = first.or_else(|| joined_behind(whole, &refusal)) {
        return found;
    }
    match kinds.iter().find_map(|explain| explain(&refusal)) {
        Some(found) => found,
        None => (refusal.unexplained(&wanted.in_words()), None),
    }
}

fn nothing(refusal: &Refusal<'_>) -> Option<Found> {
    let end = Span::new(0, refusal.text.len());
    let fault = Diagnostic::new(Code::Syntax, end, "nothing is written here")
        .help("write for example `5xx > 10% for 3m`");
    refusal.tokens.is_empty().then_some((fault, None))
}

/// `until` and `on …` where only a condition or a value can stand.
fn not_alone(whole: Form, refusal: &Refusal<'_>) -> Option<Found> {
    let word = refusal.word(0)?;
    if whole != Form::Alone || !matches!(word, "until" | "on") {
        return None;
    }
    let message = format!("`{word}` belongs to a rule, not to an expression by itself");
    let fault = refusal.fault(0, message);
    Some((
        fault.help(format!("leave out what begins with `{word}`")),
        None,
    ))
}

/// `givenrequests`, `for5m`: two words without a space between them, which can stand where they do.
fn joined(whole: Form, refusal: &Refusal<'_>) -> Option<Found> {
    const WORDS: [&str; 11] = [
        "and", "or", "given", "for", "until", "of", "over", "offset", "on", "at", "least",
    ];
    let token = refusal.token(0)?;
    let written = refusal.word(0)?;
    let before = &refusal.text[..token.span.start()];
    let parts = WORDS.into_iter().find_map(|word| {
        let rest = written.strip_prefix(word)?;
        // Of other words a name may begin so: `order`, `android`.
        let is_said = rest.starts_with(|c: char| c.is_ascii_digit()) || words::is_word(rest);
        let is_name = word == "given" && 2 < rest.len() && words::is_name(rest);
        let is_word = is_said || is_name;
        let can_stand = is_word
            && may_follow(whole, before, word)
            && may_follow(whole, &format!("{before} {word}"), rest);
        can_stand.then_some((word, rest))
    });
    let (word, rest) = parts?;
    Some(refusal.instead(0, "a space is missing", &format!("{word} {rest}")))
}

/// `given busyfor 3m`, `requestsover 5m`: a value, and without a space between them the word that
/// a duration stands behind.
fn joined_behind(whole: Form, refusal: &Refusal<'_>) -> Option<Found> {
    let token = refusal.token(-1)?;
    let written = refusal.word(-1)?;
    let before = &refusal.text[..token.span.start()];
    let parts = ["for", "over", "offset"].into_iter().find_map(|word| {
        let value = written.strip_suffix(word)?;
        // `failover` and `wait_for` are names as they stand.
        let is_name = word != "over" && !value.ends_with('_') && words::is_name(value);
        let is_value = value == "requests" || 2 < value.len() && is_name;
        let can_stand = is_value
            && may_follow(whole, before, value)
            && may_follow(whole, &format!("{before} {value}"), word);
        can_stand.then_some((value, word))
    });
    let (value, word) = parts?;
    let is_time = refusal.shape(0) == Some(Shape::Duration)
        || word == "for"
            && refusal.shape(0) == Some(Shape::Integer)
            && refusal.word(1) == Some("of");
    is_time.then(|| refusal.instead(-1, "a space is missing", &format!("{value} {word}")))
}

/// A text that the grammar refused at a token.
struct Refusal<'a> {
    text: &'a str,
    tokens: &'a [Token],
    /// The token that cannot stand where it does; behind the last one, the end.
    at: usize,
}

impl<'a> Refusal<'a> {
    /// Returns the token so many before or behind the refused one.
    fn token(&self, offset: isize) -> Option<&'a Token> {
        self.at
            .checked_add_signed(offset)
            .and_then(|index| self.tokens.get(index))
    }

    /// Returns the text of the token so many before or behind the refused one.
    fn word(&self, offset: isize) -> Option<&'a str> {
        self.token(offset).map(|token| token.text(self.text))
    }

    fn shape(&self, offset: isize) -> Option<Shape> {
        self.token(offset).map(|token| token.shape)
    }

    fn text_of(&self, index: usize) -> &'a str {
        self.tokens
            .get(index)
            .map_or("", |token| token.text(self.text))
    }

    /// Returns the text from one token to another, both included, without blanks around it.
    fn piece(&self, first: usize, last: usize) -> &'a str {
        match (self.tokens.get(first), self.tokens.get(last)) {
            (Some(first), Some(last)) if first.span.start() <= last.span.end() => {
                &self.text[first.span.start()..last.span.end()]
            }
            _ => "",
        }
    }

    /// Returns the place of the token so many before or behind the refused one, or the end.
    fn span(&self, offset: isize) -> Span {
        let end = self.tokens.last().map_or(0, |token| token.span.end());
        self.token(offset)
            .map_or(Span::new(end, end), |token| token.span)
    }

    fn fault(&self, offset: isize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Code::Syntax, self.span(offset), message)
    }

    /// A mistake at one token that another text in its place mends, and nothing else.
    fn instead(&self, offset: isize, message: impl Into<String>, text: &str) -> Found {
        certain(self.perhaps(offset, message, text))
    }

    /// A mistake at one token that another text in its place probably mends.
    fn perhaps(&self, offset: isize, message: impl Into<String>, text: &str) -> Found {
        self.mended(self.fault(offset, message), offset, text)
    }

    fn mended(&self, fault: Diagnostic, offset: isize, text: &str) -> Found {
        let mend = Edit::replace(self.span(offset), text);
        (fault.help(format!("write `{text}`")), Some(mend))
    }

    /// Whether a condition begins with the token so many before or behind the refused one.
    fn begins_condition(&self, offset: isize) -> bool {
        let joints = ["and", "or", "not", "given", "until", "("];
        let is_first = self.at.checked_add_signed(offset) == Some(0);
        is_first
            || self
                .word(offset - 1)
                .is_some_and(|word| joints.contains(&word))
    }

    /// Returns the open parenthesis that the refused token stands in.
    fn opening(&self) -> Option<usize> {
        let mut depth = 0_u32;
        for index in (0..self.at.min(self.tokens.len())).rev() {
            match self.text_of(index) {
                ")" => depth += 1,
                "(" if depth == 0 => return Some(index),
                "(" => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// Returns the first token back from the refused one, at its own depth, behind `stop`.
    fn back_to(&self, stop: impl Fn(&str) -> bool) -> usize {
        let mut depth = 0_u32;
        for index in (0..self.at.min(self.tokens.len())).rev() {
            match self.text_of(index) {
                ")" => depth += 1,
                "(" if depth == 0 => return index + 1,
                "(" => depth -= 1,
                word if depth == 0 && stop(word) => return index + 1,
                _ => {}
            }
        }
        0
    }

    /// Returns the last token from `from` on, at its depth, before `stop`.
    fn on_to(&self, from: usize, stop: impl Fn(&str) -> bool) -> usize {
        let mut depth = 0_u32;
        for index in from..self.tokens.len() {
            match self.text_of(index) {
                "(" => depth += 1,
                ")" if depth == 0 => return index.saturating_sub(1),
                ")" => depth -= 1,
                word if depth == 0 && stop(word) => return index.saturating_sub(1),
                _ => {}
            }
        }
        self.tokens.len().saturating_sub(1)
    }

    /// Whether what stands from one token to another is a number or proportion alone.
    fn is_level(&self, first: usize, last: usize) -> bool {
        let shape = self.tokens.get(first).map(|token| token.shape);
        let levels = [Shape::Integer, Shape::Number, Shape::Proportion];
        first == last && shape.is_some_and(|shape| levels.contains(&shape))
    }

    /// Whether `not` stands before a token, and so is about the next comparison alone.
    fn is_negated(&self, first: usize) -> bool {
        let before = first.checked_sub(1);
        before.is_some_and(|at| self.text_of(at) == "not")
    }

    fn unexplained(&self, expected: &str) -> Diagnostic {
        let message = match self.word(0) {
            Some(word) => format!("`{word}` cannot stand here"),
            None => "the text ends too early".to_owned(),
        };
        self.fault(0, message).help(format!("expected {expected}"))
    }
}

/// Says that nothing else can have been meant.
fn certain((fault, mend): Found) -> Found {
    (fault, mend.map(Edit::certain))
}

fn is_comparator(word: &str) -> bool {
    matches!(word, ">" | ">=" | "<" | "<=" | "==" | "!=")
}

fn is_operator(word: &str) -> bool {
    matches!(word, "+" | "-" | "*" | "/")
}

/// Whether a comparison ends before the word.
fn ends_comparison(word: &str) -> bool {
    matches!(word, "and" | "or" | "not") || ends_condition(word)
}

/// Whether all that `and` and `or` join ends before the word.
fn ends_condition(word: &str) -> bool {
    matches!(word, "given" | "for" | "until" | "on" | "over" | ",")
}
