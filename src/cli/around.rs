//! The time around an alert of the store: how far it reaches, and which rules it can test.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};

use crate::config::{Alerting, BUILT_IN_RULES, Config};
use crate::engine::{Event, Rule, Subject, Transition};
use crate::pipeline::{Kept, SeriesMark};
use crate::replay::record::Record;
use crate::replay::row::MINUTES_MAX;
use crate::samples::Samples;
use crate::store::{HistoryFilter, HistoryRow, Loaded, Store};
use crate::unit::{DomainName, Minute, Minutes, Series, counted};

/// How long before the first bad minute the test begins at the least, and how long after the end
/// of the alert it ends, in minutes.
const AROUND: u32 = 30;
/// How far the test reaches back for the sake of other rules than the alert's, in minutes.
const OTHERS_MAX: u32 = 120;
/// How much farther back a minute is looked for of which each domain has a sample.
const FARTHER: u32 = 60;
/// How many transitions of one firing are looked through for its end.
const CHANGES_MAX: u32 = 10_000;
/// How many minutes of samples a test has at the most, as files of tests may have.
const SAMPLES_MAX: usize = 2_000_000;

/// The time around an alert.
pub struct Around<'a> {
    /// Its beginning.
    pub alert: Transition,
    /// The test, without what it expects.
    pub record: Record<'a>,
    /// Since when the service judges the rule there.
    pub judged_from: Option<Minute>,
    /// Whether the rules file has another rule of this name than the service judges.
    pub is_changed: bool,
}

/// Reads the time around an alert, and says in the test's comments what is not as it was.
pub async fn around<'a>(
    store: &Store,
    row: &HistoryRow,
    config: &Config,
    path: &'a str,
) -> anyhow::Result<Around<'a>> {
    let alert = &row.transition;
    let rule = rule_of(alert, config, path)?;
    let Loaded {
        series: marks,
        rules,
        ..
    } = store.load().await.context("read the store")?;
    let mut comments = Vec::new();
    let series = series_of(alert, rule, &marks, &mut comments);
    let end = end_of(store, row).await?;
    comments.insert(0, headline(row, end));
    let back = back(rule, &series, config);
    let first = earlier(alert.since, back + FARTHER);
    let to = last_of(alert, end, &series, &marks);
    let mut samples = read(store, &series, &marks, (first, to), &mut comments).await?;
    let start = start(&samples, earlier(alert.since, back));
    let last = longest(start, to, &mut comments);
    for minutes in samples.values_mut() {
        minutes.retain(|minute, _| start <= *minute && *minute <= last);
    }
    samples.retain(|_, minutes| !minutes.is_empty());
    let most = samples.values().map(BTreeMap::len).sum::<usize>();
    if SAMPLES_MAX < most {
        bail!("the test would have {most} minutes of samples; a file has at most {SAMPLES_MAX}");
    }
    if samples.is_empty() {
        bail!(
            "{} has no samples of {start} to {last}: they are kept for {} (`history:`)",
            store.file(),
            config.history
        );
    }
    let only = only(
        rule,
        alert,
        start,
        (&samples, &marks),
        config,
        &mut comments,
    );
    let name = format!("{}, fired at {}", title(alert), alert.fired);
    let record = Record {
        comments,
        name,
        rules: path,
        start,
        last,
        only,
        samples,
    };
    let own = marks.iter().filter(|mark| series.contains(&mark.series));
    let of_rule = rules.iter().filter(|mark| mark.name == rule.name);
    let begins = own.map(|mark| mark.judge_from);
    let judged_from = begins.chain(of_rule.clone().map(|mark| mark.from)).max();
    let meaning = rule.meaning(&config.program.meanings());
    let mut meanings = of_rule.map(|mark| &mark.meaning);
    Ok(Around {
        alert: alert.clone(),
        record,
        judged_from,
        is_changed: meanings.any(|judged| *judged != meaning),
    })
}

fn headline(row: &HistoryRow, end: Option<Minute>) -> String {
    let of = &row.transition;
    let end = end.map_or_else(|| "still firing".to_owned(), |end| format!("over at {end}"));
    format!(
        "Alert {}: {}, {}, bad since {}, fired at {}, {end}. `rules:` is as seen from the folder of this file.",
        row.firing,
        title(of),
        of.severity,
        of.since,
        of.fired
    )
}

