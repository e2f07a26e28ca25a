//! `/alerts/{id}`: one alert with its story, and what a person can do about it.

use axum::extract::rejection::{FormRejection, PathRejection, QueryRejection};
use axum::extract::{Extension, Form, Path, Query, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::curve::{Course, Curve, Size};
use super::home::{earlier, kept};
use super::words::{minute, mute, place, since, taken_by, web_address};
use super::{Fields, decided, go_to};
use crate::dispatch::{AlertView, Matcher, MatcherKind, Policy, SilenceEnd};
use crate::engine::{Event, Transition};
use crate::pipeline::{Order, StandingAlert};
use crate::store::{HistoryFilter, HistoryRow};
use crate::unit::{AccountName, DomainName, Minute, Series, Timespan};
use crate::web::Shown;
use crate::web::draft::Draft;
use crate::web::fault::{Fault, clipped, done};
use crate::web::gate::Caller;

/// How many changes are shown.
const CHANGES_MAX: u32 = 200;
/// How much of the time before an alert is drawn, in minutes.
const BEFORE: i64 = 60;
/// How many minutes are drawn at the most: a day.
const DRAWN_MAX: i64 = 24 * 60;
const CURVE: Size = Size {
    width: 720,
    height: 160,
};
/// How long a silence that ends with its alert lasts at the most.
const WITH_ALERT_MAX: Timespan = Timespan::from_seconds(7 * 86_400);
/// What an author is called who gives no name.
const NOBODY: &str = "somebody on the page";

#[derive(Debug, Serialize)]
struct AlertPage {
    id: String,
    rule: String,
    place: String,
    severity: String,
    state: &'static str,
    summary: String,
    value: String,
    peak: String,
    since: String,
    fired: String,
    over: String,
    lasts: String,
    condition: String,
    labels: Vec<(String, String)>,
    values: Vec<(String, String)>,
    domains: Vec<String>,
    runbook: String,
    receivers: Vec<String>,
    mutes: Vec<String>,
    taken_by: String,
    taken_at: String,
    taken_comment: String,
    curve: Option<Curve>,
    changes: Vec<Change>,
    decisions: Vec<decided::Row>,
    /// Who looks, if that is known.
    caller: String,
    did: &'static str,
}

#[derive(Debug, Serialize)]
struct Change {
    minute: String,
    what: String,
    value: String,
}

/// What was done just now.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Did {
    did: Option<String>,
}

/// `GET /alerts/{id}`
pub(super) async fn page(
    State(shown): State<Shown>,
    Extension(caller): Extension<Caller>,
    id: Result<Path<String>, PathRejection>,
    did: Result<Query<Did>, QueryRejection>,
) -> Result<Response, Fault> {
    let Path(id) = id?;
    let history = history(&shown, &id).await?;
    let snapshot = shown.snapshot();
    let standing = snapshot.alerts.iter();
    let standing = standing
        .clone()
        .find(|alert| alert.view.id == id && !id.is_empty());
    let last = history.first().map(|row| &row.transition);
    let view = match (standing, last) {
        (Some(alert), _) => alert.view.clone(),
        (None, Some(last)) => told(&shown, last),
        (None, None) => {
            let why = format!("there is no alert {}, or it is forgotten", clipped(&id));
            return Err(Fault::unknown(why));
        }
    };
    let mut shows = shows(&view, standing, shown.clock.now());
    shows.decisions = decided::rows(&shown, &id).await?;
    shows.id = id;
    shows.changes = history.iter().map(change).collect();
    shows.curve = curve(&shown, &view).await?;
    shows.caller = caller.0;
    shows.did = match did?.0.did.as_deref() {
        Some("ack") => "You have taken it on.",
        Some("silence") => "It is silenced.",
        _ => "",
    };
    Ok(super::page("alert.html", &shows))
}

/// Returns what happened to a firing, the last change first.
async fn history(shown: &Shown, id: &str) -> Result<Vec<HistoryRow>, Fault> {
    let filter = HistoryFilter {
        firing: Some(id.to_owned()),
        ..HistoryFilter::default()
    };
    Ok(shown.store.alerts_history(&filter, CHANGES_MAX).await?)
}

