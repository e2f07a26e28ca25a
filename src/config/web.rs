//! `web:`: where the page is, and who may see it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::Web;
use super::address::address;
use super::password::Password;
use super::reader::{Origin, Reader};
use super::secret::secret_text;
use crate::config::keys;
use crate::diag::{Code, Diagnostic, quoted};
use crate::yaml::{Node, head};

/// How many users there may be: a token is held against each of them.
const USERS_MAX: usize = 64;
/// The longest name of a user, in characters: what fits a line of a table.
pub(super) const USER_CHARS_MAX: usize = 64;

/// Returns where the page is, if the file does not say.
pub(super) fn default() -> Web {
    Web {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9847)),
        external_url: None,
        users: BTreeMap::new(),
        is_open: false,
    }
}

/// `127.0.0.1`, `localhost`: returns the address with a port.
fn without_port(node: &Node, port: u16) -> Option<SocketAddr> {
    let text = node.text()?;
    let ip = match text {
        "localhost" => IpAddr::from(Ipv4Addr::LOCALHOST),
        _ => text.parse().ok()?,
    };
    Some(SocketAddr::new(ip, port))
}

/// Reads `web:`.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Web {
    let mut web = default();
    let Some(fields) = reader.fields(node, "`web`", keys::WEB) else {
        return web;
    };
    let place = fields.get("listen").map(|node| node.span);
    if let Some(node) = fields.get("listen") {
        let what = "an address with a port, like 127.0.0.1:9847";
        web.listen = match without_port(node, web.listen.port()) {
            Some(meant) => {
                let message = "an address to listen at has a port as well";
                let fault = Diagnostic::new(Code::TypeMismatch, node.span, message);
                reader.push(fault.help(format!("write `{meant}`")));
                meant
            }
            None => reader.parsed(node, what).unwrap_or(web.listen),
        };
    }
    if let Some(text) = fields
        .get("external_url")
        .and_then(|n| reader.set_text(n, "an address"))
    {
        let url = address(reader, text).map(|text| text.value);
        web.external_url = url.map(|url| url.trim_end_matches('/').to_owned());
    }
    if let Some(node) = fields.get("open") {
        web.is_open = reader.truth(node).unwrap_or(false);
    }
    let mut asks = false;
    if let Some(node) = fields.get("users") {
        web.users = users(reader, node);
        // A password that is not set here is set where the service runs.
        let pairs = reader.pairs(node, "a map of names and passwords");
        asks = !pairs.is_empty() || node.lacks_parts();
    }
    asks |= fields.is_partial;
    let place = place.filter(|_| !asks && !web.is_open);
    let place = place.map(|span| reader.at(span));
    reader.outline.web = place.map(|place| (web.listen, place));
    web
}

/// Reads the users and their passwords, of which only digests are kept.
fn users(reader: &mut Reader<'_>, node: &Node) -> BTreeMap<String, Password> {
    let pairs = reader.pairs(node, "a map of names and passwords");
    let mut users = BTreeMap::new();
    if pairs.len() > USERS_MAX {
        let message = format!("there are at most {USERS_MAX} users");
        let place = head(reader.source, node.span);
        reader.fault(Code::Limit, place, message);
        return users;
    }
    for (name, key, value) in pairs {
        let is_name = (1..=USER_CHARS_MAX).contains(&name.chars().count())
            && !name.contains(|c: char| c == ':' || c.is_control());
        if !is_name {
            let message = format!("{} is no name for a user", quoted(name));
            let help = format!("a name has 1 to {USER_CHARS_MAX} characters, and no `:`");
            reader.push(Diagnostic::new(Code::Syntax, key.span, message).help(help));
        }
        let password = secret_text(reader, key, value);
        let Some(password) = password.filter(|text| text.origin != Origin::Unset) else {
            continue;
        };
        if password.value.is_empty() {
            let message = format!("the password of {} is empty", quoted(name));
            let help = "give one that nobody guesses, such as what `openssl rand -hex 16` prints";
            reader.push(Diagnostic::new(Code::Secret, value.span, message).help(help));
        } else if is_name {
            let password = Password::new(name, &password.value);
            users.insert(name.to_owned(), password);
        }
    }
    users
}
