//! `notify.routes:`: who is told of which alerts, together with which others, and how often.

use super::whom::{MATCHERS_MAX, matchers as matchers_of, names};
use crate::config::Notify;
use crate::config::keys;
use crate::config::outline::{Place, RoutesOutline};
use crate::config::reader::{Listed, Origin, Reader};
use crate::diag::{Code, Diagnostic, Level};
use crate::dispatch::{Escalation, GroupBy, Onward, REPEAT_INTERVAL, Repeat, Route};
use crate::unit::Timespan;
use crate::yaml::{Kind, Node, head};

/// How many routes a file may have: every alert is held against each of them.
const ROUTES_MAX: usize = 1_000;
/// How many steps an escalation may have: more people than are told in a day.
const STEPS_MAX: usize = 20;
/// How much rarer each reminder may be than the one before.
pub(in crate::config) const GROWTH_MAX: u32 = 10;
/// How far reminders are apart at the least.
const REPEAT_MIN: Timespan = Timespan::from_seconds(60);
/// What stands for every label in `group_by:`.
const ALL: &str = "...";

/// Reads the routes; `place` is where they are said to be.
pub(super) fn read(
    reader: &mut Reader<'_>,
    (place, node): (Place, &Node),
    notify: &Notify,
) -> RoutesOutline {
    let before = reader.faults.len();
    let mut routes = Vec::new();
    if node.one_or_many().len() > ROUTES_MAX {
        let message = format!("there are more than {ROUTES_MAX} routes");
        reader.fault(Code::Limit, head(reader.source, node.span), message);
    } else {
        for item in reader.items(node, "a list of routes") {
            let place = reader.at(head(reader.source, item.span));
            let route = route(reader, item, notify);
            routes.extend(route.map(|route| (route, place)));
        }
    }
    let is_whole = node.is_whole() && has_no_error(reader, before);
    RoutesOutline {
        place,
        routes,
        is_whole,
    }
}

/// Whether nothing was found since there were as many faults that is an error.
fn has_no_error(reader: &Reader<'_>, before: usize) -> bool {
    let mut found = reader.faults[before..].iter();
    found.all(|fault| fault.level != Level::Error)
}

/// Reads a route; `None` if it cannot be said which alerts it takes.
fn route(reader: &mut Reader<'_>, node: &Node, notify: &Notify) -> Option<Route> {
    // A key that is none may have been to say which alerts are meant.
    let before = reader.faults.len();
    let fields = reader.fields(node, "a route", keys::ROUTE)?;
    let matchers = fields.get("match");
    let is_matched = !fields.is_partial && matchers.is_none_or(Node::is_whole);
    let matchers = matchers.map(|n| matchers_of(reader, n)).unwrap_or_default();
    let onward = match fields.get("continue").and_then(|n| reader.truth(n)) {
        Some(true) => Onward::Continue,
        Some(false) | None => Onward::Stop,
    };
    let is_matched = is_matched && has_no_error(reader, before);
    let to = if let Some(node) = fields.get("to") {
        names(reader, node, notify)
    } else {
        let fault = Diagnostic::new(
            Code::Syntax,
            fields.head(reader.source),
            "the route goes nowhere",
        );
        reader.missing(&fields, fault.help("add `to: [NAME]`"));
        Vec::new()
    };
    let mut route = Route::new(matchers, to);
    route.onward = onward;
    if let Some(node) = fields.get("group_by") {
        route.group_by = group_by(reader, node);
    }
    let wait = fields.get("group_wait").and_then(|n| reader.timespan(n));
    route.group_wait = wait.unwrap_or(route.group_wait);
    let interval = fields.get("group_interval");
    let interval = interval.and_then(|n| reader.timespan(n));
    route.group_interval = interval.unwrap_or(route.group_interval);
    let repeat = fields.get("repeat_interval");
    let repeat = repeat.and_then(|n| repetition(reader, n));
    route.repeat = repeat.unwrap_or(route.repeat);
    if let (Some(node), Some(repeat)) = (fields.get("repeat_interval"), repeat) {
        is_effective(reader, node, repeat, route.group_interval);
    }
    if let Some(node) = fields.get("escalate") {
        route.escalate = escalation(reader, node, notify);
    }
    is_matched.then_some(route)
}

