//! What is wrong with a rules file beyond what loading finds: one check, one file.
//!
//! A check is a function over what was read ([`Outline`]); the doc comment of its file is its
//! manual page. What is found while a file is read has a file and a page as well. What a comment
//! in the file silences is the matter of `allow`, what a program can mend that of `mend`.

mod allow;
mod checks;
mod manual;
mod mend;
mod patch;

use std::collections::BTreeSet;

use chrono::NaiveDate;

pub use self::allow::may_be_allowed;
use self::checks::Finds;
pub use self::manual::{manual, sentence};
pub use self::mend::{Change, Mend, Mended, mend};
use crate::config::{Loaded, Outline};
use crate::diag::{self, Allowed, Code, Diagnostic, Files, Level};

/// What the checks look at.
pub(crate) struct Checked<'a> {
    /// Whatever of the files could be read.
    pub(crate) outline: &'a Outline,
    /// The files.
    #[expect(dead_code, reason = "the checks so far need no text")]
    pub(crate) files: &'a Files,
}

/// What a run of the linter is told beside the file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The day on which comments may have ended; without it none has.
    pub today: Option<NaiveDate>,
    /// Codes whose warnings are errors.
    pub deny: BTreeSet<Code>,
    /// Codes whose findings are not told, if they [may be](may_be_allowed); this goes before
    /// `deny`.
    pub allow: BTreeSet<Code>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// What is to be told, by file, place and code.
    pub told: Vec<Diagnostic>,
    /// What comments of the files silence.
    pub allowed: Vec<Allowed>,
}

/// Returns all findings of a file that no comment silences, by file, place and code: those of
/// loading and those of the checks.
pub fn run(loaded: &Loaded) -> Vec<Diagnostic> {
    judge(loaded, &Options::default()).told
}

/// Returns all findings of a file as the options want them: those of loading and of the checks.
pub fn judge(loaded: &Loaded, options: &Options) -> Findings {
    let checked = Checked {
        outline: &loaded.outline,
        files: &loaded.files,
    };
    let found = checks::ALL.iter().flat_map(|check| match check.finds {
        Finds::Here(run) => run(&checked),
        Finds::Reading => Vec::new(),
    });
    let findings: Vec<Diagnostic> = loaded.diagnostics.iter().cloned().chain(found).collect();
    let (mut told, mut allowed) = allow::apply(findings, loaded, options.today);
    let stops = |finding: &Diagnostic| finding.level == Level::Error && finding.code.stops_a_run();
    told.retain(|finding| stops(finding) || !options.allow.contains(&finding.code));
    for finding in &mut told {
        if options.deny.contains(&finding.code) {
            finding.level = Level::Error;
        }
    }
    diag::sort(&mut told);
    allowed.sort_by(|a, b| {
        let key = |silent: &Allowed| (silent.finding.primary.clone(), silent.finding.code);
        key(a).cmp(&key(b))
    });
    Findings { told, allowed }
}
