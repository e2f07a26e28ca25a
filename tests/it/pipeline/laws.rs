//! What holds whatever happens: a replay agrees, restarts change nothing, lateness only delays.

use std::collections::{BTreeMap, BTreeSet};

use foghorn::dispatch::{Decided, Decision, Reason};
use foghorn::engine::{Event, Plan, Recording, Rule, Ruleset};
use foghorn::lang::Program;
use foghorn::pipeline::{Input, Kept, RuleMark, Scope};
use foghorn::replay::{KeptBacktest, KeptFindings, KeptSpan, backtest, fleets_judged_to};
use foghorn::samples::Samples;
use foghorn::unit::Minute;

use super::source::{Dice, Weather};
use super::store::{Store, line};
use super::world::{
    Chaos, DOMAINS, RULES, RuleText, SETTLING, World, compile, listed, series, setup,
};

/// How many alerts a message tells of at the most.
const ALERTS_MAX: usize = 500;

/// What the store kept, as a file of samples would have it.
fn samples(store: &Store) -> Samples {
    let mut samples = Samples::default();
    for (series, kept) in &store.samples {
        let begin = store.marks[series].history_begin.unwrap();
        let minutes = kept.range(begin..).filter_map(|(minute, kept)| match kept {
            Kept::Sample(sample) => Some((*minute, sample.clone())),
            Kept::Unasked => None,
        });
        samples.insert(series.domain.clone(), minutes.collect::<BTreeMap<_, _>>());
    }
    samples
}

/// Holds what happened against a backtest over what was kept, as far as all are judged.
pub fn hold_against_backtest(world: &World, rules: &[RuleText]) {
    let (program, rules) = compile(rules);
    let samples = samples(&world.store);
    let marks = world.store.marks.values();
    let judge_from = marks.clone().map(|mark| mark.judge_from).max().unwrap();
    let judged = marks.map(|mark| mark.next.previous()).min().unwrap();
    let recorded = samples
        .values()
        .filter_map(|m| m.keys().next_back().copied())
        .max()
        .unwrap();
    let last = judged.min(recorded);
    let fleet_next = world
        .store
        .rules
        .values()
        .filter_map(|rule| rule.fleet_next);
    assert!(
        fleet_next.clone().all(|next| last < next),
        "rules of many domains stand still"
    );
    // A file does not know of domains that were left as they stood; what was kept does.
    let was_left = |rule: &str| world.store.left.iter().any(|left| left.rule == rule);
    let begin_of = |rule: &str| world.store.rules[rule].from.max(judge_from);
    let begins: BTreeSet<Minute> = rules.iter().map(|rule| begin_of(&rule.name)).collect();
    let mut expected = BTreeSet::new();
    for begin in begins {
        let events = backtest(&program, &rules, &samples, Some(begin));
        let its = events.iter().filter(|t| begin_of(&t.key.rule) == begin);
        let its = its.filter(|t| t.minute <= last && !was_left(&t.key.rule));
        expected.extend(its.map(line));
    }
    let built_in = |rule: &str| foghorn::pipeline::BUILT_IN.contains(&rule);
    let found: BTreeSet<String> = world
        .store
        .transitions
        .iter()
        .filter(|t| t.minute <= last && !built_in(&t.key.rule) && !was_left(&t.key.rule))
        .map(line)
        .collect();
    let lost: Vec<_> = expected.difference(&found).collect();
    let invented: Vec<_> = found.difference(&expected).collect();
    assert!(
        lost.is_empty() && invented.is_empty(),
        "lost {lost:#?} invented {invented:#?}"
    );
    hold_against_kept(world, (&program, &rules));
}

