//! What every section is read with: maps with known keys, texts, words, durations, lists. Faults are
//! collected.

mod beside_when;
mod budget;
mod empty;
mod fields;
mod foreign;
mod listed;
mod repeated;
mod shape;
mod timespan;
mod words;

use std::collections::BTreeSet;
use std::str::FromStr;

use self::timespan::{timespan_meant, timespans_meant};
use self::words::{before_comment, no_word};
use super::load::AsIf;
use super::outline::{self, Outline};
use super::secret::{self, Environment, Part};
use super::template::Shown;
use super::{Surroundings, comments};
use crate::diag::{Code, Diagnostic, FileId, Span, nearest, only_nearest, quoted};
use crate::unit::{GlobList, Timespan};
use crate::yaml::{self, Kind, Node, SourceMap, head};
pub(super) use fields::Fields;

pub(super) use budget::Budget;
pub(super) use empty::may_be_empty;
pub(super) use listed::{Listed, listed_twice};

/// How many faults of a run are told: whoever has more begins with these.
pub(crate) const FAULTS_MAX: usize = 200;

/// How many globs a list may have: every domain is held against each of them.
pub(super) const GLOBS_MAX: usize = 256;

/// Reads the tree of one file.
pub(super) struct Reader<'a> {
    pub(super) file: FileId,
    /// The file's text.
    pub(super) source: &'a str,
    /// The folder that the file's paths begin in, with its last slash; may be empty.
    pub(super) folder: &'a str,
    pub(super) surroundings: &'a dyn Surroundings,
    pub(super) environment: Environment,
    /// Which file is read as if its columns were mended.
    pub(super) as_if: AsIf<'a>,
    /// What is being read.
    pub(super) part: Part,
    pub(super) faults: Vec<Diagnostic>,
    /// How many of them are told.
    pub(super) faults_max: usize,
    pub(super) budget: Budget,
    /// What templates are tried in.
    pub(super) templates: minijinja::Environment<'static>,
    /// Templates that are sound for every rule whose `value` shows that, because they look at
    /// nothing else of one rule alone.
    pub(super) sound_templates: BTreeSet<(Option<Shown>, String)>,
    /// The aliases of this file that no anchor has.
    pub(super) unread_aliases: BTreeSet<Span>,
    /// The names of this file's `let:` that could not be read, until they are looked at.
    pub(super) unread_names: BTreeSet<String>,
    /// Whether receivers could not be read, so that nobody knows who is missing.
    pub(super) lacks_receivers: bool,
    /// Whether labels of domains could not be read, so that nobody knows which there are.
    pub(super) lacks_labels: bool,
    /// What lint looks at, of the files read so far.
    pub(super) outline: Outline,
}

/// A text of the file, with what stands for `${…}` put in.
#[derive(Clone)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) span: Span,
    pub(super) origin: Origin,
}

/// What a message says of a text that may not be shown.
pub(crate) const HIDDEN: &str = "the value from the environment";

/// Where a text comes from, and so whether it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// From the file alone.
    File,
    /// In part from the environment or another file.
    Elsewhere,
    /// A part is not set: the value says nothing.
    Unset,
}

impl Text {
    /// Returns the text for a message: in quotes, or what it is, if it may not be shown.
    pub(super) fn shown(&self) -> String {
        match self.origin {
            Origin::File => quoted(&self.value),
            Origin::Elsewhere | Origin::Unset => HIDDEN.to_owned(),
        }
    }
}

