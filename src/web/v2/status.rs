//! What clients ask first: which version this is, whom it tells, and by which configuration.

use std::fmt::Write as _;

use axum::Json;
use axum::extract::{Query as Parameters, State};
use serde_json::{Value, json};

use super::query::Query;
use super::time;
use crate::config::Config;
use crate::dispatch::{Match, Onward};
use crate::web::Shown;
use crate::web::fault::Fault;
use crate::web::matchers::{name_there, regex_of_glob};

/// Who takes what no route takes: Alertmanager's root route must name a receiver.
const NOBODY: &str = "nobody";

/// `GET /status`
pub(super) async fn status(State(shown): State<Shown>) -> Json<Value> {
    Json(json!({
        "cluster": {"status": "disabled", "peers": []},
        "config": {"original": configuration(&shown.rules())},
        "uptime": time(shown.begun),
        "versionInfo": {
            "version": env!("CARGO_PKG_VERSION"),
            "revision": "",
            "branch": "",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "",
        },
    }))
}

/// `GET /receivers`
pub(super) async fn receivers(
    State(shown): State<Shown>,
    Parameters(parameters): Parameters<Vec<(String, String)>>,
) -> Result<Json<Vec<Value>>, Fault> {
    let wanted = Query(parameters).receivers()?;
    let rules = shown.rules();
    let names = rules.notify.receivers.keys();
    let names = names.filter(|name| wanted.has(&name.0));
    let receivers = names.map(|name| json!({"name": name.0, "labels": {}}));
    Ok(Json(receivers.collect()))
}

/// Returns the routes and receivers as a configuration of Alertmanager, without any address.
fn configuration(config: &Config) -> String {
    // A text in JSON is one in YAML.
    let quoted = |text: &str| Value::from(text).to_string();
    let mut yaml = format!("route:\n  receiver: {}\n", quoted(NOBODY));
    let routes = &config.notify.routes;
    if !routes.is_empty() {
        yaml.push_str("  routes:\n");
    }
    for route in routes {
        for (at, receiver) in route.to.iter().enumerate() {
            let goes_on = at + 1 < route.to.len() || route.onward == Onward::Continue;
            let _ = writeln!(yaml, "  - receiver: {}", quoted(&receiver.0));
            let matchers = matchers(&route.matchers);
            if !matchers.is_empty() {
                let matchers: Vec<_> = matchers.iter().map(|text| quoted(text)).collect();
                let _ = writeln!(yaml, "    matchers: [{}]", matchers.join(", "));
            }
            if goes_on {
                yaml.push_str("    continue: true\n");
            }
        }
    }
    yaml.push_str("receivers:\n");
    let names = config.notify.receivers.keys().map(|name| name.0.as_str());
    for name in names.filter(|name| *name != NOBODY).chain([NOBODY]) {
        let _ = writeln!(yaml, "- name: {}", quoted(name));
    }
    yaml
}

/// Returns what a route takes, as Alertmanager writes it.
fn matchers(of: &Match) -> Vec<String> {
    let text = |(name, glob): (&String, &crate::unit::Glob)| {
        let value = Value::from(regex_of_glob(glob.as_str()));
        format!("{}=~{value}", name_there(name))
    };
    of.iter().map(text).collect()
}