/// Returns an alert that is over as messages showed it, as far as its rule is still there.
fn told(shown: &Shown, last: &Transition) -> AlertView {
    let mut view = Policy::default().view(last, Some(""));
    let rules = shown.rules();
    let mut rules = rules.rules.iter();
    if let Some(of) = rules.find(|of| of.rule.name == view.rule) {
        let tiers = of.rule.compiled.tiers.iter();
        let tier = tiers.clone().find(|tier| tier.severity == last.severity);
        view.condition = tier.map_or_else(String::new, |tier| tier.text.clone());
        view.runbook_url = of.runbook_url.clone().unwrap_or_default();
    }
    view
}

fn shows(
    view: &AlertView,
    standing: Option<&StandingAlert>,
    now: chrono::DateTime<chrono::Utc>,
) -> AlertPage {
    let pairs = |pairs: &mut dyn Iterator<Item = (&String, &String)>| {
        pairs.map(|(a, b)| (a.clone(), b.clone())).collect()
    };
    let labels = standing.map_or(&view.labels, |alert| &alert.labels);
    let over = view.ended_at.as_deref().unwrap_or_default();
    AlertPage {
        id: String::new(),
        rule: view.rule.clone(),
        place: place(&view.domain, &view.domains, &view.account),
        severity: view.severity.clone(),
        state: match standing {
            Some(_) => "firing",
            None => "over",
        },
        summary: view.summary.clone(),
        value: view.value.clone(),
        peak: view.peak.clone(),
        since: minute(&view.since),
        fired: minute(&view.fired_at),
        over: minute(over),
        lasts: match over {
            "" => since(&view.since, now),
            over => over
                .parse()
                .map_or_else(|_| String::new(), |over| since(&view.since, over)),
        },
        condition: view.condition.clone(),
        labels: pairs(&mut labels.iter().filter(|(_, value)| !value.is_empty())),
        values: pairs(&mut view.values.iter().map(|part| (&part.text, &part.value))),
        domains: view.domains.clone(),
        runbook: web_address(&view.runbook_url)
            .unwrap_or_default()
            .to_owned(),
        receivers: standing.map_or_else(Vec::new, |alert| alert.receivers.clone()),
        mutes: standing.map_or_else(Vec::new, |alert| alert.mutes.iter().map(mute).collect()),
        taken_by: view
            .ack
            .as_ref()
            .map_or_else(String::new, |ack| taken_by(&ack.by)),
        taken_at: view
            .ack
            .as_ref()
            .map_or_else(String::new, |ack| minute(&ack.at)),
        taken_comment: view
            .ack
            .as_ref()
            .map_or_else(String::new, |ack| ack.comment.clone()),
        curve: None,
        changes: Vec::new(),
        decisions: Vec::new(),
        caller: String::new(),
        did: "",
    }
}

fn change(row: &HistoryRow) -> Change {
    let of = &row.transition;
    let view = Policy::default().view(of, Some(""));
    let what = match &of.event {
        Event::Fired => format!("fired as {}", of.severity),
        Event::SeverityChanged { from } => format!("changed from {from} to {}", of.severity),
        Event::Resolved => "resolved".to_owned(),
        Event::Ended { reason } => format!("ended: {reason}"),
    };
    Change {
        minute: minute(&of.minute.to_string()),
        what,
        value: view.value,
    }
}

/// Draws an alert of one domain from some time before it began.
async fn curve(shown: &Shown, view: &AlertView) -> Result<Option<Curve>, Fault> {
    let config = shown.rules();
    let mut rules = config.rules.iter().map(|of| &of.rule);
    let rule = rules.find(|rule| rule.name == view.rule);
    let course = rule.and_then(|rule| Course::of(rule, &config.program));
    let since = view.since.parse::<Minute>().ok();
    let (Some(course), Some(since)) = (course.filter(|_| !view.domain.is_empty()), since) else {
        return Ok(None);
    };
    let series = Series {
        account: AccountName::from(view.account.as_str()),
        domain: DomainName::from(view.domain.as_str()),
    };
    let end = view
        .ended_at
        .as_deref()
        .and_then(|text| text.parse::<Minute>().ok());
    let snapshot = shown.snapshot();
    let judged = snapshot.series.iter().find(|of| of.series == series);
    let judged = judged.map_or(since, |of| of.next);
    let from = earlier(since, BEFORE);
    let to = end.map_or(judged, |end| {
        earlier(end, -BEFORE / 2).min(judged.max(end.next()))
    });
    let to = to.min(earlier(from, -DRAWN_MAX));
    let kept = kept(shown, &series, earlier(from, i64::from(course.back())), to).await?;
    let Ok(_turn) = shown.drawing.acquire().await else {
        return Ok(None);
    };
    let drawn = tokio::task::spawn_blocking(move || course.draw(&kept, (from, to), CURVE));
    Ok(drawn.await.ok())
}

