//! What stands now, for those who look and for messages that tell of it again.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Pipeline;
use super::series::SeriesState;
use super::snapshot::{Phase, Snapshot, StandingAlert, StandingGroup, StandingSeries};
use crate::dispatch::{AlertName, AlertView, Current, Outlook, Reason, Story, route_matches};
use crate::engine::{AlertKey, Coverage, Event, Subject, Transition};
use crate::unit::{Minute, Series};

impl Pipeline {
    /// Returns all that a person may want to see at this time.
    pub fn snapshot(&self, now: DateTime<Utc>) -> Snapshot {
        let desk = &self.telling.desk;
        let outlook = desk.outlook(&self.setup.policy, now);
        let firing = desk.stories().filter(|story| story.fires());
        let mut alerts: Vec<StandingAlert> = firing.map(|story| self.standing_of(story)).collect();
        for (series, state) in self.series.iter().filter(|(_, state)| !state.is_stale) {
            self.pending(series, state, &outlook, now, &mut alerts);
        }
        alerts.sort_by_cached_key(|alert| {
            let AlertName {
                rule,
                account,
                domain,
                cause,
            } = AlertName::of(&alert.view);
            (rule, account, domain, cause)
        });
        let series = self.series.iter();
        Snapshot {
            at: now,
            alerts,
            silences: desk.silences().cloned().collect(),
            series: series
                .map(|(of, state)| self.series_of(of, state))
                .collect(),
        }
    }

    /// Returns how an alert is at the last judged minute.
    pub(super) fn current(&self, alert: &AlertName) -> Option<Current> {
        if alert.domain.is_empty() && !alert.account.is_empty() {
            let minute = self.looked?;
            let evidence = None;
            return Some(Current { minute, evidence });
        }
        let place = self.setup.place_of(&alert.rule)?;
        if alert.domain.is_empty() {
            let fleet = self.fleets.get(&place)?;
            let rule = &self.setup.rules()[place];
            let members = self.series.iter();
            let members =
                members.filter(|(series, _)| rule.domains.matches(series.domain.as_str()));
            let ballots: Vec<_> = members
                .map(|(series, state)| (series, state.last_ballot(place)))
                .collect();
            return Some(Current {
                minute: fleet.next.previous(),
                evidence: fleet.evidence(rule, &ballots),
            });
        }
        let series = Series {
            account: alert.account.as_str().into(),
            domain: alert.domain.as_str().into(),
        };
        let state = self.series.get(&series)?;
        let is_known = !state.is_stale && state.engine.alert(place)?.firing.is_some();
        let evidence = || state.engine.evidence(place, self.setup.ruleset());
        Some(Current {
            minute: state.intake.next().previous(),
            evidence: is_known
                .then(evidence)
                .flatten()
                .map(|(_, evidence)| evidence),
        })
    }

    fn standing_of(&self, story: &Story) -> StandingAlert {
        let view = match self.current(&story.alert()) {
            Some(current) => {
                let plan = &self.setup.policy;
                plan.refresh(&story.view, &current, Reason::Reminder)
            }
            None => story.view.clone(),
        };
        let mut groups: BTreeMap<String, StandingGroup> = BTreeMap::new();
        for (member, route, group) in self.telling.desk.groups_of(story) {
            let Some(route) = route else { continue };
            let place = groups.entry(member.key.clone());
            let place = place.or_insert_with(|| StandingGroup {
                key: member.key.clone(),
                route,
                labels: group.labels.clone(),
                receivers: Vec::new(),
            });
            place.receivers.push(member.receiver.clone());
        }
        let knowing = story.members.iter().filter(|m| m.knows_it_fires());
        StandingAlert {
            view,
            phase: Phase::Firing,
            labels: story.labels.clone(),
            updated: story.updated,
            receivers: story.members.iter().map(|m| m.receiver.clone()).collect(),
            knowing: knowing.map(|m| m.receiver.clone()).collect(),
            groups: groups.into_values().collect(),
            mutes: story.mutes.clone(),
        }
    }

    /// Adds the alerts of a series whose conditions are true but for their hold.
    fn pending(
        &self,
        series: &Series,
        state: &SeriesState,
        outlook: &Outlook<'_>,
        now: DateTime<Utc>,
        alerts: &mut Vec<StandingAlert>,
    ) {
        for (place, alert) in state.engine.alerts() {
            let rule = &self.setup.rules()[place];
            let since = alert.pending_since();
            let Some(since) = since.filter(|_| !rule.is_fleet()) else {
                continue;
            };
            let Some((severity, evidence)) = state.engine.evidence(place, self.setup.ruleset())
            else {
                continue;
            };
            let transition = Transition {
                key: AlertKey {
                    rule: rule.name.clone(),
                    subject: Subject::Series(series.clone()),
                },
                minute: state.intake.next().previous(),
                event: Event::Fired,
                severity,
                since,
                fired: since,
                evidence,
            };
            alerts.push(self.standing_pending(&transition, outlook, now));
        }
    }

    fn standing_pending(
        &self,
        transition: &Transition,
        outlook: &Outlook<'_>,
        now: DateTime<Utc>,
    ) -> StandingAlert {
        let plan = &self.setup.policy;
        let view = plan.view(transition, None);
        let story = Story::new(view, None, now);
        let mut groups: Vec<StandingGroup> = Vec::new();
        let mut receivers = Vec::new();
        for matched in route_matches(&plan.routes, &story.labels) {
            receivers.push(matched.receiver.0.clone());
            match groups.iter_mut().find(|group| group.key == matched.key) {
                Some(group) => group.receivers.push(matched.receiver.0),
                None => groups.push(StandingGroup {
                    key: matched.key,
                    route: matched.route,
                    labels: matched.labels,
                    receivers: vec![matched.receiver.0],
                }),
            }
        }
        let mutes = outlook.mutes(&story, now);
        let nothing = String::new;
        StandingAlert {
            view: AlertView {
                id: nothing(),
                fired_at: nothing(),
                url: nothing(),
                ack_url: nothing(),
                silence_url: nothing(),
                ..story.view
            },
            phase: Phase::Pending,
            labels: story.labels,
            updated: transition.minute.end(),
            receivers,
            knowing: Vec::new(),
            groups,
            mutes,
        }
    }

    fn series_of(&self, series: &Series, state: &SeriesState) -> StandingSeries {
        let rules = state.engine.rules().map(|place| &self.setup.rules()[place]);
        let furthest = rules.max_by_key(|rule| rule.compiled.reach);
        let begin = state.engine.history_begin();
        let warming_until = furthest.zip(begin).and_then(|(rule, begin)| {
            let is_warm = state.engine.coverage(rule) == Coverage::Covered;
            (!is_warm).then(|| Coverage::begin(rule.compiled.reach, begin))
        });
        let next = state.intake.next();
        let warming_until = warming_until.filter(|until: &Minute| next <= *until);
        let looks_back = (!state.warming.is_empty()).then_some(next);
        StandingSeries {
            series: series.clone(),
            next,
            warming_until: warming_until.max(looks_back),
            failing: self
                .failing
                .get(series)
                .map(|failing| failing.words.clone()),
        }
    }
}
