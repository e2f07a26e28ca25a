//! How fast the engine judges: twenty rules over a thousand domains and seven days, beside loops over
//! arrays that somebody wrote for just these rules; what a window's length and shared windows cost; a live
//! minute of ten thousand domains, and their memory. All ratios are of one run.
//!
//! Run with `cargo bench --bench engine`; after `--`, a number is how many domains the loops judge, and
//! `live`, `loops`, `lengths`, `shared` and `read` choose parts.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_possible_truncation,
    reason = "a benchmark reads the clock, prints, and has failed if it cannot go on"
)]

#[path = "engine/data.rs"]
mod data;
#[path = "engine/loops.rs"]
mod loops;

use std::time::{Duration, Instant};

use foghorn::engine::{
    Event as What, Observation, OnUnknown, Plan, Recording, Rule, Ruleset, Sample, SeriesEngine,
    Transition,
};
use foghorn::lang::{Compiler, Names, Program, parse_when};
use foghorn::replay::Course;
use foghorn::samples::{Reader, write_line};
use foghorn::unit::{DomainName, GlobList, Severity};

use crate::data::{Dice, MINUTES, START, Series, minute};
use crate::loops::{Event, Loops};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often each is measured; the least counts.
const ROUNDS: usize = 5;
/// How long what is short is repeated, so that each is measured over a time that means something.
const ENOUGH: Duration = Duration::from_millis(100);
/// How many domains of how many are live.
const LIVE: usize = 10_000;

/// Rules and their program.
struct Set {
    program: Program,
    rules: Vec<Rule>,
}

impl Set {
    fn new<'a>(rules: impl Iterator<Item = (String, &'a str)>) -> Self {
        let mut compiler = Compiler::default();
        let rules = rules.map(|(name, when)| {
            let (when, faults) = parse_when(when);
            assert_eq!(faults, []);
            let tiers = [(Severity::Warning, when.unwrap())];
            Rule {
                name,
                domains: GlobList::all(),
                on_unknown: OnUnknown::Hold,
                compiled: compiler.rule(&tiers, &Names::default()).unwrap().into(),
            }
        });
        let rules = rules.collect();
        Self {
            program: compiler.finish(),
            rules,
        }
    }

    /// Returns the twenty rules, which stand one on a line.
    fn twenty() -> Self {
        let text = include_str!("rules20.yaml");
        let lines = text.lines().filter_map(|line| line.split_once("name: "));
        Self::new(lines.map(|(_, rest)| {
            let (name, rest) = rest.split_once(',').unwrap();
            (name.to_owned(), rest.split('"').nth(1).unwrap())
        }))
    }

    fn one(when: &str) -> Self {
        Self::new(std::iter::once(("rule".to_owned(), when)))
    }
}

/// The processor's time of this process so far, user and system apart from others' work.
fn processor_time() -> Duration {
    // The system brings its count up to date when a thread gives way.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|first| first.parse().ok());
    nanos.map_or(Duration::ZERO, Duration::from_nanos)
}

/// Returns the time of a run: of the processor where the system tells it, as others may be at work on
/// the machine.
fn time(run: impl FnOnce()) -> Duration {
    let (wall, busy) = (Instant::now(), processor_time());
    run();
    let busy = processor_time().saturating_sub(busy);
    if busy.is_zero() { wall.elapsed() } else { busy }
}

/// Returns the least of several runs' times: whatever else is at work on the machine makes them longer.
fn least(mut run: impl FnMut()) -> f64 {
    least_after(|| (), |()| run())
}

/// Returns the least time of several runs, each with what `prepare` gives it, which takes no part.
fn least_after<T>(mut prepare: impl FnMut() -> T, mut run: impl FnMut(T)) -> f64 {
    let times = (0..ROUNDS).map(|_| {
        let prepared = prepare();
        time(|| run(prepared))
    });
    times.min().unwrap_or_default().as_secs_f64()
}

