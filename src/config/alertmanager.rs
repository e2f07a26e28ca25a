//! `alertmanager:` among the channels: the peers that are told again and again what fires.

use secrecy::SecretString;

use super::read::Reader;
use super::tree::Node;
use super::{Channel, web};
use crate::diag::{Code, Diagnostic};

/// How many peers a channel may have: each is told of everything, so a large cluster has three
/// to five.
pub(super) const PEERS_MAX: usize = 16;

/// Reads a channel to Alertmanagers.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Channel> {
    let fields = reader.fields(node, "`alertmanager`", &["urls"])?;
    let items = fields
        .get("urls")
        .map(Node::one_or_many)
        .unwrap_or_default();
    if items.is_empty() || items.len() > PEERS_MAX {
        let place = fields.head(reader.source);
        let message = format!("the Alertmanager has 1 to {PEERS_MAX} addresses in `urls`");
        let fault = Diagnostic::new(Code::Syntax, place, message);
        reader
            .push(fault.help("add `urls: [\"http://127.0.0.1:9093\"]`, every peer of the cluster"));
        return None;
    }
    let mut urls: Vec<SecretString> = Vec::new();
    for item in items {
        let text = reader.set_text(item, "an address")?;
        let url = web::spoken_to(reader, text)?.value;
        // Paths of the API are put after it, and a prefix of a proxy may stand before them.
        urls.push(url.trim_end_matches('/').into());
    }
    Some(Channel::Alertmanager { urls })
}
