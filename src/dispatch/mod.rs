//! Who is told of what: from transitions to notifications, pure and in order.
//!
//! A transition becomes an [`AlertView`] with its labels; the [`Route`]s choose receivers; each
//! channel of a receiver gets one [`Notification`] under a delivery id that never changes.

mod link;
mod notification;
mod plan;
mod route;
mod silence;
pub mod summary;

pub use link::{LINK_LIFE, Link, LinkAct, LinkFault, LinkKey};
pub use notification::{Acknowledgement, AlertView, Notification, PartView, Reason, State};
pub use plan::{DomainLabels, Plan, RuleTexts, reason_of};
pub use route::{Match, Onward, ReceiverName, Route, receivers};
pub use silence::{Matcher, MatcherKind, Silence, SilenceEnd};
