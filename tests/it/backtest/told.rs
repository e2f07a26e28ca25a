//! What a backtest says of messages is what the service's own pipeline sends, in simulated time.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use foghorn::config::{self, Environment};
use foghorn::daemon::setup;
use foghorn::dispatch::State;
use foghorn::engine::{Part, Recording, Sample};
use foghorn::pipeline::{Input, Kept, Pipeline, Remembered, RuleMark, SeriesMark, Setup, Step};
use foghorn::replay::firing::firings;
use foghorn::replay::messages::messages;
use foghorn::replay::{KeptBacktest, KeptSpan};
use foghorn::unit::{Minute, Series};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::one_file::OneFile;
use crate::pipeline::Dice;

/// How long a history is.
pub const MINUTES: usize = 240;
/// The accounts with their domains.
const ACCOUNTS: [(&str, &[&str]); 2] = [
    ("one", &["a.example.com", "b.example.com", "c.example.com"]),
    ("two", &["c.example.com", "d.example.com"]),
];

/// What a source has for a minute of a domain: nothing, a sample without codes, or a share of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    Nothing,
    NoCodes,
    Errors(u8),
}

/// A history and the rules file.
#[derive(Clone)]
pub struct Scenario {
    /// The minutes of each series.
    minutes: Vec<Vec<Has>>,
    pub rules: String,
    /// What decides in which order answers come.
    seed: u64,
}

impl Scenario {
    /// Returns what the source has of the minutes of a series.
    pub fn samples(&self, series: &Series, from: Minute, to: Minute) -> Vec<(Minute, Sample)> {
        let place = all_series().iter().position(|of| of == series);
        let minutes = &self.minutes[place.unwrap()];
        let sample = |at: Minute| {
            let place = usize::try_from(at.epoch() - minute(0).epoch()).unwrap();
            Some((at, sample(*minutes.get(place)?)?))
        };
        from.until(to).filter_map(sample).collect()
    }

    /// Returns the history with something else in some minutes of a series.
    pub fn with(mut self, series: usize, span: Range<usize>, has: Has) -> Self {
        self.minutes[series][span].fill(has);
        self
    }
}

impl fmt::Debug for Scenario {
    /// Shows when each series has what, and whom the file tells.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (series, minutes) in all_series().iter().zip(&self.minutes) {
            write!(f, "\n{} {}:", series.account, series.domain)?;
            let mut at = 0;
            for run in minutes.chunk_by(|a, b| a == b) {
                write!(f, " {:?} from {at}", run[0])?;
                at += run.len();
            }
        }
        write!(f, "\n{}", self.rules)
    }
}

pub fn minute(at: usize) -> Minute {
    Minute::from_epoch(29_700_000 + i64::try_from(at).unwrap()).unwrap()
}

pub fn all_series() -> Vec<Series> {
    let of = |(account, domains): (&str, &[&str])| {
        let series = |domain: &&str| Series {
            account: account.into(),
            domain: (*domain).into(),
        };
        domains.iter().map(series).collect::<Vec<_>>()
    };
    ACCOUNTS.into_iter().flat_map(of).collect()
}

fn stretches() -> impl Strategy<Value = Vec<Has>> {
    let has = prop_oneof![
        6 => Just(Has::Errors(0)),
        2 => Just(Has::Errors(15)),
        3 => Just(Has::Errors(60)),
        1 => Just(Has::NoCodes),
        2 => Just(Has::Nothing),
    ];
    let stretch = (has, prop_oneof![1_usize..6, 1_usize..50]);
    vec(stretch, 1..40).prop_map(|stretches| {
        let minutes = stretches.into_iter();
        let minutes = minutes.flat_map(|(has, length)| std::iter::repeat_n(has, length));
        let calm = std::iter::repeat(Has::Errors(0));
        minutes.chain(calm).take(MINUTES).collect()
    })
}

/// When a whole account is silent.
fn silences() -> impl Strategy<Value = Vec<(usize, usize, Has)>> {
    let has = select(vec![Has::Nothing, Has::Nothing, Has::NoCodes]);
    vec((1..MINUTES, 3_usize..60, has), 0..4)
}

