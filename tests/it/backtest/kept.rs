//! Backtests over a store: what it knows beyond samples is kept to.

use std::collections::BTreeMap;

use foghorn::engine::{
    AlertKey, Ballot, Event, FleetState, OnUnknown, Part, Plan, Recording, Rule, Ruleset, Sample,
    SeriesEngine, Subject, Traffic, Transition,
};
use foghorn::lang::{Compiler, Names, Program, parse_when};
use foghorn::pipeline::{AlertRow, FleetLeft, Kept, KeptSample, SOURCE_FAILING, SeriesMark, Step};
use foghorn::replay::{KeptBacktest, KeptFindings, KeptSpan, Track};
use foghorn::store::Store;
use foghorn::unit::{GlobList, Minute, Series, Severity};
use proptest::prelude::*;

use super::{Folder, minute};

/// Returns rules of these conditions, named by their places, and their program.
fn rules(whens: &[(&str, OnUnknown)]) -> (Program, Vec<Rule>) {
    let mut compiler = Compiler::default();
    let rule = |(at, (when, on_unknown)): (usize, &(&str, OnUnknown))| Rule {
        name: at.to_string(),
        domains: GlobList::all(),
        on_unknown: *on_unknown,
        compiled: compiler
            .rule(
                &[(Severity::Warning, parse_when(when).0.unwrap())],
                &Names::default(),
            )
            .unwrap()
            .into(),
    };
    let rules = whens.iter().enumerate().map(rule).collect();
    (compiler.finish(), rules)
}

fn recording(track: &Track) -> Recording {
    let mut recording = Recording::default();
    for (minute, kept) in &track.kept {
        match kept {
            Some(sample) => recording.insert_new(*minute, sample),
            None => recording.insert_new_unasked(*minute),
        }
    }
    recording
}

/// Returns what rules do over tracks, of which each of so many threads has had some.
fn in_blocks(
    ruleset: Ruleset<'_>,
    tracks: &[Track],
    left: &[FleetLeft],
    threads: usize,
) -> Vec<Transition> {
    let backtest = KeptBacktest::new(ruleset);
    let mut all = KeptFindings::default();
    // The last thread is ready first.
    for thread in (0..threads).rev() {
        let own = tracks.iter().skip(thread).step_by(threads);
        let own: Vec<_> = own.map(|track| (track, recording(track))).collect();
        let recordings = own.iter().map(|(track, recording)| {
            let span = KeptSpan {
                last: track.last,
                history_begin: track.history_begin,
                judge_from: track.judge_from,
                is_awaited: false,
            };
            (&track.series, recording, span)
        });
        all.append(backtest.judge_all(recordings));
    }
    backtest.end(all, left, &[]).transitions
}

/// Returns what a rule does over tracks, as minutes from the first and events.
fn judged(when: &str, tracks: &[Track], left: &[FleetLeft]) -> Vec<(i64, Event)> {
    let (program, rules) = rules(&[(when, OnUnknown::Hold)]);
    let plan = Plan::new(&program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: &rules,
    };
    let at = |of: &Transition| (of.minute.epoch() - minute(0).epoch(), of.event.clone());
    let found = in_blocks(ruleset, tracks, left, 1);
    found.iter().map(at).collect()
}

/// Returns a domain whose minutes from `bad` up to `good` are bad, of twenty.
fn track(domain: &str, (bad, good): (i64, i64)) -> Track {
    let sample = |at: i64| {
        let percent = if (bad..good).contains(&at) { "50" } else { "0" };
        let part = Part {
            code: Some(502),
            proportion: percent.parse().unwrap(),
            count: None,
        };
        Some(Sample::new(vec![part]).unwrap())
    };
    Track {
        series: Series {
            account: "main".into(),
            domain: domain.into(),
        },
        kept: (0..20)
            .map(|at| (minute(at), sample(at)))
            .collect::<BTreeMap<_, _>>(),
        first: minute(0),
        last: minute(19),
        history_begin: Some(minute(0)),
        judge_from: minute(0),
    }
}

#[test]
fn a_domain_that_was_left_as_it_stood_counts_as_it_stood() {
    let rule = "5xx > 10% on at least 2 domains";
    let tracks = [track("a", (2, 15)), track("b", (4, 15))];
    assert_eq!(
        judged(rule, &tracks, &[]),
        [(4, Event::Fired), (15, Event::Resolved)]
    );
    let left = |at: i64, domain: &str| FleetLeft {
        rule: "0".to_owned(),
        minute: minute(at),
        series: Series {
            account: "main".into(),
            domain: domain.into(),
        },
    };
    let left = [left(4, "b"), left(5, "b"), left(6, "b"), left(15, "a")];
    assert_eq!(
        judged(rule, &tracks, &left),
        [(7, Event::Fired), (15, Event::Resolved)]
    );
    let late = [track("a", (2, 15)), track("b", (4, 18))];
    let left = [left[3].clone()];
    assert_eq!(
        judged(rule, &late, &left),
        [(4, Event::Fired), (16, Event::Resolved)]
    );
}

