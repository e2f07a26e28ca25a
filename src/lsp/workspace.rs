//! What is known of the open files: which rules they belong to, and what was read of those.

use std::collections::{BTreeMap, BTreeSet};

use super::documents::{Buffers, Documents, Draft};
use super::sketch::{Sketch, Step};
use super::{address, keys};
use crate::config::{self, Environment, Loaded, LoadedCases, Surroundings};
use crate::diag::{Diagnostic, FileId, Files, nearest};
use crate::lang::Names;
use crate::lint;
use crate::unit::Glob;

/// How far above a further file its main file is looked for.
const LEVELS_MAX: usize = 6;
/// How many files are looked into.
const LOOKED_INTO_MAX: usize = 200;
/// How many bytes of them are read.
const LOOKED_AT_BYTES_MAX: usize = 32 << 20;
/// What tests of rules have, and those of other programs do not.
const TEST_MARKS: &[&str] = &["samples", "expect"];

/// Open files and what belongs to them.
pub(super) struct Workspace<'a> {
    /// The open files.
    pub(super) documents: Documents,
    /// The folders that are open; without any, a file's own folder and the one above.
    pub(super) folders: Vec<String>,
    disk: &'a dyn Surroundings,
    /// The main files that were looked for, by further file.
    mains: BTreeMap<String, Option<String>>,
    units: BTreeMap<String, Unit>,
}

/// What an open file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A rules file, or a further file of this one.
    Rules(String),
    /// A file that may be a further one, of a main file that is not known.
    Alone,
    /// A file of rule tests.
    Cases,
    /// YAML of another program: editors show every YAML file to every server.
    Foreign,
}

/// What was read of a file and of those that it names.
pub(super) struct Unit {
    /// What it was read as.
    pub(super) role: Role,
    /// The rules; of a test file those that it tests.
    pub(super) loaded: Option<Loaded>,
    /// The files that findings are in.
    pub(super) files: Files,
    /// All findings.
    pub(super) findings: Vec<Diagnostic>,
    is_stale: bool,
}

impl Unit {
    /// Returns what was read just now.
    pub(super) fn of(
        role: Role,
        loaded: Option<Loaded>,
        files: Files,
        findings: Vec<Diagnostic>,
    ) -> Self {
        Self {
            role,
            loaded,
            files,
            findings,
            is_stale: false,
        }
    }

    /// Returns the paths of all files that were read, the rules of a test file included.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        let rules = self.loaded.iter().flat_map(|loaded| loaded.files.iter());
        let files = self.files.iter().chain(rules);
        files.map(|file| address::plain(&file.name)).collect()
    }

    /// Returns the names that expressions of a file may use.
    pub(super) fn names(&self, path: &str) -> Option<&Names> {
        let loaded = self.loaded.as_ref()?;
        let mut files = loaded.files.iter();
        let place = files.position(|file| address::plain(&file.name) == path)?;
        let id = FileId(u32::try_from(place).ok()?);
        let outline = &loaded.outline;
        let of_rule = outline.rules.iter().find(|rule| rule.place.file == id);
        let is_own = |at: &usize| {
            let first = outline.scopes[*at].lets.first();
            first.is_some_and(|name| name.place.file == id)
        };
        let scope = of_rule.map(|rule| rule.scope);
        let scope = scope.or_else(|| (0..outline.scopes.len()).find(is_own));
        let scope = outline.scopes.get(scope.unwrap_or(0))?;
        Some(&scope.names)
    }
}

impl<'a> Workspace<'a> {
    /// Begins without any files.
    pub(super) fn new(disk: &'a dyn Surroundings) -> Self {
        Self {
            documents: Documents::default(),
            folders: Vec::new(),
            disk,
            mains: BTreeMap::new(),
            units: BTreeMap::new(),
        }
    }

    /// Notes that a file has another text: what was read with it is out of date.
    pub(super) fn changed(&mut self, path: &str) {
        for unit in self.units.values_mut() {
            unit.is_stale |= unit.paths().contains(path);
        }
    }

    /// Notes that files came or went.
    pub(super) fn moved(&mut self) {
        self.mains.clear();
        for unit in self.units.values_mut() {
            unit.is_stale = true;
        }
    }

