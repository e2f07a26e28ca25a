//! Incidents that people know of: what a rule ought to catch.

use std::fs;

use anyhow::Context as _;
use serde::Deserialize;

use super::outcome::{Outcome, Scope};
use super::words::{Side, clip, columns, duration, paragraph, time, whole};
use crate::replay::firing::Firing;
use crate::unit::{Glob, Minute, counted};

/// How many incidents a file may have, and how long it may be: far more than anybody writes down.
const INCIDENTS_MAX: usize = 10_000;
const BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How many characters of an incident and of an alert are shown.
const TITLE_MAX: usize = 60;
const ALERT_MAX: usize = 40;

/// An incident.
#[derive(Clone, Debug)]
pub(super) struct Incident {
    /// Its first minute.
    from: Minute,
    /// The minute after its last.
    to: Minute,
    /// The domains that it was on; without it, all.
    domain: Option<Glob>,
    /// What people call it.
    name: Option<String>,
}

/// A line of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `from` and `to`")]
struct Line {
    from: String,
    to: String,
    domain: Option<String>,
    name: Option<String>,
}

/// When an incident was caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caught {
    /// The alert fired already when it began.
    Before,
    /// So many minutes of it had passed, that of the decision included.
    After(u64),
}

/// Whether an incident can be held against the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It can.
    Within,
    /// It was at another time.
    Outside,
    /// It was on domains of which the data has none.
    Elsewhere,
}

impl Incident {
    /// Returns the first firing that caught it, and when that did.
    pub(super) fn caught<'a>(
        &self,
        firings: impl Iterator<Item = &'a Firing>,
    ) -> Option<(&'a Firing, Caught)> {
        let caught = firings.filter(|firing| self.is_caught_by(firing));
        let first = caught.min_by_key(|firing| firing.fired)?;
        let passed = first.fired.next().epoch() - self.from.epoch();
        Some(match u64::try_from(passed) {
            Ok(minutes @ 1..) => (first, Caught::After(minutes)),
            Ok(0) | Err(_) => (first, Caught::Before),
        })
    }

    /// Whether a firing is of this incident.
    pub(super) fn is_caught_by(&self, firing: &Firing) -> bool {
        let is_there = match (&self.domain, firing.domain()) {
            (Some(glob), Some(domain)) => glob.matches(domain.as_str()),
            (None, _) | (_, None) => true,
        };
        is_there && firing.fires_within(self.from, self.to)
    }

    /// Returns what it is called, and when and where it was: `the certificate (2026-11-22 10:00)`.
    pub(super) fn title(&self) -> String {
        let when = time(self.from);
        let domain = self.domain.as_ref();
        let place = domain.map_or_else(String::new, |glob| {
            format!(", {}", whole(&glob.to_string()))
        });
        match &self.name {
            Some(name) => format!("{} ({when}{place})", whole(name)),
            None => format!("{when}{place}"),
        }
    }

    /// Returns whether any of it lies within the data.
    pub(super) fn place(&self, scope: &Scope) -> Place {
        let (first, last) = scope.span;
        let is_on = |glob: &Glob| {
            let mut series = scope.series.iter();
            series.any(|of| glob.matches(of.domain.as_str()))
        };
        if last < self.from || self.to <= first {
            Place::Outside
        } else if self.domain.as_ref().is_none_or(is_on) {
            Place::Within
        } else {
            Place::Elsewhere
        }
    }
}

