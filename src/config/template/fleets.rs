//! What an alert over many domains leaves empty: it is of no domain, and of no account.

use super::texts::own_names;
use super::tokens::{Kind, Token, tokens};
use crate::diag::{Code, Diagnostic};

/// How many are told of one template.
const FOUND_MAX: usize = 4;

/// What is written for each of the variables that are empty.
const EMPTY: [(&str, &str); 2] = [
    ("domain", "write `{{ domains | join(', ') }}`"),
    ("account", "leave it out: its domains may be of several"),
];

/// The words by which a template says what stands there otherwise.
const OTHERWISE: [&str; 6] = ["if", "elif", "else", "or", "default", "d"];

/// Finds where the template of a rule over many domains, which is sound, puts in what is empty.
pub(super) fn empty(text: &str) -> Vec<Diagnostic> {
    let all = tokens(text);
    let own = own_names(&all);
    let is_value = |tokens: &[Token<'_>]| {
        let first = tokens.first().map_or(0, |first| first.span.start());
        let before = text.get(..first).unwrap_or_default();
        before.trim_end_matches(['-', '+', ' ']).ends_with("{{")
    };
    // Who asks whether there is one has a template for both kinds of rules.
    let tags = || all.iter().filter(|tokens| !is_value(tokens)).flatten();
    let is_empty = |name: &str| !own.contains(&name) && !tags().any(|token| token.text == name);
    let empty: Vec<_> = EMPTY.iter().filter(|(name, _)| is_empty(name)).collect();
    let values = all.iter().filter(|tokens| is_value(tokens));
    let plain = values.filter(|tokens| !tokens.iter().any(|token| OTHERWISE.contains(&token.text)));
    let found = plain.flatten().filter(|token| token.kind == Kind::Name);
    let found = found.filter_map(|token| {
        let (name, help) = empty.iter().find(|(name, _)| *name == token.text)?;
        let message = format!("`{name}` is empty here: the alert is one over many domains");
        let fault = Diagnostic::new(Code::Template, token.span, message);
        Some(fault.warning().help(*help))
    });
    found.take(FOUND_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<&str> {
        let found = empty(text).into_iter();
        found
            .map(|fault| &text[fault.primary.span.range()])
            .collect()
    }

    #[test]
    fn what_is_empty_is_found_where_it_is_put_in() {
        for (text, found) in [
            ("{{ domain }} fails", vec!["domain"]),
            (
                "{{-domain | upper }}: {{ account }}",
                vec!["domain", "account"],
            ),
            ("{{ 'on ' ~ domain }}", vec!["domain"]),
            ("{% if value %}{{ domain }}{% endif %}", vec!["domain"]),
        ] {
            assert_eq!(told(text), found, "{text}");
        }
    }

    #[test]
    fn what_says_what_stands_there_otherwise_is_not_told() {
        for text in [
            "{{ domains | join(', ') }}: {{ labels.domain }}",
            "{{ domain or 'several' }}",
            "{{ domain | default('several', true) }}",
            "{{ domain if domain else 'several' }}",
            "{% if domain %}{{ domain }}{% else %}several{% endif %}",
            "{% for domain in domains %}{{ domain }} {% endfor %}",
            "{% set x = domain %}domain",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }
}
