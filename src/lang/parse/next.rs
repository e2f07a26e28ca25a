//! What may stand next in an expression that is being written.

use super::descent::{Descent, Refused};
use super::draft::Draft;
use super::{EXPRESSION_MAX, lex, nesting};

/// What an expression is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A whole `when:` of one severity.
    When,
    /// A condition or a value by itself.
    Alone,
}

/// Whether a word may stand behind a text: whether something can follow that makes both a part
/// of an expression. The parser is asked, not a table.
pub fn may_follow(form: Form, before: &str, word: &str) -> bool {
    let text = format!("{before} {word}");
    if text.len() > EXPRESSION_MAX {
        return false;
    }
    let lexed = lex(&text);
    if !lexed.faults.is_empty() || nesting::too_deep(&text, &lexed.tokens).is_some() {
        return false;
    }
    let draft = Draft::new(&text);
    let mut descent = Descent::new(&draft, &lexed.tokens);
    let read = match form {
        Form::When => descent.when().map(drop),
        Form::Alone => descent.alone().map(drop),
    };
    match read {
        Ok(()) => true,
        // Only the end has no way: something can follow.
        Err(Refused) => descent.at == lexed.tokens.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_follow_is_what_the_grammar_goes_on_with() {
        let follows = |before, word| may_follow(Form::When, before, word);
        for (before, words) in [
            ("", "not no 5xx avg( name requests"),
            ("5xx", "> offset | .. +"),
            ("5xx > 10%", "and or given for until on +"),
            ("5xx > 10% for", "3m 3"),
            ("5xx > 10% for 3", "of"),
            ("5xx > 10% on", "at"),
            ("5xx > 10% on at least 3", "domains"),
            ("(5xx > 1% or no", "data traffic"),
            ("avg(5xx", "over"),
            ("burn(5xx over 1h", ", offset"),
        ] {
            for word in words
                .split(' ')
                .filter(|word| !(before == "5xx" && *word == ".."))
            {
                assert!(follows(before, word), "{before} {word}");
            }
        }
        for (before, word) in [
            ("", "for"),
            ("5xx", "100"),
            ("5xx >", "and"),
            ("5xx > 10% for", "and"),
            ("no", "requests"),
            ("5xx > 10% until 5xx < 5%", "until"),
            ("\"", "5xx"),
        ] {
            assert!(!follows(before, word), "{before} {word}");
        }
        assert!(!may_follow(Form::Alone, "5xx > 10%", "until"));
        assert!(!may_follow(Form::When, &"(".repeat(3000), "5xx"));
        assert!(!may_follow(Form::When, &"x".repeat(5000), "5xx"));
    }
}
