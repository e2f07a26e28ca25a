//! What lint looks at: the parts of the files with their places, also where others are faulty.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use super::reader::{Origin, Text};
use super::{DomainLabels, Source, Tls};
use crate::diag::{Code, Diagnostic, FileId, Label, Span};
use crate::dispatch::{Match, ReceiverName, Route};
use crate::engine::OnUnknown;
use crate::lang::ast::{Expr, When};
use crate::lang::program::{Compiled, Tier};
use crate::lang::{Names, Program};
use crate::unit::{DomainName, GlobList, Minute, Severity, Timespan};
use crate::yaml;

/// The parts of a rules file that were read, and where they stand.
#[derive(Clone, Default)]
pub struct Outline {
    /// The sources, each with the place of its kind; empty if the file has none.
    pub sources: Vec<(Source, Place)>,
    /// The domains that sources list, each with the place where it stands first.
    pub domain_places: BTreeMap<DomainName, Place>,
    /// Whether a name that a source lists is none, so that nobody knows what it has beside the
    /// others.
    pub lacks_domains: bool,
    /// The durations that all rules share.
    pub times: Times,
    /// Where the objective stands, if the file has one.
    pub objective: Option<Place>,
    /// The `let:`s: the main file's, then those of further files.
    pub scopes: Vec<ScopeOutline>,
    /// The rules.
    pub rules: Vec<RuleOutline>,
    /// The graph of the conditions of sound rules.
    pub program: Arc<Program>,
    /// The entries of `labels:`.
    pub labels: Vec<LabelsOutline>,
    /// The receivers.
    pub receivers: Vec<ReceiverOutline>,
    /// The parts of the file that say nothing of rules and their labels, whatever is wrong there.
    pub beside_rules: Vec<Place>,
    /// Where receivers are named, by routes, escalations and `fallback:`.
    pub receiver_uses: Vec<(ReceiverName, Place)>,
    /// Where labels are named, by `group_by:`, `equal:` and matches that ask for a value of them.
    pub label_uses: Vec<(String, Place)>,
    /// Labels of which a value came from the environment: nobody knows what else it may be.
    pub hidden_labels: BTreeSet<String>,
    /// The routes, where there are any.
    pub routes: Option<RoutesOutline>,
    /// The inhibitions.
    pub inhibitions: Vec<InhibitionOutline>,
    /// Whether an inhibition or a silence could not be read.
    pub lacks_mutes: bool,
    /// The silences: what each matches, and where it says so.
    pub silences: Vec<(Match, Place)>,
    /// When silences end, and where that is said.
    pub silence_ends: Vec<(Minute, Place)>,
    /// The addresses that the service talks to.
    pub addresses: Vec<AddressOutline>,
    /// How mails leave by SMTP, the server's name, and where it stands.
    pub mail: Option<(Tls, String, Place)>,
    /// Where the page listens, if the file says it and nobody is asked for a password.
    pub web: Option<(SocketAddr, Place)>,
    /// The comments that speak to the linter, `# foghorn: …`, from `#` on.
    pub comments: Vec<Place>,
    /// Secrets that stand in the file as text: the places of their keys.
    pub literal_secrets: Vec<Label>,
    /// Names of domains and accounts, and globs of matches, that came from the environment:
    /// messages do not name them.
    pub hidden_texts: BTreeSet<String>,
}

impl Outline {
    /// Returns the routes, unless something is wrong with one of them, so that nothing can be said of what they leave.
    pub fn whole_routes(&self) -> Option<&RoutesOutline> {
        self.routes.as_ref().filter(|routes| routes.is_whole)
    }
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The place in it.
    pub span: Span,
}

impl Place {
    /// Returns a finding at this place.
    pub fn finding(self, code: Code, message: impl Into<String>) -> Diagnostic {
        let Self { file, span } = self;
        Diagnostic::new(code, span, message).relocate(file, |span| span)
    }

    /// Returns a label for this place.
    pub fn label(self, text: impl Into<String>) -> Label {
        let Self { file, span } = self;
        let text = text.into();
        Label { file, span, text }
    }
}

/// The durations that all rules share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// A minute is judged no sooner than this after its end.
    pub settle: Timespan,
    /// And no later than this, if the source can be asked.
    pub max_lateness: Timespan,
    /// How long samples are kept.
    pub history: Timespan,
    /// How soon after the first bad minute a person should be told.
    pub objective: Timespan,
}

impl Default for Times {
    /// What holds where the file does not say otherwise.
    fn default() -> Self {
        Self {
            settle: Timespan::from_seconds(5 * 60),
            max_lateness: Timespan::from_seconds(15 * 60),
            history: Timespan::from_seconds(14 * 86_400),
            objective: Timespan::from_seconds(15 * 60),
        }
    }
}

/// The `let:` of one file.
#[derive(Clone, Default)]
pub struct ScopeOutline {
    /// The names that its rules may use, the main file's included.
    pub names: Names,
    /// What the file itself defines.
    pub lets: Vec<LetOutline>,
}

