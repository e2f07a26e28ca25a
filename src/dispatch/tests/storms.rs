//! More than a person can read: storms, flapping, and thousands at once.

use super::*;

#[test]
fn a_storm_becomes_a_digest_a_minute_and_nothing_is_lost() {
    let mut route = to_ops();
    route.group_by = GroupBy::All;
    let mut bench = Bench::new(policy(vec![route]));
    let domains: Vec<String> = (0..30).map(|n| format!("d{n:02}")).collect();
    for domain in &domains {
        bench.fire("r", domain);
    }
    bench.change("r", "d07", 0, "critical");
    bench.wait(10);
    assert_eq!(bench.sent.len(), 1);
    assert_eq!(bench.sent[0].reason, Reason::Digest);
    assert_eq!(bench.sent[0].alerts.len(), 30);
    assert_eq!(
        bench.sent[0].alerts[0].domain, "d07",
        "the worst comes first"
    );
    bench.crash();
    for domain in &domains {
        bench.end("r", domain, 0);
    }
    bench.wait(59);
    assert_eq!(bench.sent.len(), 1);
    bench.wait(20);
    assert_eq!(bench.sent.len(), 2);
    assert_eq!(bench.sent[1].alerts.len(), 30);
    bench.wait(60);
    bench.fire("r", "x");
    bench.wait(10);
    bench.seen = 2;
    assert_eq!(bench.told(), ["ops first !x"], "it has calmed down");
}

#[test]
fn an_alert_that_flaps_is_told_once_and_again_when_it_has_settled() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    for turn in 0..12 {
        let fired = bench.fire("r", "a");
        bench.wait(150);
        bench.end("r", "a", fired);
        bench.wait(150);
        if turn == 7 {
            bench.crash();
        }
    }
    let told = bench.told();
    let mut expected = ["ops first !a", "ops resolved -a"].repeat(FIRINGS_MAX);
    expected.push("ops flapping !a");
    assert_eq!(told, expected);
    let last = bench.fire("r", "a");
    bench.wait(60 * 29);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(60 * 2);
    assert_eq!(bench.told(), ["ops settled -a", "ops settled !a"]);
    bench.end("r", "a", last);
    bench.wait(70);
    assert_eq!(bench.told(), ["ops resolved -a"]);
    let ids = bench.notes.keys().filter(|name| name.starts_with("alert/"));
    assert_eq!(ids.count(), 0);
}

#[test]
fn thousands_of_alerts_at_once_are_told_in_messages_that_can_be_read() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    for n in 0..5_000 {
        bench.desk.take(
            &bench.policy,
            view("r", &format!("d{n:04}"), 0, State::Firing, 0),
            None,
            bench.now,
        );
    }
    bench.wait(11);
    assert_eq!(bench.sent.len(), 10);
    assert!(bench.sent.iter().all(|message| message.alerts.len() == 500));
    let ids: std::collections::BTreeSet<_> = bench.sent.iter().map(|m| &m.id).collect();
    assert_eq!(ids.len(), 10);
    for n in 0..5_000 {
        bench.desk.take(
            &bench.policy,
            view("r", &format!("d{n:04}"), 0, State::Resolved, 2),
            None,
            bench.now,
        );
    }
    bench.wait(61);
    assert_eq!(bench.sent.len(), 20);
    assert_eq!(
        bench
            .notes
            .keys()
            .filter(|n| n.starts_with("alert/"))
            .count(),
        0
    );
}

#[test]
fn what_is_escalated_in_a_storm_becomes_one_message_and_what_comes_then_waits() {
    let up = |rule: &str, to: &str| {
        let mut route = Route::new(matcher(&[("rule", rule)]), vec![name(to)]);
        route.group_by = GroupBy::All;
        route.escalate = vec![Escalation {
            after: span(300),
            to: vec![name("boss")],
        }];
        route
    };
    let mut bench = Bench::new(policy(vec![up("r", "ops"), up("other", "chat")]));
    let domains: Vec<String> = (0..30).map(|n| format!("d{n:02}")).collect();
    for domain in &domains {
        bench.fire("r", domain);
    }
    bench.wait(20);
    bench.fire("other", "x");
    let y = bench.fire("other", "y");
    bench.wait(10);
    assert_eq!(bench.told().len(), 3);
    bench.wait(279);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(1);
    assert_eq!(bench.told().len(), 1);
    let called = bench.sent.last().unwrap();
    let what = (called.receiver.as_str(), called.reason, called.alerts.len());
    assert_eq!(what, ("boss", Reason::Escalation, 30));
    bench.crash();
    bench.wait(30);
    // Whatever is taken on meanwhile is escalated no more.
    bench.order(Order::Acknowledge {
        alert: view("other", "y", y, State::Firing, y).id,
        by: "ann".to_owned(),
        comment: String::new(),
    });
    bench.wait(29);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(1);
    assert_eq!(bench.told(), ["boss escalation !x"]);
    for domain in &domains {
        bench.end("r", domain, 0);
    }
    bench.wait(60);
    assert_eq!(bench.told().len(), 2);
    let ends = bench.sent.iter().rev().take(2);
    assert!(ends.into_iter().all(|message| message.alerts.len() == 30));
}

#[test]
fn news_and_what_is_escalated_become_one_digest_that_shows_each_alert_once() {
    let mut route = Route::new(Match::new(), vec![name("ops")]);
    route.group_by = GroupBy::All;
    route.escalate = [300, 600]
        .map(|seconds| Escalation {
            after: span(seconds),
            to: vec![name("ops")],
        })
        .into();
    let mut bench = Bench::new(policy(vec![route]));
    let domains: Vec<String> = (0..20).map(|n| format!("d{n:02}")).collect();
    for domain in &domains {
        bench.fire("r", domain);
    }
    bench.wait(300);
    // The change of one and the step of all are due in the same second.
    bench.change("r", "d07", 0, "critical");
    bench.wait(10);
    bench.crash();
    bench.wait(300);
    let told = bench.sent.iter().map(|m| (m.reason, m.alerts.len()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (Reason::Digest, 20),
            (Reason::Digest, 20),
            (Reason::Escalation, 20)
        ]
    );
    let ids: std::collections::BTreeSet<_> = bench.sent.iter().map(|m| &m.id).collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn what_was_told_before_the_clock_was_put_back_holds_nothing_up() {
    for (crashes, domains) in [(false, 1), (true, 1), (false, 30), (true, 30)] {
        let mut route = to_ops();
        route.group_by = GroupBy::Labels(vec!["domain".to_owned()]);
        route.escalate = vec![Escalation {
            after: span(900),
            to: vec![name("boss")],
        }];
        let mut bench = Bench::new(policy(vec![route]));
        bench.now += TimeDelta::days(1);
        for n in 0..domains {
            bench.fire("r", &format!("d{n:02}"));
        }
        bench.wait(30);
        assert_eq!(bench.sent.len(), 1, "one message, or one digest");
        bench.seen = 1;
        bench.now -= TimeDelta::days(1);
        if crashes {
            bench.crash();
        }
        bench.fire("s", "d00");
        bench.wait(120);
        let told = bench.told();
        assert_eq!(told, ["ops added !d00"], "{crashes} {domains}");
        bench.wait(900);
        let told = bench.told();
        assert!(
            told.iter().all(|of| of.starts_with("boss escalation ")),
            "{told:?}"
        );
        assert!(!told.is_empty(), "{crashes} {domains}");
    }
}
