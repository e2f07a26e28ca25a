//! Rules and domains that come, change and go while the service runs.

use std::collections::BTreeSet;

use foghorn::dispatch::{Reason, State};
use foghorn::engine::{Event, Transition};
use foghorn::pipeline::{Forgotten, Input, Kept, Need, Past, Pipeline, Watched};
use foghorn::unit::{DomainName, Severity};

use super::laws::{chaos, hold_against_backtest, hold_against_truth, rough};
use super::source::Weather;
use super::world::{
    Chaos, DOMAINS, RULES, RuleText, SETTLING, World, account, listed, series, setup,
};

const LONG: RuleText = (
    "past",
    &[(Severity::Warning, "avg(5xx over 5h) > 12% for 2m")],
);

#[test]
fn a_new_rule_warms_up_and_then_catches_up_while_the_others_go_on() {
    for seed in 100..104 {
        let mut world = World::new(seed, setup(&RULES[..4], listed()), rough(), chaos());
        world.chaos.crash = 5 * (seed % 2);
        world.run_to(60);
        let rules = [&RULES[..4], &[LONG]].concat();
        let (added, before) = (world.now, world.store.marks.clone());
        world.reconfigure(setup(&rules, listed()));
        let mut backfill = before[&series("a")].covered_from;
        for minute in 61..120 {
            world.run_to(minute);
            for mark in world.store.marks.values() {
                let behind = SETTLING.first_unsettled(world.now).epoch() - mark.next.epoch();
                assert!(behind < 15, "{behind} minutes behind");
            }
            let covered = world.store.marks[&series("a")].covered_from;
            assert!(backfill.epoch() - covered.epoch() <= 240, "newest first");
            backfill = covered;
        }
        let begin = SETTLING.first_unsettled(added);
        assert_eq!(world.store.rules["past"].from, begin);
        assert_eq!(backfill.epoch(), begin.epoch() - 300, "seed {seed}");
        hold_against_backtest(&world, &rules);
    }
}

/// Whether each domain is shown as warming up, or none is.
fn warms(world: &World) -> bool {
    let snapshot = world.pipeline.snapshot(world.now);
    let mut of = snapshot.series.iter().map(|of| of.warming_until.is_some());
    let first = of.next().unwrap();
    assert!(of.all(|warms| warms == first));
    first
}

#[test]
fn what_was_not_fetched_is_shown_as_warming_up() {
    let long: [RuleText; 1] = [("long", &[(Severity::Warning, "avg(5xx over 90m) > 12%")])];
    let chaos = Chaos {
        no_past: true,
        ..Chaos::default()
    };
    let mut world = World::new(7, setup(&long, listed()), rough(), chaos);
    world.run_to(60);
    assert!(warms(&world) && world.store.transitions.is_empty());
    // A new process asks for it again.
    world.chaos.no_past = false;
    world.crash();
    world.run_to(70);
    assert!(!warms(&world));
    hold_against_backtest(&world, &long);
}

#[test]
fn minutes_lived_free_a_rule_whose_past_is_not_to_be_had() {
    for seed in 0..4 {
        let chaos = Chaos {
            no_past: true,
            crash: if seed % 2 == 0 { 0 } else { 8 },
            ..chaos()
        };
        let mut world = World::new(seed, setup(&RULES, listed()), rough(), chaos);
        world.run_to(10);
        assert!(warms(&world));
        world.run_to(160);
        assert!(!warms(&world));
        let judged = world.store.transitions.iter();
        let judged: BTreeSet<&str> = judged.map(|t| t.key.rule.as_str()).collect();
        assert!(judged.len() > 3, "{judged:?}");
        // What was not fetched is unknown to the backtest as well.
        hold_against_backtest(&world, &RULES);
    }
}

#[test]
fn what_the_store_has_forgotten_is_asked_for_again_once_a_rule_looks_that_far_back() {
    for dies in [false, true] {
        let mut world = World::new(9, setup(&[LONG], listed()), rough(), Chaos::default());
        world.run_to(30);
        let short: [RuleText; 1] = [("short", &[(Severity::Warning, "5xx > 90%")])];
        world.reconfigure(setup(&short, listed()));
        world.run_to(60);
        world.store.forget(Forgotten {
            before: world.minute(20),
            reach: 1,
        });
        world.reconfigure(setup(&[LONG], listed()));
        if dies {
            world.crash();
        }
        world.run_to(120);
        for mark in world.store.marks.values() {
            assert!(mark.covered_from <= world.minute(60 - 300));
        }
        hold_against_truth(&world);
    }
}

/// Returns all that is to be worked out anew.
fn needs(pipeline: &mut Pipeline, world: &World) -> Vec<Need> {
    std::iter::from_fn(|| pipeline.next_rebuild(world.now)).collect()
}

/// Lets them look back upon what is stored.
fn look_back(pipeline: &Pipeline, world: &World, needs: &[Need]) -> Vec<Past> {
    let past = |need: &Need| {
        let blank = pipeline.blank(world.now, need.clone()).unwrap();
        blank.look_back(world.store.read(need))
    };
    needs.iter().map(past).collect()
}

