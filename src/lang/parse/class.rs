//! Classes of status codes: `5xx`, `50x`, and what others write for them.

use super::token::Fault;
use crate::diag::Span;
use crate::unit::StatusSet;

/// `5??`, `5**`, `50?`: a class of status codes as others write it.
pub(super) fn wildcard(text: &str, at: usize) -> Option<(Fault, usize)> {
    let written = text.get(at..at + 3)?;
    if !written.ends_with(['?', '*']) {
        return None;
    }
    let digits = written.trim_end_matches(['?', '*']);
    let is_class = digits.starts_with(['1', '2', '3', '4', '5'])
        && digits.bytes().all(|b| b.is_ascii_digit())
        // One star behind two digits multiplies.
        && (digits.len() == 1 || digits.len() == 2 && written.ends_with('?'));
    let behind = text[at + 3..].chars().next();
    if !is_class || behind.is_some_and(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let meant = format!("{digits}{}", "x".repeat(3 - digits.len()));
    let message = "in a class of status codes `x` stands for any digit";
    let span = Span::new(at, at + 3);
    Some((Fault::certain(span, message, &meant), at + 3))
}

/// Returns the first digits of `5xx`, `5XX`, `50x` or `50X`.
pub(super) fn first_digits(body: &str) -> Option<&str> {
    let digits = body
        .strip_suffix("xx")
        .or_else(|| body.strip_suffix("XX"))
        .filter(|digits| digits.len() == 1)
        .or_else(|| {
            body.strip_suffix(['x', 'X'])
                .filter(|digits| digits.len() == 2)
        })?;
    let known = matches!(digits.as_bytes()[0], b'1'..=b'5');
    (known && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// `5x`, `5Xx`, `6xx`, `5xxx`: digits, and then nothing but x.
pub(super) fn is_nearly_one(body: &str) -> bool {
    let digits = body.trim_end_matches(['x', 'X']);
    (1..=3).contains(&digits.len())
        && digits.len() < body.len()
        && body.len() <= 4
        && digits.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn fault(body: &str, percent: bool, span: Span) -> Option<Fault> {
    if percent && first_digits(body).is_some() {
        let message = format!("`{body}` is a proportion as it stands");
        return Some(Fault::certain(span, message, body));
    }
    if first_digits(body).is_some() {
        return None;
    }
    let digits = body.trim_end_matches(['x', 'X']);
    if percent && digits.len() < 3 {
        // `5x%`: nobody writes a class with a `%`.
        let message = format!("`{body}%` is no proportion");
        return Some(Fault::write(span, message, &format!("{digits}%")));
    }
    let first = &body[..1];
    if !matches!(first, "1" | "2" | "3" | "4" | "5") {
        let message = format!("there are no status codes `{body}`: they are `1xx` to `5xx`");
        return Some(Fault::write(span, message, "5xx"));
    }
    let meant = match digits.len() {
        1 => format!("{first}xx"),
        2 => format!("{digits}x"),
        _ => digits.to_owned(),
    };
    let message = format!("`{body}` is no class of status codes");
    if digits.len() == 1 {
        return Some(Fault::certain(span, message, &meant));
    }
    // `50xx` may be `5xx` as well.
    Some(Fault::write(span, message, &meant))
}

/// `{502, 503}`: a set of status codes, told once for both braces.
pub(super) fn in_braces(text: &str, at: usize) -> Option<Fault> {
    let inner = text[at..].strip_prefix('{')?;
    let inner = &inner[..inner.find('}')?];
    let codes: Vec<&str> = inner.split([',', '|']).map(str::trim).collect();
    let is_codes =
        |code: &&str| first_digits(code).is_some() || code.parse().is_ok_and(StatusSet::is_code);
    let message = "a set of codes is written without braces";
    let span = Span::new(at, at + inner.len() + 2);
    let is_set = codes.iter().all(is_codes);
    is_set.then(|| Fault::certain(span, message, &codes.join("|")))
}
