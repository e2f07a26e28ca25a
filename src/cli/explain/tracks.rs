//! Where the minutes of a table come from: a file of samples, or the store.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use anyhow::Context as _;

use super::Minutely;
use crate::cli::load;
use crate::config::Config;
use crate::diag::nearest;
use crate::engine::{Coverage, Rule};
use crate::pipeline::{Kept, SeriesMark};
use crate::replay::table::{Table, table};
use crate::replay::{ACCOUNT, Dissected, Track};
use crate::samples::Samples;
use crate::store::{Loaded, Store};
use crate::unit::{AccountName, Minute, Series};

/// How many domains a message names.
const NAMED_MAX: usize = 10;

/// Returns the table that is asked for, with what the other domains say where the rule is of many;
/// `None` if the samples have faults, which are printed.
pub(super) fn asked_table(
    dissected: &Dissected,
    config: Option<&Config>,
    asked: &Minutely,
) -> anyhow::Result<Option<Table>> {
    let tables = match (&asked.data, config) {
        (Some(path), _) => {
            let Some(samples) = load::samples(path)? else {
                return Ok(None);
            };
            of_file(dissected, samples, asked, path)?
        }
        (None, Some(config)) => {
            let runtime = tokio::runtime::Runtime::new().context("start the runtime")?;
            runtime.block_on(of_store(dissected, config, asked))?
        }
        (None, None) => anyhow::bail!(
            "there are no minutes to look at: add `--data SAMPLES`, or `--rules FILE` for the store of that file"
        ),
    };
    let (series, mut tables) = tables;
    if dissected.rule.is_fleet() {
        let all = tables.clone();
        for table in tables.iter_mut().filter(|table| table.series == series) {
            table.count(dissected, &all);
        }
    }
    Ok(tables.into_iter().find(|table| table.series == series))
}

/// Returns the series that is asked for, and the tables of it and of those that count with it.
fn of_file(
    dissected: &Dissected,
    samples: Samples,
    asked: &Minutely,
    path: &str,
) -> anyhow::Result<(Series, Vec<Table>)> {
    let rule = &dissected.rule;
    let account = AccountName::from(ACCOUNT);
    let last = samples.values().filter_map(|of| of.keys().next_back());
    let Some(last) = last.max().copied() else {
        anyhow::bail!("{path} has no samples");
    };
    let tracks = samples.into_iter().filter_map(|(domain, minutes)| {
        let first = *minutes.keys().next()?;
        let kept = minutes.into_iter();
        let account = account.clone();
        Some(Track {
            series: Series { account, domain },
            kept: kept.map(|(at, sample)| (at, Some(sample))).collect(),
            first,
            last,
            history_begin: Some(first),
            judge_from: first,
        })
    });
    let mut tracks: Vec<Track> = tracks.collect();
    let series = chosen(rule, asked, tracks.iter().map(|track| &track.series), path)?;
    tracks.retain(|track| rule.domains.matches(track.series.domain.as_str()));
    if rule.is_fleet() {
        // As in a backtest: from the first minute at which each domain has a history.
        let begin = tracks.iter().map(|track| track.first).max();
        for track in &mut tracks {
            track.judge_from = begin.unwrap_or(track.first);
        }
    } else {
        tracks.retain(|track| track.series == series);
    }
    let of = |track: &Track| shown(dissected, track, asked, (&series, path));
    let tables: anyhow::Result<Vec<Table>> = tracks.iter().map(of).collect();
    Ok((series.clone(), tables?))
}

/// As [`of_file`]; one series after the other, as a store can hold many.
async fn of_store(
    dissected: &Dissected,
    config: &Config,
    asked: &Minutely,
) -> anyhow::Result<(Series, Vec<Table>)> {
    let rule = &dissected.rule;
    let store = Store::read(&config.store).await.context("open the store")?;
    let place = format!("the store {}", store.file());
    let loaded = store.load().await.context("read the store")?;
    let marks = || loaded.series.iter();
    let series = chosen(rule, asked, marks().map(|mark| &mark.series), &place)?;
    let begin = rule_begin(rule, config, &loaded);
    let (mut tables, mut is_unjudged) = (Vec::new(), false);
    for mark in marks() {
        let counts = rule.is_fleet() && rule.domains.matches(mark.series.domain.as_str());
        if mark.series != series && !counts {
            continue;
        }
        let kept = store.samples(&mark.series, mark.covered_from, mark.next);
        let kept = kept.await.context("read the samples")?;
        let begin = begin.map_or(mark.judge_from, |begin| begin.max(mark.judge_from));
        is_unjudged |= mark.series == series && asked.at < begin;
        let begin = Some(begin).filter(|begin| *begin <= asked.at);
        if let Some(track) = kept_track(mark, kept, rule, begin) {
            tables.push(shown(dissected, &track, asked, (&series, &place))?);
        }
    }
    if tables.iter().all(|table| table.series != series) {
        anyhow::bail!("{place} has no samples of {series}");
    }
    if is_unjudged {
        let told =
            "the service did not judge these minutes by this rule: they are shown as if it had";
        writeln!(io::stderr(), "foghorn: {told}")?;
    }
    Ok((series, tables))
}

