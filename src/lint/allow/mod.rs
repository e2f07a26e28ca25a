//! `# foghorn: allow(CODE) reason`: findings that are silenced where they stand.
//!
//! What a comment says is read in `comment`, what it covers in `cover`; here the two meet the
//! findings, and what silences nothing becomes a finding itself (`unused-allow`).

mod comment;
mod cover;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use self::comment::Comment;
use self::cover::Cover;
use crate::config::{Loaded, Place};
use crate::diag::{Allowed, Code, Diagnostic, FileId, Level};

/// How many comments are heeded: more than these nobody wrote by hand.
const COMMENTS_MAX: usize = 10_000;

/// From how many findings of one code on a check may have stopped telling: then nobody knows
/// what else a comment silences.
const FINDINGS_CUT: usize = 100;

/// Codes whose faults stop a run, and that some warnings have as well.
const WARNED: [Code; 9] = [
    Code::Syntax,
    Code::UnknownName,
    Code::TypeMismatch,
    Code::Duration,
    Code::DuplicateName,
    Code::Template,
    Code::Cycle,
    Code::Secret,
    Code::Limit,
];

/// Codes of which not every run of the linter finds the same: they need samples, or depend on the
/// environment. A comment that silences nothing now may do so in the next run.
const FICKLE: [Code; 4] = [Code::Noisy, Code::Silent, Code::DeadDomain, Code::Secret];

/// One code of one comment.
struct Grant {
    code: Code,
    place: Place,
    reason: String,
    cover: Cover,
    is_used: bool,
}

/// Whether some finding of this code can be silenced. What stops a run cannot, but not all that is told by
/// such a code does: a secret that stands in the file is only a warning.
pub fn may_be_allowed(code: Code) -> bool {
    !code.stops_a_run() || WARNED.contains(&code)
}

/// Whether a comment of a rules file can silence findings of this code: not those that are about
/// such comments themselves.
pub fn may_be_allowed_in_a_comment(code: Code) -> bool {
    code != Code::UnusedAllow && may_be_allowed(code)
}

/// What the comments of the files allow, and what is wrong with them.
pub(super) struct Allows {
    grants: Vec<Grant>,
    faults: Vec<Diagnostic>,
    /// The grants of a file and a code, in order; each with where the last of them up to it ends.
    by_code: BTreeMap<(FileId, Code), Vec<(usize, usize)>>,
}

impl Allows {
    /// Reads the comments. Without a date of today none has ended.
    pub(super) fn of(loaded: &Loaded, today: Option<NaiveDate>) -> Self {
        let (grants, faults) = grants(loaded, today);
        let mut by_code: BTreeMap<(FileId, Code), Vec<(usize, usize)>> = BTreeMap::new();
        for (index, grant) in grants.iter().enumerate() {
            let of_code = by_code.entry((grant.place.file, grant.code)).or_default();
            let before = of_code.last().map_or(0, |(_, end)| *end);
            of_code.push((index, before.max(grant.cover.end())));
        }
        Self {
            grants,
            faults,
            by_code,
        }
    }

    /// Whether a comment silences a finding.
    pub(super) fn hold(&self, finding: &Diagnostic) -> bool {
        self.covering(finding).is_some()
    }

    /// Returns the first grant that silences a finding.
    fn covering(&self, finding: &Diagnostic) -> Option<usize> {
        self.around(finding).filter(|_| !stops(finding))
    }

    /// Returns the first grant of its code that a finding stands in.
    fn around(&self, finding: &Diagnostic) -> Option<usize> {
        let key = (finding.primary.file, finding.code);
        let of_code = self.by_code.get(&key)?;
        let at = finding.primary.span.start();
        // They begin in the order in which they stand: of those that end behind it the first begins first.
        let first = of_code.partition_point(|(_, end)| *end <= at);
        let (index, _) = of_code.get(first)?;
        self.grants[*index].cover.holds(at).then_some(*index)
    }

    /// Parts the findings that are told from those that the comments silence, and adds what is wrong with
    /// the comments.
    pub(super) fn apply(mut self, findings: Vec<Diagnostic>) -> (Vec<Diagnostic>, Vec<Allowed>) {
        if self.grants.is_empty() && self.faults.is_empty() {
            return (findings, Vec::new());
        }
        let is_whole = !findings.iter().any(stops);
        let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
        let (mut told, mut allowed) = (Vec::with_capacity(findings.len()), Vec::new());
        let stopping = findings.iter().filter(|finding| stops(finding));
        let vain: BTreeSet<usize> = stopping.filter_map(|of| self.around(of)).collect();
        for finding in findings {
            if let Some(index) = self.covering(&finding) {
                let grant = &mut self.grants[index];
                grant.is_used = true;
                let reason = grant.reason.clone();
                allowed.push(Allowed { finding, reason });
            } else {
                *counts.entry(finding.code).or_default() += 1;
                told.push(finding);
            }
        }
        told.extend(self.faults);
        told.extend(vain.iter().map(|index| vain_fault(&self.grants[*index])));
        let is_cut = |code: &Code| counts.get(code).is_some_and(|n| *n >= FINDINGS_CUT);
        let idle = self.grants.iter().filter(|grant| !grant.is_used);
        let idle = idle.filter(|grant| is_whole && !FICKLE.contains(&grant.code));
        told.extend(idle.filter(|grant| !is_cut(&grant.code)).map(idle_fault));
        (told, allowed)
    }
}

/// Whether a finding stops a run, so that nothing can silence it.
fn stops(finding: &Diagnostic) -> bool {
    finding.level == Level::Error && finding.code.stops_a_run()
}

/// Reads the comments: what they allow, and what is wrong with them.
fn grants(loaded: &Loaded, today: Option<NaiveDate>) -> (Vec<Grant>, Vec<Diagnostic>) {
    let (mut grants, mut faults) = (Vec::new(), Vec::new());
    let mut places = loaded.outline.comments.clone();
    places.sort();
    places.dedup();
    for place in places.into_iter().take(COMMENTS_MAX) {
        let Some(file) = loaded.files.get(place.file) else {
            continue;
        };
        let Some(text) = file.text.get(place.span.range()) else {
            continue;
        };
        let Comment {
            allow,
            faults: told,
        } = comment::read(text, today);
        let shift = |span: crate::diag::Span| {
            let base = place.span.start();
            crate::diag::Span::new(base + span.start(), base + span.end())
        };
        faults.extend(told.into_iter().map(|f| f.relocate(place.file, shift)));
        let Some(allow) = allow else {
            continue;
        };
        let cover = cover::of(&file.text, place.span);
        grants.extend(allow.codes.into_iter().map(|(code, span)| Grant {
            code,
            place: Place {
                file: place.file,
                span: shift(span),
            },
            reason: allow.reason.clone(),
            cover: cover.clone(),
            is_used: false,
        }));
    }
    (grants, faults)
}

fn vain_fault(grant: &Grant) -> Diagnostic {
    let message = format!(
        "this `{}` cannot be silenced: a file with this fault is refused",
        grant.code
    );
    let fault = Diagnostic::new(Code::UnusedAllow, grant.place.span, message).help("remove it");
    fault.relocate(grant.place.file, |span| span)
}

fn idle_fault(grant: &Grant) -> Diagnostic {
    let message = format!("this silences nothing: there is no `{}` here", grant.code);
    let help =
        "remove it; it covers its own line, or, on a line of its own, what begins on the next";
    let fault = Diagnostic::new(Code::UnusedAllow, grant.place.span, message).help(help);
    fault.relocate(grant.place.file, |span| span)
}
