//! Templates that make much of little.
//!
//! The fuel of a template is charged for what it does and for the texts that it makes, but for a list that
//! holds other lists, or that is repeated, only once it has been written out: `[1] * 99999999` and six
//! lists of ten, each in the next, are written for minutes. So lists and maps are made of names only where they
//! are not kept, and nothing repeats them.

use super::tokens::{Kind, Token, WORDS, tokens};
use crate::diag::{Code, Diagnostic, Span};

/// How many names, numbers and signs one pair of braces may hold: each can be a list of thousands.
const PIECES_MAX: usize = 500;
/// What has no name of its own.
const CONSTANTS: [&str; 6] = ["true", "false", "none", "True", "False", "None"];
/// The filters that make a number, whatever stands before them.
const COUNTS: [&str; 6] = ["int", "float", "round", "abs", "length", "count"];
/// The tags that keep a value under a name.
const KEEPS: [&str; 5] = ["set", "with", "for", "macro", "call"];

/// Finds what can make a template too large for its fuel.
pub(super) fn of(text: &str) -> Option<Diagnostic> {
    let all = tokens(text);
    let has = |tokens: &[Token<'_>], words: &[&str]| {
        tokens
            .first()
            .is_some_and(|first| words.contains(&first.text))
    };
    // What is called keeps its arguments, wherever it is called.
    let is_called = |tokens: &Vec<Token<'_>>| {
        has(tokens, &["macro", "call"]) || tokens.iter().any(|token| token.text == "recursive")
    };
    let has_calls = all.iter().any(is_called);
    all.iter().find_map(|tokens| {
        let keeps = has_calls || has(tokens, &KEEPS);
        too_long(tokens)
            .or_else(|| repeated(tokens))
            .or_else(|| filled(tokens))
            .or_else(|| kept(tokens).filter(|_| keeps))
    })
}

fn fault(span: Span, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::Template, span, message).help(help)
}

