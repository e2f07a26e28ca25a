//! What is told together, when, and as what.

use super::*;

#[test]
fn an_end_that_is_no_recovery_is_told_with_what_was_known_last() {
    let mut policy = policy(vec![to_ops()]);
    let texts = RuleTexts {
        summary: "{{ state }} at {{ values['5xx'] }}".to_owned(),
        ..RuleTexts::default()
    };
    policy.texts.insert("r".to_owned(), texts);
    let mut bench = Bench::new(policy);
    let part = PartView {
        text: "5xx".to_owned(),
        value: "34.2%".to_owned(),
    };
    bench.take(AlertView {
        peak: "40.1%".to_owned(),
        values: vec![part],
        labels: BTreeMap::from([("team".to_owned(), "edge".to_owned())]),
        ..view("r", "a", 0, State::Firing, 0)
    });
    bench.wait(10);
    bench.take(AlertView {
        end_reason: "the rule was removed".to_owned(),
        ..view("r", "a", 0, State::Ended, 1)
    });
    bench.wait(70);
    assert_eq!(bench.told(), ["ops first !a", "ops ended /a"]);
    let end = &bench.sent[1].alerts[0];
    assert_eq!(end.summary, "ended at 34.2%");
    assert_eq!(end.peak, "40.1%");
    assert_eq!(end.labels, bench.sent[0].alerts[0].labels);
    assert_eq!(end.end_reason, "the rule was removed");
}

#[test]
fn a_group_is_collected_before_its_first_message_and_spaced_after_it() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    bench.fire("r", "a");
    bench.wait(5);
    bench.fire("r", "b");
    bench.wait(4);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(1);
    assert_eq!(bench.told(), ["ops first !a !b"]);
    bench.fire("r", "c");
    bench.wait(59);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(1);
    assert_eq!(bench.told(), ["ops added !c"]);
    bench.wait(120);
    bench.fire("other", "a");
    bench.wait(10);
    assert_eq!(
        bench.told(),
        ["ops first !a"],
        "another rule is another group"
    );
    assert_eq!(bench.sent[2].group["rule"], "other");
    assert_ne!(bench.sent[2].key, bench.sent[0].key);
    assert_eq!(bench.sent[0].key, bench.sent[1].key);
    assert_eq!(bench.sent[1].others, ["a", "b"]);
}

#[test]
fn a_domain_that_is_over_in_one_account_and_fires_in_another_is_named_with_the_other() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    let a = bench.fire("r", "a");
    bench.fire("r", "b");
    bench.take(AlertView {
        id: "of west".to_owned(),
        account: "west".to_owned(),
        ..view("r", "a", a, State::Firing, a)
    });
    bench.wait(70);
    bench.end("r", "a", a);
    bench.wait(70);
    assert_eq!(
        bench.told(),
        ["ops first !a !b !a", "ops partly_resolved -a"]
    );
    assert_eq!(bench.sent[1].others, ["a (west)", "b"]);
}

#[test]
fn what_is_over_is_told_in_part_and_as_a_whole() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    let (a, b) = (bench.fire("r", "a"), bench.fire("r", "b"));
    bench.wait(70);
    bench.end("r", "a", a);
    bench.wait(70);
    bench.end("r", "b", b);
    bench.wait(70);
    assert_eq!(
        bench.told(),
        [
            "ops first !a !b",
            "ops partly_resolved -a",
            "ops resolved -b"
        ]
    );
    assert_eq!(
        bench
            .notes
            .keys()
            .filter(|n| n.starts_with("alert/"))
            .count(),
        0
    );
    assert_eq!(
        bench
            .notes
            .keys()
            .filter(|n| n.starts_with("group/"))
            .count(),
        0
    );
}

#[test]
fn what_fired_and_is_over_before_it_was_told_is_told_once() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    let a = bench.fire("r", "a");
    bench.wait(3);
    bench.end("r", "a", a);
    bench.wait(60);
    assert_eq!(bench.told(), ["ops resolved -a"]);
}

#[test]
fn an_alert_that_fires_again_before_its_end_was_told_ends_first() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    let a = bench.fire("r", "a");
    bench.wait(10);
    bench.end("r", "a", a);
    bench.wait(51);
    bench.fire("r", "a");
    bench.fire("r", "b");
    bench.wait(20);
    assert_eq!(
        bench.told(),
        ["ops first !a", "ops resolved -a", "ops first !a !b"]
    );
    // While one that was told fires, what comes is added to it.
    bench.fire("r", "c");
    bench.wait(60);
    assert_eq!(bench.told(), ["ops added !c"]);
}

