//! What could be written at a place: keys, words, and names that other parts of the files have.
//!
//! It works from the text as it stands, so that it has an answer while nothing parses.

use std::collections::BTreeSet;

use gen_lsp_types::CompletionItemKind as Shape;

use super::documents::Draft;
use super::keys::{self, SEVERITIES, Things};
use super::sketch::{Cursor, Sketch, Step, Style};
use super::spot::{Spot, word_at};
use super::workspace::values;
use crate::config::{Document, TEMPLATE_VARIABLES};
use crate::diag::{Code, Level, Span};
use crate::lang::{Form, is_function, is_name, may_follow, words};
use crate::lint::may_be_allowed_in_a_comment;

/// How many names of one kind are offered.
const NAMES_MAX: usize = 1_000;
/// Codes and durations that are written most; others are typed as fast.
const CODES: [&str; 8] = ["5xx", "4xx", "3xx", "2xx", "50x", "502", "503", "504"];
const DURATIONS: [&str; 8] = ["1m", "3m", "5m", "10m", "15m", "30m", "1h", "1d"];
const PROPORTIONS: [&str; 4] = ["1%", "5%", "10%", "99.9%"];
const ABSENCES: [&str; 2] = ["no data", "no traffic"];
const COMPARISONS: [&str; 4] = [">", ">=", "<", "<="];
const FLEET: &str = "on at least 2 domains";
/// What goes on behind a condition, which a value is not.
const BEHIND_CONDITIONS: [&str; 5] = ["and", "or", "given", "for", "until"];

/// Something that could be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// What is shown.
    pub(super) label: String,
    /// What is written, in place of the word at the cursor.
    pub(super) text: String,
    /// What kind of thing it is.
    pub(super) shape: Shape,
    /// A few words of what it means.
    pub(super) says: Option<String>,
}

impl Offer {
    fn new(text: impl Into<String>, shape: Shape) -> Self {
        let text = text.into();
        Self {
            label: text.clone(),
            text,
            shape,
            says: None,
        }
    }
}

/// What is offered, and the place that it takes.
pub(super) type Offers = (Vec<Offer>, Span);

/// Returns what could be written at a place; `others` are the other files of the rules.
pub(super) fn completion(spot: &Spot<'_>, others: &[&Draft]) -> Offers {
    match spot.cursor {
        Cursor::Comment(comment) => of_comment(spot, comment),
        Cursor::Key(index) => {
            let parent = spot.sketch.node(index).and_then(|node| node.parent);
            let span = spot.sketch.key_span(index).unwrap_or_default();
            (of_map(spot, others, parent, ("", "")), span)
        }
        Cursor::Gap(parent, span) => {
            let mut offers = of_map(spot, others, parent, BEFORE_VALUE);
            if let Some(parent) = parent {
                offers.extend(of_value(spot, others, parent));
            }
            (offers, span)
        }
        Cursor::Value(index) => within(spot, others, index),
    }
}

/// What stands around a key whose value is to come.
const BEFORE_VALUE: (&str, &str) = ("", ": ");

/// Returns what the value of a part could be: an expression, a word or a name, or the keys of a
/// map.
fn within(spot: &Spot<'_>, others: &[&Draft], index: usize) -> Offers {
    let lead = lead(spot, index);
    let (mut offers, span, may_be_map) = if spot.things(index) == Things::Template {
        let (offers, span) = of_template(spot, index);
        (offers, span, false)
    } else if let Some((form, scalar)) = spot.expression() {
        let start = scalar.span.start();
        let (offers, span) = of_expression(spot, others, form, start);
        // Of `when:` there can also be one for each severity.
        let written = spot.text.get(start..spot.offset).unwrap_or_default();
        let is_word = written.chars().all(|c| c.is_ascii_lowercase());
        let is_below = lead.as_ref().is_some_and(String::is_empty);
        let may_be_map = written.is_empty() || is_word && is_below;
        (offers, span, may_be_map)
    } else {
        (of_value(spot, others, index), spot.word(), true)
    };
    let before = spot.text.get(..span.start()).unwrap_or_default();
    let key = spot.sketch.key_span(index);
    // Behind a colon a blank must stand.
    if key.is_some_and(|key| key.end() + 1 == span.start()) && before.ends_with(':') {
        for offer in &mut offers {
            offer.text.insert(0, ' ');
        }
    }
    if let Some(lead) = lead.filter(|_| may_be_map) {
        offers.extend(of_map(spot, others, Some(index), (&lead, BEFORE_VALUE.1)));
    }
    (offers, span)
}

