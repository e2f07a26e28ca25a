//! Silences.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Path, Query as Parameters, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::query::Query;
use super::time;
use crate::dispatch::{Matcher, MatcherKind, Silence, SilenceEnd};
use crate::pipeline::Order;
use crate::web::draft::{self, Draft, Stage};
use crate::web::fault::{Fault, clipped, done};
use crate::web::gate::Caller;
use crate::web::{Shown, matchers};

/// The silence of the file or of a person, as Alertmanager's clients read it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GettableSilence {
    id: String,
    annotations: Annotations,
    comment: String,
    created_by: String,
    ends_at: String,
    matchers: Vec<WireMatcher>,
    starts_at: String,
    status: Status,
    updated_at: String,
}

/// There are none, but clients may look for the map.
#[derive(Debug, Serialize)]
struct Annotations {}

#[derive(Debug, Serialize)]
struct Status {
    state: &'static str,
}

/// A silence as clients send it. What it does not know is left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostableSilence {
    #[serde(default)]
    id: Option<String>,
    matchers: Vec<WireMatcher>,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    created_by: String,
    comment: String,
}

/// A matcher on the wire. Old clients do not know `isEqual`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMatcher {
    name: String,
    value: String,
    is_regex: bool,
    #[serde(default = "yes")]
    is_equal: bool,
}

/// What `POST /silences` answers.
#[derive(Debug, Serialize)]
pub(super) struct Made {
    #[serde(rename = "silenceID")]
    silence_id: String,
}

const fn yes() -> bool {
    true
}

impl From<&Matcher> for WireMatcher {
    fn from(matcher: &Matcher) -> Self {
        let (is_regex, is_equal) = match matcher.kind {
            MatcherKind::Equal => (false, true),
            MatcherKind::NotEqual => (false, false),
            MatcherKind::Regex | MatcherKind::Glob => (true, true),
            MatcherKind::NotRegex => (true, false),
        };
        let value = match matcher.kind {
            MatcherKind::Glob => matchers::regex_of_glob(&matcher.value),
            _ => matcher.value.clone(),
        };
        Self {
            name: matchers::name_there(&matcher.name).to_owned(),
            value,
            is_regex,
            is_equal,
        }
    }
}

impl WireMatcher {
    fn read(&self) -> Result<Matcher, Fault> {
        let kind = match (self.is_regex, self.is_equal) {
            (false, true) => MatcherKind::Equal,
            (false, false) => MatcherKind::NotEqual,
            (true, true) => MatcherKind::Regex,
            (true, false) => MatcherKind::NotRegex,
        };
        matchers::made(&self.name, kind, &self.value).map_err(Fault::bad)
    }
}

fn gettable(silence: &Silence, now: DateTime<Utc>) -> GettableSilence {
    GettableSilence {
        id: silence.id.clone(),
        annotations: Annotations {},
        comment: silence.comment.clone(),
        created_by: silence.author.clone(),
        ends_at: time(silence.ends),
        matchers: silence.matchers.iter().map(WireMatcher::from).collect(),
        starts_at: time(silence.starts),
        status: Status {
            state: Stage::of(silence, now).as_str(),
        },
        updated_at: time(silence.updated),
    }
}

/// `GET /silences`: a filter is held against the matchers as they are written.
pub(super) async fn list(
    State(shown): State<Shown>,
    Parameters(parameters): Parameters<Vec<(String, String)>>,
) -> Result<Json<Vec<GettableSilence>>, Fault> {
    let query = Query(parameters);
    let filter = query.matchers("filter")?;
    let wanted = [
        (Stage::Active, query.is_on("active")?),
        (Stage::Pending, query.is_on("pending")?),
        (Stage::Expired, query.is_on("expired")?),
    ];
    let (snapshot, now) = (shown.snapshot(), shown.clock.now());
    let silences = draft::sorted(&snapshot, now).into_iter();
    let silences = silences.filter(|silence| {
        let own: Vec<_> = silence.matchers.iter().map(WireMatcher::from).collect();
        wanted.contains(&(Stage::of(silence, now), true))
            && filter
                .iter()
                .all(|one| own.contains(&WireMatcher::from(one)))
    });
    Ok(Json(silences.map(|one| gettable(one, now)).collect()))
}

/// `GET /silence/{id}`
pub(super) async fn one(
    State(shown): State<Shown>,
    Path(id): Path<String>,
) -> Result<Json<GettableSilence>, Fault> {
    let snapshot = shown.snapshot();
    let silence = draft::find(&snapshot, &id);
    let silence = silence.ok_or_else(|| Fault::unknown(format!("there is no {}", named(&id))))?;
    Ok(Json(gettable(silence, shown.clock.now())))
}

/// `POST /silences`
pub(super) async fn set(
    State(shown): State<Shown>,
    Extension(caller): Extension<Caller>,
    posted: Result<Json<PostableSilence>, JsonRejection>,
) -> Result<Json<Made>, Fault> {
    let Json(posted) = posted?;
    let id = posted.id.filter(|id| !id.is_empty());
    let matchers = posted.matchers.iter().map(WireMatcher::read);
    let snapshot = shown.snapshot();
    // That it ends with its alerts is nothing that these clients could send back.
    let replaced = id.as_deref().and_then(|id| draft::find(&snapshot, id));
    let draft = Draft {
        replaces: id.clone(),
        matchers: matchers.collect::<Result<_, _>>()?,
        starts: posted.starts_at,
        ends: posted.ends_at,
        end: replaced.map_or(SilenceEnd::AtTime, |old| old.end),
        author: caller.noted(&posted.created_by),
        comment: posted.comment,
    };
    let silence = draft.silence(&shown.rules(), &snapshot, shown.clock.now());
    let order = Order::Silence {
        replaces: draft.replaces,
        silence: silence.map_err(Fault::bad)?,
    };
    let answer = shown.order(order).await?;
    let silence_id = done(answer, || named(id.as_deref().unwrap_or_default()))?;
    Ok(Json(Made { silence_id }))
}

/// `DELETE /silence/{id}`
pub(super) async fn expire(
    State(shown): State<Shown>,
    Extension(Caller(by)): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<StatusCode, Fault> {
    let order = Order::Expire { id: id.clone(), by };
    let ended = done(shown.order(order).await?, || named(&id));
    // Its clients show the sentence of no other status than these two.
    ended.map_err(|fault| match fault.status {
        StatusCode::NOT_FOUND => fault,
        _ => Fault {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..fault
        },
    })?;
    Ok(StatusCode::OK)
}

fn named(id: &str) -> String {
    format!("silence {}", clipped(id))
}
