//! What a template compares with one of a few words: `severity == 'high'` is never so.

use super::texts::own_names;
use super::tokens::{Kind, Token, tokens};
use crate::diag::{Code, Diagnostic, nearest};
use crate::dispatch::State;
use crate::unit::Severity;

/// How many are told of one template.
const FOUND_MAX: usize = 4;

/// Finds where a template that is sound compares a variable with what that never is.
pub(super) fn strange(text: &str) -> Vec<Diagnostic> {
    // Most templates compare nothing.
    if !text.contains("==") && !text.contains("!=") {
        return Vec::new();
    }
    let all = tokens(text);
    let own = own_names(&all);
    let found = all.iter().flat_map(|tokens| {
        let sides = (0..tokens.len()).filter_map(|at| sides(tokens, at));
        let sides = sides.filter(|(name, _)| !own.contains(&name.text));
        sides.filter_map(|(name, word)| of_word(text, name, word))
    });
    found.take(FOUND_MAX).collect()
}

/// Returns the variable and the text that stand by themselves on both sides of `==` or `!=`.
fn sides<'a, 't>(tokens: &'a [Token<'t>], at: usize) -> Option<(&'a Token<'t>, &'a Token<'t>)> {
    let [left, operator, right] = tokens.get(at..at + 3)? else {
        return None;
    };
    let is_bare = |token: Option<&Token<'_>>| {
        let around = ["and", "or", "not", "if", "elif", "else", "(", ")"];
        token.is_none_or(|token| around.contains(&token.text))
    };
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    if !matches!(operator.text, "==" | "!=") || !is_bare(before) || !is_bare(tokens.get(at + 3)) {
        return None;
    }
    match (left.kind, right.kind) {
        (Kind::Name, Kind::Text) => Some((left, right)),
        (Kind::Text, Kind::Name) => Some((right, left)),
        _ => None,
    }
}

fn of_word(text: &str, name: &Token<'_>, word: &Token<'_>) -> Option<Diagnostic> {
    let known: Vec<&str> = match name.text {
        "severity" => {
            let all = [Severity::Info, Severity::Warning, Severity::Critical];
            all.iter().map(|severity| severity.as_str()).collect()
        }
        "state" => {
            let all = [State::Firing, State::Resolved, State::Ended];
            all.iter().map(|state| state.as_str()).collect()
        }
        _ => return None,
    };
    let written = text.get(word.span.start() + 1..word.span.end().checked_sub(1)?)?;
    if known.contains(&written) || written.contains('\\') {
        return None;
    }
    let message = format!("`{}` is never `{written}`", name.text);
    let fault = Diagnostic::new(Code::Template, word.span, message).warning();
    Some(match nearest(written, known.iter().copied()) {
        Some(near) => fault.help(format!("did you mean `'{near}'`?")),
        None => fault.help(format!("it is one of {}", known.join(", "))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let found = strange(text).into_iter();
        found.map(|fault| fault.message).collect()
    }

    #[test]
    fn a_variable_of_few_words_is_compared_with_one_of_them() {
        for (text, message) in [
            (
                "{% if severity == 'high' %}x{% endif %}",
                "`severity` is never `high`",
            ),
            (
                "{% if 'fireing' == state %}x{% endif %}",
                "`state` is never `fireing`",
            ),
            (
                "{{ domain }}{% if a and (state != \"ok\") %}x{% endif %}",
                "`state` is never `ok`",
            ),
            (
                "{{ 'x' if severity == 'Critical' else 'y' }}",
                "`severity` is never `Critical`",
            ),
        ] {
            assert_eq!(told(text), [message], "{text}");
        }
    }

    #[test]
    fn what_a_filter_made_of_it_and_other_names_are_not_looked_at() {
        for text in [
            "{% if severity == 'critical' %}x{% elif state == 'resolved' %}y{% endif %}",
            "{% if severity|upper == 'CRITICAL' %}x{% endif %}",
            "{% if severity == 'HIGH'|lower %}x{% endif %}",
            "{% if labels.severity == 'high' or reason == 'x' %}x{% endif %}",
            "{% set state = 'ok' %}{% if state == 'ok' %}x{% endif %}",
            "severity == 'high'",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }
}