#[test]
fn a_rule_of_many_is_judged_no_further_than_the_service_judged_it_or_than_all_its_domains() {
    let (program, rules) = rules(&[("5xx > 10% on at least 1 domains", OnUnknown::Hold)]);
    let plan = Plan::new(&program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: &rules,
    };
    let (ahead, mut behind) = (track("a", (12, 15)), track("b", (0, 0)));
    behind.last = minute(9);
    let happened = |is_awaited: bool, judged_to: Option<i64>| {
        let backtest = KeptBacktest::new(ruleset);
        let tracks = [&ahead, &behind].map(|track| (track, recording(track)));
        let tracks = tracks.iter().map(|(track, recording)| {
            let span = KeptSpan {
                last: track.last,
                history_begin: track.history_begin,
                judge_from: track.judge_from,
                is_awaited,
            };
            (&track.series, recording, span)
        });
        let judged_to = [judged_to.map(minute)];
        let found = backtest.end(backtest.judge_all(tracks), &[], &judged_to);
        let at = |of: &Transition| of.minute.epoch() - minute(0).epoch();
        found.transitions.iter().map(at).collect::<Vec<_>>()
    };
    // What the domain that is behind says of these minutes is still to come.
    assert!(happened(true, None).is_empty());
    // It could not be asked, so that the service left it as it stood.
    assert_eq!(happened(true, Some(13)), [12]);
    assert_eq!(happened(false, None), [12, 15]);
}

