//! The checks, one file each: its doc comment is the manual page of its code.

mod always_true;
mod budget;
mod dead_domain;
mod insecure;
mod inverted_severity;
mod never_resolves;
mod never_true;
mod no_domain;
mod no_route;
mod noisy;
mod redundant;
mod secret;
mod shadowed;
mod silent;
mod unproved;
mod unreachable_route;
mod until_overlap;
mod unused;

use super::history::Past;
pub(super) use super::{Checked, Extent};
use crate::diag::{Code, Diagnostic};

/// One code of the registry.
pub(super) struct Check {
    /// What it finds.
    pub(super) code: Code,
    /// The text of its file, whose head is its manual page.
    pub(super) source: &'static str,
    /// How it is found.
    pub(super) finds: Finds,
}

/// How findings of a code come about.
pub(super) enum Finds {
    /// By the check, which looks at what was read.
    Here(fn(&Checked<'_>) -> Vec<Diagnostic>),
    /// By the check, which looks at recorded samples as well.
    InHistory(fn(&Past<'_>) -> Vec<Diagnostic>),
}

/// All checks, by code.
pub(super) const ALL: &[Check] = &[
    Check {
        code: Code::Secret,
        source: include_str!("secret.rs"),
        finds: Finds::Here(secret::run),
    },
    Check {
        code: Code::NoDomain,
        source: include_str!("no_domain.rs"),
        finds: Finds::Here(no_domain::run),
    },
    Check {
        code: Code::NoRoute,
        source: include_str!("no_route.rs"),
        finds: Finds::Here(no_route::run),
    },
    Check {
        code: Code::NeverTrue,
        source: include_str!("never_true.rs"),
        finds: Finds::Here(never_true::run),
    },
    Check {
        code: Code::AlwaysTrue,
        source: include_str!("always_true.rs"),
        finds: Finds::Here(always_true::run),
    },
    Check {
        code: Code::NeverResolves,
        source: include_str!("never_resolves.rs"),
        finds: Finds::Here(never_resolves::run),
    },
    Check {
        code: Code::UntilOverlap,
        source: include_str!("until_overlap.rs"),
        finds: Finds::Here(until_overlap::run),
    },
    Check {
        code: Code::Redundant,
        source: include_str!("redundant.rs"),
        finds: Finds::Here(redundant::run),
    },
    Check {
        code: Code::Shadowed,
        source: include_str!("shadowed.rs"),
        finds: Finds::Here(shadowed::run),
    },
    Check {
        code: Code::InvertedSeverity,
        source: include_str!("inverted_severity.rs"),
        finds: Finds::Here(inverted_severity::run),
    },
    Check {
        code: Code::Unused,
        source: include_str!("unused.rs"),
        finds: Finds::Here(unused::run),
    },
    Check {
        code: Code::UnreachableRoute,
        source: include_str!("unreachable_route.rs"),
        finds: Finds::Here(unreachable_route::run),
    },
    Check {
        code: Code::Insecure,
        source: include_str!("insecure.rs"),
        finds: Finds::Here(insecure::run),
    },
    Check {
        code: Code::Budget,
        source: include_str!("budget.rs"),
        finds: Finds::Here(budget::run),
    },
    Check {
        code: Code::Unproved,
        source: include_str!("unproved.rs"),
        finds: Finds::Here(unproved::run),
    },
    Check {
        code: Code::Noisy,
        source: include_str!("noisy.rs"),
        finds: Finds::InHistory(noisy::run),
    },
    Check {
        code: Code::Silent,
        source: include_str!("silent.rs"),
        finds: Finds::InHistory(silent::run),
    },
    Check {
        code: Code::DeadDomain,
        source: include_str!("dead_domain.rs"),
        finds: Finds::InHistory(dead_domain::run),
    },
];
