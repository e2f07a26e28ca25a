//! Where samples come from.

pub mod aliyun;
pub mod budget;
pub mod http;
pub mod simulator;

use chrono::{DateTime, Utc};

use crate::engine::Sample;
use crate::unit::Minute;

/// The minutes that a source is asked for, `from` included and `to` not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MinuteRange {
    /// The first minute.
    pub from: Minute,
    /// The minute after the last.
    pub to: Minute,
}

/// What a source answered for one domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// What was asked for.
    pub span: MinuteRange,
    /// When the request was sent.
    pub sent: DateTime<Utc>,
    /// The samples, ascending, each minute once, all within the span.
    pub samples: Vec<(Minute, Sample)>,
    /// What was faulty in the answer and is treated as not there; at most 60.
    pub faults: Vec<FaultySample>,
}

/// A sample that is treated as not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultySample {
    /// Its minute, if that can be read.
    pub minute: Option<Minute>,
    /// What is faulty, in a sentence.
    pub what: String,
}

/// Why a source did not answer, by what is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Too many calls: the whole account slows down.
    #[error("throttled: {message}")]
    Throttled {
        /// How long to wait, if the source said so.
        retry_after_ms: Option<u64>,
        /// The source's code and message.
        message: String,
    },
    /// A passing fault: try again, later and later.
    #[error("{message}")]
    Passing {
        /// What happened.
        message: String,
        /// What is the same whenever that happens: the source's code, or else words.
        cause: String,
    },
    /// This domain cannot be asked for: others can.
    #[error("{message}")]
    Domain {
        /// The source's code and message.
        message: String,
        /// What to do.
        mend: String,
    },
    /// The whole account cannot be asked.
    #[error("{message}")]
    Account {
        /// The source's code and message.
        message: String,
        /// What to do.
        mend: String,
    },
    /// A request that the source does not understand: a defect of ours.
    #[error("a defect of Foghorn: {message}")]
    Defect {
        /// The source's code and message, and the request without its signature.
        message: String,
    },
}

impl SourceError {
    /// Returns what a person does about it; empty where that is to wait.
    pub fn mend(&self) -> &str {
        match self {
            Self::Account { mend, .. } | Self::Domain { mend, .. } => mend,
            Self::Throttled { .. } => {
                "lower `rate`, or move other users of the API to another account"
            }
            Self::Defect { .. } => "report it, with this line",
            Self::Passing { .. } => "",
        }
    }
}
