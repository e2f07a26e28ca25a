//! Looks up anew which domains an account has, for sources that discover them.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::pipeline::Input;
use crate::source::SourceError;
use crate::source::aliyun::Client;
use crate::unit::{AccountName, GlobList, Timespan};

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
}

/// Lists the account's domains every so often, until it is told to stop.
pub async fn run(
    discovery: Discovery,
    inputs: mpsc::Sender<Input>,
    clock: Clock,
    stop: CancellationToken,
) {
    let account = &discovery.account;
    loop {
        let listed = tokio::select! {
            () = stop.cancelled() => return,
            listed = discovery.client.domains() => listed,
        };
        let input = match listed {
            Ok(mut domains) => {
                domains.retain(|domain| discovery.globs.matches(domain.as_str()));
                tracing::debug!(
                    account = account.as_str(),
                    domains = domains.len(),
                    "the domains were listed"
                );
                Input::Listing {
                    account: account.clone(),
                    domains,
                }
            }
            Err(fault) => {
                let mend = match &fault {
                    SourceError::Account { mend, .. } | SourceError::Domain { mend, .. } => {
                        mend.clone()
                    }
                    SourceError::Throttled { .. }
                    | SourceError::Passing { .. }
                    | SourceError::Defect { .. } => String::new(),
                };
                tracing::warn!(account = account.as_str(), error = %fault, mend, "the domains could not be listed");
                Input::Unlisted {
                    account: account.clone(),
                    message: fault.to_string(),
                    mend,
                }
            }
        };
        // A judge that stands still takes nothing in: stopping does not wait for it.
        tokio::select! {
            () = stop.cancelled() => return,
            sent = inputs.send(input) => if sent.is_err() { return },
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(clock.machine_time(discovery.every.into())) => {}
        }
    }
}
