//! What every request goes through: who asks, from where, and for how long.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tokio::time::Instant;

use super::Shown;
use super::deadline::{Late, in_time};
use super::fault::Fault;
use super::guard::Guard;
use super::origin::is_own;
use super::page;
use super::serve::{HEAD_BYTES_MAX, Peer, head_bytes};
use crate::config::Config;

/// What browsers may do with a page: show it, with its own style and forms, and nothing else.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// What stands at the head of every answer.
const HEADERS: [(&str, &str); 5] = [
    ("content-security-policy", CONTENT_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // A page's address may hold a token, so others do not get it; the own page sends it, and with it `Origin`.
    ("referrer-policy", "same-origin"),
    ("cache-control", "no-store"),
];
/// What is asked for a password.
const CHALLENGE: &str = "Basic realm=\"Foghorn\", charset=\"UTF-8\"";

/// Who asks; an empty name if nobody has to say.
#[derive(Clone, Debug)]
pub(super) struct Caller(pub(super) String);

impl Caller {
    /// Returns who is noted for what is asked in somebody's name: whoever logged in is never left
    /// out, since one login may stand for a dashboard of many people, and a name can be any.
    pub(super) fn noted(&self, named: &str) -> String {
        let Self(caller) = self;
        let suffix = format!(" (as {caller})");
        // What a client was shown and sends back has it already.
        if caller.is_empty() || named.ends_with(&suffix) {
            named.to_owned()
        } else if named.is_empty() || named == caller {
            caller.clone()
        } else {
            format!("{named}{suffix}")
        }
    }
}

/// What the gate goes by.
#[derive(Clone)]
pub(super) struct Gate {
    shown: Shown,
    guard: Arc<Mutex<Guard>>,
}

impl Gate {
    pub(super) fn new(shown: Shown) -> Self {
        Self {
            shown,
            guard: Arc::default(),
        }
    }

    /// Returns who asks, or the answer to those who may not.
    fn who(&self, request: &Request, config: &Config) -> Result<Caller, Box<Response>> {
        let users = &config.web.users;
        if users.is_empty() || is_for_all(request.uri().path()) {
            return Ok(Caller(String::new()));
        }
        let path = request.uri().path();
        let Some(given) = request.headers().get(header::AUTHORIZATION) else {
            return Err(Box::new(challenge(path)));
        };
        let (address, now) = (address(request), Instant::now());
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(left) = guard.refuses(address, now) {
            let why = "too many wrong passwords came from this address: wait a minute";
            let mut refused = refusal(path, StatusCode::TOO_MANY_REQUESTS, why);
            let seconds = HeaderValue::from(left.as_secs() + 1);
            refused.headers_mut().insert(header::RETRY_AFTER, seconds);
            return Err(Box::new(refused));
        }
        if let Some(user) = user_of(given, config) {
            return Ok(Caller(user));
        }
        guard.failed(address, now);
        tracing::warn!(%address, "a wrong password");
        Err(Box::new(challenge(path)))
    }
}

/// Lets a request through to what it asks for, or not.
pub(super) async fn pass(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let is_alertmanagers = path.starts_with("/api/v2/");
    let config = gate.shown.rules();
    let asked = request.headers().clone();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if request.method() == Method::OPTIONS && is_alertmanagers {
        StatusCode::NO_CONTENT.into_response()
    } else if HEAD_BYTES_MAX < head_bytes(&request) {
        let why = "the head of a request has at most 32 KiB";
        refusal(&path, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why)
    } else {
        match gate.who(&request, &config) {
            Err(refused) => *refused,
            Ok(_) if !is_read && is_foreign(&request, &config) => {
                let why = "this comes from a page of another site, for which nothing is changed";
                refusal(&path, StatusCode::FORBIDDEN, why)
            }
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                let answer = in_time(request, |request| next.run(request)).await;
                answer.unwrap_or_else(|late| too_late(&path, late))
            }
        }
    };
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        response = if path.starts_with("/api/") {
            refusal(&path, fault.status, &fault.why)
        } else {
            page::fault(&path, &asked, &fault).unwrap_or(response)
        };
    } else if path.starts_with("/api/") && is_bare(&response) {
        let status = response.status();
        let reason = status.canonical_reason().unwrap_or_default();
        let bare = std::mem::replace(&mut response, refusal(&path, status, reason));
        let allowed = bare.headers().get(header::ALLOW).cloned();
        response
            .headers_mut()
            .extend(allowed.map(|allowed| (header::ALLOW, allowed)));
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if is_alertmanagers {
        open_to_all(headers);
    }
    response
}

