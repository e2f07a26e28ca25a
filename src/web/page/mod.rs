//! The page: what stands, one alert with its story, silences, and what signed links show. It is made here, needs no
//! script, and asks before it changes anything.

mod act;
mod alert;
mod curve;
mod decided;
mod home;
mod silences;
mod words;

use std::sync::OnceLock;

use axum::Router;
use axum::extract::Form;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Output, State, context, escape_formatter};
use serde::Serialize;

use super::Shown;
use super::fault::Fault;
use crate::dispatch::summary::is_invisible;

/// How the page looks.
const STYLE: &str = include_str!("style.css");
/// For how long a browser may keep that without asking.
const STYLE_KEPT: &str = "public, max-age=3600";

/// What leads to the first page from one beside it.
const HERE: &str = "./";
/// What leads to the first page from one in a folder.
const ABOVE: &str = "../";

/// The templates, by name.
const TEMPLATES: [(&str, &str); 8] = [
    ("parts.html", include_str!("parts.html")),
    ("frame.html", include_str!("frame.html")),
    ("home.html", include_str!("home.html")),
    ("alert.html", include_str!("alert.html")),
    ("silences.html", include_str!("silences.html")),
    ("act.html", include_str!("act.html")),
    ("done.html", include_str!("done.html")),
    ("fault.html", include_str!("fault.html")),
];

/// Returns the routes of the page.
pub(super) fn routes() -> Router<Shown> {
    Router::new()
        .route("/", get(home::page))
        .route("/style.css", get(style))
        .route("/alerts/{id}", get(alert::page))
        .route("/alerts/{id}/ack", post(alert::acknowledge))
        .route("/alerts/{id}/silence", post(alert::silence))
        .route("/silences", get(silences::page).post(silences::set))
        .route("/silences/{id}/expire", post(silences::expire))
        .route("/act/{token}", get(act::ask).post(act::act))
}

async fn style() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, STYLE_KEPT),
    ];
    (headers, STYLE)
}

/// Returns a page made of a template, at the address that its kind of page has.
fn page(template: &str, shown: &impl Serialize) -> Response {
    let root = match template {
        "home.html" | "silences.html" => HERE,
        _ => ABOVE,
    };
    page_at(root, template, shown)
}

/// Returns a page made of a template, from which `root` leads to the first one. All links are
/// relative, so that they hold behind a proxy that has the service below a path.
fn page_at(root: &str, template: &str, shown: &impl Serialize) -> Response {
    match rendered(root, template, shown) {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, template, "a page could not be made");
            let why = "this page could not be made; the log says why\n";
            (StatusCode::INTERNAL_SERVER_ERROR, why).into_response()
        }
    }
}

fn rendered(
    root: &str,
    template: &str,
    shown: &impl Serialize,
) -> Result<String, minijinja::Error> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    let environment = ENVIRONMENT.get_or_init(|| {
        // Names that end in `.html` have their values escaped.
        let mut environment = Environment::new();
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        environment.set_formatter(write_shown);
        for (name, text) in TEMPLATES {
            if let Err(error) = environment.add_template(name, text) {
                tracing::error!(%error, name, "a template cannot be read");
            }
        }
        environment
    });
    let template = environment.get_template(template)?;
    template.render(context! { root, ..Value::from(Serde(shown)) })
}

/// Writes a value escaped, without what would reorder or hide the text around it.
fn write_shown(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    match value.as_str().filter(|text| text.contains(is_invisible)) {
        Some(text) if !value.is_safe() => {
            let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
            escape_formatter(out, state, &Value::from(visible))
        }
        _ => escape_formatter(out, state, value),
    }
}

/// Returns the page that says at a path what went wrong, if it is for a person.
pub(super) fn fault(path: &str, headers: &HeaderMap, fault: &Fault) -> Option<Response> {
    #[derive(Serialize)]
    struct Words<'a> {
        title: &'a str,
        why: &'a str,
    }
    let accepted = headers.get(header::ACCEPT)?.to_str().ok()?;
    if !accepted.contains("text/html") {
        return None;
    }
    let words = Words {
        title: fault.status.canonical_reason().unwrap_or("It did not work"),
        why: &fault.why,
    };
    let above = ABOVE.repeat(path.matches('/').count().saturating_sub(1));
    let root = format!("{HERE}{above}");
    let mut response = page_at(&root, "fault.html", &words);
    if response.status() == StatusCode::OK {
        *response.status_mut() = fault.status;
    }
    Some(response)
}

/// The fields of a form.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn of(form: Result<Form<Vec<(String, String)>>, FormRejection>) -> Result<Self, Fault> {
        match form {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(rejection) => Err(Fault {
                status: rejection.status(),
                why: rejection.body_text(),
            }),
        }
    }

    /// Returns the text of a field, which is empty if it is not there.
    fn text(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(key, _)| key == name);
        field.map_or("", |(_, value)| value.trim())
    }
}

/// Sends a browser on to a page, which it gets by GET; the path is relative to that of the request.
fn go_to(path: &str) -> Response {
    Redirect::to(path).into_response()
}
