//! What the judge wants of the sources: it pins up what changed, and each account's poller takes
//! that down. So the cost of a step does not grow with the number of domains.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::pipeline::Want;
use crate::unit::{AccountName, DomainName, Series};

/// What is wanted of all accounts.
#[derive(Clone, Debug, Default)]
pub struct Wants(Arc<Mutex<BTreeMap<AccountName, AccountWants>>>);

/// What is wanted of one account.
#[derive(Clone, Debug, Default)]
pub struct AccountWants {
    pinned: Arc<Mutex<Pinned>>,
    news: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Pinned {
    all: BTreeMap<DomainName, Want>,
    /// The domains of which something else is wanted than was taken down.
    changed: BTreeSet<DomainName>,
}

impl Wants {
    /// Returns what is wanted of an account.
    pub fn of(&self, account: &AccountName) -> AccountWants {
        let mut accounts = lock(&self.0);
        accounts.entry(account.clone()).or_default().clone()
    }

    /// Pins up what changed; nothing is wanted any more where there is none.
    pub fn pin(&self, changed: Vec<(Series, Option<Want>)>) {
        let mut by_account: BTreeMap<AccountName, Vec<(DomainName, Option<Want>)>> =
            BTreeMap::new();
        for (Series { account, domain }, want) in changed {
            by_account.entry(account).or_default().push((domain, want));
        }
        for (account, changed) in by_account {
            self.of(&account).pin(changed);
        }
    }
}

impl AccountWants {
    fn pin(&self, changed: Vec<(DomainName, Option<Want>)>) {
        let mut pinned = lock(&self.pinned);
        for (domain, want) in changed {
            pinned.changed.insert(domain.clone());
            match want {
                Some(want) => pinned.all.insert(domain, want),
                None => pinned.all.remove(&domain),
            };
        }
        self.news.notify_one();
    }

    /// Returns all that is wanted, for a poller that begins.
    pub fn all(&self) -> Vec<(DomainName, Option<Want>)> {
        let mut pinned = lock(&self.pinned);
        pinned.changed.clear();
        let all = pinned.all.iter();
        all.map(|(domain, want)| (domain.clone(), Some(want.clone())))
            .collect()
    }

    /// Returns what has changed since this or [`all`](Self::all) was asked last.
    pub fn changed(&self) -> Vec<(DomainName, Option<Want>)> {
        let mut pinned = lock(&self.pinned);
        let changed = std::mem::take(&mut pinned.changed).into_iter();
        changed
            .map(|domain| {
                let want = pinned.all.get(&domain).cloned();
                (domain, want)
            })
            .collect()
    }

    /// Waits until something has changed.
    pub async fn news(&self) {
        self.news.notified().await;
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in between can leave what is pinned half changed.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Minute;

    fn want(domain: &str, next: i64) -> (Series, Option<Want>) {
        let series = Series {
            account: AccountName::from("main"),
            domain: DomainName::from(domain),
        };
        let next = Minute::from_epoch(next).unwrap();
        let want = Want {
            series: series.clone(),
            next,
            first_unseen: next,
            covered_from: next,
            need_from: next,
            is_urgent: false,
        };
        (series, Some(want))
    }

    #[test]
    fn a_poller_sees_what_changed_since_it_looked_and_one_that_begins_sees_all() {
        let wants = Wants::default();
        wants.pin(vec![want("a", 1), want("b", 1)]);
        let main = wants.of(&AccountName::from("main"));
        assert_eq!(main.all().len(), 2);
        assert_eq!(main.changed(), []);
        let (gone, _) = want("b", 1);
        wants.pin(vec![want("a", 2), (gone, None), want("c", 1)]);
        wants.pin(vec![want("a", 3)]);
        let changed = main.changed().into_iter();
        let changed: Vec<_> = changed
            .map(|(domain, want)| (domain.to_string(), want.map(|want| want.next.epoch())))
            .collect();
        let expected = [("a", Some(3)), ("b", None), ("c", Some(1))];
        assert_eq!(changed, expected.map(|(d, n)| (d.to_owned(), n)));
        assert_eq!(main.all().len(), 2);
        assert_eq!(wants.of(&AccountName::from("other")).all(), []);
    }
}