/// Returns the least time of a short run, which each time is repeated for a while.
fn least_of_many(mut run: impl FnMut()) -> f64 {
    let once = time(&mut run).as_secs_f64();
    let times = ((ENOUGH.as_secs_f64() / once).ceil() as usize).clamp(1, 100_000);
    let repeat = || (0..times).for_each(|_| run());
    least(repeat) / times as f64
}

/// Row by row beside the loops.
fn against_loops(domains: usize) {
    let all: Vec<Series> = (0..domains)
        .map(|seed| Series::new(seed as u64 + 1))
        .collect();
    let recordings: Vec<(DomainName, Recording)> = all
        .iter()
        .enumerate()
        .map(|(at, series)| {
            (
                DomainName::from(format!("d{at:04}.example.com").as_str()),
                series.recording(),
            )
        })
        .collect();
    let twenty = Set::twenty();
    let plan = Plan::new(&twenty.program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: &twenty.rules,
    };
    let mut events = Vec::new();
    let by_loops = least(|| {
        events.clear();
        let mut loops = Loops::new();
        for (at, series) in all.iter().enumerate() {
            loops.judge(at, series, &mut events);
        }
    });
    let found = std::cell::RefCell::new(Vec::new());
    // What was found in the round before is dropped first.
    let forget = || drop(found.take());
    let by_engine = least_after(forget, |()| {
        let pairs = recordings
            .iter()
            .map(|(domain, recording)| (domain, recording));
        let course = Course::new(ruleset, pairs.clone(), None).unwrap();
        found.replace(course.end(course.judge_all(pairs)).transitions);
    });
    let transitions = found.into_inner();
    compare(&mut events, &transitions, &twenty.rules);
    let minutes = (domains * MINUTES) as f64;
    println!(
        "{domains} domains, 7 days, 8 codes, 20 rules, one thread, {} events, the same of both",
        events.len()
    );
    println!(
        "  loops over arrays  {by_loops:7.3} s  {:6.1} ns a domain's minute",
        by_loops / minutes * 1e9
    );
    println!(
        "  the engine         {by_engine:7.3} s  {:6.1} ns a domain's minute",
        by_engine / minutes * 1e9
    );
    println!(
        "  ratio              {:7.2}  (at most 3 is asked)",
        by_engine / by_loops
    );
}

/// Lines of samples read by one of two readers, as each of two threads does.
fn read(domains: usize) {
    let series: Vec<Series> = (0..domains)
        .map(|seed| Series::new(seed as u64 + 1))
        .collect();
    let mut text = String::new();
    let mut lines = 0;
    for at in 0..MINUTES {
        for (domain, series) in series.iter().enumerate() {
            if let Some(sample) = series.sample(at) {
                let domain = DomainName::from(format!("d{domain:04}.example.com").as_str());
                text.push_str(&write_line(&domain, minute(at), &sample));
                text.push('\n');
                lines += 1;
            }
        }
    }
    let time = least(|| {
        let mut reader = Reader::new(0, 2);
        reader.take(text.as_bytes());
        assert!(!reader.end().unwrap().is_empty());
    });
    println!(
        "{lines} lines, {} bytes each, one of two readers: {:.0} ns a line",
        text.len() / lines,
        time / lines as f64 * 1e9
    );
}

/// Fails unless both found the same.
fn compare(events: &mut [Event], transitions: &[Transition], rules: &[Rule]) {
    let found = transitions.iter().map(|transition| {
        let (_, domain, _) = transition.key.columns();
        Event {
            domain: domain[1..5].parse().unwrap(),
            minute: usize::try_from(transition.minute.epoch() - START).unwrap(),
            rule: rules
                .iter()
                .position(|rule| rule.name == transition.key.rule)
                .unwrap(),
            is_fired: transition.event == What::Fired,
        }
    });
    let mut found: Vec<Event> = found.collect();
    found.sort();
    events.sort();
    if let Some((a, b)) = found.iter().zip(&*events).find(|(a, b)| a != b) {
        panic_at(*a, *b, rules);
    }
    assert_eq!(found.len(), events.len());
}

