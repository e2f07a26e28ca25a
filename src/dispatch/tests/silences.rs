//! Silences: what they hide, and how they are made, changed and ended.

use super::*;

#[test]
fn a_silenced_alert_is_told_when_the_silence_ends() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    assert!(matches!(
        bench.silence("r", 600, SilenceEnd::AtTime),
        Answer::Done { .. }
    ));
    let a = bench.fire("r", "a");
    let b = bench.fire("r", "b");
    bench.wait(300);
    bench.end("r", "b", b);
    bench.crash();
    bench.wait(299);
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(11);
    assert_eq!(
        bench.told(),
        ["ops unmuted !a"],
        "what is over meanwhile is dropped"
    );
    let dropped = |d: &Decision| matches!(&d.what, Decided::Dropped { by, .. } if by.len() == 1);
    assert_eq!(bench.decisions.iter().filter(|d| dropped(d)).count(), 1);
    bench.end("r", "a", a);
    bench.wait(60);
    assert_eq!(bench.told(), ["ops resolved -a"]);
}

#[test]
fn what_was_told_before_a_silence_is_told_as_over_in_it_and_again_after_it_if_it_still_fires() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    let (a, _) = (bench.fire("r", "a"), bench.fire("r", "b"));
    bench.wait(70);
    bench.silence("r", 600, SilenceEnd::AtTime);
    bench.wait(70);
    bench.end("r", "a", a);
    bench.wait(70);
    assert_eq!(bench.told(), ["ops first !a !b", "ops partly_resolved -a"]);
    bench.wait(600);
    assert_eq!(bench.told(), ["ops unmuted !b"]);
    bench.silence("r", 60, SilenceEnd::AtTime);
    bench.wait(200);
    assert_eq!(bench.told(), ["ops unmuted !b"]);
    assert_ne!(bench.sent[2].id, bench.sent[3].id);
}

#[test]
fn a_silence_can_end_with_its_alerts_and_can_be_changed_and_expired() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    let a = bench.fire("r", "a");
    bench.wait(70);
    assert_eq!(bench.told(), ["ops first !a"]);
    bench.silence("r", 86_400, SilenceEnd::WithAlerts);
    bench.wait(300);
    bench.crash();
    bench.end("r", "a", a);
    bench.wait(60);
    assert_eq!(bench.told(), ["ops resolved -a"]);
    bench.fire("r", "a");
    bench.wait(60);
    assert_eq!(bench.told(), ["ops first !a"], "the silence is over");
    let Answer::Done { id } = bench.silence("r", 600, SilenceEnd::AtTime) else {
        panic!()
    };
    let mut longer = bench.desk.silences().find(|s| s.id == id).unwrap().clone();
    longer.id = "new".to_owned();
    longer.ends += TimeDelta::hours(1);
    let change = Order::Silence {
        replaces: Some(id.clone()),
        silence: longer.clone(),
    };
    assert_eq!(bench.order(change), Answer::Done { id: id.clone() });
    longer.matchers[0].value = "other".to_owned();
    let change = Order::Silence {
        replaces: Some(id.clone()),
        silence: longer,
    };
    let new = "new".to_owned();
    assert_eq!(bench.order(change), Answer::Done { id: new.clone() });
    let expire = |id: &str| Order::Expire {
        id: id.to_owned(),
        by: "ann".to_owned(),
    };
    assert_eq!(
        bench.order(expire(&id)),
        Answer::Unknown,
        "it is over already"
    );
    assert_eq!(bench.order(expire("new")), Answer::Done { id: new });
    assert_eq!(bench.order(expire("nothing")), Answer::Unknown);
    let endless = bench.silence("r", 86_400 * 31, SilenceEnd::AtTime);
    assert!(matches!(endless, Answer::Refused { .. }), "{endless:?}");
    let past = bench.silence("r", -5, SilenceEnd::AtTime);
    assert!(matches!(past, Answer::Refused { .. }), "{past:?}");
}

