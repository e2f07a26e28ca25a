//! What the simulated source is like: its traffic, its incidents and its faults.
//!
//! These are the checked values; `text` reads them from YAML, `period` says when they hold.

mod builtin;
mod entry;
mod period;
mod text;
mod value;

use std::collections::BTreeMap;

use crate::unit::{DomainName, GlobList, Timespan};

pub use period::Period;
pub(super) use period::Place;
pub use text::ScenarioError;
pub use value::{Share, Skew};

/// A checked scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The domains of the account, for who does not list his own.
    pub domains: Vec<DomainName>,
    /// How many requests a minute has.
    pub requests: Requests,
    /// Codes that always occur, besides 200.
    pub background: BTreeMap<u16, Share>,
    /// How the answers look.
    pub answers: Answers,
    /// When the origin fails.
    pub incidents: Vec<Incident>,
    /// Minutes without traffic.
    pub quiet: Vec<Gap>,
    /// Minutes that the source does not have at all.
    pub missing: Vec<Gap>,
    /// Minutes that the source learns of late.
    pub late: Vec<Late>,
    /// How requests go wrong.
    pub faults: Vec<Fault>,
}

/// How many requests a domain of average size has in a minute: `night` at 20:00 UTC, `day` at
/// 08:00 UTC, and a straight line between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "text::RequestsText")]
pub struct Requests {
    /// The fewest.
    pub night: u32,
    /// The most.
    pub day: u32,
}

/// How the answers look, and what may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answers {
    /// How long after its end a minute has its final value.
    pub delay: Timespan,
    /// Whether a minute is seen earlier with values that are not final.
    pub revise: bool,
    /// Whether `Count` stands beside `Proportion`.
    pub counts: bool,
    /// Whether values are strings or numbers.
    pub types: Types,
    /// In which order the points come.
    pub order: Order,
    /// Whether the point at the end of the asked span is in the answer.
    pub end_included: bool,
    /// The longest span in steps of one minute.
    pub span_limit: Timespan,
    /// What is done with longer ones.
    pub beyond: Beyond,
    /// How far the source's clock is off.
    pub clock_skew: Skew,
    /// Calls per second that the account may make; `None` leaves it to the server's settings.
    pub rate: Option<u32>,
}

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Types {
    /// All as strings.
    Strings,
    /// All as numbers.
    Numbers,
    /// Now so, now so.
    Mixed,
}

/// The order of the points of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// As the source does.
    Newest,
    /// Ascending.
    Oldest,
    /// Neither.
    Shuffled,
}

/// What is done with a span that is too long for steps of one minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Beyond {
    /// It is refused.
    Refuse,
    /// It is answered in steps of 300 s up to three days, and of 3600 s beyond.
    Coarsen,
}

/// A stretch during which the origin of some domains fails.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "entry::IncidentText")]
pub struct Incident {
    /// When.
    pub period: Period,
    /// Which domains.
    pub domains: GlobList,
    /// How much of the responses has these codes at full strength.
    pub codes: BTreeMap<u16, Share>,
    /// How the strength goes.
    pub shape: Shape,
    /// How much of the usual traffic there is; may be over 100 %.
    pub traffic: Share,
}

/// How the strength of an incident goes over its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// The same throughout.
    Flat,
    /// Rising, with full strength in the last minute.
    Ramp,
    /// Rising to full strength in the middle, and falling again.
    Spike,
}

/// A stretch in which something is not there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "entry::GapText")]
pub struct Gap {
    /// When.
    pub period: Period,
    /// Which domains.
    pub domains: GlobList,
}

/// A stretch whose minutes come late.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "entry::LateText")]
pub struct Late {
    /// How much later than usual.
    pub by: Timespan,
    /// Which minutes.
    pub period: Period,
    /// Which domains.
    pub domains: GlobList,
}

/// A way in which some requests go wrong.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "entry::FaultText")]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// To how many of the requests.
    pub share: Share,
    /// When, by the simulator's clock at the time of the request.
    pub period: Period,
    /// To requests for which domains; `None` takes those that are for no domain as well.
    pub domains: Option<GlobList>,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It is refused for there being too many, now with status 400 and now with 503.
    Throttle {
        /// The code, `Throttling.User` unless the scenario says otherwise.
        code: String,
        /// What `x-acs-retry-after` says.
        retry_after: Option<Timespan>,
    },
    /// It is refused.
    Refuse {
        /// The code.
        code: String,
        /// The message, if it is not the known one of the code.
        message: Option<String>,
        /// The HTTP status, if it is not the known one of the code.
        status: Option<u16>,
    },
    /// It is answered after so many seconds of the machine's time.
    Wait(Timespan),
    /// It is answered with something that is not an answer.
    Garbage,
    /// Its answer trickles in over so many seconds of the machine's time.
    Slow(Timespan),
    /// Its answer says a wrong `DataInterval`, in seconds.
    Interval(u32),
}

impl Scenario {
    /// Returns the scenario of a text in YAML.
    ///
    /// # Errors
    ///
    /// [`ScenarioError`] with the place, where the text is no scenario.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        text::parse(text)
    }

    /// Returns the scenario that is built in, for its own domains.
    pub fn builtin() -> Self {
        Self::builtin_for(&[])
    }

    /// Returns the scenario that is built in, for these domains: the first has an incident
    /// every 20 minutes, the last, if there are several, is quiet now and then. Without any,
    /// it has four domains of `example.com`.
    pub fn builtin_for(domains: &[DomainName]) -> Self {
        builtin::scenario(domains)
    }
}