/// Returns what stands before the first key of a map that is the value of a part: on the line of
/// its own key it has to begin another line. `None` if there can be no map.
fn lead(spot: &Spot<'_>, index: usize) -> Option<String> {
    let value = spot.sketch.node(index)?.value;
    if value.is_some_and(|value| value.style != Style::Plain) {
        return None;
    }
    let Some(key) = spot.sketch.key_span(index) else {
        return Some(String::new());
    };
    if spot.text.get(key.end()..spot.offset)?.contains('\n') {
        return Some(String::new());
    }
    if spot.sketch.is_in_flow(index) {
        return None;
    }
    let line = spot.text.get(..key.start())?.rsplit('\n').next()?;
    let blanks = " ".repeat(line.chars().count() + 2);
    let is_list = keys::is_list(spot.document, &spot.sketch.path(Some(index)));
    let dash = if is_list { "- " } else { "" };
    Some(format!("\n{blanks}{dash}"))
}

/// Returns the variables of a template, where the place is within its braces.
fn of_template(spot: &Spot<'_>, index: usize) -> Offers {
    let word = word_at(spot.text, spot.offset, |c| {
        c.is_ascii_alphanumeric() || c == '_'
    });
    let start = spot.sketch.node(index).and_then(|node| node.value);
    let start = start.map_or(spot.offset, |value| value.span.start());
    let before = spot.text.get(start..word.start()).unwrap_or_default();
    let open = ["{{", "{%"]
        .into_iter()
        .filter_map(|open| before.rfind(open));
    let inside = open.max().and_then(|open| before.get(open + 2..));
    // Not within a text, nor behind a dot.
    let is_variable = inside.is_some_and(|inside| {
        let is_closed = inside.contains("}}") || inside.contains("%}");
        let is_text = inside.matches(['\'', '"']).count() % 2 == 1;
        !is_closed && !is_text && !inside.ends_with('.')
    });
    let offers = TEMPLATE_VARIABLES.iter().filter(|_| is_variable);
    let offers = offers.map(|name| Offer::new(*name, Shape::Variable));
    (offers.collect(), word)
}

/// Returns the keys that a map could still have.
fn of_map(
    spot: &Spot<'_>,
    others: &[&Draft],
    of: Option<usize>,
    (before, behind): (&str, &str),
) -> Vec<Offer> {
    let path = spot.sketch.path(of);
    let there: BTreeSet<&str> = spot
        .sketch
        .keys(of)
        .filter(|(.., span)| !(span.start() <= spot.offset && spot.offset <= span.end()))
        .map(|(_, name, _)| name)
        .collect();
    let known = keys::keys(spot.document, &path).into_iter();
    let known = known.filter(|(name, _)| !there.contains(name));
    let mut offers: Vec<Offer> = known
        .map(|(name, form)| Offer {
            label: name.to_owned(),
            text: format!("{before}{name}{behind}"),
            shape: Shape::Property,
            says: form
                .get("description")
                .and_then(|says| says.as_str())
                .map(str::to_owned),
        })
        .collect();
    let names = match keys::things(spot.document, &path) {
        Things::LabelKeys => labels(spot, others),
        Things::DomainKeys => domains(spot, others),
        _ => BTreeSet::new(),
    };
    let names = names.into_iter().filter(|name| !there.contains(name));
    offers.extend(names.take(NAMES_MAX).map(|name| Offer {
        label: name.to_owned(),
        text: format!("{before}{name}{behind}"),
        shape: Shape::Property,
        says: None,
    }));
    offers
}