    /// Returns what an open file belongs to, up to date; `None` if it is not open.
    pub(super) fn unit(&mut self, path: &str) -> Option<&Unit> {
        let role = self.role(path)?;
        let key = match &role {
            Role::Rules(main) => main.clone(),
            Role::Alone | Role::Cases => path.to_owned(),
            Role::Foreign => {
                self.units.remove(path);
                return None;
            }
        };
        let known = self.units.get(&key);
        if known.is_none_or(|unit| unit.is_stale || unit.role != role) {
            let unit = self.read(&key, role);
            self.units.insert(key.clone(), unit);
        }
        self.units.get(&key)
    }

    /// Returns what was [read](Self::unit) last of an open file.
    pub(super) fn known(&self, path: &str) -> Option<&Unit> {
        let main = self.mains.get(path).and_then(Option::as_deref);
        self.units.get(main.unwrap_or(path))
    }

    /// Forgets what no open file belongs to.
    pub(super) fn keep(&mut self, used: &BTreeSet<String>) {
        self.units.retain(|key, _| used.contains(key));
    }

    /// Returns the text of a file, as far as it can be had.
    pub(super) fn text(&self, path: &str) -> Option<Draft> {
        Some(Draft::new(self.buffers().file(path).ok()?))
    }

    /// Returns what an open file is; `None` if it is not open.
    pub(super) fn role(&mut self, path: &str) -> Option<Role> {
        let document = self.documents.get(path)?;
        let text = &document.text;
        let role = match kind_of(text) {
            Kind::Further if further(text).is_empty() => None,
            Kind::Further | Kind::Rules => Some(Role::Rules(path.to_owned())),
            Kind::Cases => Some(Role::Cases),
            Kind::Foreign => Some(Role::Foreign),
        };
        if let Some(role) = role {
            self.mains.remove(path);
            return Some(role);
        }
        let known = self.mains.get(path).cloned();
        let main = known.unwrap_or_else(|| self.main_of(path));
        self.mains.insert(path.to_owned(), main.clone());
        Some(main.map_or(Role::Alone, Role::Rules))
    }

    fn buffers(&self) -> Buffers<'_> {
        let (documents, disk) = (&self.documents, self.disk);
        Buffers { documents, disk }
    }

    fn read(&self, path: &str, role: Role) -> Unit {
        let buffers = self.buffers();
        let environment = Environment::Absent;
        if role == Role::Cases {
            let LoadedCases {
                rules: loaded,
                diagnostics: findings,
                files,
                ..
            } = config::load_cases(path, &buffers, environment).unwrap_or_else(|_| nothing());
            return Unit::of(role, loaded, files, findings);
        }
        let loaded = config::load(path, &buffers, environment).ok();
        // A file without any key may yet become another program's.
        let begun = self.documents.get(path);
        let is_begun = begun.is_none_or(|d| d.text.sketch().keys(None).next().is_some());
        let findings = loaded.as_ref().filter(|_| is_begun).map(lint::run);
        let findings = findings.unwrap_or_default();
        let files = loaded.as_ref().map(|loaded| loaded.files.clone());
        Unit::of(role, loaded, files.unwrap_or_default(), findings)
    }

    /// Looks for the rules file that names a further one: in its folder and in those above.
    fn main_of(&self, path: &str) -> Option<String> {
        let buffers = self.buffers();
        let (mut files, mut bytes) = (0, 0);
        for folder in self.folders_above(path) {
            for end in ["yaml", "yml"] {
                let pattern = format!("{folder}/*.{end}");
                for other in buffers.glob(&pattern).unwrap_or_default() {
                    if other == path {
                        continue;
                    }
                    files += 1;
                    if files > LOOKED_INTO_MAX || bytes > LOOKED_AT_BYTES_MAX {
                        return None;
                    }
                    let text = Draft::new(buffers.file(&other).unwrap_or_default());
                    bytes += text.text.len();
                    if further(&text).iter().any(|glob| names(folder, glob, path)) {
                        return Some(other);
                    }
                }
            }
        }
        None
    }

    /// Returns a file's folder and those above it, as far as they are open in the editor.
    fn folders_above<'p>(&self, path: &'p str) -> Vec<&'p str> {
        let mut above = Vec::new();
        let mut at = path;
        while let Some(folder) = address::folder_of(at) {
            above.push(folder);
            at = folder;
            if at.is_empty() || above.len() >= LEVELS_MAX {
                break;
            }
        }
        let is_open = |folder: &&str| self.folders.iter().any(|open| open == folder);
        match above.iter().position(is_open) {
            Some(last) => above.truncate(last + 1),
            None => above.truncate(2),
        }
        above
    }
}

