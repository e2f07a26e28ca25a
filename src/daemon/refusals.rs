//! Whether a refusal that speaks of the whole account is about one domain alone.
//!
//! The source has one word for both: a permission may be granted for the account or for some of
//! its domains. So it goes by what the others are answered. Pure; all times are durations since a
//! start that the caller chooses.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::unit::DomainName;

/// How many domains in a row are refused until it is the account that is: domains that may not be
/// asked are often neighbours, and this many calls are soon made.
const IN_A_ROW: usize = 10;

/// How far a refusal reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalScope {
    /// Nothing was heard yet that would tell.
    Unknown,
    /// This domain: others are answered.
    Domain,
    /// The whole account.
    Account,
}

/// What was answered and refused in one account.
#[derive(Clone, Debug, Default)]
pub struct Refusals {
    /// When the latest request that was answered was sent.
    answered: Option<Duration>,
    /// The last refusal of each domain that was not answered since.
    refused: BTreeMap<DomainName, Refused>,
}

#[derive(Clone, Copy, Debug)]
struct Refused {
    sent: Duration,
    heard: Duration,
}

impl Refusals {
    /// Notes that a request for the domain was answered.
    pub fn answered(&mut self, domain: &DomainName, sent: Duration) {
        self.answered = self.answered.max(Some(sent));
        self.refused.remove(domain);
    }

    /// Notes that a request for the domain, one of so many `domains`, was refused at `heard` as
    /// if all of the account were, and returns how far that reaches.
    ///
    /// It is the domain's own if a request was answered that was sent after the domain's refusal was
    /// heard, the account's if none was until the domain was refused once more, or while
    /// [many](IN_A_ROW) were refused. Of requests that were under way together the source may take
    /// the later one first, so an answer to one tells nothing about the other's refusal.
    pub fn refused(
        &mut self,
        domain: &DomainName,
        (sent, heard): (Duration, Duration),
        domains: usize,
    ) -> RefusalScope {
        let before = self.refused.get(domain).copied();
        let is_answered = |since: Duration| self.answered.is_some_and(|at| since <= at);
        let scope = match before {
            Some(before) if is_answered(before.heard) => RefusalScope::Domain,
            Some(before) if before.heard < sent => RefusalScope::Account,
            // Of requests that are under way together the second tells no more than the first.
            Some(_) | None => RefusalScope::Unknown,
        };
        self.refused.insert(domain.clone(), Refused { sent, heard });
        let of_late = self.refused.values();
        let in_a_row = of_late
            .filter(|refused| self.answered < Some(refused.sent))
            .count();
        match scope {
            RefusalScope::Unknown if IN_A_ROW.min(domains) <= in_a_row => RefusalScope::Account,
            RefusalScope::Unknown | RefusalScope::Domain | RefusalScope::Account => scope,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn domain(n: usize) -> DomainName {
        DomainName::from(format!("d{n}").as_str())
    }

    /// What a refusal of a request comes to that took no time.
    fn refuse(refusals: &mut Refusals, n: usize, at: u64) -> RefusalScope {
        refusals.refused(&domain(n), (s(at), s(at)), 60)
    }

    #[test]
    fn a_domain_that_is_refused_while_others_are_answered_is_refused_alone() {
        let mut refusals = Refusals::default();
        assert_eq!(refuse(&mut refusals, 7, 0), RefusalScope::Unknown);
        for at in [120, 720, 1_320] {
            refusals.answered(&domain(1), s(at - 1));
            assert_eq!(refuse(&mut refusals, 7, at), RefusalScope::Domain);
        }
        // A request that was sent earlier and answered tells nothing.
        assert_eq!(refuse(&mut refusals, 8, 1_320), RefusalScope::Unknown);
    }

    #[test]
    fn many_in_a_row_or_one_twice_and_none_answered_is_the_account() {
        let mut refusals = Refusals::default();
        refusals.answered(&domain(0), s(0));
        for n in 1..10 {
            assert_eq!(refuse(&mut refusals, n, 1), RefusalScope::Unknown, "{n}");
        }
        assert_eq!(refuse(&mut refusals, 10, 1), RefusalScope::Account);
        let mut alone = Refusals::default();
        assert_eq!(
            alone.refused(&domain(0), (s(0), s(0)), 1),
            RefusalScope::Account,
            "there is no other domain"
        );
        let mut twice = Refusals::default();
        assert_eq!(refuse(&mut twice, 1, 0), RefusalScope::Unknown);
        assert_eq!(refuse(&mut twice, 1, 120), RefusalScope::Account);
    }

    #[test]
    fn of_two_requests_that_are_under_way_together_the_second_tells_no_more() {
        let mut refusals = Refusals::default();
        let one = |refusals: &mut Refusals, sent, heard| {
            refusals.refused(&domain(1), (s(sent), s(heard)), 60)
        };
        assert_eq!(one(&mut refusals, 0, 3), RefusalScope::Unknown);
        assert_eq!(one(&mut refusals, 2, 4), RefusalScope::Unknown);
        refusals.answered(&domain(2), s(4));
        assert_eq!(one(&mut refusals, 1, 5), RefusalScope::Domain);
    }

    #[test]
    fn an_answer_to_a_request_that_was_under_way_with_the_refused_one_tells_nothing() {
        let mut refusals = Refusals::default();
        // They were sent one after the other; the source took the later one first.
        refusals.answered(&domain(2), s(3));
        let first = refusals.refused(&domain(1), (s(2), s(5)), 60);
        assert_eq!(first, RefusalScope::Unknown);
        let again = refusals.refused(&domain(1), (s(35), s(36)), 60);
        assert_eq!(again, RefusalScope::Account, "none was answered in between");
    }

    #[test]
    fn domains_that_are_refused_by_themselves_are_no_row() {
        let mut refusals = Refusals::default();
        for round in 0..5 {
            for n in 0..30 {
                assert_ne!(refuse(&mut refusals, n, round * 600), RefusalScope::Account);
                refusals.answered(&domain(40), s(round * 600));
            }
        }
    }
}
