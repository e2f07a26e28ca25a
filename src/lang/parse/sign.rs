//! Signs: those of the language, those of its neighbours, and those that only look alike.

use super::chinese;
use super::class;
use super::draft::Trust;
use super::elsewhere;
use super::numeral;
use super::token::{Fault, Lexed, Shape, are_apart, word_end};
use crate::diag::Span;
use crate::lang::words;
use crate::unit::StatusSet;

/// The signs of the language, longer ones first.
const SIGNS: [&str; 15] = [
    "..", ">=", "<=", "==", "!=", ">", "<", "+", "-", "*", "/", "|", "(", ")", ",",
];

/// What other languages write, and pages of the web, longer ones first; and what this one does.
const FOREIGN: [(&str, &str); 34] = [
    ("&amp;&amp;", "and"),
    ("&amp;", "and"),
    ("&gt;=", ">="),
    ("&lt;=", "<="),
    ("&gt;", ">"),
    ("&lt;", "<"),
    ("&ge;", ">="),
    ("&le;", "<="),
    ("&ne;", "!="),
    ("...", ".."),
    ("===", "=="),
    ("!==", "!="),
    (">>=", ">="),
    ("<<=", "<="),
    ("&&", "and"),
    ("||", "or"),
    ("=>", ">="),
    ("=<", "<="),
    ("<>", "!="),
    (">>", ">"),
    ("<<", "<"),
    ("&", "and"),
    ("=", "=="),
    ("!", "not"),
    ("≥", ">="),
    ("≤", "<="),
    ("≠", "!="),
    ("−", "-"),
    ("–", "-"),
    ("×", "*"),
    ("÷", "/"),
    ("∧", "and"),
    ("∨", "or"),
    ("¬", "not"),
];

/// Reads the sign at `at` and returns where it ends.
pub(super) fn read(text: &str, at: usize, lexed: &mut Lexed) -> usize {
    if let Some((meant, end)) = parted(text, at) {
        let span = Span::new(at, end);
        let message = format!("no space stands within `{meant}`");
        lexed.faults.push(Fault::certain(span, message, meant));
        lexed.token(Shape::Sign, at, end);
        return end;
    }
    if let Some(length) = plain(&text.as_bytes()[at..]) {
        lexed.token(Shape::Sign, at, at + length);
        return at + length;
    }
    let rest = &text[at..];
    if rest.starts_with("*.")
        && let Some(fault) = elsewhere::host(text, at, lexed)
    {
        let end = fault.mend.span.end();
        lexed.faults.push(fault);
        return end;
    }
    let own = SIGNS.iter().find(|sign| rest.starts_with(**sign));
    let foreign = FOREIGN.iter().find(|(sign, _)| rest.starts_with(sign));
    match (own, foreign) {
        (own, Some((sign, meant))) if own.is_none_or(|own| own.len() < sign.len()) => {
            let span = Span::new(at, at + sign.len());
            let meant = if *sign == "||" && between_codes(text, span) {
                "|"
            } else {
                meant
            };
            let fault = not_plain(text, span, lexed);
            let fault = fault.unwrap_or_else(|| foreign_fault(sign, meant, span));
            lexed.faults.push(fault);
            lexed.token(Shape::Sign, span.start(), span.end());
            span.end()
        }
        (Some(own), _) => {
            lexed.token(Shape::Sign, at, at + own.len());
            at + own.len()
        }
        (None, _) => stranger(text, at, lexed),
    }
}

/// `> =`: a sign, and where it ends that was written apart.
fn parted(text: &str, at: usize) -> Option<(&'static str, usize)> {
    let [first @ (b'>' | b'<' | b'=' | b'!'), b' ', behind @ ..] = &text.as_bytes()[at..] else {
        return None;
    };
    let blanks = 1 + behind.iter().take_while(|b| **b == b' ').count();
    let second = behind.get(blanks - 1)?;
    // In `> ==` it is not one sign that was meant.
    if let Some(b'>' | b'<' | b'=') = behind.get(blanks) {
        return None;
    }
    let meant = match (first, second) {
        (b'>', b'=') | (b'=', b'>') => ">=",
        (b'<', b'=') | (b'=', b'<') => "<=",
        (b'=', b'=') => "==",
        (b'!', b'=') => "!=",
        _ => return None,
    };
    Some((meant, at + 1 + blanks + 1))
}

