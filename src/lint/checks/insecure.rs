//! What others can read or forge.
//!
//! ## What it finds
//!
//! An address with `http://` and a mail server with `tls=none`, if the host is another machine;
//! a page without `users:` that listens beyond this machine; a webhook of the formats `standard`
//! and `alertmanager` to another machine that has no `secret:`. The other formats have keys or
//! secret addresses instead.
//!
//! ## Why it matters
//!
//! Whoever is on the way reads the alerts, the logins and the keys, and can change them. A
//! webhook without a signature cannot be told from one that somebody else sent.
//!
//! ## Example
//!
//! ```yaml
//! webhook: {url: "http://hooks.example.com/x"}
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! webhook: {url: "https://hooks.example.com/x", secret: "${HOOK_SECRET}"}
//! ```

use super::Checked;
use crate::config::{Tls, is_loopback};
use crate::diag::{Code, Diagnostic};

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let outline = checked.outline;
    let mut found = Vec::new();
    for address in &outline.addresses {
        if address.is_private || address.is_loopback {
            continue;
        }
        let message = match &address.host {
            Some(host) => format!("what is sent to `{host}` can be read and changed on its way"),
            None => "what is sent to this address can be read and changed on its way".to_owned(),
        };
        let finding = address.place.finding(Code::Insecure, message);
        found.push(finding.help("write `https://` instead of `http://`"));
    }
    if let Some((Tls::None, host, place)) = &outline.mail
        && !is_loopback(host)
    {
        let message = format!("mails to `{host}` can be read and changed on their way");
        let help = format!("write `smtp://{host}:587`, or `smtps://{host}:465`");
        found.push(place.finding(Code::Insecure, message).help(help));
    }
    if let Some((listen, place)) = &outline.web
        && !listen.ip().is_loopback()
    {
        let message = "the page can be reached from other machines, and it asks nobody for a password: `foghorn run` does not start so";
        let help = "add `users: {admin: \"${FOGHORN_ADMIN}\"}`, or `open: true` if everybody may silence alerts";
        found.push(place.finding(Code::Insecure, message).help(help));
    }
    for receiver in &outline.receivers {
        for place in &receiver.unsigned_webhooks {
            let message = format!(
                "the webhook of `{}` has no secret: whoever knows its address can send to it",
                receiver.name
            );
            let help =
                "add `secret: \"${HOOK_SECRET}\"`, and have the other side check the signature";
            found.push(place.finding(Code::Insecure, message).help(help));
        }
    }
    found
}
