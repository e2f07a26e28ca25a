//! What belongs to `when:` and stands beside it: parts of the condition, and severities.

use super::fields::{Fields, Pair};
use super::{Reader, foreign};
use crate::config::rules::SEVERITIES;
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::parse_when;
use crate::yaml::Node;

/// Parts of a condition that people write as keys beside `when:`, in the order in which they stand
/// in it.
const PARTS_OF_WHEN: [&str; 4] = ["given", "for", "hold", "until"];

/// Returns a condition with a part that stands beside it put in, if that can be read.
fn joined(when: &str, part: &str, text: &str) -> Option<String> {
    let word = if part == "hold" { "for" } else { part };
    let text = text.strip_prefix(word).unwrap_or(text).trim();
    // What a part of this kind stands before.
    let before: &[&str] = match word {
        "given" => &[" for ", " until ", " on at least "],
        "for" => &[" until ", " on at least "],
        _ => &[" on at least "],
    };
    let is_outside = |at: &usize| {
        let count = |sign| when[..*at].matches(sign).count();
        count('(') == count(')')
    };
    let places = before.iter().flat_map(|word| when.match_indices(word));
    let at = places.map(|(at, _)| at).filter(is_outside).min();
    let (condition, rest) = when
        .trim_end()
        .split_at(at.unwrap_or(when.trim_end().len()));
    let mut own = condition.match_indices(word).map(|(at, _)| at);
    if matches!(word, "for" | "given")
        && own.any(|at| is_outside(&at) && condition[..at].ends_with(' '))
    {
        // It is held, or guarded, already.
        return None;
    }
    let whole = |condition: &str| format!("{condition} {word} {text}{rest}");
    let ways = [whole(condition), whole(&format!("({condition})"))];
    ways.into_iter().find(|whole| {
        let (read, faults) = parse_when(whole);
        read.is_some() && faults.is_empty() && !whole.contains('\n')
    })
}

/// Takes the parts of a condition out of the keys that are not known.
fn taken<'n>(unknown: &mut Vec<Pair<'n>>) -> Vec<(&'static str, &'n Node<'n>, &'n Node<'n>)> {
    let part = |part: &'static str| {
        let at = unknown.iter().position(|(name, ..)| *name == part)?;
        let (_, key, value) = unknown.remove(at);
        Some((part, key, value))
    };
    PARTS_OF_WHEN.into_iter().filter_map(part).collect()
}

impl Fields<'_> {
    /// Whether parts of a condition stand beside what they belong to.
    pub(in crate::config) fn has_parts_of_when(&self) -> bool {
        PARTS_OF_WHEN.iter().any(|part| self.pair(part).is_some())
    }
}

/// Whether a key is a severity.
fn is_severity(key: &str) -> bool {
    SEVERITIES.iter().any(|(word, _)| *word == key)
}