const RULES: &str = "
rules:
  - {name: held, when: 5xx > 20% for 3m until 5xx < 5% for 2m, severity: critical, labels: {told: all}}
  - {name: tiers, when: {warning: 5xx > 10%, critical: 5xx > 40% for 2m}, labels: {told: all}}
  - {name: by-day, when: 5xx > 10% for 2m, labels: {told: all}, active_hours: {hours: 00:30-03:00}}
  - {name: gone, when: no data for 4m, labels: {told: all}}
  - {name: dead, when: no data for 20m, severity: critical, labels: {told: all}}
  - {name: calm, when: no traffic for 3m, severity: info, on_unknown: clear, labels: {told: all}}
  - {name: all-gone, when: no data for 5m on at least 3 domains, severity: critical, labels: {told: all}}
  - {name: some, when: 5xx > 10% for 2m on at least 40% of domains, labels: {told: all}}
";

fn notify() -> impl Strategy<Value = String> {
    let waits = select(vec!["0s", "10s", "45s", "1m", "3m"]);
    let intervals = select(vec!["10s", "1m", "7m"]);
    let repeats = select(vec!["5m", "30m", "4h", "{every: 10m, growth: 2}"]);
    let groups = select(vec![
        "[rule]",
        "[...]",
        "[]",
        "[domain, severity]",
        "[account]",
    ]);
    let escalate = select(vec![
        "",
        ", escalate: [{after: 5m, to: [boss]}, {after: 20m, to: [boss, ops]}]",
    ]);
    let matches = select(vec![
        "told: all",
        "severity: critical, told: all",
        "domain: \"a*\", told: all",
    ]);
    let route = (matches, groups, waits, intervals, repeats, escalate).prop_map(
        |(matches, group, wait, interval, repeat, escalate)| {
            format!(
                "{{match: {{{matches}}}, group_by: {group}, group_wait: {wait}, group_interval: {interval}, \
                 repeat_interval: {repeat}{escalate}, continue: true"
            )
        },
    );
    let inhibits = select(vec![
        "",
        "  inhibit: [{source: {severity: critical, told: all}, target: {severity: warning}, equal: [domain]}]\n",
        "  inhibit: [{source: {rule: all-gone}, target: {rule: gone}}]\n",
        "  inhibit: [{source: {rule: dead}, target: {told: all}, equal: [account]}]\n",
    ]);
    let silences = prop_oneof![
        Just(String::new()),
        (
            0..MINUTES,
            1_usize..90,
            select(vec!["rule: gone", "domain: a*", "told: all"])
        )
            .prop_map(|(from, length, of)| format!(
                "  silences: [{{match: {{{of}}}, from: {}, to: {}, reason: work}}]\n",
                minute(from),
                minute(from + length)
            )),
    ];
    (vec(route, 1..4), inhibits, silences).prop_map(|(routes, inhibits, silences)| {
        let mut text = "\
notify:
  receivers: {ops: [console: {}, console: {language: zh}], chat: [console: {}], boss: [console: {}]}
  routes:
"
        .to_owned();
        for (route, to) in routes.iter().zip(["ops", "chat", "ops, chat"]) {
            let _ = writeln!(text, "    - {route}, to: [{to}]}}");
        }
        text + inhibits + &silences
    })
}

/// Returns what a file says of the accounts.
fn sources() -> String {
    let source = ACCOUNTS.map(|(account, domains)| {
        format!(
            "  - simulator: {{account: {account}, domains: [{}]}}\n",
            domains.join(", ")
        )
    });
    format!("source:\n{}", source.concat())
}

pub fn scenario() -> impl Strategy<Value = Scenario> {
    let series = vec(stretches(), all_series().len());
    let silent = vec(silences(), ACCOUNTS.len());
    let settle = select(vec![
        "settle: 5m\n",
        "settle: 1m\nmax_lateness: 6m\n",
        "settle: 10m\nmax_lateness: 12m\n",
    ]);
    (series, silent, notify(), settle, any::<u64>()).prop_map(
        |(mut minutes, silent, notify, settle, seed)| {
            let accounts = ACCOUNTS.iter().zip(silent);
            let silent = accounts.flat_map(|((_, domains), of)| vec![of; domains.len()]);
            for (minutes, silent) in minutes.iter_mut().zip(silent) {
                for (from, length, has) in silent {
                    let to = minutes.len().min(from + length);
                    minutes[from.min(to)..to].fill(has);
                }
                // A history begins with codes.
                minutes[0] = Has::Errors(0);
            }
            let rules = format!("{}{settle}{RULES}{notify}", sources());
            Scenario {
                minutes,
                rules,
                seed,
            }
        },
    )
}

