//! From a path to a checked configuration: the main file, its further files, all faults.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::around;
use super::outline::{Outline, Times};
use super::reader::{Budget, FAULTS_MAX, Fields, Origin, Reader};
use super::secret::{Part, within};
use super::told_once::told_once;
use super::vocabulary::VOCABULARY;
use super::{
    Config, Environment, Surroundings, keys, labels, notify, rules, sources, template, web,
};
use crate::diag::{Code, Diagnostic, FileId, Files, Fix, Level, Span};
use crate::unit::Timespan;
use crate::yaml::{self, Kind, Node, Salvaged};

/// How far back a source can be asked.
/// Source: Alibaba Cloud CDN, `DescribeDomainRealTimeSrcHttpCodeData`, "Usage notes".
const KEPT_BY_SOURCE: Timespan = Timespan::from_seconds(7 * 86_400);

/// The least of what is counted in minutes.
const MINUTE: Timespan = Timespan::from_seconds(60);

pub(super) const STORE: &str = "sqlite:foghorn.db";

/// What came of a rules file.
pub struct Loaded {
    /// What it says, unless it has a fault that [stops a run](Code::stops_a_run).
    pub config: Option<Config>,
    /// What lint looks at: whatever could be read.
    pub outline: Outline,
    /// All faults, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that the places are in.
    pub files: Files,
}

impl fmt::Debug for Loaded {
    /// Leaves out the outline, whose labels may come from the environment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("config", &self.config)
            .field("diagnostics", &self.diagnostics)
            .finish_non_exhaustive()
    }
}

/// A rules file that cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read {path}: {reason}")]
pub struct Unreadable {
    /// The file.
    pub path: String,
    /// Why, in the words of the surroundings.
    pub reason: String,
}

impl Unreadable {
    /// Returns that a file cannot be read, and why.
    pub fn new(path: &str, reason: String) -> Self {
        Self {
            path: path.to_owned(),
            reason,
        }
    }
}

/// Loads a rules file and its further files.
///
/// # Errors
///
/// [`Unreadable`], if the file itself cannot be had; every other fault is a diagnostic.
pub fn load(
    path: &str,
    surroundings: &dyn Surroundings,
    environment: Environment,
) -> Result<Loaded, Unreadable> {
    load_telling(path, surroundings, environment, FAULTS_MAX)
}

/// [Loads](load) files and tells so many of their faults.
pub(crate) fn load_telling(
    path: &str,
    surroundings: &dyn Surroundings,
    environment: Environment,
    faults_max: usize,
) -> Result<Loaded, Unreadable> {
    let source = Source {
        path,
        surroundings,
        environment,
        faults_max,
    };
    let loaded = read_as_if(source, None)?;
    Ok(told_once(loaded, source))
}

/// Where a configuration is read from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    pub(super) surroundings: &'a dyn Surroundings,
    pub(super) environment: Environment,
    /// How many faults are told.
    pub(super) faults_max: usize,
}

/// A file, and the mend of its columns as if made which it is read.
pub(super) type AsIf<'a> = Option<(&'a str, &'a Fix)>;

/// Reads files, of which one is read as if a mend of its columns were made.
pub(super) fn read_as_if(source: Source<'_>, as_if: AsIf<'_>) -> Result<Loaded, Unreadable> {
    let Source {
        path, surroundings, ..
    } = source;
    let unreadable = |reason: String| Unreadable::new(path, reason);
    let text: Arc<str> = surroundings.file(path).map_err(unreadable)?.into();
    let mut files = Files::default();
    let id = files.add(path, Arc::clone(&text));
    let read = salvage(path, &text, as_if);
    let mut reader = reader(id, path, &text, surroundings, source.environment);
    reader.faults_max = source.faults_max;
    reader.as_if = as_if;
    reader.take_read(read.faults, read.names);
    let config = main_file(&mut reader, read.root.as_ref(), &mut files);
    let outline = std::mem::take(&mut reader.outline);
    let mut diagnostics = reader.faults;
    crate::diag::sort(&mut diagnostics);
    diagnostics.dedup();
    let stops = |d: &Diagnostic| d.level == Level::Error && d.code.stops_a_run();
    let config = config.filter(|_| !diagnostics.iter().any(stops));
    Ok(Loaded {
        config,
        outline,
        diagnostics,
        files,
    })
}

