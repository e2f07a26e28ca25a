//! The ping whose silence is the alarm: sent only while all is well.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use super::health::Health;
use crate::clock::Clock;

/// How long a ping may take.
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// Returns the client that pings.
///
/// # Errors
///
/// When the machine's certificates cannot be read.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder().user_agent(crate::source::http::USER_AGENT);
    builder.redirect(reqwest::redirect::Policy::none()).build()
}

/// Pings `url` every so often, by the machine's time, while nothing is in trouble.
pub async fn run(
    http: reqwest::Client,
    url: SecretString,
    every: Duration,
    health: Health,
    clock: Clock,
    stop: CancellationToken,
) {
    let mut was_well = true;
    loop {
        let troubles = health.troubles(clock.now());
        if troubles.is_empty() {
            let ping = http
                .get(url.expose_secret())
                .timeout(PING_TIMEOUT)
                .send()
                .await;
            match ping.and_then(reqwest::Response::error_for_status) {
                Ok(_) => tracing::debug!("watchdog pinged"),
                Err(fault) => {
                    tracing::warn!(error = %fault.without_url(), "the watchdog's ping failed");
                }
            }
        } else if was_well {
            tracing::warn!(
                troubles = troubles.join("; "),
                "the watchdog is not pinged while this lasts"
            );
        }
        was_well = troubles.is_empty();
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}
