//! What `--fix` does: the mends of all findings, each tried before it is kept.
//!
//! Mends that do not overlap are made together and the file is judged again; where that made
//! something worse, half of them are tried, down to a single one, which is then refused. So a
//! sound file cannot become a faulty one, whatever a check proposes.

use std::collections::{BTreeMap, BTreeSet};

use super::conditions::FINDINGS_MAX;
use super::patch::Patch;
use super::shifts::Shifts;
use super::{Findings, Options, judge};
use crate::config::{self, Environment, FAULTS_MAX, Loaded, Overlay, Surroundings, Unreadable};
use crate::diag::{self, Basis, Code, Diagnostic, Edit, FileId, Level, Span};

/// How many faults of the files are looked at together: more than a person is told, so that a long
/// file is read a few times.
const MENDED_MAX: usize = 20_000;

/// How often the files are read again at the most: a mend that is refused costs a few.
const TRIES_MAX: usize = 200;

/// What was mended.
pub struct Mended {
    /// What the files say now, before they are written.
    pub loaded: Loaded,
    /// What is left to be found in them.
    pub left: Findings,
    /// What was mended, in order.
    pub mends: Vec<Mend>,
    /// The files that have another text.
    pub changes: Vec<Change>,
}

/// A finding that was mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mend {
    /// What was found, in places of the text as it was before that.
    pub finding: Diagnostic,
    /// The file that it was found in.
    pub path: String,
    /// The line, from 1, as it was before that.
    pub line: usize,
}

/// A file with another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub path: String,
    /// The text that was read.
    pub old: String,
    /// What is replaced in it: ascending and apart.
    pub hunks: Vec<(Span, String)>,
    /// The new text.
    pub new: String,
}

/// A state of the files and what is found in it.
struct State {
    patches: BTreeMap<String, Patch>,
    loaded: Loaded,
    findings: Findings,
}

/// Mends what can be mended in a rules file and its further files, without writing anything.
///
/// # Errors
///
/// [`Unreadable`], if the file itself cannot be had.
pub fn mend(
    path: &str,
    surroundings: &dyn Surroundings,
    environment: Environment,
    options: &Options,
) -> Result<Mended, Unreadable> {
    let read = |patches: BTreeMap<String, Patch>, faults_max: usize| {
        let texts = patches
            .iter()
            .map(|(path, patch)| (path.clone(), patch.text()));
        let overlay = Overlay {
            below: surroundings,
            texts: texts.collect(),
        };
        let loaded = config::load_telling(path, &overlay, environment, faults_max)?;
        let findings = judge(&loaded, options);
        Ok::<State, Unreadable>(State {
            patches,
            loaded,
            findings,
        })
    };
    let mut state = read(BTreeMap::new(), MENDED_MAX)?;
    let mut mends = Vec::new();
    let mut refused: BTreeSet<Key> = BTreeSet::new();
    let mut batch_max = usize::MAX;
    for _ in 0..TRIES_MAX {
        let batch = batch(&state, &refused, batch_max);
        if batch.is_empty() {
            break;
        }
        let next = read(patched(&state, &batch), MENDED_MAX)?;
        if is_better(&state, &next, &batch) {
            mends.extend(batch.iter().map(|finding| told(&state, finding)));
            state = next;
            batch_max = usize::MAX;
        } else if let [only] = batch.as_slice() {
            refused.insert(key(&state.loaded, only));
            batch_max = usize::MAX;
        } else {
            batch_max = batch.len() / 2;
        }
    }
    if let Some(patches) = without_unsure(&state) {
        let next = read(patches, MENDED_MAX)?;
        let is_sound = |state: &State| state.loaded.config.is_some();
        if is_sound(&next) || !is_sound(&state) {
            let kept: BTreeSet<(String, usize)> = edited_lines(&next).collect();
            mends.retain(|mend: &Mend| kept.contains(&(mend.path.clone(), mend.line)));
            state = next;
        }
    }
    if FAULTS_MAX < state.loaded.diagnostics.len() {
        state = read(state.patches, FAULTS_MAX)?;
    }
    let changes = state.patches.iter().map(|(path, patch)| Change {
        path: path.clone(),
        old: patch.written().to_owned(),
        hunks: patch.hunks(),
        new: patch.text(),
    });
    Ok(Mended {
        changes: changes.filter(|change| change.old != change.new).collect(),
        loaded: state.loaded,
        left: state.findings,
        mends,
    })
}

