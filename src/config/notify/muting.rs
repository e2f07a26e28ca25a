//! `notify.inhibit:` and `notify.silences:`: which alerts nobody is told of.

use chrono::DateTime;

use super::routes::label;
use super::whom::matchers;
use crate::config::keys;
use crate::config::outline::InhibitionOutline;
use crate::config::reader::{Fields, Listed, Reader};
use crate::diag::{Code, Diagnostic};
use crate::dispatch::{Inhibition, Match, Matcher, MatcherKind, Silence, SilenceEnd};
use crate::unit::Minute;
use crate::yaml::{Kind, Node, head};

/// How many inhibitions, and how many silences, a file may have: alerts are held against each of them.
const MUTES_MAX: usize = 1_000;

/// How many days a silence lasts at the most that somebody means to end.
const DAYS_USUAL: i64 = 2 * 365;

/// Reads `inhibit:`.
pub(super) fn inhibitions(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<Inhibition> {
    let items = mutes(reader, fields, "inhibit", "a list of inhibitions");
    let read = items.iter().map(|item| inhibition(reader, item));
    all_of(read.collect(), reader)
}

/// Reads `silences:`. Their ids follow from their places.
pub(super) fn silences(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<Silence> {
    let items = mutes(reader, fields, "silences", "a list of silences");
    let read = (1..).zip(items).map(|(at, item)| silence(reader, item, at));
    all_of(read.collect(), reader)
}

/// Returns what could be read, and notes if something could not.
fn all_of<T>(read: Vec<Option<T>>, reader: &mut Reader<'_>) -> Vec<T> {
    reader.outline.lacks_mutes |= read.iter().any(Option::is_none);
    read.into_iter().flatten().collect()
}

fn mutes<'n>(
    reader: &mut Reader<'_>,
    fields: &Fields<'n>,
    name: &str,
    what: &str,
) -> &'n [Node<'n>] {
    let Some((_, node)) = fields.pair(name) else {
        reader.outline.lacks_mutes |= fields.is_partial;
        return &[];
    };
    let items = reader.items(node, what);
    reader.outline.lacks_mutes |= !matches!(node.kind, Kind::List(_));
    if items.len() > MUTES_MAX {
        let message = format!("`{name}` has more than {MUTES_MAX} entries");
        reader.fault(Code::Limit, head(reader.source, node.span), message);
        reader.outline.lacks_mutes = true;
        return &[];
    }
    items
}

fn inhibition(reader: &mut Reader<'_>, node: &Node) -> Option<Inhibition> {
    let fields = reader.fields(node, "an inhibition", keys::INHIBITION)?;
    let is_whole = node.is_whole();
    let source = fields.get("source").map(|n| some_matchers(reader, n));
    let target = fields.get("target").map(|n| some_matchers(reader, n));
    let items = fields.get("equal").map(Node::one_or_many);
    let (names, mut listed) = (items.unwrap_or_default().iter(), Listed::default());
    let names = names.filter_map(|item| label(reader, item, &mut listed));
    let equal: Vec<String> = names.collect();
    match (source, target) {
        (Some(_), Some(_)) if !is_whole => None,
        (Some(source), Some(target)) if are_alike(&source, &target) => {
            let fault = Diagnostic::new(
                Code::Cycle,
                fields.head(reader.source),
                "this inhibition mutes itself: its source is its target",
            );
            reader.push(
                fault.help("say which alerts mute (`source`) and which are muted (`target`)"),
            );
            None
        }
        (Some(source), Some(target)) => {
            let head = fields.head(reader.source);
            let place = |name| reader.at(fields.get(name).map_or(head, |node| node.span));
            let places = [place("source"), place("target")];
            reader.outline.inhibitions.push(InhibitionOutline {
                source: source.clone(),
                target: target.clone(),
                equal: equal.clone(),
                places,
            });
            Some(Inhibition {
                source,
                target,
                equal,
            })
        }
        (None, _) | (_, None) => {
            let head = fields.head(reader.source);
            let message = "an inhibition has a `source` and a `target`";
            let help = "say which alerts mute, `source: {rule: origin-wide}`, and which are muted, `target: {rule: origin-5xx}`";
            let fault = Diagnostic::new(Code::Syntax, head, message).help(help);
            reader.missing(&fields, fault);
            None
        }
    }
}

