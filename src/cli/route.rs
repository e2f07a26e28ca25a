//! `foghorn route`: who would be told of an alert, when, and by which route.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::unknown::unknown;
use super::{Exit, load};
use crate::clock::Clock;
use crate::config::{Alerting, Config, Domains, Environment, Part, Source};
use crate::daemon::setup;
use crate::dispatch::{Desk, Mute, Policy, Route, RouteMatch, Story, matches, route_matches};
use crate::engine::{AlertKey, Event, Evidence, Subject, Transition};
use crate::unit::{AccountName, DomainName, Minute, Series, Severity};

/// Arguments of `route`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn route origin-5xx --domain www.example.com
  foghorn route origin-5xx --domain www.example.com --severity critical rules.yaml
  foghorn route origin-5xx --domain www.example.com --at 2026-12-01T03:00:00Z --format json

Silences that people made of a running service are not known here; those of the file are.")]
pub struct Arguments {
    /// The rule.
    #[arg(value_name = "RULE")]
    rule: String,
    /// The rules file.
    #[arg(value_name = "FILE", default_value = "rules.yaml")]
    file: String,
    /// The domain; without it, an alert over many domains.
    #[arg(long)]
    domain: Option<String>,
    /// The account, if several have the domain.
    #[arg(long)]
    account: Option<String>,
    /// The severity; by default each that the rule has.
    #[arg(long, value_parser = severity)]
    severity: Option<Severity>,
    /// When it fires; by default now.
    #[arg(long, value_name = "TIME", value_parser = super::moment::parse)]
    at: Option<DateTime<Utc>>,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// A JSON document.
    Json,
}

fn severity(text: &str) -> Result<Severity, String> {
    text.parse()
        .map_err(|()| "a severity is info, warning or critical".to_owned())
}

/// Who would be told of an alert of one severity.
struct Outcome<'a> {
    severity: Severity,
    at: DateTime<Utc>,
    routed: Vec<(RouteMatch, &'a Route)>,
    mutes: Vec<Mute>,
    /// When the active hours begin, if they are over.
    hours_begin: Option<DateTime<Utc>>,
    /// The inhibitions that would mute it while their sources fire, by place.
    inhibitions: Vec<usize>,
}

/// Says who would be told.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let environment = Environment::Given(&[Part::Rules, Part::Source]);
    let Some(config) = load::rules_with(&arguments.file, environment)?.config else {
        return Ok(Exit::Failed);
    };
    let rule = rule_of(&config, &arguments.rule)?;
    let at = arguments.at.unwrap_or_else(|| Clock::System.now());
    let subject = subject_of(&config, rule, arguments)?;
    let setup = setup::of(&config);
    let tiers = rule.rule.compiled.tiers.iter().map(|tier| tier.severity);
    let severities: Vec<Severity> = match arguments.severity {
        Some(severity) => vec![severity],
        None => tiers.collect(),
    };
    let outcomes: Vec<Outcome<'_>> = severities
        .into_iter()
        .map(|severity| outcome(&setup.policy, rule, &subject, severity, at))
        .collect();
    let text = match arguments.format {
        Format::Human => text(&outcomes, rule, &subject),
        Format::Json => format!("{}\n", document(&outcomes, rule, &subject)),
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Done)
}

fn rule_of<'a>(config: &'a Config, name: &str) -> anyhow::Result<&'a Alerting> {
    let mut rules = config.rules.iter();
    if let Some(found) = rules.find(|rule| rule.rule.name == name) {
        return Ok(found);
    }
    let names = config.rules.iter().map(|rule| rule.rule.name.as_str());
    Err(unknown("rule", name, names))
}

fn subject_of(config: &Config, rule: &Alerting, arguments: &Arguments) -> anyhow::Result<Subject> {
    let name = &rule.rule.name;
    let domain = match &arguments.domain {
        None if rule.rule.is_fleet() => return Ok(Subject::Fleet),
        None => anyhow::bail!("`{name}` is about each domain by itself: say which, `--domain D`"),
        Some(_) if rule.rule.is_fleet() => {
            anyhow::bail!("`{name}` is one alert over many domains: leave `--domain` out")
        }
        Some(domain) => DomainName::from(domain.as_str()),
    };
    if !rule.rule.domains.matches(domain.as_str()) {
        anyhow::bail!("`{name}` is not about {domain} (`domains:`)");
    }
    let lists = |domains: &Domains| match domains {
        Domains::Listed(listed) => listed.contains(&domain),
        Domains::Discovered { globs, .. } => globs.matches(domain.as_str()),
    };
    let asked = arguments.account.as_deref().map(AccountName::from);
    // A file that is only linted and tested has no sources.
    if config.sources.is_empty() {
        let account = asked.unwrap_or_else(|| AccountName::from(""));
        return Ok(Subject::Series(Series { account, domain }));
    }
    let sources = config.sources.iter();
    let of_account = sources.filter(|of| asked.as_ref().is_none_or(|name| of.account == *name));
    let of_account: Vec<&Source> = of_account.collect();
    if let (Some(name), []) = (&asked, of_account.as_slice()) {
        let known = config.sources.iter().map(|source| source.account.as_str());
        return Err(unknown("account", name.as_str(), known));
    }
    if let Some(source) = of_account.iter().find(|source| lists(&source.domains)) {
        let account = source.account.clone();
        return Ok(Subject::Series(Series { account, domain }));
    }
    let listed = of_account.iter().flat_map(|source| match &source.domains {
        Domains::Listed(listed) => listed.as_slice(),
        Domains::Discovered { .. } => &[],
    });
    let listed = listed.map(DomainName::as_str);
    Err(unknown("domain", domain.as_str(), listed).context("no source has it"))
}

