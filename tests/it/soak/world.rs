//! The service without network and clock, on a real store: it judges, sends and dies.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use chrono::{DateTime, TimeDelta, Utc};
use foghorn::config::{self, Config, Environment};
use foghorn::daemon::lane::{Attempt, LaneAtWork, MessageOutcome, Terms, Work};
use foghorn::daemon::setup;
use foghorn::dispatch::Notification;
use foghorn::pipeline::{Input, Need, Pipeline, Remembered, Settling, Setup, Step};
use foghorn::receiver::{apart, found};
use foghorn::store::{Claim, Lane, Store};
use foghorn::unit::{AccountName, Minute, Series};
use tempfile::TempDir;

use super::servers::{ONE_BY_ONE, Servers};
use crate::one_file::OneFile;
use crate::pipeline::source::{Dice, sample};

pub const TEAMS: usize = 50;
pub const DOMAINS: usize = 500;
/// How long it storms, in minutes, with what it takes to end.
const STORM: i64 = 46;
/// How often the service goes round during the storm, and after it.
const TICK: TimeDelta = TimeDelta::seconds(20);
const TICK_AFTER: TimeDelta = TimeDelta::seconds(60);
/// How many answers are judged in one step.
const BATCH: usize = 256;
/// In how many rounds the process dies, in chances out of a thousand, while it judges, while it
/// sends, and while it sends after the storm: a start of five hundred domains takes its time, which
/// the rounds after the storm do without.
const DIES_JUDGING: u64 = 250;
const DIES: u64 = 100;
const DIES_AFTER: u64 = 500;
/// In how many of the notes between two alerts of one message it dies, in the same chances: they
/// are too few for the chances of a round to meet one in every run.
const DIES_BETWEEN: u64 = 100;
/// After how many calls of a round it dies at the most.
const CALLS_JUDGING: u64 = 3;
const CALLS: u64 = 60;
const CALLS_AFTER: u64 = 6;
/// How far a call gets at the most before the process dies within it, in polls.
const POLLS: u64 = 14;

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Chaos {
    None,
    Seed(u64),
}

impl Chaos {
    pub const fn seed(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Seed(seed) => seed,
        }
    }
}

/// The process has died.
#[derive(Debug)]
struct Died;

fn domain(place: usize) -> String {
    format!("t{:02}-{}.example.com", place % TEAMS, place / TEAMS)
}

fn rules() -> String {
    let domains: Vec<String> = (0..DOMAINS).map(domain).collect();
    let teams = |line: &dyn Fn(usize) -> String| (0..TEAMS).map(line).collect::<String>();
    format!(
        r#"
source: {{simulator: {{account: main, domains: [{}]}}}}
rules:
  - {{name: errors, when: 5xx > 10% for 2m until 5xx < 5% for 2m, severity: critical}}
  - {{name: tiers, when: {{warning: 5xx > 8%, critical: 5xx > 45% for 2m}}}}
notify:
  receivers:
    all: [webhook: {{url: "http://127.0.0.1:1/all"}}, webhook: {{url: "http://127.0.0.1:1/too"}}]
    manager: [webhook: {{url: "http://127.0.0.1:1/manager"}}]
{}
  routes:
    - {{to: [all], continue: true}}
{}
  fallback: [manager]
"#,
        domains.join(", "),
        teams(&|team| {
            let is_apart = ONE_BY_ONE.iter().any(|other| *other as usize == team);
            let more = if is_apart {
                ", format: pagerduty, routing_key: R0123456789R0123456789R012345678"
            } else {
                ""
            };
            format!("    team-{team}: [webhook: {{url: \"http://127.0.0.1:1/{team}\"{more}}}]\n")
        }),
        teams(&|team| format!(
            "    - {{match: {{domain: \"t{team:02}-*\"}}, to: [team-{team}]}}\n"
        )),
    )
}

fn load() -> Config {
    let loaded = config::load("rules.yaml", &OneFile(rules()), Environment::Absent).unwrap();
    loaded
        .config
        .unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
}

/// How bad it is on a domain in a minute of the storm: each has its own incident, of one of two
/// strengths, and one in ten has a second.
fn bad(place: usize, minute: i64) -> u64 {
    let place = i64::try_from(place).unwrap();
    let (begin, length) = (4 + place * 7 % 11, 3 + place * 5 % 6);
    let is_first = (begin..begin + length).contains(&minute);
    let second = begin + length + 5;
    let is_second = place % 10 == 0 && (second..second + 4).contains(&minute);
    match (is_first || is_second, place % 3) {
        (false, _) => 1,
        (true, 0) => 60,
        (true, _) => 25,
    }
}

