//! What routes ask for: labels, and globs for their values.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Outline, Place};
use crate::dispatch::{Match, Route};
use crate::unit::Glob;

/// What is known of the value of a label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// Which of the [globs](Asked::globs) match it.
    Known(Vec<usize>),
    /// Nothing: any of them may.
    Unknown,
}

/// A label that routes ask for.
pub(super) struct Asked<'o> {
    pub(super) name: &'o str,
    pub(super) globs: Vec<AskedGlob<'o>>,
    /// The globs by what is the same for all that match the same: of names, the lower case.
    places: BTreeMap<String, usize>,
    /// Those that are no names.
    pub(super) patterns: Vec<usize>,
}

pub(super) struct AskedGlob<'o> {
    pub(super) glob: &'o Glob,
    /// Whether it came from the environment, so that nobody knows what else it may be.
    pub(super) is_hidden: bool,
}

/// A matcher of a route: the places of its label and of its glob.
pub(super) type Matcher = (usize, usize);

impl Asked<'_> {
    /// Returns which globs match a value, by their places.
    pub(super) fn matching(&self, text: &str) -> Vec<usize> {
        let named = self.places.get(&text.to_ascii_lowercase());
        let patterns = self.patterns.iter();
        let patterns = patterns.filter(|at| self.globs[**at].glob.matches(text));
        let found: BTreeSet<usize> = named.into_iter().chain(patterns).copied().collect();
        found.into_iter().collect()
    }
}

/// Whether a glob matches every value, none included.
pub(super) fn is_any(glob: &Glob) -> bool {
    !glob.as_str().is_empty() && glob.as_str().chars().all(|c| c == '*')
}

/// Whether a glob matches more than one name.
pub(super) fn is_pattern(glob: &Glob) -> bool {
    glob.as_str().contains(['*', '?'])
}

/// Returns what is the same for globs that match the same.
fn key_of(glob: &Glob) -> String {
    if is_pattern(glob) {
        glob.as_str().to_owned()
    } else {
        glob.as_str().to_ascii_lowercase()
    }
}

/// Returns the labels that routes ask for, by their names.
pub(super) fn asked<'o>(outline: &Outline, routes: &'o [(Route, Place)]) -> Vec<Asked<'o>> {
    let mut found: BTreeMap<&'o str, Asked<'o>> = BTreeMap::new();
    for (name, glob) in routes.iter().flat_map(|(route, _)| &route.matchers) {
        let asked = found.entry(name).or_insert_with(|| Asked {
            name,
            globs: Vec::new(),
            places: BTreeMap::new(),
            patterns: Vec::new(),
        });
        let at = asked.globs.len();
        let is_new = asked.places.insert(key_of(glob), at);
        if let Some(known) = is_new {
            asked.places.insert(key_of(glob), known);
            continue;
        }
        if is_pattern(glob) {
            asked.patterns.push(at);
        }
        let is_hidden = outline.hidden_texts.contains(glob.as_str());
        asked.globs.push(AskedGlob { glob, is_hidden });
    }
    found.into_values().collect()
}

/// Returns the places of what a route asks for.
pub(super) fn places(asked: &[Asked<'_>], matchers: &Match) -> Vec<Matcher> {
    let place = |(name, glob): (&String, &Glob)| {
        let label = asked.binary_search_by(|asked| asked.name.cmp(name)).ok()?;
        let at = asked[label].places.get(&key_of(glob))?;
        Some((label, *at))
    };
    matchers.iter().filter_map(place).collect()
}