fn outcome<'a>(
    policy: &'a Policy,
    rule: &Alerting,
    subject: &Subject,
    severity: Severity,
    at: DateTime<Utc>,
) -> Outcome<'a> {
    let minute = Minute::containing(at);
    let transition = Transition {
        key: AlertKey {
            rule: rule.rule.name.clone(),
            subject: subject.clone(),
        },
        minute,
        event: Event::Fired,
        severity,
        since: minute,
        fired: minute,
        evidence: Evidence::default(),
    };
    let story = Story::new(policy.view(&transition, Some("")), None, at);
    let mut desk = Desk::default();
    desk.follow(policy, at);
    let mutes = desk.outlook(policy, at).mutes(&story, at);
    let hours = rule.active_hours.as_ref();
    let hours = hours.filter(|hours| !hours.is_active(at));
    let found = route_matches(&policy.routes, &story.labels).into_iter();
    let found = found.map(|matched| {
        let route = &policy.routes[matched.route];
        (matched, route)
    });
    let inhibitions = policy.inhibitions.iter().enumerate();
    let inhibitions = inhibitions.filter(|(_, of)| matches(&of.target, &story.labels));
    Outcome {
        severity,
        at,
        routed: found.collect(),
        mutes,
        hours_begin: hours.and_then(|hours| hours.next_change(at)),
        inhibitions: inhibitions.map(|(place, _)| place).collect(),
    }
}

impl Outcome<'_> {
    /// Returns when a receiver would hear of it at the earliest.
    fn told_at(&self, route: &Route) -> Option<DateTime<Utc>> {
        let begin = match (self.mutes.as_slice(), self.hours_begin) {
            ([], _) => self.at,
            ([Mute::OutsideHours], Some(begin)) => begin,
            _ => return None,
        };
        Some(begin + route.group_wait.delta())
    }
}

fn text(outcomes: &[Outcome<'_>], rule: &Alerting, subject: &Subject) -> String {
    let mut text = String::new();
    let name = &rule.rule.name;
    for outcome in outcomes {
        let on = match subject {
            Subject::Series(series) => format!(" on {}", series.domain),
            Subject::Fleet | Subject::Account { .. } => String::new(),
        };
        let _ = writeln!(
            text,
            "{name}{on}, {}, if it fires at {}",
            outcome.severity,
            time(outcome.at)
        );
        if outcome.routed.is_empty() {
            text.push_str("  no route takes it: nobody is told\n");
        }
        for (matched, route) in &outcome.routed {
            of_match(&mut text, outcome, matched, route);
        }
        if !outcome.mutes.is_empty() {
            let mutes = super::why::mutes(&outcome.mutes);
            let _ = writeln!(text, "  not told while {mutes}");
        }
        for place in &outcome.inhibitions {
            let _ = writeln!(
                text,
                "  not told while an alert fires that matches the source of inhibition {}",
                place + 1
            );
        }
    }
    text
}

fn of_match(text: &mut String, outcome: &Outcome<'_>, matched: &RouteMatch, route: &Route) {
    let receiver = &matched.receiver;
    let labels: Vec<String> = matched
        .labels
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let when = match outcome.told_at(route) {
        Some(at) => format!("at {} at the earliest", time(at)),
        None => "once it is muted no longer".to_owned(),
    };
    let _ = writeln!(
        text,
        "  route {}: {receiver} is told {when}, with others of {}; a reminder after {}",
        matched.route + 1,
        if labels.is_empty() {
            "the route".to_owned()
        } else {
            labels.join(" ")
        },
        route.repeat.every
    );
    for step in &route.escalate {
        let to: Vec<&str> = step.to.iter().map(|name| name.0.as_str()).collect();
        let _ = writeln!(
            text,
            "      {} later {} too, if nobody has acknowledged it",
            step.after,
            to.join(", ")
        );
    }
}

fn document(outcomes: &[Outcome<'_>], rule: &Alerting, subject: &Subject) -> Value {
    let (account, domain) = match subject {
        Subject::Series(series) => (series.account.as_str(), series.domain.as_str()),
        Subject::Fleet | Subject::Account { .. } => ("", ""),
    };
    let at = outcomes.first().map(|outcome| time(outcome.at));
    let outcomes = outcomes.iter().map(|outcome| {
        let routed = outcome.routed.iter().map(|(matched, route)| {
            let steps = route.escalate.iter().map(|step| {
                let to: Vec<&str> = step.to.iter().map(|name| name.0.as_str()).collect();
                json!({"after_seconds": step.after.seconds(), "to": to})
            });
            json!({
                "route": matched.route,
                "receiver": matched.receiver.0,
                "group": matched.labels,
                "key": matched.key,
                "told_at": outcome.told_at(route).map(time),
                "repeat_seconds": route.repeat.every.seconds(),
                "escalate": steps.collect::<Vec<_>>(),
            })
        });
        json!({
            "severity": outcome.severity.as_str(),
            "receivers": routed.collect::<Vec<_>>(),
            "mutes": outcome.mutes,
            "active_from": outcome.hours_begin.map(time),
            "inhibitions": outcome.inhibitions,
        })
    });
    json!({
        "rule": rule.rule.name,
        "account": account,
        "domain": domain,
        "at": at,
        "severities": outcomes.collect::<Vec<_>>(),
    })
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
