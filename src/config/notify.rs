//! `notify:`: whom to tell, and by which route.

use std::collections::BTreeMap;

use super::near::{nearest, only_nearest};
use super::read::{Fields, Origin, Reader, head};
use super::secret::secret;
use super::tree::{Kind, Node};
use super::yaml_faults::quoted;
use super::{Channel, Language, Notify, Watchdog, drills, mail, muting, receivers, routes};
use crate::diag::{Code, Diagnostic};
use crate::dispatch::{Match, ReceiverName, Route};
use crate::unit::{Glob, Timespan};

const KEYS: &[&str] = &[
    "email",
    "receivers",
    "routes",
    "give_up",
    "fallback",
    "inhibit",
    "silences",
    "drills",
    "watchdog",
];
/// How many labels one match may ask for.
pub(super) const MATCHERS_MAX: usize = 32;
/// The default of `give_up:`.
pub(super) const GIVE_UP: Timespan = Timespan::from_seconds(24 * 3600);
/// The default of `watchdog.every:`.
pub(super) const WATCHDOG_EVERY: Timespan = Timespan::from_seconds(60);

/// Returns what a file without `notify:` does: it prints.
pub(super) fn default() -> Notify {
    let console = ReceiverName("console".to_owned());
    let route = Route::new(Match::new(), vec![console.clone()]);
    let console_channel = Channel::Console {
        language: Language::En,
    };
    Notify {
        email: None,
        receivers: BTreeMap::from([(console, vec![console_channel])]),
        routes: vec![route],
        inhibitions: Vec::new(),
        silences: Vec::new(),
        give_up: GIVE_UP,
        fallback: Vec::new(),
        drills: Vec::new(),
        watchdog: None,
    }
}

/// Reads `notify:`.
pub(super) fn read(reader: &mut Reader<'_>, key: &Node, node: &Node) -> Notify {
    let mut notify = default();
    let Some(fields) = reader.fields(node, "`notify`", KEYS) else {
        return notify;
    };
    notify.email = fields.get("email").and_then(|n| mail::read(reader, n));
    let has_server = fields.get("email").is_some();
    if let Some(node) = fields.get("receivers") {
        notify.receivers = receivers::read(reader, node, has_server);
    } else {
        let fault = Diagnostic::new(Code::Syntax, key.span, "`notify` has no receivers");
        reader.push(fault.help("add `receivers: {screen: [console: {}]}`"));
        notify.receivers.clear();
    }
    let routes = if let Some(node) = fields.get("routes") {
        routes::read(reader, node, &notify)
    } else {
        let fault = Diagnostic::new(
            Code::Syntax,
            key.span,
            "`notify` has no routes, so that nobody is told",
        );
        reader.push(fault.help("add `routes: [{to: [NAME]}]`"));
        None
    };
    notify.give_up = fields
        .get("give_up")
        .and_then(|n| reader.timespan(n))
        .unwrap_or(GIVE_UP);
    notify.watchdog = fields.get("watchdog").and_then(|n| watchdog(reader, n));
    if let Some(node) = fields.get("fallback") {
        notify.fallback = names(reader, node, &notify);
    }
    if let Some(node) = fields.get("drills") {
        notify.drills = drills::read(reader, node, &notify);
    }
    notify.inhibitions = muting::inhibitions(reader, &fields);
    notify.silences = muting::silences(reader, &fields);
    if let (Some((key, _)), Some(routes)) = (fields.pair("routes"), routes) {
        notify.routes = routes.iter().map(|(route, _)| route.clone()).collect();
        reader.outline.routes = Some((reader.at(key.span), routes));
    } else {
        notify.routes.clear();
    }
    notify
}

/// Reads names of receivers, which must exist.
pub(super) fn names(reader: &mut Reader<'_>, node: &Node, notify: &Notify) -> Vec<ReceiverName> {
    let items = node.one_or_many();
    if items.is_empty() {
        reader.fault(Code::Syntax, node.span, "this goes to no receiver");
    }
    let mut found = Vec::new();
    for item in items {
        let Some(text) = reader.set_text(item, "the name of a receiver") else {
            continue;
        };
        let name = ReceiverName(text.value.clone());
        if !notify.receivers.contains_key(&name) && !reader.is_full() {
            let message = format!("there is no receiver {}", text.shown());
            let known = notify.receivers.keys().map(|name| name.0.as_str());
            let only = only_nearest(&text.value, known.clone());
            let only = only.filter(|_| text.origin == Origin::File);
            let help = match nearest(&text.value, known.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if notify.receivers.is_empty() => "`receivers:` has none".to_owned(),
                None => format!(
                    "there are {}",
                    known.take(20).collect::<Vec<_>>().join(", ")
                ),
            };
            let fault = Diagnostic::new(Code::UnknownReceiver, text.span, message).help(help);
            reader.push(match only {
                Some(only) => fault.fix(text.span, only),
                None => fault,
            });
        }
        let place = reader.at(text.span);
        reader.outline.receiver_uses.push((name.clone(), place));
        found.push(name);
    }
    found
}

pub(super) fn matchers(reader: &mut Reader<'_>, node: &Node) -> Match {
    let mut matchers = Match::new();
    if matches!(&node.kind, Kind::Map(pairs) if pairs.len() > MATCHERS_MAX) {
        let message = format!("a match has at most {MATCHERS_MAX} labels");
        reader.fault(Code::Limit, head(reader.source, node.span), message);
        return matchers;
    }
    for (name, _, value) in reader.pairs(node, "a map of labels and globs") {
        if let Some(text) = reader.set_text(value, "a glob") {
            matchers.insert(name.to_owned(), Glob::from(text.value.as_str()));
        }
    }
    matchers
}

fn watchdog(reader: &mut Reader<'_>, node: &Node) -> Option<Watchdog> {
    let fields = reader.fields(node, "`watchdog`", &["url", "every"])?;
    let every = fields.get("every").and_then(|n| reader.timespan(n));
    let Some(node) = fields.get("url") else {
        reader.fault(
            Code::Syntax,
            fields.head(reader.source),
            "the watchdog has no `url`",
        );
        return None;
    };
    let text = reader.set_text(node, "an address")?;
    let url = super::web::spoken_to(reader, text)?;
    Some(Watchdog {
        url: url.value.into(),
        every: every.unwrap_or(WATCHDOG_EVERY),
    })
}

/// Reads a text that nobody may see, by its key.
pub(super) fn hidden(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    name: &str,
) -> Option<secrecy::SecretString> {
    let (key, value) = fields.pair(name).filter(|(_, value)| !value.is_null())?;
    secret(reader, key, value)
}

/// Says that a receiver is called twice, or by no name at all.
pub(super) fn is_receiver_name(reader: &mut Reader<'_>, key: &Node, name: &str) -> bool {
    let is_name = !name.is_empty()
        && name.len() <= 128
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if !is_name {
        let message = format!("{} is no name for a receiver", quoted(name));
        reader.push(
            Diagnostic::new(Code::Syntax, key.span, message)
                .help("names have letters, digits, `_`, `.` and `-`"),
        );
    }
    is_name
}
