//! The comments of a YAML text.

use serde_saphyr::granit_parser::{Event, Parser, options};

use super::tree::{DEPTH_MAX, NODES_MAX};
use crate::diag::Span;

/// How many comments of a file are looked at: more than these nobody wrote by hand.
const COMMENTS_MAX: usize = 100_000;

/// Returns the comments that are wanted, from `#` to the end of the line.
///
/// Behind the place where the text is no YAML, it is what looks like one.
pub(crate) fn comments(text: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<Span> {
    let mut options = options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
    };
    options.set_emit_comments(true);
    let events = Parser::new_from_str_with_options(text, options);
    let (mut found, mut read) = (Vec::new(), 0);
    for event in events.take(COMMENTS_MAX + NODES_MAX) {
        let Ok((event, span)) = event else {
            found.extend(of_lines(text, read, is_wanted));
            break;
        };
        let Some(place) = span.byte_range() else {
            continue;
        };
        read = read.max(place.end);
        let Event::Comment(..) = event else {
            continue;
        };
        let line = text.get(place.start..).and_then(|rest| rest.lines().next());
        if let Some(line) = line.filter(|line| is_wanted(line)) {
            let end = place.start + line.trim_end().len();
            read = read.max(end);
            found.push(Span::new(place.start, end));
        }
    }
    found.truncate(COMMENTS_MAX);
    found
}

/// Returns what looks like a comment from a byte on, where nobody can read YAML.
fn of_lines(text: &str, from: usize, is_wanted: impl Fn(&str) -> bool) -> Vec<Span> {
    let mut bounds = (0..=from.min(text.len())).rev();
    let start = bounds.find(|at| text.is_char_boundary(*at));
    let (mut found, mut start) = (Vec::new(), start.unwrap_or_default());
    for line in text[start..].split_inclusive('\n') {
        let mut signs = line.match_indices('#').map(|(sign, _)| sign);
        let sign = signs.find(|sign| {
            let before = &line[..*sign];
            (before.is_empty() || before.ends_with(char::is_whitespace))
                && is_wanted(&line[*sign..])
        });
        if let Some(sign) = sign {
            found.push(Span::new(start + sign, start + line.trim_end().len()));
        }
        start += line.len();
    }
    found
}
