//! Signs: those of the language, those of its neighbours, and those that only look alike.

use super::draft::Trust;
use super::token::{Fault, Lexed, Shape};
use crate::diag::Span;

/// The signs of the language, longer ones first.
const SIGNS: [&str; 15] = [
    "..", ">=", "<=", "==", "!=", ">", "<", "+", "-", "*", "/", "|", "(", ")", ",",
];

/// What other languages write, longer ones first, and what this one does.
const FOREIGN: [(&str, &str); 25] = [
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
    let rest = &text[at..];
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
            lexed.faults.push(foreign_fault(sign, meant, span));
            lexed.token(Shape::Sign, span.start, span.end);
            span.end
        }
        (Some(own), _) => {
            lexed.token(Shape::Sign, at, at + own.len());
            at + own.len()
        }
        (None, _) => stranger(text, at, lexed),
    }
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
        .start
        .checked_sub(1)
        .and_then(|i| text.as_bytes().get(i));
    before.is_some_and(is_code) && text.as_bytes().get(span.end).is_some_and(is_code)
}

/// A character that no token begins with.
fn stranger(text: &str, at: usize, lexed: &mut Lexed) -> usize {
    let rest = &text[at..];
    let Some(first) = rest.chars().next() else {
        return at + 1;
    };
    let wide = rest.find(|c| narrow(c).is_none()).unwrap_or(rest.len());
    if wide > 0 {
        let span = Span::new(at, at + wide);
        let meant: String = rest[..wide].chars().filter_map(narrow).collect();
        let message = format!("`{}` is written in full-width characters", &rest[..wide]);
        lexed.faults.push(Fault::certain(span, message, &meant));
        return span.end;
    }
    let span = Span::new(at, at + first.len_utf8());
    let fault = match first {
        '%' => lone_percent(text, span, lexed),
        '.' => lone_point(text, span, lexed),
        '"' | '\'' | '`' | '“' | '”' | '‘' | '’' => {
            let fault = Fault::remove(span, "a condition has no quotes inside", "leave them out");
            meant(fault)
        }
        _ if first.is_whitespace() || is_invisible(first) => {
            let message = format!(
                "a character that looks like a space is none (U+{:04X})",
                u32::from(first)
            );
            meant(Fault::remove(span, message, "write a plain space"))
        }
        '[' | ']' => {
            let round = if first == '[' { "(" } else { ")" };
            let message = "a window stands in parentheses, such as `avg(5xx over 5m)`";
            Fault::write(span, message, round)
        }
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
        _ => Fault::remove(
            span,
            format!("`{first}` is no sign of the language"),
            "leave it out",
        ),
    };
    let end = span.end.max(fault.mend.span.end);
    lexed.faults.push(fault);
    end
}

/// A `%` that follows nothing at once.
fn lone_percent(text: &str, span: Span, lexed: &Lexed) -> Fault {
    let Some(before) = lexed.tokens.last() else {
        return Fault::remove(span, "`%` follows a number", "write for example `10%`");
    };
    let whole = Span::new(before.span.start, span.end);
    let written = before.text(text);
    match before.shape {
        Shape::Integer | Shape::Number => {
            let message = "no space stands before `%`";
            Fault::certain(whole, message, &format!("{written}%"))
        }
        Shape::Proportion => Fault::certain(whole, "one `%` is enough", written),
        Shape::Class => {
            let message = format!("`{written}` is a proportion as it stands");
            Fault::certain(whole, message, written)
        }
        Shape::Word | Shape::Duration | Shape::Sign => {
            Fault::remove(span, "`%` follows a number", "write for example `10%`")
        }
    }
}

/// A point that no digit stands before: `.5`.
fn lone_point(text: &str, span: Span, lexed: &Lexed) -> Fault {
    let digits = text[span.end..]
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    if digits == 0 {
        return Fault::remove(span, "a point stands between digits", "leave it out");
    }
    let end = span.end + digits;
    let before = lexed
        .tokens
        .last()
        .filter(|token| token.span.end == span.start);
    if before.is_some_and(|token| token.shape == Shape::Word) {
        let span = Span::new(span.start, end);
        let message = "a word has no point in it";
        return Fault::remove(span, message, "the percentiles are `p1` to `p99`");
    }
    let percent = text[end..].starts_with('%');
    let end = end + usize::from(percent);
    let meant = format!("0{}", &text[span.start..end]);
    let message = "a digit stands before the point";
    Fault::certain(Span::new(span.start, end), message, &meant)
}

/// A fault that is mended by leaving something out, with nothing lost.
fn meant(mut fault: Fault) -> Fault {
    fault.mend.trust = Trust::Certain;
    fault
}

/// Returns the plain character of a full-width one.
fn narrow(wide: char) -> Option<char> {
    match wide {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(wide) - 0xFEE0),
        '。' => Some('.'),
        '、' => Some(','),
        _ => None,
    }
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}'
    )
}
