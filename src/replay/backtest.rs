//! What rules would have done.

use std::collections::BTreeMap;

use super::course::{Course, CourseFindings};
use super::judged::Judged;
use super::track::{first_minute, last_minute, observations};
use crate::engine::{
    AlertKey, Ballot, Event, FleetState, Peak, Plan, Recording, Rule, Ruleset, SeriesEngine,
    StillFiring, Subject, Traffic, Transition, Voter,
};
use crate::lang::Program;
use crate::samples::Samples;
use crate::unit::{AccountName, DomainName, Minute, Series};

/// The account that the domains of a file are said to be of.
pub const ACCOUNT: &str = "file";

/// Returns what happens to the alerts of all rules over all domains, by minute, then rule, then
/// domain.
///
/// Rules are judged from a domain's first minute, but not before `judge_from`; those of many
/// domains from the first minute at which each of their domains has a history.
pub fn backtest(
    program: &Program,
    rules: &[Rule],
    samples: &Samples,
    judge_from: Option<Minute>,
) -> Vec<Transition> {
    let plan = Plan::new(program);
    let ruleset = Ruleset { plan: &plan, rules };
    let Some(last) = last_minute(samples) else {
        return Vec::new();
    };
    let course = Course::until(ruleset, begins(rules, samples, judge_from), last);
    let mut findings = CourseFindings::default();
    for (domain, minutes) in samples {
        let recording = minutes.iter().collect::<Recording>();
        findings.append(course.judge_all(std::iter::once((domain, &recording))));
    }
    course.end(findings).transitions
}

/// Judges minute by minute as [`backtest`] does, up to the minute `last`, and shows `watch` each domain's state after
/// each minute: domain by domain, each from its first minute on.
pub(super) fn judge(
    ruleset: Ruleset<'_>,
    samples: &Samples,
    (judge_from, last): (Option<Minute>, Minute),
    mut watch: impl FnMut(Minute, &SeriesEngine),
) -> Vec<Transition> {
    let rules = ruleset.rules;
    let begins = begins(rules, samples, judge_from);
    let mut fleets = Fleets::new(rules);
    let mut found = Judged::default();
    for (domain, minutes) in samples {
        let series = Series {
            account: AccountName::from(ACCOUNT),
            domain: domain.clone(),
        };
        let mut engine = SeriesEngine::new(series, first_minute(minutes), ruleset);
        for (minute, observation) in observations(minutes, last) {
            let judges = |rule: usize| {
                let begin: Option<Minute> = begins.get(rule).copied().flatten();
                begin.is_none_or(|begin| begin <= minute)
            };
            found
                .transitions
                .append(&mut engine.advance(minute, observation, ruleset, judges));
            fleets.note(minute, &engine);
            watch(minute, &engine);
        }
    }
    fleets.judge(
        rules,
        &begins,
        (|_| last, |_: &str, _, _: &_| false),
        &mut found,
    );
    sort(&mut found.transitions, rules);
    found.transitions
}

/// Puts transitions in order: by minute, then rule, then domain.
pub(super) fn sort(found: &mut [Transition], rules: &[Rule]) {
    let places = places(rules);
    let place = |transition: &Transition| {
        let place = places.get(transition.key.rule.as_str());
        place.copied().unwrap_or(rules.len())
    };
    found.sort_unstable_by(|a, b| order(place(a), a).cmp(&order(place(b), b)));
}

/// Returns the place of each rule.
pub(super) fn places(rules: &[Rule]) -> BTreeMap<&str, usize> {
    let places = rules.iter().enumerate();
    places.map(|(at, rule)| (rule.name.as_str(), at)).collect()
}

/// Returns by what a transition of the rule at a place stands where it does: there is one order, whichever thread
/// found what.
pub(super) fn order(place: usize, transition: &Transition) -> (Minute, usize, &str, &str) {
    let (account, domain, _) = transition.key.columns();
    (transition.minute, place, domain, account)
}

/// Returns from when each rule is judged, if not from each domain's first minute.
pub(super) fn begins(
    rules: &[Rule],
    samples: &Samples,
    judge_from: Option<Minute>,
) -> Vec<Option<Minute>> {
    let spans = samples.iter();
    let spans = spans.map(|(domain, minutes)| (domain.as_str(), first_minute(minutes)));
    begins_of(rules, &spans.collect::<Vec<_>>(), judge_from)
}

/// Returns the same of domains with their first minutes.
pub(super) fn begins_of(
    rules: &[Rule],
    spans: &[(&str, Option<Minute>)],
    judge_from: Option<Minute>,
) -> Vec<Option<Minute>> {
    let begin = |rule: &Rule| {
        if !rule.is_fleet() {
            return judge_from;
        }
        let matching = spans
            .iter()
            .filter(|(domain, _)| rule.domains.matches(domain));
        matching
            .filter_map(|(_, first)| *first)
            .max()
            .max(judge_from)
    };
    rules.iter().map(begin).collect()
}

