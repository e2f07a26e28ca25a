//! `/`: what fires, what is pending, the domains with their last hours, and how the service is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::curve::{Course, Curve, Size};
use super::words::{Card, card, minute, span, time};
use crate::config::Config;
use crate::dispatch::AlertView;
use crate::pipeline::{Kept, Phase, Snapshot, StandingSeries};
use crate::unit::{Glob, Minute, Series};
use crate::web::Shown;
use crate::web::draft::{Stage, sorted};
use crate::web::fault::Fault;

/// How many alerts are shown; beyond, a person needs a list and not a page.
const CARDS_MAX: usize = 100;
/// Of how many dead letters it is shown what they could not tell: the latest.
const LETTERS_MAX: u32 = 5;
/// How many domains are on one page.
const DOMAINS_PER_PAGE: usize = 20;
/// How many curves a domain has at the most.
const CURVES_MAX: usize = 3;
/// How far back curves go, in minutes.
const CURVE_MINUTES: i64 = 180;
const CURVE: Size = Size {
    width: 240,
    height: 48,
};

#[derive(Debug, Serialize)]
struct Home {
    now: String,
    firing: Vec<Card>,
    firing_total: usize,
    muted: Vec<Card>,
    muted_total: usize,
    pending: Vec<Card>,
    pending_total: usize,
    troubles: Vec<String>,
    not_ready: Vec<String>,
    rules_fault: String,
    accounts: Vec<Account>,
    silences: usize,
    domains: Vec<Domain>,
    domains_total: usize,
    domains_shown: usize,
    filter: String,
    page: usize,
    pages: usize,
    dead: u64,
    /// Of the latest of those, who was not told of what, and why.
    not_told: Vec<String>,
    waiting: u64,
}

#[derive(Debug, Serialize)]
struct Account {
    name: String,
    answered: String,
    fault: String,
}

#[derive(Debug, Serialize)]
struct Domain {
    name: String,
    account: String,
    judged: String,
    warming: String,
    failing: String,
    curves: Vec<Curve>,
}

/// Which domains are looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct DomainQuery {
    domain: Option<String>,
    page: Option<usize>,
}

/// `GET /`
pub(super) async fn page(
    State(shown): State<Shown>,
    which: Result<Query<DomainQuery>, QueryRejection>,
) -> Result<Response, Fault> {
    let Query(which) = which?;
    let (snapshot, now) = (shown.snapshot(), shown.clock.now());
    let summary = shown.store.outbox_summary().await?;
    let filter = which.domain.unwrap_or_default();
    let wanted = wanted(&snapshot, &filter);
    let pages = wanted.len().div_ceil(DOMAINS_PER_PAGE).max(1);
    let at = which.page.unwrap_or(1).clamp(1, pages);
    let here = wanted.iter().skip((at - 1) * DOMAINS_PER_PAGE);
    let here: Vec<_> = here.take(DOMAINS_PER_PAGE).copied().cloned().collect();
    let domains_shown = wanted.len();
    let (muted, firing): (Vec<_>, Vec<_>) = snapshot
        .alerts
        .iter()
        .filter(|alert| alert.phase == Phase::Firing)
        .partition(|alert| !alert.mutes.is_empty());
    let pending = snapshot.alerts.iter();
    let pending: Vec<_> = pending.filter(|a| a.phase == Phase::Pending).collect();
    let is_active = |silence: &&&_| Stage::of(silence, now) == Stage::Active;
    let home = Home {
        now: time(now),
        firing_total: firing.len(),
        firing: cards(firing, now),
        muted_total: muted.len(),
        muted: cards(muted, now),
        pending_total: pending.len(),
        pending: cards(pending, now),
        troubles: shown.health.troubles(now),
        not_ready: shown.health.not_ready(),
        rules_fault: shown.health.rules_fault().unwrap_or_default(),
        accounts: accounts(&shown, now),
        silences: sorted(&snapshot, now).iter().filter(is_active).count(),
        domains: domains(&shown, here).await?,
        domains_total: snapshot.series.len(),
        domains_shown,
        filter,
        page: at,
        pages,
        dead: summary.dead,
        not_told: not_told(&shown).await?,
        waiting: summary.waiting,
    };
    Ok(super::page("home.html", &home))
}

/// Returns who was not told of which alerts, and why, of the latest messages that were given up.
async fn not_told(shown: &Shown) -> Result<Vec<String>, Fault> {
    let letters = shown.store.dead_letters(LETTERS_MAX).await?;
    let lines = letters.iter().flat_map(|letter| {
        let groups = letter.by_reason().into_iter();
        groups.map(|(why, alerts)| {
            let alerts: Vec<String> = alerts.into_iter().map(AlertView::about).collect();
            format!("{}: {}: {why}", letter.receiver, alerts.join(", "))
        })
    });
    Ok(lines.collect())
}