/// What a file is by its keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rules,
    /// Rules, or a further file of rules.
    Further,
    Cases,
    Foreign,
}

/// Says what a file is. One whose rules have conditions, or whose tests have samples, is ours,
/// whatever keys stand beside them: a key that is misspelled must be told. Of the others, one that
/// has more keys of others than of ours is none of ours, and one whose only key is a map `rules`
/// is not, either.
fn kind_of(text: &Draft) -> Kind {
    let sketch = text.sketch();
    let keys: BTreeSet<&str> = sketch.keys(None).map(|(_, name, _)| name).collect();
    let has_only = |names: [&str; 2]| keys.iter().all(|key| names.contains(key));
    let has_tests = keys.contains("tests");
    if has_tests && (has_only(["rules", "tests"]) || has_items(sketch, "tests", TEST_MARKS)) {
        return Kind::Cases;
    }
    let is_file = |glob: &&str| [".yaml", ".yml"].iter().any(|end| glob.ends_with(end));
    let is_marked = has_items(sketch, "rules", &["when"]) || further(text).iter().any(is_file);
    if !is_marked && is_of_others(sketch, &keys) {
        Kind::Foreign
    } else if !keys.is_empty() && has_only(["let", "rules"]) {
        Kind::Further
    } else {
        Kind::Rules
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

/// Whether a list at the top, whose name may be misspelled, has an item with one of some keys.
fn has_items(sketch: &Sketch, list: &str, marks: &[&str]) -> bool {
    let is_meant = |name: &str| nearest(name, [list]).is_some();
    let lists = sketch.keys(None).filter(|(_, name, _)| is_meant(name));
    let lists: Vec<usize> = lists.map(|(index, ..)| index).collect();
    let mut items = sketch.nodes().filter(|(_, node)| {
        node.step == Step::Item && node.parent.is_some_and(|parent| lists.contains(&parent))
    });
    items.any(|(item, _)| {
        let mut keys = sketch.keys(Some(item));
        keys.any(|(_, name, _)| marks.contains(&name))
    })
}

/// What came of a test file that cannot be read.
fn nothing() -> LoadedCases {
    LoadedCases {
        cases: None,
        rules: None,
        diagnostics: Vec::new(),
        files: Files::default(),
    }
}

/// Returns the globs of further files that a rules file names.
fn further(text: &Draft) -> Vec<&str> {
    if !text.text.contains("rules:") {
        return Vec::new();
    }
    let sketch = text.sketch();
    let Some((rules, ..)) = sketch.keys(None).find(|(_, name, _)| *name == "rules") else {
        return Vec::new();
    };
    let items = sketch
        .nodes()
        .filter(|(_, node)| node.parent == Some(rules));
    let scalars = items.filter_map(|(_, node)| node.value.filter(|_| node.step == Step::Item));
    scalars
        .filter_map(|scalar| text.text.get(scalar.span.start..scalar.span.end))
        .collect()
}

/// Returns the scalars that stand at a path of keys, on their own or as items.
pub(super) fn values<'t>(sketch: &Sketch, text: &'t str, path: &[&str]) -> Vec<&'t str> {
    let last = path.last().copied().unwrap_or_default();
    let is_at = |index: usize| sketch.path(Some(index)) == path;
    let nodes = sketch.nodes().filter(|(index, node)| match &node.step {
        Step::Key(name, _) => name == last && is_at(*index),
        Step::Item => is_at(*index),
        Step::Bare(_) => false,
    });
    let scalars = nodes.filter_map(|(_, node)| node.value);
    scalars
        .filter_map(|scalar| text.get(scalar.span.start..scalar.span.end))
        .collect()
}

/// Whether a glob of a file in a folder names a path.
fn names(folder: &str, glob: &str, path: &str) -> bool {
    let pattern = if glob.starts_with('/') {
        address::plain(glob)
    } else {
        address::plain(&format!("{folder}/{glob}"))
    };
    let (of, own) = (address::folder_of(&pattern), address::folder_of(path));
    let name = |path: &str| path[address::folder_of(path).map_or(0, str::len)..].to_owned();
    of == own && Glob::from(name(&pattern).as_str()).matches(&name(path))
}
