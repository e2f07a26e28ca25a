//! Asks one account's source, within its budget, and hands what it says to the judge.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::agenda::{Agenda, Call, Purpose, until_next_tick};
use super::complaints::Complaints;
use super::faulty::FaultySamples;
use super::ongoing::{Course, tell_ended};
use super::refusals::{RefusalScope, Refusals};
use super::wants::AccountWants;
use crate::clock::Clock;
use crate::pipeline::{Input, Scope, with_mend};
use crate::source::aliyun::Client;
use crate::source::budget::{Backoff, Budget};
use crate::source::{Response, SourceError};
use crate::telemetry::{CallOutcome, Health, Metrics, OngoingFault};
use crate::unit::{AccountName, DomainName, Series, Timespan};

/// How many calls of one account are under way at once: enough for the rate at slow answers.
const UNDERWAY_MAX: usize = 32;
/// How often the poller looks for work when it has none, by the machine's time.
const IDLE_MAX: Duration = Duration::from_secs(1);
/// How long a domain that the source refuses is left alone.
const DOMAIN_REST: TimeDelta = TimeDelta::minutes(10);
/// How long an account that the source refuses is left alone, and a domain of which it is not
/// known yet whether it is refused alone.
const ACCOUNT_REST: TimeDelta = TimeDelta::minutes(2);
/// How long what comes and goes must stay away until it is told to have ended.
const QUIET: Duration = Duration::from_mins(10);
/// What is told once samples have not been faulty in a way for a while.
const SOUND: &str = "no samples are faulty in this way any more";

/// What a poller works with.
pub struct PollerDeps {
    /// The account.
    pub account: AccountName,
    /// Its source.
    pub client: Arc<Client>,
    /// Calls per second.
    pub rate: u32,
    /// When a minute settles.
    pub settle: Timespan,
    /// What the judge wants to be asked for.
    pub wants: AccountWants,
    /// Where answers go.
    pub inputs: mpsc::Sender<Input>,
    /// The time.
    pub clock: Clock,
    /// What the service knows of itself.
    pub health: Health,
    /// What is counted.
    pub metrics: Metrics,
}

/// What the calls of one account go by, by the machine's time: how many are allowed, and what was
/// refused or faulty lately.
struct AccountCalls {
    budget: Budget,
    began: Instant,
    backoff: Backoff,
    /// A call that was granted and is not used yet.
    granted: bool,
    /// What was told of refusals.
    complaints: Complaints,
    /// How far refusals reach.
    refusals: Refusals,
    /// The faulty samples.
    faulty: FaultySamples,
}

impl AccountCalls {
    /// Counts what is faulty in an answer, and tells which faults begin with it and which have
    /// ended.
    fn take_faults(
        &mut self,
        deps: &PollerDeps,
        series: &Series,
        purpose: Purpose,
        sent: Duration,
        answer: &Response,
    ) {
        let (account, domain) = (series.account.as_str(), series.domain.as_str());
        let of = (purpose, answer.span);
        let at = (self.began.elapsed(), deps.clock.now());
        let (count, begun) = self.faulty.take(&series.domain, of, at, &answer.faults);
        if 0 < count {
            deps.metrics.faulty(account, count);
        }
        for fault in begun {
            tracing::warn!(
                account,
                domain,
                first = fault.what,
                "faulty samples are taken as not there"
            );
        }
        let ended = self.faulty.answered(&series.domain, sent);
        tell_ended(account, &ended, SOUND);
    }

    /// Forgets a domain that is not asked for any more.
    fn forget(&mut self, deps: &PollerDeps, domain: &DomainName) {
        let account = deps.account.as_str();
        self.complaints.forget(account, domain);
        let ended = self.faulty.forget(domain);
        tell_ended(account, &ended, SOUND);
        self.show(deps);
    }

    /// Notes for those who look what has not ended.
    fn show(&self, deps: &PollerDeps) {
        let faulty = self.faulty.courses().map(|course| OngoingFault {
            what: format!("samples are faulty and taken as not there: {}", course.what),
            ..ongoing(course)
        });
        let passing = self.complaints.courses().map(ongoing);
        let all = passing.chain(faulty).collect();
        deps.health.ongoing(deps.account.as_str(), all);
    }
}

