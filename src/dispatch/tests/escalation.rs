//! Who else is told of what nobody takes on.

use super::*;

#[test]
fn what_nobody_takes_on_is_escalated_step_by_step_and_its_end_is_told_there() {
    let mut route = Route::new(Match::new(), vec![name("chat"), name("ops")]);
    let step = |seconds, to: &str| Escalation {
        after: span(seconds),
        to: vec![name(to)],
    };
    route.escalate = vec![step(900, "boss"), step(1800, "ops")];
    let mut bench = Bench::new(policy(vec![route]));
    let a = bench.fire("r", "a");
    bench.wait(10);
    assert_eq!(bench.told(), ["chat first !a", "ops first !a"]);
    bench.wait(899);
    assert_eq!(bench.told(), [""; 0]);
    bench.crash();
    bench.wait(1);
    assert_eq!(bench.told(), ["boss escalation !a"]);
    bench.wait(900);
    assert_eq!(bench.told(), ["ops escalation !a"]);
    bench.end("r", "a", a);
    bench.wait(70);
    assert_eq!(
        bench.told(),
        ["boss resolved -a", "chat resolved -a", "ops resolved -a"]
    );
}

#[test]
fn what_is_acknowledged_or_over_in_time_is_not_escalated() {
    let mut route = to_ops();
    route.escalate = vec![Escalation {
        after: span(900),
        to: vec![name("boss")],
    }];
    let mut bench = Bench::new(policy(vec![route]));
    let (a, b) = (bench.fire("r", "a"), bench.fire("r", "b"));
    bench.wait(70);
    bench.end("r", "a", a);
    bench.order(Order::Acknowledge {
        alert: view("r", "b", b, State::Firing, b).id,
        by: "ann".to_owned(),
        comment: String::new(),
    });
    bench.wait(3600);
    assert_eq!(bench.told(), ["ops first !a !b", "ops partly_resolved -a"]);
    bench.change("r", "b", b, "critical");
    bench.wait(10 + 899);
    assert_eq!(bench.told(), ["ops changed !b"]);
    bench.wait(1);
    assert_eq!(bench.told(), ["boss escalation !b"]);
}

#[test]
fn reminders_and_escalation_go_on_where_a_changed_route_puts_an_alert_into_another_group() {
    let mut route = to_ops();
    route.escalate = vec![Escalation {
        after: span(900),
        to: vec![name("boss")],
    }];
    route.repeat.every = span(1_800);
    let mut bench = Bench::new(policy(vec![route.clone()]));
    let a = bench.fire("r", "a");
    bench.wait(310);
    assert_eq!(bench.told(), ["ops first !a"]);
    route.matchers = matcher(&[("rule", "r*")]);
    bench.policy.routes = vec![route.clone()];
    bench.desk.follow(&bench.policy, bench.now);
    bench.wait(599);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(1);
    assert_eq!(bench.told(), ["boss escalation !a"]);
    route.group_by = GroupBy::All;
    bench.policy.routes = vec![route];
    bench.crash();
    bench.wait(899);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(1);
    assert_eq!(bench.told(), ["ops reminder !a"]);
    bench.wait(1_800);
    assert_eq!(bench.told(), ["ops reminder !a"]);
    bench.end("r", "a", a);
    bench.wait(70);
    assert_eq!(bench.told(), ["boss resolved -a", "ops resolved -a"]);
}

/// A route to `ops`, from which `boss` is told after a quarter of an hour.
fn up_to_boss() -> Route {
    let mut route = to_ops();
    route.escalate = vec![Escalation {
        after: span(900),
        to: vec![name("boss")],
    }];
    route
}

#[test]
fn where_an_alert_comes_back_to_a_group_that_it_left_its_escalation_begins_anew() {
    let mut route = up_to_boss();
    route.group_by = GroupBy::Labels(vec!["severity".to_owned()]);
    let mut bench = Bench::new(policy(vec![route]));
    let a = bench.fire("r", "a");
    bench.wait(310);
    bench.change("r", "a", a, "critical");
    bench.wait(910);
    let told = ["ops first !a", "ops changed !a", "boss escalation !a"];
    assert_eq!(bench.told(), told);
    bench.change("r", "a", a, "warning");
    bench.wait(10 + 899);
    assert_eq!(bench.told(), ["ops changed !a"]);
    bench.wait(1);
    assert_eq!(bench.told(), ["boss escalation !a"]);
}

fn acknowledge(bench: &mut Bench, domain: &str, fired: i64) {
    let order = Order::Acknowledge {
        alert: view("r", domain, fired, State::Firing, fired).id,
        by: "ann".to_owned(),
        comment: String::new(),
    };
    assert!(matches!(bench.order(order), Answer::Done { .. }));
}

#[test]
fn after_a_silence_the_time_to_escalation_begins_when_the_group_hears_of_its_end() {
    let mut bench = Bench::new(policy(vec![up_to_boss()]));
    bench.fire("r", "a");
    bench.wait(10);
    bench.silence("r", 1_800, SilenceEnd::AtTime);
    bench.wait(1_805);
    bench.crash();
    bench.wait(5);
    assert_eq!(bench.told(), ["ops first !a", "ops unmuted !a"]);
    bench.wait(899);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(1);
    assert_eq!(bench.told(), ["boss escalation !a"]);
    // What is done is done: whoever was called knows of it.
    bench.silence("r", 60, SilenceEnd::AtTime);
    bench.wait(3_600);
    assert_eq!(bench.told(), ["ops unmuted !a"]);
}

