//! What comes into the pipeline: answers, refusals, listings and the passing of time.

use chrono::{DateTime, Utc};

use crate::engine::Sample;
use crate::unit::{AccountName, DomainName, Minute, Series};

/// Something that a source said, or did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// An answer for the minutes of a span.
    Answer {
        /// Whose.
        series: Series,
        /// The first minute that was asked for.
        from: Minute,
        /// The minute after the last.
        to: Minute,
        /// When the request was sent.
        sent: DateTime<Utc>,
        /// What the source has, ascending.
        samples: Vec<(Minute, Sample)>,
    },
    /// A series could not be asked.
    Refused {
        /// Whose.
        series: Series,
        /// Whether all of the account is refused.
        scope: Scope,
        /// What the source said.
        message: String,
        /// What to do; empty if there is nothing to do but wait.
        mend: String,
    },
    /// A complete listing of the account's domains that the file asks for.
    Listing {
        /// The account.
        account: AccountName,
        /// Its domains.
        domains: Vec<DomainName>,
    },
    /// The account's domains could not be listed.
    Unlisted {
        /// The account.
        account: AccountName,
        /// What the source said.
        message: String,
        /// What to do.
        mend: String,
    },
}

/// How much of an account a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One domain.
    Domain,
    /// All of the account.
    Account,
}

/// What the pipeline wants to be asked for, for one series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// The series.
    pub series: Series,
    /// The next minute to be judged.
    pub next: Minute,
    /// The first minute from `next` on of which no answer is the last word, and that can be asked for.
    pub first_unseen: Minute,
    /// Every minute from here up to `next` was asked for.
    pub covered_from: Minute,
    /// From where on the rules look at the domain; after `covered_from` if all is there.
    pub need_from: Minute,
    /// Whether an alert of it is pending or firing.
    pub is_urgent: bool,
}
