//! What a rule test can expect, and what can come of it: one form for both, so that they can be
//! held against each other and stand side by side.

use std::fmt;

use crate::dispatch::State;
use crate::engine::{Event, Subject, Transition};
use crate::unit::{DomainName, Minute, Minutes, Severity};

/// Something that a test expects, or that happened in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Minutes from the test's start to the minute that decides.
    pub at: u32,
    /// The rule.
    pub rule: String,
    /// The domain; `None` for a rule of many domains, and for the built-in alerts.
    pub domain: Option<DomainName>,
    /// What it is.
    pub what: What,
    /// The severity; `None` if the test does not say it, or where there is none.
    pub severity: Option<Severity>,
}

/// The kinds of facts, in the order in which those of one minute are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// An event of an alert.
    Event(Happening),
    /// An alert is pending from the fact's minute on.
    Pending {
        /// Minutes from the test's start to the minute that decided that it is pending no
        /// longer; `None` if it is to the end.
        to: Option<u32>,
    },
    /// A receiver is told of an alert, by each of its channels.
    Told {
        /// The receiver's name.
        receiver: String,
        /// The state of the alert as it is told.
        status: State,
    },
}

/// What can happen to an alert in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// It began to fire.
    Fired,
    /// Its highest severity changed.
    SeverityChanged,
    /// It ended.
    Resolved,
}

impl Happening {
    /// Returns the word of test files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::SeverityChanged => "severity_changed",
            Self::Resolved => "resolved",
        }
    }
}

impl Fact {
    /// Returns the fact of a transition; `None` for an end that is no judgement.
    pub fn of(transition: &Transition, start: Minute) -> Option<Self> {
        let event = match &transition.event {
            Event::Fired => Happening::Fired,
            Event::SeverityChanged { .. } => Happening::SeverityChanged,
            Event::Resolved => Happening::Resolved,
            Event::Ended { .. } => return None,
        };
        let domain = match &transition.key.subject {
            Subject::Series(series) => Some(series.domain.clone()),
            Subject::Fleet | Subject::Account { .. } => None,
        };
        Some(Self {
            at: since_start(transition.minute, start),
            rule: transition.key.rule.clone(),
            domain,
            what: What::Event(event),
            severity: Some(transition.severity),
        })
    }

    /// Whether what happened is what was expected here. A severity that is not said is any.
    pub fn is_met_by(&self, happened: &Self) -> bool {
        let is_any = self.severity.is_none();
        self.at == happened.at
            && self.rule == happened.rule
            && self.domain == happened.domain
            && self.what == happened.what
            && (is_any || self.severity == happened.severity)
    }

    /// Whether both say something of one alert in one minute, though not the same.
    pub fn is_near(&self, other: &Self) -> bool {
        let is_of_one_kind = match (&self.what, &other.what) {
            (What::Event(_), What::Event(_)) | (What::Pending { .. }, What::Pending { .. }) => true,
            (What::Told { receiver: a, .. }, What::Told { receiver: b, .. }) => a == b,
            (What::Event(_) | What::Pending { .. } | What::Told { .. }, _) => false,
        };
        is_of_one_kind
            && (self.at, &self.rule, &self.domain) == (other.at, &other.rule, &other.domain)
    }
}

impl fmt::Display for Fact {
    /// Writes the fact without its minute, as a line of the reports has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule)?;
        if let Some(domain) = &self.domain {
            write!(f, " {domain}")?;
        }
        match &self.what {
            What::Event(event) => write!(f, " {}", event.as_str())?,
            What::Pending { to: Some(to) } => write!(f, " pending until {}", At(*to))?,
            What::Pending { to: None } => f.write_str(" pending to the end")?,
            What::Told { status, .. } => write!(f, " {}", status.as_str())?,
        }
        if let Some(severity) = self.severity {
            write!(f, " {severity}")?;
        }
        match &self.what {
            What::Told { receiver, .. } => write!(f, " -> {receiver}"),
            What::Event(_) | What::Pending { .. } => Ok(()),
        }
    }
}

/// A time from the start of a test, as test files write it: `0m`, `7m`, `1h30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At(pub u32);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Minutes::new(self.0) {
            Some(minutes) => minutes.fmt(f),
            None => f.write_str("0m"),
        }
    }
}

/// Returns how many minutes after the start one is; none for one that lies before.
pub(super) fn since_start(minute: Minute, start: Minute) -> u32 {
    u32::try_from(minute.epoch() - start.epoch()).unwrap_or(0)
}
