//! In which order answers come within a moment, and in which batches, changes nothing of what happens and is told.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use foghorn::dispatch::{AlertView, Reason};
use foghorn::pipeline::{Input, Kept, Pipeline, Scope, Setup, Step};
use foghorn::unit::{Minute, Series};
use proptest::collection::vec;
use proptest::prelude::*;

use super::source::Dice;
use super::store::{Store, line};
use crate::backtest::told::{
    Has, MINUTES, Scenario, all_series, minute, one_silent, remembered, scenario, setup_of,
};

/// How a series is asked.
#[derive(Clone, Debug, Default)]
struct Asking {
    /// When nobody asks.
    gaps: Vec<(usize, usize)>,
    /// When it is refused, and whether its whole account is said to be.
    refused: Vec<(usize, usize, bool)>,
    /// How many of a thousand answers come a minute later than the others.
    slow: u64,
}

fn asking() -> impl Strategy<Value = Asking> {
    let gaps = prop_oneof![3 => Just(Vec::new()), 1 => vec((0..MINUTES, 1_usize..40), 1..3)];
    let refused = prop_oneof![
        3 => Just(Vec::new()),
        1 => vec((0..MINUTES, 1_usize..40, any::<bool>()), 1..3),
    ];
    let slow = prop_oneof![3 => Just(0_u64), 1 => Just(200)];
    (gaps, refused, slow).prop_map(|(gaps, refused, slow)| Asking {
        gaps,
        refused,
        slow,
    })
}

/// What sources say, in which the seed alone decides what comes first.
#[derive(Clone, Debug)]
struct Answering {
    scenario: Scenario,
    /// How each account is asked, and each series.
    accounts: Vec<Asking>,
    series: Vec<Asking>,
    /// By how many seconds requests of one moment are sent apart at the most.
    apart: u64,
    /// Whether time passes before the answers of a moment come: what is due is told, and whether the service is
    /// blind is looked for, without them.
    time_passes: bool,
    seed: u64,
}

fn answering() -> impl Strategy<Value = Answering> {
    let series = all_series().len();
    let apart = prop_oneof![Just(1_u64), Just(20)];
    (
        scenario(),
        vec(asking(), 2),
        vec(asking(), series),
        apart,
        any::<bool>(),
        any::<u64>(),
    )
        .prop_map(
            |(scenario, accounts, series, apart, time_passes, seed)| Answering {
                scenario,
                accounts,
                series,
                apart,
                time_passes,
                seed,
            },
        )
}

/// In which order what comes in one moment is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// As it stands, at once.
    Straight,
    /// In any order, at once.
    Shuffled,
    /// In any order, in any batches.
    Cut,
}

/// A service that is given what sources say.
struct Service<'a> {
    answering: &'a Answering,
    order: Order,
    dice: Dice,
    pipeline: Pipeline,
    store: Store,
    /// The series that were refused last.
    refused: BTreeSet<Series>,
    /// What was sent and comes later; nothing else is asked of these series meanwhile.
    underway: BTreeMap<Series, Input>,
}

fn is_in(at: usize, (from, length): (usize, usize)) -> bool {
    (from..from + length).contains(&at)
}

fn series_of(input: &Input) -> &Series {
    match input {
        Input::Answer { series, .. } | Input::Refused { series, .. } => series,
        Input::Listing { .. } | Input::Unlisted { .. } => panic!("nothing is listed"),
    }
}

impl<'a> Service<'a> {
    fn run(answering: &'a Answering, setup: &Arc<Setup>, order: Order) -> Store {
        let mut service = Self::begin(answering, setup, order);
        for at in 1..MINUTES + 30 {
            service.moment(at);
        }
        service.store
    }

    fn begin(answering: &'a Answering, setup: &Arc<Setup>, order: Order) -> Self {
        let mut service = Self {
            answering,
            order,
            dice: Dice(answering.seed),
            pipeline: Pipeline::new(setup.clone(), remembered(setup)),
            store: Store::default(),
            refused: BTreeSet::new(),
            underway: BTreeMap::new(),
        };
        for mark in remembered(setup).series {
            service.store.marks.insert(mark.series.clone(), mark);
        }
        for mark in remembered(setup).rules {
            service.store.rules.insert(mark.name.clone(), mark);
        }
        let step = service.pipeline.begin(minute(0).start());
        service.conclude(&step);
        service
    }

    /// The process dies and is started again.
    fn restart(&mut self, setup: &Arc<Setup>, at: usize) {
        self.pipeline = Pipeline::new(setup.clone(), self.store.remembered());
        let step = self.pipeline.begin(minute(at).end());
        self.conclude(&step);
    }