#[test]
fn a_silence_of_the_file_holds_and_only_the_file_changes_it() {
    let mut with_silence = policy(vec![to_ops()]);
    with_silence.silences = vec![Silence {
        id: "file-1".to_owned(),
        matchers: vec![Matcher {
            name: "domain".to_owned(),
            value: "a*".to_owned(),
            kind: MatcherKind::Glob,
        }],
        starts: begin(),
        ends: begin() + TimeDelta::hours(1),
        end: SilenceEnd::AtTime,
        author: String::new(),
        comment: String::new(),
        updated: begin(),
    }];
    let mut bench = Bench::new(with_silence);
    bench.fire("r", "ab");
    bench.fire("r", "b");
    bench.wait(60);
    assert_eq!(bench.told(), ["ops first !b"]);
    let expire = Order::Expire {
        id: "file-1".to_owned(),
        by: "ann".to_owned(),
    };
    assert!(matches!(bench.order(expire), Answer::Refused { .. }));
    bench.policy.silences.clear();
    bench.desk.follow(&bench.policy.clone(), bench.now);
    bench.wait(60);
    assert_eq!(bench.told(), ["ops unmuted !ab"]);
}

#[test]
fn a_silence_without_an_end_holds_and_breaks_nothing() {
    let mut with_silence = policy(vec![to_ops()]);
    with_silence.silences = vec![Silence {
        id: "file-1".to_owned(),
        matchers: vec![Matcher {
            name: "domain".to_owned(),
            value: "a".to_owned(),
            kind: MatcherKind::Equal,
        }],
        starts: DateTime::UNIX_EPOCH,
        ends: DateTime::<Utc>::MAX_UTC,
        end: SilenceEnd::AtTime,
        author: String::new(),
        comment: String::new(),
        updated: begin(),
    }];
    let mut bench = Bench::new(with_silence);
    bench.fire("r", "a");
    bench.fire("r", "b");
    bench.wait(60);
    assert_eq!(bench.told(), ["ops first !b"]);
    bench.crash();
    bench.wait(60);
    assert_eq!(bench.told(), [""; 0]);
}

#[test]
fn a_silence_that_is_refused_at_the_limit_leaves_the_one_that_it_replaces() {
    let mut bench = Bench::new(policy(vec![to_ops()]));
    let make = |bench: &mut Bench, n: u32, replaces: Option<u32>, rule: &str| {
        let silence = Silence {
            id: format!("s-{n}"),
            matchers: vec![Matcher {
                name: "rule".to_owned(),
                value: rule.to_owned(),
                kind: MatcherKind::Equal,
            }],
            starts: bench.now,
            ends: bench.now + TimeDelta::hours(1),
            end: SilenceEnd::AtTime,
            author: String::new(),
            comment: String::new(),
            updated: bench.now,
        };
        let replaces = replaces.map(|n| format!("s-{n}"));
        bench.order(Order::Silence { replaces, silence })
    };
    let expire = |bench: &mut Bench, n: u32| {
        let (id, by) = (format!("s-{n}"), String::new());
        assert_eq!(
            bench.order(Order::Expire { id: id.clone(), by }),
            Answer::Done { id }
        );
    };
    for n in 0..1_001 {
        assert!(matches!(
            make(&mut bench, n, None, "r"),
            Answer::Done { .. }
        ));
        if n == 0 {
            expire(&mut bench, 0);
        }
    }
    let is_over = |bench: &Bench, n: u32| {
        let id = format!("s-{n}");
        let mut all = bench.desk.silences();
        all.find(|s| s.id == id).unwrap().ends <= bench.now
    };
    let refused = make(&mut bench, 2_000, Some(0), "other");
    assert!(matches!(refused, Answer::Refused { .. }), "{refused:?}");
    assert!(matches!(
        make(&mut bench, 2_000, None, "r"),
        Answer::Refused { .. }
    ));
    // One for another, and one after another was expired: there is room.
    let id = "s-2001".to_owned();
    assert_eq!(
        make(&mut bench, 2_001, Some(5), "other"),
        Answer::Done { id }
    );
    assert!(is_over(&bench, 5) && !is_over(&bench, 6));
    expire(&mut bench, 6);
    let id = "s-2002".to_owned();
    assert_eq!(make(&mut bench, 2_002, None, "r"), Answer::Done { id });
    // Of those that are over, the latest stay to be looked at.
    for n in 3_000..4_500 {
        expire(&mut bench, n - if n == 3_000 { 998 } else { 1 });
        let id = format!("s-{n}");
        assert_eq!(make(&mut bench, n, None, "r"), Answer::Done { id });
    }
    let kept = bench.desk.silences();
    let over = kept.filter(|silence| silence.ends <= bench.now).count();
    assert_eq!(over, 1_000);
}
