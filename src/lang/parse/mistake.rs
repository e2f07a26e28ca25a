//! What the grammar refused, in the language's own words.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::draft::Edit;
use super::grammar::Rule;
use super::nesting;
use super::token::Token;
use crate::diag::{Code, Diagnostic, Span};

/// Names the mistake and, where it is plain, the edit that mends it.
pub(super) fn explain(
    text: &str,
    tokens: &[Token],
    error: &Error<Rule>,
) -> (Diagnostic, Option<Edit>) {
    if let Some(fault) = nesting::unmatched(text, tokens) {
        return (fault.diagnostic, None);
    }
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let at = tokens.partition_point(|token| token.span.end <= at);
    let _ = matches!(error.variant, ErrorVariant::ParsingError { .. });
    (unexplained(text, tokens, at), None)
}

/// The message of last resort: what stands where something else must.
pub(super) fn unexplained(text: &str, tokens: &[Token], at: usize) -> Diagnostic {
    match tokens.get(at) {
        Some(token) => {
            let message = format!("`{}` cannot stand here", token.text(text));
            Diagnostic::new(Code::Syntax, token.span, message)
        }
        None => {
            let end = Span::new(text.len(), text.len());
            Diagnostic::new(Code::Syntax, end, "the condition is not complete")
        }
    }
}