impl Reader<'_> {
    /// Takes in a fault, with its place in this file.
    pub(super) fn push(&mut self, fault: Diagnostic) {
        let file = self.file;
        self.push_placed(fault.relocate(file, |span| span));
    }

    /// Takes in a fault whose places know their files.
    pub(super) fn push_placed(&mut self, fault: Diagnostic) {
        let most = self.faults_max;
        let (file, span) = (fault.primary.file, fault.primary.span);
        if file == self.file && self.unread_aliases.contains(&span) {
            // It is of the text that stands there for want of a value.
            return;
        }
        if self.faults.len() < most {
            self.faults.push(fault);
        } else if self.faults.len() == most {
            let message = format!("there are more than {most} faults, and the rest is not shown");
            let fault = Diagnostic::new(Code::Limit, fault.primary.span, message);
            self.faults.push(
                fault
                    .relocate(self.file, |span| span)
                    .help("mend these first"),
            );
        }
    }

    /// Whether no more faults are told to a person: then it is idle to look for what was meant.
    pub(super) fn is_full(&self) -> bool {
        self.faults.len() > FAULTS_MAX
    }

    /// Returns a place in this file.
    pub(super) fn at(&self, span: Span) -> outline::Place {
        let file = self.file;
        outline::Place { file, span }
    }

    /// Takes in what was found while the file became a tree: faults, and the names of `let:` that
    /// were left out.
    pub(super) fn take_read(&mut self, faults: Vec<Diagnostic>, unread_names: BTreeSet<String>) {
        let is_alias = |span: &Span| {
            let written = self.source.get(span.range());
            written.is_some_and(|written| written.starts_with('*'))
        };
        let places = faults.iter().map(|fault| fault.primary.span);
        let unread: BTreeSet<Span> = places.filter(is_alias).collect();
        for fault in faults {
            self.push(fault);
        }
        self.unread_aliases = unread;
        self.unread_names = unread_names;
        self.take_comments();
    }

    /// Notes the comments of the file that speak to the linter.
    fn take_comments(&mut self) {
        let comments = comments::of_file(self.source);
        let places: Vec<_> = comments.into_iter().map(|span| self.at(span)).collect();
        self.outline.comments.extend(places);
    }

    /// Says that a key is missing, unless it may be among what could not be read.
    pub(super) fn missing(&mut self, fields: &Fields<'_>, fault: Diagnostic) {
        if !fields.is_partial {
            self.push(fault);
        }
    }

    /// Takes in a fault without help.
    pub(super) fn fault(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::new(code, span, message));
    }

    /// Returns the path as seen from the folder of the rules file.
    pub(super) fn beside(&self, path: &str) -> String {
        if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}{path}", self.folder)
        }
    }

    /// Reads a text as it stands in the file.
    pub(super) fn raw<'n>(&mut self, node: &'n Node<'n>, what: &str) -> Option<&'n str> {
        let text = node.text().filter(|_| !node.is_null());
        if text.is_none() {
            self.expected(node, what);
        }
        text
    }

    /// Reads a text, with what stands for `${…}` put in.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<Text> {
        let raw = self.raw(node, what)?;
        let (value, origin) = secret::substitute(self, node, raw);
        Some(Text {
            value,
            span: node.span,
            origin,
        })
    }

    /// Reads a text that means something: one that is not set is left out without another fault.
    pub(super) fn set_text(&mut self, node: &Node, what: &str) -> Option<Text> {
        self.text(node, what)
            .filter(|text| text.origin != Origin::Unset)
    }

    /// Notes that no finding names what was read of a text that may not be shown.
    pub(super) fn hide(&mut self, text: &Text, read: &str) {
        if text.origin != Origin::File {
            self.outline.hidden_texts.insert(read.to_owned());
        }
    }

    /// Says that something else was expected.
    pub(super) fn expected(&mut self, node: &Node, what: &str) {
        if node.lacks_parts() {
            return;
        }
        let written = self.source.get(node.span.range());
        let written = written.unwrap_or_default().trim_end();
        if matches!(node.kind, Kind::Map(_)) && written.starts_with("{{") {
            self.push(yaml::unquoted_braces(node.span, written));
            return;
        }
        let message = format!("this must be {what}, and it is {}", node.what());
        let fault = Diagnostic::new(Code::TypeMismatch, head(self.source, node.span), message);
        self.push(shape::mend(fault, (node, written), what));
    }

    /// Reads a value of a type that can be read from text.
    pub(super) fn parsed<T: FromStr>(&mut self, node: &Node, what: &str) -> Option<T> {
        let text = self.set_text(node, what)?;
        let value = text.value.parse().ok();
        if value.is_none() {
            let message = format!("this must be {what}, and it is {}", text.shown());
            let fault = Diagnostic::new(Code::TypeMismatch, text.span, message);
            let time = shape::without_zone::<T>(&text.value);
            self.push(match time.filter(|_| text.origin == Origin::File) {
                Some(time) => fault.help(format!(
                    "the zone is missing: write `{time}+08:00`, or `{time}Z` for UTC"
                )),
                None => fault,
            });
        }
        value
    }

    /// Reads a duration of the service.
    pub(super) fn timespan(&mut self, node: &Node) -> Option<Timespan> {
        let text = self.set_text(node, "a duration")?;
        let span = text.value.parse::<Timespan>().ok();
        if span.is_none() {
            let message = format!("{} is no duration", text.shown());
            let fault = Diagnostic::new(Code::Duration, text.span, message);
            let is_shown = text.origin == Origin::File;
            let meant = timespan_meant(&text.value).filter(|_| is_shown);
            let (said, comment) = text.value.split_once('#').unwrap_or_default();
            if is_shown && said.parse::<Timespan>().is_ok() {
                self.push(before_comment(fault, said, comment));
                return None;
            }
            self.push(match (meant, timespans_meant(&text.value).as_slice()) {
                (Some(meant), _) => fault.write(meant),
                // Which unit was meant nobody knows: what is short for one key is long for another.
                (None, [others @ .., last]) if is_shown && !others.is_empty() => {
                    fault.help(format!(
                        "a unit is missing: write `{}` or `{last}`",
                        others.join("`, `")
                    ))
                }
                (None, _) => fault.help("write it like 10s, 5m, 1h30m or 14d"),
            });
        }
        span
    }

    /// Reads a duration of the service that has a least.
    pub(super) fn timespan_from(&mut self, node: &Node, least: Timespan) -> Option<Timespan> {
        let span = self.timespan(node)?;
        if span < least {
            let message = format!("this must be at least {least}");
            let fault = Diagnostic::new(Code::Duration, node.span, message);
            self.push(fault.help(format!("write `{least}`, or more")));
            return None;
        }
        Some(span)
    }

    /// Reads one of a few words.
    pub(super) fn word<T: Copy>(&mut self, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let list = || {
            words
                .iter()
                .map(|(word, _)| *word)
                .collect::<Vec<_>>()
                .join(", ")
        };
        if node.text().is_none() || node.is_null() {
            self.expected(node, &format!("one of {}", list()));
            return None;
        }
        let text = self.set_text(node, "one of a few words")?;
        let found = words.iter().find(|(word, _)| *word == text.value);
        if found.is_none() {
            let known = words.iter().map(|(word, _)| *word);
            let is_shown = text.origin == Origin::File;
            let fault = Diagnostic::new(Code::UnknownName, text.span, no_word(&text, &list()));
            let (said, comment) = text.value.split_once('#').unwrap_or_default();
            if is_shown && words.iter().any(|(word, _)| *word == said) {
                self.push(before_comment(fault, said, comment));
                return None;
            }
            let trimmed = known.clone().find(|word| *word == text.value.trim());
            let written = text.value.trim().to_ascii_lowercase();
            let of_known = |meant: &str| known.clone().find(|word| *word == meant);
            let foreign = foreign::word(&written).and_then(of_known);
            let perhaps = foreign::perhaps(&written).and_then(of_known);
            let only = only_nearest(&text.value, known.clone());
            let certain = trimmed.or(foreign).or(only).filter(|_| is_shown);
            let near = perhaps.or_else(|| nearest(&text.value, known.clone()));
            let near = near.filter(|_| is_shown);
            self.push(match (certain, near) {
                (Some(meant), _) => fault.write(meant),
                (None, Some(near)) => {
                    fault.help(format!("did you mean `{near}`? Write one of {}", list()))
                }
                (None, None) => fault.help(format!("write one of {}", list())),
            });
        }
        found.map(|(_, value)| *value)
    }

    /// Reads `true` or `false`.
    pub(super) fn truth(&mut self, node: &Node) -> Option<bool> {
        self.word(node, &[("true", true), ("false", false)])
    }

    /// Reads the items of a list.
    pub(super) fn items<'n>(&mut self, node: &'n Node<'n>, what: &str) -> &'n [Node<'n>] {
        match &node.kind {
            Kind::List(items) => items,
            Kind::Scalar(_) | Kind::Map(_) | Kind::Unread => {
                self.expected(node, what);
                &[]
            }
        }
    }

    /// Reads a list of globs, of which the last that matches decides.
    pub(super) fn globs(&mut self, node: &Node) -> (GlobList, Vec<Text>) {
        let nodes = node.one_or_many();
        if nodes.len() > GLOBS_MAX {
            let message = format!("a list has at most {GLOBS_MAX} globs");
            self.fault(Code::Limit, head(self.source, node.span), message);
            return (GlobList::all(), Vec::new());
        }
        let mut texts = Vec::with_capacity(nodes.len());
        texts.extend(nodes.iter().filter_map(|n| self.set_text(n, "a glob")));
        if texts.len() < nodes.len() {
            // What could not be read may match anything.
            return (GlobList::all(), texts);
        }
        self.twice_among(&texts);
        let list = GlobList::parse(texts.iter().map(|text| text.value.as_str()));
        (list, texts)
    }

    /// Returns the place of a node without the blanks behind it, which YAML counts to a list.
    pub(super) fn whole(&self, node: &Node) -> Span {
        let written = self.source.get(node.span.range());
        let length = written.map_or(node.span.end() - node.span.start(), |written| {
            written.trim_end().len()
        });
        Span::new(node.span.start(), node.span.start() + length)
    }

    /// Says where each byte of a scalar's text stands.
    pub(super) fn place(&self, node: &Node) -> SourceMap {
        match &node.kind {
            Kind::Scalar(scalar) => SourceMap::of(self.source, node.span, scalar),
            Kind::Map(_) | Kind::List(_) | Kind::Unread => SourceMap::whole(node.span),
        }
    }
}
