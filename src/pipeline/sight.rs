//! What Foghorn looks for once a minute to know that it is not blind.

use std::collections::{BTreeMap, BTreeSet};

use super::blind::{
    BLIND_AFTER, CAUSE_ACCOUNT, Cause, Failing, RULE_BLIND, SOURCE_FAILING, SOURCE_LATE,
    failing_cause, listing_cause,
};
use super::setup::Watched;
use super::step::{AlertRow, Step};
use super::{Account, Pipeline};
use crate::engine::AlertKey;
use crate::unit::{AccountName, Minute, Series};

impl Pipeline {
    /// Holds the built-in alerts against what is known now, and tells what changed.
    pub(super) fn look_for_blindness(&mut self, minute: Minute, step: &mut Step) {
        self.forget_the_future(step);
        let mut causes = Vec::new();
        for (name, account) in &self.accounts {
            let of_account = self.failing.iter().filter(|(of, _)| of.account == *name);
            let failing: Vec<(&Series, &Failing)> = of_account.collect();
            let of_account = self.of_account(name).count();
            let failing_cause = failing_cause(name, step.now, of_account, &failing);
            if failing_cause.is_none() || self.blindness.is_late(name) {
                causes.extend(self.late_cause(name, account, step));
            }
            // What keeps the account from being asked keeps its domains from being listed too.
            let is_whole = failing_cause
                .iter()
                .any(|cause| cause.word == CAUSE_ACCOUNT);
            if let Some(unlisted) = account.unlisted.as_ref().filter(|_| !is_whole) {
                causes.extend(listing_cause(name, step.now, unlisted));
            }
            causes.extend(failing_cause);
            causes.extend(self.blind_causes(name, minute));
        }
        let unsure: BTreeSet<AlertKey> = self
            .blindness
            .rows()
            .map(|row| row.key)
            .filter(|key| self.is_unsure(key, &causes))
            .collect();
        let changes = self
            .blindness
            .update(minute, &causes, |key| unsure.contains(key));
        for (transition, words) in changes {
            let state = self
                .blindness
                .stored(&transition.key)
                .and_then(|alert| serde_json::to_string(alert).ok());
            step.alerts.push(AlertRow {
                key: transition.key.clone(),
                state,
            });
            self.tell(transition, Some(&words), step);
        }
    }

    /// Whether it cannot be told that a built-in alert is over: what would tell was not heard since
    /// the process began, or the account fails as a whole.
    fn is_unsure(&self, key: &AlertKey, causes: &[Cause]) -> bool {
        let Some((name, account)) = self.accounts.get_key_value(key.columns().0) else {
            return false;
        };
        let fails = |cause: &Cause| {
            cause.rule == SOURCE_FAILING && cause.account == *name && cause.word == CAUSE_ACCOUNT
        };
        match key.rule.as_str() {
            SOURCE_FAILING => !self.is_all_heard(name, account) || causes.iter().any(fails),
            SOURCE_LATE => account.progress.shown().latest().is_none(),
            _ => {
                let mut of_account = self.of_account(name);
                account.progress.shown().latest().is_none()
                    || of_account.any(|(_, state)| state.is_stale)
            }
        }
    }

    /// Whether each domain of the account, and its listing, was answered or refused since the
    /// process began.
    fn is_all_heard(&self, name: &AccountName, account: &Account) -> bool {
        let is_discovered = self.setup.accounts.get(name) == Some(&Watched::Discovered);
        let mut of_account = self.of_account(name);
        (account.is_listing_heard || !is_discovered) && of_account.all(|(_, state)| state.is_heard)
    }

    /// Whether the account's source is late, or may be for all that is known yet.
    pub(super) fn may_be_late(&self, name: &AccountName) -> bool {
        let Some(account) = self.accounts.get(name) else {
            return false;
        };
        let is_unknown =
            account.progress.shown().latest().is_none() && !self.is_all_heard(name, account);
        is_unknown || self.is_late(name)
    }

    /// Whether the account's source is late: it answers and shows nothing of late, or that is told.
    pub(super) fn is_late(&self, name: &AccountName) -> bool {
        let max_lateness = self.setup.settling.max_lateness;
        let account = self.accounts.get(name);
        account.is_some_and(|of| of.progress.is_late(max_lateness)) || self.blindness.is_late(name)
    }

    /// Returns the cause of `source-late`: the account answers, and has had no codes for too long.
    fn late_cause(&self, name: &AccountName, account: &Account, step: &Step) -> Option<Cause> {
        let latest = account.progress.shown().latest();
        // Until each domain was heard, one of them may yet show later codes.
        let is_known = self.blindness.is_late(name) || self.is_all_heard(name, account);
        let since = match latest {
            Some(latest) if is_known => latest.end(),
            latest => latest.map_or(account.begun, Minute::end).max(account.begun),
        };
        let max_lateness = self.setup.settling.max_lateness;
        let is_late = account
            .progress
            .answered()
            .is_some_and(|sent| sent - since > max_lateness.delta());
        let has_series = self.of_account(name).next().is_some();
        if !is_late || !has_series {
            return None;
        }
        let latest = latest.map_or("none yet".to_owned(), |minute| minute.to_string());
        Some(Cause {
            rule: SOURCE_LATE,
            account: name.clone(),
            word: "late".to_owned(),
            since: Minute::containing(since),
            words: format!(
                "The source of account {name} answers, but has had no status codes for any domain for more than {max_lateness} \
                 (the latest minute: {latest}). No domain has origin traffic, the source is late, or its samples are faulty, which `foghorn status` then says. \
                 Rules hold as they stand. Compare with the console of the CDN at {}.",
                step.now.format("%H:%M UTC")
            ),
            domains: Vec::new(),
        })
    }

    /// Returns a cause for each rule that has been unknown for long on domains that had samples.
    fn blind_causes(&self, name: &AccountName, minute: Minute) -> Vec<Cause> {
        let mut by_rule: BTreeMap<usize, Vec<Series>> = BTreeMap::new();
        for (series, state) in self.of_account(name) {
            let blind = state
                .unknown_for
                .iter()
                .filter(|(_, minutes)| **minutes >= BLIND_AFTER);
            for (place, _) in blind {
                by_rule.entry(*place).or_default().push(series.clone());
            }
        }
        let cause = |(place, domains): (usize, Vec<Series>)| {
            let rule = &self.setup.rules()[place];
            let state = self.series.get(domains.first()?)?;
            let part = state.engine.unknown_part(rule)?;
            let first = &domains.first()?.domain;
            let on = match domains.len() {
                1 => first.to_string(),
                many => format!("{many} domains, {first} among them"),
            };
            Some(Cause {
                rule: RULE_BLIND,
                account: name.clone(),
                word: rule.name.clone(),
                since: minute,
                words: format!(
                    "Rule {} cannot be judged: `{part}` has been unknown for {BLIND_AFTER} minutes that had samples, \
                     on {on}. Does the source give what the rule asks for?",
                    rule.name
                ),
                domains,
            })
        };
        by_rule.into_iter().filter_map(cause).collect()
    }
}
