//! Whether polling, judging and delivering work: what `/readyz` says and the watchdog goes by.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// How long nothing may be answered before polling is not healthy.
const POLLING_SILENT_MAX: TimeDelta = TimeDelta::minutes(10);
/// How long a message may wait before delivering is not healthy.
const DELIVERY_WAIT_MAX: TimeDelta = TimeDelta::minutes(10);

/// By how much the clock may be ahead of a source's before it is not gone by: nobody keeps so
/// little that a day less matters.
const AHEAD_MAX: TimeDelta = TimeDelta::days(1);

/// How long judging and delivering may say nothing: each goes round every second or so, but a
/// large step or a slow disk takes its time.
const SILENT_MAX: TimeDelta = TimeDelta::minutes(5);

/// What the parts of the service know of themselves; shared by all of them.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Each account's last word: when it answered, or why it did not.
    accounts: BTreeMap<String, Account>,
    /// Why judging stands still, if it does.
    stuck: Option<String>,
    /// Which domains are judged again only in a time that is yet to come, if any are.
    judged_ahead: Option<String>,
    /// When judging last went round.
    judged: Option<DateTime<Utc>>,
    /// When delivering last went round.
    delivered: Option<DateTime<Utc>>,
    /// Since when the oldest message that is not delivered waits.
    oldest_waiting: Option<DateTime<Utc>>,
    /// How many messages of critical alerts could not be delivered lately.
    undeliverable: Option<u64>,
    /// Why the rules are not those of the file, if they are not.
    rules: Option<String>,
}

#[derive(Debug, Default)]
struct Account {
    answered: Option<DateTime<Utc>>,
    fault: Option<String>,
    /// What comes again and again and has not ended.
    ongoing: Vec<OngoingFault>,
    /// By how much the clock was ahead of its source's, if that told its time.
    ahead: Option<TimeDelta>,
    /// Whether its last listing had no domain, so that there is nothing to ask it for.
    is_empty: bool,
}

/// What is known of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountHealth {
    /// Its name.
    pub name: String,
    /// When it answered last.
    pub answered: Option<DateTime<Utc>>,
    /// Why it did not answer the last call, if it did not.
    pub fault: Option<String>,
    /// What comes again and again and has not ended.
    pub ongoing: Vec<OngoingFault>,
}

/// A fault of an account that comes again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OngoingFault {
    /// What it was when it began.
    pub what: String,
    /// When it began.
    pub since: DateTime<Utc>,
    /// How often it has come.
    pub times: u64,
    /// How many domains have it.
    pub domains: usize,
}