/// `POST /alerts/{id}/ack`
pub(super) async fn acknowledge(
    State(shown): State<Shown>,
    Extension(caller): Extension<Caller>,
    id: Result<Path<String>, PathRejection>,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<Response, Fault> {
    let (Path(id), fields) = (id?, Fields::of(form)?);
    let order = taking(
        &id,
        &author(&caller, &fields, NOBODY),
        fields.text("comment"),
    )?;
    done(shown.order(order).await?, over)?;
    Ok(go_to(&format!("../{id}?did=ack")))
}

/// `POST /alerts/{id}/silence`
pub(super) async fn silence(
    State(shown): State<Shown>,
    Extension(caller): Extension<Caller>,
    id: Result<Path<String>, PathRejection>,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<Response, Fault> {
    let (Path(id), fields) = (id?, Fields::of(form)?);
    silence_one(&shown, &id, &fields, &author(&caller, &fields, NOBODY)).await?;
    Ok(go_to(&format!("../{id}?did=silence")))
}

/// Returns the order that takes an alert on.
///
/// # Errors
///
/// A text is too long.
pub(super) fn taking(id: &str, by: &str, comment: &str) -> Result<Order, Fault> {
    crate::web::draft::check_texts(by, comment).map_err(Fault::bad)?;
    Ok(Order::Acknowledge {
        alert: id.to_owned(),
        by: by.to_owned(),
        comment: comment.to_owned(),
    })
}

/// Silences one alert that stands, for as long as a form says.
pub(super) async fn silence_one(
    shown: &Shown,
    id: &str,
    fields: &Fields,
    author: &str,
) -> Result<(), Fault> {
    let (snapshot, now) = (shown.snapshot(), shown.clock.now());
    let mut alerts = snapshot.alerts.iter();
    let alert = alerts.find(|alert| alert.view.id == id && !id.is_empty());
    let alert = alert.ok_or_else(|| Fault::unknown(format!("there is no {}", over())))?;
    let (lasts, end) = length(fields.text("for"))?;
    let draft = Draft {
        replaces: None,
        matchers: matchers(&alert.view),
        starts: now,
        ends: now + lasts.delta(),
        end,
        author: author.to_owned(),
        comment: fields.text("comment").to_owned(),
    };
    let silence = draft
        .silence(&shown.rules(), &snapshot, now)
        .map_err(Fault::bad)?;
    let order = Order::Silence {
        replaces: None,
        silence,
    };
    done(shown.order(order).await?, over)?;
    Ok(())
}

/// Returns what a silence of one alert matches: its rule, and where it is.
pub(super) fn matchers(view: &AlertView) -> Vec<Matcher> {
    let pairs = [
        ("rule", &view.rule),
        ("account", &view.account),
        ("domain", &view.domain),
    ];
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let matcher = |(name, value): (&str, &String)| Matcher {
        name: name.to_owned(),
        value: value.clone(),
        kind: MatcherKind::Equal,
    };
    pairs.map(matcher).collect()
}

/// Reads how long a silence is to last: a duration, or `alert`.
///
/// # Errors
///
/// It is neither.
pub(super) fn length(text: &str) -> Result<(Timespan, SilenceEnd), Fault> {
    if text == "alert" {
        return Ok((WITH_ALERT_MAX, SilenceEnd::WithAlerts));
    }
    let lasts = text.parse::<Timespan>();
    let lasts = lasts.map_err(|error| Fault::bad(format!("how long: {error}")))?;
    Ok((lasts, SilenceEnd::AtTime))
}

/// Returns who does something: whoever is logged in, or else who a form says.
pub(super) fn author(Caller(caller): &Caller, fields: &Fields, otherwise: &str) -> String {
    let named = [caller.as_str(), fields.text("by")];
    let named = named.into_iter().find(|name| !name.is_empty());
    named.unwrap_or(otherwise).to_owned()
}

fn over() -> String {
    "such alert any more: it is over".to_owned()
}
