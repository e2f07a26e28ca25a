//! HTTP for sources: with timeouts, a limit on the body, and no redirects.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
pub use reqwest::{Method, Url};

use crate::config::is_loopback;

/// What Foghorn calls itself.
pub const USER_AGENT: &str = concat!("foghorn/", env!("CARGO_PKG_VERSION"));

/// Makes ring the process's provider of cryptography, if there is none yet. Any number of
/// callers may do so, in any order.
pub fn install_tls() {
    // A second installation fails, and then the first one holds: both are ring's.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Whether requests go through the proxies that the environment names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxies {
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`.
    Environment,
    /// Straight, for addresses that only this machine can reach.
    None,
}

impl Proxies {
    /// Returns those on the way to an address: to this machine no proxy leads.
    pub fn to(url: &Url) -> Self {
        if url.host_str().is_some_and(is_loopback) {
            Self::None
        } else {
            Self::Environment
        }
    }

    /// Returns what makes a client that goes through these, and follows no redirect.
    pub fn client(self) -> reqwest::ClientBuilder {
        let builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none());
        match self {
            Self::Environment => builder,
            Self::None => builder.no_proxy(),
        }
    }
}

/// How long and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long connecting may take.
    pub connect: Duration,
    /// How long all may take, from the name to the last byte.
    pub total: Duration,
    /// How many bytes the body may have, once it is decompressed.
    pub body_bytes_max: usize,
}

/// A client of HTTP.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    limits: Limits,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Where it goes.
    pub url: Url,
    /// Its headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Its body, which may be empty.
    pub body: String,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, decompressed.
    pub body: Vec<u8>,
}

impl Reply {
    /// Returns the header's value, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No client can be made.
    #[error("prepare for HTTP")]
    Open {
        /// What is amiss.
        #[source]
        source: reqwest::Error,
    },
    /// A header that cannot be sent.
    #[error("the header {name} has characters that cannot be sent")]
    Header {
        /// Its name.
        name: &'static str,
    },
    /// It took too long.
    #[error("no answer within {} s", .after.as_secs_f32())]
    Timeout {
        /// How long it was allowed to take.
        after: Duration,
    },
    /// The request could not be sent, or nothing came back.
    #[error("{}", if .source.is_connect() { "no connection" } else { "no answer" })]
    Send {
        /// What is amiss.
        #[source]
        source: reqwest::Error,
    },
    /// The answer broke off, or is not compressed as it says.
    #[error("the answer broke off")]
    Read {
        /// What is amiss.
        #[source]
        source: reqwest::Error,
    },
    /// The answer is too large.
    #[error("the answer has more than {max} bytes")]
    TooLarge {
        /// How many it may have.
        max: usize,
    },
}

impl Http {
    /// Prepares a client; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`HttpError::Open`] if the machine's certificates cannot be read.
    pub fn open(limits: Limits, proxies: Proxies) -> Result<Self, HttpError> {
        install_tls();
        let client = proxies
            .client()
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .build()
            .map_err(|source| HttpError::Open { source })?;
        Ok(Self { client, limits })
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    ///
    /// A [`HttpError`] by what happened; none of them names the address or the request.
    pub async fn send(&self, request: Request) -> Result<Reply, HttpError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let value = HeaderValue::from_str(value).map_err(|_| HttpError::Header { name })?;
            headers.insert(*name, value);
        }
        let mut response = self
            .client
            .request(request.method, request.url)
            .headers(headers)
            .body(request.body)
            .send()
            .await
            .map_err(|error| self.fault(error, |source| HttpError::Send { source }))?;
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.fault(error, |source| HttpError::Read { source }))?
        {
            let max = self.limits.body_bytes_max;
            if chunk.len() > max - body.len() {
                return Err(HttpError::TooLarge { max });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }

    fn fault(
        &self,
        error: reqwest::Error,
        other: impl FnOnce(reqwest::Error) -> HttpError,
    ) -> HttpError {
        if error.is_timeout() {
            let Limits { connect, total, .. } = self.limits;
            let after = if error.is_connect() { connect } else { total };
            return HttpError::Timeout { after };
        }
        // The address may hold what must not be shown.
        other(error.without_url())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_leads_to_this_machine() {
        let to = |url: &str| Proxies::to(&url.parse().unwrap());
        for near in [
            "http://127.0.0.1:9",
            "http://LOCALHOST/x",
            "https://[::1]:8443/",
        ] {
            assert_eq!(to(near), Proxies::None, "{near}");
        }
        for far in ["https://hc.example.com/127.0.0.1", "http://[2001:db8::1]/"] {
            assert_eq!(to(far), Proxies::Environment, "{far}");
        }
    }
}
