//! `foghorn backtest` as somebody uses it: what it reads, what it says, what it compares.

mod figures;
mod given;
mod kept;
mod outages;
mod report;
mod said;
mod source;
pub mod told;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Output};

use foghorn::unit::Minute;

/// A rules file for three domains, with a rule of many.
const RULES: &str = "\
rules:
  - name: origin-5xx
    when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 2m
    severity: critical
  - name: gateway
    when: {warning: 502 > 2% for 5m, critical: 502 > 20%}
  - name: wide
    when: 5xx > 10% on at least 2 domains
  - name: silent
    when: no data for 10m
notify:
  receivers: {oncall: [console: {}], screen: [console: {}]}
  routes:
    - {match: {severity: critical}, to: [oncall], continue: true}
    - to: [screen]
";

/// The outages, in minutes from the first: the domain, the first minute, how many, the percentage.
const OUTAGES: [(&str, i64, i64, i64); 4] = [
    ("www.example.com", 300, 40, 30),
    ("api.example.com", 310, 20, 60),
    ("www.example.com", 1_000, 4, 12),
    ("img.example.com", 1_500, 90, 3),
];
const DOMAINS: [&str; 3] = ["api.example.com", "img.example.com", "www.example.com"];
/// How many minutes there are: two days.
const MINUTES: i64 = 2_880;

fn minute(at: i64) -> Minute {
    let first: Minute = "2020-11-21T00:00:00Z".parse().unwrap();
    Minute::from_epoch(first.epoch() + at).unwrap()
}

/// Returns two days of three domains as JSON lines.
fn samples() -> String {
    let mut lines = String::new();
    for at in 0..MINUTES {
        for domain in DOMAINS {
            let outage = OUTAGES.iter().find(|(of, first, length, _)| {
                *of == domain && (*first..first + length).contains(&at)
            });
            let bad = outage.map_or(at % 2, |(_, _, _, bad)| *bad);
            let minute = minute(at);
            writeln!(
                lines,
                r#"{{"domain":"{domain}","minute":"{minute}","codes":{{"200":{},"502":{bad}}},"counts":{{"200":{},"502":{}}}}}"#,
                100 - bad,
                10 * (100 - bad),
                10 * bad
            )
            .unwrap();
        }
    }
    lines
}

