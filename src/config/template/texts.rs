//! Values of a template that are treated as numbers: they are texts with their units.
//!
//! Jinja repeats a text that is multiplied, and orders a text against a number by their kinds: both
//! give an answer, and it is wrong. What it refuses by itself, `+` and `-`, is found by a trial.

use super::tokens::{Kind, Token, tokens};
use crate::diag::{Code, Diagnostic, Span};

/// How many are told of one template.
const FOUND_MAX: usize = 4;

/// The variables that are texts with a unit.
const MEASURED: [&str; 4] = ["value", "values", "peak", "duration"];

/// Finds where a template that is sound multiplies a value, orders it, or holds it against a
/// number.
pub(super) fn calculated(text: &str) -> Vec<Diagnostic> {
    let all = tokens(text);
    let own = own_names(&all);
    let is_value = |token: &Token<'_>| is_measured(token) && !own.contains(&token.base());
    let found = all.iter().flat_map(|tokens| {
        let each = (0..tokens.len()).filter_map(|at| of_operator(tokens, at, is_value));
        each.collect::<Vec<_>>()
    });
    found.take(FOUND_MAX).collect()
}

/// Says that the operator at a place has a value beside it.
fn of_operator(
    tokens: &[Token<'_>],
    at: usize,
    is_value: impl Fn(&Token<'_>) -> bool,
) -> Option<Diagnostic> {
    let operator = tokens
        .get(at)
        .filter(|token| token.kind == Kind::Operator)?;
    let sides = [at.checked_sub(1), Some(at + 1)].map(|at| tokens.get(at?));
    // Behind a `|` it is what a filter made of it.
    let is_filtered = tokens.get(at + 2).is_some_and(|token| token.text == "|");
    let [left, right] = sides;
    let right_bare = right.filter(|_| !is_filtered);
    let mut values = left.into_iter().chain(right_bare);
    let value = values.find(|token| is_value(token))?;
    let is_number = |token: &&Token<'_>| token.kind == Kind::Number;
    let has_number = sides.iter().flatten().any(is_number);
    let is_order = !matches!(operator.text, "==" | "!=");
    (is_order || has_number).then(|| fault(value, operator))
}

fn fault(value: &Token<'_>, operator: &Token<'_>) -> Diagnostic {
    let (done, help) = if operator.text == "*" {
        let help = format!("write it as it is, `{{{{ {} }}}}`", value.text);
        ("multiplied", help)
    } else {
        let help = "how bad it is says `severity`: `{% if severity == 'critical' %}`";
        ("compared as a number", help.to_owned())
    };
    let message = format!(
        "`{}` is a text with its unit, and cannot be {done}",
        value.text
    );
    Diagnostic::new(Code::Template, value.span.to(operator.span), message).help(help)
}

/// Whether a piece is a text with a unit: of `values`, one of them.
fn is_measured(token: &Token<'_>) -> bool {
    let is_one = (token.base() == "values") == token.text.contains(['.', '[']);
    token.kind == Kind::Name && MEASURED.contains(&token.base()) && is_one
}

/// Returns the names that a template gives to something else: `set value = 3`, `for value in …`.
pub(super) fn own_names<'t>(tokens: &[Vec<Token<'t>>]) -> Vec<&'t str> {
    let words = || tokens.iter().flatten().map(|token| token.text);
    if !words().any(|word| matches!(word, "set" | "for" | "with" | "macro")) {
        return Vec::new();
    }
    let pairs = words().zip(words().skip(1));
    let named = pairs.filter(|(before, _)| matches!(*before, "set" | "for" | "with" | "," | "("));
    named.map(|(_, name)| name).collect()
}

/// Returns the place of `values.5xx` or `values[5xx]` about a fault, and what was meant.
pub(super) fn without_quotes(text: &str, fault: Span) -> Option<(Span, String)> {
    let (at, word) = text[..fault.start()].rmatch_indices("values").next()?;
    let before = &text[..at];
    let begun = before.rfind("{{").max(before.rfind("{%"))?;
    let is_within = !before[begun..].contains("}}") && !before[begun..].contains("%}");
    if !is_within || before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.')) {
        return None;
    }
    let rest = &text[at + word.len()..];
    let (part, length) = match rest.strip_prefix('[') {
        Some(rest) => (rest.split_once(']')?.0, 2),
        None => (
            rest.strip_prefix('.')?
                .split(|c: char| !c.is_alphanumeric())
                .next()?,
            1,
        ),
    };
    let span = Span::new(at, at + word.len() + part.len() + length);
    let is_code =
        part.starts_with(|c: char| c.is_ascii_digit()) && !part.contains(['\'', '"', '}']);
    (is_code && fault.start() <= span.end()).then(|| (span, format!("values['{part}']")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<&str> {
        let found = calculated(text);
        let spans = found.iter().map(|fault| fault.primary.span);
        spans.map(|span| &text[span.range()]).collect()
    }

    #[test]
    fn a_value_is_not_multiplied_or_compared_with_a_number() {
        for (text, at) in [
            ("A {{ value * 100 }}", "value *"),
            ("{{ 100 * value }}", "* value"),
            ("{% if value > 1000 %}HUGE{% endif %}", "value >"),
            ("{{ values['5xx'] > 90 }}", "values['5xx'] >"),
            ("{{ values[\"5xx\"] >= peak }}", "values[\"5xx\"] >="),
            ("{% if 10 < peak %}x{% endif %}", "< peak"),
            (
                "{% for d in domains %}{{ value * 2 }}{% endfor %}",
                "value *",
            ),
            ("{% if value == 0 %}x{% endif %}", "value =="),
            ("{{ '>' }}{% if duration >= 5 %}x{% endif %}", "duration >="),
        ] {
            assert_eq!(told(text), [at], "{text}");
        }
    }

    #[test]
    fn what_a_filter_made_of_a_value_and_other_texts_are_not_looked_at() {
        for text in [
            "{{ value }} > 10 * {{ peak }}",
            "{% if value == '100%' %}x{% endif %}",
            "{% if value|replace('%', '')|float > 10 %}x{% endif %}",
            "{% if 10 < value|replace('%', '')|float %}x{% endif %}",
            "{{ 'value * 3' }}{# value * 3 #}",
            "{% if labels.tier > 1 %}x{% endif %}{{ domains|length > 3 }}",
            "{% if values|length > 1 %}x{% endif %}",
            "{% set value = 3 %}{{ value * 2 }}",
            "{% raw %}{{ value * 3 }}{% endraw %}",
            "{{ value",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }
}
