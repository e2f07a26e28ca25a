//! The service without network, clock and disk: an agenda asks the source, the pipeline judges,
//! the store keeps; and everything that can go wrong does, by the dice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use foghorn::daemon::agenda::{Agenda, Call, Purpose};
use foghorn::dispatch::{Policy, ReceiverChannel, ReceiverName, Route};
use foghorn::engine::{OnUnknown, Rule};
use foghorn::lang::program::Program;
use foghorn::lang::{Compiler, Names, parse_when};
use foghorn::pipeline::{Input, Pipeline, Scope, Settling, Setup, Step, Watched};
use foghorn::unit::{AccountName, DomainName, GlobList, Minute, Series, Severity, Timespan};

use super::source::{Dice, Span, Weather};
use super::store::Store;

pub const SETTLE: Timespan = Timespan::from_seconds(300);
const MAX_LATENESS: Timespan = Timespan::from_seconds(900);
pub const SETTLING: Settling = Settling {
    settle: SETTLE,
    max_lateness: MAX_LATENESS,
};
pub const DOMAINS: [&str; 3] = ["a", "b", "c"];

/// A rule of the file: its name and its conditions by severity.
pub type RuleText = (&'static str, &'static [(Severity, &'static str)]);

pub const RULES: [RuleText; 6] = [
    (
        "held",
        &[(Severity::Critical, "5xx > 20% for 3m until 5xx < 5% for 2m")],
    ),
    (
        "tiers",
        &[
            (Severity::Warning, "5xx > 10%"),
            (Severity::Critical, "5xx > 40% for 2m"),
        ],
    ),
    ("gone", &[(Severity::Critical, "no data for 4m")]),
    ("long", &[(Severity::Warning, "avg(5xx over 40m) > 12%")]),
    (
        "two",
        &[(Severity::Critical, "5xx > 15% for 2m on at least 2 domains")],
    ),
    (
        "most",
        &[(Severity::Warning, "5xx > 10% on at least 60% of domains")],
    ),
];

pub fn compile(rules: &[RuleText]) -> (Program, Vec<Rule>) {
    let mut compiler = Compiler::default();
    let rule = |(name, tiers): &RuleText| {
        let tiers = tiers
            .iter()
            .map(|(severity, text)| (*severity, parse_when(text).0.unwrap()));
        let tiers: Vec<_> = tiers.collect();
        Rule {
            name: (*name).to_owned(),
            domains: GlobList::all(),
            on_unknown: if *name == "gone" {
                OnUnknown::Clear
            } else {
                OnUnknown::Hold
            },
            compiled: compiler.rule(&tiers, &Names::default()).unwrap().into(),
        }
    };
    let rules = rules.iter().map(rule).collect();
    (compiler.finish(), rules)
}

pub fn account() -> AccountName {
    AccountName::from("main")
}

pub fn series(domain: &str) -> Series {
    Series {
        account: account(),
        domain: domain.into(),
    }
}

pub fn setup(rules: &[RuleText], watched: Watched) -> Arc<Setup> {
    let (program, rules) = compile(rules);
    let (one, two) = (
        ReceiverName("one".to_owned()),
        ReceiverName("two".to_owned()),
    );
    let channels = |count| {
        let numbers = (0..count).map(|number| ReceiverChannel {
            number,
            hears_acknowledgements: false,
        });
        numbers.collect()
    };
    let telling = Policy {
        routes: vec![Route::new(BTreeMap::new(), vec![one.clone(), two.clone()])],
        channels: [(one, channels(2)), (two, channels(1))].into(),
        ..Policy::default()
    };
    Arc::new(Setup::new(
        &program,
        rules,
        telling,
        SETTLING,
        [(account(), watched)].into(),
    ))
}

pub fn listed() -> Watched {
    Watched::Listed(DOMAINS.map(DomainName::from).to_vec())
}

/// What goes wrong, in chances out of a thousand.
#[derive(Clone, Debug, Default)]
pub struct Chaos {
    pub refuse: u64,
    pub duplicate: u64,
    pub crash: u64,
    /// Whether calls for what is looked back upon get no answer.
    pub no_past: bool,
    /// The longest that an answer takes.
    pub slow: i64,
    /// When the account refuses everything, in simulated minutes.
    pub outages: Vec<Span>,
    /// When one domain is refused.
    pub refused: Vec<(&'static str, Span)>,
}

/// A call under way, and what becomes of it.
#[derive(Clone, Debug)]
struct Underway {
    arrives: DateTime<Utc>,
    call: Call,
    input: Input,
}

pub struct World {
    pub setup: Arc<Setup>,
    pub store: Store,
    pub pipeline: Pipeline,
    pub weather: Weather,
    pub chaos: Chaos,
    pub start: DateTime<Utc>,
    pub now: DateTime<Utc>,
    agenda: Agenda,
    underway: Vec<Underway>,
    dice: Dice,
    /// Whether the process dies after the next step is kept, before its rebuilds.
    pub dies: bool,
    /// How many samples a step had at the most.
    pub most_samples: usize,
    /// The latest request that covered a minute and was answered.
    asked: BTreeMap<(Series, Minute), DateTime<Utc>>,
}

pub fn start_of(seed: u64) -> DateTime<Utc> {
    let second = i64::try_from(seed % 60).unwrap();
    DateTime::UNIX_EPOCH + TimeDelta::minutes(29_000_000) + TimeDelta::seconds(second)
}

impl World {
    pub fn new(seed: u64, setup: Arc<Setup>, weather: Weather, chaos: Chaos) -> Self {
        let start = start_of(seed);
        let weather = Weather {
            seed,
            start: Some(Minute::containing(start)),
            ..weather
        };
        let mut world = Self {
            pipeline: Pipeline::new(setup.clone(), Store::default().remembered()),
            store: Store::default(),
            setup,
            weather,
            chaos,
            start,
            now: start,
            agenda: Agenda::new(SETTLE),
            underway: Vec::new(),
            dice: Dice(seed ^ 0xfeed),
            dies: false,
            most_samples: 0,
            asked: BTreeMap::new(),
        };
        let step = world.pipeline.begin(start);
        world.conclude(&step);
        world
    }

    pub fn minute(&self, at: i64) -> Minute {
        Minute::from_epoch(Minute::containing(self.start).epoch() + at).unwrap()
    }

    /// The simulated minute that it is.
    pub fn at(&self) -> i64 {
        (self.now - self.start).num_minutes()
    }

    /// Lets it be this many minutes after the start.
    pub fn run_to(&mut self, minutes: i64) {
        while self.at() < minutes {
            self.now += TimeDelta::seconds(20);
            self.tick();
        }
    }

    pub fn feed(&mut self, inputs: Vec<Input>) {
        let step = self.pipeline.step(self.now, inputs);
        self.most_samples = self.most_samples.max(step.samples.len());
        self.conclude(&step);
    }

    /// The source answers at once, for every domain from the next minute to be judged up to now.
    pub fn answer_all(&mut self) {
        let to = Minute::containing(self.now);
        let ask = |domain: &&str| {
            let series = series(domain);
            let from = self.store.marks.get(&series)?.next;
            let seen = |minute: Minute| {
                let sample = self.weather.seen(domain, minute, self.now);
                sample.map(|sample| (minute, sample))
            };
            Some(Input::Answer {
                series,
                from,
                to,
                sent: self.now,
                samples: from.until(to).filter_map(seen).collect(),
            })
        };
        let inputs: Vec<Input> = DOMAINS.iter().filter_map(ask).collect();
        self.note_asked(&inputs);
        self.feed(inputs);
    }

    pub fn reconfigure(&mut self, setup: Arc<Setup>) {
        self.setup = setup.clone();
        let step = self
            .pipeline
            .reconfigure(setup, self.store.forgotten, self.now);
        self.conclude(&step);
    }

    /// The process dies and is started again.
    pub fn crash(&mut self) {
        self.agenda = Agenda::new(SETTLE);
        self.underway.clear();
        self.pipeline = Pipeline::new(self.setup.clone(), self.store.remembered());
        let step = self.pipeline.begin(self.now);
        self.conclude(&step);
    }

    fn tick(&mut self) {
        let (arrived, still) = std::mem::take(&mut self.underway)
            .into_iter()
            .partition::<Vec<_>, _>(|underway| underway.arrives <= self.now);
        self.underway = still;
        let mut inputs = Vec::new();
        for Underway { call, input, .. } in arrived {
            match &input {
                Input::Refused { .. } => {
                    self.agenda.failed(&call, self.now + TimeDelta::seconds(60));
                }
                _ => self.agenda.answered(&call),
            }
            if self.dice.chance(self.chaos.duplicate) {
                let arrives = self.now + TimeDelta::seconds(40);
                self.underway.push(Underway {
                    arrives,
                    call,
                    input: input.clone(),
                });
            }
            let at = usize::try_from(self.dice.below(inputs.len() as u64 + 1)).unwrap();
            inputs.insert(at, input);
        }
        while !inputs.is_empty() {
            let size = usize::try_from(1 + self.dice.below(4))
                .unwrap()
                .min(inputs.len());
            let rest = inputs.split_off(size);
            self.note_asked(&inputs);
            self.feed(std::mem::replace(&mut inputs, rest));
        }
        self.feed(Vec::new());
        self.ask();
    }

    fn note_asked(&mut self, inputs: &[Input]) {
        for input in inputs {
            let Input::Answer {
                series,
                from,
                to,
                sent,
                ..
            } = input
            else {
                continue;
            };
            for minute in from.until(*to) {
                let asked = self.asked.entry((series.clone(), minute)).or_insert(*sent);
                *asked = (*asked).max(*sent);
            }
        }
    }

    fn ask(&mut self) {
        for (series, want) in self.pipeline.changed_wants(self.now) {
            self.agenda.want(&series.domain, want);
        }
        while let Some(call) = self.agenda.choose(self.now) {
            if self.chaos.no_past && call.purpose == Purpose::Backfill {
                continue;
            }
            let slow = u64::try_from(self.chaos.slow + 1).unwrap();
            let takes = i64::try_from(self.dice.below(slow)).unwrap();
            // Calls of one round are not sent at one moment.
            let sent = self.now + TimeDelta::seconds(i64::try_from(self.dice.below(20)).unwrap());
            let arrives = sent + TimeDelta::seconds(takes);
            let input = self.answer(&call, sent);
            self.underway.push(Underway {
                arrives,
                call,
                input,
            });
        }
    }

    fn answer(&mut self, call: &Call, sent: DateTime<Utc>) -> Input {
        let series = series(call.domain.as_str());
        let at = self.at();
        let is_out = self.chaos.outages.iter().any(|span| span.contains(&at));
        let of_domain =
            |(of, span): &(&str, Span)| *of == call.domain.as_str() && span.contains(&at);
        let is_refused = self.chaos.refused.iter().any(of_domain);
        if is_out || is_refused || self.dice.chance(self.chaos.refuse) {
            return Input::Refused {
                series,
                scope: if is_out {
                    Scope::Account
                } else {
                    Scope::Domain
                },
                message: "no".to_owned(),
                mend: String::new(),
            };
        }
        let askable = Minute::containing(sent - TimeDelta::days(7));
        let minutes = call.span.from.max(askable).until(call.span.to);
        let seen = |minute: Minute| {
            let sample = self.weather.seen(call.domain.as_str(), minute, sent);
            sample.map(|sample| (minute, sample))
        };
        Input::Answer {
            series,
            from: call.span.from,
            to: call.span.to,
            sent,
            samples: minutes.filter_map(seen).collect(),
        }
    }

    /// Keeps a step and does the rebuilds that it asks for; between any two, the process may die.
    fn conclude(&mut self, step: &Step) {
        self.check(step);
        self.store.commit(step);
        loop {
            if std::mem::take(&mut self.dies) || self.dice.chance(self.chaos.crash) {
                return self.crash();
            }
            let Some(need) = self.pipeline.next_rebuild(self.now) else {
                return;
            };
            let kept = self.store.read(&need);
            let step = self.pipeline.rebuild(self.now, &need, kept);
            self.check(&step);
            self.store.commit(&step);
        }
    }

    /// No minute is judged before it has settled, and none is absent that nobody asked for.
    fn check(&self, step: &Step) {
        for mark in &step.series {
            assert!(mark.next <= SETTLING.first_unsettled(step.now).max(mark.judge_from));
            let Some(was) = self.store.marks.get(&mark.series) else {
                continue;
            };
            let kept: BTreeSet<Minute> = step
                .samples
                .iter()
                .filter(|kept| kept.series == mark.series)
                .map(|kept| kept.minute)
                .collect();
            for minute in was
                .next
                .until(mark.next)
                .filter(|minute| !kept.contains(minute))
            {
                let asked = self.asked.get(&(mark.series.clone(), minute));
                let is_settled = |asked: &DateTime<Utc>| *asked - minute.end() >= SETTLE.delta();
                assert!(asked.is_some_and(is_settled), "{minute} was not asked for");
            }
        }
    }
}
