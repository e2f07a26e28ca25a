//! How the service is, and by which rules it judges.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::time;
use crate::config::Alerting;
use crate::pipeline::{Phase, Snapshot};
use crate::store::OutboxSummary;
use crate::telemetry::OngoingFault;
use crate::web::Shown;
use crate::web::fault::Fault;

/// How many domains are named that warm up or cannot be asked; `/domains` has all.
const NAMED_MAX: usize = 100;

/// How the service is.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    version: &'static str,
    /// The service's time, which may be a simulator's.
    now: String,
    started: String,
    ready: bool,
    /// What keeps it from being ready.
    not_ready: Vec<String>,
    /// What is not healthy: then the watchdog is not pinged.
    troubles: Vec<String>,
    /// Why the rules are not those of the file, if they are not.
    rules_fault: Option<String>,
    /// When what follows was so.
    as_of: String,
    rules: usize,
    accounts: Vec<Account>,
    domains: Domains,
    alerts: Alerts,
    messages: Messages,
}

#[derive(Debug, Serialize)]
struct Account {
    name: String,
    answered: Option<String>,
    fault: Option<String>,
    /// What comes again and again and has not ended.
    ongoing: Vec<Ongoing>,
}

#[derive(Debug, Serialize)]
struct Ongoing {
    what: String,
    since: String,
    /// How often it has come.
    times: u64,
    /// How many domains have it.
    domains: usize,
}

#[derive(Debug, Serialize)]
struct Domains {
    total: usize,
    warming: Vec<Warming>,
    failing: Vec<Failing>,
}

#[derive(Debug, Serialize)]
struct Warming {
    account: String,
    domain: String,
    until: String,
}

#[derive(Debug, Serialize)]
struct Failing {
    account: String,
    domain: String,
    why: String,
}

#[derive(Debug, Serialize)]
struct Alerts {
    firing: usize,
    pending: usize,
    muted: usize,
    acknowledged: usize,
}

#[derive(Debug, Serialize)]
struct Messages {
    waiting: u64,
    dead: u64,
    oldest_due: Option<String>,
}

/// `GET /status`
pub(super) async fn status(State(shown): State<Shown>) -> Result<Json<Status>, Fault> {
    let (snapshot, now) = (shown.snapshot(), shown.clock.now());
    let summary = shown.store.outbox_summary().await?;
    let accounts = shown.health.accounts().into_iter();
    let not_ready = shown.health.not_ready();
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        now: time(now),
        started: time(shown.begun),
        ready: not_ready.is_empty(),
        not_ready,
        troubles: shown.health.troubles(now),
        rules_fault: shown.health.rules_fault(),
        as_of: time(snapshot.at),
        rules: shown.rules().rules.len(),
        accounts: accounts
            .map(|account| Account {
                name: account.name,
                answered: account.answered.map(time),
                fault: account.fault,
                ongoing: account.ongoing.into_iter().map(ongoing).collect(),
            })
            .collect(),
        domains: domains(&snapshot),
        alerts: alerts(&snapshot),
        messages: messages(&summary),
    }))
}

fn ongoing(fault: OngoingFault) -> Ongoing {
    Ongoing {
        what: fault.what,
        since: time(fault.since),
        times: fault.times,
        domains: fault.domains,
    }
}

fn domains(snapshot: &Snapshot) -> Domains {
    let named = |of: &crate::unit::Series| (of.account.to_string(), of.domain.to_string());
    let warming = snapshot.series.iter().filter_map(|of| {
        let (account, domain) = named(&of.series);
        let until = of.warming_until?.to_string();
        Some(Warming {
            account,
            domain,
            until,
        })
    });
    let failing = snapshot.series.iter().filter_map(|of| {
        let (account, domain) = named(&of.series);
        let why = of.failing.clone()?;
        Some(Failing {
            account,
            domain,
            why,
        })
    });
    Domains {
        total: snapshot.series.len(),
        warming: warming.take(NAMED_MAX).collect(),
        failing: failing.take(NAMED_MAX).collect(),
    }
}

fn alerts(snapshot: &Snapshot) -> Alerts {
    let in_phase = |phase| snapshot.alerts.iter().filter(move |a| a.phase == phase);
    Alerts {
        firing: in_phase(Phase::Firing).count(),
        pending: in_phase(Phase::Pending).count(),
        muted: in_phase(Phase::Firing)
            .filter(|alert| !alert.mutes.is_empty())
            .count(),
        acknowledged: in_phase(Phase::Firing)
            .filter(|alert| alert.view.ack.is_some())
            .count(),
    }
}

fn messages(summary: &OutboxSummary) -> Messages {
    Messages {
        waiting: summary.waiting,
        dead: summary.dead,
        oldest_due: summary.oldest_due.map(time),
    }
}

/// A rule.
#[derive(Debug, Serialize)]
pub(super) struct Rule {
    name: String,
    severities: Vec<Tier>,
    domains: Vec<String>,
    labels: BTreeMap<String, String>,
    summary: String,
    runbook_url: String,
    /// How many minutes it looks at.
    reach_minutes: u32,
    firing: usize,
    pending: usize,
}

#[derive(Debug, Serialize)]
struct Tier {
    severity: &'static str,
    condition: String,
}

/// `GET /rules`
pub(super) async fn rules(State(shown): State<Shown>) -> Json<Vec<Rule>> {
    let snapshot = shown.snapshot();
    let mut standing: BTreeMap<(&str, Phase), usize> = BTreeMap::new();
    for alert in &snapshot.alerts {
        let key = (alert.view.rule.as_str(), alert.phase);
        *standing.entry(key).or_default() += 1;
    }
    let count = |name: &str, phase| standing.get(&(name, phase)).copied().unwrap_or(0);
    let rules = shown.rules();
    let rules = rules.rules.iter().map(|of: &Alerting| Rule {
        name: of.rule.name.clone(),
        severities: of
            .rule
            .compiled
            .tiers
            .iter()
            .map(|tier| Tier {
                severity: tier.severity.as_str(),
                condition: tier.text.clone(),
            })
            .collect(),
        domains: of.rule.domains.texts().collect(),
        labels: of.labels.as_ref().clone(),
        summary: of.summary.clone().unwrap_or_default(),
        runbook_url: of.runbook_url.clone().unwrap_or_default(),
        reach_minutes: of.rule.compiled.reach,
        firing: count(&of.rule.name, Phase::Firing),
        pending: count(&of.rule.name, Phase::Pending),
    });
    Json(rules.collect())
}
