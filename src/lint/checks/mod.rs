//! The checks.

mod literal_secret;
mod no_domain;
mod no_route;

use crate::config::Outline;
use crate::diag::{Code, Diagnostic};

/// One check.
pub(super) struct Check {
    /// What it finds.
    pub(super) code: Code,
    /// The text of its file, whose head is its manual page.
    pub(super) source: &'static str,
    /// Finds it.
    pub(super) run: fn(&Outline) -> Vec<Diagnostic>,
}

/// All checks, by code.
pub(super) const ALL: [Check; 3] = [
    Check {
        code: Code::LiteralSecret,
        source: include_str!("literal_secret.rs"),
        run: literal_secret::run,
    },
    Check {
        code: Code::NoDomain,
        source: include_str!("no_domain.rs"),
        run: no_domain::run,
    },
    Check {
        code: Code::NoRoute,
        source: include_str!("no_route.rs"),
        run: no_route::run,
    },
];