/// Returns the words and names that the value of a part could be.
fn of_value(spot: &Spot<'_>, others: &[&Draft], index: usize) -> Vec<Offer> {
    let path = spot.sketch.path(Some(index));
    let words = keys::words(spot.document, &path).into_iter();
    let mut offers: Vec<Offer> = words
        .map(|word| Offer::new(word, Shape::EnumMember))
        .collect();
    let names: BTreeSet<&str> = match spot.things(index) {
        Things::Receivers => names_at(spot, others, &["notify", "receivers"]),
        Things::Rules => all(spot, others)
            .flat_map(|(sketch, text)| values(sketch, text, &["rules", "name"]))
            .collect(),
        Things::Domains => domains(spot, others),
        Things::Labels => labels(spot, others),
        Things::Severities if offers.is_empty() => SEVERITIES.into_iter().collect(),
        Things::Accounts => of_sources(spot, others, "account"),
        Things::LabelValues => {
            let label = path.last().copied().unwrap_or_default();
            let maps = [["labels", "labels", label], ["rules", "labels", label]];
            all(spot, others)
                .flat_map(|(sketch, text)| maps.map(|path| values(sketch, text, &path)))
                .flatten()
                .collect()
        }
        Things::Any
        | Things::Expression(_)
        | Things::LabelKeys
        | Things::DomainKeys
        | Things::Severities
        | Things::Template => BTreeSet::new(),
    };
    let names = names.into_iter().filter(|name| !name.is_empty());
    offers.extend(
        names
            .take(NAMES_MAX)
            .map(|name| Offer::new(name, Shape::Value)),
    );
    offers
}

/// Returns how an expression could go on.
fn of_expression(spot: &Spot<'_>, others: &[&Draft], form: Form, start: usize) -> Offers {
    let word = spot.word_of_expression();
    let word = Span::new(word.start().max(start), word.end());
    let before = spot.text.get(start..word.start()).unwrap_or_default();
    let is_value = is_value(before) && may_follow(form, before, COMPARISONS[0]);
    let follows = |text: &str| {
        let is_behind = text == FLEET || BEHIND_CONDITIONS.contains(&text);
        !(is_value && is_behind) && may_follow(form, before, text)
    };
    let mut offers = Vec::new();
    let mut offer = |text: &str, probe: &str, shape: Shape| {
        if follows(probe) {
            offers.push(Offer::new(text, shape));
        }
    };
    for sign in COMPARISONS {
        offer(sign, sign, Shape::Operator);
    }
    // A class stands for all: three digits can be a count as well.
    for code in CODES {
        offer(code, CODES[0], Shape::Constant);
    }
    for text in DURATIONS.into_iter().chain(PROPORTIONS) {
        offer(text, text, Shape::Constant);
    }
    for text in ABSENCES {
        offer(text, text, Shape::Keyword);
    }
    offer(FLEET, FLEET, Shape::Keyword);
    for word in words().chain(["p95", "p99"]) {
        let shape = if is_function(word) {
            Shape::Function
        } else {
            Shape::Keyword
        };
        if is_function(word) && word != "requests" {
            let call = format!("{word}(");
            offer(&call, &call, shape);
        } else if !matches!(word, "no" | "on") {
            offer(word, word, shape);
        }
    }
    // One name stands for all: the grammar does not tell them apart.
    if follows("a") {
        let names = names_at(spot, others, &["let"]).into_iter();
        let own = spot.sketch.path(match spot.cursor {
            Cursor::Value(index) => Some(index),
            _ => None,
        });
        let names = names.filter(|name| is_name(name) && own != ["let", name]);
        let names = names
            .take(NAMES_MAX)
            .map(|name| Offer::new(name, Shape::Variable));
        offers.extend(names);
    }
    (offers, word)
}