/// Reads `[rule, domain]`, or `[...]` for every label.
fn group_by(reader: &mut Reader<'_>, node: &Node) -> GroupBy {
    let mut names = Vec::new();
    if node.text() == Some(ALL) {
        return GroupBy::All;
    }
    let items = reader.items(node, "a list of labels");
    if items.len() > MATCHERS_MAX {
        let message = format!("alerts are grouped by at most {MATCHERS_MAX} labels");
        reader.fault(Code::Limit, head(reader.source, node.span), message);
        return GroupBy::All;
    }
    let mut listed = Listed::default();
    for item in items {
        names.extend(label(reader, item, &mut listed));
    }
    if names.iter().any(|name| name == ALL) {
        if 1 < names.len() {
            let message = "`...` is every label, so that the others do nothing";
            let all = items.iter().find(|item| item.text() == Some(ALL));
            let place = all.map_or(node.span, |item| item.span);
            let fault = Diagnostic::new(Code::NoEffect, place, message);
            reader.push(fault.help("write `[...]`, or take it out"));
        }
        return GroupBy::All;
    }
    names.sort();
    names.dedup();
    GroupBy::Labels(names)
}

/// Reads the name of a label by which alerts are told apart.
pub(super) fn label(reader: &mut Reader<'_>, node: &Node, listed: &mut Listed) -> Option<String> {
    let text = reader.set_text(node, "the name of a label")?;
    if !reader.is_new(&text, listed) {
        return None;
    }
    let place = reader.at(text.span);
    if text.origin == Origin::File && text.value != ALL {
        let uses = &mut reader.outline.label_uses;
        uses.push((text.value.clone(), place));
    }
    Some(text.value)
}

/// Reads `4h`, or `{every: 4h, growth: 2}`.
fn repetition(reader: &mut Reader<'_>, node: &Node) -> Option<Repeat> {
    let (every, growth) = if let Kind::Map(_) = node.kind {
        let fields = reader.fields(node, "`repeat_interval`", keys::REPEAT)?;
        let growth = fields.get("growth").and_then(|n| {
            let range = format!("a whole number from 1 to {GROWTH_MAX}");
            let growth: u32 = reader.parsed(n, &range)?;
            if !(1..=GROWTH_MAX).contains(&growth) {
                let message = format!("`growth` is from 1 to {GROWTH_MAX}");
                reader.fault(Code::Limit, n.span, message);
                return None;
            }
            Some(growth)
        });
        (fields.get("every"), growth.unwrap_or(1))
    } else {
        (Some(node), 1)
    };
    let every = match every {
        Some(node) => {
            let every = reader.timespan(node)?;
            if every < REPEAT_MIN {
                let message = format!("reminders are at least {REPEAT_MIN} apart");
                reader.fault(Code::Duration, node.span, message);
                return None;
            }
            every
        }
        None => REPEAT_INTERVAL,
    };
    Some(Repeat { every, growth })
}

/// Says that reminders are not as close as they are asked for.
fn is_effective(reader: &mut Reader<'_>, node: &Node, repeat: Repeat, interval: Timespan) {
    // Those that become rarer are asked for so soon only at first.
    if repeat.every < interval && repeat.growth == 1 {
        let message = format!(
            "reminders do not come every {}: `group_interval` keeps messages {interval} apart",
            repeat.every
        );
        let fault = Diagnostic::new(Code::NoEffect, node.span, message);
        reader.push(fault.help("make `group_interval` shorter, or `repeat_interval` longer"));
    }
}

/// Reads the steps of an escalation, in the order of their times.
fn escalation(reader: &mut Reader<'_>, node: &Node, notify: &Notify) -> Vec<Escalation> {
    let mut steps = Vec::new();
    let items = reader.items(node, "a list of steps");
    if items.len() > STEPS_MAX {
        let message = format!("an escalation has at most {STEPS_MAX} steps");
        reader.fault(Code::Limit, head(reader.source, node.span), message);
        return steps;
    }
    for item in items {
        let Some(fields) = reader.fields(item, "a step", keys::STEP) else {
            continue;
        };
        let after = fields.get("after").and_then(|n| reader.timespan(n));
        let to = fields.get("to").map(|n| names(reader, n, notify));
        let head = fields.head(reader.source);
        for (name, is_there) in [
            ("after", fields.get("after").is_some()),
            ("to", to.is_some()),
        ] {
            if !is_there {
                let message = format!("this step has no `{name}`");
                let fault = Diagnostic::new(Code::Syntax, head, message);
                reader.missing(&fields, fault.help("a step is `{after: 15m, to: [NAME]}`"));
            }
        }
        if let Some((after, to)) = after.zip(to) {
            let before = steps.last().map(|step: &Escalation| step.after);
            if let Some(before) = before.filter(|before| after < *before) {
                let message =
                    format!("this step comes before the one above it, which is after {before}");
                let place = fields.get("after").map_or(head, |node| node.span);
                let fault = Diagnostic::new(Code::Duration, place, message).warning();
                reader.push(fault.help(
                    "each `after` counts from when they were first told: put the steps in the order of their times",
                ));
            }
            steps.push(Escalation { after, to });
        }
    }
    steps.sort_by_key(|step| step.after);
    steps
}
