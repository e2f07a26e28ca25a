//! The checks, one file each: its doc comment is the manual page of its code.

mod no_domain;
mod no_route;
mod secret;

pub(super) use super::Checked;
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
];
