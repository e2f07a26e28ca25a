//! What the service costs: disk, transactions, the start, polling, and how old data is when it is
//! judged. All data comes from a seed. Run with `cargo bench --bench service`; `DOMAINS=1000` before it
//! makes it smaller, `ONLY=disk,live` runs some parts.
//! Others at work on the machine make all times longer, but not by much those that are said to be of the processors.

#![expect(
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads the clock, prints rounded numbers, and has failed if it cannot go on"
)]

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use foghorn::config::{Environment, Surroundings, load};
use foghorn::daemon::agenda::{Agenda, Call};
use foghorn::daemon::rebuild::{at_once, look_back};
use foghorn::daemon::setup;
use foghorn::engine::{Part, Proportion, Sample};
use foghorn::pipeline::{
    Blank, Input, Kept, KeptSample, Need, Pipeline, Remembered, RuleMark, SeriesMark, Setup, Step,
    Want,
};
use foghorn::source::budget::Budget;
use foghorn::store::{Repack, Store};
use foghorn::unit::{AccountName, DomainName, Minute, Series, Timespan};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RULES: &str = include_str!("rules20.yaml");
/// The first minute: one with which a day begins.
const FIRST: i64 = 20_625 * 1_440;
const ACCOUNTS: usize = 20;
const CODES: [u16; 8] = [200, 206, 301, 304, 404, 499, 502, 504];

/// Numbers that a seed decides (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }
}

fn minute(at: i64) -> Minute {
    Minute::from_epoch(FIRST + at).unwrap()
}

fn series(number: usize) -> Series {
    Series {
        account: AccountName::from(format!("a{:02}", number % ACCOUNTS).as_str()),
        domain: DomainName::from(format!("d{number:05}.example.com").as_str()),
    }
}

/// Returns a minute with eight codes and their counts; each domain has traffic of its own size,
/// and proportions are floats, as the source writes them.
fn sample(number: usize, at: i64) -> Sample {
    let mut dice = Dice(((number as u64) << 32) ^ at.unsigned_abs());
    let size = 20 << (number % 10);
    let shares = [1_000, 60, 30, 120, 40, 12, 3, 1];
    let counts = shares.map(|share| 1 + share * size / 100 + dice.below(2 + share * size / 400));
    let total: u64 = counts.iter().sum();
    let parts = CODES.into_iter().zip(counts).map(|(code, count)| {
        let percent = format!("{}", count as f64 * 100.0 / total as f64);
        Part {
            code: Some(code),
            proportion: percent.parse::<Proportion>().unwrap_or_default(),
            count: Some(count),
        }
    });
    Sample::new(parts.collect()).unwrap()
}

/// Returns the step in which these domains have had a minute.
fn step_of(domains: usize, at: i64, begin: i64) -> Step {
    let mut step = Step::at(minute(at).end());
    for number in 0..domains {
        step.samples.push(KeptSample {
            series: series(number),
            minute: minute(at),
            kept: Kept::Sample(sample(number, at)),
        });
        step.series.push(SeriesMark {
            series: series(number),
            judge_from: minute(begin),
            next: minute(at + 1),
            covered_from: minute(begin),
            history_begin: Some(minute(begin)),
        });
    }
    step
}

/// Packs what the service would have packed by then.
async fn upkeep(store: &Store, at: i64) {
    let before = minute(at - 60);
    let mut lane = 0;
    while let Some(next) = store.repack(&Repack { before, lane }).await.unwrap().next {
        lane = next;
    }
}

