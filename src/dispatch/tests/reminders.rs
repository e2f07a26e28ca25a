//! Reminders, and who hears that somebody has taken an alert on.

use super::*;

#[test]
fn it_is_reminded_of_what_fires_less_and_less_often_until_somebody_takes_it_on() {
    let mut route = to_ops();
    route.repeat = Repeat {
        every: span(3600),
        growth: 2,
    };
    let mut bench = Bench::new(policy(vec![route]));
    let a = bench.fire("r", "a");
    bench.wait(10 + 3600);
    assert_eq!(bench.told(), ["ops first !a", "ops reminder !a"]);
    bench.wait(7199);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(1);
    assert_eq!(bench.told(), ["ops reminder !a"]);
    let id = view("r", "a", a, State::Firing, a).id;
    let acknowledge = |alert: &str| Order::Acknowledge {
        alert: alert.to_owned(),
        by: "ann".to_owned(),
        comment: "on it".to_owned(),
    };
    assert_eq!(bench.order(acknowledge("nobody")), Answer::Unknown);
    let done = Answer::Done { id: id.clone() };
    assert_eq!(bench.order(acknowledge(&id)), done);
    bench.crash();
    bench.wait(86_400 * 2);
    assert_eq!(bench.told(), [""; 0]);
    bench.change("r", "a", a, "critical");
    bench.wait(70);
    assert_eq!(bench.told(), ["ops changed !a"]);
    assert_eq!(bench.sent.last().unwrap().alerts[0].ack, None);
    bench.wait(86_400);
    let told = bench.told();
    assert!(1 < told.len(), "it worsened, so it is reminded of again");
    assert!(
        told.iter().all(|line| line == "ops reminder !a"),
        "{told:?}"
    );
    bench.end("r", "a", a);
    bench.wait(86_400);
    assert_eq!(bench.told(), ["ops resolved -a"]);
    let ids: std::collections::BTreeSet<_> = bench.sent.iter().map(|m| &m.id).collect();
    assert_eq!(ids.len(), bench.sent.len());
}

#[test]
fn services_that_escalate_by_themselves_hear_once_that_an_alert_is_taken_on() {
    let mut bench = Bench::new(policy(vec![Route::new(
        Match::new(),
        vec![name("duty"), name("ops")],
    )]));
    let a = bench.fire("r", "a");
    let acknowledge = |alert: &str| Order::Acknowledge {
        alert: alert.to_owned(),
        by: "ann".to_owned(),
        comment: String::new(),
    };
    bench.wait(10);
    assert_eq!(
        bench.told(),
        ["duty first !a", "duty first !a", "ops first !a"]
    );
    let id = view("r", "a", a, State::Firing, a).id;
    bench.order(acknowledge(&id));
    bench.crash();
    bench.wait(1);
    assert_eq!(bench.told(), ["duty acknowledged !a"]);
    let told = bench.sent.last().unwrap();
    assert_eq!(told.channel, 1);
    assert_eq!(told.alerts[0].ack.as_ref().unwrap().by, "ann");
    bench.crash();
    bench.wait(86_400);
    assert_eq!(bench.told(), [""; 0]);
}
