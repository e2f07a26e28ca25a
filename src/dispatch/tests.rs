//! The desk, step by step, with the time as an argument.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::unit::{Glob, Minute, Timespan, stable_id};

/// A desk whose notes are kept, and a clock.
struct Bench {
    desk: Desk,
    plan: Plan,
    now: DateTime<Utc>,
    notes: BTreeMap<String, String>,
    sent: Vec<Notification>,
    decisions: Vec<Decision>,
    /// How many messages were looked at.
    seen: usize,
}

fn begin() -> DateTime<Utc> {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn matcher(pairs: &[(&str, &str)]) -> Match {
    let pair = |(name, glob): &(&str, &str)| ((*name).to_owned(), Glob::from(*glob));
    pairs.iter().map(pair).collect()
}

fn name(name: &str) -> ReceiverName {
    ReceiverName(name.to_owned())
}

fn span(seconds: u32) -> Timespan {
    Timespan::from_seconds(seconds)
}

fn plan(routes: Vec<Route>) -> Plan {
    let channel = |number, hears_acknowledgements| ChannelPlan {
        number,
        hears_acknowledgements,
    };
    let receivers = [
        (name("ops"), vec![channel(0, false)]),
        (name("chat"), vec![channel(0, false)]),
        (name("boss"), vec![channel(0, false)]),
        (name("duty"), vec![channel(0, false), channel(1, true)]),
    ];
    Plan {
        routes,
        channels: receivers.into(),
        ..Plan::default()
    }
}

fn to_ops() -> Route {
    Route::new(Match::new(), vec![name("ops")])
}

/// A firing of `rule` on `domain` that began at this minute after the beginning.
fn view(rule: &str, domain: &str, fired: i64, state: State, minute: i64) -> AlertView {
    let at = |minute: i64| {
        let first = Minute::containing(begin()).epoch();
        Minute::from_epoch(first + minute).unwrap().to_string()
    };
    AlertView {
        id: stable_id(&[rule, domain, &fired.to_string()]),
        rule: rule.to_owned(),
        account: "main".to_owned(),
        domain: domain.to_owned(),
        domains: vec![domain.to_owned()],
        severity: "warning".to_owned(),
        state,
        since: at(fired),
        fired_at: at(fired),
        ended_at: (state != State::Firing).then(|| at(minute)),
        condition: String::new(),
        value: String::new(),
        peak: String::new(),
        values: Vec::new(),
        labels: BTreeMap::new(),
        summary: String::new(),
        runbook_url: String::new(),
        url: String::new(),
        end_reason: String::new(),
        minute: at(minute),
        ack_url: String::new(),
        silence_url: String::new(),
        ack: None,
    }
}

impl Bench {
    fn new(plan: Plan) -> Self {
        let mut bench = Self {
            desk: Desk::default(),
            plan,
            now: begin(),
            notes: BTreeMap::new(),
            sent: Vec::new(),
            decisions: Vec::new(),
            seen: 0,
        };
        bench.desk.plan(&bench.plan, bench.now);
        bench.flush();
        bench
    }

    fn minute(&self) -> i64 {
        (self.now - begin()).num_minutes()
    }

    fn take(&mut self, view: AlertView) {
        self.desk.take(&self.plan, view, None, self.now);
        self.keep();
    }

    fn fire(&mut self, rule: &str, domain: &str) -> i64 {
        let minute = self.minute();
        self.take(view(rule, domain, minute, State::Firing, minute));
        minute
    }

    fn end(&mut self, rule: &str, domain: &str, fired: i64) {
        self.take(view(rule, domain, fired, State::Resolved, self.minute()));
    }

    fn change(&mut self, rule: &str, domain: &str, fired: i64, severity: &str) {
        let view = view(rule, domain, fired, State::Firing, self.minute());
        self.take(AlertView {
            severity: severity.to_owned(),
            ..view
        });
    }

    fn flush(&mut self) {
        let minute = Minute::containing(self.now);
        let current = |_: &AlertName| {
            let evidence = None;
            Some(Current { minute, evidence })
        };
        let sent = self.desk.flush(&self.plan, self.now, &current);
        self.sent.extend(sent);
        self.keep();
    }

    fn keep(&mut self) {
        let mut notes = BTreeMap::new();
        self.desk.keep(&mut notes);
        self.decisions.extend(self.desk.decided());
        for (name, text) in notes {
            match text {
                Some(text) => self.notes.insert(name, text),
                None => self.notes.remove(&name),
            };
        }
    }

    /// Lets time pass, a flush a second.
    fn wait(&mut self, seconds: i64) {
        self.flush();
        for _ in 0..seconds {
            self.now += TimeDelta::seconds(1);
            self.flush();
        }
    }

    /// The process dies, and begins anew with what was kept.
    fn crash(&mut self) {
        self.desk = Desk::default();
        for (name, text) in &self.notes {
            self.desk.restore(name, text);
        }
        self.desk.plan(&self.plan, self.now);
    }

    fn order(&mut self, order: Order) -> Answer {
        let answer = self.desk.order(order, self.now);
        self.keep();
        answer
    }

    fn silence(&mut self, rule: &str, seconds: i64, end: SilenceEnd) -> Answer {
        let silence = Silence {
            id: format!("s-{}", self.now.timestamp()),
            matchers: vec![Matcher {
                name: "rule".to_owned(),
                value: rule.to_owned(),
                kind: MatcherKind::Equal,
            }],
            starts: self.now,
            ends: self.now + TimeDelta::seconds(seconds),
            end,
            author: "ann".to_owned(),
            comment: String::new(),
            updated: self.now,
        };
        let replaces = None;
        self.order(Order::Silence { replaces, silence })
    }

    /// Returns the messages since this was asked last: to whom, why, and of what.
    fn told(&mut self) -> Vec<String> {
        let fresh = self.sent[self.seen..].iter().map(|message| {
            let alerts = message.alerts.iter().map(|view| {
                let sign = match view.state {
                    State::Firing => '!',
                    State::Resolved => '-',
                    State::Ended => '/',
                };
                format!("{sign}{}", view.domain)
            });
            let alerts: Vec<String> = alerts.collect();
            let (to, why) = (&message.receiver, message.reason.as_str());
            format!("{to} {why} {}", alerts.join(" "))
        });
        let fresh: Vec<String> = fresh.collect();
        self.seen = self.sent.len();
        fresh
    }
}

#[test]
fn an_end_that_is_no_recovery_is_told_with_what_was_known_last() {
    let mut plan = plan(vec![to_ops()]);
    let texts = RuleTexts {
        summary: "{{ state }} at {{ values['5xx'] }}".to_owned(),
        ..RuleTexts::default()
    };
    plan.texts.insert("r".to_owned(), texts);
    let mut bench = Bench::new(plan);
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
    let mut bench = Bench::new(plan(vec![to_ops()]));
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
fn what_is_over_is_told_in_part_and_as_a_whole() {
    let mut bench = Bench::new(plan(vec![to_ops()]));
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
    let mut bench = Bench::new(plan(vec![to_ops()]));
    let a = bench.fire("r", "a");
    bench.wait(3);
    bench.end("r", "a", a);
    bench.wait(60);
    assert_eq!(bench.told(), ["ops resolved -a"]);
}

#[test]
fn an_alert_that_fires_again_before_its_end_was_told_ends_first() {
    let mut bench = Bench::new(plan(vec![to_ops()]));
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
    let mut bench = Bench::new(plan(vec![to_ops()]));
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
    let mut bench = Bench::new(plan(vec![critical, rest]));
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
    let mut bench = Bench::new(plan(vec![route]));
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
fn it_is_reminded_of_what_fires_less_and_less_often_until_somebody_takes_it_on() {
    let mut route = to_ops();
    route.repeat = Repeat {
        every: span(3600),
        growth: 2,
    };
    let mut bench = Bench::new(plan(vec![route]));
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
    let mut bench = Bench::new(plan(vec![Route::new(
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
fn a_silenced_alert_is_told_when_the_silence_ends() {
    let mut bench = Bench::new(plan(vec![to_ops()]));
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
    let mut bench = Bench::new(plan(vec![to_ops()]));
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
    let mut bench = Bench::new(plan(vec![to_ops()]));
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
    let mut with_silence = plan(vec![to_ops()]);
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
    bench.plan.silences.clear();
    bench.desk.plan(&bench.plan.clone(), bench.now);
    bench.wait(60);
    assert_eq!(bench.told(), ["ops unmuted !ab"]);
}

fn office() -> Plan {
    let mut plan = plan(vec![to_ops()]);
    let texts = RuleTexts {
        active_hours: Some(Calendar {
            days: [true; 7],
            hours: vec![(9 * 60, 11 * 60)],
            zone: chrono_tz::UTC,
        }),
        ..RuleTexts::default()
    };
    plan.texts.insert("r".to_owned(), texts);
    plan
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
    let mut inhibiting = plan(vec![to_ops()]);
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
fn a_storm_becomes_a_digest_a_minute_and_nothing_is_lost() {
    let mut route = to_ops();
    route.group_by = GroupBy::All;
    let mut bench = Bench::new(plan(vec![route]));
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
    let mut bench = Bench::new(plan(vec![to_ops()]));
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
fn what_is_held_back_is_told_once_it_is_free_and_what_ended_meanwhile_is_given_back() {
    let mut bench = Bench::new(plan(vec![to_ops()]));
    let of = |domain| view("r", domain, 0, State::Firing, 0);
    let take = |bench: &mut Bench, view, hold| {
        let plan = bench.plan.clone();
        bench.desk.take(&plan, view, hold, bench.now)
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
    bench.desk.free(&id);
    bench.wait(20);
    assert_eq!(bench.told(), ["ops first !a"]);
}

#[test]
fn an_idle_desk_says_when_something_is_due_and_does_nothing_before() {
    let mut bench = Bench::new(plan(vec![to_ops()]));
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
    let mut bench = Bench::new(plan(vec![to_ops()]));
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
    let mut nobody = Bench::new(plan(Vec::new()));
    nobody.fire("r", "a");
    nobody.flush();
    assert_eq!(nobody.decisions[0].what, Decided::Unrouted);
}

#[test]
fn thousands_of_alerts_at_once_are_told_in_messages_that_can_be_read() {
    let mut bench = Bench::new(plan(vec![to_ops()]));
    for n in 0..5_000 {
        bench.desk.take(
            &bench.plan,
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
            &bench.plan,
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
fn a_silence_without_an_end_holds_and_breaks_nothing() {
    let mut with_silence = plan(vec![to_ops()]);
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
    let mut bench = Bench::new(plan(vec![to_ops()]));
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

#[test]
fn thousands_of_past_alerts_are_told_in_messages_that_can_be_read_the_worst_first() {
    let plan = plan(vec![Route::new(
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
    let (told, decisions) = plan.digest(&past, begin());
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
    assert!(plan.digest(&[], begin()).0.is_empty());
}
