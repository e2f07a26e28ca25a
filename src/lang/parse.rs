//! From text to tree.

use super::ast::{Expr, When};
use crate::diag::Diagnostic;

/// Reads a whole `when:` of one severity; what is given with errors is only fit for more checks.
pub fn parse_when(_text: &str) -> (Option<When>, Vec<Diagnostic>) {
    (None, Vec::new())
}

/// Reads a condition or a value, as `let:` and `eval` take it.
pub fn parse_expr(_text: &str) -> (Option<Expr>, Vec<Diagnostic>) {
    (None, Vec::new())
}
