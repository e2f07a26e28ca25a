//! How long the alerts of a rule are collected before anybody is told.

use super::labels::{Known, alerts, may_match};
use crate::config::{Outline, RoutesOutline, RuleOutline};
use crate::dispatch::{GROUP_WAIT, Onward};
use crate::unit::{Severity, Timespan};

/// Returns the shortest `group_wait:` of the routes that may take the alerts of a rule; `None` if
/// none does.
pub fn group_wait(outline: &Outline, rule: &RuleOutline, severity: Severity) -> Option<Timespan> {
    let Some(RoutesOutline { routes, .. }) = outline.whole_routes() else {
        return Some(GROUP_WAIT);
    };
    let mut shortest: Option<Timespan> = None;
    for (_, labels) in alerts(outline, rule, severity, Known::Rules) {
        for (route, _) in routes {
            if !may_match(&route.matchers, &labels) {
                continue;
            }
            let wait = shortest.map_or(route.group_wait, |wait| wait.min(route.group_wait));
            shortest = Some(wait);
            let takes_all = route.matchers.is_empty() && route.onward == Onward::Stop;
            if takes_all {
                break;
            }
        }
    }
    shortest
}