#[test]
fn what_looked_back_before_more_was_known_is_asked_to_look_back_again() {
    let old = setup(&RULES[..4], listed());
    let mut world = World::new(7, old.clone(), rough(), Chaos::default());
    world.run_to(60);
    let mut pipeline = Pipeline::new(old, world.store.remembered());
    pipeline.begin(world.now);
    let first = needs(&mut pipeline, &world);
    assert_eq!(first.len(), DOMAINS.len());
    // An answer comes while the store reads.
    let pasts = look_back(&pipeline, &world, &first);
    let (series, from) = (first[0].series.clone(), first[0].to);
    world.run_to(65);
    let to = SETTLING.first_unsettled(world.now);
    assert!(from < to);
    let span = Need {
        series: series.clone(),
        from,
        to,
    };
    let samples = world.store.read(&span).into_iter();
    let samples = samples.filter_map(|(minute, kept)| match kept {
        Kept::Sample(sample) => Some((minute, sample)),
        Kept::Unasked => None,
    });
    let answer = Input::Answer {
        series: series.clone(),
        from,
        to,
        sent: world.now,
        samples: samples.collect(),
    };
    pipeline.step(world.now, vec![answer]);
    pipeline.rebuild_all(world.now, pasts);
    let again = needs(&mut pipeline, &world);
    assert_eq!(again.len(), 1, "{again:?}");
    assert!(again[0].series == series && from < again[0].to, "{again:?}");
    // The file is read anew while it does.
    let pasts = look_back(&pipeline, &world, &again);
    let rules = [&RULES[..4], &[LONG]].concat();
    pipeline.reconfigure(setup(&rules, listed()), None, world.now);
    let step = pipeline.rebuild_all(world.now, pasts);
    assert!(step.transitions.is_empty() && step.alerts.is_empty());
    let last = needs(&mut pipeline, &world);
    assert_eq!(last.len(), DOMAINS.len(), "{last:?}");
    // Whoever looked back upon all of it is taken over.
    let pasts = look_back(&pipeline, &world, &last);
    pipeline.rebuild_all(world.now, pasts);
    assert!(needs(&mut pipeline, &world).is_empty());
}

const fn over(name: &'static str, when: &'static [(Severity, &'static str)]) -> RuleText {
    (name, when)
}

const BAD: &[(Severity, &str)] = &[(Severity::Critical, "5xx > 20% for 3m")];

fn steady(bad: u64) -> Weather {
    let fixed = |domain| (domain, -1000..1000, Some(0));
    Weather {
        fixed: vec![fixed("a"), fixed("b"), fixed("c"), ("a", 10..50, Some(bad))],
        ..Weather::default()
    }
}

fn ends<'w>(world: &'w World, rule: &str) -> Vec<&'w Transition> {
    let of_rule = world
        .store
        .transitions
        .iter()
        .filter(|t| t.key.rule == rule);
    of_rule.filter(|t| t.event != Event::Fired).collect()
}

fn ended_by(of: &Transition) -> &str {
    match &of.event {
        Event::Ended { reason } => reason,
        Event::Fired | Event::Resolved | Event::SeverityChanged { .. } => "",
    }
}

#[test]
fn an_alert_of_a_changed_rule_goes_on_or_ends_as_the_rule_is_now() {
    for dies in [false, true] {
        let first = [
            over("stricter", BAD),
            over("same", BAD),
            over("gone", BAD),
            over("other", BAD),
            over("many", BAD),
        ];
        let mut world = World::new(5, setup(&first, listed()), steady(50), Chaos::default());
        world.run_to(30);
        assert_eq!(world.store.transitions.len(), 5);
        let second = [
            over("stricter", &[(Severity::Critical, "5xx > 60% for 3m")]),
            over(
                "other",
                &[(Severity::Critical, "(5xx > 30% for 2h) or 5xx > 45%")],
            ),
            over("same", BAD),
            over(
                "many",
                &[(Severity::Critical, "5xx > 20% on at least 1 domains")],
            ),
        ];
        world.dies = dies;
        world.reconfigure(setup(&second, listed()));
        world.run_to(45);
        for (rule, reason) in [
            ("stricter", "would not fire"),
            ("gone", "removed"),
            ("many", "changed"),
        ] {
            let ends = ends(&world, rule);
            assert!(ended_by(ends[0]).contains(reason), "{rule} {dies} {ends:?}");
        }
        assert!(ends(&world, "same").is_empty() && ends(&world, "other").is_empty());
        let told = world
            .store
            .outbox
            .iter()
            .filter(|m| m.reason == Reason::Ended);
        assert_eq!(told.count(), 3 * 3);
        world.run_to(70);
        for rule in ["same", "other"] {
            let ends = ends(&world, rule);
            assert_eq!(
                ends.iter().map(|t| &t.event).collect::<Vec<_>>(),
                [&Event::Resolved]
            );
        }
    }
}