/// Returns alerts as lists show them, the worst first, then those that have lasted longest.
fn cards(mut alerts: Vec<&crate::pipeline::StandingAlert>, now: DateTime<Utc>) -> Vec<Card> {
    let badness = |severity: &str| severity.parse::<crate::unit::Severity>().ok();
    alerts.sort_by(|a, b| {
        let (a, b) = (&a.view, &b.view);
        let worst = badness(&b.severity).cmp(&badness(&a.severity));
        worst.then_with(|| a.since.cmp(&b.since))
    });
    alerts
        .into_iter()
        .take(CARDS_MAX)
        .map(|alert| card(alert, now))
        .collect()
}

fn accounts(shown: &Shown, now: DateTime<Utc>) -> Vec<Account> {
    let accounts = shown.health.accounts().into_iter();
    let accounts = accounts.map(|account| Account {
        name: account.name,
        answered: account.answered.map_or_else(
            || "not yet".to_owned(),
            |at| format!("{} ago", span(at, now)),
        ),
        fault: account.fault.unwrap_or_default(),
    });
    accounts.collect()
}

/// Returns the domains that are asked for: those with alerts first, then those that cannot be asked.
fn wanted<'s>(snapshot: &'s Snapshot, filter: &str) -> Vec<&'s StandingSeries> {
    let alerting: BTreeSet<&str> = snapshot
        .alerts
        .iter()
        .flat_map(|alert| &alert.view.domains)
        .map(String::as_str)
        .collect();
    let glob = match filter {
        "" => Glob::from("*"),
        filter if filter.contains(['*', '?']) => Glob::from(filter),
        filter => Glob::from(format!("*{filter}*").as_str()),
    };
    let mut found: Vec<_> = snapshot
        .series
        .iter()
        .filter(|of| glob.matches(of.series.domain.as_str()))
        .collect();
    found.sort_by_key(|of| {
        (
            !alerting.contains(of.series.domain.as_str()),
            of.failing.is_none(),
        )
    });
    found
}

/// Reads and draws the last hours of some domains. The drawing is done beside the tasks, and for few
/// people at a time.
async fn domains(shown: &Shown, series: Vec<StandingSeries>) -> Result<Vec<Domain>, Fault> {
    let config = shown.rules();
    let Ok(_turn) = shown.drawing.acquire().await else {
        return Ok(Vec::new());
    };
    let mut domains = Vec::with_capacity(series.len());
    for of in series {
        let courses = courses(&config, &of.series);
        let to = of.next;
        let from = earlier(to, CURVE_MINUTES);
        let back = courses.iter().map(Course::back).max().unwrap_or(0);
        let kept = kept(shown, &of.series, earlier(from, i64::from(back)), to).await?;
        let drawn = tokio::task::spawn_blocking(move || {
            let draw = |course: &Course| course.draw(&kept, (from, to), CURVE);
            courses.iter().map(draw).collect::<Vec<_>>()
        });
        domains.push(Domain {
            name: of.series.domain.to_string(),
            account: of.series.account.to_string(),
            judged: minute(&of.next.to_string()),
            warming: of
                .warming_until
                .map_or_else(String::new, |until| minute(&until.to_string())),
            failing: of.failing.clone().unwrap_or_default(),
            curves: drawn.await.unwrap_or_default(),
        });
    }
    Ok(domains)
}

/// Returns what rules compare on a domain, each expression once.
fn courses(config: &Arc<Config>, series: &Series) -> Vec<Course> {
    let mut seen = BTreeSet::new();
    let rules = config.rules.iter().map(|of| &of.rule);
    let rules = rules.filter(|rule| rule.domains.matches(series.domain.as_str()));
    let of_own = rules.filter(|rule| {
        let part = rule
            .compiled
            .tiers
            .first()
            .and_then(|tier| tier.parts.first());
        part.is_some_and(|part| seen.insert(part.node))
    });
    of_own
        .filter_map(|rule| Course::of(rule, &config.program))
        .take(CURVES_MAX)
        .collect()
}

/// Returns what the store has of a series.
pub(super) async fn kept(
    shown: &Shown,
    series: &Series,
    from: Minute,
    to: Minute,
) -> Result<BTreeMap<Minute, Kept>, Fault> {
    let kept = shown.store.samples(series, from, to).await?;
    Ok(kept.into_iter().collect())
}

/// Returns the minute that lies so many minutes before.
pub(super) fn earlier(minute: Minute, minutes: i64) -> Minute {
    Minute::from_epoch(minute.epoch() - minutes).unwrap_or(minute)
}
