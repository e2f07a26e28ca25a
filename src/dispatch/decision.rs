//! What was decided of a firing, and why: kept for those who ask on the morning after.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::mute::Mute;
use super::notification::Reason;

/// Something that was decided of a firing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The firing's id.
    pub firing: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: Decided,
}

/// What was decided.
///
/// This is the form that is stored, so variants and fields are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Decided {
    /// No route takes it, so that nobody is told.
    Unrouted,
    /// A receiver is told in this group.
    Routed {
        /// The place of the route, from 0.
        route: usize,
        /// The key of the group.
        group: String,
        /// The receiver.
        receiver: String,
    },
    /// A receiver was told.
    Told {
        /// The delivery ids, one for each channel.
        deliveries: Vec<String>,
        /// The receiver.
        receiver: String,
        /// Why.
        reason: Reason,
        /// The key of the group; empty for a digest.
        group: String,
        /// How many alerts were told with it.
        with: usize,
    },
    /// It fires and is not told.
    Muted {
        /// Why.
        by: Vec<Mute>,
    },
    /// It fires and is muted no longer.
    Unmuted,
    /// It was over before a receiver had heard of it, and is not told there.
    Dropped {
        /// The receiver.
        receiver: String,
        /// What muted it.
        by: Vec<Mute>,
    },
    /// A person took it on.
    Acknowledged {
        /// Who.
        by: String,
        /// What they said of it.
        comment: String,
    },
    /// Its severity rose, so that it is not taken on any more.
    AcknowledgementLapsed,
    /// It fires so often that its comings and goings are told no longer.
    Flaps,
    /// It has come to rest.
    Settled,
}