pub fn setup_of(rules: &str) -> Arc<Setup> {
    let surroundings = OneFile(rules.to_owned());
    let loaded = config::load("rules.yaml", &surroundings, Environment::Absent).unwrap();
    let config = loaded.config;
    setup::of(&config.unwrap_or_else(|| panic!("{rules}: {:?}", loaded.diagnostics)))
}

fn sample(has: Has) -> Option<Sample> {
    let Has::Errors(bad) = has else {
        return (has == Has::NoCodes).then(Sample::default);
    };
    let part = |code: u16, percent: u8| Part {
        code: Some(code),
        proportion: percent.to_string().parse().unwrap(),
        count: None,
    };
    Some(Sample::new(vec![part(200, 100 - bad), part(502, bad)]).unwrap())
}

/// What receivers are told: how many messages each, and who is told first of each firing and when.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    counts: BTreeMap<String, u64>,
    first: BTreeMap<String, Vec<(String, DateTime<Utc>)>>,
}

fn by_backtest(scenario: &Scenario, setup: &Setup) -> Told {
    let backtest = KeptBacktest::new(setup.ruleset());
    let recordings = scenario.minutes.iter().map(|minutes| {
        let mut recording = Recording::default();
        for (at, has) in minutes.iter().enumerate() {
            if let Some(sample) = sample(*has) {
                recording.insert_new(minute(at), &sample);
            }
        }
        recording
    });
    let recordings: Vec<(Series, Recording)> = all_series().into_iter().zip(recordings).collect();
    let span = KeptSpan {
        last: minute(MINUTES - 1),
        history_begin: Some(minute(0)),
        judge_from: minute(0),
        is_awaited: true,
    };
    let all = recordings.iter().map(|(series, of)| (series, of, span));
    let judged = backtest.end(backtest.judge_all(all), &[], &[]);
    let said = messages(setup, &judged, minute(MINUTES - 1));
    let first = firings(&judged).into_iter().map(|firing| {
        let of = &firing.key;
        let (account, domain, _) = of.columns();
        let name = format!("{} {} {account} {domain}", firing.fired, of.rule);
        (name, said.first_of(&firing).to_vec())
    });
    let counts = said.counts.iter();
    Told {
        counts: counts
            .map(|(name, count)| (name.0.clone(), *count))
            .collect(),
        first: first.filter(|(_, first)| !first.is_empty()).collect(),
    }
}

/// A service whose source has each minute at its end, and which asks for all of it each minute.
struct Service<'a> {
    scenario: &'a Scenario,
    setup: &'a Setup,
    pipeline: Pipeline,
    /// The next minute of each series to be judged.
    next: BTreeMap<Series, Minute>,
    /// When a rule of the file decided something last.
    decided: DateTime<Utc>,
    /// What decides which answer comes first.
    dice: Dice,
    told: Vec<(DateTime<Utc>, foghorn::dispatch::Notification)>,
}

/// Returns what the store of a service has that judges each series from the first minute on.
pub fn remembered(setup: &Setup) -> Remembered {
    let begin = minute(0);
    let marks = all_series().into_iter().map(|series| SeriesMark {
        series,
        judge_from: begin,
        next: begin,
        covered_from: begin,
        history_begin: Some(begin),
    });
    let rules = setup
        .rules()
        .iter()
        .enumerate()
        .map(|(place, rule)| RuleMark {
            name: rule.name.clone(),
            meaning: setup.meaning(place).to_owned(),
            from: begin,
            fleet_next: rule.is_fleet().then_some(begin),
        });
    Remembered {
        series: marks.collect(),
        rules: rules.collect(),
        ..Remembered::default()
    }
}

fn by_service(scenario: &Scenario, setup: &Arc<Setup>) -> Told {
    let begin = minute(0);
    let mut service = Service {
        scenario,
        setup,
        pipeline: Pipeline::new(setup.clone(), remembered(setup)),
        next: all_series()
            .into_iter()
            .map(|series| (series, begin))
            .collect(),
        decided: begin.start(),
        dice: Dice(scenario.seed),
        told: Vec::new(),
    };
    service.run()
}

