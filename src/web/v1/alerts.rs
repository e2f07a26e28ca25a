//! What fires, what is pending, one alert with its story, and taking it on.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, Query, State};
use serde::{Deserialize, Serialize};

use super::history::Happened;
use super::{QueryParams, time};
use crate::dispatch::{Acknowledgement, AlertView, Decided, PartView};
use crate::pipeline::{Mute, Order, Phase, StandingAlert, StandingGroup};
use crate::store::HistoryFilter;
use crate::web::draft::check_texts;
use crate::web::fault::{Fault, clipped, done};
use crate::web::gate::Caller;
use crate::web::{Shown, matchers};

/// How many changes of one alert are shown: more than a person reads.
const CHANGES_MAX: u32 = 1_000;

/// An alert that stands.
#[derive(Debug, Serialize)]
pub(super) struct Alert {
    id: Option<String>,
    phase: &'static str,
    rule: String,
    account: String,
    domain: String,
    domains: Vec<String>,
    severity: String,
    since: String,
    fired_at: Option<String>,
    updated: String,
    condition: String,
    value: String,
    peak: String,
    values: Vec<PartView>,
    labels: BTreeMap<String, String>,
    summary: String,
    runbook_url: String,
    url: String,
    receivers: Vec<String>,
    groups: Vec<Group>,
    muted_by: Vec<MutedBy>,
    ack: Option<Acknowledgement>,
}

#[derive(Debug, Serialize)]
struct Group {
    key: String,
    route: usize,
    labels: BTreeMap<String, String>,
    receivers: Vec<String>,
}

/// Why an alert is not told.
#[derive(Debug, Serialize)]
pub(super) struct MutedBy {
    kind: &'static str,
    /// The silence, or the alert that inhibits it.
    id: Option<String>,
}

impl From<&Mute> for MutedBy {
    fn from(mute: &Mute) -> Self {
        let (kind, id) = match mute {
            Mute::Silence(id) => ("silence", Some(id.clone())),
            Mute::Inhibited(id) => ("inhibited", Some(id.clone())),
            Mute::OutsideHours => ("outside_hours", None),
            Mute::SourceLate => ("source_late", None),
            Mute::CatchingUp => ("catching_up", None),
            Mute::Flapping => ("flapping", None),
        };
        Self { kind, id }
    }
}

impl From<&StandingGroup> for Group {
    fn from(group: &StandingGroup) -> Self {
        Self {
            key: group.key.clone(),
            route: group.route,
            labels: group.labels.clone(),
            receivers: group.receivers.clone(),
        }
    }
}

impl From<&StandingAlert> for Alert {
    fn from(alert: &StandingAlert) -> Self {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let view: &AlertView = &alert.view;
        Self {
            id: some(&view.id),
            phase: phase(alert.phase),
            rule: view.rule.clone(),
            account: view.account.clone(),
            domain: view.domain.clone(),
            domains: view.domains.clone(),
            severity: view.severity.clone(),
            since: view.since.clone(),
            fired_at: some(&view.fired_at),
            updated: time(alert.updated),
            condition: view.condition.clone(),
            value: view.value.clone(),
            peak: view.peak.clone(),
            values: view.values.clone(),
            labels: alert.labels.clone(),
            summary: view.summary.clone(),
            runbook_url: view.runbook_url.clone(),
            url: view.url.clone(),
            receivers: alert.receivers.clone(),
            groups: alert.groups.iter().map(Group::from).collect(),
            muted_by: alert.mutes.iter().map(MutedBy::from).collect(),
            ack: view.ack.clone(),
        }
    }
}

/// Returns the word for whether an alert fires.
pub(super) const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "pending",
        Phase::Firing => "firing",
    }
}

/// Which alerts are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AlertQuery {
    phase: Option<String>,
    filter: Option<String>,
    rule: Option<String>,
    domain: Option<String>,
}