/// Returns the findings that are mended together: their edits lie apart and within the texts.
fn batch(state: &State, refused: &BTreeSet<Key>, most: usize) -> Vec<Diagnostic> {
    // What is proved of a condition as it stands may be so no more after another mend.
    let is_proved = |finding: &&Diagnostic| finding.basis == Basis::Proof;
    let told = || state.findings.told.iter();
    let first = apart(state, told().filter(|of| !is_proved(of)), refused, most);
    if first.is_empty() {
        apart(state, told().filter(is_proved), refused, most)
    } else {
        first
    }
}

/// Returns so many of the findings whose edits lie apart and within the texts.
fn apart<'f>(
    state: &State,
    findings: impl Iterator<Item = &'f Diagnostic>,
    refused: &BTreeSet<Key>,
    most: usize,
) -> Vec<Diagnostic> {
    // By file, the ends of what is taken by where it starts: all of it apart.
    let mut taken: BTreeMap<FileId, BTreeMap<usize, usize>> = BTreeMap::new();
    let mut batch = Vec::new();
    for finding in findings {
        let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.0.is_empty()) else {
            continue;
        };
        if batch.len() >= most {
            break;
        }
        let is_free = |edit: &Edit| {
            let others = taken.get(&edit.file);
            let before = others.and_then(|others| others.range(..=edit.span.end()).next_back());
            let is_apart = before.is_none_or(|(_, end)| *end < edit.span.start());
            is_within(&state.loaded, edit) && is_apart
        };
        if !fix.0.iter().all(is_free) || !is_apart(&fix.0) {
            continue;
        }
        if refused.contains(&key(&state.loaded, finding)) {
            continue;
        }
        for edit in &fix.0 {
            let spans = taken.entry(edit.file).or_default();
            spans.insert(edit.span.start(), edit.span.end());
        }
        batch.push(finding.clone());
    }
    batch
}

/// Returns the patches without what stands on lines that have errors still: there nobody knows
/// what was meant. `None` if there is nothing of the kind.
fn without_unsure(state: &State) -> Option<BTreeMap<String, Patch>> {
    let errors = state.findings.told.iter();
    let errors = errors.filter(|finding| finding.level == Level::Error);
    let faulty: BTreeSet<(String, usize)> = errors
        .map(|finding| {
            let mend = told(state, finding);
            (mend.path, mend.line)
        })
        .collect();
    let mut is_changed = false;
    let mut patches = BTreeMap::new();
    for (path, patch) in &state.patches {
        let mut kept = Patch::new(patch.written());
        let mut edits: Vec<Edit> = Vec::new();
        for (line, (span, text)) in lines_of(patch) {
            if faulty.contains(&(path.clone(), line)) {
                is_changed = true;
            } else {
                let file = FileId::default();
                edits.push(Edit { file, span, text });
            }
        }
        kept.apply(&edits.iter().collect::<Vec<_>>());
        patches.insert(path.clone(), kept);
    }
    is_changed.then_some(patches)
}

/// Returns the lines, from 1, of the files that were edited.
fn edited_lines(state: &State) -> impl Iterator<Item = (String, usize)> {
    let patches = state.patches.iter();
    patches.flat_map(|(path, patch)| {
        let lines = lines_of(patch).into_iter();
        lines.map(|(line, _)| (path.clone(), line))
    })
}

/// Returns what is replaced in a text, each with its line, from 1, in the new one.
fn lines_of(patch: &Patch) -> Vec<(usize, (Span, String))> {
    let (mut line, mut at) = (1, 0);
    let breaks = |text: &str| text.matches('\n').count();
    let mut found = Vec::new();
    for (span, text) in patch.hunks() {
        line += breaks(&patch.written()[at..span.start()]);
        at = span.end();
        let after = line + breaks(&text);
        found.push((line, (span, text)));
        line = after;
    }
    found
}

/// Whether the edits of one mend lie apart.
fn is_apart(edits: &[Edit]) -> bool {
    let mut places: Vec<(FileId, Span)> = edits.iter().map(|e| (e.file, e.span)).collect();
    places.sort();
    let is_apart = |pair: &[(FileId, Span)]| {
        let ((file, a), (other, b)) = (pair[0], pair[1]);
        file != other || (a.end() <= b.start() && a != b)
    };
    places.windows(2).all(is_apart)
}

/// Whether an edit is one of a text: in order, within it and on bounds of characters.
fn is_within(loaded: &Loaded, edit: &Edit) -> bool {
    let file = loaded.files.get(edit.file);
    file.is_some_and(|file| file.text.get(edit.span.range()).is_some())
}

