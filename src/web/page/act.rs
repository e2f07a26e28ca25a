//! `/act/{token}`: what signed links in messages show and, once a person has confirmed it, do.
//!
//! Mail scanners follow links, so that following one changes nothing. The token is the permission: nobody is asked
//! for a password.

use axum::extract::rejection::{FormRejection, PathRejection};
use axum::extract::{Extension, Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::Fields;
use super::alert::{author, matchers, silence_one, taking};
use super::words::{minute, place, taken_by, time};
use crate::dispatch::{Link, LinkAct, LinkFault};
use crate::web::Shown;
use crate::web::fault::{Fault, done};
use crate::web::gate::Caller;

/// What an author is called who gives no name.
const NOBODY: &str = "somebody by a link";

#[derive(Debug, Serialize)]
struct Asks {
    act: &'static str,
    rule: String,
    place: String,
    severity: String,
    since: String,
    value: String,
    summary: String,
    taken_by: String,
    matchers: Vec<String>,
    expires: String,
}

#[derive(Debug, Serialize)]
struct Did {
    title: &'static str,
    words: String,
}

/// `GET /act/{token}`: says what it would do, and asks.
pub(super) async fn ask(
    State(shown): State<Shown>,
    token: Result<Path<String>, PathRejection>,
) -> Result<Response, Fault> {
    let link = read(&shown, &token?)?;
    let snapshot = shown.snapshot();
    let mut alerts = snapshot.alerts.iter();
    let Some(alert) = alerts.find(|alert| alert.view.id == link.alert) else {
        let over = Did {
            title: "It is over",
            words: "This alert does not fire any more, so there is nothing to do.".to_owned(),
        };
        return Ok(super::page("done.html", &over));
    };
    let view = &alert.view;
    let matchers = matchers(view);
    Ok(super::page(
        "act.html",
        &Asks {
            act: match link.act {
                LinkAct::Acknowledge => "ack",
                LinkAct::Silence => "silence",
            },
            rule: view.rule.clone(),
            place: place(&view.domain, &view.domains, &view.account),
            severity: view.severity.clone(),
            since: minute(&view.since),
            value: view.value.clone(),
            summary: view.summary.clone(),
            taken_by: view
                .ack
                .as_ref()
                .map_or_else(String::new, |ack| taken_by(&ack.by)),
            matchers: matchers.iter().map(crate::web::matchers::text).collect(),
            expires: time(link.expires),
        },
    ))
}

/// `POST /act/{token}`: does it.
pub(super) async fn act(
    State(shown): State<Shown>,
    Extension(caller): Extension<Caller>,
    token: Result<Path<String>, PathRejection>,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<Response, Fault> {
    let (link, fields) = (read(&shown, &token?)?, Fields::of(form)?);
    let by = author(&caller, &fields, NOBODY);
    let did = match link.act {
        LinkAct::Acknowledge => {
            let order = taking(&link.alert, &by, fields.text("comment"))?;
            done(shown.order(order).await?, || {
                "such alert any more: it is over".to_owned()
            })?;
            Did {
                title: "You have taken it on",
                words: "Nobody is reminded of it until it gets worse or is over.".to_owned(),
            }
        }
        LinkAct::Silence => {
            silence_one(&shown, &link.alert, &fields, &by).await?;
            Did {
                title: "It is silenced",
                words: "It is judged and shown as before, and nobody is told of it until the silence ends."
                    .to_owned(),
            }
        }
    };
    Ok(super::page("done.html", &did))
}

fn read(shown: &Shown, token: &str) -> Result<Link, Fault> {
    Link::read(token, &shown.link_key, shown.clock.now()).map_err(|fault| Fault {
        status: match fault {
            LinkFault::Forged => StatusCode::NOT_FOUND,
            LinkFault::Expired => StatusCode::GONE,
        },
        why: fault.to_string(),
    })
}