/// Makes a tree of the text of a file.
pub(super) fn salvage<'t>(path: &str, text: &'t str, as_if: AsIf<'_>) -> Salvaged<'t> {
    let moved = as_if.filter(|(file, _)| *file == path);
    let moved = moved.and_then(|(_, fix)| yaml::salvage_as_if(text, fix, &VOCABULARY));
    moved.unwrap_or_else(|| yaml::salvage(text, &VOCABULARY))
}

/// Returns a reader of a file that has no faults yet.
pub(super) fn reader<'a>(
    file: FileId,
    path: &'a str,
    source: &'a str,
    surroundings: &'a dyn Surroundings,
    environment: Environment,
) -> Reader<'a> {
    Reader {
        file,
        source,
        folder: path.rfind('/').map_or("", |slash| &path[..=slash]),
        surroundings,
        environment,
        as_if: None,
        part: Part::Rules,
        faults: Vec::new(),
        faults_max: FAULTS_MAX,
        budget: Budget::whole(),
        templates: template::environment(),
        sound_templates: BTreeSet::new(),
        unread_aliases: BTreeSet::new(),
        unread_names: BTreeSet::new(),
        lacks_receivers: false,
        lacks_labels: false,
        outline: Outline::default(),
    }
}

/// The keys whose values say nothing of rules and their labels, beside some of `notify:`.
const BESIDE_RULES: &[&str] = &[
    "settle",
    "max_lateness",
    "history",
    "store",
    "objective",
    "web",
];

fn main_file(reader: &mut Reader<'_>, node: Option<&Node>, files: &mut Files) -> Option<Config> {
    let Some(node) = node.filter(|node| !node.is_null()) else {
        if reader.faults.is_empty() {
            let fault = Diagnostic::new(Code::Syntax, Span::default(), "the file is empty");
            reader.push(fault.help("a rules file has at least `rules:`"));
        }
        return None;
    };
    if let Some(key) = tests_key(node) {
        let message = "this is a file of rule tests, and a rules file is wanted here";
        let fault = Diagnostic::new(Code::Syntax, key.span, message);
        reader.push(
            fault.help(
                "name the file that stands behind its `rules:`; `foghorn test` runs the tests",
            ),
        );
        return None;
    }
    let fields = reader.fields(node, "a rules file", keys::FILE)?;
    fields.are_beside_rules(reader, BESIDE_RULES);
    reader.outline.sources = fields
        .get("source")
        .map(|n| within(reader, Part::Source, |reader| sources::read(reader, n)))
        .unwrap_or_default();
    reader.outline.lacks_domains |= fields.is_partial;
    reader.lacks_labels = fields.is_partial || fields.get("labels").is_some_and(Node::lacks_parts);
    let labels = fields
        .get("labels")
        .map(|n| labels::by_domain(reader, n))
        .unwrap_or_default();
    let times = times(reader, &fields);
    reader.outline.times = times;
    let objective = fields.get("objective");
    reader.outline.objective = objective.map(|node| reader.at(node.span));
    let domain_labels = labels
        .iter()
        .flat_map(|l| l.entry.labels.keys().cloned())
        .collect();
    let rules = rules::all_rules(reader, &fields, files, (times.history, &domain_labels));
    let notify = match fields.pair("notify") {
        Some((key, node)) => notify::read(reader, key, node),
        None => notify::default(),
    };
    let program = Arc::new(rules.compiler.finish());
    reader.outline.program = Arc::clone(&program);
    let sources = reader.outline.sources.iter();
    let config = Config {
        sources: sources.map(|(source, _)| source.clone()).collect(),
        settle: times.settle,
        max_lateness: times.max_lateness,
        history: times.history,
        labels: labels.iter().map(|l| l.entry.clone()).collect(),
        names: rules.main_names,
        program,
        rules: rules.sound,
        notify,
        store: fields
            .get("store")
            .and_then(|n| within(reader, Part::Store, |reader| store(reader, n)))
            .unwrap_or_else(|| STORE.to_owned()),
        objective: times.objective,
        web: fields.get("web").map_or_else(web::default, |n| {
            within(reader, Part::Telling, |reader| web::read(reader, n))
        }),
    };
    reader.outline.labels = labels;
    Some(config)
}