/// A `let:` name.
#[derive(Clone)]
pub struct LetOutline {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// What it stands for; places are in its own text. `None` if that is faulty.
    pub expr: Option<Expr>,
    /// Where its text stands.
    pub written: Written,
}

/// Where the text of an expression stands in a file.
#[derive(Clone, Debug)]
pub struct Written {
    file: FileId,
    place: yaml::SourceMap,
}

impl Written {
    pub(super) fn new(file: FileId, place: yaml::SourceMap) -> Self {
        Self { file, place }
    }

    /// Returns where a place of the text stands in the file.
    pub fn locate(&self, span: Span) -> Place {
        Place {
            file: self.file,
            span: self.place.locate(span),
        }
    }

    /// Moves the places of a diagnostic, which are in the text, to the file.
    ///
    /// Where the places of parts are not known, the diagnostic has no mend any more.
    pub fn relocate(&self, found: Diagnostic) -> Diagnostic {
        self.place.relocate(self.file, found)
    }

    /// Whether every place of the text has its own place in the file, so that it can be edited
    /// there; otherwise only the place of the whole is known.
    pub fn is_exact(&self) -> bool {
        self.place.is_exact()
    }
}

/// A rule as lint sees it.
#[derive(Clone)]
pub struct RuleOutline {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub place: Place,
    /// The place of the whole rule.
    pub whole: Place,
    /// Its keys, each with the places of the key and of its value.
    pub keys: Keys,
    /// Its severities.
    pub severities: BTreeSet<Severity>,
    /// Its conditions that could be read, from the least severity to the worst.
    pub tiers: Vec<TierOutline>,
    /// The index of its file's [scope](Outline::scopes).
    pub scope: usize,
    /// Its conditions in the [program](Outline::program); `None` if they are not sound.
    pub compiled: Option<Arc<Compiled>>,
    /// Those of its conditions that are sound, where others are not: the rule does not run, and what is
    /// wrong with these is told all the same.
    pub sound_tiers: Vec<Tier>,
    /// What an unknown condition means.
    pub on_unknown: OnUnknown,
    /// Whether it is one alert over many domains; `None` if its condition is faulty.
    pub is_fleet: Option<bool>,
    /// Its labels.
    pub labels: Arc<BTreeMap<String, String>>,
    /// The domains that it is about.
    pub domains: GlobsOutline,
}

/// The keys of a rule, each with the places of the key and of its value.
#[derive(Clone, Debug, Default)]
pub struct Keys(pub(super) Vec<(&'static str, (Place, Place))>);

impl Keys {
    /// Returns the places of a key and of its value, if the rule has it.
    pub fn get(&self, name: &str) -> Option<(Place, Place)> {
        let found = self.0.iter().find(|(key, _)| *key == name);
        found.map(|(_, places)| *places)
    }
}

/// The condition of one severity.
#[derive(Clone)]
pub struct TierOutline {
    /// The severity.
    pub severity: Severity,
    /// What is written; places are in its own text.
    pub when: When,
    /// Where the text stands.
    pub written: Written,
    /// The place of the whole text.
    pub place: Place,
}

/// A receiver.
#[derive(Clone, Debug)]
pub struct ReceiverOutline {
    /// Its name.
    pub name: ReceiverName,
    /// Where its name stands.
    pub place: Place,
    /// The webhooks, by the places of their keys, that nothing signs.
    pub unsigned_webhooks: Vec<Place>,
}

/// The routes, as far as they could be read.
#[derive(Clone, Debug)]
pub struct RoutesOutline {
    /// Where `routes:` stands.
    pub place: Place,
    /// The routes of which it could be read which alerts they take, with their places.
    pub routes: Vec<(Route, Place)>,
    /// Whether these are all, without a fault.
    pub is_whole: bool,
}

/// An inhibition.
#[derive(Clone, Debug)]
pub struct InhibitionOutline {
    /// Which alerts mute.
    pub source: Match,
    /// Which are muted.
    pub target: Match,
    /// The labels that both must have in common.
    pub equal: Vec<String>,
    /// Where its source and its target stand.
    pub places: [Place; 2],
}

/// An address that the service talks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressOutline {
    /// Whether it is private on its way (`https://`).
    pub is_private: bool,
    /// The host, unless it came from the environment.
    pub host: Option<String>,
    /// Whether the host is this machine.
    pub is_loopback: bool,
    /// Where it stands.
    pub place: Place,
}

/// Labels by domain as lint sees them.
#[derive(Clone)]
pub struct LabelsOutline {
    /// The entry.
    pub entry: DomainLabels,
    /// Where its labels stand, each by its name.
    pub keys: BTreeMap<String, Place>,
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
    /// Whether it is just what stands in the file: nothing of it came from the environment, or could
    /// not be read.
    pub fn is_of_file(&self) -> bool {
        let texts = self.globs.iter().map(|(text, _)| text);
        self.place.is_some() && self.list.texts().eq(texts.cloned())
    }

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