/// Returns the answer to a request whose time is over.
fn too_late(path: &str, late: Late) -> Response {
    let (status, why) = match late {
        Late::Client => (
            StatusCode::REQUEST_TIMEOUT,
            "the body of this request took too long to come",
        ),
        Late::Service => (
            StatusCode::SERVICE_UNAVAILABLE,
            "this took too long, and was given up",
        ),
    };
    refusal(path, status, why)
}

/// Whether this is an error in words that nobody here chose.
fn is_bare(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_json = kind.is_some_and(|kind| kind == "application/json");
    !is_json && (response.status().is_client_error() || response.status().is_server_error())
}

/// What is not there.
pub(super) async fn nothing_here(request: Request) -> Response {
    let why = "there is nothing at this address";
    refusal(request.uri().path(), StatusCode::NOT_FOUND, why)
}

/// Returns an answer that says why not, in the form of what was asked for.
pub(super) fn refusal(path: &str, status: StatusCode, why: &str) -> Response {
    if path.starts_with("/api/v2/") {
        (status, Json(why)).into_response()
    } else if path.starts_with("/api/") {
        (status, Json(json!({"error": why}))).into_response()
    } else {
        (status, format!("{why}\n")).into_response()
    }
}

/// Other sites' pages may read what Alertmanager's API says, as with Alertmanager; without a password, as
/// browsers send none along then.
fn open_to_all(headers: &mut HeaderMap) {
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET, OPTIONS"),
        (
            "access-control-allow-headers",
            "Accept, Authorization, Content-Type, Origin",
        ),
        ("access-control-expose-headers", "Date"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// What everybody may have: whether the service lives, how the page looks, and what a signed link does.
fn is_for_all(path: &str) -> bool {
    let named = [
        "/healthz",
        "/readyz",
        "/-/healthy",
        "/-/ready",
        "/style.css",
    ];
    named.contains(&path) || path.starts_with("/act/")
}

/// Whether a browser sends this for another site. A signed link is its own permission.
fn is_foreign(request: &Request, config: &Config) -> bool {
    let external = config.web.external_url.as_deref();
    let has_users = !config.web.users.is_empty();
    !request.uri().path().starts_with("/act/") && !is_own(request.headers(), external, has_users)
}

fn challenge(path: &str) -> Response {
    let why = "this needs a name and a password, or a token";
    let mut response = refusal(path, StatusCode::UNAUTHORIZED, why);
    let challenge = HeaderValue::from_static(CHALLENGE);
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// Returns where a request comes from. What a proxy on this machine says of it is believed.
fn address(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<Peer>();
    let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip());
    if !peer.to_canonical().is_loopback() {
        return peer;
    }
    let forwarded = request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .next_back();
    let last = forwarded
        .and_then(|line| line.to_str().ok())
        .and_then(|line| line.rsplit(',').next());
    last.and_then(|text| text.trim().parse().ok())
        .unwrap_or(peer)
}

/// Returns the user whose name and password, or whose password as a token, these are.
fn user_of(given: &HeaderValue, config: &Config) -> Option<String> {
    let (scheme, rest) = given.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        let mut users = config.web.users.iter();
        let found = users.find(|(name, password)| password.is(name, rest.trim()));
        return found.map(|(name, _)| name.clone());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(rest.trim()).ok()?;
    let (name, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    let known = config.web.users.get(name)?;
    known.is(name, password).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_logged_in_is_noted_whatever_name_is_given() {
        let nobody = Caller(String::new());
        for named in ["", "ann"] {
            assert_eq!(nobody.noted(named), named);
        }
        let karma = Caller("karma".to_owned());
        for (named, noted) in [
            ("", "karma"),
            ("karma", "karma"),
            ("admin", "admin (as karma)"),
            ("admin (as karma)", "admin (as karma)"),
            ("karma (as admin)", "karma (as admin) (as karma)"),
        ] {
            assert_eq!(karma.noted(named), noted);
        }
    }
}
