//! The built-in alerts: one per cause and account, from when to when, through restarts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use foghorn::dispatch::{Policy, Reason, ReceiverChannel, ReceiverName, Route};
use foghorn::engine::Event;
use foghorn::pipeline::{BUILT_IN, Input, Pipeline, Remembered, Scope, Setup, Watched};
use foghorn::unit::{AccountName, DomainName, Series, Severity};

use super::source::Weather;
use super::world::{
    Chaos, DOMAINS, RULES, RuleText, SETTLING, World, account, compile, listed, series, setup,
    start_of,
};

/// What happened to the built-in alerts: the rule, its cause, whether it fired, and when.
fn blind(world: &World) -> Vec<(&str, &str, bool, i64)> {
    let start = world.minute(0).epoch();
    let its = world.store.transitions.iter();
    let its = its.filter(|t| BUILT_IN.contains(&t.key.rule.as_str()));
    its.map(|t| {
        let (rule, (_, _, cause)) = (t.key.rule.as_str(), t.key.columns());
        (
            rule,
            cause,
            t.event == Event::Fired,
            t.minute.epoch() - start,
        )
    })
    .collect()
}

/// Runs on, and has the process die at some of the minutes.
fn run(world: &mut World, to: i64, deaths: &[i64]) {
    for minute in world.at() + 1..=to {
        world.run_to(minute);
        if deaths.contains(&minute) {
            world.crash();
        }
    }
}

/// Whether these happened, once each, a few minutes after the time given.
fn hold(world: &World, expected: &[(&str, &str, bool, i64)]) {
    let found = blind(world);
    let fits = found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, wanted)| {
            (found.0, found.1, found.2) == (wanted.0, wanted.1, wanted.2)
                && (wanted.3..wanted.3 + 4).contains(&found.3)
        });
    assert!(fits, "found {found:?}, expected {expected:?}");
}

const DEATHS: [&[i64]; 5] = [&[], &[62, 71], &[83], &[77, 78, 90, 101], &[116]];

#[test]
fn a_late_source_is_told_once_and_its_gaps_are_not() {
    for (seed, deaths) in (0..).zip(DEATHS) {
        let weather = Weather {
            silent: std::iter::once(60..120).collect(),
            late: 1,
            fixed: vec![("b", 50..1000, None)],
            ..Weather::default()
        };
        let mut world = World::new(seed, setup(&RULES, listed()), weather, Chaos::default());
        let gaps = |world: &World| {
            let told = world.store.outbox.iter();
            let told = told.filter(|message| message.alerts[0].rule == "gone");
            told.map(|m| (m.alerts[0].domain.clone(), m.reason))
                .collect::<Vec<_>>()
        };
        run(&mut world, 58, &[]);
        assert_eq!(gaps(&world), []);
        run(&mut world, 119, deaths);
        let shown = world
            .store
            .alerts
            .keys()
            .filter(|key| key.rule == "gone")
            .count();
        assert_eq!(shown, 3, "{deaths:?}");
        let before = gaps(&world).len();
        run(&mut world, 140, &[]);
        hold(
            &world,
            &[
                ("source-late", "late", true, 73),
                ("source-late", "late", false, 120),
            ],
        );
        let told = gaps(&world);
        assert!(
            told.iter()
                .all(|(domain, why)| domain == "b" && *why == Reason::First),
            "{told:?}"
        );
        assert_eq!(told.len(), 3, "told {before} before");
    }
}

#[test]
fn a_restart_before_a_source_is_late_delays_nothing_and_invents_no_gap() {
    for death in [61, 66, 71, 75] {
        let weather = Weather {
            silent: std::iter::once(60..120).collect(),
            late: 1,
            ..Weather::default()
        };
        let mut world = World::new(7, setup(&RULES, listed()), weather, Chaos::default());
        run(&mut world, 140, &[death]);
        hold(
            &world,
            &[
                ("source-late", "late", true, 73),
                ("source-late", "late", false, 120),
            ],
        );
        let mut told = world.store.outbox.iter();
        assert!(
            !told.any(|message| message.alerts[0].rule == "gone"),
            "{death}"
        );
    }
}

