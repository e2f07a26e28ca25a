//! Alerts that fire, one by one and by group.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query as Parameters, State};
use chrono::TimeDelta;
use serde::Serialize;

use super::query::Query;
use super::{minute, time};
use crate::dispatch::Hides;
use crate::pipeline::{Mute, Phase, Snapshot, StandingAlert};
use crate::receiver::alertmanager::{fingerprint, labels};
use crate::web::Shown;
use crate::web::fault::Fault;
use crate::web::matchers::name_there;

/// How long after an alert was heard of last it would be taken for over: Alertmanager's
/// `resolve_timeout`.
const RESOLVE_TIMEOUT: TimeDelta = TimeDelta::minutes(5);

/// An alert as Alertmanager's clients read it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GettableAlert {
    annotations: BTreeMap<String, String>,
    ends_at: String,
    fingerprint: String,
    receivers: Vec<Name>,
    starts_at: String,
    status: Status,
    updated_at: String,
    #[serde(rename = "generatorURL", skip_serializing_if = "String::is_empty")]
    generator_url: String,
    labels: BTreeMap<String, String>,
}

/// A receiver's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Name {
    name: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    inhibited_by: Vec<String>,
    muted_by: Vec<&'static str>,
    silenced_by: Vec<String>,
    state: &'static str,
}

/// A group as Alertmanager's clients read it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlertGroup {
    alerts: Vec<GettableAlert>,
    labels: BTreeMap<String, String>,
    receiver: Name,
    route_labels: BTreeMap<String, String>,
}

/// Which alerts are asked for.
struct Wanted {
    filter: Hides,
    /// Those that nothing mutes.
    active: bool,
    muted: Muted,
}

/// Which of those that are muted.
struct Muted {
    by_silence: bool,
    by_alert: bool,
    otherwise: bool,
}

impl Wanted {
    fn of(query: &Query) -> Result<Self, Fault> {
        Ok(Self {
            filter: query.filter()?,
            active: query.is_on("active")?,
            muted: Muted {
                by_silence: query.is_on("silenced")?,
                by_alert: query.is_on("inhibited")?,
                otherwise: query.is_on("muted")?,
            },
        })
    }

    fn has(&self, alert: &StandingAlert) -> bool {
        let is_shown = |mute: &Mute| match mute {
            Mute::Silence(_) => self.muted.by_silence,
            Mute::Inhibited(_) => self.muted.by_alert,
            Mute::OutsideHours | Mute::SourceLate | Mute::CatchingUp | Mute::Flapping => {
                self.muted.otherwise
            }
        };
        let is_wanted = match alert.mutes.as_slice() {
            [] => self.active,
            mutes => mutes.iter().all(is_shown),
        };
        is_wanted && self.filter.matches(&alert.labels)
    }
}

/// `GET /alerts`
pub(super) async fn list(
    State(shown): State<Shown>,
    Parameters(parameters): Parameters<Vec<(String, String)>>,
) -> Result<Json<Vec<GettableAlert>>, Fault> {
    let query = Query(parameters);
    // There are none: what is judged is routed at once.
    query.is_on("unprocessed")?;
    let (wanted, receivers) = (Wanted::of(&query)?, query.receivers()?);
    let snapshot = shown.snapshot();
    let alerts = firing(&snapshot)
        .filter(|alert| wanted.has(alert) && receivers.has_one_of(&alert.receivers));
    let mut alerts: Vec<_> = alerts.map(|alert| gettable(alert, &snapshot)).collect();
    alerts.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
    Ok(Json(alerts))
}

/// `GET /alerts/groups`
pub(super) async fn groups(
    State(shown): State<Shown>,
    Parameters(parameters): Parameters<Vec<(String, String)>>,
) -> Result<Json<Vec<AlertGroup>>, Fault> {
    let query = Query(parameters);
    let (wanted, receivers) = (Wanted::of(&query)?, query.receivers()?);
    let snapshot = shown.snapshot();
    let mut groups: BTreeMap<_, Vec<GettableAlert>> = BTreeMap::new();
    for alert in firing(&snapshot).filter(|alert| wanted.has(alert)) {
        for group in &alert.groups {
            for receiver in group.receivers.iter().filter(|name| receivers.has(name)) {
                let labels = group.labels.iter();
                let labels = labels.map(|(n, v)| (name_there(n).to_owned(), v.clone()));
                let labels: BTreeMap<_, _> = labels.collect();
                let key = (labels, receiver.clone(), group.route);
                let members = groups.entry(key).or_default();
                members.push(gettable(alert, &snapshot));
            }
        }
    }
    let groups = groups.into_iter().map(|((labels, name, _), mut alerts)| {
        alerts.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
        AlertGroup {
            alerts,
            labels,
            receiver: Name { name },
            route_labels: BTreeMap::new(),
        }
    });
    Ok(Json(groups.collect()))
}

/// `POST /alerts`
pub(super) async fn refused() -> Fault {
    Fault::bad(
        "Foghorn makes its alerts itself, from samples and rules, and takes none from others: send them to Alertmanager",
    )
}

fn firing(snapshot: &Snapshot) -> impl Iterator<Item = &StandingAlert> {
    let alerts = snapshot.alerts.iter();
    alerts.filter(|alert| alert.phase == Phase::Firing)
}

fn gettable(alert: &StandingAlert, snapshot: &Snapshot) -> GettableAlert {
    let view = &alert.view;
    let annotations = [
        ("summary", &view.summary),
        ("runbook_url", &view.runbook_url),
        ("condition", &view.condition),
        ("value", &view.value),
        ("peak", &view.peak),
    ];
    let annotations = annotations.into_iter().filter(|(_, text)| !text.is_empty());
    let labels = labels(view);
    GettableAlert {
        annotations: annotations
            .map(|(name, text)| (name.to_owned(), text.clone()))
            .collect(),
        ends_at: time(snapshot.at + RESOLVE_TIMEOUT),
        fingerprint: fingerprint(&labels),
        receivers: alert
            .receivers
            .iter()
            .map(|name| Name { name: name.clone() })
            .collect(),
        starts_at: minute(&view.fired_at),
        status: status(alert, snapshot),
        updated_at: time(alert.updated),
        generator_url: view.url.clone(),
        labels,
    }
}

fn status(alert: &StandingAlert, snapshot: &Snapshot) -> Status {
    let mut status = Status {
        inhibited_by: Vec::new(),
        muted_by: Vec::new(),
        silenced_by: Vec::new(),
        state: if alert.mutes.is_empty() {
            "active"
        } else {
            "suppressed"
        },
    };
    for mute in &alert.mutes {
        match mute {
            Mute::Silence(id) => status.silenced_by.push(id.clone()),
            Mute::Inhibited(id) => {
                let source = snapshot.alerts.iter().find(|other| other.view.id == *id);
                let source = source.map(|source| fingerprint(&labels(&source.view)));
                status.inhibited_by.extend(source);
            }
            Mute::OutsideHours => status.muted_by.push("active_hours"),
            Mute::SourceLate => status.muted_by.push("source-late"),
            Mute::CatchingUp => status.muted_by.push("catching-up"),
            Mute::Flapping => status.muted_by.push("flapping"),
        }
    }
    status
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        let name = name.to_owned();
        Self { name }
    }
}