fn panic_at(engine: Event, loops: Event, rules: &[Rule]) {
    let name = |event: Event| &rules[event.rule].name;
    assert_eq!(
        engine,
        loops,
        "the engine ({}) and the loops ({}) differ",
        name(engine),
        name(loops)
    );
}

/// What a minute costs, judged in blocks, in nanoseconds.
fn cost(set: &Set, recordings: &[(DomainName, Recording)]) -> f64 {
    let plan = Plan::new(&set.program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: &set.rules,
    };
    let pairs = recordings
        .iter()
        .map(|(domain, recording)| (domain, recording));
    let time = least_of_many(|| {
        let course = Course::new(ruleset, pairs.clone(), None).unwrap();
        std::hint::black_box(course.judge_all(pairs.clone()));
    });
    time / (recordings.len() * MINUTES) as f64 * 1e9
}

/// What a live minute costs once the windows are full, in nanoseconds.
fn live_cost(set: &Set, series: &Series) -> f64 {
    let plan = Plan::new(&set.program);
    let ruleset = Ruleset {
        plan: &plan,
        rules: &set.rules,
    };
    let samples: Vec<Option<Sample>> = (0..MINUTES).map(|at| series.sample(at)).collect();
    let mut engine = SeriesEngine::new(foghorn_series(0), None, ruleset);
    let mut at = 0;
    let mut week = || {
        for sample in &samples {
            let observation = sample
                .as_ref()
                .map_or(Observation::Absent, Observation::Sample);
            std::hint::black_box(engine.advance(minute(at), observation, ruleset, |_| true));
            at += 1;
        }
    };
    week();
    least_of_many(week) / MINUTES as f64 * 1e9
}

fn foghorn_series(at: usize) -> foghorn::unit::Series {
    foghorn::unit::Series {
        account: "a".into(),
        domain: DomainName::from(format!("d{at:04}.example.com").as_str()),
    }
}

fn lengths() {
    const LENGTHS: [&str; 4] = ["5m", "1h", "1d", "7d"];
    let series: Vec<Series> = (0..20).map(|seed| Series::new(seed + 1)).collect();
    let recordings: Vec<(DomainName, Recording)> = series
        .iter()
        .enumerate()
        .map(|(at, series)| {
            (
                DomainName::from(format!("d{at}").as_str()),
                series.recording(),
            )
        })
        .collect();
    println!(
        "a minute against the length of the window, in ns: {LENGTHS:?} (at most 1.5 times is asked)"
    );
    for kind in [
        "5xx > 10% for D",
        "avg(5xx over D) > 5%",
        "avg(5xx over D) + max(502 over D) > 20%",
        "p90(500 over D) > 10%",
        "p90(500 over D) + median(5xx over D) > 10%",
        "stddev(404 over D) > 5%",
        "5xx - 5xx offset D > 10%",
    ] {
        let sets = LENGTHS.map(|length| Set::one(&kind.replace('D', length)));
        let in_blocks = sets.each_ref().map(|set| cost(set, &recordings));
        let live = sets.each_ref().map(|set| live_cost(set, &series[0]));
        println!("  {kind:44} in blocks {}", row(in_blocks));
        println!("  {:44} live      {}", "", row(live));
    }
}

fn row<const N: usize>(costs: [f64; N]) -> String {
    let told: Vec<String> = costs.iter().map(|cost| format!("{cost:7.1}")).collect();
    let worst = costs.iter().fold(0_f64, |a, b| a.max(*b)) / costs[0];
    format!("{}  {worst:.2} times", told.join(" "))
}

