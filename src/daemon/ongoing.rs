//! What goes wrong again and again in one account: each cause is told when it begins and when it
//! has ended, however many domains have it. All times are durations since a start that the caller
//! chooses.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::unit::DomainName;

/// How many causes are told apart in an account: the source chooses some of the words, and may
/// choose new ones each time.
const CAUSES_MAX: usize = 16;

/// What stands for all causes beyond those that are told apart.
const OTHERS: &str = "";

/// The causes of one account that have not ended.
#[derive(Clone, Debug)]
pub struct Ongoing {
    /// How long a domain must be well until it has a cause no longer: what passes and comes back
    /// has not ended.
    quiet: Duration,
    causes: BTreeMap<String, Course>,
}

/// What is known of a cause that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// What was told of it when it began.
    pub what: String,
    /// When it began, by the service's time.
    pub since: DateTime<Utc>,
    /// How often it has come.
    pub times: u64,
    /// The domains that have it, each with when that was heard last.
    domains: BTreeMap<DomainName, Duration>,
    /// How many domains had it at once at the most.
    pub domains_most: usize,
}

impl Course {
    /// Returns how many domains have it.
    pub fn domains(&self) -> usize {
        self.domains.len()
    }
}

impl Ongoing {
    /// Returns an account without faults, in which a cause has ended when it was not heard of for
    /// so long.
    pub const fn new(quiet: Duration) -> Self {
        Self {
            quiet,
            causes: BTreeMap::new(),
        }
    }

    /// Notes that a domain has a cause, which has come so many `times`, and returns whether it
    /// begins with that. `at` is the time by the machine and by the service.
    pub fn heard(
        &mut self,
        domain: &DomainName,
        (cause, what): (&str, &str),
        at: (Duration, DateTime<Utc>),
        times: u64,
    ) -> bool {
        let is_known = self.causes.contains_key(cause);
        let has_room = self.causes.len() < CAUSES_MAX;
        let cause = if is_known || has_room { cause } else { OTHERS };
        let is_new = !self.causes.contains_key(cause);
        let course = self.causes.entry(cause.to_owned());
        let course = course.or_insert_with(|| Course {
            what: what.to_owned(),
            since: at.1,
            times: 0,
            domains: BTreeMap::new(),
            domains_most: 0,
        });
        course.times += times;
        course.domains.insert(domain.clone(), at.0);
        course.domains_most = course.domains_most.max(course.domains.len());
        is_new
    }

    /// Notes that a request for a domain, sent at `sent`, was answered; returns what has ended
    /// with that. What the answer itself has, it was [heard](Self::heard) to have before.
    pub fn answered(&mut self, domain: &DomainName, sent: Duration) -> Vec<Course> {
        let quiet = self.quiet;
        self.leave(domain, |heard| heard.saturating_add(quiet) <= sent)
    }

    /// Forgets a domain that is not asked for any more; returns what has ended with that.
    pub fn forget(&mut self, domain: &DomainName) -> Vec<Course> {
        self.leave(domain, |_| true)
    }

    /// Returns what has not ended.
    pub fn courses(&self) -> impl Iterator<Item = &Course> {
        self.causes.values()
    }

    fn leave(&mut self, domain: &DomainName, is_over: impl Fn(Duration) -> bool) -> Vec<Course> {
        let leaves = |_: &String, course: &mut Course| {
            if course.domains.get(domain).is_some_and(|at| is_over(*at)) {
                course.domains.remove(domain);
            }
            course.domains.is_empty()
        };
        self.causes
            .extract_if(.., leaves)
            .map(|(_, it)| it)
            .collect()
    }
}

/// Tells the log that these causes of an account have ended, in the words for causes of their kind.
pub fn tell_ended(account: &str, ended: &[Course], words: &str) {
    for course in ended {
        tracing::info!(
            account,
            times = course.times,
            domains = course.domains_most,
            first = course.what,
            "{words}"
        );
    }
}

