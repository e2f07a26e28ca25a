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
    let external = external.map(host_of);
    let is_known_host = has_users || Some(host) == external || is_loopback(name_of(host));
    let is_same = origin.is_empty() || host_of(origin) == host || Some(host_of(origin)) == external;
    is_known_host && is_same
}

/// Returns host and port of an address.
fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
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
