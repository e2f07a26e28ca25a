//! What is wanted of the sources.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Pipeline;
use super::input::Want;
use super::lost::askable_from;
use crate::unit::{AccountName, Series};

impl Pipeline {
    /// Returns what is wanted of each account's source.
    pub fn wants(&self, now: DateTime<Utc>) -> BTreeMap<AccountName, Vec<Want>> {
        let mut wants: BTreeMap<AccountName, Vec<Want>> = BTreeMap::new();
        for series in self.series.keys() {
            let of_account = wants.entry(series.account.clone()).or_default();
            of_account.extend(self.want(series, now));
        }
        wants
    }

    /// Returns the series of which something else may be wanted than when this was asked last,
    /// and what is; nothing of those that have left.
    pub fn changed_wants(&mut self, now: DateTime<Utc>) -> Vec<(Series, Option<Want>)> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        let want = |series: Series| {
            let want = self.want(&series, now);
            (series, want)
        };
        touched.into_iter().map(want).collect()
    }

    fn want(&self, series: &Series, now: DateTime<Utc>) -> Option<Want> {
        let state = self.series.get(series)?;
        Some(Want {
            series: series.clone(),
            next: state.intake.next(),
            first_unseen: (state.intake.first_unseen(self.setup.settling)).max(askable_from(now)),
            covered_from: state.covered_from,
            need_from: state.need_from(&self.setup, &self.rule_from, now),
            is_urgent: state.is_urgent(),
        })
    }
}
