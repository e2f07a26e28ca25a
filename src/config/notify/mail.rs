//! `notify.email:`: the mail server.

use crate::config::is_loopback;
use crate::config::keys;
use crate::config::reader::{Origin, Reader, Text};
use crate::config::secret::hidden;
use crate::config::{MailServer, MailTransport, Tls};
use crate::diag::{Code, Diagnostic};
use crate::yaml::Node;

const HELP: &str =
    "write smtps://host:465, smtp://host:587, smtp://host:25?tls=none or file:outbox/";

/// Reads the mail server.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<MailServer> {
    let fields = reader.fields(node, "`email`", keys::MAIL)?;
    let server = if let Some(node) = fields.get("server") {
        reader
            .set_text(node, "an address")
            .and_then(|text| transport(reader, &text))
    } else {
        let fault = Diagnostic::new(
            Code::Syntax,
            fields.head(reader.source),
            "`email` has no `server`",
        );
        reader.missing(&fields, fault.help(HELP));
        None
    };
    let user = fields.get("user").and_then(|n| reader.text(n, "a name"));
    let password = hidden(reader, &fields, "password");
    if fields.get("user").is_some() != fields.get("password").is_some() {
        let fault = Diagnostic::new(
            Code::Syntax,
            fields.head(reader.source),
            "a login has a `user` and a `password`",
        );
        reader.missing(&fields, fault.help("give both, or neither"));
    }
    let from = match fields.get("from") {
        Some(node) => reader
            .set_text(node, "an address")
            .and_then(|text| sender(reader, text)),
        None => Some("Foghorn <foghorn@localhost>".to_owned()),
    };
    Some(MailServer {
        server: server?,
        login: user
            .zip(password)
            .map(|(user, password)| (user.value, password)),
        from: from?,
    })
}

fn sender(reader: &mut Reader<'_>, text: Text) -> Option<String> {
    if !is_mailbox(&text.value) {
        let message = format!("{} is no mail address", text.shown());
        let fault = Diagnostic::new(Code::Syntax, text.span, message);
        reader.push(fault.help("write it like Foghorn <foghorn@example.com>"));
        return None;
    }
    Some(text.value)
}

/// Whether a text is a bare mail address.
pub(super) fn is_address(text: &str) -> bool {
    text.parse::<lettre::Address>().is_ok()
}

/// How many addresses a message repeats.
const ADDRESSES_SHOWN: usize = 8;

/// `Ops <ops@example.com>`, `a@example.com, b@example.com`: returns the bare addresses, of which
/// each recipient has one.
pub(super) fn addresses(text: &str) -> Option<Vec<String>> {
    let one = |text: &str| {
        let mailbox = text.trim().parse::<lettre::message::Mailbox>().ok()?;
        Some(mailbox.email.to_string())
    };
    let is_end = |c| matches!(c, ',' | ';');
    let parts = text.split(is_end).filter(|part| !part.trim().is_empty());
    parts
        .map(one)
        .collect::<Option<Vec<_>>>()
        .filter(|all| (1..=ADDRESSES_SHOWN).contains(&all.len()))
}

fn is_mailbox(text: &str) -> bool {
    text.parse::<lettre::message::Mailbox>().is_ok()
}

fn transport(reader: &mut Reader<'_>, text: &Text) -> Option<MailTransport> {
    let parsed = parse(&text.value);
    if let Ok(MailTransport::Smtp { host, tls, .. }) = &parsed
        && text.origin == Origin::File
    {
        reader.outline.mail = Some((*tls, host.clone(), reader.at(text.span)));
    }
    if let Err(why) = parsed {
        let message = format!("{} is no mail server: {why}", text.shown());
        let fault = Diagnostic::new(Code::Syntax, text.span, message);
        let meant = with_scheme(&text.value).filter(|_| text.origin == Origin::File);
        reader.push(match meant {
            Some(meant) => fault.help(format!("write `{meant}`")),
            None => fault.help(HELP),
        });
    }
    parsed.ok()
}

/// `mail.example.com:465`: returns the address with the scheme that its port is for.
fn with_scheme(text: &str) -> Option<String> {
    let (_, port) = text.rsplit_once(':')?;
    let scheme = match port {
        "465" => "smtps",
        "25" | "587" => "smtp",
        _ => return None,
    };
    let meant = format!("{scheme}://{text}");
    parse(&meant).is_ok().then_some(meant)
}

/// Whether an address is that of a mail server on another machine, to which mails go in the clear.
pub(crate) fn is_in_the_clear(text: &str) -> bool {
    matches!(parse(text), Ok(MailTransport::Smtp { host, tls: Tls::None, .. }) if !is_loopback(&host))
}

fn parse(text: &str) -> Result<MailTransport, &'static str> {
    if let Some(folder) = text.strip_prefix("file:") {
        return match folder {
            "" => Err("the folder is missing"),
            folder => Ok(MailTransport::Folder(folder.to_owned())),
        };
    }
    let (is_wrapped, rest) = match (text.strip_prefix("smtps://"), text.strip_prefix("smtp://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err("it begins with smtps://, smtp:// or file:"),
    };
    let (rest, query) = rest
        .split_once('?')
        .map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let tls = match (is_wrapped, query) {
        (true, None) => Tls::Wrapped,
        (false, None) => Tls::Required,
        (false, Some("tls=none")) => Tls::None,
        (_, Some(_)) => return Err("what follows the `?` can only be tls=none, with smtp://"),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['@', '/']) || rest.chars().any(char::is_whitespace) {
        return Err("it is a host and a port; the login has keys of its own");
    }
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => {
            let port: u16 = port
                .parse()
                .map_err(|_| "the port is a number from 1 to 65535")?;
            (host, Some(port))
        }
        _ => (rest, None),
    };
    if host.is_empty() || port == Some(0) {
        return Err("it has a host, and a port from 1 to 65535");
    }
    let default = match tls {
        Tls::Wrapped => 465,
        Tls::Required => 587,
        Tls::None => 25,
    };
    Ok(MailTransport::Smtp {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: port.unwrap_or(default),
        tls,
    })
}
