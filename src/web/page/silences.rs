//! `/silences`: those that there are, ending one, and making one after a look at what it would hide.

use axum::extract::rejection::{FormRejection, PathRejection};
use axum::extract::{Extension, Form, Path, State};
use axum::response::Response;
use serde::Serialize;

use super::alert::{author, length};
use super::words::{Card, card, time};
use super::{Fields, go_to};
use crate::dispatch::{Silence, SilenceEnd};
use crate::pipeline::{Order, Snapshot};
use crate::web::draft::{Draft, Stage, hidden, sorted};
use crate::web::fault::{Fault, clipped, done};
use crate::web::gate::Caller;
use crate::web::known::unknown_names;
use crate::web::{Shown, matchers};

/// How many silences are shown.
const SILENCES_MAX: usize = 200;
/// How many alerts a preview names.
const PREVIEW_MAX: usize = 50;
/// What an author is called who gives no name.
const NOBODY: &str = "somebody on the page";

#[derive(Debug, Default, Serialize)]
struct SilencesPage {
    silences: Vec<Row>,
    more: usize,
    caller: String,
    /// What stands in the form.
    matchers: String,
    lasts: String,
    comment: String,
    by: String,
    fault: String,
    is_previewed: bool,
    hides: Vec<Card>,
    hides_total: usize,
    unknown: Vec<String>,
    standing: usize,
}

#[derive(Debug, Serialize)]
struct Row {
    id: String,
    state: &'static str,
    matchers: Vec<String>,
    starts: String,
    ends: String,
    author: String,
    comment: String,
    hides: usize,
    /// Whether it can be ended here.
    can_end: bool,
}

/// `GET /silences`
pub(super) async fn page(
    State(shown): State<Shown>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let mut shows = listed(&shown, &shown.snapshot(), caller);
    "2h".clone_into(&mut shows.lasts);
    super::page("silences.html", &shows)
}

fn listed(shown: &Shown, snapshot: &Snapshot, Caller(caller): Caller) -> SilencesPage {
    let now = shown.clock.now();
    let silences = sorted(snapshot, now);
    let row = |silence: &&Silence| row(silence, snapshot, Stage::of(silence, now));
    SilencesPage {
        silences: silences.iter().take(SILENCES_MAX).map(row).collect(),
        more: silences.len().saturating_sub(SILENCES_MAX),
        caller,
        standing: snapshot.alerts.len(),
        ..SilencesPage::default()
    }
}

fn row(silence: &Silence, snapshot: &Snapshot, stage: Stage) -> Row {
    let ends = time(silence.ends);
    Row {
        id: silence.id.clone(),
        state: stage.as_str(),
        matchers: silence.matchers.iter().map(matchers::text).collect(),
        starts: time(silence.starts),
        ends: match silence.end {
            SilenceEnd::AtTime => ends,
            SilenceEnd::WithAlerts => format!("with its alerts, at the latest {ends}"),
        },
        author: silence.author.clone(),
        comment: silence.comment.clone(),
        hides: hidden(&silence.matchers, snapshot).map_or(0, |hidden| hidden.len()),
        can_end: stage != Stage::Expired && !silence.id.starts_with("file-"),
    }
}

/// `POST /silences`: looks at what it would hide, or makes it.
pub(super) async fn set(
    State(shown): State<Shown>,
    Extension(caller): Extension<Caller>,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<Response, Fault> {
    let fields = Fields::of(form)?;
    let (snapshot, now) = (shown.snapshot(), shown.clock.now());
    let made = draft(&fields, &author(&caller, &fields, NOBODY), now).and_then(|draft| {
        draft
            .silence(&shown.rules(), &snapshot, now)
            .map_err(Fault::bad)
    });
    let made = match made {
        Ok(silence) if fields.text("do") == "make" => {
            let order = Order::Silence {
                replaces: None,
                silence,
            };
            let answer = shown.order(order).await?;
            return match done(answer, || "such silence".to_owned()) {
                Ok(_) => Ok(go_to("silences")),
                Err(fault) => Ok(again(&shown, &snapshot, caller, &fields, Err(fault))),
            };
        }
        made => made,
    };
    Ok(again(&shown, &snapshot, caller, &fields, made))
}

/// Shows the form again, with what it would hide or what is wrong with it.
fn again(
    shown: &Shown,
    snapshot: &Snapshot,
    caller: Caller,
    fields: &Fields,
    made: Result<Silence, Fault>,
) -> Response {
    let now = shown.clock.now();
    let mut shows = listed(shown, snapshot, caller);
    for (place, name) in [
        (&mut shows.matchers, "matchers"),
        (&mut shows.lasts, "for"),
        (&mut shows.comment, "comment"),
        (&mut shows.by, "by"),
    ] {
        fields.text(name).clone_into(place);
    }
    let looked = made.and_then(|silence| {
        let hides = hidden(&silence.matchers, snapshot).map_err(Fault::bad)?;
        let unknown = unknown_names(&silence.matchers, &shown.rules(), snapshot);
        Ok((hides, unknown))
    });
    match looked {
        Ok((hides, unknown)) => {
            shows.is_previewed = true;
            shows.unknown = unknown;
            shows.hides_total = hides.len();
            let hides = hides.into_iter().take(PREVIEW_MAX);
            shows.hides = hides.map(|alert| card(alert, now)).collect();
        }
        Err(fault) => shows.fault = fault.why,
    }
    super::page("silences.html", &shows)
}

fn draft(
    fields: &Fields,
    author: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Draft, Fault> {
    let lines = fields.text("matchers").lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty()).map(matchers::parse);
    let (lasts, end) = length(fields.text("for"))?;
    Ok(Draft {
        replaces: None,
        matchers: lines.collect::<Result<_, _>>().map_err(Fault::bad)?,
        starts: now,
        ends: now + lasts.delta(),
        end,
        author: author.to_owned(),
        comment: fields.text("comment").to_owned(),
    })
}

/// `POST /silences/{id}/expire`
pub(super) async fn expire(
    State(shown): State<Shown>,
    Extension(Caller(by)): Extension<Caller>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    let Path(id) = id?;
    let order = Order::Expire { id: id.clone(), by };
    done(shown.order(order).await?, || {
        format!("silence {} that could end", clipped(&id))
    })?;
    Ok(go_to("../../silences"))
}
