//! The HTML part of a mail: styles in place, nothing fetched from anywhere, every value escaped.

use std::collections::BTreeMap;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use super::chart::Chart;
use super::format::colour;
use super::words::{AlertWords, Letter, Link, alternative, caption};
use crate::config::Language;

/// The most that a rendering may do: about a hundred times what the largest mail takes.
const FUEL: u64 = 1_000_000;

/// A chart of a mail, by its id in the mail.
pub(super) struct Figure<'a> {
    /// What an image's `cid:` names.
    pub id: String,
    /// The chart.
    pub chart: &'a Chart,
}

/// Returns the HTML of a letter, of which so many alerts are shown with all that is known.
///
/// # Errors
///
/// The template does not suit the values: a defect of ours.
pub(super) fn page(
    letter: &Letter,
    detailed: usize,
    figures: &[Figure<'_>],
    language: Language,
) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let (cards, lines) = letter.alerts.split_at(letter.alerts.len().min(detailed));
    let card = |told: &AlertWords| value(told, figures, language);
    let line = |told: &AlertWords| value(told, &[], language);
    let others = letter.others.as_ref().map(row);
    let context = BTreeMap::from([
        ("language", Value::from(tag(language))),
        ("subject", Value::from(letter.subject.as_str())),
        ("colon", Value::from(letter.colon)),
        ("headline", Value::from(letter.headline.as_str())),
        ("counts", Value::from(letter.counts.as_str())),
        ("cards", cards.iter().map(card).collect()),
        ("lines", lines.iter().map(line).collect()),
        ("rest", Value::from(letter.rest.as_str())),
        ("others", Value::from(others)),
    ]);
    environment.render_str(include_str!("mail.html"), Value::from(context))
}

/// The language as pages name it.
const fn tag(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::Zh => "zh-CN",
    }
}

fn value(told: &AlertWords, figures: &[Figure<'_>], language: Language) -> Value {
    let figure = figures.iter().find(|figure| figure.chart.alert == told.id);
    let chart = figure.map(|figure| {
        Value::from(BTreeMap::from([
            ("id", figure.id.clone()),
            ("alternative", alternative(figure.chart, language)),
            ("caption", caption(figure.chart, language)),
        ]))
    });
    // What stands last looks at the alert itself.
    let look = told.links.last().filter(|link| link.is_web()).map(link);
    Value::from(BTreeMap::from([
        ("colour", Value::from(colour(told.tone))),
        ("badge", Value::from(told.badge.as_str())),
        ("lead", Value::from(told.lead.as_str())),
        ("rule", Value::from(told.rule.as_str())),
        ("place", Value::from(told.place.as_str())),
        ("brief", Value::from(told.brief.as_str())),
        ("sentence", Value::from(told.sentence.as_str())),
        ("summary", Value::from(told.summary.as_str())),
        ("rows", told.rows.iter().map(row).collect()),
        ("links", told.links.iter().map(link).collect()),
        ("look", Value::from(look)),
        ("chart", Value::from(chart)),
    ]))
}

fn row((name, text): &(&'static str, String)) -> Value {
    Value::from(vec![Value::from(*name), Value::from(text.as_str())])
}

fn link(link: &Link) -> Value {
    Value::from(BTreeMap::from([
        ("name", Value::from(link.name)),
        ("url", Value::from(link.url.as_str())),
        ("is_web", Value::from(link.is_web())),
    ]))
}