/// Returns the table of a track, whose minutes must reach to the one that is asked for if it is
/// that of `series`.
fn shown(
    dissected: &Dissected,
    track: &Track,
    asked: &Minutely,
    (series, place): (&Series, &str),
) -> anyhow::Result<Table> {
    let (at, domain) = (asked.at, &track.series.domain);
    if track.series == *series && at < track.first {
        anyhow::bail!(
            "in {place} the samples of `{domain}` begin at {}, after {at}",
            track.first
        );
    }
    if track.series == *series && track.last < at {
        anyhow::bail!(
            "in {place} the samples of `{domain}` end at {}, before {at}",
            track.last
        );
    }
    Ok(table(dissected, track, at, asked.rows(dissected)))
}

/// Returns since when the service judges a rule, if it is this one that it judges.
fn rule_begin(rule: &Rule, config: &Config, loaded: &Loaded) -> Option<Minute> {
    let of_file = config
        .rules
        .iter()
        .find(|alerting| alerting.rule.name == rule.name)?;
    let meaning = of_file.rule.meaning(&config.program.meanings());
    let mut marks = loaded.rules.iter();
    let mark = marks.find(|mark| mark.name == rule.name && mark.meaning == meaning)?;
    Some(mark.from)
}

/// Returns the track of a series in the store, judged from `begin`, or from its first minute;
/// `None` without samples.
fn kept_track(
    mark: &SeriesMark,
    kept: Vec<(Minute, Kept)>,
    rule: &Rule,
    begin: Option<Minute>,
) -> Option<Track> {
    let kept: BTreeMap<Minute, _> = kept
        .into_iter()
        .map(|(at, kept)| match kept {
            Kept::Sample(sample) => (at, Some(sample)),
            Kept::Unasked => (at, None),
        })
        .collect();
    // What is older was forgotten, and is not absent.
    let first = *kept.keys().next()?;
    let is_cut = mark.history_begin.is_none_or(|begin| begin < first);
    let known_from = Coverage::begin(rule.compiled.reach, first);
    let begin = begin.unwrap_or(first);
    Some(Track {
        series: mark.series.clone(),
        kept,
        first,
        last: mark.next.previous(),
        history_begin: mark.history_begin,
        judge_from: if is_cut { begin.max(known_from) } else { begin },
    })
}

/// Returns the series that is asked for, which the rule must be about.
fn chosen<'a>(
    rule: &Rule,
    asked: &Minutely,
    all: impl Iterator<Item = &'a Series>,
    place: &str,
) -> anyhow::Result<Series> {
    let all: Vec<&Series> = all.collect();
    let is_about = |series: &Series| rule.domains.matches(series.domain.as_str());
    let is_account = |series: &Series| {
        let account = asked.account.as_deref();
        account.is_none_or(|account| account == series.account.as_str())
    };
    let Some(domain) = &asked.domain else {
        let fit: Vec<&Series> = all
            .into_iter()
            .filter(|s| is_about(s) && is_account(s))
            .collect();
        return match fit.as_slice() {
            [] => anyhow::bail!(
                "{place} has no samples of a domain that `{}` is about",
                rule.name
            ),
            [series] => Ok((*series).clone()),
            many => anyhow::bail!(
                "say which domain, with `--domain`: {}",
                one_of(many, |s| s.domain.as_str())
            ),
        };
    };
    let of_domain = all.iter().filter(|series| series.domain == *domain);
    let fit: Vec<&Series> = of_domain
        .copied()
        .filter(|series| is_account(series))
        .collect();
    match fit.as_slice() {
        [] => {
            let near = nearest(
                domain.as_str(),
                all.iter().map(|series| series.domain.as_str()),
            );
            let hint = near
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            anyhow::bail!("{place} has no samples of `{domain}`{hint}")
        }
        [series] if !is_about(series) => {
            anyhow::bail!(
                "`{}` is not about `{domain}`: see its `domains:`",
                rule.name
            )
        }
        [series] => Ok((*series).clone()),
        many => anyhow::bail!(
            "`{domain}` is served by several accounts: add `--account` with one of {}",
            one_of(many, |series| series.account.as_str())
        ),
    }
}

/// Names the first few of a list of choices.
fn one_of(series: &[&Series], name: fn(&Series) -> &str) -> String {
    let mut names: Vec<String> = series
        .iter()
        .map(|series| format!("`{}`", name(series)))
        .collect();
    names.dedup();
    if names.len() > NAMED_MAX {
        let more = names.len() - NAMED_MAX;
        names.truncate(NAMED_MAX);
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
