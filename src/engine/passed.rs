//! When samples said that a minute had passed: a service judges no minute, but after a long wait, before a sample
//! with codes of it or of a later one has come.

use std::collections::BTreeMap;

use super::recording::{Activity, Recording};
use crate::unit::{AccountName, Minute, Series};

/// When samples with codes came on recorded series.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Passed {
    /// The minutes of which some domain of each account has one.
    pub accounts: BTreeMap<AccountName, Activity>,
    /// The minutes that decided something and of which the series has none, each with the next one of the series that
    /// has one.
    pub silent: BTreeMap<(Series, Minute), Option<Minute>>,
}

impl Passed {
    /// Takes in a series and the minutes that decided something on it.
    pub(super) fn note(
        &mut self,
        series: &Series,
        recording: &Recording,
        decided: impl Iterator<Item = Minute>,
    ) {
        let activity = Activity::of(recording);
        for minute in decided {
            let next = activity.next(minute);
            if next != Some(minute) {
                self.silent.insert((series.clone(), minute), next);
            }
        }
        self.merge(&series.account, activity);
    }

    /// Takes in what came on other series.
    pub(super) fn append(&mut self, mut other: Self) {
        self.silent.append(&mut other.silent);
        for (account, activity) in other.accounts {
            self.merge(&account, activity);
        }
    }

    fn merge(&mut self, account: &AccountName, activity: Activity) {
        match self.accounts.get_mut(account) {
            Some(own) => own.merge(&activity),
            None => {
                self.accounts.insert(account.clone(), activity);
            }
        }
    }
}