#[test]
fn a_changed_rule_that_fires_on_tells_its_new_severity_and_does_not_begin_anew() {
    const WARNING: &[(Severity, &str)] = &[(Severity::Warning, "5xx > 20% for 3m")];
    const TIERS: &[(Severity, &str)] = &[WARNING[0], (Severity::Critical, "5xx > 40% for 3m")];
    const MANY: &[(Severity, &str)] = &[(Severity::Critical, "5xx > 20% on at least 1 domains")];
    for dies in [false, true] {
        let first = [
            over("worse", WARNING),
            over("tiers", WARNING),
            over("unknown", WARNING),
            over("many", MANY),
            over("many-more", MANY),
        ];
        let mut world = World::new(5, setup(&first, listed()), steady(50), Chaos::default());
        world.run_to(30);
        assert_eq!(world.store.transitions.len(), 5);
        let second = [
            over("worse", BAD),
            over("tiers", TIERS),
            // Without 4xx these are unknown.
            over(
                "unknown",
                &[
                    (Severity::Info, "404 / 403 > 1"),
                    (Severity::Warning, "404 / 403 > 2"),
                    (Severity::Critical, "404 / 403 > 3"),
                ],
            ),
            over(
                "many",
                &[(Severity::Critical, "5xx > 25% on at least 1 domains")],
            ),
            over(
                "many-more",
                &[(Severity::Critical, "5xx > 20% on at least 2 domains")],
            ),
        ];
        world.dies = dies;
        world.reconfigure(setup(&second, listed()));
        world.run_to(45);
        let from = Severity::Warning;
        for rule in ["worse", "tiers"] {
            let told = ends(&world, rule);
            assert_eq!(told.len(), 1, "{rule} {dies}");
            assert_eq!(told[0].event, Event::SeverityChanged { from });
            assert_eq!(told[0].severity, Severity::Critical);
            assert!(!told[0].evidence.values.is_empty());
        }
        let outbox = world.store.outbox.iter();
        let changed = outbox.filter(|m| m.reason == Reason::Changed);
        assert_eq!(changed.count(), 2 * 3);
        assert!(ends(&world, "many").is_empty() && ends(&world, "unknown").is_empty());
        let more = ends(&world, "many-more");
        assert!(ended_by(more[0]).contains("would not fire"), "{more:?}");
        world.run_to(70);
        for rule in ["worse", "tiers", "many"] {
            let last = *ends(&world, rule).last().unwrap();
            assert_eq!(last.event, Event::Resolved, "{rule} {dies}");
        }
        assert_eq!(ends(&world, "many-more").len(), 1);
    }
}

#[test]
fn a_domain_has_left_after_three_complete_listings_in_a_row() {
    let rules = [over("bad", BAD)];
    let mut world = World::new(
        6,
        setup(&rules, Watched::Discovered),
        steady(50),
        Chaos::default(),
    );
    let listing = |domains: &[&str]| Input::Listing {
        account: account(),
        domains: domains.iter().copied().map(DomainName::from).collect(),
    };
    world.feed(vec![listing(&DOMAINS)]);
    world.run_to(30);
    assert_eq!(world.store.transitions.len(), 1);
    for domains in [
        &DOMAINS[1..],
        &DOMAINS[1..],
        &DOMAINS,
        &DOMAINS[1..],
        &DOMAINS[1..],
    ] {
        // Of listings within seconds of each other the first counts.
        world.feed(vec![listing(domains)]);
        world.feed(vec![listing(&DOMAINS[1..])]);
        assert_eq!(world.store.marks.len(), 3);
        world.run_to(world.at() + 1);
    }
    world.feed(vec![listing(&DOMAINS[1..])]);
    assert_eq!(world.store.marks.len(), 2);
    assert_eq!(
        ended_by(ends(&world, "bad")[0]),
        "the domain is watched no longer"
    );
    assert!(world.store.alerts.is_empty());
    // Messages of a group are some time apart.
    world.run_to(50);
    let last = world.store.outbox.last().unwrap();
    assert_eq!(last.reason, Reason::Ended);
    assert_eq!(last.alerts[0].state, State::Ended);
}

#[test]
fn of_a_domain_that_the_file_names_no_longer_no_note_is_left() {
    for dies in [false, true] {
        let chaos = Chaos {
            no_past: true,
            ..Chaos::default()
        };
        let mut world = World::new(3, setup(&[LONG], listed()), rough(), chaos);
        world.run_to(10);
        let warming = |world: &World| {
            let names = world.store.notes.keys();
            names.filter(|name| name.starts_with("warming/")).count()
        };
        assert_eq!(warming(&world), DOMAINS.len());
        let one = setup(&[LONG], Watched::Listed(vec![DOMAINS[0].into()]));
        if dies {
            world.setup = one;
            world.crash();
        } else {
            world.reconfigure(one);
        }
        assert_eq!(warming(&world), 1);
        assert_eq!(world.store.marks.len(), 1);
    }
}
