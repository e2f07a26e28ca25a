//! Characters that only look like those of the language: full-width ones, letters of other
//! alphabets, spaces that are none.
//!
//! They are mended before tokens are made, so that what stands beside one is read as it was meant.

use super::draft::Trust;
use super::token::Fault;
use crate::diag::Span;
use crate::lang::words;

/// Letters that a reader cannot tell from those of the language.
const LOOKALIKES: [(char, char); 47] = [
    ('а', 'a'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('ɡ', 'g'),
    ('һ', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('о', 'o'),
    ('р', 'p'),
    ('ѕ', 's'),
    ('у', 'y'),
    ('х', 'x'),
    ('А', 'A'),
    ('В', 'B'),
    ('С', 'C'),
    ('Е', 'E'),
    ('Н', 'H'),
    ('І', 'I'),
    ('К', 'K'),
    ('М', 'M'),
    ('О', 'O'),
    ('Р', 'P'),
    ('Ѕ', 'S'),
    ('Т', 'T'),
    ('Х', 'X'),
    ('α', 'a'),
    ('ν', 'v'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('υ', 'u'),
    ('χ', 'x'),
    ('Α', 'A'),
    ('Ο', 'O'),
    ('Χ', 'X'),
    ('ⅰ', 'i'),
    ('ⅴ', 'v'),
    ('ⅹ', 'x'),
    ('ⅽ', 'c'),
    ('ⅾ', 'd'),
    ('ⅿ', 'm'),
    ('Ⅹ', 'X'),
    ('ı', 'i'),
    ('ѵ', 'v'),
    ('ո', 'n'),
    ('ս', 'u'),
    ('օ', 'o'),
];

/// Returns the faults of all such characters, comments left out.
pub(super) fn faults(text: &str) -> Vec<Fault> {
    let mut found = Vec::new();
    if text
        .bytes()
        .all(|b| b.is_ascii_graphic() || is_plain_blank(b.into()))
    {
        return found;
    }
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let end = match first {
            '#' => at + rest.find('\n').unwrap_or(rest.len()),
            _ if narrow(first).is_some() => full_width(text, at, &mut found),
            _ if is_letter(first) => at + word(rest, at, &mut found),
            _ if is_strange_blank(first) => {
                let span = Span::new(at, at + first.len_utf8());
                found.push(blank(span, first));
                span.end()
            }
            _ => at + first.len_utf8(),
        };
        at = end;
    }
    found
}

fn full_width(text: &str, at: usize, found: &mut Vec<Fault>) -> usize {
    let rest = &text[at..];
    let wide = rest.find(|c| narrow(c).is_none()).unwrap_or(rest.len());
    let span = Span::new(at, at + wide);
    let meant: String = rest[..wide].chars().filter_map(narrow).collect();
    let message = format!("`{}` is written in full-width characters", &rest[..wide]);
    found.push(Fault::certain(span, message, &meant));
    span.end()
}

/// `5хх` with letters of another alphabet. Returns how long the word is.
fn word(rest: &str, at: usize, found: &mut Vec<Fault>) -> usize {
    let length = rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
    let written = &rest[..length];
    let strange = written.chars().find(|c| !c.is_ascii());
    let meant: String = written.chars().map(|c| lookalike(c).unwrap_or(c)).collect();
    // A word without any other letter is perhaps one of that alphabet's language.
    let is_mixed = written.contains(|c: char| c.is_ascii_alphanumeric());
    if let Some(strange) = strange
        && (is_mixed || words::is_word(&meant))
    {
        let message = format!(
            "`{strange}` in `{written}` is a letter of another alphabet (U+{:04X})",
            u32::from(strange)
        );
        found.push(Fault::certain(Span::new(at, at + length), message, &meant));
    }
    length
}

fn blank(span: Span, first: char) -> Fault {
    let message = format!(
        "a character that looks like a space is none (U+{:04X})",
        u32::from(first)
    );
    let mut fault = Fault::remove(span, message, "write a plain space");
    fault.mend.trust = Trust::Certain;
    fault
}

/// Whether a word may have it, as it is or as it looks.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || lookalike(c).is_some()
}

fn lookalike(c: char) -> Option<char> {
    let mut known = LOOKALIKES.iter().filter(|_| !c.is_ascii());
    known.find(|(other, _)| *other == c).map(|(_, own)| *own)
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

fn is_plain_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_strange_blank(c: char) -> bool {
    let is_invisible = matches!(
        c,
        '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}'
    );
    !is_plain_blank(c) && c.is_whitespace() || is_invisible
}
