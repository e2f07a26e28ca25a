//! How long `foghorn lint` takes, beside `promtool check rules` on the same conditions.
//!
//!     cargo bench --bench lint
//!
//! Rules files are generated from a seed, and each condition is written as `PromQL` as well. Both
//! programs run as a whole, from process start, in turns, on one core where `taskset` is there.
//! `promtool` is looked for in `PATH`, or named by `PROMTOOL`; without one, only `lint` is timed.
//! `FOGHORN` names another binary to time, and `RULES` another number of rules than 10 000.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints what the clock says"
)]

mod generated;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use generated::Generated;

/// What the files are generated from.
const SEED: u64 = 20_261_123;
/// How many rules the largest rules file may have.
const RULES: usize = 10_000;
/// How many a typical one has.
const RULES_TYPICAL: usize = 20;
/// How often each program runs.
const RUNS: usize = 11;

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo test --benches` asks only whether it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let rules = match std::env::var("RULES") {
        Ok(rules) => rules.parse()?,
        Err(_) => RULES,
    };
    let folder = std::env::temp_dir().join(format!("foghorn-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let timed = [rules, RULES_TYPICAL]
        .into_iter()
        .try_for_each(|rules| compare(&folder, rules));
    std::fs::remove_dir_all(&folder)?;
    timed
}

/// Times both programs on files of so many rules.
fn compare(folder: &Path, rules: usize) -> Result<(), Box<dyn Error>> {
    let Generated { yaml, prometheus } = generated::rules(SEED, rules);
    let (ours, theirs) = (folder.join("rules.yaml"), folder.join("rules.prom"));
    std::fs::write(&ours, &yaml)?;
    std::fs::write(&theirs, &prometheus)?;
    println!(
        "{rules} rules, {} KiB; {} KiB for Prometheus",
        yaml.len() >> 10,
        prometheus.len() >> 10
    );
    let foghorn = std::env::var_os("FOGHORN").map_or_else(built, PathBuf::from);
    let lint = program(&foghorn, &["lint"], &ours);
    let promtool = promtool().map(|path| program(&path, &["check", "rules"], &theirs));
    let (mut lints, mut checks) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        lints.push(time(&lint, &[0, 1])?);
        if let Some(promtool) = &promtool {
            checks.push(time(promtool, &[0])?);
        }
    }
    let lint = tell("foghorn lint", lints);
    if promtool.is_none() {
        println!("  promtool is neither in PATH nor named by PROMTOOL");
        return Ok(());
    }
    let check = tell("promtool check rules", checks);
    let tenths = check.as_micros() * 10 / lint.as_micros().max(1);
    println!(
        "  ratio of the minima    {:>6}.{}",
        tenths / 10,
        tenths % 10
    );
    Ok(())
}

/// A program with its arguments.
type Line = Vec<PathBuf>;

/// Returns the line that runs a program on one file, on one core if that can be had.
fn program(path: &Path, words: &[&str], file: &Path) -> Line {
    let mut line = Line::new();
    if find("taskset").is_some() {
        line.extend(["taskset", "-c", "0"].map(PathBuf::from));
    }
    line.push(path.to_owned());
    line.extend(words.iter().map(PathBuf::from));
    line.push(file.to_owned());
    line
}

/// Runs a program once, which must end with one of these statuses.
fn time(line: &Line, statuses: &[i32]) -> Result<Duration, Box<dyn Error>> {
    let mut command = Command::new(&line[0]);
    command.args(&line[1..]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let begin = Instant::now();
    let status = command.status()?;
    let took = begin.elapsed();
    if !status.code().is_some_and(|code| statuses.contains(&code)) {
        return Err(format!("{}: {status}", line[line.len() - 1].display()).into());
    }
    Ok(took)
}

/// Prints the least and the middle of some times, and returns the least.
fn tell(name: &str, mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let tenths =
        |time: Duration| format!("{}.{} ms", time.as_millis(), time.as_micros() / 100 % 10);
    let (least, middle) = (times[0], times[times.len() / 2]);
    println!(
        "  {name:22} {:>10} at least, {:>10} in the middle",
        tenths(least),
        tenths(middle)
    );
    least
}

fn built() -> PathBuf {
    PathBuf::from(option_env!("CARGO_BIN_EXE_foghorn").unwrap_or("foghorn"))
}

fn promtool() -> Option<PathBuf> {
    std::env::var_os("PROMTOOL").map_or_else(|| find("promtool"), |path| Some(path.into()))
}

fn find(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let mut paths = std::env::split_paths(&folders).map(|folder| folder.join(program));
    paths.find(|path| path.is_file())
}