/// What the domains said to each rule of many domains: only where it changed.
pub(super) struct Fleets(BTreeMap<usize, Vec<Voter>>);

impl Fleets {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let fleets = rules.iter().enumerate().filter(|(_, rule)| rule.is_fleet());
        Self(fleets.map(|(at, _)| (at, Vec::new())).collect())
    }

    /// Takes in what series said, in their order.
    pub(super) fn take(&mut self, mut voters: Vec<Voter>) {
        voters.sort_by(|a, b| a.series.cmp(&b.series));
        for voter in voters {
            self.0.entry(voter.rule).or_default().push(voter);
        }
    }

    pub(super) fn note(&mut self, minute: Minute, engine: &SeriesEngine) {
        for (at, voters) in &mut self.0 {
            let Some(ballot) = engine.ballot(*at) else {
                continue;
            };
            if voters
                .last()
                .is_none_or(|voter| voter.series != *engine.series())
            {
                voters.push(Voter {
                    rule: *at,
                    series: engine.series().clone(),
                    ballots: Vec::new(),
                });
            }
            if let Some(voter) = voters.last_mut()
                && voter.ballots.last().is_none_or(|(_, last)| *last != ballot)
            {
                voter.ballots.push((minute, ballot));
            }
        }
    }

    /// Judges each rule up to its `last` minute, given its place. A domain for which `is_left` is true, given the rule's name
    /// and the minute, counts as it stood before, and as without traffic: of that, nobody knows.
    pub(super) fn judge(
        &self,
        rules: &[Rule],
        begins: &[Option<Minute>],
        (last, is_left): (
            impl Fn(usize) -> Minute,
            impl Fn(&str, Minute, &Series) -> bool,
        ),
        found: &mut Judged,
    ) {
        for (at, voters) in &self.0 {
            let (Some(rule), Some(Some(begin))) = (rules.get(*at), begins.get(*at)) else {
                continue;
            };
            let mut state = FleetState::default();
            let key = AlertKey {
                rule: rule.name.clone(),
                subject: Subject::Fleet,
            };
            let mut places = vec![(0, NO_BALLOT); voters.len()];
            let mut ballots = Vec::with_capacity(voters.len());
            for minute in begin.until(last(*at).next()) {
                ballots.clear();
                for (voter, (place, said)) in voters.iter().zip(&mut places) {
                    if is_left(&rule.name, minute, &voter.series) {
                        said.traffic = Traffic::None;
                    } else {
                        *said = ballot_at(voter, minute, place);
                    }
                    ballots.push((&voter.series, *said));
                }
                if let Some(change) = state.advance(minute, rule, &ballots) {
                    if change.event == Event::Fired
                        && let Some(since) = state.enough_since(rule, &ballots)
                    {
                        let firing = (rule.name.clone(), minute);
                        found.enough_since.insert(firing, since);
                    }
                    let transition = change.into_transition(key.clone(), minute);
                    found.transitions.push(transition);
                }
            }
            found
                .still_firing
                .extend(state.firing.map(|firing| StillFiring {
                    key,
                    severity: firing.severity,
                    peak: Peak::of(rule, firing),
                }));
        }
    }
}

/// Returns the ballot that stands at `minute`; `place` is where the last look found one.
fn ballot_at(voter: &Voter, minute: Minute, place: &mut usize) -> Ballot {
    while let Some((from, _)) = voter.ballots.get(*place + 1)
        && *from <= minute
    {
        *place += 1;
    }
    let stands = voter
        .ballots
        .get(*place)
        .filter(|(from, _)| *from <= minute);
    stands.map_or(NO_BALLOT, |(_, ballot)| *ballot)
}

const NO_BALLOT: Ballot = Ballot {
    firing: [None; 3],
    traffic: Traffic::None,
};

/// Returns the JSON line of an event, without a line break; `None` for an end that is no
/// judgement, which a backtest has not.
pub fn event_line(transition: &Transition) -> Option<String> {
    let event = match &transition.event {
        Event::Fired => "fired",
        Event::SeverityChanged { .. } => "severity_changed",
        Event::Resolved => "resolved",
        Event::Ended { .. } => return None,
    };
    let rule = serde_json::Value::from(transition.key.rule.as_str());
    let domain = match &transition.key.subject {
        Subject::Series(series) => domain_field(&series.domain),
        Subject::Fleet | Subject::Account { .. } => String::new(),
    };
    Some(format!(
        r#"{{"minute":"{}","rule":{rule},{domain}"event":"{event}","severity":"{}"}}"#,
        transition.minute, transition.severity
    ))
}

fn domain_field(domain: &DomainName) -> String {
    format!(r#""domain":{},"#, serde_json::Value::from(domain.as_str()))
}