#[test]
fn when_all_come_back_nobody_is_told_of_the_silence_that_ends_a_moment_later() {
    const DEATHS: [&[i64]; 4] = [&[], &[80], &[91], &[94]];
    for (seed, deaths) in (20..).zip(DEATHS) {
        // There is nothing to be shown, and then there is: no minute of the silence comes later.
        let weather = Weather {
            late: 1,
            fixed: DOMAINS.iter().map(|of| (*of, 60..90, None)).collect(),
            ..Weather::default()
        };
        let mut world = World::new(seed, setup(&RULES, listed()), weather, Chaos::default());
        run(&mut world, 85, deaths);
        let gone = |world: &World| {
            let alerts = world.store.alerts.keys();
            alerts.filter(|key| key.rule == "gone").count()
        };
        assert_eq!(gone(&world), DOMAINS.len());
        run(&mut world, 120, deaths);
        assert_eq!(gone(&world), 0);
        let mut told = world.store.outbox.iter().flat_map(|of| &of.alerts);
        assert!(!told.any(|view| view.rule == "gone"), "{deaths:?}");
    }
}

#[test]
fn what_cannot_be_asked_is_told_once_per_cause() {
    for (seed, deaths) in (10..).zip(DEATHS) {
        let outages = std::iter::once(60..120).collect();
        let chaos = Chaos {
            outages,
            ..Chaos::default()
        };
        let mut world = World::new(seed, setup(&RULES, listed()), Weather::default(), chaos);
        run(&mut world, 180, deaths);
        let begin = blind(&world)[0].3;
        let fired = if deaths.first() < Some(&71) && !deaths.is_empty() {
            begin
        } else {
            70
        };
        hold(
            &world,
            &[
                ("source-failing", "account", true, fired),
                ("source-failing", "account", false, 120),
            ],
        );
        let refused = vec![("a", 60..120)];
        let chaos = Chaos {
            refused,
            ..Chaos::default()
        };
        let mut world = World::new(seed, setup(&RULES, listed()), Weather::default(), chaos);
        run(&mut world, 180, deaths);
        let begin = blind(&world)[0].3;
        hold(
            &world,
            &[
                ("source-failing", "domains", true, begin),
                ("source-failing", "domains", false, 120),
            ],
        );
    }
}

#[test]
fn domains_are_counted_by_their_accounts_also_where_one_has_a_name_that_begins_anothers() {
    let names = ["main", "main-2", "mai"];
    let of = |account: &str, domain: &str| Series {
        account: account.into(),
        domain: domain.into(),
    };
    let accounts = names.map(|name| (AccountName::from(name), listed()));
    let (program, rules) = compile(&RULES);
    let (receiver, channel) = (
        ReceiverName("ops".to_owned()),
        ReceiverChannel {
            number: 0,
            hears_acknowledgements: false,
        },
    );
    let telling = Policy {
        routes: vec![Route::new(BTreeMap::new(), vec![receiver.clone()])],
        channels: [(receiver, vec![channel])].into(),
        ..Policy::default()
    };
    let setup = Setup::new(&program, rules, telling, SETTLING, accounts.into());
    let mut pipeline = Pipeline::new(Arc::new(setup), Remembered::default());
    let begin = start_of(0);
    pipeline.begin(begin);
    let mut told = BTreeSet::new();
    for minute in 0..15 {
        let now = begin + TimeDelta::minutes(minute);
        let refused = |name: &str| Input::Refused {
            series: of(name, DOMAINS[0]),
            scope: Scope::Domain,
            message: "no".to_owned(),
            mend: String::new(),
        };
        let step = pipeline.step(now, names.map(refused).to_vec());
        let alerts = step.outbox.into_iter().flat_map(|of| of.alerts);
        told.extend(alerts.map(|alert| alert.summary));
    }
    let expected = names.map(|name| {
        format!(
            "1 of {} domains of account {name} cannot be asked: no",
            DOMAINS.len()
        )
    });
    assert_eq!(told, BTreeSet::from(expected));
}

