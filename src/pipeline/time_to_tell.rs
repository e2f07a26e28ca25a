//! How long it takes until a person is told, term by term.

use super::Settling;
use super::intake::OTHER_DOMAIN_LATER;
use crate::lang::Program;
use crate::lang::program::{Node, NodeId, Tier};
use crate::lang::soonest::{Becomes, Soonest, soonest};
use crate::unit::Timespan;

/// The longest that a settled minute waits for the call that asks for it: each domain is asked
/// once a minute, as soon as the account's rate allows.
const POLLING: Timespan = Timespan::from_seconds(60);

/// The time from the beginning of the first bad minute to the message, or from that of the first
/// good one to the message that it is over: a sum, as short as it can be.
///
/// It holds for minutes that are as bad as can be after minutes that are as good, none of them
/// unknown, a source that answers and a receiver that takes the message at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeToTell {
    /// The minutes that the condition needs.
    pub minutes: Soonest,
    /// How long the last of them is waited for after its end.
    pub settle: Timespan,
    /// How much longer, because the condition asks for a minute that has nothing; else 0.
    pub absence: Timespan,
    /// How long news are collected before they are told.
    pub group_wait: Timespan,
    /// How much more it can be, until the minute is asked for.
    pub polling: Timespan,
}

impl TimeToTell {
    /// Returns the time until a severity fires; `None` if no minute changes its condition.
    pub fn fired(program: &Program, tier: &Tier, settling: Settling) -> Option<Self> {
        let minutes = soonest(program, tier.condition, Becomes::True)?;
        // While its `until` is true it does not fire.
        let until = tier.until.filter(|until| !is_prompt(program, *until));
        let free = until.and_then(|until| soonest(program, until, Becomes::False));
        let last = free.filter(|free| minutes.minutes < free.minutes);
        Some(Self::of(last.unwrap_or(minutes), settling))
    }

    /// Returns the time until a severity that fires resolves; `None` if no minute makes it.
    pub fn resolved(program: &Program, tier: &Tier, settling: Settling) -> Option<Self> {
        let minutes = match tier.until {
            Some(until) => soonest(program, until, Becomes::True),
            None => soonest(program, tier.condition, Becomes::False),
        };
        Some(Self::of(minutes?, settling))
    }

    /// Returns it where news are collected for so long before they are told.
    #[must_use]
    pub fn collected(self, group_wait: Timespan) -> Self {
        Self { group_wait, ..self }
    }

    /// Returns the sum without the wait for polling.
    pub fn least(self) -> Timespan {
        let minutes = self.minutes.minutes.saturating_mul(60);
        let waits = self.settle.seconds().saturating_add(self.absence.seconds());
        let waits = waits.saturating_add(self.group_wait.seconds());
        Timespan::from_seconds(minutes.saturating_add(waits))
    }

    /// Returns the sum with the longest wait for polling.
    pub fn most(self) -> Timespan {
        Timespan::from_seconds(
            self.least()
                .seconds()
                .saturating_add(self.polling.seconds()),
        )
    }

    fn of(minutes: Soonest, settling: Settling) -> Self {
        let settle = settling.settle;
        let longest = settling.max_lateness.seconds().max(settle.seconds());
        // Another domain's samples say sooner than `max_lateness` that nothing more will come.
        let later = OTHER_DOMAIN_LATER.seconds().min(longest - settle.seconds());
        let absence = if minutes.waits_for_absence { later } else { 0 };
        Self {
            minutes,
            settle,
            absence: Timespan::from_seconds(absence),
            group_wait: Timespan::from_seconds(0),
            polling: POLLING,
        }
    }
}

/// Whether a condition of the common form goes by the minute itself, so that one bad minute is enough
/// for it not to be true.
fn is_prompt(program: &Program, condition: NodeId) -> bool {
    let at = |id: NodeId| program.nodes[id.0 as usize];
    let of = match at(condition) {
        Node::Hold { of, needed, over } if needed == over => at(of),
        node => node,
    };
    match of {
        Node::Compare(_, a, b) => {
            matches!(at(a), Node::Codes(_)) && matches!(at(b), Node::Literal(_))
        }
        _ => false,
    }
}