impl Service<'_> {
    fn run(&mut self) -> Told {
        let last = minute(MINUTES - 1);
        let mut now = minute(0).start();
        let step = self.pipeline.begin(now);
        self.conclude(step);
        while self.next.values().any(|next| *next <= last) {
            now += TimeDelta::minutes(1);
            let answers = self.answers(now);
            self.step(now, answers);
            self.pass(now, now + TimeDelta::minutes(1));
        }
        let settled = last.end() + self.setup.settling.settle.delta();
        let waits = self
            .setup
            .policy
            .routes
            .iter()
            .map(|of| of.group_wait.delta());
        let end = settled.max(self.decided) + waits.max().unwrap_or_default();
        while now < end {
            now += TimeDelta::minutes(1);
            self.step(now, Vec::new());
            self.pass(now, now + TimeDelta::minutes(1));
        }
        self.told_until(end)
    }

    fn told_until(&self, end: DateTime<Utc>) -> Told {
        let receivers = self.setup.policy.channels.keys();
        let mut told = Told {
            counts: receivers.map(|name| (name.0.clone(), 0)).collect(),
            ..Told::default()
        };
        let sent = self.told.iter().filter(|(at, _)| *at <= end);
        for (at, message) in
            sent.filter(|(_, message)| self.setup.policy.is_by_first_channel(message))
        {
            *told.counts.get_mut(&message.receiver).unwrap() += 1;
            for alert in message.alerts.iter().filter(|of| of.state == State::Firing) {
                let name = format!(
                    "{} {} {} {}",
                    alert.fired_at, alert.rule, alert.account, alert.domain
                );
                let first = told.first.entry(name).or_default();
                if !first
                    .iter()
                    .any(|(receiver, _)| *receiver == message.receiver)
                {
                    first.push((message.receiver.clone(), *at));
                }
            }
        }
        told
    }

    /// Returns what the source says now, in any order.
    fn answers(&mut self, now: DateTime<Utc>) -> Vec<Input> {
        let to = Minute::containing(now);
        let answer = |(series, next): (&Series, &Minute)| Input::Answer {
            series: series.clone(),
            from: *next,
            to,
            sent: now,
            samples: self.scenario.samples(series, *next, to),
        };
        let mut answers: Vec<Input> = self.next.iter().map(answer).collect();
        self.dice.shuffle(&mut answers);
        answers
    }

    fn step(&mut self, now: DateTime<Utc>, inputs: Vec<Input>) {
        let step = self.pipeline.step(now, inputs);
        self.conclude(step);
    }

    /// Lets time pass from one thing that is due to the next.
    fn pass(&mut self, mut now: DateTime<Utc>, until: DateTime<Utc>) {
        while let Some(due) = self.pipeline.due(now) {
            now = due.max(now + TimeDelta::seconds(1));
            if until <= now {
                return;
            }
            self.step(now, Vec::new());
        }
    }

    fn conclude(&mut self, step: Step) {
        let now = step.now;
        self.take(step);
        while let Some(need) = self.pipeline.next_rebuild(now) {
            let kept = self.scenario.samples(&need.series, need.from, need.to);
            let kept = kept
                .into_iter()
                .map(|(at, sample)| (at, Kept::Sample(sample)));
            let step = self.pipeline.rebuild(now, &need, kept.collect());
            self.take(step);
        }
    }

    fn take(&mut self, step: Step) {
        for mark in &step.series {
            self.next.insert(mark.series.clone(), mark.next);
        }
        let of_file = |name: &str| self.setup.place_of(name).is_some();
        if step.transitions.iter().any(|of| of_file(&of.key.rule)) {
            self.decided = step.now;
        }
        self.told
            .extend(step.outbox.into_iter().map(|message| (step.now, message)));
    }
}

/// Returns in what the two differ.
fn difference(scenario: &Scenario) -> Option<String> {
    let setup = setup_of(&scenario.rules);
    let (said, sent) = (by_backtest(scenario, &setup), by_service(scenario, &setup));
    let names = said.first.keys().chain(sent.first.keys());
    let mut names = names.filter(|name| said.first.get(*name) != sent.first.get(*name));
    if let Some(name) = names.next() {
        let (said, sent) = (said.first.get(name), sent.first.get(name));
        return Some(format!(
            "{name}: the backtest says {said:?}, the service sent {sent:?}"
        ));
    }
    let (said, sent) = (said.counts, sent.counts);
    (said != sent).then(|| format!("the backtest says {said:?}, the service sent {sent:?}"))
}

