//! The step: from what sources answered to what is stored and told.
//!
//! A [`Pipeline`] is a function with a memory: the same inputs at the same times give the same
//! [`Step`]s. It reads no clock and no file; whoever drives it stores each step before the next.
//! Inside, a series takes samples in ([`Intake`]), judges the minutes that have settled, and what
//! happens to alerts is told by the routes, or kept back for a reason.

mod begin;
mod blind;
mod fleets;
mod input;
mod intake;
mod keep_back;
mod leave;
mod lost;
mod past;
mod progress;
mod put_back;
mod rebuild;
mod rest;
mod series;
mod setup;
mod shown;
mod sight;
mod snapshot;
mod stand;
mod standing;
mod step;
mod take_up;
mod telling;
mod time_to_tell;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use crate::dispatch::{Answer, Mute, Order};
pub use blind::{BUILT_IN, SOURCE_FAILING, with_mend};
pub use input::{Input, Scope, Want};
pub use intake::{Intake, OTHER_DOMAIN_LATER, Ready, Settling};
pub use past::{Blank, Past};
pub use put_back::JudgedAhead;
pub use rebuild::Need;
pub use setup::{Setup, Watched};
pub use shown::Shown;
pub use snapshot::{Phase, Snapshot, StandingAlert, StandingGroup, StandingSeries};
pub use step::{
    AlertRow, Counts, FleetLeft, Forgotten, Kept, KeptSample, RuleMark, SeriesMark, Step,
};
pub use time_to_tell::TimeToTell;

pub use begin::Remembered;

use blind::{Blindness, Failing};
use fleets::{FleetAlert, Member};
use lost::Lost;
use progress::Progress;
use series::{JudgedMinutes, SeriesState};
use telling::Telling;

use crate::engine::{Firing, Sample};
use crate::unit::{AccountName, DomainName, Minute, Series};

/// What is known of an account as a whole.
#[derive(Clone, Debug)]
struct Account {
    /// Since when it is asked, in this life of the process.
    begun: DateTime<Utc>,
    /// How far its source is.
    progress: Progress,
    /// Whether its listing was answered or refused, in this life of the process.
    is_listing_heard: bool,
    /// When domains that a listing was without were counted as missing last.
    missed_at: Option<DateTime<Utc>>,
    /// When the last request was sent that was answered at all: by then it was as late as that, also
    /// by the source's clock.
    heard: Option<DateTime<Utc>>,
    /// Why its domains cannot be listed, if they cannot.
    unlisted: Option<Failing>,
}

/// The judgement and its memory.
#[derive(Clone, Debug)]
pub struct Pipeline {
    setup: Arc<Setup>,
    series: BTreeMap<Series, SeriesState>,
    accounts: BTreeMap<AccountName, Account>,
    failing: BTreeMap<Series, Failing>,
    /// The marks of the rules, in the rules' order.
    marks: Vec<RuleMark>,
    /// The first minute of each rule, in the rules' order.
    rule_from: Vec<Minute>,
    /// The rules of many domains, by place.
    fleets: BTreeMap<usize, FleetAlert>,
    blindness: Blindness,
    telling: Telling,
    /// The alerts that fired when their rules were changed, until they are settled.
    changed: BTreeMap<Series, Vec<(usize, Firing)>>,
    /// What is to be rebuilt before it can be judged.
    stale: BTreeSet<Series>,
    /// The series whose next minutes are lost and wait to be judged so.
    lost: BTreeSet<(Minute, Series)>,
    /// The series of which something else may be wanted than was told, some of them more than once.
    touched: Vec<Series>,
    /// The accounts that have shown something new, until it is known what that settles.
    advanced: BTreeSet<AccountName>,
    /// The last minute for which blindness was looked for.
    looked: Option<Minute>,
    /// What the store had when the process began, until it is taken up.
    remembered: Remembered,
}

impl Pipeline {
    /// Takes in what sources said and judges what is ready.
    pub fn step(&mut self, now: DateTime<Utc>, inputs: Vec<Input>) -> Step {
        let mut step = Step::at(now);
        let inputs = inputs.into_iter();
        let mut ready: Vec<Series> = inputs
            .filter_map(|input| self.take(input, &mut step))
            .collect();
        ready.extend(self.settled_by_others());
        ready.sort_unstable();
        ready.dedup();
        for series in ready {
            self.judge(series, Lost::Wait, &mut step);
        }
        self.pass_time(&mut step);
        step
    }

