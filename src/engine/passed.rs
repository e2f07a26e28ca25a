//! When samples said that a minute had passed: a service judges no minute, but after a long wait, before a sample
//! with codes of it or of a later one has come.

use std::collections::BTreeMap;

use super::recording::{Activity, Recording};
use crate::unit::{AccountName, Series};

/// When samples with codes came on recorded series.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Passed {
    /// The minutes of which some domain of each account has one.
    pub accounts: BTreeMap<AccountName, Activity>,
    /// Those of each series on which something was decided.
    pub series: BTreeMap<Series, Activity>,
}

impl Passed {
    /// Takes in a series, and whether something was decided on it.
    pub(super) fn note(&mut self, series: &Series, recording: &Recording, is_decided: bool) {
        let activity = Activity::of(recording);
        if is_decided {
            self.series.insert(series.clone(), activity.clone());
        }
        self.merge(&series.account, activity);
    }

    /// Takes in what came on other series.
    pub(super) fn append(&mut self, mut other: Self) {
        self.series.append(&mut other.series);
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
