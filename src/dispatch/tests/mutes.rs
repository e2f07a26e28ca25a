//! Active hours, inhibitions, and what the pipeline keeps back.

use super::*;

fn office() -> Policy {
    let mut policy = policy(vec![to_ops()]);
    let texts = RuleTexts {
        active_hours: Some(Calendar {
            days: [true; 7],
            hours: vec![(9 * 60, 11 * 60)],
            zone: Zone::UTC,
        }),
        ..RuleTexts::default()
    };
    policy.texts.insert("r".to_owned(), texts);
    policy
}

#[test]
fn outside_active_hours_nobody_is_told_and_what_still_fires_is_told_when_they_begin() {
    let mut bench = Bench::new(office());
    let a = bench.fire("r", "a");
    bench.wait(3500);
    assert_eq!(bench.told(), ["ops first !a"]);
    bench.wait(200);
    bench.end("r", "a", a);
    let b = bench.fire("r", "b");
    bench.fire("r", "c");
    bench.wait(3600);
    bench.end("r", "b", b);
    bench.crash();
    bench.wait(3600);
    assert_eq!(bench.told(), [""; 0], "nor is the end of what was told");
    bench.wait(86_400 - 7200 - 3600);
    assert_eq!(bench.told(), ["ops unmuted !c -a"]);
}

#[test]
fn an_inhibited_alert_is_not_told_and_neither_is_it_when_both_end_in_one_minute() {
    let mut inhibiting = policy(vec![to_ops()]);
    inhibiting.inhibitions = vec![Inhibition {
        source: matcher(&[("rule", "wide")]),
        target: matcher(&[("rule", "r")]),
        equal: vec!["domain".to_owned()],
    }];
    let mut bench = Bench::new(inhibiting);
    // The target comes first in the step, and is muted all the same.
    let a = bench.fire("r", "a");
    let wide = bench.fire("wide", "a");
    bench.wait(70);
    assert_eq!(bench.told(), ["ops first !a"]);
    assert_eq!(bench.sent[0].alerts[0].rule, "wide");
    bench.crash();
    bench.wait(70);
    bench.end("wide", "a", wide);
    bench.end("r", "a", a);
    bench.wait(70);
    assert_eq!(bench.told(), ["ops resolved -a"]);
    assert_eq!(bench.sent[1].alerts[0].rule, "wide");
    bench.fire("r", "a");
    let wide = bench.fire("wide", "a");
    bench.wait(70);
    bench.told();
    bench.end("wide", "a", wide);
    bench.wait(70);
    assert_eq!(bench.told(), ["ops unmuted !a", "ops resolved -a"]);
}

#[test]
fn what_is_held_back_is_told_once_it_is_free_and_what_ended_meanwhile_is_given_back() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    let of = |domain| view("r", domain, 0, State::Firing, 0);
    let take = |bench: &mut Bench, view, hold| {
        let policy = bench.policy.clone();
        bench.desk.take(&policy, view, hold, bench.now)
    };
    take(&mut bench, of("a"), Some(Hold::CatchingUp));
    take(&mut bench, of("b"), Some(Hold::CatchingUp));
    take(&mut bench, of("c"), Some(Hold::SourceLate));
    bench.wait(60);
    bench.crash();
    let over = view("r", "b", 0, State::Resolved, 1);
    assert_eq!(take(&mut bench, over.clone(), None), Some(over));
    let over = view("r", "c", 0, State::Resolved, 1);
    assert_eq!(take(&mut bench, over, None), None);
    assert_eq!(bench.desk.held().count(), 1);
    let id = of("a").id;
    bench.desk.free(&id, bench.now);
    bench.wait(20);
    assert_eq!(bench.told(), ["ops first !a"]);
}

fn inhibiting(mut policy: Policy, source: &str, target: &str) -> Policy {
    policy.inhibitions = vec![Inhibition {
        source: matcher(&[("rule", source)]),
        target: matcher(&[("rule", target)]),
        equal: vec!["domain".to_owned()],
    }];
    policy
}