/// What a service that judges two accounts has kept, of which the second is ten minutes behind.
async fn keep_two_accounts(url: &str, failing: Option<&str>) {
    let (ahead, mut behind) = (track("a", (12, 15)), track("b", (0, 0)));
    behind.series.account = "other".into();
    behind.kept.retain(|at, _| *at < minute(10));
    behind.last = minute(9);
    let mut step = Step::at(minute(20).start());
    for track in [ahead, behind] {
        step.series.push(SeriesMark {
            series: track.series.clone(),
            judge_from: track.judge_from,
            next: track.last.next(),
            covered_from: track.first,
            history_begin: track.history_begin,
        });
        for (minute, sample) in track.kept {
            step.samples.push(KeptSample {
                series: track.series.clone(),
                minute,
                kept: sample.map_or(Kept::Unasked, Kept::Sample),
            });
        }
    }
    step.alerts.extend(failing.map(|account| AlertRow {
        key: AlertKey {
            rule: SOURCE_FAILING.to_owned(),
            subject: Subject::Account {
                account: account.into(),
                cause: "account".to_owned(),
            },
        },
        state: Some(r#"{"since":26000000,"fired":26000010}"#.to_owned()),
    }));
    let store = Store::open(url).await.unwrap();
    store.commit(&step).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn an_account_that_cannot_be_asked_holds_up_no_rule_over_many_domains() {
    // More will come of an account that can be asked, so that its minutes are waited for.
    for (failing, events) in [(None, 0), (Some("main"), 0), (Some("other"), 2)] {
        let folder = Folder::new();
        let rule = "rules: [{name: wide, when: 5xx > 10% on at least 1 domains}]\n";
        folder.write("rules.yaml", rule);
        let path = folder.0.path().join("foghorn.db");
        keep_two_accounts(&format!("sqlite:{}", path.display()), failing).await;
        let store = ["--store", "sqlite:foghorn.db", "--format", "json"];
        let found = folder.backtest(&store);
        assert_eq!(found.lines().count(), events, "{failing:?}: {found}");
    }
}

#[test]
fn minutes_before_judging_and_minutes_that_could_not_be_asked_for_are_looked_back_upon() {
    let mut of = track("a", (2, 9));
    of.judge_from = minute(6);
    assert_eq!(
        judged("5xx > 10% for 3m", &[of.clone()], &[]),
        [(6, Event::Fired), (9, Event::Resolved)]
    );
    // Unknown, not absent: it holds what is.
    of.kept.insert(minute(9), None);
    assert_eq!(
        judged("5xx > 10% for 3m", &[of], &[]),
        [(6, Event::Fired), (10, Event::Resolved)]
    );
    let mut gap = track("a", (2, 9));
    gap.kept.remove(&minute(12));
    assert_eq!(
        judged("no data", &[gap.clone()], &[]),
        [(12, Event::Fired), (13, Event::Resolved)]
    );
    gap.kept.insert(minute(12), None);
    assert_eq!(judged("no data", &[gap], &[]), []);
    // A domain that comes later does not count before.
    let mut late = track("b", (0, 20));
    late.judge_from = minute(5);
    let all = [track("a", (0, 20)), late];
    assert_eq!(
        judged("5xx > 10% on at least 2 domains", &all, &[]),
        [(5, Event::Fired)]
    );
}

#[test]
fn an_imported_store_says_what_the_file_says() {
    let folder = Folder::new();
    let imported = folder.run(&["import", "--account", "main", "samples.jsonl"]);
    assert_eq!(imported.status.code(), Some(0));
    let of_file = folder.backtest(&["--data", "samples.jsonl", "--format", "json"]);
    assert!(of_file.lines().count() > 8);
    assert_eq!(folder.backtest(&["--format", "json"]), of_file);
    assert_eq!(
        folder.backtest(&["--store", "sqlite:foghorn.db", "--format", "json"]),
        of_file
    );
    let words = folder.backtest(&[]);
    assert!(
        words.starts_with("rules.yaml over the store foghorn.db\n"),
        "{words}"
    );
    let from = ["--judge-from", "2020-11-21T12:00:00Z", "--format", "json"];
    let mut of_data = vec!["--data", "samples.jsonl"];
    of_data.extend(from);
    assert_eq!(folder.backtest(&from), folder.backtest(&of_data));
    let told = folder.refused(&["--store", "sqlite:missing.db"]);
    assert!(told.contains("missing.db"), "{told}");
}

#[tokio::test]
async fn minutes_that_the_service_only_looked_back_upon_are_told_of_and_judged_when_asked_for() {
    let folder = Folder::new();
    folder.run(&["import", "--account", "main", "samples.jsonl"]);
    let file = folder.0.path().join("foghorn.db");
    let url = format!("sqlite:{}", file.display());
    let store = sqlx::SqlitePool::connect(&url).await.unwrap();
    let judged = "UPDATE marks SET judge_from = next - 30";
    sqlx::query(judged).execute(&store).await.unwrap();
    store.close().await;
    let words = folder.backtest(&[]);
    assert!(
        words.contains("3 domains: 2020-11-22 23:30 to 2020-11-23 00:00 UTC, 30m\n"),
        "{words}"
    );
    let said = words.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("minutes from 2020-11-21 00:00"), "{words}");
    let all = ["--judge-from", "2020-11-21T00:00:00Z"];
    assert!(said.contains(&all.join(" ")), "{words}");
    let of_store = folder.backtest(&all);
    let of_file = folder.backtest(&["--data", "samples.jsonl"]);
    let (_, of_store) = of_store.split_once('\n').unwrap();
    let (_, of_file) = of_file.split_once('\n').unwrap();
    assert_eq!(of_store, of_file);
}

/// Says what happens by looking at one minute after the other, of all domains at once.
fn minute_by_minute(ruleset: Ruleset<'_>, tracks: &[Track], left: &[FleetLeft]) -> Vec<Transition> {
    const SILENT: Ballot = Ballot {
        firing: [None; 3],
        traffic: Traffic::None,
    };
    let rules = ruleset.rules;
    let mut engines: Vec<SeriesEngine> = tracks
        .iter()
        .map(|track| SeriesEngine::new(track.series.clone(), track.history_begin, ruleset))
        .collect();
    let mut ballots = vec![vec![SILENT; tracks.len()]; rules.len()];
    let mut fleets = vec![FleetState::default(); rules.len()];
    let ends = |of: fn(&Track) -> Minute| tracks.iter().map(of);
    let (first, last) = (
        ends(|track| track.first).min().unwrap(),
        ends(|track| track.last).max().unwrap(),
    );
    let begin = ends(|track| track.judge_from).min().unwrap();
    let mut found = Vec::new();
    for minute in first.until(last.next()) {
        let mut happened: Vec<(usize, Transition)> = Vec::new();
        for ((at, track), engine) in tracks.iter().enumerate().zip(&mut engines) {
            let Some((_, known)) = track.observations().find(|(at, _)| *at == minute) else {
                continue;
            };
            let is_judged = track.judge_from <= minute;
            for transition in engine.advance(minute, known, ruleset, |_| is_judged) {
                happened.push((transition.key.rule.parse().unwrap(), transition));
            }
            for (rule, ballots) in ballots.iter_mut().enumerate().filter(|_| is_judged) {
                ballots[at] = engine.ballot(rule).unwrap();
            }
        }
        let fleet_rules = rules.iter().enumerate().filter(|(_, rule)| rule.is_fleet());
        for (at, rule) in fleet_rules.filter(|_| begin <= minute) {
            for left in left
                .iter()
                .filter(|of| of.rule == rule.name && of.minute == minute)
            {
                let of = tracks.iter().position(|track| track.series == left.series);
                ballots[at][of.unwrap()].traffic = Traffic::None;
            }
            let series = tracks.iter().map(|track| &track.series);
            let said: Vec<_> = series.zip(ballots[at].iter().copied()).collect();
            if let Some(change) = fleets[at].advance(minute, rule, &said) {
                let subject = Subject::Fleet;
                let key = AlertKey {
                    rule: rule.name.clone(),
                    subject,
                };
                happened.push((at, change.into_transition(key, minute)));
            }
        }
        happened.sort_by_key(|(rule, _)| *rule);
        found.extend(happened.into_iter().map(|(_, transition)| transition));
    }
    found
}

/// What is known of a minute: how long it stays so, and what it is.
type Stretch = (usize, u8);

fn stretched(domain: usize, stretches: &[Stretch], begin: i64, judge_from: i64) -> Track {
    let part = |code, percent: u8, count| Part {
        code: Some(code),
        proportion: percent.to_string().parse().unwrap(),
        count,
    };
    let known = |what: u8| match what {
        0 => Some(None),
        1 => None,
        2 => Some(Some(Sample::default())),
        _ => {
            let count = |percent: u8| what.is_multiple_of(2).then_some(u64::from(percent) * 3);
            let parts = [(200, 100 - what), (502, what)];
            let parts = parts.map(|(code, percent)| part(code, percent, count(percent)));
            Some(Some(Sample::new(parts.to_vec()).unwrap()))
        }
    };
    let all = stretches.iter().flat_map(|(len, what)| vec![*what; *len]);
    let kept = (begin..)
        .zip(all)
        .filter_map(|(at, what)| Some((minute(at), known(what)?)));
    let kept: BTreeMap<Minute, Option<Sample>> = kept.collect();
    let has_codes = |of: &Option<Sample>| of.as_ref().is_some_and(Sample::has_codes);
    let history_begin = kept.iter().find(|(_, of)| has_codes(of)).map(|(at, _)| *at);
    let first = kept.keys().next().copied().unwrap_or(minute(begin));
    Track {
        series: Series {
            account: "main".into(),
            domain: format!("d{domain}").as_str().into(),
        },
        first,
        last: kept.keys().next_back().copied().unwrap_or(first),
        history_begin,
        judge_from: minute(judge_from),
        kept,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_was_kept_is_judged_in_blocks_and_on_threads_as_minute_by_minute(
        domains in prop::collection::vec(
            (prop::collection::vec((1..90_usize, 0..24_u8), 1..16), 0..900_i64, 0..900_i64, any::<bool>()),
            1..5,
        ),
        left in prop::collection::vec((0..900_i64, 0..5_usize), 0..20),
    ) {
        let tracks: Vec<Track> = domains
            .iter()
            .enumerate()
            .map(|(at, (stretches, begin, judge_from, is_known))| {
                let mut track = stretched(at, stretches, *begin, *judge_from);
                if !is_known {
                    // Those without codes never begin, the others with the same minute.
                    track.history_begin = None;
                }
                track
            })
            .filter(|track| !track.kept.is_empty())
            .collect();
        prop_assume!(!tracks.is_empty());
        let (program, rules) = rules(&[
            ("5xx > 10% for 3m until 5xx < 5% for 2m", OnUnknown::Hold),
            ("avg(5xx over 30m) > 8%", OnUnknown::Clear),
            ("no data for 3 of 5m", OnUnknown::Hold),
            ("no traffic or 502 - 502 offset 20m > 6%", OnUnknown::Fire),
            ("requests > 100 and not no data", OnUnknown::Fire),
            ("5xx > 10% on at least 2 domains", OnUnknown::Hold),
            ("5xx > 5% for 2m on at least 50% of domains", OnUnknown::Hold),
        ]);
        let plan = Plan::new(&program);
        let ruleset = Ruleset { plan: &plan, rules: &rules };
        let left: Vec<FleetLeft> = left
            .iter()
            .filter(|(_, of)| *of < tracks.len())
            .map(|(at, of)| FleetLeft {
                rule: "6".to_owned(),
                minute: minute(*at),
                series: tracks[*of].series.clone(),
            })
            .collect();
        let expected = minute_by_minute(ruleset, &tracks, &[]);
        for threads in 1..4 {
            prop_assert_eq!(&in_blocks(ruleset, &tracks, &[], threads), &expected);
        }
        let one = in_blocks(ruleset, &tracks, &left, 1);
        prop_assert_eq!(in_blocks(ruleset, &tracks, &left, 3), one);
    }
}