impl Reader<'_> {
    /// Says of parts of a condition that they stand beside it, with the condition that has them all.
    pub(super) fn parts_of_when<'n>(
        &mut self,
        unknown: &mut Vec<Pair<'n>>,
        fields: &mut Fields<'n>,
    ) {
        let is_condition = |(name, ..): &&Pair<'_>| matches!(*name, "expr" | "condition" | "query");
        let called_otherwise = unknown.iter().find(is_condition).map(|(.., value)| *value);
        let when = fields.get("when").or(called_otherwise);
        let mut whole = when.and_then(Node::text).map(str::to_owned);
        let found = taken(unknown);
        for (part, _, value) in &found {
            whole = whole
                .zip(value.text())
                .and_then(|(when, text)| joined(&when, part, text));
        }
        fields.known.extend(&found);
        for (part, key, _) in found {
            let message = format!("a rule has no key `{part}`");
            let fault = Diagnostic::new(Code::UnknownName, key.span, message);
            let generic = foreign::key("a rule", part).map(|foreign| foreign.help);
            self.push(match &whole {
                Some(whole) => fault.help(format!(
                    "it is a part of the condition: write `when: {whole}`"
                )),
                None => fault.help(generic.unwrap_or("it is a part of the condition, `when:`")),
            });
        }
    }

    /// Says of parts of a condition that stand beside severities that each condition has its own, with
    /// the conditions that have them.
    pub(super) fn parts_of_severities<'n>(
        &mut self,
        unknown: &mut Vec<Pair<'n>>,
        fields: &mut Fields<'n>,
    ) {
        let found = taken(unknown);
        if found.is_empty() {
            return;
        }
        let conditions = SEVERITIES
            .iter()
            .filter_map(|(word, _)| Some((*word, fields.get(word)?)));
        let whole = |(word, node): (&str, &Node<'_>)| {
            let mut whole = node.text()?.trim().to_owned();
            for (part, _, value) in &found {
                whole = joined(&whole, part, value.text()?)?;
            }
            Some(format!("`{word}: {whole}`"))
        };
        let wholes: Option<Vec<String>> = conditions.map(whole).collect();
        let wholes = wholes.filter(|wholes| !wholes.is_empty());
        for (part, key, _) in &found {
            let message = format!("`when` has no key `{part}`");
            let fault = Diagnostic::new(Code::UnknownName, key.span, message);
            self.push(match &wholes {
                Some(wholes) => fault.help(format!(
                    "each condition says it for itself: write {}",
                    wholes.join(" and ")
                )),
                None => fault.help(foreign::PARTS_OF_ONE_TEXT),
            });
        }
        fields.known.extend(found);
    }

    /// Says of severities that stand in the rule itself that they belong under `when:`.
    pub(super) fn severities_of_when<'n>(
        &mut self,
        unknown: &mut Vec<Pair<'n>>,
        fields: &mut Fields<'n>,
    ) {
        let (found, others): (Vec<_>, Vec<_>) =
            unknown.drain(..).partition(|(name, ..)| is_severity(name));
        *unknown = others;
        let Some(((name, key, _), rest)) = found.split_first() else {
            return;
        };
        let message = format!("a rule has no key `{name}`: severities stand under `when:`");
        let mut fault = Diagnostic::new(Code::UnknownName, key.span, message);
        for (_, key, _) in rest {
            fault = fault.also(key.span, "and this");
        }
        let severities: Vec<String> = found
            .iter()
            .map(|(name, ..)| format!("{name}: …"))
            .collect();
        let severities = severities.join(", ");
        if let Some(when) = fields.get("when") {
            let own = fields.get("severity").and_then(Node::text);
            let own = own.unwrap_or("warning");
            fault = fault.help(if when.has_keys() {
                "move it there, beside the other severities".to_owned()
            } else {
                format!("write a condition for each: `when: {{{own}: …, {severities}}}`")
            });
        } else {
            fault = fault.help(format!(
                "indent it under `when:`, as `when: {{{severities}}}`"
            ));
            fault = self.under_when(fault, &found, fields.pair("when"));
            // What it says is not known here.
            fields.is_partial = true;
        }
        self.push(fault);
    }

    /// Adds the mend that puts severities under `when:`, where each is a line and no other key
    /// stands among them.
    fn under_when(
        &self,
        fault: Diagnostic,
        found: &[Pair<'_>],
        when: Option<(&Node<'_>, &Node<'_>)>,
    ) -> Diagnostic {
        let begin_of = |at: usize| self.source[..at].rfind('\n').map_or(0, |before| before + 1);
        let (mut next, mut indent) = (None, "");
        for (_, key, value) in found {
            let at = key.span.start();
            let begin = begin_of(at);
            indent = &self.source[begin..at];
            let end = self.source[value.span.end().max(at)..].find('\n');
            let end = end.map_or(self.source.len(), |end| value.span.end().max(at) + end + 1);
            let is_line = indent.chars().all(|c| c == ' ')
                && !self.source[begin..end].trim_end().contains('\n')
                && next.is_none_or(|next| next == begin);
            if !is_line {
                return fault;
            }
            next = Some(end);
        }
        // Where a deeper one follows, it is the column that is wrong.
        let rest = self
            .source
            .get(next.unwrap_or_default()..)
            .unwrap_or_default();
        let below = rest.lines().find(|line| !line.trim().is_empty());
        let key = below.and_then(|line| line.trim_start().split(':').next());
        if key.is_some_and(is_severity) {
            return fault;
        }
        let mut heading = format!("when:\n{indent}");
        if let Some((when, _)) = when {
            let first = found
                .first()
                .map_or(when.span.end(), |(_, key, _)| key.span.start());
            let between = self.source.get(when.span.end()..first);
            if between.is_none_or(|between| between.trim() != ":") {
                return fault;
            }
            heading.clear();
        }
        found.iter().fold(fault, |fault, (_, key, _)| {
            let begin = Span::new(key.span.start(), key.span.start());
            fault.fix(begin, format!("{}  ", std::mem::take(&mut heading)))
        })
    }
}