fn rule_of<'c>(alert: &Transition, config: &'c Config, path: &str) -> anyhow::Result<&'c Rule> {
    let name = alert.key.rule.as_str();
    if BUILT_IN_RULES.contains(&name) {
        bail!("`{name}` is built in, and says that samples are missing: there is no rule to test");
    }
    let found = config.rules.iter().find(|of| of.rule.name == name);
    let Some(found) = found else {
        bail!("the alert is of the rule `{name}`, which {path} has no longer");
    };
    if found.rule.is_fleet() != (alert.key.subject == Subject::Fleet) {
        bail!("the rule `{name}` was changed since: `on at least … domains` was added or removed");
    }
    Ok(&found.rule)
}

/// Returns the series whose samples decide: the alert's own, or all that its rule is about.
fn series_of(
    alert: &Transition,
    rule: &Rule,
    marks: &[SeriesMark],
    comments: &mut Vec<String>,
) -> Vec<Series> {
    if let Subject::Series(series) = &alert.key.subject {
        return vec![series.clone()];
    }
    let mut by_domain: BTreeMap<DomainName, Series> = BTreeMap::new();
    let known = marks.iter().map(|mark| &mark.series);
    for series in known.chain(&alert.evidence.domains) {
        if !rule.domains.matches(series.domain.as_str()) {
            continue;
        }
        let first = by_domain.entry(series.domain.clone());
        let first = first.or_insert_with(|| series.clone());
        if first.account != series.account {
            comments.push(format!(
                "{} is of account {} here; what account {} had of it is left out.",
                series.domain, first.account, series.account
            ));
        }
    }
    by_domain.into_values().collect()
}

/// Returns the minute that decided that the alert was over, if it is.
async fn end_of(store: &Store, row: &HistoryRow) -> anyhow::Result<Option<Minute>> {
    let filter = HistoryFilter {
        firing: Some(row.firing.clone()),
        ..HistoryFilter::default()
    };
    let history = store.alerts_history(&filter, CHANGES_MAX).await;
    let history = history.context("read the store")?;
    let is_end = |event: &Event| matches!(event, Event::Resolved | Event::Ended { .. });
    let mut ends = history.iter().filter(|row| is_end(&row.transition.event));
    Ok(ends.next().map(|row| row.transition.minute))
}

/// Returns how many minutes before the first bad one the test begins: so many that the alert's
/// rule can look back, and others, if that is not far.
fn back(rule: &Rule, series: &[Series], config: &Config) -> u32 {
    let is_about = |of: &&Alerting| {
        let domains = &of.rule.domains;
        series
            .iter()
            .any(|series| domains.matches(series.domain.as_str()))
    };
    let others = config.rules.iter().filter(is_about);
    let others = others.map(|of| of.rule.compiled.reach);
    let others = others.filter(|reach| *reach <= OTHERS_MAX).max();
    rule.compiled.reach.max(others.unwrap_or(0)).max(AROUND)
}

fn earlier(minute: Minute, minutes: u32) -> Minute {
    Minute::from_epoch(minute.epoch() - i64::from(minutes)).unwrap_or(minute)
}

/// Returns the last minute: some time after the end, or the last that was judged.
fn last_of(
    alert: &Transition,
    end: Option<Minute>,
    series: &[Series],
    marks: &[SeriesMark],
) -> Minute {
    let marks = marks.iter().filter(|mark| series.contains(&mark.series));
    let judged = marks.map(|mark| mark.next.previous()).max();
    let after =
        Minutes::new(AROUND).map_or(alert.fired, |around| end.unwrap_or(alert.fired) + around);
    let last = match (end, judged) {
        (Some(_), Some(judged)) => after.min(judged),
        (None, Some(judged)) => judged,
        (_, None) => after,
    };
    last.max(alert.fired)
}

/// Returns the last minute that rows from `start` can have.
fn longest(start: Minute, last: Minute, comments: &mut Vec<String>) -> Minute {
    let most = u32::try_from(MINUTES_MAX - 1).ok().and_then(Minutes::new);
    let longest = most.map_or(last, |most| start + most);
    if longest < last {
        comments.push(format!(
            "What came after {longest} is left out: a row has at most 14 days."
        ));
    }
    last.min(longest)
}

