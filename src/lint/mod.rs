//! What is wrong with a rules file beyond what loading finds: one check, one file.
//!
//! A check is a function over a part of what was read ([`Outline`]), such as a condition; the doc
//! comment of its file is its manual page. What is found while a file is read has a file and a page as well. What a comment
//! in the file silences is the matter of `allow`, what a program can mend that of `mend`.

mod allow;
mod asked;
mod checks;
mod conditions;
mod history;
mod idle;
mod implied;
mod kin;
mod labels;
mod manual;
mod measures;
mod mend;
mod named_levels;
mod numbers;
mod once;
mod outage;
mod patch;
mod proofs;
mod reach;
mod rewrite;
mod rounds;
mod routing;
mod severities;
mod shifts;
mod sides;
mod tally;
mod traffic;
mod way_back;
mod well;

use std::cell::OnceCell;
use std::collections::BTreeSet;

use chrono::NaiveDate;

use self::allow::Allows;
pub use self::allow::{may_be_allowed, may_be_allowed_in_a_comment};
use self::checks::{DeadLets, Level as Compared, LooksAt};
use self::history::Past;
use self::implied::Implied;
use self::labels::Overridden;
pub use self::manual::{manual, sentence};
pub use self::mend::{Change, Mend, Mended, mend};
use self::proofs::Proofs;
pub use self::routing::{GroupWait, Routing};
use crate::config::{Loaded, LoadedCases, Outline};
use crate::diag::{self, Allowed, Code, Diagnostic, Files, Level};
use crate::samples::Samples;

/// What the checks look at.
pub(crate) struct Checked<'a> {
    /// Whatever of the files could be read.
    pub(crate) outline: &'a Outline,
    /// The files.
    pub(crate) files: &'a Files,
    /// What was found while they were read.
    pub(crate) read: &'a [Diagnostic],
    /// Whether everything could be read, so that what is missing is not there.
    pub(crate) extent: Extent,
    /// Whether the rules and the labels of their alerts could be read, whatever else could not.
    pub(crate) labels: Extent,
    /// What comments of the files silence.
    allows: Allows,
    /// What is proved of the rules.
    proofs: Proofs<'a>,
    /// The day on which it is looked, if it is known.
    pub(crate) today: Option<NaiveDate>,
    /// Which rules and severities say no more than another, once a check asks.
    implied: OnceCell<Implied<'a>>,
    /// What is never true of the `let:`s, once a check asks.
    dead_lets: OnceCell<DeadLets>,
    /// Which labels of domains later ones override, once a check asks.
    overridden: OnceCell<Overridden<'a>>,
    /// The routes, and what they tell of alerts, once a check asks.
    routing: OnceCell<Routing<'a>>,
    /// The levels that conditions compare proportions with, once a check asks.
    levels: OnceCell<BTreeSet<Compared>>,
}

impl<'a> Checked<'a> {
    fn implied(&self) -> &Implied<'a> {
        self.implied.get_or_init(|| Implied::of(self))
    }

    fn dead_lets(&self) -> &DeadLets {
        let of = || checks::dead_lets(self.outline);
        self.dead_lets.get_or_init(of)
    }

    fn overridden(&self) -> &Overridden<'a> {
        let of = || labels::overridden(self.outline);
        self.overridden.get_or_init(of)
    }

    /// Returns findings until so many of them are told; those that a comment silences do not count.
    fn told(&self, most: usize, found: impl Iterator<Item = Diagnostic>) -> Vec<Diagnostic> {
        let mut left = most;
        let kept = found.take_while(|finding| {
            if self.allows.hold(finding) {
                return true;
            }
            let is_kept = 0 < left;
            left = left.saturating_sub(1);
            is_kept
        });
        kept.collect()
    }

    fn routing(&self) -> &Routing<'a> {
        let of = || Routing::of(self.outline);
        self.routing.get_or_init(of)
    }

    fn levels(&self) -> &BTreeSet<Compared> {
        let of = || checks::levels(&self.proofs, self.outline);
        self.levels.get_or_init(of)
    }
}

/// How much of the files could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything.
    Whole,
    /// Something is faulty, and may be missing.
    Part,
}

