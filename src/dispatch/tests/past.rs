//! What fired and ended while minutes were caught up with.

use super::*;

#[test]
fn thousands_of_past_alerts_are_told_in_messages_that_can_be_read_the_worst_first() {
    let policy = policy(vec![Route::new(
        Match::new(),
        vec![name("ops"), name("duty")],
    )]);
    let past: Vec<AlertView> = (0..1_200)
        .map(|n| {
            let view = view("r", &format!("d{n:04}"), 0, State::Resolved, 2);
            let severity = if n < 1_190 { "warning" } else { "critical" };
            AlertView {
                severity: severity.to_owned(),
                ..view
            }
        })
        .collect();
    let (told, decisions) = policy.digest(&past, begin());
    let sizes = told
        .iter()
        .map(|m| (m.receiver.as_str(), m.channel, m.alerts.len()));
    let sizes: Vec<_> = sizes.collect();
    assert_eq!(sizes.len(), 9);
    assert_eq!(
        sizes[..3],
        [("duty", 0, 500), ("duty", 1, 500), ("duty", 0, 500)]
    );
    assert_eq!(sizes[8], ("ops", 0, 200));
    let ids: std::collections::BTreeSet<_> = told.iter().map(|m| &m.id).collect();
    assert_eq!(ids.len(), 9);
    let critical = told[0].alerts.iter().filter(|a| a.severity == "critical");
    assert_eq!(critical.count(), 10);
    // Each of them is said to have been told, to both receivers.
    assert_eq!(decisions.len(), 2 * past.len());
    let of_duty = Decided::Told {
        deliveries: vec![told[0].id.clone(), told[1].id.clone()],
        receiver: "duty".to_owned(),
        reason: Reason::Past,
        group: String::new(),
        with: 499,
    };
    let worst = &told[0].alerts[0].id;
    let of_worst = decisions.iter().find(|d| d.firing == *worst);
    assert_eq!(of_worst.map(|d| &d.what), Some(&of_duty));
    assert!(policy.digest(&[], begin()).0.is_empty());
}

/// Returns the domains of what is told, and those of what is dropped with what muted it.
fn sift(bench: &mut Bench, past: Vec<AlertView>) -> (Vec<String>, Vec<String>) {
    let policy = bench.policy.clone();
    let domains: BTreeMap<String, String> = past
        .iter()
        .map(|view| (view.id.clone(), view.domain.clone()))
        .collect();
    let told = bench.desk.drop_muted_past(&policy, past, bench.now);
    let dropped = bench.desk.decided().into_iter().map(|decision| {
        let Decided::Dropped { receiver, by } = decision.what else {
            panic!("{decision:?}")
        };
        let by: Vec<_> = by.iter().map(|mute| format!("{mute:?}")).collect();
        format!("{receiver} {} {}", domains[&decision.firing], by.join(" "))
    });
    let dropped = dropped.collect();
    (told.into_iter().map(|view| view.domain).collect(), dropped)
}

#[test]
fn the_past_is_muted_by_what_was_then_and_why_shows_it() {
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
    let mut bench = Bench::new(policy);
    bench.now = begin() + TimeDelta::minutes(90);
    let past = |domain, fired, ended| view("r", domain, fired, State::Resolved, ended);
    // From 10:30 to 10:50, beyond 11:00, and after it.
    let all = vec![past("a", 30, 50), past("b", 50, 70), past("c", 70, 80)];
    let (told, dropped) = sift(&mut bench, all);
    assert_eq!(told, ["a", "b"]);
    assert_eq!(dropped, ["ops c OutsideHours"]);
}

#[test]
fn a_silence_of_then_and_one_of_now_hide_the_past() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    bench.silence("r", 600, SilenceEnd::AtTime);
    bench.now = begin() + TimeDelta::hours(1);
    let of = |rule, domain, fired, ended| view(rule, domain, fired, State::Resolved, ended);
    bench.silence("other", 600, SilenceEnd::AtTime);
    let all = vec![
        of("r", "in it", 2, 8),
        of("r", "beyond it", 2, 30),
        of("other", "before it", 2, 8),
    ];
    let (told, dropped) = sift(&mut bench, all);
    assert_eq!(told, ["beyond it"]);
    assert_eq!(dropped.len(), 2, "{dropped:?}");
    assert!(dropped[0].starts_with("ops in it Silence("), "{dropped:?}");
    assert!(
        dropped[1].starts_with("ops before it Silence("),
        "{dropped:?}"
    );
}

#[test]
fn the_past_is_inhibited_by_what_fired_then() {
    let mut inhibiting = policy(vec![to_ops()]);
    inhibiting.inhibitions = vec![Inhibition {
        source: matcher(&[("rule", "wide")]),
        target: matcher(&[("rule", "r")]),
        equal: Vec::new(),
    }];
    let mut bench = Bench::new(inhibiting);
    bench.now = begin() + TimeDelta::hours(1);
    // Of the two that inhibit one is past as well, and one still fires.
    bench.take(view("wide", "live", 40, State::Firing, 40));
    let of = |rule, domain, fired, ended| view(rule, domain, fired, State::Resolved, ended);
    let all = vec![
        of("wide", "past", 0, 20),
        of("r", "in the first", 5, 10),
        of("r", "between them", 25, 30),
        of("r", "in the second", 45, 50),
    ];
    bench.desk.decided();
    let (told, dropped) = sift(&mut bench, all);
    assert_eq!(told, ["past", "between them"]);
    let live = view("wide", "live", 40, State::Firing, 40).id;
    let past = view("wide", "past", 0, State::Resolved, 20).id;
    let by = [
        format!("ops in the first Inhibited({past:?})"),
        format!("ops in the second Inhibited({live:?})"),
    ];
    assert_eq!(dropped, by);
}
