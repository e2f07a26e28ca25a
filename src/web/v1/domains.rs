//! The domains that are judged, and their samples.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::history::minute;
use super::{QueryParams, limit};
use crate::pipeline::{Kept, Snapshot, StandingSeries};
use crate::samples::write_line;
use crate::unit::{DomainName, Glob, Minute, Series};
use crate::web::Shown;
use crate::web::fault::{Fault, clipped};

/// How many minutes are given at a time: a day.
const MINUTES_MAX: i64 = 24 * 60;
/// How many minutes are given if nobody says how many.
const MINUTES: i64 = 3 * 60;

/// A domain that is judged.
#[derive(Debug, Serialize)]
pub(super) struct Watched {
    account: String,
    domain: String,
    /// The next minute to be judged.
    next: String,
    warming_until: Option<String>,
    failing: Option<String>,
}

impl From<&StandingSeries> for Watched {
    fn from(of: &StandingSeries) -> Self {
        Self {
            account: of.series.account.to_string(),
            domain: of.series.domain.to_string(),
            next: of.next.to_string(),
            warming_until: of.warming_until.map(|minute| minute.to_string()),
            failing: of.failing.clone(),
        }
    }
}

/// Which domains are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DomainQuery {
    account: Option<String>,
    domain: Option<String>,
    limit: Option<u32>,
}

/// `GET /domains`
pub(super) async fn list(
    State(shown): State<Shown>,
    which: QueryParams<DomainQuery>,
) -> Result<Json<Vec<Watched>>, Fault> {
    let Query(which) = which?;
    let limit = usize::try_from(limit(which.limit)?).unwrap_or(usize::MAX);
    let glob = which.domain.as_deref().map(Glob::from);
    let snapshot = shown.snapshot();
    let domains = snapshot.series.iter().filter(|of| {
        let account = of.series.account.as_str();
        which
            .account
            .as_deref()
            .is_none_or(|wanted| wanted == account)
            && glob
                .as_ref()
                .is_none_or(|glob| glob.matches(of.series.domain.as_str()))
    });
    Ok(Json(domains.take(limit).map(Watched::from).collect()))
}

/// Which minutes are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    account: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// `GET /domains/{domain}/samples`
pub(super) async fn samples(
    State(shown): State<Shown>,
    domain: Result<Path<String>, PathRejection>,
    span: QueryParams<Span>,
) -> Result<Json<Vec<Value>>, Fault> {
    let (Path(domain), Query(span)) = (domain?, span?);
    let series = series_of(&shown.snapshot(), &domain, span.account.as_deref())?;
    let from = minute("from", span.from.as_deref())?;
    let now = Minute::containing(shown.clock.now());
    let day_later = from.and_then(|from| Minute::from_epoch(from.epoch() + MINUTES_MAX));
    let to = minute("to", span.to.as_deref())?;
    let to = to.unwrap_or(day_later.map_or(now, |later| later.min(now)));
    let from = from.or(Minute::from_epoch(to.epoch() - MINUTES));
    let from = from.unwrap_or(to);
    if MINUTES_MAX < to.epoch() - from.epoch() {
        return Err(Fault::bad(format!(
            "from `from` to `to` are at most {MINUTES_MAX} minutes"
        )));
    }
    let kept = shown.store.samples(&series, from, to).await?;
    let lines = kept.iter().filter_map(|(minute, kept)| match kept {
        Kept::Sample(sample) => {
            let line = write_line(&series.domain, *minute, sample);
            serde_json::from_str(&line).ok()
        }
        Kept::Unasked => None,
    });
    Ok(Json(lines.collect()))
}

/// Returns the series of a domain: of this account, or of the one that has it.
fn series_of(snapshot: &Snapshot, domain: &str, account: Option<&str>) -> Result<Series, Fault> {
    let domain = DomainName::from(domain);
    let mut found = snapshot
        .series
        .iter()
        .map(|of| &of.series)
        .filter(|series| {
            series.domain == domain
                && account.is_none_or(|account| account == series.account.as_str())
        });
    let unknown = || {
        let shown = clipped(domain.as_str());
        Fault::unknown(format!("no domain {shown} is judged"))
    };
    let first = found.next().ok_or_else(unknown)?;
    if found.next().is_some() {
        return Err(Fault::bad(
            "several accounts have this domain: say which by `account`",
        ));
    }
    Ok(first.clone())
}
