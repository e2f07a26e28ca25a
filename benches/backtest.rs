//! What `foghorn backtest` takes as a whole process, its wall time and its memory: the twenty rules over
//! seven days of a thousand domains, read from lines on disk, plain and packed, and from a store. The data are those
//! of the engine's benchmark, from a seed.
//!
//! Run with `cargo bench --bench backtest`; it needs `/usr/bin/time` (GNU) and, for packed lines, `gzip` and
//! `zstd`. `DOMAINS=100` before it makes it smaller, `ONLY=lines,gzip,zstd,store` runs some of it, `COUNTS=1` gives
//! every code its count, `FOGHORN` names another program to measure, and `FOLDER` a folder to keep the data in.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints rounded numbers, and has failed if it cannot go on"
)]

#[expect(dead_code, reason = "the benchmark of the engine uses the rest")]
#[path = "engine/data.rs"]
mod data;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use foghorn::engine::{Part, Sample};
use foghorn::pipeline::Kept;
use foghorn::samples::write_line;
use foghorn::store::Store;
use foghorn::unit::{AccountName, DomainName, Series as Name};

use crate::data::{MINUTES, Series, minute};

const RULES: &str = include_str!("rules20.yaml");
/// The fewest and the most requests of a minute of a domain, where they are counted.
const REQUESTS: (u64, u64) = (2_000, 60_000);

/// The domains, and what is written of each minute.
struct Data {
    domains: Vec<(DomainName, Series)>,
    is_counted: bool,
}

impl Data {
    fn new(domains: u64, is_counted: bool) -> Self {
        let domain = |at: u64| {
            let name = format!("d{at:04}.example.com");
            (DomainName::from(name.as_str()), Series::new(at + 1))
        };
        Self {
            domains: (0..domains).map(domain).collect(),
            is_counted,
        }
    }

    fn sample(&self, domain: usize, at: usize) -> Option<Sample> {
        let sample = self.domains[domain].1.sample(at)?;
        if !self.is_counted {
            return Some(sample);
        }
        let (least, most) = REQUESTS;
        let requests = least + (domain * 7_919 + at * 104_729) as u64 % (most - least);
        let count = |part: &Part| {
            let share = i128::from(part.proportion.units()) * i128::from(requests);
            u64::try_from(share / 100_000_000_000_000_000).unwrap()
        };
        let parts = sample.parts().iter().map(|part| Part {
            count: Some(count(part)),
            ..*part
        });
        Some(Sample::new(parts.collect()).unwrap())
    }

    /// Writes all lines, minute by minute; returns how many they are.
    fn write_lines(&self, path: &Path) -> u64 {
        let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
        let mut lines = 0;
        for at in 0..MINUTES {
            for (domain, (name, _)) in self.domains.iter().enumerate() {
                if let Some(sample) = self.sample(domain, at) {
                    let line = write_line(name, minute(at), &sample);
                    file.write_all(line.as_bytes()).unwrap();
                    file.write_all(b"\n").unwrap();
                    lines += 1;
                }
            }
        }
        file.flush().unwrap();
        lines
    }

    async fn store(&self, url: &str) {
        let store = Store::open(url).await.unwrap();
        for (domain, (name, _)) in self.domains.iter().enumerate() {
            let kept = |at| Some((minute(at), Kept::Sample(self.sample(domain, at)?)));
            let rows: Vec<_> = (0..MINUTES).filter_map(kept).collect();
            let series = Name {
                account: AccountName::from("main"),
                domain: name.clone(),
            };
            store.import(&series, &rows).await.unwrap();
        }
        store.close().await;
    }
}

/// Runs a backtest and prints what it took.
fn measure(folder: &Path, name: &str, arguments: &[&str], bar: &str) {
    let program = std::env::var("FOGHORN");
    let program = program.unwrap_or_else(|_| env!("CARGO_BIN_EXE_foghorn").to_owned());
    let outcome = Command::new("/usr/bin/time")
        .args(["-f", "%e %U %S %M", &program, "backtest"])
        .arg(folder.join("rules.yaml"))
        .args(arguments)
        .args(["--format", "json"])
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let told = String::from_utf8(outcome.stderr).unwrap();
    assert!(outcome.status.success(), "{told}");
    let numbers = told.lines().last().unwrap_or_default().split(' ');
    let numbers: Vec<f64> = numbers.map(|word| word.parse().unwrap()).collect();
    let events = String::from_utf8_lossy(&outcome.stdout).lines().count();
    println!(
        "{name:8} {:6.2} s wall, {:6.2} s of processors, {:5.0} MiB, {events} events   {bar}",
        numbers[0],
        numbers[1] + numbers[2],
        numbers[3] / 1024.0
    );
}

fn packed(folder: &Path, program: &str, ending: &str) {
    let lines = folder.join("samples.jsonl");
    let path = folder.join(format!("samples.jsonl.{ending}"));
    if !path.exists() {
        let packing = Command::new(program)
            .args(["-q", "-1", "-c"])
            .arg(&lines)
            .stdout(File::create(&path).unwrap())
            .status();
        if !packing.is_ok_and(|status| status.success()) {
            println!("{program:8} is not there");
            return;
        }
    }
    let path = path.display().to_string();
    measure(folder, program, &["--data", &path], "");
}

fn main() {
    let set = |name: &str| std::env::var(name).ok();
    let domains = set("DOMAINS").and_then(|text| text.parse().ok());
    let domains = domains.unwrap_or(1_000);
    let only = set("ONLY").unwrap_or_default();
    let runs = |part: &str| only.is_empty() || only.split(',').any(|of| of == part);
    let temporary = tempfile::tempdir().unwrap();
    let folder = set("FOLDER").map_or(temporary.path().to_owned(), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    let url = format!("sqlite:{}", folder.join("foghorn.db").display());
    let rules = format!("store: \"{url}\"\n{RULES}");
    std::fs::write(folder.join("rules.yaml"), rules).unwrap();
    let lines = folder.join("samples.jsonl");
    let needs_lines = ["lines", "gzip", "zstd"].iter().any(|part| runs(part)) && !lines.exists();
    let needs_store = runs("store") && !folder.join("foghorn.db").exists();
    if needs_lines || needs_store {
        let data = Data::new(domains, set("COUNTS").is_some());
        if needs_lines {
            let count = data.write_lines(&lines);
            let bytes = std::fs::metadata(&lines).unwrap().len();
            println!(
                "{count} lines of {domains} domains, {} MB",
                bytes / 1_000_000
            );
        }
        if needs_store {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(data.store(&url));
        }
    }
    if runs("lines") {
        let path = lines.display().to_string();
        measure(&folder, "lines", &["--data", &path], "< 8 s, < 500 MiB");
    }
    if runs("gzip") {
        packed(&folder, "gzip", "gz");
    }
    if runs("zstd") {
        packed(&folder, "zstd", "zst");
    }
    if runs("store") {
        measure(&folder, "store", &[], "< 4 s");
    }
}
