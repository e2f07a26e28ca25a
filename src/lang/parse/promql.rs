//! Expressions of Prometheus: told once, as what they are, with what says the same here.

use crate::diag::{Code, Diagnostic, Span};
use crate::unit::{Decimal, Minutes};

/// What Prometheus writes between a word and a parenthesis, and nobody else.
const GROUPINGS: [&str; 3] = ["by", "without", "ignoring"];

/// Returns what is wrong with a text that is `PromQL`: a selector in braces, a range in brackets,
/// or a grouping by labels. Each of its signs by itself would be a fault, and none of these would
/// say what is wrong.
pub(super) fn find(text: &str) -> Option<Diagnostic> {
    let range = range(text);
    if range.is_none() && matchers(text).next().is_none() && !has_grouping(text) {
        return None;
    }
    let start = text.len() - text.trim_start().len();
    let span = Span::new(start, text.trim_end().len().max(start));
    let message = "this is PromQL, the language of Prometheus, which is not read here";
    let fault = Diagnostic::new(Code::Syntax, span, message);
    Some(fault.help(format!(
        "codes are proportions of all answers by themselves: write for example `{}`",
        meant(text, range)
    )))
}

/// Returns the condition that probably says the same.
fn meant(text: &str, range: Option<&str>) -> String {
    let codes = matchers(text).find_map(codes);
    let codes = codes.unwrap_or_else(|| "5xx".to_owned());
    let over = range.and_then(|range| range.parse::<Minutes>().ok());
    let value = match over.filter(|over| *over != Minutes::ONE) {
        Some(over) => format!("avg({codes} over {over})"),
        None => codes,
    };
    let (comparator, level) = level(text).unwrap_or((">", "10%".to_owned()));
    format!("{value} {comparator} {level}")
}

/// Returns the first duration in brackets, `[5m]` or `[5m:1m]`.
fn range(text: &str) -> Option<&str> {
    text.match_indices('[').find_map(|(at, _)| {
        let inside = text[at + 1..].split_once(']')?.0;
        let length = inside.split(':').next().unwrap_or(inside).trim();
        let digits = length.bytes().take_while(u8::is_ascii_digit).count();
        let unit = &length[digits..];
        let is_unit = unit.starts_with(['s', 'm', 'h', 'd', 'w', 'y'])
            && unit.bytes().all(|b| b.is_ascii_alphanumeric());
        (0 < digits && is_unit).then_some(length)
    })
}

/// Returns what is matched in braces, each as its label and its text: `{code=~"5.."}`.
fn matchers(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let braces = text.match_indices('{').map(|(at, _)| {
        let rest = &text[at + 1..];
        rest.split_once('}').map_or(rest, |(inside, _)| inside)
    });
    braces.flat_map(|inside| inside.split(',').filter_map(matcher))
}

fn matcher(written: &str) -> Option<(&str, &str)> {
    let (label, rest) = written.split_once('=')?;
    let label = label.trim_end_matches('!').trim();
    let value = rest.trim_start_matches('~').trim();
    let quote = value
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let is_label = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_named = !label.is_empty() && label.chars().all(is_label);
    let value = value[1..].split(quote).next().unwrap_or_default();
    is_named.then_some((label, value))
}

/// Returns the codes that a matcher selects, as they are written here.
fn codes((label, value): (&str, &str)) -> Option<String> {
    if !matches!(label, "code" | "status" | "status_code" | "http_status") {
        return None;
    }
    let code = |written: &str| {
        let hundred = written.chars().next().filter(|c| matches!(c, '1'..='5'))?;
        match &written[1..] {
            ".." | "xx" | ".*" | ".+" | "[0-9]{2}" | "[0-9]+" | "\\d\\d" | "\\d+" | "\\d{2}" => {
                Some(format!("{hundred}xx"))
            }
            two if two.len() == 2 && two.bytes().all(|b| b.is_ascii_digit()) => {
                Some(written.to_owned())
            }
            _ => None,
        }
    };
    let members: Option<Vec<String>> = value
        .trim_matches(['(', ')'])
        .split('|')
        .map(code)
        .collect();
    members.map(|members| members.join("|"))
}

/// Whether labels are grouped by: `sum by (code) (…)`, `sum(…) without (instance)`.
fn has_grouping(text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    GROUPINGS.iter().any(|word| {
        let mut found = text.match_indices(word);
        found.any(|(at, _)| {
            let behind = text[at + word.len()..].trim_start();
            !text[..at].ends_with(is_word) && behind.starts_with('(')
        })
    })
}

/// Returns how the whole is compared, and with what proportion: a fraction is one of 1.
fn level(text: &str) -> Option<(&'static str, String)> {
    let at = text.rfind(['>', '<'])?;
    let comparator = match (&text[at..=at], text[at + 1..].starts_with('=')) {
        (">", true) => ">=",
        (">", false) => ">",
        (_, true) => "<=",
        (_, false) => "<",
    };
    let number = text[at + 1..].trim_start_matches('=').trim();
    let number: Decimal = number.parse().ok()?;
    let percent = if number < Decimal::ONE {
        number.checked_mul(Decimal::HUNDRED)?
    } else {
        number
    };
    let is_level = Decimal::ZERO < percent && percent <= Decimal::HUNDRED;
    is_level.then(|| (comparator, format!("{percent}%")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn helped(text: &str) -> Option<String> {
        find(text).and_then(|fault| fault.help)
    }

    #[test]
    fn an_expression_of_prometheus_is_told_once_with_what_says_the_same() {
        for (text, meant) in [
            (
                r#"sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.05"#,
                "avg(5xx over 5m) > 5%",
            ),
            ("rate(x[5m]) > 0.1", "avg(5xx over 5m) > 10%"),
            (r#"errors{status="502|503"} >= 3"#, "502|503 >= 3%"),
            ("sum by (code) (x) > 1000", "5xx > 10%"),
            ("max_over_time(x[1h:1m])", "avg(5xx over 1h) > 10%"),
        ] {
            let help = helped(text).unwrap();
            assert!(help.ends_with(&format!("`{meant}`")), "{text}: {help}");
        }
    }

    #[test]
    fn what_is_only_written_a_little_wrong_is_not_taken_for_it() {
        for text in [
            "avg[5xx over 5m] > 1%",
            "{502, 503} > 1%",
            "5xx > 10% on at least 3 domains",
            "5xx > 10% on (3 domains)",
            "by > 1%",
            "[é] > {é",
        ] {
            assert_eq!(helped(text), None, "{text}");
        }
    }
}
