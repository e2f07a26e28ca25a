//! From text to tokens, with a message and a mend for what is none.
//!
//! The descent decides what is accepted. This pass comes before anything recurses, and
//! says what was meant where a token is not as the language writes it.

use super::draft::Edit;
use super::{character, elsewhere, numeral, sign};
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::words;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lang) enum Shape {
    /// `for`, `avg`, a name.
    Word,
    /// `3`, also a status code.
    Integer,
    /// `1.5`
    Number,
    /// `10%`
    Proportion,
    /// `5xx`, `50x`
    Class,
    /// `1h30m`
    Duration,
    /// `>=`, `(`, `..`
    Sign,
}

/// A token and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lang) struct Token {
    pub(in crate::lang) shape: Shape,
    pub(in crate::lang) span: Span,
}

impl Token {
    /// Returns the token's own text in the text that it was read from.
    pub(in crate::lang) fn text<'a>(&self, text: &'a str) -> &'a str {
        &text[self.span.range()]
    }
}

/// A fault and what mends it, so that reading can go on.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) diagnostic: Diagnostic,
    pub(super) mend: Edit,
}

impl Fault {
    /// Returns the fault of a piece that can only mean another one.
    pub(super) fn certain(span: Span, message: impl Into<String>, instead: &str) -> Self {
        let fault = Self::write(span, message, instead);
        Self {
            mend: fault.mend.certain(),
            ..fault
        }
    }

    /// Returns the fault of a piece that should be written in another way.
    pub(super) fn write(span: Span, message: impl Into<String>, instead: &str) -> Self {
        Self {
            diagnostic: Diagnostic::new(Code::Syntax, span, message)
                .help(format!("write `{instead}`")),
            mend: Edit::replace(span, instead),
        }
    }

    /// Returns the fault of a piece that should not be there.
    pub(super) fn remove(span: Span, message: impl Into<String>, help: &str) -> Self {
        Self {
            diagnostic: Diagnostic::new(Code::Syntax, span, message).help(help),
            mend: Edit::replace(span, " "),
        }
    }
}

/// What a text is made of.
#[derive(Debug, Default)]
pub(in crate::lang) struct Lexed {
    pub(in crate::lang) tokens: Vec<Token>,
    pub(super) faults: Vec<Fault>,
}

impl Lexed {
    pub(super) fn token(&mut self, shape: Shape, start: usize, end: usize) {
        let span = Span::new(start, end);
        self.tokens.push(Token { shape, span });
    }
}

/// Reads all tokens. A piece that is none is a fault, and no token unless its kind is plain. Where
/// characters only look like others, their faults are all that is given.
pub(in crate::lang) fn lex(text: &str) -> Lexed {
    // A token is three bytes and a blank, more or less.
    let mut lexed = Lexed {
        tokens: Vec::with_capacity(text.len() / 4 + 1),
        faults: character::faults(text),
    };
    if !lexed.faults.is_empty() {
        return lexed;
    }
    let mut at = 0;
    while let Some(first) = text.as_bytes().get(at) {
        at = match first {
            b' ' | b'\t' | b'\r' | b'\n' => at + 1,
            b'#' => text[at..].find('\n').map_or(text.len(), |end| at + end),
            b'0'..=b'9' => numeral::read(text, at, &mut lexed),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => word(text, at, &mut lexed),
            _ => sign::read(text, at, &mut lexed),
        };
    }
    lexed
}

/// Returns where the letters, digits and `_` from `at` on end.
pub(super) fn word_end(text: &str, at: usize) -> usize {
    let is_letter = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    at + text.as_bytes()[at..]
        .iter()
        .take_while(|b| is_letter(b))
        .count()
}

/// Returns where what begins with the digit at `at` ends: a run of letters, digits and single points
/// before a digit, and a `%` that follows at once.
pub(super) fn end_of(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = word_end(text, at);
    while bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = word_end(text, end + 1);
    }
    let is_number = bytes[at..end]
        .iter()
        .all(|b| b.is_ascii_digit() || *b == b'.');
    let lone_point =
        is_number && bytes.get(end) == Some(&b'.') && bytes.get(end + 1) != Some(&b'.');
    if lone_point {
        end += 1;
    }
    if bytes.get(end) == Some(&b'%') {
        end += 1;
    }
    end
}

/// Whether nothing but blanks stands between two places.
pub(super) fn are_apart(text: &str, first: Span, second: Span) -> bool {
    let between = text.get(first.end()..second.start());
    between.is_some_and(|between| between.trim().is_empty())
}

