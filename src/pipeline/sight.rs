//! What Foghorn looks for once a minute to know that it is not blind.

use std::collections::BTreeMap;

use super::blind::{
    BLIND_AFTER, Cause, Failing, RULE_BLIND, SOURCE_FAILING, SOURCE_LATE, failing_causes,
};
use super::step::{AlertRow, Step};
use super::{Account, Pipeline};
use crate::engine::AlertKey;
use crate::unit::{AccountName, Minute, Series};

impl Pipeline {
    /// Holds the built-in alerts against what is known now, and tells what changed.
    pub(super) fn look_for_blindness(&mut self, minute: Minute, step: &mut Step) {
        let mut causes = Vec::new();
        for (name, account) in &self.accounts {
            let failing = self.failing_of(name, account);
            let of_account = self
                .series
                .keys()
                .filter(|series| series.account == *name)
                .count();
            let failing_cause = failing_causes(name, step.now, of_account, &failing);
            if failing_cause.is_none() {
                causes.extend(self.late_cause(name, account, step));
            }
            causes.extend(failing_cause);
            causes.extend(self.blind_causes(name, minute));
        }
        let accounts = &self.accounts;
        let is_unsure = |key: &AlertKey| {
            let account = accounts.get(key.columns().0);
            account.is_some_and(|account| is_unheard(account, &key.rule))
        };
        let changes = self.blindness.update(minute, &causes, is_unsure);
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

    fn failing_of(&self, name: &AccountName, account: &Account) -> BTreeMap<Series, Failing> {
        let of_account = self
            .failing
            .iter()
            .filter(|(series, _)| series.account == *name);
        let mut failing: BTreeMap<Series, Failing> =
            of_account.map(|(s, f)| (s.clone(), f.clone())).collect();
        if let Some(unlisted) = &account.unlisted {
            let series = Series {
                account: name.clone(),
                domain: "".into(),
            };
            failing.insert(series, unlisted.clone());
        }
        failing
    }

    /// Returns the cause of `source-late`: the account answers, and has had no codes for too long.
    fn late_cause(&self, name: &AccountName, account: &Account, step: &Step) -> Option<Cause> {
        let since = account
            .latest_with_codes
            .map_or(account.begun, Minute::end)
            .max(account.begun);
        let max_lateness = self.setup.settling.max_lateness;
        let is_late = account
            .answered
            .is_some_and(|sent| sent - since > max_lateness.delta());
        let has_series = self.series.keys().any(|series| series.account == *name);
        if !is_late || !has_series {
            return None;
        }
        let latest = account
            .latest_with_codes
            .map_or("none yet".to_owned(), |minute| minute.to_string());
        Some(Cause {
            rule: SOURCE_LATE,
            account: name.clone(),
            word: "late".to_owned(),
            since: Minute::containing(since),
            words: format!(
                "The source of account {name} answers, but has had no status codes for any domain for more than {max_lateness} \
                 (the latest minute: {latest}). Either no domain has origin traffic, or the source is late. \
                 Rules hold as they stand. Compare with the console of the CDN at {}.",
                step.now.format("%H:%M UTC")
            ),
            domains: Vec::new(),
        })
    }

    /// Returns a cause for each rule that has been unknown for long on domains that had samples.
    fn blind_causes(&self, name: &AccountName, minute: Minute) -> Vec<Cause> {
        let mut by_rule: BTreeMap<usize, Vec<Series>> = BTreeMap::new();
        for (series, state) in self
            .series
            .iter()
            .filter(|(series, _)| series.account == *name)
        {
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
            let (count, first) = (domains.len(), &domains.first()?.domain);
            Some(Cause {
                rule: RULE_BLIND,
                account: name.clone(),
                word: rule.name.clone(),
                since: minute,
                words: format!(
                    "Rule {} cannot be judged: `{part}` has been unknown for {BLIND_AFTER} minutes that had samples, \
                     on {count} domain(s), {first} among them. Does the source give what the rule asks for?",
                    rule.name
                ),
                domains,
            })
        };
        by_rule.into_iter().filter_map(cause).collect()
    }
}

/// Whether nothing has been heard of the account since the process began that would tell whether
/// a built-in alert is over.
fn is_unheard(account: &Account, rule: &str) -> bool {
    if rule == SOURCE_FAILING {
        account.answered.is_none()
    } else {
        account.latest_with_codes.is_none()
    }
}
