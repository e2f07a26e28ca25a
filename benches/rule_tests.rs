//! How long rule tests take: 10 000 minutes of them, as events alone and with all that there is to
//! ask. Run with `cargo bench --bench rule_tests`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads the clock, prints, and has failed if it cannot go on"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use foghorn::config::{Environment, LoadedCases, Surroundings, load_cases};
use foghorn::daemon::setup;
use foghorn::replay::case::{self, MomentOutcome};

/// How many minutes all tests have together.
const MINUTES: usize = 10_000;
/// What they may take, read and run.
const TARGET: Duration = Duration::from_millis(20);
/// How often each is measured; the best counts.
const ROUNDS: usize = 20;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RULES: &str = include_str!("../rules.example.yaml");

/// What a test asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    Events,
    All,
}

/// The two files.
struct Files(String);

impl Surroundings for Files {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, path: &str) -> Result<String, String> {
        Ok(match path {
            "rules.yaml" => RULES.to_owned(),
            _ => self.0.clone(),
        })
    }

    fn glob(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

/// Returns a file of tests of so many minutes each, in which the example's rules fire.
fn file(minutes: usize, asks: Asks) -> String {
    let mut text = "rules: rules.yaml\ntests:\n".to_owned();
    for number in 0..MINUTES / minutes {
        let row: Vec<String> = (0..minutes)
            .map(|at| match at % 50 {
                20..25 => format!("{}", 20 + at % 7),
                _ => format!("0.{}", 1 + at % 5),
            })
            .collect();
        let _ = write!(
            text,
            "  - name: test {number}\n    only: [origin-5xx]\n    requests: 1000\n    samples: \
             {{www.example.com: {{\"502\": \"{}\"}}}}\n    expect: []\n",
            row.join(" ")
        );
        if asks == Asks::All {
            text.push_str("    pending: []\n    delivered: []\n");
        }
    }
    text
}

fn read(files: &Files) -> LoadedCases {
    load_cases("tests.yaml", files, Environment::Absent).unwrap()
}

fn measure(name: &str, minutes: usize, asks: Asks) {
    let files = Files(file(minutes, asks));
    let (mut reading, mut running) = (Duration::MAX, Duration::MAX);
    let mut facts = 0;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let loaded = read(&files);
        reading = reading.min(begin.elapsed());
        let config = loaded.rules.unwrap().config.unwrap();
        let begin = Instant::now();
        let setup = setup::of(&config);
        let moments = loaded.cases.unwrap();
        let moments = moments.iter().flat_map(|(case, _)| case::run(case, &setup));
        facts = moments
            .filter(|moment| moment.outcome() == MomentOutcome::Surprising)
            .count();
        running = running.min(begin.elapsed());
    }
    assert!(0 < facts, "nothing happened in {name}");
    let whole = reading + running;
    let ratio = TARGET.as_micros() * 100 / whole.as_micros().max(1);
    println!(
        "{name:44} {facts:5} facts  read {:>6} µs  run {:>6} µs  {}.{:02} times as fast as asked",
        reading.as_micros(),
        running.as_micros(),
        ratio / 100,
        ratio % 100,
    );
}

fn main() {
    measure("10 000 minutes, one test, events", MINUTES, Asks::Events);
    measure("10 000 minutes, 200 tests, events", 50, Asks::Events);
    measure(
        "10 000 minutes, one test, deliveries too",
        MINUTES,
        Asks::All,
    );
    measure("10 000 minutes, 200 tests, deliveries too", 50, Asks::All);
}