fn word(text: &str, at: usize, lexed: &mut Lexed) -> usize {
    let end = word_end(text, at);
    if text[end..].starts_with(['.', '-'])
        && let Some(fault) = elsewhere::host(text, at, lexed)
    {
        let end = fault.mend.span.end();
        lexed.faults.push(fault);
        return end;
    }
    let span = Span::new(at, end);
    let written = &text[at..end];
    if let Some(fault) = unit_apart(text, written, span, lexed) {
        lexed.faults.push(fault);
        return end;
    }
    if let Some(fault) = before_code(text, written, span) {
        lexed.faults.push(fault);
        return end;
    }
    if written.contains(|c: char| c.is_ascii_uppercase()) {
        let lower = written.to_ascii_lowercase();
        let is_called = text[end..].trim_start().starts_with('(');
        if is_called && matches!(lower.as_str(), "average" | "mean") {
            let message = format!("there is no function `{written}`");
            let mut fault = Fault::write(span, message, "avg");
            fault.diagnostic.code = Code::UnknownName;
            lexed.faults.push(fault);
            lexed.token(Shape::Word, at, end);
            return end;
        }
        let message = if words::is_word(&lower) {
            "the words of the language are lower case"
        } else {
            "names are lower case"
        };
        lexed.faults.push(if words::is_word(&lower) {
            Fault::certain(span, message, &lower)
        } else {
            Fault::write(span, message, &lower)
        });
    } else if written.starts_with('_') {
        let name = written.trim_start_matches('_');
        let name = if words::is_name(name) { name } else { "a" };
        let message = "a name begins with a letter";
        lexed.faults.push(Fault::write(span, message, name));
    }
    lexed.token(Shape::Word, at, end);
    end
}

/// `HTTP 502`, `status 502`: a word that says that a status code follows.
fn before_code(text: &str, word: &str, span: Span) -> Option<Fault> {
    let words = ["http", "status", "code"];
    let rest = text[span.end()..].trim_start_matches(' ');
    let is_apart = rest.len() < text.len() - span.end();
    let is_before = is_apart && rest.starts_with(['1', '2', '3', '4', '5']);
    if !is_before || !words.iter().any(|known| word.eq_ignore_ascii_case(known)) {
        return None;
    }
    let message = format!("`{word}` is no word of the language: status codes stand by themselves");
    let fault = Fault::remove(span, message, "leave it out");
    let mend = Span::new(span.start(), text.len() - rest.len());
    let mend = Edit::replace(mend, "").certain();
    Some(Fault { mend, ..fault })
}

/// `3 min`, `10 percent`, `5 xx`: a number and what belongs to it, apart.
fn unit_apart(text: &str, word: &str, span: Span, lexed: &Lexed) -> Option<Fault> {
    let number = lexed.tokens.last()?;
    let digits = number.text(text);
    let whole = Span::new(number.span.start(), span.end());
    let is_number = matches!(number.shape, Shape::Integer | Shape::Number);
    if !is_number || words::is_joint(word) || !are_apart(text, number.span, span) {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    if matches!(lower.as_str(), "percent" | "pct") {
        let message = "a proportion is written with `%`";
        return Some(Fault::certain(whole, message, &format!("{digits}%")));
    }
    if lower == "xx" && digits.len() == 1 {
        let message = "a class of status codes is one word";
        return Some(Fault::certain(whole, message, &format!("{digits}xx")));
    }
    let joined = numeral::duration_meant(&format!("{digits}{lower}"))?;
    let rest = text[span.end()..].trim_start();
    let is_minutes = matches!(lower.as_str(), "m" | "min" | "mins" | "minute" | "minutes");
    if &rest[..word_end(rest, 0)] == "of" && is_minutes {
        let message = "before `of` stands a count of minutes, without a unit";
        return Some(Fault::certain(whole, message, digits));
    }
    let message = "a duration is one word";
    Some(numeral::duration_fault(
        whole,
        message,
        &format!("{digits}{lower}"),
        &joined,
    ))
}

/// `for 1,5h`, of which the part from `at` on is yet to be read.
pub(super) fn duration_with_comma(text: &str, at: usize, lexed: &Lexed) -> Option<Fault> {
    let [.., before, whole, comma] = lexed.tokens.as_slice() else {
        return None;
    };
    let is_one = comma.text(text) == "," && comma.span.end() == at;
    let is_one = is_one && whole.span.end() == comma.span.start();
    let is_time = matches!(before.text(text), "for" | "over" | "offset" | "of");
    if !is_one || !is_time || whole.shape != Shape::Integer {
        return None;
    }
    let span = Span::new(whole.span.start(), end_of(text, at));
    let written = format!("{}.{}", whole.text(text), &text[at..span.end()]);
    let meant = numeral::duration_meant(&written)?;
    let message = "a duration has no comma in it";
    Some(numeral::duration_fault(span, message, &written, &meant))
}