#[test]
fn a_severity_change_is_an_update_of_the_same_conversation() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    let a = bench.fire("r", "a");
    bench.wait(70);
    bench.change("r", "a", a, "critical");
    bench.wait(70);
    assert_eq!(bench.told(), ["ops first !a", "ops changed !a"]);
    assert_eq!(bench.sent[0].key, bench.sent[1].key);
    // There and back between two messages is nothing to tell.
    bench.change("r", "a", a, "warning");
    bench.change("r", "a", a, "critical");
    bench.wait(70);
    assert_eq!(bench.told(), [""; 0]);
}

#[test]
fn who_was_told_hears_of_the_end_also_when_no_route_leads_there_any_more() {
    let critical = Route::new(matcher(&[("severity", "critical")]), vec![name("ops")]);
    let rest = Route::new(Match::new(), vec![name("chat")]);
    let mut bench = Bench::new(policy(vec![critical, rest]));
    let a = bench.fire("r", "a");
    bench.change("r", "a", a, "critical");
    bench.wait(70);
    assert_eq!(bench.told(), ["ops first !a"]);
    bench.change("r", "a", a, "warning");
    bench.wait(70);
    assert_eq!(bench.told(), ["chat first !a", "ops changed !a"]);
    bench.end("r", "a", a);
    bench.wait(70);
    assert_eq!(bench.told(), ["chat resolved -a", "ops resolved -a"]);
}

#[test]
fn an_alert_that_moves_to_another_group_by_its_severity_is_told_once_as_changed() {
    let mut route = to_ops();
    route.group_by = GroupBy::Labels(vec!["severity".to_owned()]);
    let mut bench = Bench::new(policy(vec![route]));
    let a = bench.fire("r", "a");
    bench.fire("r", "b");
    bench.wait(70);
    bench.change("r", "a", a, "critical");
    bench.wait(70);
    assert_eq!(bench.told(), ["ops first !a !b", "ops changed !a"]);
    bench.end("r", "a", a);
    bench.wait(70);
    assert_eq!(bench.told(), ["ops resolved -a"]);
}

#[test]
fn an_idle_desk_says_when_something_is_due_and_does_nothing_before() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    assert_eq!(bench.desk.due(bench.now), None);
    bench.fire("r", "a");
    assert_eq!(bench.desk.due(bench.now), Some(bench.now));
    bench.flush();
    assert_eq!(
        bench.desk.due(bench.now),
        Some(bench.now + TimeDelta::seconds(10))
    );
    bench.wait(10);
    let reminder = bench.now + TimeDelta::hours(4);
    assert_eq!(bench.desk.due(bench.now), Some(reminder));
    bench.now = reminder;
    bench.flush();
    assert_eq!(bench.told(), ["ops first !a", "ops reminder !a"]);
}

#[test]
fn why_a_message_went_out_is_noted() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    bench.fire("r", "a");
    bench.wait(10);
    let told = bench
        .decisions
        .iter()
        .find_map(|decision| match &decision.what {
            Decided::Told {
                deliveries, reason, ..
            } => Some((deliveries.clone(), *reason)),
            _ => None,
        });
    assert_eq!(told, Some((vec![bench.sent[0].id.clone()], Reason::First)));
    let mut nobody = Bench::new(policy(Vec::new()));
    nobody.fire("r", "a");
    nobody.flush();
    assert_eq!(nobody.decisions[0].what, Decided::Unrouted);
}

#[test]
fn further_domains_are_those_of_which_the_receiver_is_told() {
    let chat = Route::new(matcher(&[("domain", "b")]), vec![name("chat")]);
    let mut with_silence = policy(vec![chat, to_ops()]);
    with_silence.silences = vec![Silence {
        id: "file-1".to_owned(),
        matchers: vec![Matcher {
            name: "domain".to_owned(),
            value: "c".to_owned(),
            kind: MatcherKind::Equal,
        }],
        starts: begin(),
        ends: begin() + TimeDelta::hours(1),
        end: SilenceEnd::AtTime,
        author: String::new(),
        comment: String::new(),
        updated: begin(),
    }];
    let mut bench = Bench::new(with_silence);
    for domain in ["a", "b", "c"] {
        bench.fire("r", domain);
    }
    bench.wait(10);
    bench.fire("r", "d");
    bench.wait(60);
    assert_eq!(
        bench.told(),
        ["chat first !b", "ops first !a", "ops added !d"]
    );
    let others: Vec<_> = bench.sent.iter().map(|m| m.others.join(" ")).collect();
    assert_eq!(others, ["", "", "a"]);
}
