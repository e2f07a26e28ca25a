//! What stands in other places of a rules file, and not in a condition: each piece is told as a
//! whole.

use super::draft::Edit;
use super::token::{Fault, Lexed};
use crate::diag::{Code, Diagnostic, Span};

/// Reads `${NAME}` or `{{ … }}` at `at`.
pub(super) fn read(text: &str, at: usize, lexed: &Lexed) -> Option<Fault> {
    let rest = &text[at..];
    let (close, message) = if rest.starts_with("${") {
        (
            "}",
            "a variable of the environment cannot stand in a condition",
        )
    } else if rest.starts_with("{{") {
        ("}}", "a template cannot stand in a condition")
    } else {
        return None;
    };
    let end = rest.find(close)? + close.len();
    let span = Span::new(at, at + end);
    let diagnostic = Diagnostic::new(Code::Syntax, span, message)
        .help("write the value itself, or a name that `let:` defines");
    let before = lexed.tokens.last().map_or("", |token| token.text(text));
    let instead = match before {
        "for" | "over" | "offset" | "of" => "5m",
        "least" => "1",
        "" | "and" | "or" | "not" | "given" | "until" | "(" | "|" => "5xx",
        _ => "10%",
    };
    // `${LIMIT}%`, `${HOLD}m`: what is glued to it belongs to it.
    let is_glued = |c: char| c.is_ascii_alphanumeric() || c == '%';
    let behind = &text[span.end()..];
    let glued = behind.find(|c| !is_glued(c)).unwrap_or(behind.len());
    Some(Fault {
        diagnostic,
        mend: Edit::replace(Span::new(at, span.end() + glued), instead),
    })
}

/// Reads a domain such as `www.example.com` or `*.example.com`, which begins at `at`.
pub(super) fn host(text: &str, at: usize, lexed: &Lexed) -> Option<Fault> {
    let rest = &text[at..];
    let star = usize::from(rest.starts_with('*'));
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let length = rest[star..].find(|c| !is_part(c));
    let run = &rest[..length.map_or(rest.len(), |length| star + length)];
    let run = run.trim_end_matches(['-', '.']);
    let (_, top) = run.rsplit_once('.')?;
    if !is_top(top) || run.contains("..") {
        return None;
    }
    let span = Span::new(at, at + run.len());
    let message = format!("`{run}` is no word of the language");
    let diagnostic = Diagnostic::new(Code::Syntax, span, message)
        .help("the domains of a rule stand under its `domains:`, beside `when:`");
    let before = lexed.tokens.last();
    let on = before.filter(|token| matches!(token.text(text), "on" | "for" | "of"));
    let start = on.map_or(at, |on| on.span.start());
    Some(Fault {
        diagnostic,
        mend: Edit::replace(Span::new(start, span.end()), " "),
    })
}

/// Whether a domain can end with it.
fn is_top(label: &str) -> bool {
    2 <= label.len() && label.bytes().all(|b| b.is_ascii_alphabetic())
}
