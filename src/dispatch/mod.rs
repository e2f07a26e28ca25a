//! Who is told of what: from transitions to notifications, pure and in order.
//!
//! A transition becomes an [`AlertView`] with its labels. The [`Desk`] takes it in: [`Route`]s choose
//! who is told, groups collect, inhibitions, active hours and [`Silence`]s mute; and when something is
//! due, each channel of a receiver gets one [`Notification`] under a delivery id that never changes.
//! Start with `story.rs`, then `desk.rs` and `flush.rs`.

mod calendar;
mod compose;
mod decision;
mod desk;
mod escalate;
mod flap;
mod flush;
mod group;
mod held;
mod inhibit;
mod link;
mod look;
mod mute;
mod notification;
mod order;
mod past;
pub mod payload;
mod policy;
mod put_back;
mod remind;
mod route;
mod silence;
mod silences;
mod storm;
mod story;
pub mod summary;
#[cfg(test)]
mod tests;
mod tried;

pub use calendar::Calendar;
pub use decision::{Decided, Decision};
pub use desk::Desk;
pub use flap::{FIRINGS_MAX, REST as FLAPPING_REST};
pub use flush::Current;
pub use group::Group;
pub use inhibit::Inhibition;
pub use link::{LINK_LIFE, Link, LinkAct, LinkFault, LinkKey};
pub use look::Outlook;
pub use mute::{Hold, Mute};
pub use notification::{
    Acknowledgement, AlertView, Notification, PartView, Reason, State, Undelivered,
};
pub use order::{Answer, Order};
pub use policy::{DomainLabels, Policy, ReceiverChannel, RuleTexts, matchable, reason_of};
pub use route::{
    Escalation, GROUP_INTERVAL, GROUP_WAIT, GroupBy, Match, Onward, REPEAT_INTERVAL, ReceiverName,
    Repeat, Route, RouteMatch, matches, route_matches,
};
pub use silence::{Hides, HidesError, Matcher, MatcherKind, Silence, SilenceEnd};
pub use silences::too_long;
pub use storm::MESSAGES_MAX;
pub use story::{AlertName, CAUSE, Member, Role, Said, Story};
pub use tried::{AlertOutcome, AlertTried, answer_of};
