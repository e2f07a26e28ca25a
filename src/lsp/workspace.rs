//! What is known of the open files: which rules they belong to, and what was read of those.

use std::collections::{BTreeMap, BTreeSet};

use super::address;
use super::documents::{Buffers, Documents, Draft};
use super::kind::{Kind, is_marked, is_still, kind_of};
use super::sketch::{Sketch, Step};
use crate::config::{self, Environment, Loaded, LoadedCases, Surroundings};
use crate::diag::{Diagnostic, FileId, Files};
use crate::lang::Names;
use crate::lint;
use crate::unit::Glob;

/// How far above a further file its main file is looked for.
const LEVELS_MAX: usize = 6;
/// How many files are looked into.
const LOOKED_INTO_MAX: usize = 200;
/// How many bytes of them are read.
const LOOKED_AT_BYTES_MAX: usize = 32 << 20;

/// Open files and what belongs to them.
pub(super) struct Workspace<'a> {
    /// The open files.
    pub(super) documents: Documents,
    /// The folders that are open; without any, a file's own folder and the one above.
    pub(super) folders: Vec<String>,
    disk: &'a dyn Surroundings,
    /// The main files that were looked for, by further file.
    mains: BTreeMap<String, Option<String>>,
    /// What open files were when that was last plain to see.
    kinds: BTreeMap<String, Kind>,
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
            kinds: BTreeMap::new(),
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
        let documents = &self.documents;
        self.kinds.retain(|path, _| documents.get(path).is_some());
    }

    /// Returns the text of a file, as far as it can be had.
    pub(super) fn text(&self, path: &str) -> Option<Draft> {
        Some(Draft::new(self.buffers().file(path).ok()?))
    }

    /// Returns what an open file is; `None` if it is not open.
    pub(super) fn role(&mut self, path: &str) -> Option<Role> {
        let document = self.documents.get(path)?;
        let text = &document.text;
        let kind = match (kind_of(text), self.kinds.get(path)) {
            (Kind::Foreign, Some(before)) if is_still(*before, text) => *before,
            (kind, _) => kind,
        };
        if is_marked(kind, text) {
            self.kinds.insert(path.to_owned(), kind);
        }
        let role = match kind {
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
        let is_begun = begun.is_none_or(|d| d.text.sketch().keys(None).next().is_some())
            || self.kinds.contains_key(path);
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
pub(super) fn further(text: &Draft) -> Vec<&str> {
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
        .filter_map(|scalar| text.text.get(scalar.span.range()))
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
        .filter_map(|scalar| text.get(scalar.span.range()))
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