/// Whether an expression ends with a value, and not with a name, which may stand for a condition.
fn is_value(before: &str) -> bool {
    let before = before.trim_end();
    let word = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '%');
    let word = word.into_iter().next().unwrap_or_default();
    word == "requests" || word.starts_with(|c: char| c.is_ascii_digit())
}

/// Returns the codes that a comment could allow.
fn of_comment(spot: &Spot<'_>, comment: Span) -> Offers {
    let word = word_at(spot.text, spot.offset, |c| {
        c.is_ascii_lowercase() || c == '-'
    });
    let before = spot
        .text
        .get(comment.start()..word.start())
        .unwrap_or_default();
    let is_list = before
        .rsplit_once("foghorn: allow(")
        .is_some_and(|(_, list)| !list.contains(')'));
    if !is_list {
        return (Vec::new(), word);
    }
    let is_rules = spot.document == Document::Rules;
    let codes = Code::ALL.iter().filter(|code| {
        is_rules && code.level() == Level::Warning && may_be_allowed_in_a_comment(**code)
    });
    let codes = codes.map(|code| Offer::new(code.as_str(), Shape::EnumMember));
    (codes.collect(), word)
}

/// Returns the parts and texts of all files.
fn all<'a>(spot: &Spot<'a>, others: &[&'a Draft]) -> impl Iterator<Item = (&'a Sketch, &'a str)> {
    let others = others
        .iter()
        .map(|text| (text.sketch(), text.text.as_str()));
    std::iter::once((spot.sketch, spot.text)).chain(others)
}

/// Returns the keys of the map that some keys lead to, in all files.
fn names_at<'a>(spot: &Spot<'a>, others: &[&'a Draft], path: &[&str]) -> BTreeSet<&'a str> {
    let maps = all(spot, others).filter_map(|(sketch, _)| {
        let map = super::definition::map_at(sketch, path)?;
        Some(sketch.keys(Some(map)).map(|(_, name, _)| name))
    });
    maps.flatten().collect()
}

fn domains<'a>(spot: &Spot<'a>, others: &[&'a Draft]) -> BTreeSet<&'a str> {
    let found = of_sources(spot, others, "domains");
    // A test may name what only its own samples have.
    let samples = spot.sketch.nodes().filter(|(index, node)| {
        let is_samples = matches!(&node.step, Step::Key(name, _) if name == "samples");
        let is_tests = spot.document == Document::Tests;
        is_samples && is_tests && spot.sketch.path(Some(*index)) == ["tests", "samples"]
    });
    let keys = samples.flat_map(|(map, _)| spot.sketch.keys(Some(map)));
    let keys = keys.map(|(_, name, _)| name);
    found.into_iter().chain(keys).collect()
}

/// Returns the values that a key has in the sources.
fn of_sources<'a>(spot: &Spot<'a>, others: &[&'a Draft], key: &str) -> BTreeSet<&'a str> {
    let kinds = ["aliyun_cdn", "aliyun_dcdn", "simulator"];
    let found = all(spot, others).flat_map(|(sketch, text)| {
        let of = kinds.map(|kind| values(sketch, text, &["source", kind, key]));
        of.into_iter().flatten()
    });
    found.filter(|value| !value.contains("${")).collect()
}

fn labels<'a>(spot: &Spot<'a>, others: &[&'a Draft]) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::from(["rule", "severity", "account", "domain"]);
    for (sketch, _) in all(spot, others) {
        let maps = sketch.nodes().filter(|(index, node)| {
            let is_labels = matches!(&node.step, Step::Key(name, _) if name == "labels");
            is_labels && node.parent.is_some() && {
                let path = sketch.path(Some(*index));
                path == ["labels", "labels"] || path == ["rules", "labels"]
            }
        });
        for (map, _) in maps {
            found.extend(sketch.keys(Some(map)).map(|(_, name, _)| name));
        }
    }
    found
}
