//! The HTML part of a mail: styles in place, nothing fetched from anywhere, every value escaped.

use std::collections::BTreeMap;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use super::words::{Told, Tone};
use crate::unit::Severity;

/// The most that a rendering may do: about a hundred times what the largest mail takes.
const FUEL: u64 = 1_000_000;

/// Returns the HTML of a mail over these alerts, and `more` that are not listed.
///
/// # Errors
///
/// The template does not suit the values: a defect of ours.
pub(super) fn page(subject: &str, alerts: &[Told], more: usize) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let alerts: Vec<Value> = alerts.iter().map(value).collect();
    let context = BTreeMap::from([
        ("subject", Value::from(subject)),
        ("alerts", Value::from(alerts)),
        ("more", Value::from(more)),
    ]);
    environment.render_str(include_str!("mail.html"), Value::from(context))
}

fn value(told: &Told) -> Value {
    let row = |(name, text): &(&'static str, String)| {
        Value::from(vec![Value::from(*name), Value::from(text.as_str())])
    };
    let link = |(name, url): &(&'static str, String)| {
        Value::from(vec![
            Value::from(*name),
            Value::from(url.as_str()),
            Value::from(is_web_address(url)),
        ])
    };
    Value::from(BTreeMap::from([
        ("colour", Value::from(colour(told.tone))),
        ("badge", Value::from(told.badge.as_str())),
        ("lead", Value::from(told.lead.as_str())),
        ("rule", Value::from(told.rule.as_str())),
        ("place", Value::from(told.place.as_str())),
        ("sentence", Value::from(told.sentence.as_str())),
        ("summary", Value::from(told.summary.as_str())),
        ("rows", told.rows.iter().map(row).collect()),
        ("links", told.links.iter().map(link).collect()),
    ]))
}

/// Whether a link may be clicked: anything but the web stays text.
fn is_web_address(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| ["http", "https"].contains(&url.scheme()))
}

const fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Firing(Severity::Critical) => "#b3261e",
        Tone::Firing(Severity::Warning) => "#9a6700",
        Tone::Firing(Severity::Info) => "#0550ae",
        Tone::Over => "#1a7f37",
        Tone::Unknown => "#6639ba",
    }
}
