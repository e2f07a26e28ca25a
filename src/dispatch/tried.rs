//! What came of a try to tell a message: of each of its alerts.
//!
//! Most receivers take or refuse a message as a whole, and then all of its alerts share one fate.
//! Services that keep alerts of their own are told of them one by one: there some may be taken,
//! others refused for good, and others left to be tried again. A receiver says what was answered,
//! the sender makes an [`AlertTried`] of it, and the store keeps what is [settled](AlertOutcome::is_settled),
//! so that no alert is told twice and whoever asks is told which alerts were not told, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::notification::AlertView;

/// What came of telling one alert of a message, with what the receiver said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertOutcome {
    /// The receiver has it: it is not told again.
    Taken(String),
    /// It was refused and would be again: it is told again only if a person asks for it.
    Refused(String),
    /// It failed in a way that may pass: it is tried again, unless the message is given up.
    Failed(String),
}

/// An alert of a message, and what came of telling it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertTried {
    /// The alert.
    pub alert: AlertView,
    /// What came of it.
    pub outcome: AlertOutcome,
}

impl AlertOutcome {
    /// Whether no retry changes it.
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Taken(_) | Self::Refused(_))
    }

    /// Returns what the receiver said, without secrets.
    pub fn answer(&self) -> &str {
        let (Self::Taken(answer) | Self::Refused(answer) | Self::Failed(answer)) = self;
        answer
    }
}

impl AlertView {
    /// Returns what it is about, in a few words: its rule, and its domain or else its account.
    pub fn about(&self) -> String {
        let place = [&self.domain, &self.account];
        let place = place.into_iter().find(|place| !place.is_empty());
        match place {
            Some(place) => format!("{} {place}", self.rule),
            None => self.rule.clone(),
        }
    }
}

/// Returns in words what came of a message of so many alerts: the answer, if it is one for all of
/// them, else how many were taken, which were not, and why.
pub fn answer_of(tried: &[AlertTried], alerts: usize) -> String {
    let last = tried.last().map_or("", |last| last.outcome.answer());
    let is = |kind: fn(&AlertOutcome) -> bool| tried.iter().filter(move |of| kind(&of.outcome));
    let taken = is(|outcome| matches!(outcome, AlertOutcome::Taken(_))).count();
    let refused = is(|outcome| matches!(outcome, AlertOutcome::Refused(_)));
    let refused: Vec<&AlertTried> = refused.collect();
    let failed: Vec<&AlertTried> = is(|outcome| !outcome.is_settled()).collect();
    let is_same = |all: &[&AlertTried]| all.iter().all(|of| of.outcome.answer() == last);
    let is_one = match (taken, refused.as_slice(), failed.as_slice()) {
        (0, [], all) => is_same(all),
        (0, all, []) => all.len() == alerts && is_same(all),
        (taken, ..) => taken == alerts,
    };
    if is_one {
        return last.to_owned();
    }
    let mut words = vec![format!("taken: {taken} of {alerts} alerts")];
    if !refused.is_empty() {
        words.push(format!("refused: {}", by_answer(&refused)));
    }
    if !failed.is_empty() {
        words.push(format!("failed: {}", by_answer(&failed)));
    }
    match alerts.saturating_sub(tried.len()) {
        0 => {}
        rest => words.push(format!("not tried yet: {rest}")),
    }
    words.join("; ")
}

/// Returns alerts with what was answered, those with one answer together, in an order that does not
/// depend on when they were tried.
fn by_answer(tried: &[&AlertTried]) -> String {
    let mut groups: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for of in tried {
        let alerts = groups.entry(of.outcome.answer()).or_default();
        alerts.insert(of.alert.about());
    }
    let groups = groups.into_iter().map(|(answer, alerts)| {
        let alerts: Vec<String> = alerts.into_iter().collect();
        format!("{}: {answer}", alerts.join(", "))
    });
    groups.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::payload::example;

    type Kind = fn(String) -> AlertOutcome;

    fn told(tried: &[(&str, Kind, &str)], alerts: usize) -> String {
        let tried = tried.iter().map(|(domain, kind, answer)| AlertTried {
            alert: AlertView {
                domain: (*domain).to_owned(),
                ..example().alerts.remove(0)
            },
            outcome: kind((*answer).to_owned()),
        });
        answer_of(&tried.collect::<Vec<_>>(), alerts)
    }

    const TAKEN: Kind = AlertOutcome::Taken;
    const REFUSED: Kind = AlertOutcome::Refused;
    const FAILED: Kind = AlertOutcome::Failed;

    #[test]
    fn one_answer_for_all_is_told_as_it_is() {
        assert_eq!(told(&[("a", TAKEN, "202"), ("b", TAKEN, "200")], 2), "200");
        let refused = [("a", REFUSED, "400"), ("b", REFUSED, "400")];
        assert_eq!(told(&refused, 2), "400");
        assert_eq!(told(&[("a", FAILED, "503")], 3), "503");
        let failed = [("a", FAILED, "503"), ("b", FAILED, "503")];
        assert_eq!(told(&failed, 3), "503");
        assert_eq!(told(&[], 1), "");
    }

    #[test]
    fn of_what_was_taken_in_part_each_alert_that_was_not_is_told_with_its_answer() {
        let tried = [
            ("c", REFUSED, "400"),
            ("a", TAKEN, "202"),
            ("b", REFUSED, "400"),
            ("d", FAILED, "503"),
        ];
        assert_eq!(
            told(&tried, 6),
            "taken: 1 of 6 alerts; refused: origin-5xx b, origin-5xx c: 400; \
             failed: origin-5xx d: 503; not tried yet: 2"
        );
        let two = [("a", REFUSED, "400"), ("b", REFUSED, "413")];
        assert_eq!(
            told(&two, 2),
            "taken: 0 of 2 alerts; refused: origin-5xx a: 400; origin-5xx b: 413"
        );
        let two = [("a", FAILED, "500"), ("b", FAILED, "503")];
        assert_eq!(
            told(&two, 2),
            "taken: 0 of 2 alerts; failed: origin-5xx a: 500; origin-5xx b: 503"
        );
    }

    #[test]
    fn an_alert_of_no_domain_is_named_by_its_account() {
        let alert = AlertView {
            domain: String::new(),
            ..example().alerts.remove(0)
        };
        assert_eq!(alert.about(), "origin-5xx main");
    }
}
