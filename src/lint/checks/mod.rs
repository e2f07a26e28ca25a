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
pub(super) use self::never_true::{DeadLets, dead_lets};
pub(super) use self::no_domain::listed;
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
    /// How it is found; in no way here if it is told while a file is read, or its comments.
    pub(super) looks_at: &'static [LooksAt],
}

/// What a check looks at.
pub(super) enum LooksAt {
    /// Each expression as it stands in a file.
    Text(fn(&Checked<'_>, &Text<'_>, &mut Vec<Diagnostic>)),
    /// Each condition that can hold and can fail, taken apart.
    Condition(fn(&Checked<'_>, &Condition<'_>, &mut Vec<Diagnostic>)),
    /// Each sound condition, with what is proved of it.
    Tier(fn(&Checked<'_>, &Tier<'_>, &mut Vec<Diagnostic>)),
    /// All that was read.
    All(fn(&Checked<'_>) -> Vec<Diagnostic>),
    /// Recorded samples as well.
    History(fn(&Past<'_>) -> Vec<Diagnostic>),
}

/// All checks, by code.
pub(super) const ALL: &[Check] = &[
    Check {
        code: Code::Syntax,
        source: include_str!("syntax.rs"),
        looks_at: &[],
    },
    Check {
        code: Code::UnknownName,
        source: include_str!("unknown_name.rs"),
        looks_at: &[LooksAt::All(unknown_name::run)],
    },
    Check {
        code: Code::TypeMismatch,
        source: include_str!("type_mismatch.rs"),
        looks_at: &[],
    },
    Check {
        code: Code::Duration,
        source: include_str!("duration.rs"),
        looks_at: &[],
    },
    Check {
        code: Code::HoldCount,
        source: include_str!("hold_count.rs"),
        looks_at: &[],
    },
    Check {
        code: Code::DuplicateName,
        source: include_str!("duplicate_name.rs"),
        looks_at: &[],
    },
    Check {
        code: Code::NoDomain,
        source: include_str!("no_domain.rs"),
        looks_at: &[LooksAt::All(no_domain::run)],
    },
    Check {
        code: Code::UnknownReceiver,
        source: include_str!("unknown_receiver.rs"),
        looks_at: &[],
    },
    Check {
        code: Code::NoRoute,
        source: include_str!("no_route.rs"),
        looks_at: &[LooksAt::All(no_route::run)],
    },
    Check {
        code: Code::Template,
        source: include_str!("template.rs"),
        looks_at: &[],
    },
    Check {
        code: Code::Cycle,
        source: include_str!("cycle.rs"),
        looks_at: &[LooksAt::All(cycle::run)],
    },
    Check {
        code: Code::Secret,
        source: include_str!("secret.rs"),
        looks_at: &[LooksAt::All(secret::run)],
    },
    Check {
        code: Code::Limit,
        source: include_str!("limit.rs"),
        looks_at: &[],
    },
    Check {
        code: Code::NoEffect,
        source: include_str!("no_effect.rs"),
        looks_at: &[LooksAt::All(no_effect::run)],
    },
    Check {
        code: Code::Unsupported,
        source: include_str!("unsupported.rs"),
        looks_at: &[],
    },
    Check {
        code: Code::NeverTrue,
        source: include_str!("never_true.rs"),
        looks_at: &[
            LooksAt::All(never_true::of_file),
            LooksAt::Tier(never_true::of_tier),
        ],
    },
    Check {
        code: Code::AlwaysTrue,
        source: include_str!("always_true.rs"),
        looks_at: &[
            LooksAt::Condition(always_true::of_condition),
            LooksAt::Tier(always_true::run),
        ],
    },
    Check {
        code: Code::NeverResolves,
        source: include_str!("never_resolves.rs"),
        looks_at: &[LooksAt::Tier(never_resolves::run)],
    },
    Check {
        code: Code::UntilOverlap,
        source: include_str!("until_overlap.rs"),
        looks_at: &[LooksAt::Tier(until_overlap::run)],
    },
    Check {
        code: Code::DoubleCount,
        source: include_str!("double_count.rs"),
        looks_at: &[LooksAt::Text(double_count::run)],
    },
    Check {
        code: Code::Equality,
        source: include_str!("equality.rs"),
        looks_at: &[LooksAt::Text(equality::run)],
    },
    Check {
        code: Code::Fraction,
        source: include_str!("fraction.rs"),
        looks_at: &[LooksAt::Condition(fraction::run)],
    },
    Check {
        code: Code::Redundant,
        source: include_str!("redundant.rs"),
        looks_at: &[
            LooksAt::All(redundant::in_lets),
            LooksAt::Tier(redundant::of_tier),
        ],
    },
    Check {
        code: Code::Shadowed,
        source: include_str!("shadowed.rs"),
        looks_at: &[LooksAt::All(shadowed::run)],
    },
    Check {
        code: Code::InvertedSeverity,
        source: include_str!("inverted_severity.rs"),
        looks_at: &[LooksAt::All(inverted_severity::run)],
    },
    Check {
        code: Code::NoHysteresis,
        source: include_str!("no_hysteresis.rs"),
        looks_at: &[LooksAt::Condition(no_hysteresis::run)],
    },
    Check {
        code: Code::NoTrafficGuard,
        source: include_str!("no_traffic_guard.rs"),
        looks_at: &[
            LooksAt::Condition(no_traffic_guard::run),
            LooksAt::Tier(no_traffic_guard::of_tier),
        ],
    },
    Check {
        code: Code::GuardByAnd,
        source: include_str!("guard_by_and.rs"),
        looks_at: &[LooksAt::Condition(guard_by_and::run)],
    },
    Check {
        code: Code::WindowShorterThanHold,
        source: include_str!("window_shorter_than_hold.rs"),
        looks_at: &[LooksAt::Condition(window_shorter_than_hold::run)],
    },
    Check {
        code: Code::Slow,
        source: include_str!("slow.rs"),
        looks_at: &[LooksAt::Condition(slow::run)],
    },
    Check {
        code: Code::Coarse,
        source: include_str!("coarse.rs"),
        looks_at: &[LooksAt::Condition(coarse::run)],
    },
    Check {
        code: Code::NoDataEarly,
        source: include_str!("no_data_early.rs"),
        looks_at: &[LooksAt::Condition(no_data_early::run)],
    },
    Check {
        code: Code::RiskyClear,
        source: include_str!("risky_clear.rs"),
        looks_at: &[LooksAt::Condition(risky_clear::run)],
    },
    Check {
        code: Code::Unused,
        source: include_str!("unused.rs"),
        looks_at: &[LooksAt::All(unused::run)],
    },
    Check {
        code: Code::UnreachableRoute,
        source: include_str!("unreachable_route.rs"),
        looks_at: &[LooksAt::All(unreachable_route::run)],
    },
    Check {
        code: Code::Insecure,
        source: include_str!("insecure.rs"),
        looks_at: &[LooksAt::All(insecure::run)],
    },
    Check {
        code: Code::Budget,
        source: include_str!("budget.rs"),
        looks_at: &[LooksAt::All(budget::run)],
    },
    Check {
        code: Code::NoSummary,
        source: include_str!("no_summary.rs"),
        looks_at: &[LooksAt::All(no_summary::run)],
    },
    Check {
        code: Code::NoRunbook,
        source: include_str!("no_runbook.rs"),
        looks_at: &[LooksAt::All(no_runbook::run)],
    },
    Check {
        code: Code::UnusedAllow,
        source: include_str!("unused_allow.rs"),
        looks_at: &[],
    },
    Check {
        code: Code::Unproved,
        source: include_str!("unproved.rs"),
        looks_at: &[LooksAt::All(unproved::run)],
    },
    Check {
        code: Code::Noisy,
        source: include_str!("noisy.rs"),
        looks_at: &[LooksAt::History(noisy::run)],
    },
    Check {
        code: Code::Silent,
        source: include_str!("silent.rs"),
        looks_at: &[LooksAt::History(silent::run)],
    },
    Check {
        code: Code::DeadDomain,
        source: include_str!("dead_domain.rs"),
        looks_at: &[LooksAt::History(dead_domain::run)],
    },
    Check {
        code: Code::Range,
        source: include_str!("range.rs"),
        looks_at: &[LooksAt::Text(range::run)],
    },
];
