//! Braces and quotes of a template that stand alone: they go out as they stand.

use crate::diag::{Code, Diagnostic, Span};
use crate::dispatch::summary::VARIABLES;

/// How far the two braces of a pair are apart at the most.
const WITHIN_BYTES_MAX: usize = 64;

/// How many are told of one template.
const FOUND_MAX: usize = 4;

/// Finds what looks like a value in single braces, `{ value }`, and `}}` that closes nothing, in a
/// template that is sound.
pub(super) fn single(text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let (mut at, mut open) = (0, 0_usize);
    while at < text.len() && found.len() < FOUND_MAX {
        let rest = &text[at..];
        if let Some(length) = construct(rest) {
            at += length;
            if open == 0 && rest.starts_with("{{") && text[at..].starts_with('}') {
                found.push(stray(Span::new(at, at + 1)));
                at += 1;
            }
        } else if rest.starts_with("}}") || rest.starts_with("%}") && text.contains("{%") {
            found.push(unopened(Span::new(at, at + 2)));
            at += 2;
        } else if let Some(within) = variable(rest) {
            found.push(alone(text, at, within));
            at += within.len() + 2;
            at += usize::from(text[at..].starts_with('}'));
        } else {
            match rest.as_bytes()[0] {
                b'{' => open += 1,
                b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

/// Returns how long the `{{ … }}`, `{% … %}` or `{# … #}` is that a text begins with.
fn construct(text: &str) -> Option<usize> {
    let pairs = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];
    let (open, close) = pairs.into_iter().find(|(open, _)| text.starts_with(open))?;
    let inside = &text[open.len()..];
    let end = closed(inside, close).filter(|_| open != "{#");
    let end = end.or_else(|| inside.find(close));
    Some(end.map_or(text.len(), |end| open.len() + end + close.len()))
}

/// Returns where a construct closes: not within quotes, nor within other brackets.
fn closed(inside: &str, close: &str) -> Option<usize> {
    let mut open = 0_usize;
    let mut at = 0;
    while let Some(c) = inside[at..].chars().next() {
        let rest = &inside[at..];
        if open == 0 && rest.starts_with(close) {
            return Some(at);
        }
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.checked_sub(1)?,
            _ => {}
        }
        at += if matches!(c, '"' | '\'') {
            quoted(rest)
        } else {
            c.len_utf8()
        };
    }
    None
}

/// Returns how long the text in quotes is that a text begins with.
fn quoted(text: &str) -> usize {
    let mut chars = text.char_indices();
    let sign = chars.next().map(|(_, sign)| sign);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            _ if Some(c) == sign => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns what stands in the braces that a text begins with, if it begins with a known name.
fn variable(text: &str) -> Option<&str> {
    let within = text.strip_prefix('{')?;
    let within = &within[..within.find('}')?];
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = within.trim_start().split(|c| !is_of_name(c)).next()?;
    let is_value = VARIABLES.contains(&name)
        && within.len() <= WITHIN_BYTES_MAX
        && !within.contains(['{', '\n', ':']);
    is_value.then_some(within)
}

/// `{ value }`, `%{value}`, `${value}`
fn alone(text: &str, at: usize, within: &str) -> Diagnostic {
    let start = match text[..at].chars().next_back() {
        Some('%' | '$' | '#') => at - 1,
        _ => at,
    };
    let end = at + within.len() + 2;
    // `{ value }}` lost one of two.
    let end = end + usize::from(text[end..].starts_with('}'));
    let span = Span::new(start, end);
    let message = "in single braces this is no value, and goes out as it stands";
    let fault = Diagnostic::new(Code::Template, span, message).warning();
    fault.write(format!("{{{{ {} }}}}", within.trim()))
}

/// `{{ value }}}`
fn stray(span: Span) -> Diagnostic {
    let message = "this brace is one too many, and goes out as it stands";
    let fault = Diagnostic::new(Code::Template, span, message).warning();
    fault.help("leave it out").fix(span, "")
}

fn unopened(span: Span) -> Diagnostic {
    let message = "this closes nothing, and goes out as it stands";
    let fault = Diagnostic::new(Code::Template, span, message).warning();
    fault.help("a value stands between `{{` and `}}`, a tag between `{%` and `%}`")
}

/// `the origin fails"`: a quote at the end of a text that YAML reads without quotes.
pub(super) fn lone_quote(text: &str) -> Option<Diagnostic> {
    let before = text.strip_suffix('"')?;
    if before.is_empty() || before.contains('"') {
        return None;
    }
    let span = Span::new(before.len(), text.len());
    let message = "no quote begins the text that this one ends, and it goes out as it stands";
    let fault = Diagnostic::new(Code::Template, span, message).warning();
    Some(fault.help("leave it out, or begin the text with one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<&str> {
        let found = single(text);
        let spans = found.iter().map(|fault| fault.primary.span);
        spans.map(|span| &text[span.range()]).collect()
    }

    #[test]
    fn a_value_in_single_braces_is_told_and_other_braces_are_not() {
        assert_eq!(
            told("a { value } b %{domain} ${rule}"),
            ["{ value }", "%{domain}", "${rule}"]
        );
        assert_eq!(told("domain }} x"), ["}}"]);
        assert_eq!(told("{% if domain %}a% else %}b{% endif %}"), ["%}"]);
        assert_eq!(told("{5%} of {{ domain }}"), [""; 0]);
        assert_eq!(told("{ domain }} x"), ["{ domain }}"]);
        assert_eq!(told("{labels.team}"), ["{labels.team}"]);
        assert_eq!(told("{{ domain }}} is bad"), ["}"]);
        assert_eq!(told("{of: {{ domain }}} {{ '}' }}"), [""; 0]);
        let sound =
            "{{ value }} {% if domain %}{x}{% endif %}{# {value} #} {\"value\": 1} {a: value}";
        assert_eq!(told(sound), [""; 0]);
    }
}