/// The same over the store itself, which knows what could not be asked for, and who was left as it
/// stood: nothing is left out.
fn hold_against_kept(world: &World, (program, rules): (&Program, &[Rule])) {
    let store = &world.store;
    let plan = Plan::new(program);
    let marks: Vec<RuleMark> = store.rules.values().cloned().collect();
    let judged_to = fleets_judged_to(program, rules, &marks);
    let judge_from = store.marks.values().map(|mark| mark.judge_from).max();
    let begin_of = |rule: &str| store.rules[rule].from.max(judge_from.unwrap());
    let begins: BTreeSet<Minute> = rules.iter().map(|rule| begin_of(&rule.name)).collect();
    let mut expected = BTreeSet::new();
    for begin in begins {
        let ruleset = Ruleset { plan: &plan, rules };
        let backtest = KeptBacktest::new(ruleset);
        let mut found = KeptFindings::default();
        for (series, mark) in &store.marks {
            let minutes = store.samples.get(series).into_iter().flatten();
            let mut recording = Recording::default();
            for (minute, kept) in minutes.filter(|(minute, _)| **minute < mark.next) {
                match kept {
                    Kept::Sample(sample) => recording.insert_new(*minute, sample),
                    Kept::Unasked => recording.insert_new_unasked(*minute),
                }
            }
            let span = KeptSpan {
                last: mark.next.previous(),
                history_begin: mark.history_begin,
                judge_from: begin,
                is_awaited: true,
            };
            found.append(backtest.judge_all([(series, &recording, span)].into_iter()));
        }
        let events = backtest.end(found, &store.left, &judged_to).transitions;
        let its = events.iter().filter(|t| begin_of(&t.key.rule) == begin);
        expected.extend(its.map(line));
    }
    let built_in = |rule: &str| foghorn::pipeline::BUILT_IN.contains(&rule);
    let happened = store.transitions.iter();
    let happened = happened.filter(|t| !built_in(&t.key.rule));
    let found: BTreeSet<String> = happened.map(line).collect();
    assert_eq!(found, expected);
}

/// Every sample that was kept is what the source finally had, and nothing is missing.
pub fn hold_against_truth(world: &World) {
    for domain in DOMAINS {
        let mark = &world.store.marks[&series(domain)];
        let kept = &world.store.samples[&series(domain)];
        for minute in mark.covered_from.until(mark.next) {
            let truth = world.weather.truth(domain, minute);
            assert_eq!(
                kept.get(&minute),
                truth.map(Kept::Sample).as_ref(),
                "{domain} {minute}"
            );
        }
    }
}

pub fn rough() -> Weather {
    Weather {
        late: 2,
        revises: true,
        has_gaps: true,
        ..Weather::default()
    }
}

pub fn chaos() -> Chaos {
    Chaos {
        refuse: 80,
        duplicate: 80,
        slow: 70,
        ..Chaos::default()
    }
}

#[test]
fn a_backtest_over_what_was_kept_gives_what_happened() {
    for seed in 0..6 {
        let chaos = Chaos {
            crash: if seed % 2 == 0 { 0 } else { 8 },
            ..chaos()
        };
        let mut world = World::new(seed, setup(&RULES, listed()), rough(), chaos);
        world.run_to(160);
        assert!(world.store.transitions.len() > 20);
        hold_against_backtest(&world, &RULES);
        hold_against_truth(&world);
    }
}

