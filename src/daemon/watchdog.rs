//! The ping whose silence is the alarm: sent only while all is well.

use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use crate::causes;
use crate::clock::Clock;
use crate::source::http::Proxies;
use crate::telemetry::Health;

/// How long a ping may take.
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How soon trouble is looked at again at the latest, so that a ping comes soon after it ends.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Returns the client that pings this address.
///
/// # Errors
///
/// When the machine's certificates cannot be read.
pub fn client(url: &SecretString) -> Result<reqwest::Client, reqwest::Error> {
    let url = Url::parse(url.expose_secret());
    let proxies = url.map_or(Proxies::Environment, |url| Proxies::to(&url));
    proxies.client().build()
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
            match ping(heart).await {
                Ok(()) => tracing::debug!("watchdog pinged"),
                Err(why) => tracing::warn!(error = why, "the watchdog's ping failed"),
            }
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

/// Pings once; only a success of the address itself is one.
async fn ping(heart: &Heart) -> Result<(), String> {
    let url = heart.url.expose_secret();
    let answer = heart.http.get(url).timeout(PING_TIMEOUT).send().await;
    // The address is a secret, and so may be the one that a redirect names.
    let status = answer
        .map_err(|fault| causes::of(&fault.without_url()))?
        .status();
    if status.is_success() {
        Ok(())
    } else if status.is_redirection() {
        Err(format!(
            "{status}: redirects are not followed, the rules file must name the last address"
        ))
    } else {
        Err(format!("the answer is {status}"))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    async fn pinged(answer: &'static str) -> Result<(), String> {
        crate::source::http::install_tls();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/s3cr3t", listener.local_addr().unwrap()).into();
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        };
        let heart = Heart {
            http: client(&url).unwrap(),
            url,
            every: Duration::from_mins(1),
        };
        tokio::join!(ping(&heart), serve).0
    }

    #[tokio::test]
    async fn only_a_success_of_the_address_itself_is_a_ping() {
        let ok = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(pinged(ok).await, Ok(()));
        let moved =
            "HTTP/1.1 301 Moved Permanently\r\nlocation: /s3cr3t/\r\ncontent-length: 0\r\n\r\n";
        let why = pinged(moved).await.unwrap_err();
        assert!(
            why.starts_with("301 Moved Permanently: redirects are not followed"),
            "{why}"
        );
        assert!(!why.contains("s3cr3t"), "{why}");
        let gone = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(
            pinged(gone).await.unwrap_err(),
            "the answer is 404 Not Found"
        );
    }
}