/// Returns what names a cause in a sentence about it: the words, but for numbers and for what is
/// quoted, which are new ones each time.
pub fn cause(what: &str) -> String {
    let (mut cause, mut is_quoted, mut is_escaped) = (String::new(), false, false);
    for c in what.chars() {
        match c {
            '"' if !is_escaped => is_quoted = !is_quoted,
            _ if is_quoted => is_escaped = c == '\\' && !is_escaped,
            _ if c.is_ascii_digit() => {}
            _ => cause.push(c),
        }
    }
    cause
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Duration = Duration::from_mins(10);

    const fn at(minutes: u64) -> Duration {
        Duration::from_mins(minutes)
    }

    fn hear(ongoing: &mut Ongoing, n: usize, what: &str, minute: u64) -> bool {
        let time = (at(minute), DateTime::UNIX_EPOCH);
        ongoing.heard(&domain(n), (what, what), time, 2)
    }

    fn domain(n: usize) -> DomainName {
        DomainName::from(format!("d{n}").as_str())
    }

    #[test]
    fn a_cause_of_a_thousand_domains_begins_once_and_ends_once() {
        let mut ongoing = Ongoing::new(QUIET);
        let (mut begun, mut ended) = (0, Vec::new());
        for minute in 0..30 {
            for n in 0..1_000 {
                if minute < 5 {
                    begun += usize::from(hear(&mut ongoing, n, "late", minute));
                }
                ended.extend(ongoing.answered(&domain(n), at(minute)));
            }
        }
        assert_eq!(begun, 1);
        assert_eq!(ended.len(), 1);
        let course = &ended[0];
        assert_eq!((course.times, course.domains_most), (10_000, 1_000));
        assert_eq!(course.what, "late");
    }

    #[test]
    fn a_cause_that_comes_and_goes_has_not_ended() {
        let mut ongoing = Ongoing::new(QUIET);
        for minute in (0..60).step_by(9) {
            let is_new = hear(&mut ongoing, 0, "x", minute);
            assert_eq!(is_new, minute == 0);
            assert_eq!(ongoing.answered(&domain(0), at(minute + 8)), []);
        }
        assert_eq!(ongoing.answered(&domain(1), at(100)), []);
        assert_eq!(ongoing.answered(&domain(0), at(100)).len(), 1);
        assert_eq!(ongoing.courses().count(), 0);
    }

    #[test]
    fn another_cause_is_told_beside_the_first() {
        let mut ongoing = Ongoing::new(QUIET);
        assert!(hear(&mut ongoing, 0, "x", 0));
        assert!(hear(&mut ongoing, 0, "y", 0));
        assert!(!hear(&mut ongoing, 1, "x", 0));
        let domains: Vec<usize> = ongoing.courses().map(Course::domains).collect();
        assert_eq!(domains, [2, 1]);
    }

    #[test]
    fn a_source_that_finds_new_words_each_time_fills_neither_log_nor_memory() {
        let mut ongoing = Ongoing::new(QUIET);
        let is_new = |n: usize| hear(&mut ongoing, 0, &"x".repeat(n), 0);
        assert_eq!(
            (1..1_000).map(is_new).filter(|new| *new).count(),
            CAUSES_MAX + 1
        );
        assert_eq!(ongoing.courses().count(), CAUSES_MAX + 1);
    }

    #[test]
    fn a_domain_that_left_keeps_no_cause_alive() {
        let mut ongoing = Ongoing::new(QUIET);
        hear(&mut ongoing, 0, "x", 0);
        hear(&mut ongoing, 1, "x", 0);
        assert_eq!(ongoing.forget(&domain(0)), []);
        assert_eq!(ongoing.forget(&domain(1)).len(), 1);
    }

    #[test]
    fn a_cause_has_neither_numbers_nor_what_is_quoted() {
        for (what, named) in [
            ("2026-11-29T10:00:00Z: late", "--T::Z: late"),
            (
                "the code \"\\\"7\\\\\" has no proportion",
                "the code  has no proportion",
            ),
            ("it never \"ends", "it never "),
        ] {
            assert_eq!(cause(what), named);
        }
    }
}