/// Whether two matches take the same alerts, by globs that take the same.
fn are_alike(one: &Match, other: &Match) -> bool {
    let mut pairs = one.iter().zip(other);
    one.len() == other.len()
        && pairs.all(|((name, a), (known, b))| name == known && a.covers(b) && b.covers(a))
}

/// Reads which alerts are meant, where no label at all would keep everything from people.
fn some_matchers(reader: &mut Reader<'_>, node: &Node) -> Match {
    if matches!(&node.kind, Kind::Map(pairs) if pairs.is_empty()) {
        let message = "this names no label, so that every alert matches";
        let fault = Diagnostic::new(Code::Syntax, node.span, message);
        let help = "write for example `{rule: origin-5xx}`; every alert is `{rule: \"*\"}`";
        reader.push(fault.help(help));
    }
    matchers(reader, node)
}

/// Warns of a silence that lasts for years: most likely a slip in the year of its end.
fn lasting(reader: &mut Reader<'_>, fields: &Fields<'_>, times: Option<(Minute, Minute)>) {
    let days = times.map(|(from, to)| (to.start() - from.start()).num_days());
    let (Some(days), Some(node)) = (days, fields.get("to")) else {
        return;
    };
    if DAYS_USUAL < days {
        let message = format!("this silence lasts {} years", days / 365);
        let fault = Diagnostic::new(Code::Duration, node.span, message).warning();
        let help =
            "write a nearer end; what nobody is to be told of for good needs no rule, or no route";
        reader.push(fault.help(help));
    }
}

fn silence(reader: &mut Reader<'_>, node: &Node, number: usize) -> Option<Silence> {
    let fields = reader.fields(node, "a silence", keys::SILENCE)?;
    let head = fields.head(reader.source);
    let Some(node) = fields.get("match") else {
        let message = "this silence does not say which alerts it hides";
        let fault = Diagnostic::new(Code::Syntax, head, message);
        let help = "add `match: {rule: origin-5xx}`; every alert is `{rule: \"*\"}`";
        reader.missing(&fields, fault.help(help));
        return None;
    };
    let is_whole = node.is_whole();
    let matchers = some_matchers(reader, node);
    if !is_whole {
        return None;
    }
    let place = reader.at(node.span);
    reader.outline.silences.push((matchers.clone(), place));
    let reason = fields
        .get("reason")
        .and_then(|n| reader.set_text(n, "a text"));
    let mut minute = |name: &str| {
        let what = "a time like 2026-12-01T00:00:00+08:00";
        fields
            .get(name)
            .and_then(|n| reader.parsed::<Minute>(n, what))
    };
    let (from, to) = (minute("from"), minute("to"));
    if let (Some(end), Some(node)) = (to, fields.get("to")) {
        let place = reader.at(node.span);
        reader.outline.silence_ends.push((end, place));
    }
    if let (Some(from), Some(to)) = (from, to)
        && to <= from
    {
        let place = fields.get("to").map_or(head, |node| node.span);
        let fault = Diagnostic::new(Code::Duration, place, "this silence ends before it begins");
        let begin = fields.get("from").map_or(head, |node| node.span);
        let fault = fault.also(begin, "it begins here");
        reader.push(fault.help("write a time behind that of `from`"));
        return None;
    }
    lasting(reader, &fields, from.zip(to));
    let starts = from.map_or(DateTime::UNIX_EPOCH, Minute::start);
    let matchers = matchers.into_iter().map(|(name, glob)| Matcher {
        name,
        value: glob.as_str().to_owned(),
        kind: MatcherKind::Glob,
    });
    Some(Silence {
        id: format!("file-{number}"),
        matchers: matchers.collect(),
        starts,
        // The last time that others can read, who list silences by the API.
        ends: to.unwrap_or(Minute::LAST).start(),
        end: SilenceEnd::AtTime,
        author: "the rules file".to_owned(),
        comment: reason.map(|text| text.value).unwrap_or_default(),
        updated: starts,
    })
}