#[test]
fn domains_that_fail_do_not_recover_by_the_failing_of_the_account() {
    let chaos = Chaos {
        refused: vec![("a", 60..160)],
        outages: std::iter::once(90..120).collect(),
        ..Chaos::default()
    };
    let mut world = World::new(20, setup(&RULES, listed()), Weather::default(), chaos);
    run(&mut world, 200, &[]);
    let found = blind(&world);
    let domains: Vec<_> = found.iter().filter(|of| of.1 == "domains").collect();
    assert_eq!(domains.len(), 2, "{found:?}");
    assert!((160..164).contains(&domains[1].3), "{found:?}");
}

fn listing() -> Input {
    Input::Listing {
        account: account(),
        domains: DOMAINS.map(DomainName::from).to_vec(),
    }
}

fn unlisted(message: &str) -> Input {
    Input::Unlisted {
        account: account(),
        message: message.to_owned(),
        mend: String::new(),
    }
}

/// A world whose domains were listed and cannot be any more, from minute 5 on.
fn world_without_listing() -> World {
    let discovered = setup(&RULES, Watched::Discovered);
    let mut world = World::new(40, discovered, Weather::default(), Chaos::default());
    world.feed(vec![listing()]);
    world.run_to(5);
    world.feed(vec![unlisted("busy")]);
    world.run_to(10);
    world.feed(vec![unlisted("forbidden")]);
    world
}

#[test]
fn domains_that_cannot_be_listed_are_told_as_that_and_with_what_was_said_last() {
    let mut world = world_without_listing();
    world.run_to(20);
    let told = world.store.outbox.iter().flat_map(|m| &m.alerts);
    let mut told = told.filter(|alert| alert.rule == "source-failing");
    let summary = &told.next().unwrap().summary;
    assert!(
        summary.contains("the domains of account main cannot be listed"),
        "{summary}"
    );
    assert!(
        summary.contains("forbidden") && !summary.contains("busy"),
        "{summary}"
    );
    world.feed(vec![listing()]);
    world.run_to(25);
    let name = ("source-failing", "listing");
    hold(
        &world,
        &[(name.0, name.1, true, 15), (name.0, name.1, false, 20)],
    );
}

#[test]
fn domains_that_stand_in_the_file_need_no_listing() {
    let mut world = world_without_listing();
    world.run_to(20);
    world.reconfigure(setup(&RULES, listed()));
    // This was under way meanwhile.
    world.feed(vec![unlisted("forbidden")]);
    world.run_to(60);
    let name = ("source-failing", "listing");
    hold(
        &world,
        &[(name.0, name.1, true, 15), (name.0, name.1, false, 20)],
    );
}

#[test]
fn a_clock_that_is_put_back_does_not_hide_that_a_source_fails() {
    let chaos = Chaos::default();
    let mut world = World::new(41, setup(&RULES, listed()), Weather::default(), chaos);
    let refused = |domain: &str| Input::Refused {
        series: series(domain),
        scope: Scope::Account,
        message: "no".to_owned(),
        mend: String::new(),
    };
    let begin = world.now;
    world.now += TimeDelta::hours(1);
    world.feed(DOMAINS.map(refused).to_vec());
    for minute in 0..=10 {
        world.now = begin + TimeDelta::minutes(minute);
        world.feed(DOMAINS.map(refused).to_vec());
    }
    hold(&world, &[("source-failing", "account", true, 10)]);
}

const COUNT: RuleText = ("count", &[(Severity::Warning, "requests < 1")]);

#[test]
fn a_blind_rule_is_told_once_and_recovers_once_it_sees() {
    for deaths in [&[][..], &[85], &[87, 101], &[100, 110]] {
        let good = |domain| (domain, -1000..1000, Some(0));
        let weather = Weather {
            uncounted: 40..120,
            fixed: vec![good("a"), good("b"), good("c")],
            ..Weather::default()
        };
        let mut world = World::new(30, setup(&[COUNT], listed()), weather, Chaos::default());
        run(&mut world, 150, deaths);
        let name = ("rule-blind", "count");
        hold(
            &world,
            &[(name.0, name.1, true, 75), (name.0, name.1, false, 126)],
        );
    }
}