#[test]
fn whoever_knows_of_an_alert_is_not_told_each_time_that_another_inhibits_it_no_more() {
    let wide = Route::new(matcher(&[("rule", "wide")]), vec![name("chat")]);
    let mut bench = Bench::new(inhibiting(policy(vec![wide, to_ops()]), "wide", "r"));
    let a = bench.fire("r", "a");
    bench.wait(60);
    for _ in 0..4 {
        let wide = bench.fire("wide", "a");
        bench.wait(180);
        bench.crash();
        bench.end("wide", "a", wide);
        bench.wait(300);
    }
    let told = bench.told();
    let to_ops: Vec<_> = told.iter().filter(|line| line.starts_with("ops")).collect();
    assert_eq!(to_ops, ["ops first !a"]);
    // Of another severity they hear, and of a silence that ended while it was inhibited.
    let wide = bench.fire("wide", "a");
    bench.wait(20);
    bench.change("r", "a", a, "critical");
    bench.end("wide", "a", wide);
    bench.wait(60);
    assert!(bench.told().contains(&"ops changed !a".to_owned()));
    bench.now += TimeDelta::hours(1);
    bench.silence("r", 60, SilenceEnd::AtTime);
    let wide = bench.fire("wide", "a");
    bench.wait(90);
    bench.end("wide", "a", wide);
    bench.wait(60);
    assert_eq!(
        bench.told(),
        ["chat first !a", "chat resolved -a", "ops unmuted !a"]
    );
}

#[test]
fn what_is_outside_its_hours_inhibits_nothing() {
    let mut bench = Bench::new(inhibiting(office(), "r", "s"));
    bench.wait(3_500);
    let (a, _) = (bench.fire("r", "a"), bench.fire("s", "a"));
    bench.wait(70);
    let told: Vec<_> = bench
        .sent
        .iter()
        .map(|m| m.alerts[0].rule.clone())
        .collect();
    assert_eq!(told, ["r"]);
    // At 11:00 the hours of the source are over.
    bench.wait(60);
    assert_eq!(bench.told(), ["ops first !a", "ops unmuted !a"]);
    assert_eq!(bench.sent[1].alerts[0].rule, "s");
    bench.wait(22 * 3_600);
    bench.told();
    bench.end("r", "a", a);
    bench.wait(60);
    assert_eq!(bench.told(), ["ops resolved -a"]);
}

#[test]
fn what_is_kept_back_inhibits_nothing_and_what_a_silence_hides_does() {
    for hold in [Hold::CatchingUp, Hold::SourceLate] {
        let mut bench = Bench::new(inhibiting(policy(vec![to_ops()]), "wide", "r"));
        let source = view("wide", "a", 0, State::Firing, 0);
        let id = source.id.clone();
        let policy = bench.policy.clone();
        bench.desk.take(&policy, source, Some(hold), bench.now);
        bench.fire("r", "a");
        bench.wait(60);
        assert_eq!(bench.told(), ["ops first !a"], "{hold:?}");
        bench.desk.free(&id, bench.now);
        bench.flush();
        let muted = bench.desk.stories().find(|story| story.view.rule == "r");
        assert_eq!(muted.unwrap().mutes, [Mute::Inhibited(id)]);
    }
    let mut bench = Bench::new(inhibiting(policy(vec![to_ops()]), "wide", "r"));
    bench.silence("wide", 600, SilenceEnd::AtTime);
    let wide = bench.fire("wide", "a");
    bench.fire("r", "a");
    bench.wait(300);
    assert_eq!(bench.told(), [""; 0]);
    bench.end("wide", "a", wide);
    bench.wait(60);
    assert_eq!(bench.told(), ["ops unmuted !a"]);
}

#[test]
fn an_alert_of_which_only_is_told_that_it_flaps_inhibits_nothing() {
    let wide = Route::new(matcher(&[("rule", "wide")]), vec![name("chat")]);
    let mut bench = Bench::new(inhibiting(policy(vec![wide, to_ops()]), "wide", "r"));
    for _ in 0..=FIRINGS_MAX {
        let fired = bench.fire("wide", "a");
        bench.wait(120);
        bench.end("wide", "a", fired);
        bench.wait(120);
    }
    bench.fire("wide", "a");
    bench.fire("r", "a");
    bench.wait(60);
    assert_eq!(bench.sent.last().unwrap().receiver, "ops");
    assert_eq!(bench.told().last().unwrap(), "ops first !a");
}
