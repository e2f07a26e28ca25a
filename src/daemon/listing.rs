//! Looks up anew which domains an account has, for sources that discover them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::pipeline::{Input, with_mend};
use crate::source::SourceError;
use crate::source::aliyun::Client;
use crate::source::budget::Backoff;
use crate::telemetry::Health;
use crate::unit::{AccountName, DomainName, Fnv64, GlobList, Timespan};

/// How soon a listing that was refused is asked for again, by the clock.
const REFUSED_REST: Duration = Duration::from_mins(2);

/// What to look up.
pub struct Discovery {
    /// The account.
    pub account: AccountName,
    /// Its source.
    pub client: Arc<Client>,
    /// Which domains are wanted.
    pub globs: GlobList,
    /// How often.
    pub every: Timespan,
    /// What the service knows of itself.
    pub health: Health,
}

/// Lists the account's domains every so often, and sooner after a fault, until it is told to stop.
pub async fn run(
    discovery: Discovery,
    inputs: mpsc::Sender<Input>,
    clock: Clock,
    stop: CancellationToken,
) {
    let mut faults = Faults::default();
    loop {
        let listed = tokio::select! {
            () = stop.cancelled() => return,
            listed = discovery.client.domains() => listed,
        };
        let rest = faults.rest_after(&discovery, clock, listed.as_ref().err());
        let input = discovery.input(listed, clock);
        // A judge that stands still takes nothing in: stopping does not wait for it.
        tokio::select! {
            () = stop.cancelled() => return,
            sent = inputs.send(input) => if sent.is_err() { return },
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(rest) => {}
        }
    }
}

impl Discovery {
    /// Takes in how a listing ended, and returns what the judge is told of it.
    fn input(&self, listed: Result<Vec<DomainName>, SourceError>, clock: Clock) -> Input {
        let account = self.account.clone();
        match listed {
            Ok(mut domains) => {
                domains.retain(|domain| self.globs.matches(domain.as_str()));
                let (name, count) = (account.as_str(), domains.len());
                tracing::debug!(account = name, domains = count, "the domains were listed");
                self.health.listed(name, count, clock.now());
                Input::Listing { account, domains }
            }
            Err(fault) => {
                let (message, mend) = (fault.to_string(), fault.mend().to_owned());
                self.health
                    .refused(account.as_str(), &with_mend(&message, &mend));
                Input::Unlisted {
                    account,
                    message,
                    mend,
                }
            }
        }
    }
}

/// The faults since the domains were listed last.
#[derive(Debug, Default)]
struct Faults {
    /// How many there were in a row.
    in_a_row: u32,
    /// What was said to mend the last one that was told.
    told: Option<String>,
}

impl Faults {
    /// Returns how long to rest by the machine's time, and tells of a fault unless it was told.
    fn rest_after(
        &mut self,
        discovery: &Discovery,
        clock: Clock,
        fault: Option<&SourceError>,
    ) -> Duration {
        let account = discovery.account.as_str();
        let Some(fault) = fault else {
            if 0 < std::mem::take(self).in_a_row {
                tracing::info!(account, "the domains are listed again");
            }
            return clock.machine_time(discovery.every.into());
        };
        self.in_a_row = self.in_a_row.saturating_add(1);
        let mend = fault.mend();
        if self.told.as_deref() == Some(mend) {
            tracing::debug!(account, error = %fault, mend, "the domains could not be listed");
        } else {
            tracing::warn!(account, error = %fault, mend, "the domains could not be listed");
            self.told = Some(mend.to_owned());
        }
        rest_after(fault, self.in_a_row, account, discovery.every.into(), clock)
    }
}

/// Returns how long to rest after so many faults in a row, by the machine's time: what passes is
/// tried again later and later, what a person must mend every few minutes.
fn rest_after(
    fault: &SourceError,
    in_a_row: u32,
    account: &str,
    every: Duration,
    clock: Clock,
) -> Duration {
    let mut seed = Fnv64::default();
    seed.write(account.as_bytes());
    let backoff = Backoff::SOURCE.wait(in_a_row, seed.finish());
    let rest = match fault {
        SourceError::Throttled { retry_after_ms, .. } => {
            return backoff.max(Duration::from_millis(retry_after_ms.unwrap_or(0)));
        }
        SourceError::Passing { .. } => backoff,
        SourceError::Domain { .. } | SourceError::Account { .. } | SourceError::Defect { .. } => {
            REFUSED_REST
        }
    };
    clock.machine_time(rest.min(every))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(fault: &SourceError, in_a_row: u32, clock: Clock) -> Duration {
        rest_after(fault, in_a_row, "main", Duration::from_hours(1), clock)
    }

    #[test]
    fn a_listing_that_failed_is_asked_for_again_long_before_the_next_is_due() {
        let passing = SourceError::Passing {
            message: "busy".to_owned(),
            cause: "busy".to_owned(),
        };
        assert!(rest(&passing, 1, Clock::System) <= Duration::from_secs(1));
        assert!(Duration::from_secs(30) <= rest(&passing, 9, Clock::System));
        assert!(rest(&passing, 9, Clock::System) <= Duration::from_mins(1));
        let refused = SourceError::Account {
            message: "no".to_owned(),
            mend: "grant it".to_owned(),
        };
        assert_eq!(rest(&refused, 1, Clock::System), REFUSED_REST);
        let fast = Clock::running(chrono::DateTime::UNIX_EPOCH, 60);
        assert_eq!(rest(&refused, 9, fast), Duration::from_secs(2));
    }

    #[test]
    fn a_source_that_says_when_it_may_be_asked_again_is_asked_no_sooner() {
        let throttled = SourceError::Throttled {
            retry_after_ms: Some(90_000),
            message: "slow down".to_owned(),
        };
        assert_eq!(rest(&throttled, 1, Clock::System), Duration::from_secs(90));
    }
}