/// A folder with a rules file and samples.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("rules.yaml", RULES);
        folder.write("samples.jsonl", samples());
        folder
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_foghorn"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap()
    }

    /// Runs a backtest that succeeds and returns what it printed.
    fn backtest(&self, arguments: &[&str]) -> String {
        let mut all = vec!["backtest", "rules.yaml"];
        all.extend(arguments);
        let output = self.run(&all);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a backtest that cannot do its work and returns what it said.
    fn refused(&self, arguments: &[&str]) -> String {
        let mut all = vec!["backtest", "rules.yaml"];
        all.extend(arguments);
        let output = self.run(&all);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn what_would_have_happened_is_said_in_words_that_fit_a_terminal() {
    let folder = Folder::new();
    let text = folder.backtest(&["--data", "samples.jsonl"]);
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(!text.contains('\u{1b}'), "{text}");
    insta::assert_snapshot!(text);
    let output = Command::new(env!("CARGO_BIN_EXE_foghorn"))
        .args(["backtest", "rules.yaml", "--data", "samples.jsonl"])
        .current_dir(folder.0.path())
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let plain = String::from_utf8(output.stdout).unwrap();
    assert!(plain.contains("origin-5xx  ...."), "{plain}");
}

#[test]
fn a_calm_time_and_no_minute_at_all_are_told_as_such() {
    let folder = Folder::new();
    let calm = folder.backtest(&[
        "--data",
        "samples.jsonl",
        "--judge-from",
        "2020-11-22T12:00:00Z",
    ]);
    assert!(calm.contains("Nothing would have fired."), "{calm}");
    folder.write("none.jsonl", "");
    // Whatever is asked for: a step that tries rules on an empty export must not pass.
    for asked in [
        &[][..],
        &["--format", "json"],
        &["--sweep", "origin-5xx: 5%..20%"],
        &["--against", "rules.yaml", "--format", "markdown"],
        &["--report", "out.html"],
    ] {
        let none = folder.refused(&[&["--data", "none.jsonl"], asked].concat());
        assert!(
            none.contains("there is no minute to judge in none.jsonl"),
            "{none}"
        );
    }
    let none = folder.refused(&[
        "--data",
        "samples.jsonl",
        "--judge-from",
        "2026-12-01T00:00:00Z",
    ]);
    assert!(none.contains("it ends at 2020-11-22T23:59:00Z"), "{none}");
}

#[test]
fn packed_files_and_folders_of_them_say_what_the_plain_file_says() {
    let folder = Folder::new();
    let json = |data: &str| folder.backtest(&["--data", data, "--format", "json"]);
    let plain = json("samples.jsonl");
    assert!(plain.lines().count() > 8, "{plain}");
    let text = samples();
    let gzip = |text: &str| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let zstd = |text: &str| {
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        ruzstd::encoding::compress_to_vec(text.as_bytes(), level)
    };
    folder.write("samples.gz", gzip(&text));
    folder.write("samples.zst", zstd(&text));
    assert_eq!(json("samples.gz"), plain);
    assert_eq!(json("samples.zst"), plain);
    // A folder in three parts, one of which a later one corrects, and a file that is none of ours.
    let half = text.len() / 2 + text[text.len() / 2..].find('\n').unwrap() + 1;
    let wrong = text[..half].replace("\"502\":30}", "\"502\":0}");
    folder.write("week/1.jsonl", wrong);
    folder.write("week/2.jsonl.gz", gzip(&text[..half]));
    folder.write("week/3.jsonl.zst", zstd(&text[half..]));
    folder.write("week/README.md", "the week");
    folder.write("week/.hidden.jsonl", "not ours");
    assert_eq!(json("week"), plain);
    folder.write("empty/README.md", "nothing");
    assert!(
        folder
            .refused(&["--data", "empty"])
            .contains("has no file of samples")
    );
    folder.write("week/4.jsonl", "{}");
    assert!(
        folder
            .refused(&["--data", "week"])
            .contains("week/4.jsonl:1: ")
    );
    let cut = gzip(&text);
    folder.write("cut.gz", &cut[..cut.len() / 2]);
    assert!(
        folder
            .refused(&["--data", "cut.gz"])
            .contains("read cut.gz")
    );
}

#[test]
fn saved_answers_in_a_folder_are_one_recording() {
    let folder = Folder::new();
    for (file, domain, at) in [
        ("a.json", "a.example.com", 0),
        ("b.json", "b.example.com", 0),
        ("c.json", "a.example.com", 30),
    ] {
        let points: Vec<String> = (at..at + 30)
            .map(|at| {
                format!(
                    r#"{{"TimeStamp":"{}","Value":{{"RealTimeSrcCodeProportionData":[{{"Code":"502","Proportion":"50"}},{{"Code":"200","Proportion":"50"}}]}}}}"#,
                    minute(at)
                )
            })
            .collect();
        let answer = format!(
            "{{\n\"DomainName\":\"{domain}\",\n\"RealTimeSrcHttpCodeData\":{{\"UsageData\":[{}]}}}}",
            points.join(",")
        );
        folder.write(&format!("saved/{file}"), answer);
    }
    let text = folder.backtest(&["--data", "saved"]);
    assert!(
        text.contains("2 domains: 2020-11-21 00:00 to 2020-11-21 01:00 UTC, 1h"),
        "{text}"
    );
}

#[test]
fn a_minute_of_another_century_is_refused_and_not_walked_to() {
    let folder = Folder::new();
    let far = r#"{"domain":"far.example.com","minute":"9999-12-31T23:59:00Z","codes":{"200":100}}"#;
    folder.write("far.jsonl", samples() + far);
    let told = folder.refused(&["--data", "far.jsonl"]);
    assert!(
        told.contains("far.example.com") && told.contains("at most 800 are read"),
        "{told}"
    );
}

#[test]
fn a_change_of_the_rules_is_told_by_what_it_changes() {
    let folder = Folder::new();
    let later = RULES
        .replace("for 3m until", "for 8m until")
        .replace("critical: 502 > 20%", "critical: 502 > 50%")
        .replace("name: wide", "name: together");
    folder.write("old.yaml", RULES);
    folder.write("rules.yaml", later);
    let against = |format: &str| {
        folder.backtest(&[
            "--data",
            "samples.jsonl",
            "--against",
            "old.yaml",
            "--format",
            format,
        ])
    };
    let human = against("human");
    for line in human.lines().skip(4) {
        assert!(line.chars().count() <= 100, "{line}");
    }
    insta::assert_snapshot!("against", human);
    insta::assert_snapshot!("against_markdown", against("markdown"));
    let json = against("json");
    let lines: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let changes = |change: &str| lines.iter().filter(|line| line["change"] == change).count();
    assert!(changes("removed") >= 2, "{json}");
    assert!(changes("added") >= 1, "{json}");
    let moved = lines
        .iter()
        .find(|line| line["change"] == "moved" && line["rule"] == "origin-5xx");
    assert_eq!(moved.unwrap()["later_minutes"], 5);
}

#[test]
fn the_same_rules_change_nothing() {
    let folder = Folder::new();
    folder.write("old.yaml", RULES);
    let human = folder.backtest(&["--data", "samples.jsonl", "--against", "old.yaml"]);
    assert!(human.contains("as many alerts"), "{human}");
    assert!(
        !human.contains("moved") && !human.contains("RULE"),
        "{human}"
    );
}

#[test]
fn a_sweep_weighs_alerts_against_incidents_and_says_what_it_would_choose() {
    let folder = Folder::new();
    let incident = |at: i64, length: i64, domain: &str| {
        let (from, to) = (minute(at), minute(at + length));
        format!("{{\"from\":\"{from}\",\"to\":\"{to}\",\"domain\":\"{domain}\"}}\n")
    };
    let known = incident(298, 44, "www.*")
        + &incident(310, 20, "api.example.com")
        + &incident(9_000, 5, "*");
    folder.write("known.jsonl", known);
    let sweep = |format: &str| {
        folder.backtest(&[
            "--data",
            "samples.jsonl",
            "--sweep",
            "origin-5xx: 5%..40%; for 1m..10m",
            "--incidents",
            "known.jsonl",
            "--format",
            format,
        ])
    };
    let human = sweep("human");
    insta::assert_snapshot!("sweep", human);
    // The variant that stands in the file does what the file does.
    let events = folder.backtest(&["--data", "samples.jsonl", "--format", "json"]);
    let of_rule =
        |line: &&str| line.contains(r#""rule":"origin-5xx""#) && line.contains(r#""fired""#);
    let fired = events.lines().filter(of_rule).count();
    let json = sweep("json");
    let rows: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let now = rows
        .iter()
        .find(|row| row["threshold"] == "10%" && row["for"] == "3m")
        .unwrap();
    assert_eq!(now["alerts"], fired);
    assert_eq!(now["caught"], 2);
    assert_eq!(
        rows.iter().filter(|row| row["suggested"] == true).count(),
        1
    );
    let alone = folder.backtest(&[
        "--data",
        "samples.jsonl",
        "--sweep",
        "gateway/warning: 1%..3%",
    ]);
    assert!(
        alone.contains("gateway (warning)") && alone.contains("--incidents FILE"),
        "{alone}"
    );
}

#[test]
fn what_cannot_be_swept_is_refused_with_the_reason() {
    let folder = Folder::new();
    for (sweep, said) in [
        ("origin-5x: 5%", "did you mean `origin-5xx`?"),
        ("origin-5xx/info: 5%", "has no severity info"),
        ("silent: 5%", "compares with no plain number"),
        ("origin-5xx: 5..20", "compares with 10%"),
        ("origin-5xx", "a sweep is written like"),
    ] {
        let told = folder.refused(&["--data", "samples.jsonl", "--sweep", sweep]);
        assert!(told.contains(said), "{sweep}: {told}");
    }
    let told = folder.refused(&["--data", "samples.jsonl", "--format", "markdown"]);
    assert!(told.contains("add `--against FILE`"), "{told}");
}

#[test]
fn no_secret_is_needed_to_try_rules() {
    let folder = Folder::new();
    let rules = format!(
        "source: {{aliyun_cdn: {{domains: [a], credentials: {{access_key_id: a, access_key_secret: \"${{NOT_SET_ANYWHERE}}\"}}}}}}\n{RULES}"
    );
    folder.write("rules.yaml", rules);
    folder.backtest(&["--data", "samples.jsonl"]);
}
