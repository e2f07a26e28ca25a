//! The pieces of what stands in the braces of a template, as the library itself reads them: what it takes for a text, a number
//! or nothing at all is not guessed.

use minijinja::machinery::{self, Tokenizer};
use minijinja::syntax::SyntaxConfig;

use crate::diag::Span;

/// The words that can stand before a list, which is none of their items.
pub(super) const WORDS: [&str; 8] = ["in", "and", "or", "not", "if", "elif", "else", "is"];

/// A piece of what stands in braces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    pub(super) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name with what it is asked for: `value`, `values['5xx']`, `labels.team`.
    Name,
    Number,
    /// A text in quotes.
    Text,
    /// `*` or a comparison.
    Operator,
    Other,
}

impl Token<'_> {
    /// Returns the variable that a name begins with.
    pub(super) fn base(&self) -> &str {
        self.text.split(['.', '[']).next().unwrap_or_default()
    }
}

/// Returns the pieces of each `{{ … }}` and `{% … %}` of a template, as far as the library can read it.
pub(super) fn tokens(text: &str) -> Vec<Vec<Token<'_>>> {
    let mut library = Tokenizer::new(text, "", false, SyntaxConfig::default());
    let mut found: Vec<Vec<Token<'_>>> = Vec::new();
    // Behind a fault nothing is read by the library either.
    while let Ok(Some((token, place))) = library.next_token() {
        use machinery::Token as Library;
        let kind = match token {
            Library::VariableStart | Library::BlockStart => {
                found.push(Vec::new());
                continue;
            }
            Library::VariableEnd | Library::BlockEnd | Library::TemplateData(_) => continue,
            Library::Ident(_) => Kind::Name,
            Library::Int(_) | Library::Int128(_) | Library::Float(_) => Kind::Number,
            Library::Str(_) | Library::String(_) => Kind::Text,
            Library::Mul
            | Library::Eq
            | Library::Ne
            | Library::Gt
            | Library::Gte
            | Library::Lt
            | Library::Lte => Kind::Operator,
            _ => Kind::Other,
        };
        let at = |offset: u32| usize::try_from(offset).unwrap_or(text.len());
        let span = Span::new(at(place.start_offset), at(place.end_offset));
        let (Some(tokens), Some(written)) = (found.last_mut(), text.get(span.range())) else {
            continue;
        };
        let written = match &token {
            // However its letters are written.
            Library::String(said) if ["default", "d"].contains(&&**said) => "'default'",
            _ => written,
        };
        tokens.push(Token {
            kind,
            text: written,
            span,
        });
    }
    for tokens in &mut found {
        *tokens = joined(text, tokens);
    }
    found
}

/// Joins names with what they are asked for.
fn joined<'t>(text: &'t str, tokens: &[Token<'t>]) -> Vec<Token<'t>> {
    let mut found: Vec<Token<'t>> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(&token) = tokens.get(at) {
        at += 1;
        // What is asked for by its place is an item, and no number.
        let is_item = found.last().is_some_and(|before| before.text == ".");
        if token.kind != Kind::Name && !(is_item && token.kind == Kind::Number) {
            found.push(token);
            continue;
        }
        let mut end = token.span.end();
        while let Some(count) =
            asked_for(&tokens[at..], end).filter(|_| !WORDS.contains(&token.text))
        {
            at += count;
            end = tokens[at - 1].span.end();
        }
        let span = Span::new(token.span.start(), end);
        found.push(Token {
            kind: Kind::Name,
            text: text.get(span.range()).unwrap_or(token.text),
            span,
        });
    }
    found
}

/// Returns how many pieces right behind a name say what it is asked for: `.team`, `['5xx']`, `[:3]`.
fn asked_for(tokens: &[Token<'_>], end: usize) -> Option<usize> {
    let first = tokens.first().filter(|first| first.span.start() == end)?;
    match first.text {
        "." => {
            let part = tokens.get(1)?;
            matches!(part.kind, Kind::Name | Kind::Number).then_some(2)
        }
        "[" => {
            let close = tokens
                .iter()
                .position(|token| token.text == "]" && token.kind == Kind::Other)?;
            let is_plain = |token: &Token<'_>| match token.kind {
                Kind::Name | Kind::Number | Kind::Text => true,
                Kind::Operator => false,
                Kind::Other => matches!(token.text, ":" | "-" | "."),
            };
            tokens[1..close].iter().all(is_plain).then_some(close + 1)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<Vec<&str>> {
        let found = tokens(text);
        let texts = found.iter().map(|of| of.iter().map(|token| token.text));
        texts.map(Iterator::collect).collect()
    }

    #[test]
    fn a_name_has_what_it_is_asked_for() {
        assert_eq!(
            pieces(
                "{ {{ values['5xx'].x[0]|f(a.0) }} }{%- if b in['c'] %}{# {{ d }} #}{{ (e).0 }}"
            ),
            [
                vec!["values['5xx'].x[0]", "|", "f", "(", "a.0", ")"],
                vec!["if", "b", "in", "[", "'c'", "]"],
                vec!["(", "e", ")", ".", "0"],
            ]
        );
        assert_eq!(pieces("{{ a[b * 2] }}"), [["a", "[", "b", "*", "2", "]"]]);
    }

    #[test]
    fn what_the_library_takes_for_text_has_no_pieces() {
        assert_eq!(pieces("{% raw %}{{ \" {% endraw %}{{ a }}"), [["a"]]);
        assert_eq!(pieces("{{ a * 'b }}"), [["a", "*"]]);
    }
}