/// A sign of the language, and what no sign begins with behind it: most signs are so. Returns its
/// length.
fn plain(bytes: &[u8]) -> Option<usize> {
    let length = match bytes {
        [b'>' | b'<' | b'=' | b'!', b'=', ..] => 2,
        [
            b'>' | b'<' | b'+' | b'-' | b'*' | b'/' | b'|' | b'(' | b')' | b',',
            ..,
        ] => 1,
        _ => return None,
    };
    let behind = bytes.get(length);
    let is_apart = behind.is_none_or(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'('));
    is_apart.then_some(length)
}

fn foreign_fault(sign: &str, meant: &str, span: Span) -> Fault {
    let message = format!("`{sign}` is written `{meant}` here");
    let mut fault = Fault::certain(span, message, meant);
    if meant.starts_with(|c: char| c.is_ascii_alphabetic()) {
        fault.mend.text = format!(" {meant} ");
    }
    fault
}

/// Whether `||` stands in what is plainly a set of codes: `502||503`, without spaces.
fn between_codes(text: &str, span: Span) -> bool {
    let is_code = |b: &u8| b.is_ascii_digit() || *b == b'x';
    let before = span
        .start()
        .checked_sub(1)
        .and_then(|i| text.as_bytes().get(i));
    before.is_some_and(is_code) && text.as_bytes().get(span.end()).is_some_and(is_code)
}

/// A sign of another language that may mean two things where it stands.
fn not_plain(text: &str, span: Span, lexed: &Lexed) -> Option<Fault> {
    let written = &text[span.range()];
    let rest = text[span.end()..].trim_start();
    let operand = &rest[..word_end(rest, 0)];
    match written {
        // `500–504`
        "–" => {
            let is_code = |text: &str| text.parse().is_ok_and(StatusSet::is_code);
            let first = lexed.tokens.last().map(|token| token.text(text));
            let first = first.filter(|first| is_code(first) && is_code(operand))?;
            let message = "`–` is no sign of the language";
            let mut fault = Fault::write(span, message, "..");
            fault.diagnostic = fault.diagnostic.help(format!(
                "write `{first}..{operand}` for the range, `{first} - {operand}` for the difference"
            ));
            Some(fault)
        }
        // `!5xx > 10%`: the comparison may be meant, or all other codes.
        "!" | "¬" if operand.starts_with(|c: char| c.is_ascii_digit()) => {
            let mut fault = foreign_fault(written, "not", span);
            fault.mend.trust = Trust::Guessed;
            fault.diagnostic = fault.diagnostic.help(format!(
                "write `not (…)` around the comparison, or name the codes other than `{operand}`"
            ));
            Some(fault)
        }
        _ => None,
    }
}

/// A character that no token begins with.
fn stranger(text: &str, at: usize, lexed: &mut Lexed) -> usize {
    let rest = &text[at..];
    let Some(first) = rest.chars().next() else {
        return at + 1;
    };
    let span = Span::new(at, at + first.len_utf8());
    if let Some(fault) = elsewhere::read(text, at, lexed) {
        let end = fault.mend.span.end();
        lexed.faults.push(fault);
        return end;
    }
    let fault = match first {
        '%' => match lone_percent(text, span, lexed) {
            Some(fault) => fault,
            None => return span.end(),
        },
        '.' => lone_point(text, span, lexed),
        '"' | '\'' | '`' | '“' | '”' | '‘' | '’' => {
            let fault = Fault::remove(span, "a condition has no quotes inside", "leave them out");
            meant(fault)
        }
        '[' if let Some(fault) = brackets(text, span) => fault,
        '[' | ']' => {
            let round = if first == '[' { "(" } else { ")" };
            let message = "a window stands in parentheses, such as `avg(5xx over 5m)`";
            Fault::write(span, message, round)
        }
        '{' if let Some(fault) = class::in_braces(text, at) => fault,
        '{' | '}' => Fault::remove(
            span,
            format!("`{first}` is no sign of the language"),
            "a set of codes is written `502|503`",
        ),
        _ if first.is_control() => Fault::remove(
            span,
            format!(
                "a control character (U+{:04X}) stands here",
                u32::from(first)
            ),
            "leave it out",
        ),
        _ => unreadable(text, span, lexed),
    };
    let end = span.end().max(fault.mend.span.end());
    lexed.faults.push(fault);
    end
}

