//! Addresses: what the service talks to, and what messages link to.

use std::net::{IpAddr, Ipv6Addr};

use super::outline::AddressOutline;
use super::reader::{Origin, Reader, Text};
use super::template::NO_TEMPLATE;
use crate::diag::{Code, Diagnostic, Label, nearest, quoted};

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
    if text.origin == Origin::File && has_password(&text.value) {
        reader.outline.literal_secrets.push(Label {
            file: reader.file,
            span: text.span,
            text: "user:password@".to_owned(),
        });
    }
    Some(text)
}

/// Whether an address has the password of a login in it.
fn has_password(address: &str) -> bool {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let login = authority.rsplit_once('@').map(|(login, _)| login);
    login
        .and_then(|login| login.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty())
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

/// Whether a host is this machine; an address of version 6 may be in the brackets of a URL.
pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let is_address = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_address || host.eq_ignore_ascii_case("localhost")
}

/// Checks that a text is an `http://` or `https://` address with a host.
pub(super) fn address(reader: &mut Reader<'_>, text: Text) -> Option<Text> {
    let Err((why, meant)) = is_address(&text.value) else {
        return Some(text);
    };
    let written = scheme_written(reader.source, &text);
    let shown = written.map_or_else(|| text.shown(), quoted);
    let message = format!("{shown} is no address: {why}");
    let fault = Diagnostic::new(Code::Syntax, text.span, message);
    let meant = match written {
        Some(written) => with_scheme(written),
        None => meant.filter(|meant| text.origin == Origin::File && is_address(meant).is_ok()),
    };
    reader.push(match meant {
        Some(meant) => fault.help(format!("write `{meant}`")),
        None if text.value.contains("{{") => fault.help(NO_TEMPLATE),
        None => fault.help("write it like https://host.example.com/path"),
    });
    None
}

/// Returns what stands in the file of an address into which something is put, if its scheme stands
/// there and is none: then nothing of the environment is at fault.
fn scheme_written<'s>(source: &'s str, text: &Text) -> Option<&'s str> {
    if text.origin != Origin::Elsewhere {
        return None;
    }
    let written = source.get(text.span.range())?;
    let written = written.trim_matches(['"', '\'']);
    let (scheme, _) = written.split_once("://")?;
    let is_word =
        |scheme: &str| !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric());
    (is_word(scheme) && !matches!(scheme, "https" | "http")).then_some(written)
}

/// Says why a text is no address, and which one was perhaps meant.
fn is_address(text: &str) -> Result<(), (&'static str, Option<String>)> {
    let refused = |why, meant: Option<String>| Err((why, meant));
    if text.trim() != text {
        return refused("a space stands at its end", Some(text.trim().to_owned()));
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        if text.contains("{{") {
            return refused("nothing is put in for `{{ … }}` in it", None);
        }
        return refused("a space stands in it", Some(text.replace(' ', "%20")));
    }
    if text.contains('"') || text.ends_with('\'') {
        let meant = text.replace('"', "");
        return refused(
            "a quote stands in it",
            Some(meant.trim_matches('\'').to_owned()),
        );
    }
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else {
        return refused("it begins with https:// or http://", with_scheme(text));
    };
    if let Some(name) = variable(text) {
        let (reference, meant) = (format!("${name}"), format!("${{{name}}}"));
        let meant = text.replacen(&reference, &meant, 1);
        // It is an address only once something is put in.
        let why = "nothing is put in for a name without braces, `${NAME}`";
        return refused(why, Some(meant).filter(|_| !rest.starts_with('$')));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let at = authority.rsplit_once('@').map_or(authority, |(_, at)| at);
    let (host, port) = match at.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (at, None),
    };
    if host.is_empty() {
        return refused("it has no host", None);
    }
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| 0 < port);
    if !port.is_none_or(|port| port.is_empty() || is_port(port)) {
        return refused("the port is a number from 1 to 65535", None);
    }
    let v6 = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_host = match v6 {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
        None => host.chars().all(is_of_name) && host.contains(char::is_alphanumeric),
    };
    if !is_host {
        return refused("its host cannot be read", None);
    }
    Ok(())
}

/// `http:/h.example.com`, `htps://h.example.com`, `h.example.com/x`: returns the address with the
/// scheme that it was meant to have.
fn with_scheme(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    for scheme in ["https", "http"] {
        if let Some(rest) = lower.strip_prefix(scheme)
            && rest.starts_with([':', '/'])
        {
            let rest = rest.trim_start_matches([':', '/']);
            return Some(format!("{scheme}://{}", &text[text.len() - rest.len()..]));
        }
    }
    if let Some((scheme, rest)) = lower.split_once("://") {
        let near = nearest(scheme, ["https", "http"])?;
        return Some(format!("{near}://{}", &text[text.len() - rest.len()..]));
    }
    let host = text.split(['/', ':', '?']).next().unwrap_or_default();
    host.contains('.').then(|| format!("https://{text}"))
}

/// `$TOKEN`: returns the name of what looks like a variable.
fn variable(text: &str) -> Option<&str> {
    text.match_indices('$').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let is_of_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
        let is_whole = !rest[end..].starts_with(|c: char| c.is_ascii_alphanumeric());
        let name = &rest[..end];
        (name.len() > 1 && is_whole && name.starts_with(|c: char| c.is_ascii_uppercase()))
            .then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_within_an_address_is_seen() {
        assert!(has_password("https://user:pass@host.example.com/x"));
        for address in [
            "https://host.example.com:8443/x@y:z",
            "https://user@host.example.com/",
            "https://user:@host.example.com/",
        ] {
            assert!(!has_password(address), "{address}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_with_the_one_that_was_meant() {
        for sound in [
            "https://h.example.com",
            "http://127.0.0.1:9093/x?y=z#w",
            "https://user@h_1.example.com:8443/it's",
            "http://[::1]:80/",
            "https://bücher.example.com/$filter",
        ] {
            assert_eq!(is_address(sound), Ok(()), "{sound}");
        }
        for (written, meant) in [
            ("https://h.example.com:99999/x", None),
            ("https://h.example.com:0/x", None),
            ("https://:443/x", None),
            ("https:///x", None),
            ("https://", None),
            ("https://[::1/x", None),
            (
                "https://h.example.com/a b",
                Some("https://h.example.com/a%20b"),
            ),
            ("https://h.example.com/x\"", Some("https://h.example.com/x")),
            ("HTTPS://h.example.com/", Some("https://h.example.com/")),
            ("https//h.example.com", Some("https://h.example.com")),
            ("htps://h.example.com/x", Some("https://h.example.com/x")),
            ("ftp://h.example.com/x", None),
            ("http:/h.example.com", Some("http://h.example.com")),
            ("h.example.com/x", Some("https://h.example.com/x")),
            (
                "https://h.example.com/$AK/x",
                Some("https://h.example.com/${AK}/x"),
            ),
        ] {
            let found = is_address(written).map_err(|(_, meant)| meant);
            assert_eq!(found, Err(meant.map(str::to_owned)), "{written}");
        }
    }
}
