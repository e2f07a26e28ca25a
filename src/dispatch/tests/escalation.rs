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
    let mut bench = Bench::new(plan(vec![route]));
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
    let mut bench = Bench::new(plan(vec![route]));
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
    bench.wait(70);
    assert_eq!(bench.told(), ["boss escalation !b", "ops changed !b"]);
}

#[test]
fn reminders_and_escalation_go_on_where_a_changed_route_puts_an_alert_into_another_group() {
    let mut route = to_ops();
    route.escalate = vec![Escalation {
        after: span(900),
        to: vec![name("boss")],
    }];
    route.repeat.every = span(1_800);
    let mut bench = Bench::new(plan(vec![route.clone()]));
    let a = bench.fire("r", "a");
    bench.wait(310);
    assert_eq!(bench.told(), ["ops first !a"]);
    route.matchers = matcher(&[("rule", "r*")]);
    bench.plan.routes = vec![route.clone()];
    bench.desk.plan(&bench.plan, bench.now);
    bench.wait(599);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(1);
    assert_eq!(bench.told(), ["boss escalation !a"]);
    route.group_by = GroupBy::All;
    bench.plan.routes = vec![route];
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
