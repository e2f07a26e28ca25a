//! The checks, one file each: its doc comment is the manual page of its code.

mod budget;
mod cycle;
mod dead_domain;
mod duplicate_name;
mod duration;
mod hold_count;
mod insecure;
mod limit;
mod no_domain;
mod no_effect;
mod no_route;
mod noisy;
mod secret;
mod silent;
mod syntax;
mod template;
mod type_mismatch;
mod unknown_name;
mod unknown_receiver;
mod unreachable_route;
mod unsupported;
mod unused;
mod unused_allow;

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
    /// While the file is read, or its comments; here is only the page.
    Reading,
    /// By the check, which looks at recorded samples as well.
    InHistory(fn(&Past<'_>) -> Vec<Diagnostic>),
}

/// All checks, by code.
pub(super) const ALL: &[Check] = &[
    Check {
        code: Code::Syntax,
        source: include_str!("syntax.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::UnknownName,
        source: include_str!("unknown_name.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::TypeMismatch,
        source: include_str!("type_mismatch.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::Duration,
        source: include_str!("duration.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::HoldCount,
        source: include_str!("hold_count.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::DuplicateName,
        source: include_str!("duplicate_name.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::NoDomain,
        source: include_str!("no_domain.rs"),
        finds: Finds::Here(no_domain::run),
    },
    Check {
        code: Code::UnknownReceiver,
        source: include_str!("unknown_receiver.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::NoRoute,
        source: include_str!("no_route.rs"),
        finds: Finds::Here(no_route::run),
    },
    Check {
        code: Code::Template,
        source: include_str!("template.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::Cycle,
        source: include_str!("cycle.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::Secret,
        source: include_str!("secret.rs"),
        finds: Finds::Here(secret::run),
    },
    Check {
        code: Code::Limit,
        source: include_str!("limit.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::NoEffect,
        source: include_str!("no_effect.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::Unsupported,
        source: include_str!("unsupported.rs"),
        finds: Finds::Reading,
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
        code: Code::UnusedAllow,
        source: include_str!("unused_allow.rs"),
        finds: Finds::Reading,
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