/// Says of each incident which alert was the first to catch it, and after how long.
pub(super) fn text(incidents: &[Incident], outcome: &Outcome<'_>, scope: &Scope) -> String {
    let heads = ["INCIDENT", "CAUGHT BY", "AFTER"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let (mut within, mut caught) = (0, 0);
    for incident in incidents {
        let mut row = vec![clip(&incident.title(), TITLE_MAX)];
        match incident.place(scope) {
            Place::Within => {
                within += 1;
                if let Some((first, when)) = incident.caught(outcome.firings.iter()) {
                    caught += 1;
                    row.push(alert(first, scope));
                    row.push(match when {
                        Caught::Before => "fired before".to_owned(),
                        Caught::After(minutes) => duration(minutes),
                    });
                } else {
                    row.push("no alert".to_owned());
                }
            }
            Place::Outside => row.push("outside of the data".to_owned()),
            Place::Elsewhere => row.push("no such domain in the data".to_owned()),
        }
        rows.push(row);
    }
    let mut text = columns(&[Side::Left, Side::Left, Side::Right], &rows);
    text.push_str(&paragraph(&format!(
        "{caught} of {} caught; AFTER: minutes of it up to the one that decided; the service judges a minute {} after its end (`settle:`)",
        counted(within, "incident"),
        outcome.config.settle
    )));
    text
}

/// Returns what an alert is called.
fn alert(firing: &Firing, scope: &Scope) -> String {
    let alert = format!("{} {}", firing.key.rule, scope.place(firing));
    format!("{} ({})", clip(alert.trim(), ALERT_MAX), firing.severity)
}

/// Reads a file of incidents: a JSON document a line.
pub(super) fn read(path: &str) -> anyhow::Result<Vec<Incident>> {
    let size = fs::metadata(path)
        .with_context(|| format!("read {path}"))?
        .len();
    anyhow::ensure!(size <= BYTES_MAX, "{path} has more than {BYTES_MAX} bytes");
    let text = fs::read_to_string(path).with_context(|| format!("read {path}"))?;
    let incidents = parse(&text).with_context(|| format!("read {path}"))?;
    anyhow::ensure!(!incidents.is_empty(), "{path} has no incident");
    Ok(incidents)
}

fn parse(text: &str) -> anyhow::Result<Vec<Incident>> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let mut incidents = Vec::new();
    for (at, line) in lines {
        let one = incident(line).with_context(|| format!("line {}", at + 1))?;
        incidents.push(one);
        anyhow::ensure!(
            incidents.len() <= INCIDENTS_MAX,
            "there are more than {INCIDENTS_MAX} incidents"
        );
    }
    Ok(incidents)
}

fn incident(line: &str) -> anyhow::Result<Incident> {
    let Line {
        from,
        to,
        domain,
        name,
    } = serde_json::from_str(line)
        .context("an incident is written like {\"from\":\"2026-11-22T10:00:00Z\",\"to\":\"2026-11-22T10:40:00Z\",\"domain\":\"*.example.com\"}")?;
    let minute = |text: &str| text.parse::<Minute>().with_context(|| format!("`{text}`"));
    let (from, to) = (minute(&from)?, minute(&to)?);
    anyhow::ensure!(from < to, "it ends at {to}, and does not begin before that");
    let domain = domain.map(|domain| Glob::from(domain.as_str()));
    Ok(Incident {
        from,
        to,
        domain,
        name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faulty_incident_is_told_with_its_line() {
        let sound = r#"{"from":"2026-11-22T10:00:00Z","to":"2026-11-22T10:40:00Z"}"#;
        assert_eq!(parse(&format!("{sound}\n\n{sound}\n")).unwrap().len(), 2);
        for (faulty, said) in [
            ("x", "line 3: an incident is written like"),
            (
                r#"{"from":"x","to":"y"}"#,
                "line 3: `x`: a minute is written like",
            ),
            (
                r#"{"from":"2026-11-22T10:00:00Z","to":"2026-11-22T10:00:00Z"}"#,
                "line 3: it ends at",
            ),
            (
                r#"{"from":"2026-11-22T10:00:00Z","to":"2026-11-22T10:01:00Z","domian":"a"}"#,
                "unknown field `domian`",
            ),
        ] {
            let fault = parse(&format!("{sound}\n\n{faulty}")).unwrap_err();
            assert!(format!("{fault:#}").contains(said), "{fault:#}");
        }
    }
}