/// Reads what is kept. What a domain had before its history began says nothing, there as here.
async fn read(
    store: &Store,
    series: &[Series],
    marks: &[SeriesMark],
    (from, to): (Minute, Minute),
    comments: &mut Vec<String>,
) -> anyhow::Result<Samples> {
    let mut samples = Samples::new();
    for of in series {
        let begin = marks.iter().find(|mark| mark.series == *of);
        let begin = begin.and_then(|mark| mark.history_begin).unwrap_or(from);
        let kept = store.samples(of, from.max(begin), to.next()).await;
        let (mut minutes, mut unasked) = (BTreeMap::new(), 0);
        for (minute, kept) in kept.context("read the store")? {
            match kept {
                Kept::Sample(sample) => {
                    minutes.insert(minute, sample);
                }
                Kept::Unasked => unasked += 1,
            }
        }
        if unasked > 0 {
            comments.push(format!(
                "{} of {} could not be asked for and stood as unknown: a test has such minutes as without data.",
                counted(unasked, "minute"),
                of.domain
            ));
        }
        samples.insert(of.domain.clone(), minutes);
    }
    samples.retain(|_, minutes| !minutes.is_empty());
    Ok(samples)
}

/// Returns the latest minute, not after `wanted`, of which every domain has a sample that has one
/// by then: there the histories of the test begin. If there is none, `wanted`.
fn start(samples: &Samples, wanted: Minute) -> Minute {
    let has_begun = |minutes: &&BTreeMap<Minute, _>| minutes.range(..=wanted).next().is_some();
    let begun: Vec<_> = samples.values().filter(has_begun).collect();
    let mut candidates = begun
        .first()
        .into_iter()
        .flat_map(|minutes| minutes.range(..=wanted).rev())
        .map(|(minute, _)| *minute);
    let is_shared = |minute: &Minute| begun.iter().all(|minutes| minutes.contains_key(minute));
    candidates.find(is_shared).unwrap_or(wanted)
}

/// Returns the rules that the test can be about, `None` if these are all; says why others are left
/// out.
fn only(
    own: &Rule,
    alert: &Transition,
    start: Minute,
    (samples, marks): (&Samples, &[SeriesMark]),
    config: &Config,
    comments: &mut Vec<String>,
) -> Option<BTreeSet<String>> {
    let mut only = BTreeSet::new();
    let mut is_all = true;
    for Alerting { rule, .. } in &config.rules {
        let matches = |domain: &DomainName| rule.domains.matches(domain.as_str());
        if !samples.keys().any(matches) {
            continue;
        }
        let others = marks.iter().map(|mark| &mark.series.domain);
        let others: BTreeSet<_> = others
            .filter(|domain| matches(domain) && !samples.contains_key(*domain))
            .collect();
        let reach = rule.compiled.reach;
        let is_covered = start.epoch() + i64::from(reach) - 1 <= alert.since.epoch();
        let name = &rule.name;
        let looks_back = Minutes::new(reach).map_or_else(String::new, |reach| reach.to_string());
        if rule.name == own.name {
            if !is_covered {
                comments.push(format!(
                    "{name} looks back {looks_back}, and the samples begin later than that."
                ));
            }
        } else if rule.is_fleet() && !others.is_empty() {
            is_all = false;
            comments.push(format!(
                "Left out: {name}, which is about {}.",
                counted(others.len(), "more domain")
            ));
            continue;
        } else if !is_covered {
            is_all = false;
            comments.push(format!(
                "Left out: {name}, which looks back {looks_back}, farther than the samples here."
            ));
            continue;
        }
        only.insert(rule.name.clone());
    }
    (!is_all).then_some(only)
}

/// Returns the rule of an alert and its domain.
pub fn title(of: &Transition) -> String {
    match &of.key.subject {
        Subject::Series(series) => format!("{} on {}", of.key.rule, series.domain),
        Subject::Fleet => of.key.rule.clone(),
        Subject::Account { account, .. } => format!("{} of account {account}", of.key.rule),
    }
}
