//! Silences: listed, made after a look at what they would hide, and ended.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Extension, Path, State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::alerts::{Done, phase};
use super::{QueryParams, time};
use crate::dispatch::{Silence, SilenceEnd};
use crate::pipeline::{Order, Snapshot, StandingAlert};
use crate::unit::Timespan;
use crate::web::draft::{self, Draft, Stage};
use crate::web::fault::{Fault, clipped, done};
use crate::web::gate::Caller;
use crate::web::known::unknown_names;
use crate::web::{Shown, matchers};

/// How long a silence that ends with its alerts lasts at the most, if nobody says.
const WITH_ALERTS_MAX: Timespan = Timespan::from_seconds(7 * 86_400);

/// A silence.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    id: String,
    state: &'static str,
    matchers: Vec<String>,
    starts: String,
    ends: String,
    with_alerts: bool,
    author: String,
    comment: String,
    updated: String,
    /// How many alerts that stand it matches.
    hides: usize,
}

fn listed(silence: &Silence, standing: &Snapshot, now: DateTime<Utc>) -> Listed {
    let hidden = draft::hidden(&silence.matchers, standing);
    Listed {
        id: silence.id.clone(),
        state: Stage::of(silence, now).as_str(),
        matchers: silence.matchers.iter().map(matchers::text).collect(),
        starts: time(silence.starts),
        ends: time(silence.ends),
        with_alerts: silence.end == SilenceEnd::WithAlerts,
        author: silence.author.clone(),
        comment: silence.comment.clone(),
        updated: time(silence.updated),
        hides: hidden.map_or(0, |hidden| hidden.len()),
    }
}

/// Which silences are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SilenceQuery {
    state: Option<String>,
}

/// `GET /silences`
pub(super) async fn list(
    State(shown): State<Shown>,
    which: QueryParams<SilenceQuery>,
) -> Result<Json<Vec<Listed>>, Fault> {
    let wanted = which?.0.state;
    let words = ["active", "pending", "expired"];
    if wanted
        .as_deref()
        .is_some_and(|wanted| !words.contains(&wanted))
    {
        return Err(Fault::bad("`state` is active, pending or expired"));
    }
    let (snapshot, now) = (shown.snapshot(), shown.clock.now());
    let silences = draft::sorted(&snapshot, now).into_iter();
    let silences = silences.map(|silence| listed(silence, &snapshot, now));
    let silences = silences.filter(|one| wanted.as_deref().is_none_or(|word| word == one.state));
    Ok(Json(silences.collect()))
}

/// `GET /silences/{id}`
pub(super) async fn one(
    State(shown): State<Shown>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Listed>, Fault> {
    let Path(id) = id?;
    let snapshot = shown.snapshot();
    let silence = draft::find(&snapshot, &id);
    let silence = silence.ok_or_else(|| Fault::unknown(format!("there is no {}", named(&id))))?;
    Ok(Json(listed(silence, &snapshot, shown.clock.now())))
}

/// A silence as somebody asks for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SilenceRequest {
    matchers: Vec<String>,
    starts: Option<DateTime<Utc>>,
    ends: Option<DateTime<Utc>>,
    /// How long it lasts, instead of `ends`.
    #[serde(rename = "for")]
    lasts: Option<String>,
    #[serde(default)]
    with_alerts: bool,
    author: Option<String>,
    comment: Option<String>,
    replaces: Option<String>,
}