fn extent(is_whole: bool) -> Extent {
    if is_whole {
        Extent::Whole
    } else {
        Extent::Part
    }
}

/// What a run of the linter is told beside the file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The day on which comments may have ended; without it none has.
    pub today: Option<NaiveDate>,
    /// What is an error though it is a warning by itself.
    pub deny: BTreeSet<Denied>,
    /// Codes whose findings are not told, if they [may be](may_be_allowed); this goes before
    /// `deny`.
    pub allow: BTreeSet<Code>,
}

/// Warnings that are errors in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denied {
    /// All but secrets that are not set where nothing asks for them: those are set elsewhere.
    Warnings,
    /// All of a code.
    Code(Code),
}

impl Options {
    /// Takes away the findings whose codes are allowed, but for what stops a run.
    fn leave_out(&self, told: &mut Vec<Diagnostic>) {
        let stops =
            |finding: &Diagnostic| finding.level == Level::Error && finding.code.stops_a_run();
        told.retain(|finding| stops(finding) || !self.allow.contains(&finding.code));
    }

    /// Makes errors of what is denied; some of the findings were `read` with the file.
    fn raise(&self, told: &mut [Diagnostic], read: &[Diagnostic]) {
        let is_elsewhere =
            |finding: &Diagnostic| finding.code == Code::Secret && read.contains(finding);
        for finding in told {
            let is_denied = self.deny.contains(&Denied::Code(finding.code))
                || self.deny.contains(&Denied::Warnings) && !is_elsewhere(finding);
            if is_denied {
                finding.level = Level::Error;
            }
        }
    }
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
    judge_with(loaded, Vec::new(), options)
}

/// Returns all findings of a file as the options want them, together with those that recorded
/// samples [told](history).
pub fn judge_with(loaded: &Loaded, past: Vec<Diagnostic>, options: &Options) -> Findings {
    let proofs = Proofs::new(&loaded.outline);
    let checked = Checked {
        outline: &loaded.outline,
        files: &loaded.files,
        read: &loaded.diagnostics,
        extent: extent(diag::is_clean(&loaded.diagnostics)),
        labels: extent(labels::are_all_read(loaded)),
        allows: Allows::of(loaded, options.today),
        proofs,
        implied: OnceCell::new(),
        dead_lets: OnceCell::new(),
        overridden: OnceCell::new(),
        routing: OnceCell::new(),
        levels: OnceCell::new(),
        today: options.today,
    };
    let read = loaded.diagnostics.iter().cloned();
    let found = rounds::found(&checked);
    let findings = read.chain(found).chain(past).collect();
    let (mut told, mut allowed) = checked.allows.apply(findings);
    options.leave_out(&mut told);
    once::tell(&mut told);
    options.raise(&mut told, &loaded.diagnostics);
    diag::sort(&mut told);
    allowed.sort_by(|a, b| {
        let key = |silent: &Allowed| (silent.finding.primary.clone(), silent.finding.code);
        key(a).cmp(&key(b))
    });
    Findings { told, allowed }
}

/// Returns the findings of a file of rule tests as the options want them. Those of the rules that
/// it tests are told of their own file.
pub fn judge_cases(loaded: &LoadedCases, options: &Options) -> Findings {
    let mut told = loaded.diagnostics.clone();
    options.leave_out(&mut told);
    options.raise(&mut told, &loaded.diagnostics);
    diag::sort(&mut told);
    Findings {
        told,
        allowed: Vec::new(),
    }
}

/// Returns what only recorded samples can tell of the rules, by file, place and code, whatever
/// comments silence; nothing where the rules cannot be run.
pub fn history(loaded: &Loaded, samples: &Samples) -> Vec<Diagnostic> {
    let Some(past) = Past::of(loaded, samples) else {
        return Vec::new();
    };
    let all = checks::ALL.iter().flat_map(|check| check.looks_at);
    let found = all.flat_map(|part| match part {
        LooksAt::History(run) => run(&past),
        _ => Vec::new(),
    });
    let mut findings: Vec<Diagnostic> = found.collect();
    diag::sort(&mut findings);
    findings
}
