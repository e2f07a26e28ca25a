//! The checks, one file each: its doc comment is the manual page of its code.

mod always_true;
mod budget;
mod coarse;
mod cycle;
mod dead_domain;
mod double_count;
mod duplicate_name;
mod duration;
mod equality;
mod fraction;
mod guard_by_and;
mod hold_count;
mod insecure;
mod inverted_severity;
mod limit;
mod never_resolves;
mod never_true;
mod no_data_early;
mod no_domain;
mod no_effect;
mod no_hysteresis;
mod no_route;
mod no_runbook;
mod no_summary;
mod no_traffic_guard;
mod noisy;
mod range;
mod redundant;
mod risky_clear;
mod secret;
mod shadowed;
mod silent;
mod slow;
mod syntax;
mod template;
mod type_mismatch;
mod unknown_name;
mod unknown_receiver;
mod unproved;
mod unreachable_route;
mod unsupported;
mod until_overlap;
mod unused;
mod unused_allow;
mod window_shorter_than_hold;

pub(super) use self::fraction::{Level, levels};
use super::conditions::{Condition, Text};
use super::history::Past;
use super::proofs::Tier;
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
    /// By the check, in each expression as it stands in a file.
    InText(fn(&Checked<'_>, &Text<'_>, &mut Vec<Diagnostic>)),
    /// By the check, in each condition that can hold and can fail, taken apart.
    InCondition(fn(&Checked<'_>, &Condition<'_>, &mut Vec<Diagnostic>)),
    /// By the check, in each sound condition, with what is proved of it.
    InTier(fn(&Checked<'_>, &Tier<'_>, &mut Vec<Diagnostic>)),
    /// By the check, which looks at all that was read.
    InAll(fn(&Checked<'_>) -> Vec<Diagnostic>),
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
        finds: Finds::InAll(unknown_name::run),
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
        finds: Finds::InAll(no_domain::run),
    },
    Check {
        code: Code::UnknownReceiver,
        source: include_str!("unknown_receiver.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::NoRoute,
        source: include_str!("no_route.rs"),
        finds: Finds::InAll(no_route::run),
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
        finds: Finds::InAll(secret::run),
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
        code: Code::NeverTrue,
        source: include_str!("never_true.rs"),
        finds: Finds::InAll(never_true::run),
    },
    Check {
        code: Code::AlwaysTrue,
        source: include_str!("always_true.rs"),
        finds: Finds::InTier(always_true::run),
    },
    Check {
        code: Code::NeverResolves,
        source: include_str!("never_resolves.rs"),
        finds: Finds::InTier(never_resolves::run),
    },
    Check {
        code: Code::UntilOverlap,
        source: include_str!("until_overlap.rs"),
        finds: Finds::InTier(until_overlap::run),
    },
    Check {
        code: Code::DoubleCount,
        source: include_str!("double_count.rs"),
        finds: Finds::InText(double_count::run),
    },
    Check {
        code: Code::Equality,
        source: include_str!("equality.rs"),
        finds: Finds::InText(equality::run),
    },
    Check {
        code: Code::Fraction,
        source: include_str!("fraction.rs"),
        finds: Finds::InCondition(fraction::run),
    },
    Check {
        code: Code::Redundant,
        source: include_str!("redundant.rs"),
        finds: Finds::InAll(redundant::run),
    },
    Check {
        code: Code::Shadowed,
        source: include_str!("shadowed.rs"),
        finds: Finds::InAll(shadowed::run),
    },
    Check {
        code: Code::InvertedSeverity,
        source: include_str!("inverted_severity.rs"),
        finds: Finds::InAll(inverted_severity::run),
    },
    Check {
        code: Code::NoHysteresis,
        source: include_str!("no_hysteresis.rs"),
        finds: Finds::InCondition(no_hysteresis::run),
    },
    Check {
        code: Code::NoTrafficGuard,
        source: include_str!("no_traffic_guard.rs"),
        finds: Finds::InCondition(no_traffic_guard::run),
    },
    Check {
        code: Code::GuardByAnd,
        source: include_str!("guard_by_and.rs"),
        finds: Finds::InCondition(guard_by_and::run),
    },
    Check {
        code: Code::WindowShorterThanHold,
        source: include_str!("window_shorter_than_hold.rs"),
        finds: Finds::InCondition(window_shorter_than_hold::run),
    },
    Check {
        code: Code::Slow,
        source: include_str!("slow.rs"),
        finds: Finds::InCondition(slow::run),
    },
    Check {
        code: Code::Coarse,
        source: include_str!("coarse.rs"),
        finds: Finds::InCondition(coarse::run),
    },
    Check {
        code: Code::NoDataEarly,
        source: include_str!("no_data_early.rs"),
        finds: Finds::InCondition(no_data_early::run),
    },
    Check {
        code: Code::RiskyClear,
        source: include_str!("risky_clear.rs"),
        finds: Finds::InCondition(risky_clear::run),
    },
    Check {
        code: Code::Unused,
        source: include_str!("unused.rs"),
        finds: Finds::InAll(unused::run),
    },
    Check {
        code: Code::UnreachableRoute,
        source: include_str!("unreachable_route.rs"),
        finds: Finds::InAll(unreachable_route::run),
    },
    Check {
        code: Code::Insecure,
        source: include_str!("insecure.rs"),
        finds: Finds::InAll(insecure::run),
    },
    Check {
        code: Code::Budget,
        source: include_str!("budget.rs"),
        finds: Finds::InAll(budget::run),
    },
    Check {
        code: Code::NoSummary,
        source: include_str!("no_summary.rs"),
        finds: Finds::InAll(no_summary::run),
    },
    Check {
        code: Code::NoRunbook,
        source: include_str!("no_runbook.rs"),
        finds: Finds::InAll(no_runbook::run),
    },
    Check {
        code: Code::UnusedAllow,
        source: include_str!("unused_allow.rs"),
        finds: Finds::Reading,
    },
    Check {
        code: Code::Unproved,
        source: include_str!("unproved.rs"),
        finds: Finds::InAll(unproved::run),
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
    Check {
        code: Code::Range,
        source: include_str!("range.rs"),
        finds: Finds::InText(range::run),
    },
];