    /// Does what a person asks for. The answer is theirs once the step is kept.
    pub fn order(&mut self, now: DateTime<Utc>, order: Order) -> (Step, Answer) {
        let mut step = Step::at(now);
        let answer = self.telling.desk.order(order, now);
        self.flush(&mut step);
        (step, answer)
    }

    /// Returns when something is to be told next, if nothing comes in before.
    pub fn due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.telling.desk.due(now)
    }

    /// Returns how many minutes the rules look back at the most.
    pub fn reach(&self) -> u32 {
        let reaches = self.setup.rules().iter().map(|rule| rule.compiled.reach);
        reaches.max().unwrap_or(1)
    }

    /// Returns the series of an account, which stand beside each other.
    fn of_account(&self, account: &AccountName) -> impl Iterator<Item = (&Series, &SeriesState)> {
        let first = Series {
            account: account.clone(),
            domain: DomainName::from(""),
        };
        let from = self.series.range(first..);
        from.take_while(move |(series, _)| series.account == *account)
    }

    /// Tells what is due, and puts what changed into the step.
    fn flush(&mut self, step: &mut Step) {
        let mut telling = std::mem::take(&mut self.telling);
        telling.flush(&self.setup.policy, &|alert| self.current(alert), step);
        telling.keep(step);
        self.telling = telling;
    }

    /// Returns how many alerts fire and how many series are judged.
    pub fn standing(&self) -> (usize, usize) {
        let firing = |state: &SeriesState| {
            let alerts = state.engine.alerts();
            alerts.filter(|(_, alert)| alert.firing.is_some()).count()
        };
        let fleets = self
            .fleets
            .values()
            .filter(|fleet| fleet.is_firing())
            .count();
        let alerts = self.series.values().map(firing).sum::<usize>();
        (alerts + fleets + self.blindness.len(), self.series.len())
    }

    /// Takes in one input; returns the series whose minutes may be ready by it.
    fn take(&mut self, input: Input, step: &mut Step) -> Option<Series> {
        match input {
            Input::Answer {
                series,
                from,
                to,
                sent,
                samples,
            } => self
                .take_answer(&series, from, to, sent, &samples, step)
                .then_some(series),
            Input::Refused {
                series,
                scope,
                message,
                mend,
            } => {
                let words = with_mend(&message, &mend);
                let is_account = scope == Scope::Account;
                let state = self.series.get_mut(&series);
                let is_first =
                    state.is_some_and(|state| !std::mem::replace(&mut state.is_heard, true));
                let told = self.blindness.asking_fails_since(&series.account);
                let since = told.filter(|_| is_first).map_or(step.now, Minute::start);
                let failing = self.failing.entry(series).or_insert(Failing {
                    since,
                    is_account,
                    words: String::new(),
                });
                (failing.is_account, failing.words) = (is_account, words);
                None
            }
            Input::Listing { account, domains } => {
                self.take_listing(&account, &domains, step);
                None
            }
            Input::Unlisted {
                account,
                message,
                mend,
            } => {
                self.take_unlisted(&account, with_mend(&message, &mend), step.now);
                None
            }
        }
    }

    fn take_answer(
        &mut self,
        series: &Series,
        from: Minute,
        to: Minute,
        sent: DateTime<Utc>,
        samples: &[(Minute, Sample)],
        step: &mut Step,
    ) -> bool {
        let Some(state) = self.series.get_mut(series) else {
            return false;
        };
        state.is_heard = true;
        self.failing.remove(series);
        let revised = state.intake.take(from, to, sent, samples);
        step.counts
            .entry(series.account.clone())
            .or_default()
            .revised += revised;
        if state.look_back(from, to, samples, step) {
            step.series.push(state.mark());
        }
        let is_told = self.blindness.is_late(&series.account);
        if let Some(account) = self.accounts.get_mut(&series.account) {
            let Settling {
                settle,
                max_lateness,
            } = self.setup.settling;
            let shown = samples.iter().filter(|(at, s)| *at < to && s.has_codes());
            let now = Minute::containing(sent);
            if let Some(latest) = shown.map(|(at, _)| *at).filter(|at| *at <= now).max()
                && account.progress.note_shown(latest, sent, is_told)
            {
                self.advanced.insert(series.account.clone());
            }
            // A time that is yet to come is of before the clock was put back.
            account.heard = account.heard.max(Some(sent)).min(Some(step.now));
            // What was asked of the past says nothing of how late the source is.
            if sent - to.start() < settle.delta() {
                account.progress.note_answered(sent, max_lateness);
            }
        }
        true
    }

    /// Returns the series whose minutes are ready because others of their accounts have shown that they are past. What an
    /// account shows is new a few times a minute, however many domains it has.
    fn settled_by_others(&mut self) -> Vec<Series> {
        let settling = self.setup.settling;
        let mut settled = Vec::new();
        for name in std::mem::take(&mut self.advanced) {
            let Some(account) = self.accounts.get(&name) else {
                continue;
            };
            let shown = account.progress.shown();
            let series = self.of_account(&name);
            let series = series.filter(|(_, state)| state.intake.is_ready(settling, shown));
            settled.extend(series.map(|(series, _)| series.clone()));
        }
        settled
    }

    /// Judges what is ready of a series, or has it rebuilt first.
    fn judge(&mut self, series: Series, lost: Lost, step: &mut Step) {
        let Some(state) = self.series.get_mut(&series) else {
            return;
        };
        let account = self.accounts.get(&series.account);
        let lost_before = account.and_then(Account::lost_before);
        if lost == Lost::Wait
            && let Some(next) = state.next_lost(lost_before)
        {
            self.lost.insert((next, series));
            return;
        }
        if state.is_stale || state.frees_any(&self.setup, &self.rule_from, step.now) {
            self.stale.insert(series.clone());
            self.touched.push(series);
            return;
        }
        let nobody = Shown::default();
        let shown = account.map_or(&nobody, |account| account.progress.shown());
        let waits = (shown, lost_before);
        let outcome = state.judge(&self.setup, &self.rule_from, waits, step);
        let counts = step.counts.entry(series.account.clone()).or_default();
        counts.judged += outcome.minutes;
        counts.until = counts.until.max(state.intake.next().start().timestamp());
        // What was judged just now may be all that a rule has waited for.
        if state.frees_any(&self.setup, &self.rule_from, step.now) {
            self.stale.insert(series.clone());
        }
        if let Some(next) = state.next_lost(lost_before) {
            self.lost.insert((next, series.clone()));
        }
        self.conclude(&series, outcome, step);
        self.touched.push(series);
    }

    /// Tells of what happened on a series, and passes its votes on to the rules of many domains.
    fn conclude(&mut self, series: &Series, outcome: JudgedMinutes, step: &mut Step) {
        for vote in &outcome.votes {
            if let Some(fleet) = self.fleets.get_mut(&vote.rule) {
                fleet.vote(series, vote);
            }
        }
        for transition in outcome.transitions {
            self.tell(transition, None, step);
        }
    }

    /// Does what time alone brings: rules of many domains, lost minutes, blindness, and what is
    /// kept back no longer.
    fn pass_time(&mut self, step: &mut Step) {
        let minute = Minute::containing(step.now);
        let is_new = self.looked.replace(minute) != Some(minute);
        if is_new {
            self.look_for_lost();
        }
        self.judge_lost(step);
        if is_new {
            self.look_for_blindness(minute, step);
        }
        self.judge_fleets(step);
        self.release(step);
        self.flush(step);
    }

    fn judge_fleets(&mut self, step: &mut Step) {
        let setup = self.setup.clone();
        let max_lateness = setup.settling.max_lateness.delta();
        let mut happened = Vec::new();
        for (place, fleet) in &mut self.fleets {
            let rule = &setup.rules()[*place];
            let (series, failing) = (&self.series, &self.failing);
            // To look at every domain in every step would cost as much as there are of both.
            if fleet.waits(|of| series.contains_key(of) && !failing.contains_key(of)) {
                fleet.keep(rule, step);
                continue;
            }
            let is_member = |series: &Series| rule.domains.matches(series.domain.as_str());
            let members: Vec<Member<'_>> = self
                .series
                .iter()
                .filter(|(series, _)| is_member(series))
                .map(|(series, state)| Member {
                    series,
                    from: state.judge_from.max(self.rule_from[*place]),
                    is_failing: self
                        .failing
                        .get(series)
                        .is_some_and(|f| step.now - f.since >= max_lateness),
                    last: state.last_ballot(*place),
                })
                .collect();
            let before = fleet.next;
            happened.extend(fleet.judge(rule, &members, max_lateness, step));
            if fleet.next != before {
                self.marks[*place].fleet_next = Some(fleet.next);
                step.rules.push(self.marks[*place].clone());
            }
        }
        for transition in happened {
            self.tell(transition, None, step);
        }
    }
}