#[test]
fn restarts_change_neither_what_happens_nor_what_is_told() {
    for seed in 20..24 {
        let run = |crash| {
            let chaos = Chaos { crash, ..chaos() };
            let mut world = World::new(seed, setup(&RULES, listed()), rough(), chaos);
            world.run_to(120);
            // What is left over of the dice's refusals is caught up with.
            (world.chaos.refuse, world.chaos.crash) = (0, 0);
            world.weather.silent = Vec::new();
            world.run_to(130);
            world
        };
        let (smooth, rough) = (run(0), run(30));
        let until = |world: &World| {
            let end = world.minute(115);
            let lines = world.store.events(false).into_iter();
            lines
                .filter(|line| *line < end.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(until(&smooth), until(&rough), "seed {seed}");
        // When a message goes out depends on when its minute was judged, and with it what is told
        // together; of what each receiver hears, and how it ended, nothing does.
        let told = |world: &World| {
            let end = world.minute(110).to_string();
            let mut told = BTreeMap::new();
            for message in &world.store.outbox {
                for view in message.alerts.iter().filter(|view| view.minute < end) {
                    let of = (message.receiver.clone(), message.channel, view.id.clone());
                    told.insert(of, view.state);
                }
            }
            told
        };
        assert_eq!(told(&smooth), told(&rough), "seed {seed}");
    }
}

/// Lets the source answer every minute at once; the process dies by the dice, after a step is kept or
/// between its rebuilds.
fn answered_at_once(seed: u64, dies: u64) -> World {
    let mut dice = Dice(seed ^ 0xd1e5);
    let mut world = World::new(seed, setup(&RULES, listed()), rough(), Chaos::default());
    for tick in 0..3 * 6 * 60 {
        world.now += chrono::TimeDelta::seconds(20);
        if tick % 3 == 0 {
            world.dies = dice.chance(dies);
            world.answer_all();
        } else {
            world.feed(Vec::new());
        }
        if dice.chance(dies) {
            world.crash();
        }
    }
    world
}

#[test]
fn at_the_same_times_restarts_change_no_byte_of_what_is_told() {
    for seed in 24..28 {
        let (smooth, rough) = (answered_at_once(seed, 0), answered_at_once(seed, 60));
        let (ours, theirs) = (&smooth.store, &rough.store);
        assert!(100 < ours.outbox.len(), "{}", ours.outbox.len());
        for (ours, theirs) in ours.outbox.iter().zip(&theirs.outbox) {
            assert_eq!(ours, theirs, "seed {seed}");
        }
        assert_eq!(ours.outbox.len(), theirs.outbox.len(), "seed {seed}");
        assert_eq!(ours.decisions, theirs.decisions, "seed {seed}");
        assert_eq!(ours.notes, theirs.notes, "seed {seed}");
    }
}

#[test]
fn a_late_source_delays_alerts_and_neither_loses_nor_invents_one() {
    for seed in 40..42 {
        let run = |late, later| {
            let weather = Weather {
                late,
                later,
                has_gaps: true,
                ..Weather::default()
            };
            let mut world = World::new(seed, setup(&RULES, listed()), weather, chaos());
            world.run_to(150);
            hold_against_truth(&world);
            hold_against_backtest(&world, &RULES);
            let end = world.minute(120).to_string();
            let lines = world
                .store
                .events(false)
                .into_iter()
                .filter(move |line| *line < end);
            lines.collect::<Vec<_>>()
        };
        let on_time = run(0, None);
        assert!(on_time.len() > 10);
        for late in [3, 6, 8, 14] {
            assert_eq!(
                run(late, None),
                on_time,
                "all are {late} minutes late, seed {seed}"
            );
        }
        for late in [3, 6, 8] {
            assert_eq!(
                run(0, Some(("b", late))),
                on_time,
                "one is {late} late, seed {seed}"
            );
        }
    }
}

#[test]
fn an_outage_is_caught_up_with_in_order() {
    for (seed, minutes) in [(60, 25), (61, 120), (62, 120), (63, 2 * 24 * 60)] {
        let outages = std::iter::once(100..100 + minutes).collect();
        let chaos = Chaos {
            outages,
            crash: seed % 2,
            ..chaos()
        };
        let mut world = World::new(seed, setup(&RULES, listed()), rough(), chaos);
        let coarse = world.start;
        world.run_to(100);
        if minutes > 1000 {
            // Nothing but refusals happens meanwhile.
            world.now = coarse + chrono::TimeDelta::minutes(100 + minutes - 20);
        }
        // The source is asked for one hour after the other.
        world.run_to(100 + minutes + if minutes > 1000 { 150 } else { 60 });
        hold_against_truth(&world);
        hold_against_backtest(&world, &RULES);
        let digests = world
            .store
            .outbox
            .iter()
            .filter(|message| message.reason == Reason::Past);
        let mut channels: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for message in digests {
            let of = channels.entry((&message.receiver, message.channel));
            of.or_default().push(message.alerts.len());
        }
        for sizes in channels.values() {
            let wanted = sizes.iter().sum::<usize>().div_ceil(ALERTS_MAX);
            assert_eq!(sizes.len(), wanted, "seed {seed}: {sizes:?}");
        }
        assert_eq!(channels.is_empty(), minutes < 30, "seed {seed}");
        hold_all_told(&world);
        let blind = world.store.events(true);
        assert!(
            blind.iter().all(|line| !line.contains("source-late")),
            "{blind:?}"
        );
    }
}

/// What fired was told, at once or as past, and no note of what is kept back is left.
fn hold_all_told(world: &World) {
    let told = world
        .store
        .outbox
        .iter()
        .flat_map(|message| &message.alerts);
    let told: BTreeSet<&str> = told.map(|alert| alert.id.as_str()).collect();
    for fired in world
        .store
        .transitions
        .iter()
        .filter(|t| t.event == Event::Fired)
    {
        let id = fired.key.firing_id(fired.fired);
        let stands = world.store.notes.contains_key(&format!("alert/{id}"));
        let is_dropped = |decision: &Decision| {
            decision.firing == id && matches!(decision.what, Decided::Dropped { .. })
        };
        let is_dropped = world.store.decisions.iter().any(is_dropped);
        assert!(
            told.contains(id.as_str()) || stands || is_dropped,
            "not told: {fired:?}"
        );
    }
}

#[test]
fn what_cannot_be_asked_any_more_is_unasked_and_not_absent() {
    let week = 7 * 24 * 60;
    let mut world = World::new(70, setup(&RULES[..3], listed()), rough(), Chaos::default());
    world.run_to(60);
    world.now = world.start + chrono::TimeDelta::minutes(60 + week + 120);
    world.run_to(60 + week + 180);
    for domain in DOMAINS {
        let kept = &world.store.samples[&series(domain)];
        let unasked = kept.values().filter(|kept| **kept == Kept::Unasked).count();
        assert!((120..150).contains(&unasked), "{unasked}");
    }
    let gap = world.minute(65).to_string()..world.minute(170).to_string();
    let lines = world.store.events(false);
    let meanwhile: Vec<_> = lines.iter().filter(|line| gap.contains(*line)).collect();
    assert!(meanwhile.is_empty(), "{meanwhile:?}");
}

#[test]
fn a_clock_that_is_wrong_for_a_moment_loses_nothing() {
    for days in [30, -30] {
        let mut world = World::new(71, setup(&RULES, listed()), rough(), Chaos::default());
        world.run_to(60);
        let right = world.now;
        world.now += chrono::TimeDelta::days(days);
        // A source whose clock is right refuses what is signed for another time.
        let refused = |domain: &&str| Input::Refused {
            series: series(domain),
            scope: Scope::Account,
            message: "InvalidTimeStamp.Expired".to_owned(),
            mend: String::new(),
        };
        world.feed(DOMAINS.iter().map(refused).collect());
        world.feed(Vec::new());
        world.now = right;
        world.run_to(140);
        hold_against_backtest(&world, &RULES);
        hold_against_truth(&world);
    }
}

#[test]
fn what_was_lost_in_months_is_kept_in_many_steps() {
    let rules = &RULES[..1];
    let mut world = World::new(72, setup(rules, listed()), rough(), Chaos::default());
    world.run_to(60);
    let days = 33;
    world.now += chrono::TimeDelta::days(days);
    world.run_to(60 + days * 24 * 60 + 30);
    assert!(world.most_samples < 101_000, "{}", world.most_samples);
    for domain in DOMAINS {
        let kept = &world.store.samples[&series(domain)];
        let unasked = kept.values().filter(|kept| **kept == Kept::Unasked).count();
        assert!(35_000 < unasked, "{unasked}");
        let mark = &world.store.marks[&series(domain)];
        let behind = SETTLING.first_unsettled(world.now).epoch() - mark.next.epoch();
        assert!(behind < 7 * 24 * 60, "{behind}");
    }
}