pub struct World {
    config: Config,
    setup: Arc<Setup>,
    terms: Terms,
    settling: Settling,
    folder: TempDir,
    store: Option<Store>,
    pipeline: Option<Pipeline>,
    lanes: BTreeMap<Lane, LaneAtWork>,
    dice: Dice,
    chaos: Chaos,
    /// After how many calls the process dies, if it dies in this round.
    fuse: Option<u64>,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
    /// The first minute whose samples are not known to be kept.
    fed: Minute,
    pub servers: Servers,
    pub deaths: u32,
    pub deaths_judging: u32,
    pub deaths_after_send: u32,
    /// Deaths between two alerts of one message.
    pub deaths_between: u32,
}

impl World {
    pub async fn new(chaos: Chaos) -> Self {
        let config = load();
        let start = DateTime::UNIX_EPOCH + TimeDelta::minutes(29_000_000);
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&url(&folder)).await.unwrap();
        Self {
            setup: setup::of(&config),
            terms: Terms::of(&config.notify),
            settling: Settling {
                settle: config.settle,
                max_lateness: config.max_lateness,
            },
            config,
            folder,
            store: Some(store),
            pipeline: None,
            lanes: BTreeMap::new(),
            dice: Dice(chaos.seed()),
            chaos,
            fuse: None,
            start,
            now: start,
            fed: Minute::containing(start - TimeDelta::minutes(30)),
            servers: Servers::new(chaos, start),
            deaths: 0,
            deaths_judging: 0,
            deaths_after_send: 0,
            deaths_between: 0,
        }
    }

    /// Lets the storm pass, and then all be told.
    pub async fn run(&mut self) {
        while self.now < self.start + TimeDelta::minutes(STORM) {
            self.now += TICK;
            self.light(DIES_JUDGING, CALLS_JUDGING);
            while self.judge().await.is_err() {
                self.deaths_judging += 1;
                self.restart().await;
            }
            self.light(DIES, CALLS);
            while self.send().await.is_err() {
                self.restart().await;
            }
        }
        for _ in 0..24 * 60 {
            if self.store().waiting_lanes().await.unwrap().is_empty() {
                return;
            }
            self.now += TICK_AFTER;
            self.light(DIES_AFTER, CALLS_AFTER);
            while self.send().await.is_err() {
                self.restart().await;
            }
        }
        panic!(
            "something waits for ever: {:?}",
            self.store().waiting_lanes().await
        );
    }

    /// Decides whether the process dies in this round, and when: once, so that it comes on.
    fn light(&mut self, permille: u64, calls: u64) {
        self.fuse = self.dies(permille).then(|| self.dice.below(calls));
    }

    fn dies(&mut self, permille: u64) -> bool {
        !matches!(self.chaos, Chaos::None) && self.dice.chance(permille)
    }

    const fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    /// The process dies: all that is not on the disk is gone.
    async fn restart(&mut self) {
        self.deaths += 1;
        self.pipeline = None;
        self.lanes.clear();
        if let Some(store) = self.store.take() {
            // What the disk was told to do is done or not by then.
            store.close().await;
        }
        self.store = Some(Store::open(&url(&self.folder)).await.unwrap());
    }

    /// Judges what has settled, and takes what follows from the passing of time.
    async fn judge(&mut self) -> Result<(), Died> {
        if self.pipeline.is_none() {
            let loaded = self.store().load().await.unwrap();
            let remembered = Remembered {
                series: loaded.series,
                rules: loaded.rules,
                alerts: loaded.alerts,
                notes: loaded.notes,
            };
            self.pipeline = Some(Pipeline::new(self.setup.clone(), remembered));
            let step = self.pipeline.as_mut().unwrap().begin(self.now);
            self.conclude(step).await?;
        }
        let to = self.settling.first_unsettled(self.now);
        let mut inputs: Vec<Input> = Vec::new();
        if self.fed < to {
            inputs.extend((0..DOMAINS).map(|place| self.answer(place, to)));
        }
        let chunks: Vec<Vec<Input>> = inputs.chunks(BATCH).map(<[Input]>::to_vec).collect();
        for inputs in chunks.into_iter().chain([Vec::new()]) {
            let step = self.pipeline.as_mut().unwrap().step(self.now, inputs);
            self.conclude(step).await?;
        }
        self.fed = to;
        Ok(())
    }

    fn answer(&self, place: usize, to: Minute) -> Input {
        let begin = Minute::containing(self.start).epoch();
        let samples = self.fed.until(to).map(|minute| {
            let bad = bad(place, minute.epoch() - begin);
            (minute, sample(bad, 1_000))
        });
        Input::Answer {
            series: Series {
                account: AccountName::from("main"),
                domain: domain(place).as_str().into(),
            },
            from: self.fed,
            to,
            sent: self.now,
            samples: samples.collect(),
        }
    }

    async fn conclude(&mut self, step: Step) -> Result<(), Died> {
        self.commit(&step).await?;
        loop {
            let (now, pipeline) = (self.now, self.pipeline.as_mut().unwrap());
            let needs: Vec<Need> = std::iter::from_fn(|| pipeline.next_rebuild(now)).collect();
            if needs.is_empty() {
                return Ok(());
            }
            for part in self.store().lanes(&needs).await.unwrap() {
                let read = self.store().samples_of(&part).await.unwrap();
                let pipeline = self.pipeline.as_mut().unwrap();
                let pasts = part
                    .into_iter()
                    .zip(read)
                    .filter_map(|(need, kept)| Some(pipeline.blank(now, need)?.look_back(kept)));
                let pasts = pasts.collect();
                let step = pipeline.rebuild_all(now, pasts);
                self.commit(&step).await?;
            }
        }
    }

    async fn commit(&mut self, step: &Step) -> Result<(), Died> {
        if step.is_empty() {
            return Ok(());
        }
        let store = self.store.as_ref().unwrap();
        alive(&mut self.dice, &mut self.fuse, store.commit(step)).await
    }

    /// Sends what is due, lane by lane.
    async fn send(&mut self) -> Result<(), Died> {
        for waiting in self.store().waiting_lanes().await.unwrap() {
            let new = || LaneAtWork::new(&waiting, self.now);
            let mut lane = self.lanes.remove(&waiting.lane).unwrap_or_else(new);
            if lane.is_wanted(&waiting, &self.terms, self.now) {
                self.work(&mut lane).await?;
            }
            self.lanes.insert(waiting.lane, lane);
        }
        Ok(())
    }

    async fn work(&mut self, lane: &mut LaneAtWork) -> Result<(), Died> {
        loop {
            let work = lane
                .work(self.store(), &self.terms, self.now)
                .await
                .unwrap();
            if work.is_empty() {
                return Ok(());
            }
            for work in work {
                let is_try = matches!(work, Work::Try(_));
                let (claim, became, is_back, last) = match work {
                    Work::GiveUp { claim, why } => (claim, MessageOutcome::Dead(why), false, None),
                    Work::Try(claim) => {
                        let (became, is_back, last) = self.try_all(lane, &claim).await?;
                        (claim, became, is_back, last)
                    }
                };
                let noted = self.note(lane, &claim, &became, is_back).await;
                if noted.is_err() {
                    self.deaths_after_send += u32::from(is_try);
                    if let Some(told) = last {
                        self.servers.died_before_the_note(&told);
                    }
                    return noted;
                }
                if is_try && !lane.goes_on(self.now) {
                    return Ok(());
                }
            }
        }
    }

    /// Makes one try of a message. Returns what becomes of it, and what of it was told and not noted.
    async fn try_all(
        &mut self,
        lane: &mut LaneAtWork,
        claim: &Claim,
    ) -> Result<(MessageOutcome, bool, Option<Notification>), Died> {
        let (receiver, number) = (&claim.notification.receiver, claim.notification.channel);
        let channel = found(&self.config.notify, receiver, number)
            .unwrap()
            .clone();
        let mut attempt = Attempt::new(claim);
        let (mut is_back, mut last) = (false, None);
        for told in apart(&claim.notification, &channel) {
            let answer = self.servers.try_once(&told, self.now);
            is_back |= lane.learn(&answer, self.now);
            let tried = attempt.take(&told, answer);
            last = tried.is_empty().then(|| told.clone());
            for tried in tried {
                if self.dies(DIES_BETWEEN) {
                    self.fuse = Some(0);
                }
                let store = self.store.as_ref().unwrap();
                let note = store.note_alert(&claim.notification.id, tried, self.now);
                if alive(&mut self.dice, &mut self.fuse, note).await.is_err() {
                    self.deaths_between += 1;
                    self.servers.died_before_the_note(&told);
                    return Err(Died);
                }
            }
            if !attempt.goes_on() || !lane.goes_on(self.now) {
                break;
            }
        }
        let outcome = attempt.outcome(claim, self.config.notify.give_up, self.now);
        Ok((outcome, is_back, last))
    }

    async fn note(
        &mut self,
        lane: &LaneAtWork,
        claim: &Claim,
        became: &MessageOutcome,
        is_back: bool,
    ) -> Result<(), Died> {
        let store = self.store.as_ref().unwrap();
        let note = lane.note(store, claim, became, is_back, &self.terms, self.now);
        alive(&mut self.dice, &mut self.fuse, note).await
    }
}

fn url(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("foghorn.db").display())
}

/// Does something with the store, or dies before, within or after it.
async fn alive<E: std::fmt::Debug>(
    dice: &mut Dice,
    fuse: &mut Option<u64>,
    call: impl Future<Output = Result<(), E>>,
) -> Result<(), Died> {
    if *fuse != Some(0) {
        *fuse = fuse.map(|left| left - 1);
        call.await.unwrap();
        return Ok(());
    }
    *fuse = None;
    let mut left = dice.below(POLLS);
    let mut call = pin!(call);
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        call.as_mut().poll(cx).map(|_| ())
    })
    .await;
    Err(Died)
}