/// A history in which nothing is bad, and of the domains of one account nothing is there for some minutes; `wait` is
/// the time in which a group gathers.
pub fn one_silent(spans: [Range<usize>; 3], wait: &str) -> Scenario {
    let mut minutes = vec![vec![Has::Errors(0); MINUTES]; all_series().len()];
    for (minutes, span) in minutes.iter_mut().zip(spans) {
        minutes[span].fill(Has::Nothing);
    }
    let notify = format!(
        "notify: {{receivers: {{ops: [console: {{}}]}}, routes: [{{to: [ops], group_wait: {wait}}}]}}\n"
    );
    Scenario {
        minutes,
        rules: format!("{}{RULES}{notify}", sources()),
        seed: 1,
    }
}

#[test]
fn an_alert_over_many_waits_for_a_late_source_though_another_account_has_one_of_its_domains() {
    let scenario = one_silent([60..100, 60..100, 60..100], "10s");
    let setup = setup_of(&scenario.rules);
    for told in [
        by_backtest(&scenario, &setup),
        by_service(&scenario, &setup),
    ] {
        let told: Vec<&String> = told.first.keys().collect();
        assert!(!told.iter().any(|of| of.contains("gone")), "{told:?}");
    }
}

/// The seed of a history of chance in which a group has its news at the time at which it is to be escalated.
const NEWS_AS_IT_ESCALATES: [u8; 32] = [
    0xd9, 0xd0, 0x23, 0x91, 0xb5, 0x1c, 0x23, 0x32, 0x85, 0x59, 0x42, 0x9e, 0x1c, 0xd4, 0x8a, 0x1e,
    0x46, 0x81, 0xb8, 0x06, 0x1b, 0xe3, 0xd2, 0xf8, 0x7e, 0x12, 0xd2, 0x5b, 0xb1, 0x9b, 0xeb, 0x19,
];

/// The seed of one in which a rule over many domains flaps, and comes to rest with a minute of which one of them has
/// nothing.
const REST_WITH_A_SILENT_DOMAIN: [u8; 32] = [
    0xab, 0xd2, 0x12, 0x85, 0xb4, 0x68, 0xd2, 0x1f, 0x24, 0x18, 0xe4, 0xd9, 0xda, 0x6f, 0x6b, 0x33,
    0xfb, 0xc6, 0x0d, 0x05, 0xae, 0x98, 0xc5, 0x8f, 0x66, 0xa6, 0xf6, 0x61, 0x43, 0xc3, 0x61, 0x9e,
];

fn of_seed(seed: &[u8; 32]) -> Scenario {
    let dice = TestRng::from_seed(RngAlgorithm::ChaCha, seed);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), dice);
    scenario().new_tree(&mut runner).unwrap().current()
}

#[test]
fn what_flaps_is_at_rest_in_a_backtest_once_the_slowest_of_its_domains_is_judged() {
    let scenario = of_seed(&REST_WITH_A_SILENT_DOMAIN);
    let sent = by_service(&scenario, &setup_of(&scenario.rules));
    let first = &sent.first["2026-06-21T01:46:00Z some  "];
    assert_eq!(first[0].1.format("%H:%M").to_string(), "02:29");
    assert_eq!(difference(&scenario), None);
}

#[test]
fn what_is_due_beside_what_was_just_told_is_told_by_a_backtest_too() {
    let scenario = of_seed(&NEWS_AS_IT_ESCALATES);
    let sent = by_service(&scenario, &setup_of(&scenario.rules));
    let first = &sent.first["2026-06-21T03:42:00Z tiers one c.example.com"];
    let [chat, boss] = &first[1..] else {
        panic!("{first:?}")
    };
    assert_eq!((chat.0.as_str(), boss.0.as_str()), ("chat", "boss"));
    assert_eq!(boss.1 - chat.1, TimeDelta::seconds(1));
    assert_eq!(difference(&scenario), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_backtest_says_of_messages_what_the_service_sends(scenario in scenario()) {
        let difference = difference(&scenario);
        prop_assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}
