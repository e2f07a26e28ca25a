//! The ping whose silence is the alarm: sent only while all is well.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::telemetry::Health;

/// How long a ping may take.
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How soon trouble is looked at again at the latest, so that a ping comes soon after it ends.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Returns the client that pings.
///
/// # Errors
///
/// When the machine's certificates cannot be read.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder().user_agent(crate::source::http::USER_AGENT);
    builder.redirect(reqwest::redirect::Policy::none()).build()
}

/// What is pinged, and how.
pub struct Heart {
    /// The client.
    pub http: reqwest::Client,
    /// The address.
    pub url: SecretString,
    /// How often, by the machine's time.
    pub every: Duration,
}

/// Pings every so often while nothing is in trouble, until it is told to stop.
pub async fn run(heart: Heart, health: Health, clock: Clock, stop: CancellationToken) {
    let beating = beat(&heart, &health, clock);
    tokio::select! {
        () = stop.cancelled() => {}
        () = beating => {}
    }
}

async fn beat(heart: &Heart, health: &Health, clock: Clock) {
    // At the start there is trouble until each source has answered, and no need to speak of it.
    let mut was_well = false;
    loop {
        let mut troubles = health.troubles(clock.now());
        troubles.extend(health.standstills(Clock::System.now()));
        let is_well = troubles.is_empty();
        if is_well {
            ping(heart).await;
        } else if was_well {
            tracing::warn!(
                troubles = troubles.join("; "),
                "the watchdog is not pinged while this lasts"
            );
        }
        was_well = is_well;
        let rest = if is_well {
            heart.every
        } else {
            heart.every.min(LOOK_AGAIN)
        };
        tokio::time::sleep(rest).await;
    }
}

async fn ping(heart: &Heart) {
    let url = heart.url.expose_secret();
    let ping = heart.http.get(url).timeout(PING_TIMEOUT).send().await;
    match ping.and_then(reqwest::Response::error_for_status) {
        Ok(_) => tracing::debug!("watchdog pinged"),
        Err(fault) => {
            tracing::warn!(error = %fault.without_url(), "the watchdog's ping failed");
        }
    }
}
