//! Queries of Datadog: the window stands before the value, `avg(last_5m):5xx`.

use crate::diag::{Code, Diagnostic, Span};
use crate::unit::Minutes;

/// What stands before the length of a window.
const LAST: &str = "(last_";

/// A window before its value.
struct Query<'t> {
    /// The place of both.
    span: Span,
    /// `avg`
    aggregate: &'t str,
    over: Minutes,
    /// The codes, or whatever stands in their place.
    value: &'t str,
}

/// Returns what is wrong with a text that has such queries, with all of them mended: each of their
/// signs by itself would be a fault.
pub(super) fn find(text: &str) -> Option<Diagnostic> {
    let queries = text.match_indices(LAST);
    let queries: Vec<Query<'_>> = queries.filter_map(|(at, _)| query(text, at)).collect();
    let first = queries.first()?;
    let message = "in the queries of Datadog the window stands first, here it stands last";
    let fault = Diagnostic::new(Code::Syntax, first.span, message);
    let is_codes = |query: &Query<'_>| {
        let is_sign = |c: char| c.is_ascii_digit() || matches!(c, 'x' | 'X' | '|' | '.');
        query.value.starts_with(|c: char| c.is_ascii_digit()) && query.value.chars().all(is_sign)
    };
    if !queries.iter().all(is_codes) {
        let (aggregate, over) = (first.aggregate, first.over);
        return Some(fault.help(format!(
            "codes are proportions of all answers by themselves: write for example `{aggregate}(5xx over {over})`"
        )));
    }
    let meant = |query: &Query<'_>| {
        let (aggregate, value, over) = (query.aggregate, query.value, query.over);
        format!("{aggregate}({value} over {over})")
    };
    let fault = fault.help(format!("write `{}`", meant(first)));
    let mended = queries.iter();
    Some(mended.fold(fault, |fault, query| fault.fix(query.span, meant(query))))
}

/// Reads the query whose window opens at a place.
fn query(text: &str, at: usize) -> Option<Query<'_>> {
    let before = &text[..at];
    let is_letter = |c: char| c.is_ascii_lowercase();
    let aggregate = &before[before.trim_end_matches(is_letter).len()..];
    if !matches!(aggregate, "avg" | "sum" | "min" | "max") {
        return None;
    }
    let (over, rest) = text[at + LAST.len()..].split_once("):")?;
    let over: Minutes = over.parse().ok()?;
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '=' | '!' | ')');
    let value = &rest[..rest.find(ends).unwrap_or(rest.len())];
    let end = text.len() - rest.len() + value.len();
    Some(Query {
        span: Span::new(at - aggregate.len(), end),
        aggregate,
        over,
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn helped(text: &str) -> Option<String> {
        find(text).and_then(|fault| fault.help)
    }

    #[test]
    fn a_query_of_datadog_is_told_once_with_the_window_behind_its_value() {
        for (text, help) in [
            ("avg(last_5m):5xx > 5%", "write `avg(5xx over 5m)`"),
            ("max(last_1h):502|503>5%", "write `max(502|503 over 1h)`"),
            (
                "avg(last_10m):sum:nginx.errors{host:a} > 10",
                "codes are proportions of all answers by themselves: write for example `avg(5xx over 10m)`",
            ),
        ] {
            assert_eq!(helped(text).as_deref(), Some(help), "{text}");
        }
    }

    #[test]
    fn what_is_no_such_query_is_left_alone() {
        for text in [
            "avg(last_5m over 5m) > 1%",
            "avg(5xx over 5m) > 1%",
            "avg(last_):5xx",
            "é(last_5m):5xx",
            "avg(last_5m):",
        ] {
            assert!(find(text).is_none_or(|fault| fault.fix.is_none()), "{text}");
        }
    }
}
