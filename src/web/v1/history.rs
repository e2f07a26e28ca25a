//! What happened to alerts.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};

use super::{QueryParams, limit};
use crate::dispatch::{PartView, Policy};
use crate::engine::Event;
use crate::store::{HistoryFilter, HistoryRow};
use crate::unit::Minute;
use crate::web::Shown;
use crate::web::fault::Fault;

/// A change of an alert.
#[derive(Debug, Serialize)]
pub(super) struct Happened {
    seq: i64,
    alert: String,
    rule: String,
    account: String,
    domain: String,
    domains: Vec<String>,
    event: &'static str,
    severity: String,
    severity_before: Option<String>,
    end_reason: Option<String>,
    minute: String,
    since: String,
    fired_at: String,
    value: String,
    peak: String,
    values: Vec<PartView>,
}

impl From<&HistoryRow> for Happened {
    fn from(row: &HistoryRow) -> Self {
        let of = &row.transition;
        // In the words of messages, but for what only the rules file of that time could say.
        let view = Policy::default().view(of, Some(""));
        let (event, severity_before, end_reason) = match &of.event {
            Event::Fired => ("fired", None, None),
            Event::SeverityChanged { from } => ("severity_changed", Some(from.to_string()), None),
            Event::Resolved => ("resolved", None, None),
            Event::Ended { reason } => ("ended", None, Some(reason.clone())),
        };
        Self {
            seq: row.seq,
            alert: row.firing.clone(),
            rule: view.rule,
            account: view.account,
            domain: view.domain,
            domains: view.domains,
            event,
            severity: view.severity,
            severity_before,
            end_reason,
            minute: of.minute.to_string(),
            since: view.since,
            fired_at: view.fired_at,
            value: view.value,
            peak: view.peak,
            values: view.values,
        }
    }
}

/// Which changes are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeQuery {
    alert: Option<String>,
    rule: Option<String>,
    domain: Option<String>,
    from: Option<String>,
    to: Option<String>,
    before: Option<i64>,
    limit: Option<u32>,
}

/// A page of the history, the last change first.
#[derive(Debug, Serialize)]
pub(super) struct History {
    changes: Vec<Happened>,
    /// The `before` of the next page, if there may be one.
    next: Option<i64>,
}

/// Reads a minute of a query.
///
/// # Errors
///
/// It is none.
pub(super) fn minute(name: &str, text: Option<&str>) -> Result<Option<Minute>, Fault> {
    let parsed = text.map(str::parse::<chrono::DateTime<chrono::Utc>>);
    let parsed = parsed.transpose();
    let parsed = parsed.map_err(|_| {
        Fault::bad(format!(
            "`{name}` is a time like 2026-11-22T10:00:00Z, its `+` written as %2B"
        ))
    });
    Ok(parsed?.map(Minute::containing))
}

/// `GET /history`
pub(super) async fn list(
    State(shown): State<Shown>,
    which: QueryParams<ChangeQuery>,
) -> Result<Json<History>, Fault> {
    let Query(which) = which?;
    let limit = limit(which.limit)?;
    let filter = HistoryFilter {
        firing: which.alert,
        rule: which.rule,
        domain: which.domain,
        from: minute("from", which.from.as_deref())?,
        to: minute("to", which.to.as_deref())?,
        before: which.before,
    };
    let rows = shown.store.alerts_history(&filter, limit).await?;
    let is_full = u32::try_from(rows.len()).is_ok_and(|len| limit <= len);
    let last = rows.last().map(|row| row.seq);
    Ok(Json(History {
        changes: rows.iter().map(Happened::from).collect(),
        next: last.filter(|_| is_full),
    }))
}
