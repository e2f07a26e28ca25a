//! What holds of the desk whatever happens: random lives of alerts, orders of people, mutes, and crashes
//! at any point.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use foghorn::dispatch::{
    AlertName, AlertView, Current, Decided, Decision, Desk, Escalation, GroupBy, Inhibition, Match,
    Matcher, MatcherKind, Notification, Onward, Order, Policy, Reason, ReceiverChannel,
    ReceiverName, Repeat, Route, Silence, SilenceEnd, State,
};
use foghorn::unit::{Glob, Minute, Timespan, stable_id};

use super::pipeline::Dice;

const RULES: [&str; 3] = ["wide", "held", "tiers"];
const DOMAINS: [&str; 4] = ["a", "b", "c", "d"];
/// How long things happen, in steps of [`STEP`], and how long nothing does afterwards.
const STEPS: i64 = 900;
const REST: i64 = 400;
const STEP: TimeDelta = TimeDelta::seconds(20);

fn begin() -> DateTime<Utc> {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn name(name: &str) -> ReceiverName {
    ReceiverName(name.to_owned())
}

fn matcher(label: &str, glob: &str) -> Match {
    [(label.to_owned(), Glob::from(glob))].into()
}

/// A policy with everything: two routes, an escalation, an inhibition.
fn policy() -> Policy {
    let mut critical = Route::new(
        matcher("severity", "critical"),
        vec![name("ops"), name("chat")],
    );
    critical.onward = Onward::Continue;
    critical.repeat = Repeat {
        every: Timespan::from_seconds(1800),
        growth: 2,
    };
    critical.escalate = vec![Escalation {
        after: Timespan::from_seconds(900),
        to: vec![name("boss"), name("chat")],
    }];
    let mut rest = Route::new(Match::new(), vec![name("chat"), name("screen")]);
    rest.group_by = GroupBy::Labels(["rule", "domain", "severity"].map(str::to_owned).to_vec());
    let receivers = ["ops", "chat", "boss", "screen"];
    let only = ReceiverChannel {
        number: 0,
        hears_acknowledgements: true,
    };
    Policy {
        routes: vec![critical, rest],
        channels: receivers
            .map(|receiver| (name(receiver), vec![only]))
            .into(),
        inhibitions: vec![Inhibition {
            source: matcher("rule", "wide"),
            target: matcher("rule", "held"),
            equal: vec!["domain".to_owned()],
        }],
        ..Policy::default()
    }
}

/// What comes in at a step.
#[derive(Clone, Debug)]
enum Event {
    View(Box<AlertView>),
    Order(Order),
}

impl Event {
    fn of(view: AlertView) -> Self {
        Self::View(Box::new(view))
    }
}

/// A firing as the script has it.
#[derive(Clone, Debug)]
struct Life {
    fired: Minute,
    severity: &'static str,
}

fn view(rule: &str, domain: &str, life: &Life, state: State, now: DateTime<Utc>) -> AlertView {
    let minute = Minute::containing(now).to_string();
    AlertView {
        id: stable_id(&[rule, domain, &life.fired.to_string()]),
        rule: rule.to_owned(),
        account: "main".to_owned(),
        domain: domain.to_owned(),
        domains: vec![domain.to_owned()],
        severity: life.severity.to_owned(),
        state,
        since: life.fired.to_string(),
        fired_at: life.fired.to_string(),
        ended_at: (state != State::Firing).then(|| minute.clone()),
        condition: String::new(),
        value: String::new(),
        peak: String::new(),
        values: Vec::new(),
        labels: BTreeMap::new(),
        summary: String::new(),
        runbook_url: String::new(),
        url: String::new(),
        end_reason: String::new(),
        minute,
        ack_url: String::new(),
        silence_url: String::new(),
        ack: None,
    }
}

/// What happens at each step, by the dice; and what still fires at the end.
fn script(seed: u64) -> (Vec<Vec<Event>>, BTreeSet<String>) {
    let mut dice = Dice(seed);
    let mut lives: BTreeMap<(&str, &str), Life> = BTreeMap::new();
    // A seed is mostly calm, or mostly not.
    let rate = 4 + 20 * (seed % 3);
    let mut steps = Vec::new();
    for at in 0..STEPS {
        let now = begin() + STEP * i32::try_from(at).unwrap();
        let mut events = Vec::new();
        for rule in RULES {
            for domain in DOMAINS {
                // An alert changes once a minute at the most; now and then, all do at once.
                let chance = if at % 150 == 0 { 950 } else { rate * 4 };
                if at % 3 != 0 || !dice.chance(chance) {
                    continue;
                }
                let key = (rule, domain);
                let minute = Minute::containing(now);
                match lives.get_mut(&key) {
                    None => {
                        let severity = ["warning", "critical"][usize::from(dice.chance(400))];
                        let life = Life {
                            fired: minute,
                            severity,
                        };
                        events.push(Event::of(view(rule, domain, &life, State::Firing, now)));
                        lives.insert(key, life);
                    }
                    Some(life) if dice.chance(300) => {
                        life.severity = match life.severity {
                            "warning" => "critical",
                            _ => "warning",
                        };
                        events.push(Event::of(view(rule, domain, life, State::Firing, now)));
                    }
                    Some(life) => {
                        let state = if dice.chance(200) {
                            State::Ended
                        } else {
                            State::Resolved
                        };
                        events.push(Event::of(view(rule, domain, life, state, now)));
                        lives.remove(&key);
                    }
                }
            }
        }
        if dice.chance(10) {
            events.push(Event::Order(silence(&mut dice, at, now)));
        }
        if dice.chance(20)
            && let Some(((rule, domain), life)) = lives.iter().next()
        {
            events.push(Event::Order(Order::Acknowledge {
                alert: view(rule, domain, life, State::Firing, now).id,
                by: "ann".to_owned(),
                comment: String::new(),
            }));
        }
        steps.push(events);
    }
    let firing = lives
        .iter()
        .map(|((rule, domain), life)| view(rule, domain, life, State::Firing, begin()).id);
    (steps, firing.collect())
}

fn silence(dice: &mut Dice, at: i64, now: DateTime<Utc>) -> Order {
    let rule = RULES[usize::try_from(dice.below(3)).unwrap()];
    let minutes = i64::try_from(1 + dice.below(60)).unwrap();
    Order::Silence {
        replaces: None,
        silence: Silence {
            id: format!("s{at}"),
            matchers: vec![Matcher {
                name: "rule".to_owned(),
                value: rule.to_owned(),
                kind: MatcherKind::Equal,
            }],
            starts: now,
            ends: now + TimeDelta::minutes(minutes),
            end: if dice.chance(500) {
                SilenceEnd::WithAlerts
            } else {
                SilenceEnd::AtTime
            },
            author: "ann".to_owned(),
            comment: String::new(),
            updated: now,
        },
    }
}

/// What was kept of all steps.
#[derive(Clone, Debug, Default, PartialEq)]
struct Kept {
    notes: BTreeMap<String, String>,
    sent: Vec<Notification>,
    decisions: Vec<Decision>,
}

impl Kept {
    fn desk(&self, policy: &Policy, now: DateTime<Utc>) -> Desk {
        let mut desk = Desk::default();
        for (name, text) in &self.notes {
            desk.restore(name, text);
        }
        desk.follow(policy, now);
        desk
    }
}

/// Does one step, and keeps it.
fn step(desk: &mut Desk, policy: &Policy, events: &[Event], now: DateTime<Utc>, kept: &mut Kept) {
    for event in events {
        match event {
            Event::View(view) => {
                assert_eq!(desk.take(policy, view.as_ref().clone(), None, now), None);
            }
            Event::Order(order) => {
                desk.order(order.clone(), now);
            }
        }
    }
    let current = |_: &AlertName| {
        let (minute, evidence) = (Minute::containing(now), None);
        Some(Current { minute, evidence })
    };
    kept.sent.extend(desk.flush(policy, now, &current));
    let mut notes = BTreeMap::new();
    desk.keep(&mut notes);
    kept.decisions.extend(desk.decided());
    for (name, text) in notes {
        match text {
            Some(text) => kept.notes.insert(name, text),
            None => kept.notes.remove(&name),
        };
    }
}

/// Plays a script; the process dies by the dice, before or after a step is kept.
fn play(script: &[Vec<Event>], seed: u64, dies: u64) -> Kept {
    let policy = policy();
    let mut dice = Dice(seed ^ 0xdead);
    let mut kept = Kept::default();
    let mut desk = kept.desk(&policy, begin());
    let nothing = Vec::new();
    for at in 0..STEPS + REST {
        let now = begin() + STEP * i32::try_from(at).unwrap();
        let events = script.get(usize::try_from(at).unwrap()).unwrap_or(&nothing);
        if dice.chance(dies) {
            // All that this step decides is lost, and decided again.
            step(&mut desk, &policy, events, now, &mut kept.clone());
            desk = kept.desk(&policy, now);
        }
        step(&mut desk, &policy, events, now, &mut kept);
        if dice.chance(dies) {
            desk = kept.desk(&policy, now);
        }
    }
    kept
}

/// What a receiver was told: the reason, how the alert was, and its severity.
type Told = (Reason, State, String);

/// What each receiver was told of each firing, in order.
fn stories(kept: &Kept) -> BTreeMap<(String, String), Vec<Told>> {
    let mut stories: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for message in &kept.sent {
        for view in &message.alerts {
            let of = stories.entry((message.receiver.clone(), view.id.clone()));
            let told = (message.reason, view.state, view.severity.clone());
            of.or_default().push(told);
        }
    }
    stories
}

#[test]
fn a_crash_at_any_point_changes_no_byte_of_what_is_told_kept_or_decided() {
    for seed in 0..4 {
        let (script, _) = script(seed);
        let smooth = play(&script, seed, 0);
        assert!(smooth.sent.len() > 20, "seed {seed}");
        let rough = play(&script, seed, 100);
        for (ours, theirs) in smooth.sent.iter().zip(&rough.sent) {
            assert_eq!(ours, theirs, "seed {seed}");
        }
        assert_eq!(smooth.sent.len(), rough.sent.len(), "seed {seed}");
        assert_eq!(smooth.notes, rough.notes, "seed {seed}");
        assert_eq!(smooth.decisions, rough.decisions, "seed {seed}");
    }
}

#[test]
fn every_story_is_told_to_its_end_in_order_and_nothing_twice() {
    let mut reasons = BTreeSet::new();
    for seed in 0..9 {
        let (script, firing) = script(seed);
        let kept = play(&script, seed, 30);
        let ids: BTreeSet<&String> = kept.sent.iter().map(|message| &message.id).collect();
        assert_eq!(
            ids.len(),
            kept.sent.len(),
            "a delivery id is used once, seed {seed}"
        );
        reasons.extend(kept.sent.iter().map(|message| message.reason.as_str()));
        for ((receiver, id), told) in stories(&kept) {
            let settles = kept.decisions.iter().any(|decision| {
                decision.firing == id && matches!(decision.what, Decided::Flaps | Decided::Settled)
            });
            let context = format!("seed {seed}, {receiver}, {id}: {told:?}");
            hold_story(&context, &told, firing.contains(&id), settles);
        }
        hold_all_told(seed, &kept, &script, &firing);
    }
    for reason in [
        "first",
        "added",
        "changed",
        "partly_resolved",
        "resolved",
        "ended",
    ] {
        assert!(
            reasons.contains(reason),
            "{reason} was not tried: {reasons:?}"
        );
    }
    for reason in [
        "acknowledged",
        "unmuted",
        "reminder",
        "escalation",
        "flapping",
        "settled",
        "digest",
    ] {
        assert!(
            reasons.contains(reason),
            "{reason} was not tried: {reasons:?}"
        );
    }
}

/// Nothing follows an end but that it has settled; a firing that is over is told as over to whoever
/// heard of it; and of the same state and severity nobody hears twice without a reason.
fn hold_story(context: &str, told: &[(Reason, State, String)], fires: bool, settles: bool) {
    let over = told
        .iter()
        .position(|(_, state, _)| *state != State::Firing);
    if let Some(over) = over {
        let after = &told[over + 1..];
        let is_rest = |(reason, state, _): &(Reason, State, String)| {
            *reason == Reason::Settled
                || (*state != State::Firing && (settles || *reason == Reason::Digest))
        };
        assert!(after.iter().all(is_rest), "{context}");
    }
    assert_eq!(over.is_none(), fires, "{context}");
    let again = |reason: Reason| {
        matches!(
            reason,
            Reason::Reminder
                | Reason::Escalation
                | Reason::Acknowledged
                | Reason::Unmuted
                | Reason::Settled
                | Reason::Flapping
                | Reason::Digest
                // With others that are new, one that is muted no longer; and with others that
                // changed, one that flaps or has settled.
                | Reason::First
                | Reason::Added
        ) || (settles && reason == Reason::Changed)
    };
    for pair in told.windows(2) {
        let same = (pair[0].1, &pair[0].2) == (pair[1].1, &pair[1].2);
        assert!(!same || again(pair[1].0), "{context}");
    }
}

/// Once all mutes are over, everybody whom the routes name knows of what fires; and what is over was
/// told, or was dropped for a reason that is noted.
fn hold_all_told(seed: u64, kept: &Kept, script: &[Vec<Event>], firing: &BTreeSet<String>) {
    let told = stories(kept);
    let is_dropped = |id: &str| {
        kept.decisions.iter().any(|decision| {
            decision.firing == id && matches!(decision.what, Decided::Dropped { .. })
        })
    };
    let stands: BTreeSet<&str> = kept
        .notes
        .keys()
        .filter_map(|name| name.strip_prefix("alert/"))
        .collect();
    let views = script.iter().flatten().filter_map(|event| match event {
        Event::View(view) => Some(view.as_ref()),
        Event::Order(_) => None,
    });
    for view in views {
        let heard = ["chat", "screen"]
            .map(|receiver| told.contains_key(&(receiver.to_owned(), view.id.clone())));
        let context = format!("seed {seed}: {view:?}");
        assert_eq!(
            firing.contains(&view.id),
            stands.contains(view.id.as_str()),
            "{context}"
        );
        if firing.contains(&view.id) {
            let is_inhibited = view.rule == "held"
                && kept.notes.values().any(|text| {
                    text.contains("\"rule\":\"wide\"")
                        && text.contains(&format!("\"domain\":\"{}\"", view.domain))
                        && text.contains("\"state\":\"firing\"")
                });
            assert!(is_inhibited || heard == [true, true], "{context}");
        } else {
            assert!(heard == [true, true] || is_dropped(&view.id), "{context}");
        }
    }
}
