//! `alertmanager:` among the channels: the peers that are told again and again what fires.

use secrecy::SecretString;

use crate::config::keys;
use crate::config::reader::{Listed, Origin, Reader, Text};
use crate::config::{Channel, address};
use crate::diag::{Code, Diagnostic};
use crate::yaml::Node;

/// How many peers a channel may have: each is told of everything, so a large cluster has three
/// to five.
pub(in crate::config) const PEERS_MAX: usize = 16;

/// The paths under which the API is.
const API: [&str; 4] = ["/api/v2/alerts", "/api/v2", "/api/v1/alerts", "/api/v1"];

/// Reads a channel to Alertmanagers.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Channel> {
    let fields = reader.fields(node, "`alertmanager`", keys::ALERTMANAGER)?;
    let items = fields
        .get("urls")
        .map(Node::one_or_many)
        .unwrap_or_default();
    if items.is_empty() || items.len() > PEERS_MAX {
        let place = fields.head(reader.source);
        let message = format!("the Alertmanager has 1 to {PEERS_MAX} addresses in `urls`");
        let fault = Diagnostic::new(Code::Syntax, place, message);
        let help = "add `urls: [\"http://127.0.0.1:9093\"]`, every peer of the cluster";
        reader.missing(&fields, fault.help(help));
        return None;
    }
    let (mut urls, mut listed) = (Vec::new(), Listed::default());
    for item in items {
        let text = reader.set_text(item, "an address")?;
        if !reader.is_new(&text, &mut listed) {
            continue;
        }
        let url = address::spoken_to(reader, text)?;
        urls.extend(base(reader, &url).map(SecretString::from));
    }
    Some(Channel::Alertmanager { urls })
}

/// Returns what stands before the paths of the API, which are put behind it: a host, and perhaps
/// the prefix of a proxy.
fn base(reader: &mut Reader<'_>, url: &Text) -> Option<String> {
    let written = url.value.trim_end_matches('/');
    let Some(base) = API.iter().find_map(|path| written.strip_suffix(path)) else {
        return Some(written.to_owned());
    };
    let message = "the path of the API stands in this address, and is put behind it once more";
    let fault = Diagnostic::new(Code::Syntax, url.span, message);
    reader.push(match url.origin {
        Origin::File => fault.write(format!("\"{base}\"")),
        Origin::Elsewhere | Origin::Unset => fault.help("leave it out"),
    });
    None
}