fn ongoing(course: &Course) -> OngoingFault {
    OngoingFault {
        what: course.what.clone(),
        since: course.since,
        times: course.times,
        domains: course.domains(),
    }
}

/// A call that has ended.
struct Ended {
    call: Call,
    /// When it was sent, by the time of the account's calls.
    sent: Duration,
    outcome: Result<Response, SourceError>,
}

/// Asks until it is told to stop.
pub async fn run(deps: PollerDeps, stop: CancellationToken) {
    let mut agenda = Agenda::new(deps.settle);
    for (domain, want) in deps.wants.all() {
        agenda.want(&domain, want);
    }
    let budget = Budget::new(Duration::ZERO, deps.rate);
    let quiet = deps.clock.machine_time(QUIET);
    let mut calls = AccountCalls {
        budget,
        began: Instant::now(),
        backoff: Backoff::SOURCE,
        granted: false,
        complaints: Complaints::new(quiet),
        refusals: Refusals::default(),
        faulty: FaultySamples::new(quiet),
    };
    let mut underway: JoinSet<Ended> = JoinSet::new();
    loop {
        let rest = start_calls(&deps, &mut agenda, &mut calls, &mut underway);
        tokio::select! {
            () = stop.cancelled() => return,
            Some(done) = underway.join_next() => {
                let Ok(ended) = done else { return };
                let input = take_in(&deps, &mut agenda, &mut calls, ended);
                // A judge that stands still takes nothing in: stopping does not wait for it.
                tokio::select! {
                    () = stop.cancelled() => return,
                    sent = deps.inputs.send(input) => if sent.is_err() { return },
                }
            }
            () = wait(&deps.wants, rest) => {}
        }
    }
}

/// Waits until something else is wanted, but no longer than `rest`.
async fn wait(wants: &AccountWants, rest: Duration) {
    let _ = tokio::time::timeout(rest, wants.news()).await;
}

/// Starts as many calls as the budget allows, and returns how long to rest if nothing happens.
fn start_calls(
    deps: &PollerDeps,
    agenda: &mut Agenda,
    calls: &mut AccountCalls,
    underway: &mut JoinSet<Ended>,
) -> Duration {
    for (domain, want) in deps.wants.changed() {
        if want.is_none() {
            calls.forget(deps, &domain);
        }
        agenda.want(&domain, want);
    }
    while underway.len() < UNDERWAY_MAX {
        if !calls.granted {
            if let Err(wait) = calls.budget.take(calls.began.elapsed()) {
                return wait;
            }
            calls.granted = true;
        }
        let now = deps.clock.now();
        let Some(call) = agenda.choose(now) else {
            let tick = until_next_tick(now, deps.settle)
                .to_std()
                .unwrap_or(IDLE_MAX);
            return deps.clock.machine_time(tick).min(IDLE_MAX);
        };
        calls.granted = false;
        let (client, sent) = (deps.client.clone(), calls.began.elapsed());
        underway.spawn(async move {
            let outcome = client.fetch(&call.domain, call.span).await;
            Ended {
                call,
                sent,
                outcome,
            }
        });
    }
    IDLE_MAX
}