/// Returns the key of the tests, where a file has tests and no rules of its own.
fn tests_key<'n>(node: &'n Node<'n>) -> Option<&'n Node<'n>> {
    let Kind::Map(pairs) = &node.kind else {
        return None;
    };
    let pair = |name: &str| pairs.iter().find(|(key, _)| key.text() == Some(name));
    let has_rules = pair("rules").is_some_and(|(_, rules)| rules.text().is_none());
    pair("tests").filter(|_| !has_rules).map(|(key, _)| key)
}

fn times(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Times {
    let mut are_read = true;
    let mut span = |name: &str, default| {
        let node = fields.get(name);
        let least = if matches!(name, "history" | "objective") {
            MINUTE
        } else {
            Timespan::from_seconds(0)
        };
        let read = node.map(|node| reader.timespan_from(node, least));
        are_read &= read != Some(None);
        read.flatten().unwrap_or(default)
    };
    let default = Times::default();
    let settle = span("settle", default.settle);
    let max_lateness = span("max_lateness", default.max_lateness);
    let history = span("history", default.history);
    let objective = span("objective", default.objective);
    for (name, value) in [("settle", settle), ("max_lateness", max_lateness)] {
        if let Some(node) = fields.get(name).filter(|_| KEPT_BY_SOURCE < value) {
            let message = format!("the source keeps {KEPT_BY_SOURCE}, and `{name}:` is longer");
            let fault = Diagnostic::new(Code::Duration, node.span, message);
            reader.push(fault.help("minutes and hours are usual: the defaults are 5m and 15m"));
        }
    }
    // Where one of them could not be read, nobody knows how they stand to each other.
    if max_lateness < settle && are_read {
        let key = fields
            .pair("max_lateness")
            .or_else(|| fields.pair("settle"));
        let place = key.map_or(fields.span, |(key, _)| key.span);
        let fault = Diagnostic::new(
            Code::Duration,
            place,
            format!("`max_lateness:` ({max_lateness}) is shorter than `settle:` ({settle})"),
        );
        reader.push(
            fault.help("a minute is judged after `settle`, and no later than `max_lateness`"),
        );
    }
    Times {
        settle,
        // Nothing else is held against one that is too short.
        max_lateness: if max_lateness < settle {
            default.max_lateness.max(settle)
        } else {
            max_lateness
        },
        history,
        objective,
    }
}

fn store(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = reader.set_text(node, "the address of a store")?;
    if text.value.starts_with("postgres:") || text.value.starts_with("postgresql:") {
        let fault = Diagnostic::new(
            Code::Unsupported,
            text.span,
            "PostgreSQL stores are not supported in this version",
        );
        reader.push(fault.help("write `sqlite:foghorn.db`"));
        return None;
    }
    if !text.value.starts_with("sqlite:") || text.value == "sqlite:" {
        let shown = match text.origin {
            Origin::File => text.shown(),
            Origin::Elsewhere | Origin::Unset => "the value".to_owned(),
        };
        let fault = Diagnostic::new(Code::Syntax, text.span, format!("{shown} is no store"));
        reader.push(fault.help("write `sqlite:foghorn.db`"));
        return None;
    }
    if text.value == "sqlite::memory:" {
        let message = "this store has no file, and forgets what fires when the service stops";
        let fault = Diagnostic::new(Code::Syntax, text.span, message);
        reader.push(fault.help("write `sqlite:foghorn.db`"));
        return None;
    }
    around::of_name(reader, node, &text, "the name of the store's file");
    Some(text.value)
}
