//! `web:` and what else is an address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::Web;
use super::outline::AddressOutline;
use super::read::{Origin, Reader, Text};
use super::secret::secret;
use super::tree::Node;
use crate::diag::{Code, Diagnostic};

/// Returns where the page is, if the file does not say.
pub(super) fn default() -> Web {
    Web {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9847)),
        external_url: None,
    }
}

/// Reads `web:`.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Web {
    let mut web = default();
    let Some(fields) = reader.fields(node, "`web`", &["listen", "external_url", "users"]) else {
        return web;
    };
    let place = fields.get("listen").map(|node| node.span);
    if let Some(node) = fields.get("listen") {
        let what = "an address with a port, like 127.0.0.1:9847";
        web.listen = reader.parsed(node, what).unwrap_or(web.listen);
    }
    if let Some(text) = fields
        .get("external_url")
        .and_then(|n| reader.set_text(n, "an address"))
    {
        let address = address(reader, text).map(|text| text.value);
        web.external_url = address.map(|url| url.trim_end_matches('/').to_owned());
    }
    if let Some((key, users)) = fields.pair("users") {
        for (_, name, password) in reader.pairs(users, "a map of names and passwords") {
            let _ = secret(reader, name, password);
        }
        reader.no_effect(key);
    }
    let place = place.map(|span| reader.at(span));
    reader.outline.web = place.map(|place| (web.listen, place));
    web
}

/// Checks an address that the service talks to, and notes how private it is.
pub(super) fn spoken_to(reader: &mut Reader<'_>, text: Text) -> Option<Text> {
    let text = address(reader, text)?;
    let host = host(&text.value).unwrap_or_default().to_owned();
    let is_loopback = is_loopback(&host);
    let noted = AddressOutline {
        is_private: text.value.starts_with("https://"),
        is_loopback,
        host: Some(host).filter(|_| text.origin == Origin::File),
        place: reader.at(text.span),
    };
    reader.outline.addresses.push(noted);
    Some(text)
}

/// Returns the host of an address, without login and port.
fn host(address: &str) -> Option<&str> {
    let rest = address.split_once("://").map(|(_, rest)| rest)?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next(),
        None => host.split(':').next(),
    }
}

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let is_address = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_address || host.eq_ignore_ascii_case("localhost")
}

/// Checks that a text is an `http://` or `https://` address with a host.
pub(super) fn address(reader: &mut Reader<'_>, text: Text) -> Option<Text> {
    let rest = text
        .value
        .strip_prefix("https://")
        .or_else(|| text.value.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let is_address = host.is_some_and(|host| !host.is_empty())
        && !text
            .value
            .chars()
            .any(|c| c.is_whitespace() || c.is_control());
    if !is_address {
        let message = format!("{} is no address", text.shown());
        let fault = Diagnostic::new(Code::Syntax, text.span, message);
        reader.push(fault.help("write it like https://host.example.com/path"));
        return None;
    }
    Some(text)
}
