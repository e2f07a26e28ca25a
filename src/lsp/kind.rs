//! What an open file is by its keys: rules, their tests, or what another program reads.

use std::collections::BTreeSet;

use super::documents::Draft;
use super::keys;
use super::sketch::{Sketch, Step};
use super::workspace::further;
use crate::config;
use crate::diag::nearest;

/// What rules have, and those of other programs do not.
const RULE_MARKS: &[&str] = &["when"];
/// What tests of rules have, and those of other programs do not.
const TEST_MARKS: &[&str] = &["samples", "expect"];

/// What a file is by its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A rules file.
    Rules,
    /// Rules, or a further file of rules.
    Further,
    /// A file of rule tests.
    Cases,
    /// A file of another program.
    Foreign,
}

/// Says what a file is. One whose rules have conditions, or whose tests have samples, is ours,
/// whatever keys stand beside them: a key that is misspelled must be told. Of the others, one that
/// has more keys of others than of ours is none of ours, and one whose only key is a map `rules`
/// is not, either.
pub(super) fn kind_of(text: &Draft) -> Kind {
    let sketch = text.sketch();
    let keys: BTreeSet<&str> = sketch.keys(None).map(|(_, name, _)| name).collect();
    let has_only = |names: [&str; 2]| keys.iter().all(|key| names.contains(key));
    let has_tests = keys.contains("tests");
    if has_tests && (has_only(["rules", "tests"]) || has_items(sketch, "tests", TEST_MARKS)) {
        return Kind::Cases;
    }
    let is_file = |glob: &&str| [".yaml", ".yml"].iter().any(|end| glob.ends_with(end));
    let is_marked = has_items(sketch, "rules", RULE_MARKS) || further(text).iter().any(is_file);
    if !is_marked && is_of_others(sketch, &keys) {
        Kind::Foreign
    } else if !keys.is_empty() && has_only(["let", "rules"]) {
        Kind::Further
    } else {
        Kind::Rules
    }
}

/// Whether it is plain to see that a file is of a kind: by its items, not by keys that others have.
pub(super) fn is_marked(kind: Kind, text: &Draft) -> bool {
    let (list, marks) = marks_of(kind);
    has_items(text.sketch(), list, marks)
}

/// Whether a file that was of a kind is of it still while its keys at the top do not say so, as
/// somebody is typing there: what marks it stands in it somewhere.
pub(super) fn is_still(kind: Kind, text: &Draft) -> bool {
    let (_, marks) = marks_of(kind);
    text.sketch().nodes().any(|(_, node)| match &node.step {
        Step::Key(name, _) => marks.contains(&name.as_str()),
        Step::Item | Step::Bare(_) => false,
    })
}

/// Returns the list at the top that a kind has, and what marks its items.
fn marks_of(kind: Kind) -> (&'static str, &'static [&'static str]) {
    match kind {
        Kind::Rules | Kind::Further => ("rules", RULE_MARKS),
        Kind::Cases => ("tests", TEST_MARKS),
        Kind::Foreign => ("", &[]),
    }
}

/// Whether more of the keys at the top are those of others than ours. Beside one of ours, one that
/// is begun or misspelled counts as ours.
fn is_of_others(sketch: &Sketch, keys: &BTreeSet<&str>) -> bool {
    let ours: Vec<&str> = keys::keys(config::Document::Rules, &[])
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let is_meant = |key: &str| {
        let is_begun = ours.iter().any(|name| name.starts_with(key));
        is_begun || nearest(key, ours.iter().copied()).is_some()
    };
    let known = keys.iter().filter(|key| ours.contains(*key)).count();
    let meant = match known {
        0 => 0,
        _ => keys.iter().filter(|key| is_meant(key)).count(),
    };
    let all = keys.len();
    let is_map = |index| sketch.keys(Some(index)).next().is_some();
    let mut maps = sketch
        .keys(None)
        .filter(|(index, name, _)| *name == "rules" && is_map(*index));
    meant * 2 <= all && meant < all || all == 1 && maps.next().is_some()
}

/// Whether a list at the top, whose name may be misspelled, has an item with one of some keys; a map in
/// its place is one whose dashes are missing.
fn has_items(sketch: &Sketch, list: &str, marks: &[&str]) -> bool {
    let is_meant = |name: &str| nearest(name, [list]).is_some();
    let lists = sketch.keys(None).filter(|(_, name, _)| is_meant(name));
    let lists: Vec<usize> = lists.map(|(index, ..)| index).collect();
    let mut items = sketch.nodes().filter(|(_, node)| {
        let may_be_item = matches!(node.step, Step::Item | Step::Key(..));
        may_be_item && node.parent.is_some_and(|parent| lists.contains(&parent))
    });
    items.any(|(item, _)| {
        let mut keys = sketch.keys(Some(item));
        keys.any(|(_, name, _)| marks.contains(&name))
    })
}