/// `GET /alerts`
pub(super) async fn list(
    State(shown): State<Shown>,
    which: QueryParams<AlertQuery>,
) -> Result<Json<Vec<Alert>>, Fault> {
    let Query(which) = which?;
    let wanted = match which.phase.as_deref() {
        None => None,
        Some("firing") => Some(Phase::Firing),
        Some("pending") => Some(Phase::Pending),
        Some(_) => return Err(Fault::bad("`phase` is firing or pending")),
    };
    let filter = which.filter.as_deref().filter(|text| !text.is_empty());
    let filter = filter.map(matchers::parse).transpose();
    let filter = filter.map_err(Fault::bad)?;
    let hides = matchers::all(filter.as_slice()).map_err(Fault::bad)?;
    let is = |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|w| w == text);
    let snapshot = shown.snapshot();
    let alerts = snapshot.alerts.iter().filter(|alert| {
        wanted.is_none_or(|wanted| wanted == alert.phase)
            && hides.matches(&alert.labels)
            && is(&which.rule, &alert.view.rule)
            && is(&which.domain, &alert.view.domain)
    });
    Ok(Json(alerts.map(Alert::from).collect()))
}

/// An alert with its story.
#[derive(Debug, Serialize)]
pub(super) struct Story {
    id: String,
    standing: Option<Alert>,
    history: Vec<Happened>,
    decisions: Vec<DecidedAt>,
}

/// What was decided of an alert, and when.
#[derive(Debug, Serialize)]
struct DecidedAt {
    at: String,
    #[serde(flatten)]
    what: Decided,
}

/// `GET /alerts/{id}`
pub(super) async fn one(
    State(shown): State<Shown>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Story>, Fault> {
    let Path(id) = id?;
    let filter = HistoryFilter {
        firing: Some(id.clone()),
        ..HistoryFilter::default()
    };
    let mut history = shown.store.alerts_history(&filter, CHANGES_MAX).await?;
    history.reverse();
    let snapshot = shown.snapshot();
    let standing = snapshot.alerts.iter();
    let standing = standing
        .clone()
        .find(|alert| alert.view.id == id && !id.is_empty());
    if standing.is_none() && history.is_empty() {
        return Err(Fault::unknown(format!("there is no {}", named(&id))));
    }
    let decisions = shown.store.decisions(&id).await?;
    let decisions = decisions.into_iter().map(|decision| DecidedAt {
        at: time(decision.at),
        what: decision.what,
    });
    Ok(Json(Story {
        id,
        decisions: decisions.collect(),
        standing: standing.map(Alert::from),
        history: history.iter().map(Happened::from).collect(),
    }))
}

/// Who takes an alert on, and what they say of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Taking {
    by: Option<String>,
    comment: Option<String>,
}

/// What was done.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    pub(super) id: String,
}

/// `POST /alerts/{id}/ack`; the body may be left out.
pub(super) async fn acknowledge(
    State(shown): State<Shown>,
    Extension(caller): Extension<Caller>,
    id: Result<Path<String>, PathRejection>,
    body: Bytes,
) -> Result<Json<Done>, Fault> {
    let Path(alert) = id?;
    let taking = if body.is_empty() {
        Taking::default()
    } else {
        serde_json::from_slice(&body).map_err(|error| Fault::bad(error.to_string()))?
    };
    let order = taken_on(&alert, taking, &caller)?;
    let id = done(shown.order(order).await?, || named(&alert))?;
    Ok(Json(Done { id }))
}

/// Returns the order that takes an alert on.
///
/// # Errors
///
/// A text is too long.
fn taken_on(alert: &str, taking: Taking, caller: &Caller) -> Result<Order, Fault> {
    let by = caller.noted(taking.by.as_deref().unwrap_or_default());
    let comment = taking.comment.unwrap_or_default();
    check_texts(&by, &comment).map_err(Fault::bad)?;
    Ok(Order::Acknowledge {
        alert: alert.to_owned(),
        by,
        comment,
    })
}

/// That somebody has taken an alert on.
#[derive(Debug, Serialize)]
pub(super) struct TakenOn {
    alert: String,
    rule: String,
    domain: String,
    by: String,
    at: String,
    comment: String,
}

/// `GET /acknowledgements`
pub(super) async fn acknowledgements(State(shown): State<Shown>) -> Json<Vec<TakenOn>> {
    let snapshot = shown.snapshot();
    let taken = snapshot.alerts.iter().filter_map(|alert| {
        let ack = alert.view.ack.clone()?;
        Some(TakenOn {
            alert: alert.view.id.clone(),
            rule: alert.view.rule.clone(),
            domain: alert.view.domain.clone(),
            by: ack.by,
            at: ack.at,
            comment: ack.comment,
        })
    });
    Json(taken.collect())
}

fn named(id: &str) -> String {
    format!("alert {}, or it is over and forgotten", clipped(id))
}