async fn filled(path: &Path, domains: usize, minutes: i64) -> Store {
    let store = Store::open(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    for at in 0..minutes {
        store.commit(&step_of(domains, at, 0)).await.unwrap();
        if at % 60 == 59 && 60 < at {
            upkeep(&store, at).await;
        }
    }
    store
}

/// The processors' time of this process so far, which others at work on the machine do not add to.
fn busy() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(") ").next().unwrap_or_default();
    let ticks = after_name.split(' ').skip(11).take(2);
    ticks.filter_map(|of| of.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Resident memory of a process, in MiB.
fn resident(process: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let pages = text.split(' ').nth(1);
    let pages = pages.and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or_default() * 4_096.0 / f64::from(1 << 20)
}

fn row(name: &str, value: &str, bar: &str) {
    println!("{name:68} {value:>24}   {bar}");
}

fn ms(times: &mut [Duration]) -> String {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    format!("{:.0} / {:.0} / {:.0} ms", at(0), at(50), at(100))
}

async fn disk(folder: &Path) {
    let (domains, minutes) = (200, 2 * 1_440);
    let path = folder.join("disk.db");
    let store = filled(&path, domains, minutes).await;
    let count = domains as u64 * minutes.unsigned_abs();
    let of = |bytes: u64| format!("{:.1} bytes", bytes as f64 / count as f64);
    let grown = store.size().await.unwrap();
    row(
        "disk: a domain-minute of 8 codes with counts, as it grew",
        &of(grown),
        "< 40",
    );
    store.compact().await.unwrap();
    let small = std::fs::metadata(&path).unwrap().len();
    row("disk: the same after `store compact`", &of(small), "");
    store.close().await;
}

async fn transaction(folder: &Path, domains: usize) {
    let store = filled(&folder.join("commit.db"), domains, 2).await;
    let mut times = Vec::new();
    for at in 2..32 {
        let step = step_of(domains, at, 0);
        let begin = Instant::now();
        store.commit(&step).await.unwrap();
        times.push(begin.elapsed());
    }
    let name = format!("transaction: {domains} samples and marks, least / middle / most of 30");
    row(&name, &ms(&mut times), "");
    store.close().await;
}

/// A rules file of the twenty rules over so many domains of simulated accounts.
fn file(domains: usize, store: &str, listen: &str) -> String {
    let mut text = format!("store: \"{store}\"\nweb: {{listen: \"{listen}\"}}\nsource:\n");
    for account in 0..ACCOUNTS {
        let of = (account..domains).step_by(ACCOUNTS);
        let listed: Vec<String> = of.map(|number| series(number).domain.to_string()).collect();
        let _ = writeln!(
            text,
            "  - simulator: {{account: a{account:02}, rate: 1000, domains: [{}]}}",
            listed.join(", ")
        );
    }
    text + "notify: {receivers: {log: [{console: {}}]}, routes: [{to: log}]}\n" + RULES
}

struct Text(String);

impl Surroundings for Text {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }
    fn file(&self, _: &str) -> Result<String, String> {
        Ok(self.0.clone())
    }
    fn glob(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

fn setup_of(domains: usize) -> Arc<Setup> {
    let text = Text(file(domains, "sqlite:foghorn.db", "127.0.0.1:0"));
    let loaded = load("rules.yaml", &text, Environment::Absent).unwrap();
    for diagnostic in &loaded.diagnostics {
        println!("{diagnostic:?}");
    }
    setup::of(&loaded.config.unwrap())
}

/// When a minute has settled and is asked for.
fn settled(at: i64) -> DateTime<Utc> {
    minute(at).end() + TimeDelta::seconds(310)
}

/// What sources answer for one minute of every domain, once it has settled. Series are those that the
/// pipeline wants, as they are for the poller.
fn answers(pipeline: &Pipeline, at: i64) -> Vec<Input> {
    let answer = |series: Series| {
        let digits = &series.domain.as_str()[1..6];
        let number = digits.parse().unwrap();
        Input::Answer {
            series,
            from: minute(at),
            to: minute(at + 1),
            sent: settled(at),
            samples: vec![(minute(at), sample(number, at))],
        }
    };
    let standing = pipeline.snapshot(settled(at)).series.into_iter();
    standing.map(|of| answer(of.series)).collect()
}

/// Begins from a filled store as the service does, reading ahead while series are rebuilt.
async fn begin(store: &Arc<Store>, setup: Arc<Setup>, now: DateTime<Utc>) -> Pipeline {
    let loaded = store.load().await.unwrap();
    let remembered = Remembered {
        series: loaded.series,
        rules: loaded.rules,
        alerts: loaded.alerts,
        notes: loaded.notes,
    };
    let mut pipeline = Pipeline::new(setup, remembered);
    store.commit(&pipeline.begin(now)).await.unwrap();
    look_back_all(store, &mut pipeline, now).await;
    pipeline
}

/// Looks back for all series that must.
async fn look_back_all(store: &Arc<Store>, pipeline: &mut Pipeline, now: DateTime<Utc>) {
    let needs: Vec<Need> = std::iter::from_fn(|| pipeline.next_rebuild(now)).collect();
    let mut parts = store.lanes(&needs).await.unwrap().into_iter();
    let mut begun = VecDeque::new();
    loop {
        for part in parts.by_ref().take(at_once() - begun.len()) {
            let blank = part
                .into_iter()
                .filter_map(|need| pipeline.blank(now, need));
            let (store, blank): (_, Vec<Blank>) = (store.clone(), blank.collect());
            begun.push_back(tokio::spawn(async move {
                look_back(&store, blank).await.unwrap()
            }));
        }
        let Some(work) = begun.pop_front() else { break };
        let step = pipeline.rebuild_all(now, work.await.unwrap());
        store.commit(&step).await.unwrap();
    }
}

async fn live(folder: &Path, domains: usize, days: i64) {
    let path = folder.join("live.db");
    let setup = setup_of(domains);
    let minutes = days * 1_440;
    let store = filled(&path, domains, minutes).await;
    // The rules have been there for as long.
    let first = Pipeline::new(setup.clone(), Remembered::default()).begin(settled(0));
    let rules = first.rules.into_iter().map(|mark| RuleMark {
        from: minute(0),
        ..mark
    });
    let mut step = Step::at(minute(minutes).start());
    step.rules = rules.collect();
    store.commit(&step).await.unwrap();
    store.close().await;
    let bytes = std::fs::metadata(&path).unwrap().len();
    let (begun, busy_before) = (Instant::now(), busy());
    let store = Arc::new(
        Store::open(&format!("sqlite:{}", path.display()))
            .await
            .unwrap(),
    );
    let now = settled(minutes);
    let mut pipeline = begin(&store, setup, now).await;
    let rebuilt = begun.elapsed();
    let inputs = answers(&pipeline, minutes);
    let step = pipeline.step(now, inputs);
    store.commit(&step).await.unwrap();
    let name = format!("start: {domains} domains, {days} day(s) stored, until a minute is judged");
    let value = format!(
        "{:.1} s ({:.1} s)",
        begun.elapsed().as_secs_f64(),
        rebuilt.as_secs_f64()
    );
    row(&name, &value, "< 10 s");
    row(
        "start: what it took of the processors",
        &format!("{:.1} s", busy() - busy_before),
        "",
    );
    row(
        "start: the store's size",
        &format!("{} MiB", bytes >> 20),
        "",
    );
    live_minutes(&store, &mut pipeline, domains, minutes).await;
}

/// Judges and keeps the minutes after `minutes`, of which one is judged already.
async fn live_minutes(store: &Arc<Store>, pipeline: &mut Pipeline, domains: usize, minutes: i64) {
    let (mut judged, mut whole) = (Vec::new(), Vec::new());
    for at in minutes + 1..minutes + 21 {
        let (now, inputs) = (settled(at), answers(pipeline, at));
        assert_eq!(pipeline.next_rebuild(now), None);
        let begun = Instant::now();
        let step = pipeline.step(now, inputs);
        judged.push(begun.elapsed());
        assert!(domains <= step.samples.len(), "{}", step.samples.len());
        store.commit(&step).await.unwrap();
        pipeline.changed_wants(now);
        whole.push(begun.elapsed());
    }
    let name = format!("live minute: {domains} domains × 20 rules, judged");
    row(&name, &ms(&mut judged), "< 40 ms");
    row(
        "live minute: with its transaction and what is wanted next",
        &ms(&mut whole),
        "< 250 ms",
    );
    // One by one, as answers come when there are few.
    let now = settled(minutes + 21);
    let inputs = answers(pipeline, minutes + 21);
    let begun = Instant::now();
    for input in inputs {
        pipeline.step(now, vec![input]);
        pipeline.changed_wants(now);
    }
    let value = format!("{:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
    row(
        "live minute: the same in as many steps, without transactions",
        &value,
        "",
    );
}

/// How old data is when it is judged, beyond what the source and `settle` take: the poller's
/// own agenda and budget by simulated time, each call under way for 300 ms. All domains look `back`
/// that far beyond what is covered.
fn freshness(domains: usize, rate: u32, firing: usize, back: i64) {
    const LATENCY: Duration = Duration::from_millis(300);
    let settle = Timespan::from_seconds(300);
    let mut agenda = Agenda::new(settle);
    let start = minute(0).start();
    let want = |number: usize, next: i64| Want {
        series: series(number),
        next: minute(next),
        first_unseen: minute(next),
        covered_from: minute(next - 100),
        need_from: minute(next - 100 - back),
        is_urgent: number < firing,
    };
    let mut nexts = vec![-6_i64; domains];
    let numbers: BTreeMap<DomainName, usize> = (0..domains)
        .map(|number| (series(number).domain, number))
        .collect();
    for number in 0..domains {
        agenda.want(&series(number).domain, Some(want(number, -6)));
    }
    let mut budget = Budget::new(Duration::ZERO, rate);
    let mut underway: VecDeque<(Duration, Call, DateTime<Utc>)> = VecDeque::new();
    let mut now = Duration::ZERO;
    let (mut calm, mut urgent) = (Vec::new(), Vec::new());
    while now < Duration::from_hours(1) {
        let time = start + TimeDelta::from_std(now).unwrap();
        while underway.front().is_some_and(|(done, ..)| *done <= now) {
            let (_, call, sent) = underway.pop_front().unwrap();
            let number = numbers[&call.domain];
            agenda.answered(&call);
            // Every minute that had settled when the call was sent is judged now.
            let end = Minute::containing(sent - settle.delta()).epoch() - FIRST;
            for at in nexts[number]..end {
                let age = time - minute(at).end() - settle.delta();
                // The first minutes are those of the start.
                if Duration::from_mins(2) < now {
                    let ages = if number < firing {
                        &mut urgent
                    } else {
                        &mut calm
                    };
                    ages.push(age);
                }
            }
            nexts[number] = nexts[number].max(end);
            agenda.want(&call.domain, Some(want(number, nexts[number])));
        }
        if budget.take(now).is_ok()
            && let Some(call) = agenda.choose(time)
        {
            underway.push_back((now + LATENCY, call, time));
        }
        now += Duration::from_millis(10);
    }
    let p99 = |ages: &mut Vec<TimeDelta>| {
        ages.sort();
        ages[(ages.len() - 1) * 99 / 100].as_seconds_f64()
    };
    let past = match back {
        0 => "",
        _ => ", looking back",
    };
    let name = format!("age when judged, p99: {domains} domains, {rate} calls/s, calm{past}");
    row(&name, &format!("{:.1} s", p99(&mut calm)), "< 65 s");
    let name = format!("age when judged, p99: the {firing} that are pending or firing{past}");
    row(&name, &format!("{:.1} s", p99(&mut urgent)), "< 15 s");
}

/// The service itself, which ends with the benchmark.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn metrics(at: SocketAddr) -> Option<String> {
    let mut stream = TcpStream::connect(at).ok()?;
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    Some(text)
}

/// Returns the sum over all accounts of a metric's samples whose labels have this in them.
fn sum(text: &str, name: &str, label: &str) -> u64 {
    let lines = text
        .lines()
        .filter(|line| line.starts_with(name) && line.contains(label));
    lines
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

fn poll(folder: &Path, domains: usize) {
    let at = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let store = format!("sqlite:{}", folder.join("poll.db").display());
    let rules = folder.join("poll.yaml");
    std::fs::write(&rules, file(domains, &store, &at.to_string())).unwrap();
    let program =
        std::env::var("FOGHORN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_foghorn").to_owned());
    let child = Command::new(program)
        .arg("run")
        .arg(&rules)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut service = Service(child);
    let mut first = None;
    loop {
        assert!(
            service.0.try_wait().unwrap().is_none(),
            "the service has ended"
        );
        let text = metrics(at).unwrap_or_default();
        let called = sum(&text, "foghorn_source_calls_total", "answered");
        if 0 < called {
            let since = *first.get_or_insert_with(Instant::now);
            if domains as u64 <= called {
                let name = format!(
                    "poll: {domains} domains of {ACCOUNTS} accounts once, simulator included"
                );
                row(
                    &name,
                    &format!("{:.1} s", since.elapsed().as_secs_f64()),
                    "< 10 s",
                );
                let memory = resident(&service.0.id().to_string());
                row(
                    "poll: memory of the process, simulator included",
                    &format!("{memory:.0} MiB"),
                    "",
                );
                return;
            }
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn main() {
    let number = |name: &str, default| {
        let set = std::env::var(name).ok();
        set.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let domains: usize = number("DOMAINS", 10_000);
    let only = std::env::var("ONLY").unwrap_or_default();
    let runs = |part: &str| only.is_empty() || only.split(',').any(|of| of == part);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if runs("age") {
        freshness(300, 5, 60, 0);
        freshness(300, 5, 60, 7 * 24 * 60);
    }
    if runs("disk") {
        runtime.block_on(disk(folder));
    }
    if runs("commit") {
        runtime.block_on(transaction(folder, domains));
    }
    if runs("live") {
        runtime.block_on(live(folder, domains, 1));
    }
    if runs("poll") {
        poll(folder, domains);
    }
}