impl SilenceRequest {
    fn draft(self, caller: &Caller, now: DateTime<Utc>) -> Result<Draft, Fault> {
        let starts = self.starts.unwrap_or(now);
        let lasts = self.lasts.as_deref().map(str::parse::<Timespan>);
        let lasts = lasts.transpose();
        let lasts = lasts.map_err(|error| Fault::bad(format!("`for`: {error}")))?;
        let ends = match (self.ends, lasts) {
            (Some(_), Some(_)) => return Err(Fault::bad("give `ends` or `for`, not both")),
            (Some(ends), None) => Some(ends),
            (None, Some(lasts)) => starts.checked_add_signed(lasts.delta()),
            (None, None) if self.with_alerts => starts.checked_add_signed(WITH_ALERTS_MAX.delta()),
            (None, None) => return Err(Fault::bad("say how long: `for`, such as 2h, or `ends`")),
        };
        let matchers = self.matchers.iter().map(|text| matchers::parse(text));
        Ok(Draft {
            replaces: self.replaces.filter(|id| !id.is_empty()),
            matchers: matchers.collect::<Result<_, _>>().map_err(Fault::bad)?,
            starts,
            ends: ends.ok_or_else(|| Fault::bad("its end is too far away"))?,
            end: if self.with_alerts {
                SilenceEnd::WithAlerts
            } else {
                SilenceEnd::AtTime
            },
            author: caller.noted(self.author.as_deref().unwrap_or_default()),
            comment: self.comment.unwrap_or_default(),
        })
    }
}

/// `POST /silences`
pub(super) async fn set(
    State(shown): State<Shown>,
    Extension(caller): Extension<Caller>,
    wish: Result<Json<SilenceRequest>, JsonRejection>,
) -> Result<Json<Done>, Fault> {
    let now = shown.clock.now();
    let draft = wish?.0.draft(&caller, now)?;
    let silence = draft.silence(&shown.rules(), &shown.snapshot(), now);
    let silence = silence.map_err(Fault::bad)?;
    let replaces = draft.replaces.clone();
    let order = Order::Silence {
        replaces: draft.replaces,
        silence,
    };
    let id = done(shown.order(order).await?, || {
        named(replaces.as_deref().unwrap_or_default())
    })?;
    Ok(Json(Done { id }))
}

/// What a silence would hide.
#[derive(Debug, Serialize)]
pub(super) struct Preview {
    matchers: Vec<String>,
    starts: String,
    ends: String,
    /// How many alerts stand.
    standing: usize,
    hides: Vec<Hidden>,
    /// Which rules, accounts, domains and severities it asks for that are not there.
    unknown: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Hidden {
    id: Option<String>,
    phase: &'static str,
    rule: String,
    domain: String,
    severity: String,
    since: String,
}

impl From<&StandingAlert> for Hidden {
    fn from(alert: &StandingAlert) -> Self {
        let view = &alert.view;
        Self {
            id: Some(view.id.clone()).filter(|id| !id.is_empty()),
            phase: phase(alert.phase),
            rule: view.rule.clone(),
            domain: view.domain.clone(),
            severity: view.severity.clone(),
            since: view.since.clone(),
        }
    }
}

/// `POST /silences/preview`: checks all that making it would check, and changes nothing.
pub(super) async fn preview(
    State(shown): State<Shown>,
    Extension(caller): Extension<Caller>,
    wish: Result<Json<SilenceRequest>, JsonRejection>,
) -> Result<Json<Preview>, Fault> {
    let (snapshot, now) = (shown.snapshot(), shown.clock.now());
    let draft = wish?.0.draft(&caller, now)?;
    let rules = shown.rules();
    let silence = draft.silence(&rules, &snapshot, now).map_err(Fault::bad)?;
    let hidden = draft::hidden(&silence.matchers, &snapshot).map_err(Fault::bad)?;
    Ok(Json(Preview {
        matchers: silence.matchers.iter().map(matchers::text).collect(),
        starts: time(silence.starts),
        ends: time(silence.ends),
        standing: snapshot.alerts.len(),
        hides: hidden.into_iter().map(Hidden::from).collect(),
        unknown: unknown_names(&silence.matchers, &rules, &snapshot),
    }))
}

/// `DELETE /silences/{id}`
pub(super) async fn expire(
    State(shown): State<Shown>,
    Extension(Caller(by)): Extension<Caller>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Done>, Fault> {
    let Path(id) = id?;
    let order = Order::Expire { id: id.clone(), by };
    let id = done(shown.order(order).await?, || named(&id))?;
    Ok(Json(Done { id }))
}

fn named(id: &str) -> String {
    format!("silence {}", clipped(id))
}
