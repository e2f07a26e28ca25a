//! What is told: a message to one channel of one receiver, as the outbox keeps it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A message to one channel of one receiver.
///
/// This is the form that the outbox keeps, so fields are only ever added, with a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The delivery id: the same at every try, and never used for anything else.
    pub id: String,
    /// The receiver.
    pub receiver: String,
    /// The number of the receiver's channel, which follows from where that leads.
    pub channel: u32,
    /// Why it is told.
    pub reason: Reason,
    /// What its alerts have in common, for the message's head.
    pub group: BTreeMap<String, String>,
    /// When it was decided, by RFC 3339 in whole seconds.
    pub timestamp: String,
    /// The alerts, at least one.
    pub alerts: Vec<AlertView>,
    /// Which group it is about: the same for all messages of a group to a receiver, whatever
    /// they tell; empty for what has no group.
    #[serde(default)]
    pub key: String,
    /// The domains on which the rules of its alerts fire beside those that it shows.
    #[serde(default)]
    pub others: Vec<String>,
    /// Who could not be given it, if this stands in for a message to somebody else.
    #[serde(default)]
    pub undelivered: Option<Undelivered>,
}

/// That a receiver could not be given a message, which now goes to the fallback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undelivered {
    /// Who it was for.
    pub receiver: String,
    /// What the server answered, or why it could not be asked.
    pub answer: String,
}

/// Why a notification goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The first alerts of its group began to fire.
    First,
    /// Further alerts of its group began to fire.
    Added,
    /// A severity changed.
    Changed,
    /// Some of the group's alerts are over, others still fire.
    PartlyResolved,
    /// The last of the group's alerts resolved.
    Resolved,
    /// They can be judged no longer.
    Ended,
    /// They fired and ended while minutes could not be asked for.
    Past,
    /// They still fire.
    Reminder,
    /// They still fire, and nobody has acknowledged them.
    Escalation,
    /// A person has taken them on: told to services that escalate by themselves.
    Acknowledged,
    /// They were muted, and still fire now that they are not.
    Unmuted,
    /// An alert fires so often that each time is told no longer.
    Flapping,
    /// A flapping alert has come to rest.
    Settled,
    /// Many messages of one receiver, told as one.
    Digest,
    /// A person or a schedule asked for a test.
    Test,
}

impl Reason {
    /// Returns the word of messages, which is part of delivery ids.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Added => "added",
            Self::Changed => "changed",
            Self::PartlyResolved => "partly_resolved",
            Self::Resolved => "resolved",
            Self::Ended => "ended",
            Self::Past => "past",
            Self::Reminder => "reminder",
            Self::Escalation => "escalation",
            Self::Acknowledged => "acknowledged",
            Self::Unmuted => "unmuted",
            Self::Flapping => "flapping",
            Self::Settled => "settled",
            Self::Digest => "digest",
            Self::Test => "test",
        }
    }
}

/// The state of an alert in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It fires.
    Firing,
    /// Its condition says that it is over.
    Resolved,
    /// It can be judged no longer.
    Ended,
}

impl State {
    /// Returns the word of messages and test files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Resolved => "resolved",
            Self::Ended => "ended",
        }
    }
}

/// An alert as a message shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertView {
    /// The id of this firing, from its beginning to its end.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// The account; empty for a rule over many domains.
    pub account: String,
    /// The domain; empty for a rule over many domains.
    pub domain: String,
    /// The domains that fire, of a rule over many; else just `domain`.
    pub domains: Vec<String>,
    /// The severity, as the rules file writes it.
    pub severity: String,
    /// Its state.
    pub state: State,
    /// The first minute of the run that led to firing, by RFC 3339.
    pub since: String,
    /// The minute that decided that it fires.
    pub fired_at: String,
    /// The minute that decided that it is over.
    pub ended_at: Option<String>,
    /// The condition of the severity in canonical form.
    pub condition: String,
    /// The value of the condition's main part, with its unit; empty if unknown.
    pub value: String,
    /// The worst value of the main part since the run began, with its unit; empty if unknown.
    pub peak: String,
    /// The values of all parts.
    pub values: Vec<PartView>,
    /// The labels: the account's and domain's, then the rule's.
    pub labels: BTreeMap<String, String>,
    /// The rule's summary, rendered; empty if it has none.
    pub summary: String,
    /// Where to read what to do; empty if the rule does not say.
    pub runbook_url: String,
    /// Where to look at the alert; empty if the service has no address.
    pub url: String,
    /// Why it ended; empty unless `state` is `ended`.
    pub end_reason: String,
    /// The minute that decided what is told.
    #[serde(default)]
    pub minute: String,
    /// The address by which a person takes it on; empty if there is none.
    #[serde(default)]
    pub ack_url: String,
    /// The address by which a person silences it; empty if there is none.
    #[serde(default)]
    pub silence_url: String,
    /// Who has taken it on, if somebody has.
    #[serde(default)]
    pub ack: Option<Acknowledgement>,
}

/// That a person has taken an alert on: until it worsens or ends, nobody is reminded of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// When, by RFC 3339 in whole seconds.
    pub at: String,
    /// What they said of it; may be empty.
    pub comment: String,
}

/// The value of one part of a condition, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartView {
    /// The part's canonical text.
    pub text: String,
    /// Its value with its unit; empty if unknown.
    pub value: String,
}