/// A hundred rules over the same windows, beside one.
fn shared() {
    let series: Vec<Series> = (0..20).map(|seed| Series::new(seed + 1)).collect();
    let recordings: Vec<(DomainName, Recording)> = series
        .iter()
        .enumerate()
        .map(|(at, series)| {
            (
                DomainName::from(format!("d{at}").as_str()),
                series.recording(),
            )
        })
        .collect();
    let rule = |at: usize| {
        format!("avg(5xx over 1h) > {at}.5% and p90(502 over 30m) + max(5xx over 10m) > {at}%")
    };
    let text: Vec<String> = (1..=100).map(|at| rule(60 + at % 40 + at / 40)).collect();
    let texts = || text.iter().enumerate();
    let hundred = Set::new(texts().map(|(at, when)| (format!("r{at}"), when.as_str())));
    let one = Set::new(
        texts()
            .take(1)
            .map(|(at, when)| (format!("r{at}"), when.as_str())),
    );
    let (one, hundred) = (
        [cost(&one, &recordings), live_cost(&one, &series[0])],
        [cost(&hundred, &recordings), live_cost(&hundred, &series[0])],
    );
    for (name, one, hundred) in [
        ("in blocks", one[0], hundred[0]),
        ("live", one[1], hundred[1]),
    ] {
        println!(
            "100 rules that share windows, {name:9}: {hundred:7.1} ns beside {one:6.1} ns of one: {:.2} times (at most 10 is asked)",
            hundred / one
        );
    }
}

/// Resident memory of this process, in MiB.
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or_default() * 4096.0 / 1024.0 / 1024.0
}

/// A minute of many domains as the service judges it, and what they take.
fn live() {
    let twenty = Set::twenty();
    // The same with nothing that looks back further than 70 minutes.
    let text = include_str!("rules20.yaml").replace("offset 1d", "offset 1h");
    let lines = text.lines().filter_map(|line| line.split_once("name: "));
    let short = Set::new(lines.map(|(_, rest)| {
        let (name, rest) = rest.split_once(',').unwrap();
        (name.to_owned(), rest.split('"').nth(1).unwrap())
    }));
    let source = Series::new(7);
    let samples: Vec<Option<Sample>> = (0..MINUTES).map(|at| source.sample(at)).collect();
    for (name, set, asked) in [("70 minutes", &short, 250), ("1 day", &twenty, 1024)] {
        let plan = Plan::new(&set.program);
        let ruleset = Ruleset {
            plan: &plan,
            rules: &set.rules,
        };
        let before = resident();
        let mut dice = Dice::new(3);
        let mut engines: Vec<(usize, SeriesEngine)> = (0..LIVE)
            .map(|at| {
                let offset = dice.below(5_000) as usize;
                (offset, SeriesEngine::new(foghorn_series(at), None, ruleset))
            })
            .collect();
        let mut at = 0;
        let mut next = || {
            for (offset, engine) in &mut engines {
                let sample = &samples[(at + *offset) % MINUTES];
                let observation = sample
                    .as_ref()
                    .map_or(Observation::Absent, Observation::Sample);
                std::hint::black_box(engine.advance(minute(at), observation, ruleset, |_| true));
            }
            at += 1;
        };
        for _ in 0..80 {
            next();
        }
        let time = least(next) * 1e3;
        println!(
            "{LIVE} domains, 20 rules, reach {name}: a live minute {time:.1} ms (at most 40 is asked), {:.0} MiB (at most {asked} is asked)",
            resident() - before
        );
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let domains = words.iter().find_map(|word| word.parse().ok());
    let parts = ["live", "loops", "lengths", "shared", "read"];
    let is_chosen = |part: &str| {
        let any = words.iter().any(|word| parts.contains(&word.as_str()));
        !any || words.iter().any(|word| word == part)
    };
    if is_chosen("live") {
        live();
    }
    if is_chosen("loops") {
        against_loops(domains.unwrap_or(1_000));
    }
    if is_chosen("lengths") {
        lengths();
    }
    if is_chosen("shared") {
        shared();
    }
    if is_chosen("read") {
        read(100);
    }
}
