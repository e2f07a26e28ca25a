//! Why an alert that fires is not told.

use serde::{Deserialize, Serialize};

/// Why an alert is not told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mute {
    /// A silence hides it.
    Silence(String),
    /// Another alert that fires inhibits it: its firing's id.
    Inhibited(String),
    /// Its rule's active hours are over.
    OutsideHours,
    /// Its account's source is late.
    SourceLate,
    /// Minutes that passed are caught up with.
    CatchingUp,
    /// It fires again and again.
    Flapping,
}

impl Mute {
    /// Whether a receiver hears that it mutes an alert no longer: of what muted it for a while in
    /// silence, but not of what was told by itself. Whoever `knows` that the alert fires learns
    /// nothing new when another that inhibited it is over.
    pub const fn is_told_back(&self, knows: bool) -> bool {
        match self {
            Self::Silence(_) | Self::OutsideHours => true,
            Self::Inhibited(_) => !knows,
            Self::SourceLate | Self::CatchingUp | Self::Flapping => false,
        }
    }
}

/// Why the pipeline keeps an alert that fires back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Its minutes are caught up with: what ended meanwhile is told as past.
    CatchingUp,
    /// The account's source is late, which is told instead.
    SourceLate,
}

impl Hold {
    /// Returns the mute that it is.
    pub const fn mute(self) -> Mute {
        match self {
            Self::CatchingUp => Mute::CatchingUp,
            Self::SourceLate => Mute::SourceLate,
        }
    }
}