    /// Takes in what comes in one moment.
    fn moment(&mut self, at: usize) {
        let now = minute(at).start() + TimeDelta::seconds(30);
        // The first of several batches would be all that is known when it is looked for blindness.
        if self.answering.time_passes || self.order == Order::Cut {
            self.feed(now, Vec::new());
        }
        let mut inputs = self.inputs(at, now);
        if self.order != Order::Straight {
            self.dice.shuffle(&mut inputs);
        }
        if self.order == Order::Cut {
            // Rules over many domains leave a domain that is refused as it stands, and note that: whether they
            // waited for it is a question of whether it was heard again by then.
            let is_refused = |of: &Input| self.refused.contains(series_of(of));
            let (back, others) = inputs.into_iter().partition(is_refused);
            inputs = others;
            self.feed(now, back);
        }
        while !inputs.is_empty() {
            let most = inputs.len();
            let size = match self.order {
                Order::Cut => 1 + self.dice.below(most as u64),
                Order::Straight | Order::Shuffled => most as u64,
            };
            let rest = inputs.split_off(usize::try_from(size).unwrap());
            self.feed(now, std::mem::replace(&mut inputs, rest));
        }
        let until = now + TimeDelta::minutes(1);
        let mut now = now;
        while let Some(due) = self.pipeline.due(now) {
            now = due.max(now + TimeDelta::seconds(1));
            if until <= now {
                break;
            }
            self.feed(now, Vec::new());
        }
    }

    /// Returns what comes in a moment: the same whatever the order.
    fn inputs(&mut self, at: usize, now: DateTime<Utc>) -> Vec<Input> {
        let mut inputs = Vec::new();
        for (place, series) in all_series().into_iter().enumerate() {
            if let Some(input) = self.underway.remove(&series) {
                inputs.push(input);
                continue;
            }
            let account = usize::from(series.account.as_str() != "one");
            let of = [
                &self.answering.accounts[account],
                &self.answering.series[place],
            ];
            let gaps = of.iter().flat_map(|asking| &asking.gaps);
            if gaps.into_iter().any(|gap| is_in(at, *gap)) {
                continue;
            }
            let mut dice = Dice(self.answering.seed ^ ((place as u64) << 32) ^ at as u64);
            let apart = i64::try_from(dice.below(self.answering.apart)).unwrap();
            let sent = now - TimeDelta::seconds(apart);
            let mut refused = of.iter().flat_map(|asking| &asking.refused);
            let refused = refused.find(|(from, length, _)| is_in(at, (*from, *length)));
            let input = match refused {
                Some((_, _, is_account)) => Input::Refused {
                    series: series.clone(),
                    scope: if *is_account {
                        Scope::Account
                    } else {
                        Scope::Domain
                    },
                    message: format!("no, {at}"),
                    mend: String::new(),
                },
                None => self.answer(series.clone(), sent),
            };
            let slow = of.iter().map(|asking| asking.slow).max();
            if dice.chance(slow.unwrap()) {
                self.underway.insert(series, input);
            } else {
                inputs.push(input);
            }
        }
        inputs
    }

    fn answer(&self, series: Series, sent: DateTime<Utc>) -> Input {
        let from = self.store.marks[&series].next;
        let to = Minute::containing(sent);
        Input::Answer {
            from,
            to,
            sent,
            samples: self.answering.scenario.samples(&series, from, to),
            series,
        }
    }

    fn feed(&mut self, now: DateTime<Utc>, inputs: Vec<Input>) {
        for input in &inputs {
            match input {
                Input::Refused { series, .. } => self.refused.insert(series.clone()),
                of => self.refused.remove(series_of(of)),
            };
        }
        let step = self.pipeline.step(now, inputs);
        self.conclude(&step);
    }

    fn conclude(&mut self, step: &Step) {
        self.store.commit(step);
        while let Some(need) = self.pipeline.next_rebuild(step.now) {
            let samples = self
                .answering
                .scenario
                .samples(&need.series, need.from, need.to);
            let kept = samples.into_iter();
            let kept = kept.map(|(at, sample)| (at, Kept::Sample(sample)));
            let step = self.pipeline.rebuild(step.now, &need, kept.collect());
            self.store.commit(&step);
        }
    }
}

