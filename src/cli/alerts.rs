//! `foghorn alerts`.

use std::collections::BTreeSet;
use std::io::{self, Write as _};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::client::{Format, Target, print_json, read};
use super::{Exit, grid};
use crate::diag::nearest;
use crate::unit::Timespan;

/// Arguments of `alerts`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn alerts
  foghorn alerts 'domain=~img.*' --firing
  foghorn alerts --format json

The beginning of an ID is enough for `foghorn ack` and `foghorn why`.")]
pub struct Arguments {
    /// Only alerts that match, such as severity=critical.
    #[arg(value_name = "MATCHER")]
    matcher: Option<String>,
    /// Only those that fire.
    #[arg(long)]
    firing: bool,
    #[command(flatten)]
    target: Target,
}

/// An alert as the service lists it, as far as a table shows it.
#[derive(Deserialize)]
struct Alert {
    id: Option<String>,
    phase: String,
    rule: String,
    account: String,
    domain: String,
    domains: Vec<String>,
    severity: String,
    since: DateTime<Utc>,
    value: String,
    muted_by: Vec<MutedBy>,
    ack: Option<Value>,
}

#[derive(Deserialize)]
struct MutedBy {
    kind: String,
}

/// Prints what fires and what is pending.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let service = arguments.target.open()?;
    let matcher = arguments.matcher.as_deref().map(matcher);
    let filter = matcher.as_deref().map(|matcher| ("filter", matcher));
    let phase = arguments.firing.then_some(("phase", "firing"));
    let phase: Vec<_> = phase.into_iter().collect();
    let parameters: Vec<_> = filter.into_iter().chain(phase.iter().copied()).collect();
    let answer = service.get(&["alerts"], &parameters)?;
    if arguments.target.format == Format::Json {
        print_json(&answer)?;
        return Ok(Exit::Done);
    }
    let alerts: Vec<Alert> = read(&answer)?;
    if alerts.is_empty() {
        // Of how many nothing is as it was asked for.
        let all: Vec<Value> = match matcher {
            Some(_) => read(&service.get(&["alerts"], &phase)?)?,
            None => Vec::new(),
        };
        let said = match (all.len(), arguments.matcher.as_deref()) {
            (0, _) | (_, None) if arguments.firing => "Nothing fires.".to_owned(),
            (0, _) | (_, None) => "Nothing fires, and nothing is pending.".to_owned(),
            (1, Some(asked)) => format!("The one alert does not match {asked}."),
            (many, Some(asked)) => format!("None of the {many} alerts matches {asked}."),
        };
        let unknown = matcher
            .as_deref()
            .and_then(|asked| unknown_label(asked, &all));
        let said = said + unknown.as_deref().unwrap_or_default();
        writeln!(io::stdout(), "{said}")?;
        return Ok(Exit::Done);
    }
    let status = service.get(&["status"], &[])?;
    let now: DateTime<Utc> = read(&status["now"])?;
    let rows: Vec<_> = alerts.iter().map(|alert| row(alert, now)).collect();
    let heads = ["id", "severity", "rule", "where", "value", "for", "state"];
    grid::print(heads, &rows)?;
    Ok(Exit::Done)
}

/// Says that none of these alerts has the label that is asked for.
fn unknown_label(matcher: &str, all: &[Value]) -> Option<String> {
    let name = matcher.split(['=', '!']).next()?.trim();
    let labels = all.iter().filter_map(|alert| alert["labels"].as_object());
    let known: BTreeSet<&str> = labels
        .flat_map(|of| of.keys().map(String::as_str))
        .collect();
    if known.is_empty() || known.contains(name) {
        return None;
    }
    let near = nearest(name, known);
    let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    Some(format!(" None has a label `{name}`{near}"))
}

fn row(alert: &Alert, now: DateTime<Utc>) -> [String; 7] {
    let place = match (alert.domain.as_str(), alert.domains.as_slice()) {
        ("", []) => alert.account.clone(),
        ("", [one]) => one.clone(),
        ("", [first, others @ ..]) => format!("{first} +{}", others.len()),
        (domain, _) => domain.to_owned(),
    };
    let minutes = (now - alert.since).num_minutes().max(0).saturating_mul(60);
    let lasts = Timespan::from_seconds(u32::try_from(minutes).unwrap_or(u32::MAX / 60 * 60));
    let state = match (alert.ack.is_some(), alert.muted_by.first()) {
        (_, Some(by)) => by.kind.replace('_', " "),
        (true, None) => "taken on".to_owned(),
        (false, None) => alert.phase.clone(),
    };
    [
        grid::short(alert.id.as_deref().unwrap_or("-")),
        alert.severity.clone(),
        alert.rule.clone(),
        place,
        alert.value.clone(),
        lasts.to_string().replace("0s", "0m"),
        state,
    ]
}

/// Returns a matcher as the service reads it; a name alone is a rule's.
pub fn matcher(text: &str) -> String {
    if text.contains(['=', '!']) {
        text.to_owned()
    } else {
        format!("rule={}", Value::from(text))
    }
}
