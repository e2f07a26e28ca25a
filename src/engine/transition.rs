//! What happens to alerts, with the numbers behind it.

use super::alert::Firing;
use super::fleet;
use super::rule::Rule;
use crate::lang::program::Type;
use crate::unit::{AccountName, Decimal, Minute, Series, Severity, stable_id};

/// Which alert.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertKey {
    /// The rule.
    pub rule: String,
    /// What of the rule.
    pub subject: Subject,
}

/// What an alert is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// All domains of a rule with `on at least … domains`.
    Fleet,
    /// One domain of one account.
    Series(Series),
    /// One cause by which an account cannot be judged: of the built-in alerts.
    Account {
        /// The account.
        account: AccountName,
        /// The cause, as a short stable word or a rule's name.
        cause: String,
    },
}

impl AlertKey {
    /// Returns the account, domain and cause of the subject; what it has not is empty.
    pub fn columns(&self) -> (&str, &str, &str) {
        match &self.subject {
            Subject::Fleet => ("", "", ""),
            Subject::Series(series) => (series.account.as_str(), series.domain.as_str(), ""),
            Subject::Account { account, cause } => (account.as_str(), "", cause),
        }
    }

    /// Returns the id of the firing that began at `fired`: the same wherever it is worked out.
    pub fn firing_id(&self, fired: Minute) -> String {
        let (account, domain, cause) = self.columns();
        stable_id(&[
            "alert",
            &self.rule,
            account,
            domain,
            cause,
            &fired.to_string(),
        ])
    }
}

/// What happened to an alert.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// It began to fire.
    Fired,
    /// Its highest firing severity changed, from this one.
    SeverityChanged {
        /// What it was before.
        from: Severity,
    },
    /// It ended as its condition says.
    Resolved,
    /// It can be judged no longer, for this reason: no recovery.
    Ended {
        /// Why.
        reason: String,
    },
}

/// A change of one alert at one minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Which alert.
    pub key: AlertKey,
    /// The minute that decided.
    pub minute: Minute,
    /// What happened.
    pub event: Event,
    /// The severity now, or, at the end, the one that it had.
    pub severity: Severity,
    /// The first minute of the run that led to firing.
    pub since: Minute,
    /// The minute that decided that it fires.
    pub fired: Minute,
    /// The numbers behind it.
    pub evidence: Evidence,
}

/// The numbers behind a transition.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Evidence {
    /// The values that the condition of the severity compares, the main one first.
    pub values: Vec<PartValue>,
    /// The worst value of the first part since the alert's run began.
    pub peak: Option<Decimal>,
    /// The domains that fire, of an alert over many.
    pub domains: Vec<Series>,
    /// How bad it was with the severity that it had before, where the severity changed. It is not kept with the
    /// others.
    pub before: Option<Peak>,
}

/// The worst value of the first part of a condition, since the alert's run began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peak {
    /// The value.
    pub value: Decimal,
    /// The part's canonical text.
    pub text: String,
    /// Its type.
    pub of: Type,
}

impl Peak {
    /// Returns how bad an alert has become, if it is known.
    pub fn of(rule: &Rule, firing: Firing) -> Option<Self> {
        let (text, of) = if rule.is_fleet() {
            fleet::PART
        } else {
            let part = rule.tier(firing.severity)?.parts.first()?;
            (part.text.as_str(), part.of)
        };
        Some(Self {
            value: firing.peak?,
            text: text.to_owned(),
            of,
        })
    }
}

/// The value of one part of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartValue {
    /// The part's canonical text.
    pub text: String,
    /// Its type.
    pub of: Type,
    /// Its value, if it is known.
    pub value: Option<Decimal>,
}