fn patched(state: &State, batch: &[Diagnostic]) -> BTreeMap<String, Patch> {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    let edits = batch.iter().filter_map(|finding| finding.fix.as_ref());
    for edit in edits.flat_map(|fix| &fix.0) {
        by_file.entry(edit.file).or_default().push(edit);
    }
    let mut patches = state.patches.clone();
    for (file, mut edits) in by_file {
        let Some(file) = state.loaded.files.get(file) else {
            continue;
        };
        edits.sort_by_key(|edit| edit.span);
        let patch = patches.entry(file.name.clone());
        patch
            .or_insert_with(|| Patch::new(&file.text))
            .apply(&edits);
    }
    patches
}

/// Whether the mends did what they are for, and nothing else became worse.
fn is_better(before: &State, after: &State, batch: &[Diagnostic]) -> bool {
    let (old, new) = (counts(before), counts(after));
    let mut gone: BTreeMap<(Code, &str), usize> = BTreeMap::new();
    for finding in batch {
        *gone.entry((finding.code, &finding.message)).or_default() += 1;
    }
    let is_gone = |(what, n): (&(Code, &str), &usize)| {
        let count = |counts: &BTreeMap<(Code, &str), usize>| counts.get(what).copied().unwrap_or(0);
        count(&new) + n <= count(&old)
    };
    // Of what is told in part, others take the places of those that are gone.
    let in_part = told_in_part(before);
    let mut in_full = gone.iter().filter(|((code, _), _)| !in_part.contains(code));
    if !in_full.all(is_gone) || !are_mended(after, batch, &in_part) {
        return false;
    }
    let errors = |state: &State| diag::count(&state.findings.told, Level::Error);
    if before.loaded.config.is_some() {
        let names = |state: &State| -> Vec<String> {
            let rules = state.loaded.outline.rules.iter();
            rules.map(|rule| rule.name.clone()).collect()
        };
        return after.loaded.config.is_some()
            && errors(after) <= errors(before)
            && names(before) == names(after);
    }
    // What could not be read may have faults that were not seen before.
    let reveals = batch.iter().any(|finding| finding.code == Code::Syntax);
    reveals || errors(after) <= errors(before)
}

/// Returns the codes that may have more findings than are told.
fn told_in_part(state: &State) -> BTreeSet<Code> {
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    for finding in &state.findings.told {
        *counts.entry(finding.code).or_default() += 1;
    }
    let is_cut = MENDED_MAX < state.loaded.diagnostics.len();
    counts.retain(|_, count| is_cut || FINDINGS_MAX <= *count);
    counts.into_keys().collect()
}

/// Whether no finding of these codes stands where an equal one was mended, wherever else there may
/// be some.
fn are_mended(after: &State, batch: &[Diagnostic], codes: &BTreeSet<Code>) -> bool {
    let key = |finding: &'_ Diagnostic| (finding.code, finding.message.clone());
    let told = after.findings.told.iter();
    let told: BTreeSet<_> = told
        .map(|finding| {
            (
                key(finding),
                finding.primary.file,
                finding.primary.span.start(),
            )
        })
        .collect();
    let fixes = batch.iter().filter_map(|finding| finding.fix.as_ref());
    let shifts = Shifts::of(fixes.flat_map(|fix| &fix.0));
    let mut mended = batch.iter().filter(|finding| codes.contains(&finding.code));
    mended.all(|finding| {
        let file = finding.primary.file;
        let place = shifts.moved(file, finding.primary.span);
        let at = |place| (key(finding), file, place);
        let mut left = told.range(at(place.start())..=at(place.end()));
        left.next().is_none()
    })
}

fn counts(state: &State) -> BTreeMap<(Code, &str), usize> {
    let mut counts: BTreeMap<(Code, &str), usize> = BTreeMap::new();
    for finding in &state.findings.told {
        *counts.entry((finding.code, &finding.message)).or_default() += 1;
    }
    counts
}

/// What a finding is known by after others were mended: its file, code and message, and the line
/// that it stands on.
type Key = (String, Code, String, String);

fn key(loaded: &Loaded, finding: &Diagnostic) -> Key {
    let file = loaded.files.get(finding.primary.file);
    let name = file.map_or(String::new(), |file| file.name.clone());
    let line = file.map_or("", |file| {
        let at = file.position(finding.primary.span.start()).offset;
        let begin = file.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        file.text[begin..].lines().next().unwrap_or_default()
    });
    (name, finding.code, finding.message.clone(), line.to_owned())
}

fn told(state: &State, finding: &Diagnostic) -> Mend {
    let file = state.loaded.files.get(finding.primary.file);
    Mend {
        finding: finding.clone(),
        path: file.map_or(String::new(), |file| file.name.clone()),
        line: file.map_or(0, |file| file.position(finding.primary.span.start()).line),
    }
}
