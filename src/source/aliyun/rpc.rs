//! One call of an RPC operation: signed by version 3, sent, answered or not.

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;

use super::sign::{encode, sha256_hex, v3};
use crate::config::Credentials;
use crate::source::http::{Http, HttpError, Proxies, Reply, Request};

/// Where an API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    url: Url,
    host: String,
}

/// A text that is no address of an API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint {0:?} is no address like https://cdn.aliyuncs.com")]
pub struct EndpointError(String);

impl Endpoint {
    /// Reads an address; without a scheme it is `https`.
    pub(super) fn parse(text: &str) -> Result<Self, EndpointError> {
        // What stands before an @ may be a password.
        let shown = text.rsplit('@').next().unwrap_or_default();
        let refused = || EndpointError(shown.to_owned());
        let full = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let url = Url::parse(&full).map_err(|_| refused())?;
        let is_bare = url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || !is_bare {
            return Err(refused());
        }
        let name = url.host_str().ok_or_else(refused)?;
        let host = match url.port() {
            Some(port) => format!("{name}:{port}"),
            None => name.to_owned(),
        };
        Ok(Self { url, host })
    }

    /// Returns the proxies on the way to it.
    pub(super) fn proxies(&self) -> Proxies {
        Proxies::to(&self.url)
    }

    /// Returns the host as requests name it: with the port where it is not the default.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Returns the address with this path, which is encoded.
    pub(super) fn with_path(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }

    /// Returns the address with this query, which is encoded.
    pub(super) fn with_query(&self, query: &str) -> Url {
        let mut url = self.url.clone();
        url.set_query(Some(query));
        url
    }
}

/// An operation with its own parameters.
#[derive(Clone, Debug)]
pub(super) struct Operation<'a> {
    /// Its name.
    pub(super) action: &'static str,
    /// The version of its API.
    pub(super) version: &'static str,
    /// Its parameters, in any order.
    pub(super) params: Vec<(&'static str, &'a str)>,
}

impl Operation<'_> {
    /// Returns the parameters as a query.
    pub(super) fn query(&self) -> String {
        query(&self.params)
    }
}

/// Returns parameters as a query or a form body.
pub(super) fn query(params: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = params
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    pairs.join("&")
}

/// Returns a nonce: 128 random bits in hexadecimal.
///
/// # Errors
///
/// If the machine has no random numbers to give.
pub(super) fn nonce() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// Returns a time as the API writes it.
pub(super) fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Signs and sends an operation, as a POST with the parameters in the query, like the official
/// clients do.
///
/// # Errors
///
/// A [`HttpError`] if there is no answer.
pub(super) async fn send(
    http: &Http,
    endpoint: &Endpoint,
    operation: &Operation<'_>,
    credentials: &Credentials,
    (now, nonce): (DateTime<Utc>, &str),
) -> Result<Reply, HttpError> {
    let mut headers = vec![
        ("host", endpoint.host.clone()),
        ("x-acs-action", operation.action.to_owned()),
        ("x-acs-content-sha256", sha256_hex(b"")),
        ("x-acs-date", timestamp(now)),
        ("x-acs-signature-nonce", nonce.to_owned()),
        ("x-acs-version", operation.version.to_owned()),
    ];
    if let Some(token) = &credentials.security_token {
        headers.push(("x-acs-security-token", token.expose_secret().to_owned()));
    }
    let canonical =
        v3::canonical_request("POST", "/", &operation.params, &headers, &sha256_hex(b""));
    let signature = v3::signature(&canonical, credentials.access_key_secret.expose_secret());
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let authorization = v3::authorization(&credentials.access_key_id, &names, &signature);
    // Not signed: proxies may change it.
    headers.push(("accept", "application/json".to_owned()));
    headers.push(("authorization", authorization));
    let request = Request {
        method: Method::POST,
        url: endpoint.with_query(&operation.query()),
        headers,
        body: String::new(),
    };
    http.send(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_names_its_host_with_a_port_that_is_not_the_default() {
        for (text, host) in [
            ("https://cdn.aliyuncs.com", "cdn.aliyuncs.com"),
            ("cdn.aliyuncs.com", "cdn.aliyuncs.com"),
            ("https://cdn.aliyuncs.com:443/", "cdn.aliyuncs.com"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://[::1]:80", "[::1]"),
            ("localhost:8080", "localhost:8080"),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().host(), host);
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for text in [
            "",
            "ftp://cdn.aliyuncs.com",
            "https://user:pass@cdn.aliyuncs.com",
            "https://cdn.aliyuncs.com/path",
            "https://cdn.aliyuncs.com/?a=b",
            "https://",
        ] {
            assert!(Endpoint::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_two_nonces_are_the_same() {
        let (one, two) = (nonce().unwrap(), nonce().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, two);
    }
}
