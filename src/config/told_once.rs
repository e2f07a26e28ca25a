//! One fault is told once: what follows from it, and vanishes with its mend, is not told beside it.
//!
//! Where lines stand in a wrong column, or a key above them is lost, YAML stumbles over those
//! beside them, and what is read makes no sense there. Which lines have moved, only the whole
//! can tell: the file is read as if they had not, and if then faults vanish and none comes, it was that.

use std::collections::BTreeMap;

use super::load::{Loaded, Source, read_as_if};
use super::overlay::Overlay;
use super::vocabulary::VOCABULARY;
use crate::diag::{self, Code, Diagnostic, Edit, FileId, Fix, Level, Span};
use crate::yaml::{self, Guess, Indented, Kind, Node};

/// How many bytes are read again in all, each as often as YAML stumbles: a usual file is read some
/// hundred times, a large one a few times at the most.
const TRIED_BYTES_MAX: usize = 1 << 20;
/// What a try counts for at the least: judging what was read takes its time as well.
const TRY_BYTES_MIN: usize = 1 << 13;
/// How many faults are looked at.
const FAULTS_MAX: usize = 4;

/// What makes a fault the same in two readings.
type Seen = (FileId, Span, Code, String);

/// Takes out of what was loaded the faults that follow from others.
pub(super) fn told_once(mut loaded: Loaded, source: Source<'_>) -> Loaded {
    let errors: Vec<&Diagnostic> = errors(&loaded.diagnostics).collect();
    let mut tries = Tries {
        loaded: &loaded,
        source,
        left: TRIED_BYTES_MAX,
        told: errors.iter().map(|fault| seen(fault)).collect(),
        legible: BTreeMap::new(),
    };
    if errors.is_empty() {
        return loaded;
    }
    let (explained, follow) = tries.by_own_mends(&errors);
    let found = tries.by_columns(&errors, &explained);
    if let Some(fault) = found {
        let file = fault.primary.file;
        let read = loaded.files.get(file).zip(fault.fix.as_ref());
        let read = read.map(|(file, fix)| read_as_if(source, Some((&file.name, fix))));
        if let Some(Ok(mut read)) = read {
            read.diagnostics.push(fault);
            read.config = None;
            diag::sort(&mut read.diagnostics);
            loaded = read;
        }
    }
    loaded
        .diagnostics
        .retain(|fault| !follow.contains(&seen(fault)));
    loaded
}

/// Readings of the files with other texts.
struct Tries<'a> {
    loaded: &'a Loaded,
    source: Source<'a>,
    /// How many bytes are still read.
    left: usize,
    told: Vec<Seen>,
    /// What YAML reads of each file as it is.
    legible: BTreeMap<FileId, Legible>,
}