/// What a service has kept and told, as comparable lines.
fn lines(store: &Store) -> BTreeMap<&'static str, Vec<String>> {
    let mut lines = BTreeMap::from([
        ("transition", store.transitions.iter().map(line).collect()),
        (
            "message",
            store.outbox.iter().map(|of| format!("{of:?}")).collect(),
        ),
        (
            "decision",
            store.decisions.iter().map(|of| format!("{of:?}")).collect(),
        ),
        (
            "alert",
            store.alerts.iter().map(|of| format!("{of:?}")).collect(),
        ),
        (
            "note",
            store.notes.iter().map(|of| format!("{of:?}")).collect(),
        ),
        (
            "mark",
            store.marks.values().map(|of| format!("{of:?}")).collect(),
        ),
        (
            "rule",
            store.rules.values().map(|of| format!("{of:?}")).collect(),
        ),
        (
            "left",
            store.left.iter().map(|of| format!("{of:?}")).collect(),
        ),
        (
            "sample",
            store
                .samples
                .iter()
                .map(|of| format!("{of:?}"))
                .collect::<Vec<_>>(),
        ),
    ]);
    // What happens in one moment has no order.
    for of in lines.values_mut() {
        of.sort();
    }
    lines
}

/// Returns the first in which two services differ.
fn difference(one: &Store, other: &Store) -> Option<String> {
    let (one, other) = (lines(one), lines(other));
    one.iter().find_map(|(what, one)| {
        let other = &other[what];
        let only = |of: &[String], not: &[String]| {
            let only: Vec<_> = of
                .iter()
                .filter(|line| !not.contains(line))
                .take(3)
                .cloned()
                .collect();
            only
        };
        (one != other).then(|| {
            format!(
                "{what}\n only one has {:#?}\n only the other has {:#?}",
                only(one, other),
                only(other, one)
            )
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn answers_of_a_moment_may_come_in_any_order(answering in answering()) {
        let setup = setup_of(&answering.scenario.rules);
        let straight = Service::run(&answering, &setup, Order::Straight);
        let shuffled = Service::run(&answering, &setup, Order::Shuffled);
        let difference = difference(&straight, &shuffled);
        prop_assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }

    #[test]
    fn answers_of_a_moment_may_come_in_any_batches(answering in answering()) {
        let difference = batches_matter(answering);
        prop_assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}

/// Returns in what a service that has the answers of a moment at once differs from one that has them in batches.
fn batches_matter(mut answering: Answering) -> Option<String> {
    // What is told at once is told before the next batch is there, and what mutes what is looked at after each.
    let rules = answering
        .scenario
        .rules
        .replace("group_wait: 0s", "group_wait: 5s");
    let lines = rules.lines().filter(|line| !line.starts_with("  inhibit:"));
    answering.scenario.rules = lines.collect::<Vec<_>>().join("\n");
    answering.time_passes = true;
    let setup = setup_of(&answering.scenario.rules);
    let straight = Service::run(&answering, &setup, Order::Straight);
    let cut = Service::run(&answering, &setup, Order::Cut);
    // What was decided between two batches, and was over with the second, has left its traces.
    let [straight, cut] = [straight, cut].map(|of| Store {
        decisions: Vec::new(),
        notes: BTreeMap::new(),
        ..of
    });
    difference(&straight, &cut)
}

/// Sources of which one is silent for some minutes, and asked within as many seconds.
fn one_is_silent(spans: [Range<usize>; 3], apart: u64, seed: u64) -> Answering {
    Answering {
        scenario: one_silent(spans, "10s"),
        accounts: vec![Asking::default(); 2],
        series: vec![Asking::default(); all_series().len()],
        apart,
        time_passes: true,
        seed,
    }
}

/// The rules whose alerts were told.
fn told(store: &Store) -> BTreeSet<&str> {
    let alerts = store.outbox.iter().flat_map(|of| &of.alerts);
    alerts.map(|of| of.rule.as_str()).collect()
}

#[test]
fn when_a_late_source_is_back_no_batch_frees_an_alert_over_many_that_the_next_one_ends() {
    for seed in 0..6 {
        let answering = one_is_silent([60..100, 60..100, 60..100], 1, seed);
        let setup = setup_of(&answering.scenario.rules);
        let store = Service::run(&answering, &setup, Order::Cut);
        assert_eq!(told(&store), BTreeSet::from(["source-late"]), "seed {seed}");
        let difference = batches_matter(answering);
        assert_eq!(difference, None, "seed {seed}");
    }
}

#[test]
fn of_what_began_to_fire_before_a_batch_shows_that_its_source_was_late_nobody_hears() {
    let mut untold = 0;
    for seed in 0..12 {
        // The source is late after minute 82 has begun. Of the requests that are sent then, those of the third domain
        // show minute 81, and the others nothing new: whether they were sent before it is chance.
        let answering = one_is_silent([60..100, 60..100, 67..81], 20, seed);
        let setup = setup_of(&answering.scenario.rules);
        let store = Service::run(&answering, &setup, Order::Straight);
        let mut told = store.outbox.iter().flat_map(|of| &of.alerts);
        untold += usize::from(!told.any(|of| of.account == "one" && of.domain == "c.example.com"));
        let difference = batches_matter(answering);
        assert_eq!(difference, None, "seed {seed}");
    }
    assert!((1..12).contains(&untold), "{untold}");
}

/// Sources that nobody asks for an hour; of these domains there is no traffic from before that until minute 116,
/// and nothing from then on, which is known once another domain of the account has shown more.
fn asked_after_a_gap(domains: &[usize], seed: u64) -> Answering {
    let scenario = one_silent([0..0, 0..0, 0..0], "10s");
    let scenario = domains.iter().fold(scenario, |scenario, series| {
        let scenario = scenario.with(*series, 60..116, Has::NoCodes);
        scenario.with(*series, 116..140, Has::Nothing)
    });
    let asking = Asking {
        gaps: vec![(62, 64)],
        ..Asking::default()
    };
    Answering {
        scenario,
        accounts: vec![asking; 2],
        series: vec![Asking::default(); all_series().len()],
        apart: 1,
        time_passes: true,
        seed,
    }
}

/// The reasons of what was told of a rule, in order, and of how many alerts.
fn told_of(store: &Store, rule: &str) -> Vec<(Reason, usize)> {
    let told = store.outbox.iter();
    let told = told.filter(|message| message.alerts[0].rule == rule);
    told.map(|of| (of.reason, of.alerts.len())).collect()
}

#[test]
fn what_one_batch_frees_and_the_next_one_ends_is_told_as_it_is_in_one() {
    for seed in 0..6 {
        let answering = asked_after_a_gap(&[0], seed);
        let setup = setup_of(&answering.scenario.rules);
        let store = Service::run(&answering, &setup, Order::Cut);
        let told = told_of(&store, "calm");
        assert_eq!(told, [(Reason::Past, 1)], "seed {seed}");
        let difference = batches_matter(answering);
        assert_eq!(difference, None, "seed {seed}");
    }
}

#[test]
fn what_is_past_is_told_in_one_message_though_it_comes_in_batches() {
    for seed in 0..6 {
        // One domain of each account.
        let answering = asked_after_a_gap(&[0, 4], seed);
        let setup = setup_of(&answering.scenario.rules);
        let store = Service::run(&answering, &setup, Order::Cut);
        let told = told_of(&store, "calm");
        assert_eq!(told, [(Reason::Past, 2)], "seed {seed}");
        let difference = batches_matter(answering);
        assert_eq!(difference, None, "seed {seed}");
    }
}

#[test]
fn what_a_silence_hid_is_told_when_that_ends_though_its_source_is_late_by_then() {
    for seed in 0..8 {
        // The first domain is silent since long when the source becomes late, in minute 82.
        let mut answering = one_is_silent([60..100, 60..100, 67..81], 20, seed);
        let end = minute(82).to_string();
        let silence =
            format!("silences: [{{match: {{domain: a.example.com}}, to: {end}}}], routes:");
        let rules = &mut answering.scenario.rules;
        *rules = rules.replace("group_wait: 10s", "group_wait: 45s");
        *rules = rules.replace("routes:", &silence);
        let setup = setup_of(rules);
        let store = Service::run(&answering, &setup, Order::Straight);
        let of_first = |of: &AlertView| of.rule == "gone" && of.domain == "a.example.com";
        let mut told = store.outbox.iter();
        let first = told.find(|message| message.alerts.iter().any(of_first));
        let at = minute(82).start() + TimeDelta::seconds(45);
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        assert_eq!(
            first.map(|message| &message.timestamp),
            Some(&at),
            "seed {seed}"
        );
    }
}

#[test]
fn a_restart_frees_no_alert_over_many_by_an_account_that_has_one_of_its_domains_as_well() {
    for death in [85, 99] {
        let answering = one_is_silent([60..100, 60..100, 60..100], 1, 1);
        let setup = setup_of(&answering.scenario.rules);
        let mut service = Service::begin(&answering, &setup, Order::Straight);
        let is_kept_back =
            |store: &Store| store.notes.keys().any(|name| name.starts_with("fires-on/"));
        let mut was_kept_back = false;
        for at in 1..MINUTES {
            service.moment(at);
            was_kept_back |= is_kept_back(&service.store);
            if at == death {
                service.restart(&setup, at);
            }
        }
        let told = told(&service.store);
        assert_eq!(told, BTreeSet::from(["source-late"]), "dies at {death}");
        assert!(was_kept_back && !is_kept_back(&service.store));
    }
}
