//! What lint looks at: the parts of the files with their places, also where others are faulty.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{Origin, Text};
use super::{DomainLabels, Source};
use crate::diag::{FileId, Label, Span};
use crate::dispatch::Route;
use crate::unit::{DomainName, GlobList, Severity};

/// The parts of a rules file that were read, and where they stand.
#[derive(Clone, Default)]
pub struct Outline {
    /// The sources; empty if the file has none.
    pub sources: Vec<Source>,
    /// The rules.
    pub rules: Vec<RuleOutline>,
    /// The entries of `labels:`.
    pub labels: Vec<LabelsOutline>,
    /// Where `routes:` stands, and the routes; `None` if a route could not be read, so that
    /// nothing can be said of them.
    pub routes: Option<(Place, Vec<Route>)>,
    /// Secrets that stand in the file as text: the places of their keys.
    pub literal_secrets: Vec<Label>,
    /// Domains whose names came from the environment: messages do not name them.
    pub hidden_domains: BTreeSet<DomainName>,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The place in it.
    pub span: Span,
}

/// A rule as lint sees it.
#[derive(Clone)]
pub struct RuleOutline {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub place: Place,
    /// Its severities.
    pub severities: BTreeSet<Severity>,
    /// Whether it is one alert over many domains; `None` if its condition is faulty.
    pub is_fleet: Option<bool>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The domains that it is about.
    pub domains: GlobsOutline,
}

/// Labels by domain as lint sees them.
#[derive(Clone)]
pub struct LabelsOutline {
    /// The entry.
    pub entry: DomainLabels,
    /// Its globs.
    pub domains: GlobsOutline,
}

/// A list of globs and where each stands.
#[derive(Clone)]
pub struct GlobsOutline {
    /// The list.
    pub list: GlobList,
    /// Where the list stands; `None` if it is the default, all.
    pub place: Option<Place>,
    /// The globs that stand in the file, with their places; not those from the environment.
    pub globs: Vec<(String, Place)>,
}

impl GlobsOutline {
    /// Returns the outline of a list that stands at a place, or of the default.
    pub(super) fn of(file: FileId, read: Option<(Span, (GlobList, Vec<Text>))>) -> Self {
        let Some((span, (list, texts))) = read else {
            return Self {
                list: GlobList::all(),
                place: None,
                globs: Vec::new(),
            };
        };
        let written = texts.into_iter().filter(|text| text.origin == Origin::File);
        let place = |span| Place { file, span };
        Self {
            list,
            place: Some(place(span)),
            globs: written.map(|text| (text.value, place(text.span))).collect(),
        }
    }
}
