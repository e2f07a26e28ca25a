//! A clock that was far ahead and is put right.

use chrono::TimeDelta;
use foghorn::pipeline::JudgedAhead;
use foghorn::unit::Minute;

use super::laws::hold_against_backtest;
use super::source::Weather;
use super::world::{Chaos, DOMAINS, RULES, SETTLE, World, listed, series, setup};

/// A service that was first started with the clock far ahead, and refused until that was put right.
fn first_started_ahead(seed: u64) -> World {
    let chaos = Chaos {
        outages: std::iter::once(0..20).collect(),
        ..Chaos::default()
    };
    let mut world = World::new(seed, setup(&RULES, listed()), Weather::default(), chaos);
    world.run_to(20);
    world.chaos.outages.clear();
    world.now = world.start - TimeDelta::days(3);
    world.start = world.now;
    world.weather.start = Some(Minute::containing(world.now));
    world
}

#[test]
fn a_first_start_with_the_clock_far_ahead_judges_from_the_present_on_once_that_is_put_right() {
    for (seed, is_restarted) in [(3, false), (4, true)] {
        let mut world = first_started_ahead(seed);
        let begin = Minute::containing(world.now);
        if is_restarted {
            world.crash();
        }
        world.run_to(200);
        for domain in DOMAINS {
            let mark = &world.store.marks[&series(domain)];
            let late = Minute::containing(world.now).epoch() - mark.next.epoch();
            assert!((0..20).contains(&late), "{late}");
            assert!(mark.judge_from <= begin, "{}", mark.judge_from);
        }
        for rule in world.store.rules.values() {
            assert!(rule.from <= begin && rule.fleet_next.is_none_or(|next| begin < next));
        }
        assert!(!world.store.transitions.is_empty(), "seed {seed}");
        assert_eq!(world.pipeline.judged_ahead(world.now), None);
        hold_against_backtest(&world, &RULES);
    }
}

#[test]
fn what_was_judged_up_to_a_time_that_is_yet_to_come_is_known() {
    let mut world = World::new(
        5,
        setup(&RULES, listed()),
        Weather::default(),
        Chaos::default(),
    );
    world.run_to(120);
    assert_eq!(world.pipeline.judged_ahead(world.now), None);
    let next = DOMAINS.map(|domain| world.store.marks[&series(domain)].next);
    world.now -= TimeDelta::hours(1);
    world.feed(Vec::new());
    let until = next.into_iter().max().unwrap();
    let ahead = JudgedAhead { domains: 3, until };
    assert_eq!(world.pipeline.judged_ahead(world.now), Some(ahead));
    for (domain, next) in DOMAINS.iter().zip(next) {
        assert_eq!(world.store.marks[&series(domain)].next, next, "{domain}");
    }
    world.now = until.end() + SETTLE.delta();
    assert_eq!(world.pipeline.judged_ahead(world.now), None);
}
