//! The circuit breaker of a channel: while a server is down, one message at a time asks whether
//! it is back, and the others wait.
//!
//! Pure: the time is an argument, and the jitter comes from the channel's own name. A service that
//! starts with messages that have failed before begins with one that asks.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::backoff::{RETRY_AFTER_MAX, jittered};

/// How many tries in a row fail before the circuit opens: fewer would take a server that
/// restarts for one that is down.
const FAILURES_MAX: u32 = 5;
/// How soon after that the server is asked whether it is back: about as soon as a message that
/// failed so often would be tried again.
const PROBE_FIRST: Duration = Duration::from_secs(30);
/// The longest time between two such questions: after an outage of hours, alerts come in minutes.
const PROBE_MAX: Duration = Duration::from_mins(5);

/// What a channel may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Send what is due.
    Open,
    /// Send one message, and see.
    One,
    /// Wait.
    Shut,
}

/// What a try says of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It answers, if only to refuse a message.
    Answers,
    /// It does not answer, says that it cannot, or asks to be left alone for a while.
    Fails {
        /// How long it asked to wait.
        after: Option<Duration>,
    },
}

/// The circuit breaker of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// The channel's name, for the jitter.
    name: String,
    /// How many tries have failed in a row.
    failures: u32,
    /// When the server is asked next, while the circuit is broken.
    probe_at: Option<DateTime<Utc>>,
}

impl Breaker {
    /// Returns the breaker of a channel whose waiting messages have failed so often before.
    ///
    /// If it is often, one message asks first: what was known of the server went with the process.
    pub fn new(name: &str, failures: u64, now: DateTime<Utc>) -> Self {
        let broken = u64::from(FAILURES_MAX) <= failures;
        Self {
            name: name.to_owned(),
            failures: if broken { FAILURES_MAX } else { 0 },
            probe_at: broken.then_some(now),
        }
    }

    /// Returns what the channel may do.
    pub fn passage(&self, now: DateTime<Utc>) -> Passage {
        match self.probe_at {
            None => Passage::Open,
            Some(at) if at <= now => Passage::One,
            Some(_) => Passage::Shut,
        }
    }

    /// Returns when the server is asked next, while the circuit is broken.
    pub const fn probe_at(&self) -> Option<DateTime<Utc>> {
        self.probe_at
    }

    /// Takes in what a try said of the server. Returns whether the circuit closed by it, so that
    /// what waits may go at once.
    pub fn learn(&mut self, sign: Sign, now: DateTime<Utc>) -> bool {
        match sign {
            Sign::Answers => {
                self.failures = 0;
                self.probe_at.take().is_some()
            }
            Sign::Fails { after } => {
                self.failures = self.failures.saturating_add(1);
                if FAILURES_MAX <= self.failures {
                    let wait = self
                        .wait()
                        .max(after.unwrap_or_default().min(RETRY_AFTER_MAX));
                    let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::zero());
                    self.probe_at = Some(now + wait);
                }
                false
            }
        }
    }

    /// How long until the next question: longer each time, between its half and its whole.
    fn wait(&self) -> Duration {
        let doublings = (self.failures - FAILURES_MAX).min(16);
        let whole = PROBE_FIRST.saturating_mul(1 << doublings).min(PROBE_MAX);
        jittered(whole, &self.name, self.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILS: Sign = Sign::Fails { after: None };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn broken() -> Breaker {
        let mut breaker = Breaker::new("ops 0", 0, at(0));
        for _ in 0..FAILURES_MAX {
            assert_eq!(breaker.passage(at(0)), Passage::Open);
            assert!(!breaker.learn(FAILS, at(0)));
        }
        breaker
    }

    #[test]
    fn five_failures_in_a_row_break_the_circuit_and_four_do_not() {
        let breaker = broken();
        assert_eq!(breaker.passage(at(0)), Passage::Shut);
        let mut breaker = Breaker::new("ops 0", 4, at(0));
        for _ in 0..20 {
            for _ in 1..FAILURES_MAX {
                breaker.learn(FAILS, at(0));
            }
            assert_eq!(breaker.passage(at(0)), Passage::Open);
            assert!(!breaker.learn(Sign::Answers, at(0)));
        }
    }

    #[test]
    fn while_it_is_broken_one_message_asks_at_growing_intervals() {
        let mut breaker = broken();
        let (mut now, mut waits) = (at(0), Vec::new());
        for _ in 0..40 {
            let next = breaker.probe_at().unwrap();
            waits.push((next - now).to_std().unwrap());
            assert_eq!(
                breaker.passage(next - TimeDelta::milliseconds(1)),
                Passage::Shut
            );
            assert_eq!(breaker.passage(next), Passage::One);
            now = next;
            breaker.learn(FAILS, now);
        }
        assert!(PROBE_FIRST / 2 <= waits[0] && waits[0] <= PROBE_FIRST);
        assert!(
            waits[10..]
                .iter()
                .all(|wait| (PROBE_MAX / 2..=PROBE_MAX).contains(wait))
        );
    }

    #[test]
    fn it_closes_when_the_server_answers_and_the_rest_goes_at_once() {
        let mut breaker = broken();
        assert!(breaker.learn(Sign::Answers, at(30)));
        assert_eq!(breaker.passage(at(30)), Passage::Open);
        assert!(!breaker.learn(Sign::Answers, at(31)));
    }

    #[test]
    fn a_wait_that_the_server_asks_for_is_kept_up_to_an_hour() {
        let after = |minutes| Sign::Fails {
            after: Some(Duration::from_mins(minutes)),
        };
        let mut breaker = broken();
        breaker.learn(after(20), at(0));
        assert_eq!(breaker.probe_at(), Some(at(20 * 60)));
        breaker.learn(after(999), at(0));
        assert_eq!(breaker.probe_at(), Some(at(60 * 60)));
    }

    #[test]
    fn after_a_start_what_has_failed_often_begins_with_one() {
        let mut breaker = Breaker::new("ops 0", 5, at(7));
        assert_eq!(breaker.passage(at(7)), Passage::One);
        breaker.learn(FAILS, at(7));
        assert_eq!(breaker.passage(at(8)), Passage::Shut);
        assert!(Breaker::new("ops 0", u64::MAX, at(7)).learn(Sign::Answers, at(7)));
    }

    #[test]
    fn a_server_that_never_comes_back_overflows_nothing() {
        let mut breaker = broken();
        breaker.failures = u32::MAX - 1;
        for _ in 0..3 {
            breaker.learn(FAILS, at(0));
        }
        assert!(breaker.probe_at().unwrap() <= at(300));
    }
}