/// `requests[5xx]`, `avg[5xx over 5m]`: told once for both brackets.
fn brackets(text: &str, span: Span) -> Option<Fault> {
    let inner = &text[span.end()..];
    let inner = &inner[..inner.find(['[', ']', '\n'])?];
    let end = span.end() + inner.len();
    let before = text[..span.start()].trim_end();
    let mut words = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let word = words.next().unwrap_or_default();
    let is_told = !inner.trim().is_empty() && !inner.contains(['"', '\'']);
    if !is_told || !text[end..].starts_with(']') || !words::is_function(word) {
        return None;
    }
    let message = format!("what `{word}` is about stands in parentheses");
    let fault = Fault::certain(
        Span::new(span.start(), end + 1),
        message,
        &format!("({inner})"),
    );
    let diagnostic = fault.diagnostic.help(format!("write `{word}({inner})`"));
    Some(Fault {
        diagnostic,
        ..fault
    })
}

/// What nobody can read: beside a number the whole of it, and a word of another alphabet as one.
fn unreadable(text: &str, span: Span, lexed: &Lexed) -> Fault {
    let rest = &text[span.start()..];
    let is_letter = |c: char| !c.is_ascii() && c.is_alphabetic();
    let length = rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
    let word = Span::new(span.start(), span.start() + length);
    if let Some(fault) = chinese::word(text, word, lexed) {
        return fault;
    }
    let number = lexed.tokens.last().filter(|token| {
        let is_number = matches!(token.shape, Shape::Integer | Shape::Number);
        is_number && token.span.end() == span.start()
    });
    if let Some(number) = number {
        let before = lexed.tokens.iter().nth_back(1);
        let before = before.map_or("", |token| token.text(text));
        return numeral::glued(text, before, number.span);
    }
    let (span, what) = if length == 0 {
        (span, "sign")
    } else {
        (word, "word")
    };
    let written = &text[span.range()];
    let message = format!("`{written}` is no {what} of the language");
    Fault::remove(span, message, "leave it out")
}

/// A `%` that follows nothing at once; `None` where what stands between is a fault of its own.
fn lone_percent(text: &str, span: Span, lexed: &Lexed) -> Option<Fault> {
    let nothing = || Fault::remove(span, "`%` follows a number", "write for example `10%`");
    let Some(before) = lexed.tokens.last() else {
        return Some(nothing());
    };
    if !are_apart(text, before.span, span) {
        let fault = lexed.faults.last();
        let is_told = fault.is_some_and(|fault| before.span.end() < fault.mend.span.end());
        return (!is_told).then(nothing);
    }
    let whole = Span::new(before.span.start(), span.end());
    let written = before.text(text);
    Some(match before.shape {
        Shape::Integer | Shape::Number => {
            let message = "no space stands before `%`";
            Fault::certain(whole, message, &format!("{written}%"))
        }
        Shape::Proportion => Fault::certain(whole, "one `%` is enough", written),
        Shape::Class => {
            let message = format!("`{written}` is a proportion as it stands");
            Fault::certain(whole, message, written)
        }
        Shape::Word | Shape::Duration | Shape::Sign => nothing(),
    })
}

/// A point that no digit stands before: `.5`.
fn lone_point(text: &str, span: Span, lexed: &Lexed) -> Fault {
    let digits = text[span.end()..]
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    if digits == 0 {
        return Fault::remove(span, "a point stands between digits", "leave it out");
    }
    let end = span.end() + digits;
    let before = lexed
        .tokens
        .last()
        .filter(|token| token.span.end() == span.start());
    if before.is_some_and(|token| token.shape == Shape::Word) {
        let span = Span::new(span.start(), end);
        let message = "a word has no point in it";
        return Fault::remove(span, message, "the percentiles are `p1` to `p99`");
    }
    let percent = text[end..].starts_with('%');
    let end = end + usize::from(percent);
    let meant = format!("0{}", &text[span.start()..end]);
    let message = "a digit stands before the point";
    Fault::certain(Span::new(span.start(), end), message, &meant)
}

/// A fault that is mended by leaving something out, with nothing lost.
fn meant(mut fault: Fault) -> Fault {
    fault.mend.trust = Trust::Certain;
    fault
}