impl Tries<'_> {
    /// Returns the faults whose own mends mend them and let no other come, and those that vanish with them.
    fn by_own_mends(&mut self, errors: &[&Diagnostic]) -> (Vec<Seen>, Vec<Seen>) {
        let (mut explained, mut follow) = (Vec::new(), Vec::new());
        for fault in errors.iter().take(FAULTS_MAX) {
            let Some(fix) = fault.fix.as_ref() else {
                continue;
            };
            let (file, own) = (fault.primary.file, seen(fault));
            let is_in_one = fix.0.iter().all(|edit| edit.file == file);
            if follow.contains(&own) || !is_in_one {
                continue;
            }
            let gone = self.gone(file, fix).map(|gone| gone.faults);
            let Some(gone) = gone.filter(|gone| gone.contains(&own)) else {
                continue;
            };
            // What stood in the text that is written anew may have been a fault of its own.
            let is_edited = |(at, span, ..): &Seen| {
                let mut edits = fix.0.iter();
                *at == file
                    && edits.any(|edit| {
                        edit.span.start() <= span.start() && span.start() < edit.span.end()
                    })
            };
            let others = gone.into_iter().filter(|gone| *gone != own);
            follow.extend(others.filter(|gone| !is_edited(gone)));
            explained.push(own);
        }
        (explained, follow)
    }

    /// Returns what is wrong if lines stand in a wrong column, or beneath a key that is lost. Where
    /// that may be meant in several ways which say different things, nobody knows.
    fn by_columns(&mut self, errors: &[&Diagnostic], explained: &[Seen]) -> Option<Diagnostic> {
        let is_known = |fault: &Diagnostic| explained.contains(&seen(fault));
        let files = &self.loaded.files;
        let is_of_form = |fault: &&&Diagnostic| {
            let at = fault.primary.span.start();
            let file = files.get(fault.primary.file);
            !is_known(fault) && file.is_some_and(|file| yaml::is_of_form(&file.text, at))
        };
        let faults = errors.iter().filter(is_of_form).take(FAULTS_MAX);
        let mut guesses: Vec<(Guess, &Diagnostic)> = Vec::new();
        for fault in faults {
            let place = &fault.primary;
            let text = &files.get(place.file)?.text;
            let found = yaml::guesses(text, place.span.start(), &VOCABULARY).into_iter();
            guesses.extend(found.map(|guess| (guess, *fault)));
        }
        // Nothing is thought to be lost where it may only have moved.
        guesses.sort_by_key(|(guess, _)| guess.is_lost);
        let mut best: Option<Best> = None;
        let mut tried: BTreeMap<(FileId, Fix), Option<Gone>> = BTreeMap::new();
        for (guess, of) in guesses {
            let mends_all = |best: &Best| best.gone.len() == self.told.len();
            if guess.is_lost && best.as_ref().is_some_and(mends_all) {
                break;
            }
            let file = of.primary.file;
            let fault = guess.fault.relocate(file, |span| span);
            let Some(fix) = fault.fix.as_ref() else {
                continue;
            };
            if self.left == 0 {
                return None;
            }
            let key = (file, fix.clone());
            let gone = tried.entry(key).or_insert_with(|| self.gone(file, fix));
            let Some(gone) = gone.as_ref().filter(|gone| gone.faults.contains(&seen(of))) else {
                continue;
            };
            let is_elsewhere = |(at, span, ..): &Seen| {
                let is_within = |edit: &Edit| {
                    edit.span.start() <= span.start() && span.end() <= edit.span.end()
                };
                *at != file || !fix.0.iter().any(is_within)
            };
            // What takes any key makes none known, and what is lost is missed by others.
            let shows = if guess.is_lost {
                // Where YAML stumbles over a part, nothing is said of what may stand there.
                gone.is_whole && gone.faults.iter().any(is_elsewhere)
            } else {
                !guess.is_free
            };
            let is_new = gone.faults.iter().any(|gone| !explained.contains(gone));
            if is_new && (gone.is_of_yaml || shows) {
                let text = &self.loaded.files.get(file)?.text;
                best = Some(Best::of(text, (file, fault), gone.faults.clone(), best));
            }
        }
        best.filter(|best| !best.is_doubtful).map(|best| best.fault)
    }

    /// Returns the faults that vanish with a mend; `None` if none does, or others come.
    fn gone(&mut self, file: FileId, fix: &Fix) -> Option<Gone> {
        let text = &self.loaded.files.get(file)?.text;
        let mended = Indented::by(text, fix)?;
        let was = |at: usize| mended.was(Span::new(at, at)).start();
        let now = yaml::stopped(&mended.text, &VOCABULARY).map(was);
        let unmended = self.legible.entry(file);
        let unmended =
            *unmended.or_insert_with(|| Legible::of(text, yaml::stopped(text, &VOCABULARY)));
        let before = unmended.stopped;
        // What YAML stumbles over as soon as before need not be read as a whole.
        let first = fix.0.iter().map(|edit| edit.span.start()).min()?;
        let is_idle = |now| before.is_none_or(|before| first <= before && now <= before);
        if now.is_some_and(is_idle) {
            return None;
        }
        let Some(left) = self.left.checked_sub(self.cost(unmended)) else {
            self.left = 0;
            return None;
        };
        self.left = left;
        let read = self.read_with(file, &mended.text)?;
        let mut left = Vec::new();
        // Where a key is not known, nothing of what stands beneath it is told.
        let mut hidden = Vec::new();
        for fault in errors(&read.diagnostics) {
            let (at, span, code, message) = seen(fault);
            if at == file {
                let beneath = yaml::lines_beneath(&mended.text, span.start());
                hidden.extend(beneath.map(|lines| mended.was(lines)));
            }
            let span = if at == file { mended.was(span) } else { span };
            left.push((at, span, code, message));
        }
        if !left.iter().all(|fault| self.told.contains(fault)) {
            return None;
        }
        let gone = self.told.iter().filter(|told| !left.contains(told));
        let faults: Vec<Seen> = gone.cloned().collect();
        let is_hidden = |(at, span, ..): &Seen| {
            let is_in = |lines: &Span| lines.start() <= span.start() && span.start() < lines.end();
            *at == file && hidden.iter().any(is_in)
        };
        if faults.is_empty() || faults.iter().any(is_hidden) {
            return None;
        }
        // Beside another fault that YAML stumbles over, a mend may put more into what is left out for that.
        let is = Legible::of(&mended.text, now);
        let is_read = now.is_none() || unmended.values <= is.values;
        is_read.then_some(Gone {
            faults,
            is_of_yaml: before.is_some() && is.faults < unmended.faults,
            is_whole: now.is_none(),
        })
    }

    /// Returns what it costs to read the files again, one of which can be read so far.
    fn cost(&self, unmended: Legible) -> usize {
        let texts = self.loaded.files.iter().map(|file| file.text.len());
        let bytes = texts.sum::<usize>();
        bytes.saturating_mul(unmended.readings).max(TRY_BYTES_MIN)
    }

    /// Reads the files, of which one has another text.
    fn read_with(&self, file: FileId, text: &str) -> Option<Loaded> {
        let files = self.loaded.files.iter();
        let mut texts: BTreeMap<String, String> = files
            .map(|file| (file.name.clone(), file.text.to_string()))
            .collect();
        let name = &self.loaded.files.get(file)?.name;
        texts.insert(name.clone(), text.to_owned());
        let overlay = Overlay {
            below: self.source.surroundings,
            texts,
        };
        let source = Source {
            surroundings: &overlay,
            ..self.source
        };
        read_as_if(source, None).ok()
    }
}

