//! Whether a browser was sent here by another site: then nothing is changed for it.
//!
//! Browsers send passwords along with what other sites' pages make them send, and a page of any site can
//! reach a service on loopback. Programs other than browsers send none of these headers.

use axum::http::{HeaderMap, HeaderName, header};

use crate::config::is_loopback;

/// Says how the page that made a request and the address of the request belong together.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a request that changes something may come from where it does. `external` is the service's
/// address from outside.
///
/// Without users, a page of another site whose name was made to point here would be of the same origin;
/// so then it must be called by an address of this machine, or by the one from outside.
pub(super) fn is_own(headers: &HeaderMap, external: Option<&str>, has_users: bool) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let (site, origin) = (text(&SEC_FETCH_SITE), text(&header::ORIGIN));
    let origin = match (site, origin) {
        (None, None) => return true,
        (Some("same-origin" | "none") | None, Some(origin)) => origin,
        (Some("same-origin" | "none"), None) => "",
        (Some(_), _) => return false,
    };
    let host = text(&header::HOST).unwrap_or_default();
    let is_external_host = external.is_some_and(|external| is_at(external, host));
    let is_external = external.is_some_and(|external| host_of(external) == host_of(origin));
    let is_known_host = has_users || is_external_host || is_loopback(name_of(host));
    let is_same = origin.is_empty() || is_at(origin, host) || is_external;
    is_known_host && is_same
}

/// Whether an address is at the host, with or without its port, that a request was sent to.
fn is_at(address: &str, host: &str) -> bool {
    let scheme = address.split_once("://").map_or("", |(scheme, _)| scheme);
    host_of(address) == host_of(&format!("{scheme}://{host}"))
}

/// Returns host and port of an address as browsers write them: in lower case, without the port that
/// the scheme has by default.
fn host_of(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.to_ascii_lowercase();
    let port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => "",
    };
    host.strip_suffix(port).unwrap_or(&host).to_owned()
}

/// Returns the host without its port.
fn name_of(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const OUTSIDE: &str = "https://foghorn.example.com/ops";

    fn own(lines: &[(&'static str, &str)], has_users: bool) -> bool {
        let lines = lines.iter();
        let headers = lines.map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        is_own(&headers.collect(), Some(OUTSIDE), has_users)
    }

    #[test]
    fn programs_and_the_own_page_may_change_things() {
        assert!(own(&[("host", "127.0.0.1:9847")], false));
        let form = [
            ("host", "127.0.0.1:9847"),
            ("origin", "http://127.0.0.1:9847"),
            ("sec-fetch-site", "same-origin"),
        ];
        assert!(own(&form, false) && own(&form[..2], false));
        let behind_a_proxy = [
            ("host", "10.0.0.7:9847"),
            ("origin", "https://foghorn.example.com"),
        ];
        assert!(own(&behind_a_proxy, true));
        let known = [
            ("host", "foghorn.example.com"),
            ("origin", "https://foghorn.example.com"),
        ];
        assert!(own(&known, false));
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        let lines = [
            ("host", "foghorn.example.com"),
            ("origin", "https://foghorn.example.com"),
        ];
        let is_own = |external: &str, lines: &[(&'static str, &'static str)]| {
            let headers = lines.iter().map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            });
            super::is_own(&headers.collect(), Some(external), false)
        };
        for external in [
            "https://Foghorn.Example.com:443",
            "https://foghorn.example.com:443/ops",
            "https://FOGHORN.example.com",
        ] {
            assert!(is_own(external, &lines), "{external}");
            let with_port = [("host", "foghorn.example.com:443"), lines[1]];
            assert!(is_own(external, &with_port), "{external}");
        }
        for external in [
            "https://foghorn.example.com:8443",
            "http://foghorn.example.com:443",
        ] {
            assert!(!is_own(external, &lines), "{external}");
        }
        let without_origin = [lines[0], ("sec-fetch-site", "same-origin")];
        assert!(is_own("https://Foghorn.example.com:443", &without_origin));
    }

    #[test]
    fn another_sites_page_may_not() {
        for site in ["cross-site", "same-site", "", "é"] {
            let lines = [("host", "127.0.0.1:9847"), ("sec-fetch-site", site)];
            assert!(!own(&lines, true), "{site}");
        }
        for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
            let lines = [("host", "127.0.0.1:9847"), ("origin", origin)];
            assert!(!own(&lines, true), "{origin}");
        }
    }

    #[test]
    fn a_name_that_was_made_to_point_here_is_no_own_page() {
        let rebound = [
            ("host", "evil.example:9847"),
            ("origin", "http://evil.example:9847"),
            ("sec-fetch-site", "same-origin"),
        ];
        assert!(!own(&rebound, false));
        // With users, its page has no password to send.
        assert!(own(&rebound, true));
    }
}
