//! Which refusals of a source are told on the log: each cause when it begins, not once a minute
//! and domain. All times are by the machine, which no clock that is set changes.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::source::SourceError;
use crate::unit::{DomainName, Series};

/// How often faults that pass are told of one account.
const PASSING_EVERY: Duration = Duration::from_mins(1);

/// What was told of one account and has not ended.
#[derive(Clone, Debug, Default)]
pub struct Complaints {
    /// Why all of the account is refused, and when that was told.
    account: Option<(String, Duration)>,
    /// Why a domain is refused, and when that was told.
    domains: BTreeMap<DomainName, (String, Duration)>,
    /// When a fault that passes was told last.
    passing: Option<Duration>,
}

impl Complaints {
    /// Tells of a refusal, unless its cause has been told.
    pub fn tell(&mut self, series: &Series, fault: &SourceError, now: Duration) {
        let (domain, account) = (series.domain.as_str(), series.account.as_str());
        if !self.is_new(series, fault, now) {
            tracing::debug!(account, domain, error = %fault, "the source did not answer");
            return;
        }
        match fault {
            SourceError::Account { mend, .. } => {
                tracing::error!(account, error = %fault, mend, "the source refuses the whole account");
            }
            SourceError::Domain { mend, .. } => {
                tracing::error!(account, domain, error = %fault, mend, "the source refuses the domain");
            }
            SourceError::Defect { .. } => {
                tracing::error!(account, domain, error = %fault, "the source refuses");
            }
            SourceError::Throttled { .. } | SourceError::Passing { .. } => {
                tracing::warn!(account, domain, error = %fault, "the source did not answer, it will be asked again");
            }
        }
    }

    /// Notes that the source answered for a domain. A request that was sent before a refusal was
    /// told, and overtaken by it, is no sign that it is over.
    pub fn answered(&mut self, series: &Series, sent: Duration) {
        let (domain, account) = (series.domain.as_str(), series.account.as_str());
        let is_later = |told: &mut (String, Duration)| told.1 < sent;
        if self.account.take_if(is_later).is_some() {
            tracing::info!(account, "the source answers again");
        }
        let told = self.domains.get(&series.domain);
        if told.is_some_and(|(_, at)| *at < sent) {
            self.domains.remove(&series.domain);
            tracing::info!(account, domain, "the source answers again for the domain");
        }
    }

    fn is_new(&mut self, series: &Series, fault: &SourceError, now: Duration) -> bool {
        match fault {
            SourceError::Account { mend, .. } => {
                let cause = cause(mend);
                let is_new = self.account.as_ref().is_none_or(|(told, _)| *told != cause);
                if is_new {
                    self.account = Some((cause, now));
                }
                is_new
            }
            SourceError::Domain { mend, .. } => self.is_new_of(&series.domain, cause(mend), now),
            SourceError::Defect { .. } => self.is_new_of(&series.domain, String::new(), now),
            SourceError::Throttled { .. } | SourceError::Passing { .. } => {
                let is_due = self.passing.is_none_or(|told| told + PASSING_EVERY <= now);
                if is_due {
                    self.passing = Some(now);
                }
                is_due
            }
        }
    }

    fn is_new_of(&mut self, domain: &DomainName, cause: String, now: Duration) -> bool {
        let told = self.domains.get(domain);
        let is_new = told.is_none_or(|(told, _)| *told != cause);
        if is_new {
            self.domains.insert(domain.clone(), (cause, now));
        }
        is_new
    }
}

/// What to do names a cause, but for the numbers in it; what the source says has a new number
/// each time.
fn cause(mend: &str) -> String {
    mend.chars().filter(|c| !c.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::AccountName;

    fn series(domain: &str) -> Series {
        Series {
            account: AccountName::from("main"),
            domain: DomainName::from(domain),
        }
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn refused(message: &str, mend: &str) -> SourceError {
        SourceError::Account {
            message: message.to_owned(),
            mend: mend.to_owned(),
        }
    }

    #[test]
    fn a_cause_of_the_account_is_new_once_until_the_source_answers() {
        let mut told = Complaints::default();
        let mut is_new = |domain: &str, fault| told.is_new(&series(domain), &fault, at(5));
        assert!(is_new("a", refused("no (request 1)", "it is 901 s behind")));
        assert!(!is_new(
            "b",
            refused("no (request 2)", "it is 905 s behind")
        ));
        assert!(is_new("b", refused("no (request 3)", "grant it")));
        told.answered(&series("b"), at(4));
        assert!(!told.is_new(&series("a"), &refused("no", "grant it"), at(6)));
        told.answered(&series("b"), at(6));
        assert!(told.is_new(&series("a"), &refused("no", "grant it"), at(0)));
    }

    #[test]
    fn a_domain_that_is_refused_is_told_by_itself() {
        let mut told = Complaints::default();
        let fault = SourceError::Domain {
            message: "offline".to_owned(),
            mend: "start it".to_owned(),
        };
        assert!(told.is_new(&series("a"), &fault, at(0)));
        assert!(told.is_new(&series("b"), &fault, at(0)));
        assert!(!told.is_new(&series("a"), &fault, at(3_600)));
    }

    #[test]
    fn faults_that_pass_are_told_once_a_minute() {
        let mut told = Complaints::default();
        let fault = SourceError::Passing {
            message: "no answer".to_owned(),
        };
        assert!(told.is_new(&series("a"), &fault, at(0)));
        assert!(!told.is_new(&series("b"), &fault, at(59)));
        assert!(told.is_new(&series("b"), &fault, at(60)));
    }
}