/// What vanishes with a mend.
struct Gone {
    faults: Vec<Seen>,
    /// Whether YAML stumbles less often.
    is_of_yaml: bool,
    /// Whether it stumbles no more.
    is_whole: bool,
}

/// The best that is known so far.
struct Best {
    /// The faults that vanish with its mend.
    gone: Vec<Seen>,
    fault: Diagnostic,
    /// Whether another says something else and mends as much.
    is_doubtful: bool,
}

impl Best {
    /// Returns the better of a fault that explains others and the best until then: of two that say the same
    /// the one that leaves the text more even, or changes less.
    fn of(
        text: &str,
        (file, fault): (FileId, Diagnostic),
        gone: Vec<Seen>,
        best: Option<Self>,
    ) -> Self {
        let own = Self {
            gone,
            fault,
            is_doubtful: false,
        };
        let Some(mut best) = best.filter(|best| own.gone.len() <= best.gone.len()) else {
            return own;
        };
        if own.gone != best.gone {
            return best;
        }
        let (fix, other) = (own.fault.fix.as_ref(), best.fault.fix.as_ref());
        let are_alike = best.fault.primary.file == file
            && fix
                .zip(other)
                .is_some_and(|(fix, other)| says_the_same(text, fix, other));
        best.is_doubtful |= !are_alike;
        let is_less = are_alike && size(text, fix) < size(text, other);
        Self {
            is_doubtful: best.is_doubtful,
            ..if is_less { own } else { best }
        }
    }
}

/// Returns how odd a text looks with a mend, and how much of it is written anew.
fn size(text: &str, fix: Option<&Fix>) -> (usize, usize) {
    let mended = fix.and_then(|fix| Indented::by(text, fix));
    let odd = mended.map_or(usize::MAX, |mended| yaml::oddly_indented(&mended.text));
    let edits = fix.into_iter().flat_map(|fix| &fix.0);
    (odd, edits.map(|edit| edit.text.len()).sum())
}

/// How much of a text YAML can read.
#[derive(Clone, Copy)]
struct Legible {
    stopped: Option<usize>,
    /// How often it stumbles.
    faults: usize,
    /// How many keys and values are read.
    values: usize,
    /// How often it is read for that, at the least.
    readings: usize,
}

impl Legible {
    fn of(text: &str, stopped: Option<usize>) -> Self {
        let read = yaml::salvage(text, &VOCABULARY);
        let gave_up = stopped.is_some() && read.root.is_none();
        Self {
            stopped,
            faults: read.faults.len(),
            // Of what is given up only the first fault is told, after as many readings as may be.
            readings: 1 + if gave_up {
                yaml::LEFT_OUT_MAX
            } else {
                read.faults.len()
            },
            values: read.root.as_ref().map_or(0, values),
        }
    }
}

/// Returns how many keys and values a tree has.
fn values(node: &Node<'_>) -> usize {
    match &node.kind {
        Kind::Scalar(_) => 1,
        Kind::List(items) => items.iter().map(values).sum(),
        Kind::Map(pairs) => pairs
            .iter()
            .map(|(key, value)| values(key) + values(value))
            .sum(),
        Kind::Unread => 0,
    }
}

fn errors(faults: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    faults.iter().filter(|fault| fault.level == Level::Error)
}

fn seen(fault: &Diagnostic) -> Seen {
    let place = &fault.primary;
    (place.file, place.span, fault.code, fault.message.clone())
}

/// Whether a text says the same with two mends.
fn says_the_same(text: &str, fix: &Fix, other: &Fix) -> bool {
    let root = |fix: &Fix| {
        let mended = Indented::by(text, fix)?.text;
        // Beside another fault what is left of the text says as much.
        let read = yaml::salvage(&mended, &VOCABULARY);
        read.root.map(|root| said(&root))
    };
    root(fix).is_some_and(|said| root(other) == Some(said))
}

/// Returns what a tree says, wherever it stands.
fn said(node: &Node<'_>) -> String {
    match &node.kind {
        Kind::Scalar(scalar) => format!("{:?}", scalar.text),
        Kind::List(items) => {
            let items: Vec<String> = items.iter().map(said).collect();
            format!("[{}]", items.join(","))
        }
        Kind::Map(pairs) => {
            let pairs = pairs.iter();
            let mut pairs: Vec<String> = pairs
                .map(|(key, value)| format!("{}:{}", said(key), said(value)))
                .collect();
            pairs.sort();
            format!("{{{}}}", pairs.join(","))
        }
        Kind::Unread => "?".to_owned(),
    }
}