fn too_long(tokens: &[Token<'_>]) -> Option<Diagnostic> {
    let beyond = tokens.get(PIECES_MAX)?;
    let message =
        format!("more than {PIECES_MAX} names, numbers and signs stand in one pair of braces");
    Some(fault(
        beyond.span,
        &message,
        "write less, or in several pairs",
    ))
}

/// `[0] * 9`, `a + a`
fn repeated(tokens: &[Token<'_>]) -> Option<Diagnostic> {
    (0..tokens.len()).find_map(|at| match tokens[at].text {
        "*" if !is_of_numbers(tokens, at) => Some(fault(
            tokens[at].span,
            "`*` repeats lists and texts as well, and this may be one",
            "multiply what is a number for certain by a number: `{{ labels.tier|int * 2 }}`",
        )),
        "+" if !is_of_one_literal(tokens, at) => Some(fault(
            tokens[at].span,
            "`+` joins lists as well, and these may be some",
            "texts are joined by `~`; add a number that is written out: `{{ labels.tier|int + 1 }}`",
        )),
        _ => None,
    })
}

/// Whether the sides of an operator are numbers for certain.
fn is_of_numbers(tokens: &[Token<'_>], operator: usize) -> bool {
    let at = |place: Option<usize>| tokens.get(place?);
    let is_number = |token: &Token<'_>| token.kind == Kind::Number;
    let is_filter = |token: &Token<'_>| token.text == "|";
    let left = at(operator.checked_sub(1));
    let is_counted = left.is_some_and(|token| COUNTS.contains(&token.text))
        && at(operator.checked_sub(2)).is_some_and(is_filter);
    (is_counted || left.is_some_and(is_number))
        && at(Some(operator + 1)).is_some_and(is_number)
        && !at(Some(operator + 2)).is_some_and(is_filter)
}

/// Whether a side of an operator is a number or a text that is written out, which no list is added to; or there is one side
/// only.
fn is_of_one_literal(tokens: &[Token<'_>], operator: usize) -> bool {
    let is_literal = |token: &Token<'_>| matches!(token.kind, Kind::Number | Kind::Text);
    let left = operator.checked_sub(1).and_then(|at| tokens.get(at));
    let right = tokens.get(operator + 1).filter(|token| is_literal(token));
    let is_filtered = tokens
        .get(operator + 2)
        .is_some_and(|token| token.text == "|");
    left.is_none_or(|token| is_literal(token) || !ends_value(token))
        || right.is_some() && !is_filtered
}

/// `map(attribute='x', default=list)`, `map('default', list)`, `map(f, list)`: a list that takes the place of many items.
fn filled(tokens: &[Token<'_>]) -> Option<Diagnostic> {
    let mut all = tokens.windows(3);
    let found = all.find_map(|three| {
        let [before, token, next] = three else {
            return None;
        };
        let is_default = matches!(next.text, "'default'" | "\"default\"" | "'d'" | "\"d\"");
        let is_any = before.text == "map" && next.kind == Kind::Name && next.text != "attribute";
        match (token.text, next.text) {
            ("default", "=") => Some(token),
            ("(", _) if is_default || is_any => Some(next),
            _ => None,
        }
    })?;
    Some(fault(
        found.span,
        "what takes the place of many items may be a list",
        "give each item its default where it is written: `{{ item|default('-') }}`",
    ))
}

/// `set a = [b, b]`: a list or a map that is made of names.
fn kept(tokens: &[Token<'_>]) -> Option<Diagnostic> {
    let mut open: Vec<Open> = vec![Open::default()];
    let mut before: Option<&Token<'_>> = None;
    for token in tokens {
        match token.text {
            "[" | "{" | "(" => {
                let is_called = before.is_some_and(|before| ends_value(before));
                open.push(Open {
                    is_literal: token.text != "(" && !is_called,
                    is_tuple: token.text == "(" && !is_called,
                    ..Open::default()
                });
            }
            "]" | "}" | ")" => {
                let inner = open.pop().unwrap_or_default();
                if let Some(place) = inner.made_of() {
                    return Some(of_names(place));
                }
                let outer = open.last_mut()?;
                outer.name = outer.name.or(inner.name);
            }
            "," => open.last_mut()?.has_comma = true,
            // What was before is given a name here.
            "=" | "in" if open.len() == 1 => {
                open = vec![Open {
                    is_tuple: true,
                    ..Open::default()
                }];
            }
            _ if token.kind == Kind::Name => {
                let base = token.base();
                let is_filter = before.is_some_and(|before| matches!(before.text, "|" | "is"));
                if !is_filter && !WORDS.contains(&base) && !CONSTANTS.contains(&base) {
                    open.last_mut()?.name.get_or_insert(token.span);
                }
            }
            _ => {}
        }
        before = Some(token);
    }
    open.iter().find_map(Open::made_of).map(of_names)
}

fn of_names(place: Span) -> Diagnostic {
    fault(
        place,
        "a list or map that is kept is made of names here, and may hold lists in lists",
        "name what it holds where it is written",
    )
}

/// What was seen since something was opened.
#[derive(Clone, Copy, Default)]
struct Open {
    is_literal: bool,
    /// Whether a comma makes a list of it.
    is_tuple: bool,
    has_comma: bool,
    name: Option<Span>,
}

impl Open {
    /// Returns the first name that a list or map is made of.
    fn made_of(&self) -> Option<Span> {
        self.name
            .filter(|_| self.is_literal || self.is_tuple && self.has_comma)
    }
}

/// Whether a value can end with a piece, so that what is opened behind it belongs to it.
fn ends_value(token: &Token<'_>) -> bool {
    let is_word = WORDS.contains(&token.text) || KEEPS.contains(&token.text);
    matches!(token.text, ")" | "]" | "}")
        || matches!(token.kind, Kind::Text | Kind::Number)
        || token.kind == Kind::Name && !is_word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_grow_beyond_its_fuel_is_found() {
        for text in [
            "{{ [0] ~ [1] * 99999999 }}",
            "{% set a = [0] %}{{ a * 99999999 }}",
            "{{ 99999999 * alerts }}",
            "{{ '\\'' ~ [1] * 99999999 }}",
            "{{ '}}' ~ [1] * 99999999 }}",
            "{{ {'a': {'b': 1}} ~ [1] * 99999999 }}",
            "{{ (1, 2) * 9 }}",
            "{{ 3 * '9'|list }}",
            "{{ 3 * 9|string|list }}",
            "{{ [1] * 9 * 9 }}",
            "{% set a = a + a %}",
            "{{ [1] + [2] }}",
            "{{ a + 9|list }}",
            "{% set b = [a, a] %}",
            "{% set b = [[1, a]] %}",
            "{% set b = {'x': a} %}",
            "{% set b = (a, a) %}",
            "{% set b = a, a %}",
            "{% set b = f([a, a]) %}",
            "{% for b in [a, a] %}{% endfor %}",
            "{% for b in[a, a] %}{% endfor %}",
            "{% for b in a, a %}{% endfor %}",
            "{% with b = [a, a] %}{% endwith %}",
            "{% macro f(a) %}{{ f([a, a]) }}{% endmacro %}",
            "{% for b in [1] recursive %}{{ loop([b, b]) }}{% endfor %}",
            "{% set b = range(9)|map(attribute='q', default=a) %}",
            "{% set b = [0, 0]|map('default', a, true) %}",
        ] {
            assert!(of(text).is_some(), "{text}");
        }
        let long = format!("{{{{ [{}] ~ '' }}}}", "r,".repeat(PIECES_MAX / 2));
        assert!(of(&long).is_some());
    }

    #[test]
    fn what_grows_is_found_however_it_is_written() {
        for text in [
            "{% raw %}{{ \"{% endraw %}{{ [0] ~ [1] * 99999999 }}",
            "{{ ([[1]]).0 * 99999999 }}",
            "{{ [[1]].0 + [1] }}",
            "{{ labels[(1, 2) * 99999999 ~ ''] }}",
            "{%- set b = [a, a] %}",
            "{% set b = [0, 0]|map('\\u0064', a, true) %}",
            "{% set f = 'd' %}{% set b = [0, 0]|map(f, a, true) %}",
        ] {
            assert!(of(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_cannot_is_not() {
        for text in [
            "**{{ domain }}** + {{ '*' }} {# a * b #}",
            "{{ labels.tier|int * 2 }}{{ alerts | length * 1.5 }}{{ 2 * 3 }}",
            "{{ alerts|length + 1 }}{{ 'x' + rule }}{{ +1 }}",
            "{% if severity in ['critical', 'warning'] %}x{% endif %}",
            "{% if severity in [state, 'critical'] %}x{% endif %}",
            "{{ {'text': alerts[0].summary, 'count': alerts|length}|tojson }}",
            "{% for alert in alerts %}{{ {'text': alert.summary}|tojson }}{% endfor %}",
            "{% for name, of in values|items %}{{ name }}{% endfor %}",
            "{% for x in alerts|sort(attribute='rule', reverse=true) %}{% endfor %}",
            "{% set worst = alerts|selectattr('severity', 'eq', 'critical')|first %}",
            "{% set words = ['one', 'two'] %}{% set n = (alerts|length) %}",
            "{% with a = rule, b = domain %}{% endwith %}",
            "{{ alerts|map(attribute='domain')|join(', ') }}{{ labels.team|default('-') }}",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