impl Health {
    /// Names the accounts that are polled from now on: the service is not ready before each has
    /// answered or said why not. What is known of others is forgotten.
    pub fn watch<'a>(&self, accounts: impl Iterator<Item = &'a str>) {
        self.with(|known| {
            let mut before = std::mem::take(&mut known.accounts);
            known.accounts = accounts
                .map(|name| {
                    let mut account = before.remove(name).unwrap_or_default();
                    account.is_empty = false;
                    // Its new poller tells anew what it meets.
                    account.ongoing.clear();
                    (name.to_owned(), account)
                })
                .collect();
        });
    }

    /// Notes that an account answered.
    pub fn answered(&self, account: &str, at: DateTime<Utc>) {
        self.with(|known| {
            if let Some(entry) = known.accounts.get_mut(account) {
                entry.answered = Some(at);
                entry.fault = None;
            }
        });
    }

    /// Notes what comes again and again in an account and has not ended.
    pub fn ongoing(&self, account: &str, faults: Vec<OngoingFault>) {
        self.with(|known| {
            if let Some(entry) = known.accounts.get_mut(account) {
                entry.ongoing = faults;
            }
        });
    }

    /// Notes by how much the clock was ahead of the source's of an account.
    pub fn ahead(&self, account: &str, by: TimeDelta) {
        self.with(|known| {
            if let Some(entry) = known.accounts.get_mut(account) {
                entry.ahead = Some(by);
            }
        });
    }

    /// Whether a source has said anything since the start, by which the clock can be judged.
    pub fn is_clock_known(&self) -> bool {
        self.with(|known| {
            let mut accounts = known.accounts.values();
            let has_spoken = |of: &Account| of.ahead.is_some() || of.answered.is_some();
            known.accounts.is_empty() || accounts.any(has_spoken)
        })
    }

    /// Returns why the clock cannot be gone by to forget what is old: it is far ahead of a source's.
    pub fn clock_fault(&self) -> Option<String> {
        self.with(|known| known.accounts.iter().find_map(clock_fault))
    }

    /// Notes that an account's domains were listed, so many of them. That is the answer of an
    /// account that has none; the others have yet to show that their domains can be asked.
    pub fn listed(&self, account: &str, domains: usize, at: DateTime<Utc>) {
        self.with(|known| {
            if let Some(entry) = known.accounts.get_mut(account) {
                entry.is_empty = domains == 0;
                if entry.is_empty {
                    entry.answered = Some(at);
                    entry.fault = None;
                }
            }
        });
    }

    /// Notes why an account did not answer.
    pub fn refused(&self, account: &str, why: &str) {
        self.with(|known| {
            if let Some(entry) = known.accounts.get_mut(account) {
                entry.fault = Some(why.to_owned());
            }
        });
    }

    /// Notes why judging stands still, or that it goes on; returns whether that is news.
    pub fn judging(&self, stuck: Option<String>) -> bool {
        self.with(|known| {
            let is_news = known.stuck != stuck;
            known.stuck = stuck;
            is_news
        })
    }

    /// Notes which domains are judged again only in a time that is yet to come, if any are; returns whether that there
    /// are any, or none, is news.
    pub fn judged_ahead(&self, what: Option<String>) -> bool {
        self.with(|known| {
            let is_news = known.judged_ahead.is_some() != what.is_some();
            known.judged_ahead = what;
            is_news
        })
    }

    /// Notes that judging went round at `now`, by the machine's time.
    pub fn judged(&self, now: DateTime<Utc>) {
        self.with(|known| known.judged = Some(now));
    }

    /// Notes that delivering went round at `now`, by the machine's time, and since when the oldest message that is not
    /// delivered waits.
    pub fn delivering(&self, now: DateTime<Utc>, oldest_waiting: Option<DateTime<Utc>>) {
        self.with(|known| {
            known.delivered = Some(now);
            known.oldest_waiting = oldest_waiting;
        });
    }

    /// Notes how many messages of critical alerts could not be delivered lately, if there are any.
    pub fn undeliverable(&self, messages: Option<u64>) {
        self.with(|known| known.undeliverable = messages);
    }

    /// Notes why the rules file could not be taken when it was read again, or that it was.
    pub fn reloaded(&self, fault: Option<String>) {
        self.with(|known| known.rules = fault);
    }

    /// Returns why the service judges by other rules than the file has, if it does. It judges all the
    /// same, so that is no trouble that keeps the watchdog from its ping.
    pub fn rules_fault(&self) -> Option<String> {
        self.with(|known| known.rules.clone())
    }

    /// Returns what is known of each account, by name.
    pub fn accounts(&self) -> Vec<AccountHealth> {
        self.with(|known| {
            let accounts = known.accounts.iter();
            let accounts = accounts.map(|(name, account)| AccountHealth {
                name: name.clone(),
                answered: account.answered,
                fault: account.fault.clone(),
                ongoing: account.ongoing.clone(),
            });
            accounts.collect()
        })
    }

    /// Returns what keeps the service from being ready; nothing if it is.
    pub fn not_ready(&self) -> Vec<String> {
        self.with(|known| {
            let silent = known
                .accounts
                .iter()
                .filter(|(_, a)| a.answered.is_none() && a.fault.is_none());
            let silent = silent.map(|(name, _)| format!("account {name} has not answered yet"));
            silent.chain(known.stuck.clone()).collect()
        })
    }

    /// Returns what is not healthy at `now`; nothing if all is well.
    pub fn troubles(&self, now: DateTime<Utc>) -> Vec<String> {
        self.with(|known| {
            let clock = known.accounts.iter().find_map(clock_fault);
            let stuck = known.stuck.clone().into_iter();
            let mut troubles: Vec<String> = stuck
                .chain(clock)
                .chain(known.judged_ahead.clone())
                .collect();
            for (name, account) in &mut known.accounts {
                let is_idle = account.is_empty && account.fault.is_none();
                let answered = account.answered.as_mut();
                let is_silent = answered.is_none_or(|at| passed(at, now) > POLLING_SILENT_MAX);
                if is_silent && !is_idle {
                    let why = account.fault.as_deref().unwrap_or("it has not answered");
                    troubles.push(format!("account {name}: {why}"));
                }
            }
            if let Some(since) = known
                .oldest_waiting
                .filter(|since| now - *since > DELIVERY_WAIT_MAX)
            {
                let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
                troubles.push(format!("a message has waited since {since}"));
            }
            if let Some(messages) = known.undeliverable {
                troubles.push(format!(
                    "{messages} messages of critical alerts could not be delivered"
                ));
            }
            troubles
        })
    }

    /// Returns the parts that have not gone round for long at `now`, by the machine's time.
    ///
    /// It is the machine's because a simulated hour can pass while a part rests for a second.
    pub fn standstills(&self, now: DateTime<Utc>) -> Vec<String> {
        self.with(|known| {
            let parts = [
                ("judging", &mut known.judged),
                ("delivering", &mut known.delivered),
            ];
            let still = parts.into_iter().filter_map(|(part, last)| {
                let last = last.as_mut()?;
                let is_still = passed(last, now) > SILENT_MAX;
                let last = last.to_rfc3339_opts(SecondsFormat::Secs, true);
                is_still.then(|| format!("{part} stands still since {last}"))
            });
            still.collect()
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns what is wrong with the clock by what the source of an account said.
fn clock_fault((name, account): (&String, &Account)) -> Option<String> {
    let ahead = account.ahead.filter(|ahead| AHEAD_MAX < *ahead)?;
    let hours = ahead.num_hours();
    Some(format!(
        "this machine's clock is {hours} h ahead of the source of account {name}: set it"
    ))
}

/// Returns how long ago a time was. One that is yet to come counts as now, from now on: the clock
/// was put back since.
fn passed(since: &mut DateTime<Utc>, now: DateTime<Utc>) -> TimeDelta {
    *since = (*since).min(now);
    now - *since
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    #[test]
    fn an_account_makes_ready_by_an_answer_or_by_saying_why_not() {
        let health = Health::default();
        health.watch(["main"].into_iter());
        assert_eq!(health.not_ready().len(), 1);
        health.refused("main", "the key is unknown");
        assert_eq!(health.not_ready(), Vec::<String>::new());
        assert_eq!(health.troubles(at(0)), ["account main: the key is unknown"]);
    }

    #[test]
    fn domains_that_were_judged_ahead_of_the_time_are_a_trouble_told_when_it_begins_and_ends() {
        let health = Health::default();
        let ahead = |domains: u8| health.judged_ahead(Some(format!("{domains} domains")));
        assert!(ahead(3) && !ahead(2));
        assert_eq!(health.troubles(at(0)), ["2 domains"]);
        assert!(health.judged_ahead(None) && !health.judged_ahead(None));
        assert_eq!(health.troubles(at(0)), Vec::<String>::new());
    }

    #[test]
    fn silence_a_full_disk_and_a_waiting_message_are_troubles() {
        let health = Health::default();
        health.watch(["main"].into_iter());
        health.answered("main", at(0));
        assert_eq!(health.troubles(at(10)), Vec::<String>::new());
        assert_eq!(health.troubles(at(11)).len(), 1);
        health.answered("main", at(11));
        assert!(!health.judging(None), "it went on all the time");
        assert!(health.judging(Some("the disk is full".to_owned())));
        assert!(!health.judging(Some("the disk is full".to_owned())));
        health.delivering(at(11), Some(at(0)));
        assert_eq!(health.troubles(at(11)).len(), 2);
        assert_eq!(health.not_ready(), ["the disk is full"]);
    }

    #[test]
    fn a_part_that_stands_still_and_an_alert_that_nobody_could_be_told_of_are_troubles() {
        let health = Health::default();
        health.judged(at(0));
        health.delivering(at(0), None);
        assert_eq!(health.standstills(at(5)), Vec::<String>::new());
        assert_eq!(health.standstills(at(6)).len(), 2);
        health.judged(at(6));
        health.delivering(at(6), None);
        assert_eq!(health.standstills(at(6)), Vec::<String>::new());
        health.undeliverable(Some(2));
        assert_eq!(
            health.troubles(at(6)),
            ["2 messages of critical alerts could not be delivered"]
        );
        health.undeliverable(None);
        assert_eq!(health.troubles(at(6)), Vec::<String>::new());
    }

    #[test]
    fn a_clock_that_is_more_than_a_day_ahead_of_a_source_is_a_trouble_until_it_is_set() {
        let health = Health::default();
        health.watch(["main", "other"].into_iter());
        assert!(!health.is_clock_known());
        for name in ["main", "other"] {
            health.answered(name, at(0));
            health.ahead(name, TimeDelta::hours(24));
        }
        assert_eq!(health.troubles(at(0)), Vec::<String>::new());
        health.ahead("other", TimeDelta::hours(25));
        assert_eq!(
            health.troubles(at(0)),
            ["this machine's clock is 25 h ahead of the source of account other: set it"]
        );
        assert!(health.clock_fault().is_some());
        health.ahead("other", TimeDelta::days(-30));
        assert_eq!(health.clock_fault(), None);
    }

    #[test]
    fn an_account_that_is_polled_no_longer_is_no_trouble() {
        let health = Health::default();
        health.watch(["old", "main"].into_iter());
        health.answered("main", at(0));
        health.watch(["main"].into_iter());
        health.refused("old", "a call that was under way");
        assert_eq!(health.troubles(at(0)), Vec::<String>::new());
    }

    #[test]
    fn an_account_without_domains_is_ready_and_no_trouble_until_it_cannot_be_listed() {
        let health = Health::default();
        health.watch(["main"].into_iter());
        health.listed("main", 0, at(0));
        assert_eq!(health.not_ready(), Vec::<String>::new());
        assert_eq!(health.troubles(at(59)), Vec::<String>::new());
        health.refused("main", "the key is unknown");
        assert_eq!(
            health.troubles(at(59)),
            ["account main: the key is unknown"]
        );
        health.listed("main", 0, at(60));
        assert_eq!(health.troubles(at(99)), Vec::<String>::new());
        health.listed("main", 1, at(100));
        assert_eq!(health.troubles(at(100)).len(), 1);
    }

    #[test]
    fn an_account_that_has_domains_is_not_ready_by_its_listing() {
        let health = Health::default();
        health.watch(["main"].into_iter());
        health.listed("main", 1, at(0));
        assert_eq!(health.not_ready().len(), 1);
    }

    #[test]
    fn what_was_heard_before_the_clock_was_put_back_grows_old_like_all_else() {
        let health = Health::default();
        health.watch(["main"].into_iter());
        health.answered("main", at(60));
        health.judged(at(60));
        assert_eq!(health.troubles(at(0)), Vec::<String>::new());
        assert_eq!(health.standstills(at(0)), Vec::<String>::new());
        assert_eq!(health.troubles(at(11)).len(), 1);
        assert_eq!(health.standstills(at(6)).len(), 1);
    }
}