#[test]
fn nobody_is_called_before_the_group_itself_has_heard() {
    let mut route = up_to_boss();
    route.group_interval = span(300);
    route.escalate[0].after = span(5);
    let mut bench = Bench::new(policy(vec![route]));
    bench.fire("r", "a");
    bench.wait(12);
    bench.silence("r", 60, SilenceEnd::AtTime);
    bench.wait(120);
    assert_eq!(bench.told(), ["ops first !a"]);
    bench.wait(300);
    assert_eq!(bench.told(), ["ops unmuted !a", "boss escalation !a"]);
}

#[test]
fn the_time_to_escalation_stands_still_while_another_alert_inhibits_it() {
    let wide = Route::new(matcher(&[("rule", "wide")]), vec![name("chat")]);
    let mut inhibiting = policy(vec![wide, up_to_boss()]);
    inhibiting.inhibitions = vec![Inhibition {
        source: matcher(&[("rule", "wide")]),
        target: matcher(&[("rule", "r")]),
        equal: Vec::new(),
    }];
    let mut bench = Bench::new(inhibiting);
    bench.fire("r", "a");
    bench.wait(10);
    let wide = bench.fire("wide", "a");
    bench.wait(1_000);
    bench.crash();
    bench.wait(800);
    bench.end("wide", "a", wide);
    bench.wait(899);
    assert_eq!(
        bench.told(),
        ["ops first !a", "chat first !a", "chat resolved -a"]
    );
    bench.wait(1);
    assert_eq!(bench.told(), ["boss escalation !a"]);
}

#[test]
fn an_acknowledgement_that_lapses_puts_all_steps_before_the_alert_again() {
    let mut bench = Bench::new(policy(vec![up_to_boss()]));
    let a = bench.fire("r", "a");
    bench.wait(910);
    assert_eq!(bench.told(), ["ops first !a", "boss escalation !a"]);
    acknowledge(&mut bench, "a", a);
    bench.wait(3_600);
    bench.change("r", "a", a, "critical");
    bench.crash();
    bench.wait(10 + 899);
    assert_eq!(bench.told(), ["ops changed !a"]);
    bench.wait(1);
    assert_eq!(bench.told(), ["boss escalation !a"]);
    assert_ne!(bench.sent[1].id, bench.sent[3].id);
    // One that lapses of which there is nothing to tell counts from then on.
    acknowledge(&mut bench, "a", a);
    bench.change("r", "a", a, "info");
    bench.wait(70);
    assert_eq!(bench.told(), ["ops changed !a"]);
    bench.change("r", "a", a, "critical");
    bench.wait(5);
    bench.change("r", "a", a, "info");
    bench.wait(894);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(1);
    assert_eq!(bench.told(), ["boss escalation !a"]);
}

#[test]
fn a_storm_keeps_a_step_from_one_receiver_and_not_from_the_others() {
    let mut noise = Route::new(matcher(&[("rule", "noise")]), vec![name("boss")]);
    noise.group_by = GroupBy::All;
    let mut route = to_ops();
    let step = |seconds, to: &[&str]| Escalation {
        after: span(seconds),
        to: to.iter().map(|to| name(to)).collect(),
    };
    route.escalate = vec![step(300, &["boss", "chat"]), step(600, &["duty"])];
    let mut bench = Bench::new(policy(vec![noise, route]));
    bench.fire("r", "a");
    bench.wait(295);
    for n in 0..=MESSAGES_MAX {
        bench.fire("noise", &n.to_string());
    }
    bench.wait(10);
    assert_eq!(bench.told().len(), 2);
    assert_eq!(bench.sent[1].reason, Reason::Digest);
    bench.wait(5);
    assert_eq!(bench.told(), ["chat escalation !a"]);
    assert_eq!(
        bench.desk.due(bench.now),
        Some(bench.now + TimeDelta::seconds(55))
    );
    bench.crash();
    bench.wait(54);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(1);
    assert_eq!(bench.told(), ["boss escalation !a"]);
    bench.wait(244);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(1);
    assert_eq!(bench.told(), ["duty escalation !a", "duty escalation !a"]);
}

#[test]
fn who_hears_of_an_alert_by_an_escalation_is_not_told_it_again_by_a_route() {
    let mut first = to_ops();
    first.onward = Onward::Continue;
    first.escalate = vec![Escalation {
        after: span(180),
        to: vec![name("chat")],
    }];
    let mut second = Route::new(Match::new(), vec![name("chat")]);
    second.group_wait = span(480);
    second.repeat.every = span(3_600);
    second.escalate = vec![Escalation {
        after: span(600),
        to: vec![name("boss")],
    }];
    let mut bench = Bench::new(policy(vec![first, second]));
    let a = bench.fire("r", "a");
    bench.wait(190);
    assert_eq!(bench.told(), ["ops first !a", "chat escalation !a"]);
    bench.crash();
    bench.wait(599);
    assert_eq!(bench.told(), [""; 0]);
    // All else of its own route goes on from there.
    bench.wait(1);
    assert_eq!(bench.told(), ["boss escalation !a"]);
    bench.wait(3_000);
    assert_eq!(bench.told(), ["chat reminder !a"]);
    bench.end("r", "a", a);
    bench.wait(480);
    assert_eq!(
        bench.told(),
        ["ops resolved -a", "boss resolved -a", "chat resolved -a"]
    );
}