/// Takes in how a call ended, and returns what the judge is told of it.
fn take_in(
    deps: &PollerDeps,
    agenda: &mut Agenda,
    calls: &mut AccountCalls,
    ended: Ended,
) -> Input {
    let Ended {
        call,
        sent,
        outcome,
    } = ended;
    let account = deps.account.as_str();
    let series = Series {
        account: deps.account.clone(),
        domain: call.domain.clone(),
    };
    let now = deps.clock.now();
    if let Some(ahead) = deps.client.ahead() {
        deps.health.ahead(account, ahead);
    }
    match outcome {
        Ok(answer) => {
            agenda.answered(&call);
            calls.refusals.answered(&call.domain, sent);
            calls.complaints.answered(&series, sent);
            deps.health.answered(account, now);
            deps.metrics.called(account, CallOutcome::Answered);
            calls.take_faults(deps, &series, call.purpose, sent, &answer);
            calls.show(deps);
            Input::Answer {
                series,
                from: answer.span.from,
                to: answer.span.to,
                sent: answer.sent,
                samples: answer.samples,
            }
        }
        Err(fault) => {
            deps.health
                .refused(account, &with_mend(&fault.to_string(), fault.mend()));
            let is_throttled = matches!(fault, SourceError::Throttled { .. });
            deps.metrics.called(
                account,
                if is_throttled {
                    CallOutcome::Throttled
                } else {
                    CallOutcome::Failed
                },
            );
            let heard = calls.began.elapsed();
            let (fault, scope) = scope_of(agenda, calls, &call, fault, (sent, heard));
            let rest = rest_after(deps, agenda, calls, &call, &fault, (sent, heard));
            let rest = match scope {
                RefusalScope::Unknown => ACCOUNT_REST,
                RefusalScope::Domain | RefusalScope::Account => rest,
            };
            agenda.failed(&call, now + rest);
            if scope != RefusalScope::Unknown {
                calls.complaints.tell(&series, &fault, (heard, now));
                calls.show(deps);
            }
            refusal(series, &fault)
        }
    }
}

/// Returns a fault as what it turns out to be: of a refusal of the account, that of one domain
/// unless it is the account's.
fn scope_of(
    agenda: &Agenda,
    calls: &mut AccountCalls,
    call: &Call,
    fault: SourceError,
    times: (Duration, Duration),
) -> (SourceError, RefusalScope) {
    match fault {
        SourceError::Account { message, mend } => {
            let domains = agenda.domain_count();
            let scope = calls.refusals.refused(&call.domain, times, domains);
            let fault = match scope {
                RefusalScope::Account => SourceError::Account { message, mend },
                RefusalScope::Unknown | RefusalScope::Domain => {
                    SourceError::Domain { message, mend }
                }
            };
            (fault, scope)
        }
        SourceError::Throttled { .. } => (fault, RefusalScope::Account),
        SourceError::Passing { .. } | SourceError::Domain { .. } | SourceError::Defect { .. } => {
            (fault, RefusalScope::Domain)
        }
    }
}

/// Returns how long the domain is left alone, and slows the account down where it must be.
fn rest_after(
    deps: &PollerDeps,
    agenda: &Agenda,
    calls: &mut AccountCalls,
    call: &Call,
    fault: &SourceError,
    (sent, heard): (Duration, Duration),
) -> TimeDelta {
    match fault {
        SourceError::Throttled { retry_after_ms, .. } => {
            let retry_after = retry_after_ms.map(Duration::from_millis);
            calls.budget.slow_down((sent, heard), retry_after);
            TimeDelta::zero()
        }
        SourceError::Passing { .. } => {
            let failures = agenda.failures(&call.domain) + 1;
            let wait = calls.backoff.wait(failures, seed_of(call));
            TimeDelta::from_std(wait).unwrap_or(DOMAIN_REST)
        }
        SourceError::Account { .. } => {
            let rest = ACCOUNT_REST.to_std().unwrap_or(IDLE_MAX);
            let rest = deps.clock.machine_time(rest);
            calls.budget.pause_until(heard + rest);
            ACCOUNT_REST
        }
        SourceError::Domain { .. } | SourceError::Defect { .. } => DOMAIN_REST,
    }
}

fn seed_of(call: &Call) -> u64 {
    let mut hash = crate::unit::Fnv64::default();
    hash.write(call.domain.as_str().as_bytes());
    hash.write(&call.span.to.epoch().to_be_bytes());
    hash.finish()
}

fn refusal(series: Series, fault: &SourceError) -> Input {
    let scope = match fault {
        SourceError::Account { .. } | SourceError::Throttled { .. } => Scope::Account,
        SourceError::Domain { .. } | SourceError::Passing { .. } | SourceError::Defect { .. } => {
            Scope::Domain
        }
    };
    Input::Refused {
        series,
        scope,
        message: fault.to_string(),
        mend: fault.mend().to_owned(),
    }
}
