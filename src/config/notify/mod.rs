//! `notify:` and all beneath it: who is told of which alerts, by which channels, and when nobody is.

mod alertmanager;
mod channel;
mod drills;
mod mail;
mod muting;
mod receivers;
mod routes;
mod webhook;
mod whom;

use std::collections::BTreeMap;

use self::whom::names;
use super::reader::Reader;
use super::secret::{Part, within};
use super::{Notify, Watchdog, keys};
use crate::diag::{Code, Diagnostic};
use crate::dispatch::{Match, ReceiverName, Route};
use crate::unit::Timespan;
use crate::yaml::Node;

pub(super) use alertmanager::PEERS_MAX;
pub use channel::{Channel, Format, Language};
pub use drills::Drill;
pub(crate) use mail::is_in_the_clear;
pub(super) use receivers::{LANGUAGES, RECIPIENTS_MAX};
pub(super) use routes::GROWTH_MAX;
pub(super) use webhook::FORMATS;
pub(super) use whom::MATCHERS_MAX;

/// The default of `give_up:`.
pub(super) const GIVE_UP: Timespan = Timespan::from_seconds(24 * 3600);
/// The least of `give_up:`: what is not tried a second time is not told at all.
const GIVE_UP_MIN: Timespan = Timespan::from_seconds(60);
/// The least of `watchdog.every:`.
const WATCHDOG_EVERY_MIN: Timespan = Timespan::from_seconds(1);
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
    let Some(fields) = reader.fields(node, "`notify`", keys::NOTIFY) else {
        return notify;
    };
    let email = fields.get("email");
    notify.email =
        email.and_then(|n| within(reader, Part::Telling, |reader| mail::read(reader, n)));
    let has_server = fields.get("email").is_some() || fields.is_partial;
    let parts = [
        "email",
        "receivers",
        "routes",
        "give_up",
        "fallback",
        "watchdog",
        "drills",
        "inhibit",
        "silences",
    ];
    fields.are_beside_rules(reader, &parts);
    if let Some(node) = fields.get("receivers") {
        notify.receivers = within(reader, Part::Telling, |reader| {
            receivers::read(reader, node, has_server)
        });
    } else {
        let fault = Diagnostic::new(Code::Syntax, key.span, "`notify` has no receivers");
        reader.missing(
            &fields,
            fault.help("add `receivers: {screen: [console: {}]}`"),
        );
        notify.receivers.clear();
        reader.lacks_receivers = true;
    }
    notify.routes.clear();
    if let Some((key, node)) = fields.pair("routes").filter(|(_, node)| !node.is_null()) {
        let place = reader.at(key.span);
        let found = routes::read(reader, (place, node), &notify);
        notify.routes = found.routes.iter().map(|(of, _)| of.clone()).collect();
        reader.outline.routes = Some(found);
    } else if !fields.is_foreign {
        let fault = Diagnostic::new(
            Code::Syntax,
            key.span,
            "`notify` has no routes, so that nobody is told",
        );
        reader.missing(&fields, fault.help("add `routes: [{to: [NAME]}]`"));
    }
    notify.give_up = fields
        .get("give_up")
        .and_then(|n| reader.timespan_from(n, GIVE_UP_MIN))
        .unwrap_or(GIVE_UP);
    let pinged = fields.get("watchdog");
    notify.watchdog =
        pinged.and_then(|n| within(reader, Part::Telling, |reader| watchdog(reader, n)));
    if let Some(node) = fields.get("fallback") {
        notify.fallback = names(reader, node, &notify);
    }
    if let Some(node) = fields.get("drills") {
        notify.drills = drills::read(reader, node, &notify);
    }
    notify.inhibitions = muting::inhibitions(reader, &fields);
    notify.silences = muting::silences(reader, &fields);
    notify
}

fn watchdog(reader: &mut Reader<'_>, node: &Node) -> Option<Watchdog> {
    let fields = reader.fields(node, "`watchdog`", keys::WATCHDOG)?;
    let every = fields.get("every");
    let every = every.and_then(|n| reader.timespan_from(n, WATCHDOG_EVERY_MIN));
    let Some(node) = fields.get("url") else {
        let head = fields.head(reader.source);
        let fault = Diagnostic::new(Code::Syntax, head, "the watchdog has no `url`");
        reader.missing(&fields, fault);
        return None;
    };
    let text = reader.set_text(node, "an address")?;
    let url = super::address::spoken_to(reader, text)?;
    Some(Watchdog {
        url: url.value.into(),
        every: every.unwrap_or(WATCHDOG_EVERY),
    })
}
