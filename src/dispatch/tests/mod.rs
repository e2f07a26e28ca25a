//! The desk, step by step, with the time as an argument.

mod escalation;
mod groups;
mod mutes;
mod past;
mod reminders;
mod silences;
mod storms;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::unit::{Glob, Minute, Timespan, Zone, stable_id};

/// A desk whose notes are kept, and a clock.
struct Bench {
    desk: Desk,
    policy: Policy,
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

fn policy(routes: Vec<Route>) -> Policy {
    let channel = |number, hears_acknowledgements| ReceiverChannel {
        number,
        hears_acknowledgements,
    };
    let receivers = [
        (name("ops"), vec![channel(0, false)]),
        (name("chat"), vec![channel(0, false)]),
        (name("boss"), vec![channel(0, false)]),
        (name("duty"), vec![channel(0, false), channel(1, true)]),
    ];
    Policy {
        routes,
        channels: receivers.into(),
        ..Policy::default()
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
    fn new(policy: Policy) -> Self {
        let mut bench = Self {
            desk: Desk::default(),
            policy,
            now: begin(),
            notes: BTreeMap::new(),
            sent: Vec::new(),
            decisions: Vec::new(),
            seen: 0,
        };
        bench.desk.follow(&bench.policy, bench.now);
        bench.flush();
        bench
    }

    fn minute(&self) -> i64 {
        (self.now - begin()).num_minutes()
    }

    fn take(&mut self, view: AlertView) {
        self.desk.take(&self.policy, view, None, self.now);
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
        let sent = self.desk.flush(&self.policy, self.now, &current);
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
        self.desk.follow(&self.policy, self.now);
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
