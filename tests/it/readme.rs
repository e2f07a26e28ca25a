//! What the documents say is tried: commands run, examples lint clean, links lead somewhere, and
//! no command is left out.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_foghorn");

/// The documents that people read, by their place in the repository.
const DOCUMENTS: [&str; 11] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/language.md",
    "docs/files.md",
    "docs/telling.md",
    "docs/source.md",
    "docs/scenarios.md",
    "docs/api.md",
    "docs/backtest.md",
    "docs/scale.md",
];

/// The commands of the README that end by themselves, in an order in which each finds what it
/// needs. They run in a folder with `rules.yaml` and `samples.jsonl`.
const COMMANDS: [&str; 12] = [
    "foghorn lint rules.yaml",
    "foghorn lint --deny warnings --no-env rules.yaml",
    "foghorn eval '5xx > 10% for 3m' --data samples.jsonl",
    "foghorn backtest rules.yaml --data samples.jsonl",
    "foghorn backtest rules.yaml --data samples.jsonl --against old.yaml --format markdown",
    "foghorn backtest rules.yaml --data samples.jsonl --sweep 'origin-5xx: 5%..20%; for 1m..10m'",
    "foghorn import --account main samples.jsonl",
    "foghorn export --store sqlite:foghorn.db > samples.jsonl",
    "foghorn export --from 2026-11-22T00:00:00Z",
    "foghorn completions bash",
    "foghorn man --out man1",
    "foghorn schema > foghorn.schema.json",
];

/// How long a service that does nothing may take to stop: a second more than it allows itself.
const STOP_MAX: Duration = Duration::from_secs(10);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
}

/// Runs a command line as a shell does, `foghorn` being this build's.
fn shell(line: &str, folder: &Path) -> Output {
    let line = format!("foghorn() {{ \"$PROGRAM\" \"$@\"; }}\n{line}");
    let mut command = Command::new("sh");
    command.arg("-c").arg(line).current_dir(folder);
    command.env("PROGRAM", PROGRAM).stdin(Stdio::null());
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// A fenced block: its language and its text.
fn blocks(document: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in document.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some((_, text)), None) => text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found
}

fn in_language<'a>(blocks: &'a [(String, String)], language: &str) -> Vec<&'a str> {
    let wanted = blocks.iter().filter(|(of, _)| of == language);
    wanted.map(|(_, text)| text.as_str()).collect()
}

/// A folder in which the README's commands find what they speak of.
fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let rules = root().join("rules.example.yaml");
    for name in ["rules.yaml", "old.yaml"] {
        fs::copy(&rules, folder.path().join(name)).unwrap();
    }
    let files = blocks(&read("docs/files.md"));
    let sample = in_language(&files, "json")[0];
    assert!(
        sample.contains("\"codes\""),
        "the first JSON is no sample: {sample}"
    );
    fs::write(folder.path().join("samples.jsonl"), sample).unwrap();
    folder
}

#[test]
fn the_commands_of_the_readme_run() {
    let readme = read("README.md");
    let folder = workplace();
    for line in COMMANDS {
        assert!(readme.contains(line), "the README does not have: {line}");
        let output = shell(line, folder.path());
        assert_eq!(output.status.code(), Some(0), "{line}\n{}", said(&output));
    }
    let samples = fs::read_to_string(folder.path().join("samples.jsonl")).unwrap();
    assert!(samples.contains("\"502\""), "{samples}");
}

#[test]
fn every_command_of_the_readme_is_tried_or_serves() {
    let readme = read("README.md");
    let blocks = blocks(&readme);
    let served = [
        "cargo run --release -- run rules.example.yaml",
        "cargo test",
    ];
    for line in in_language(&blocks, "sh").iter().flat_map(|b| b.lines()) {
        assert!(
            COMMANDS.contains(&line) || served.contains(&line),
            "not tried: {line}"
        );
    }
}

#[test]
fn every_command_of_the_program_stands_in_the_readme() {
    let help = said(&shell("foghorn --help", root()));
    let list = help.split("Commands:").nth(1).unwrap();
    let list = list.split("Options:").next().unwrap();
    let names = list
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let names: BTreeSet<&str> = names.filter(|name| *name != "help").collect();
    assert!(names.contains("run"), "{help}");
    let readme = read("README.md");
    for name in names {
        assert!(
            readme.contains(&format!("| `{name}` | `foghorn {name}")),
            "the README's table does not have `{name}`"
        );
    }
}

#[test]
fn the_help_of_each_command_has_an_example_that_it_would_accept() {
    let main = said(&shell("foghorn --help", root()));
    assert!(main.contains("backtest"), "{main}");
    for name in [
        "run",
        "lint",
        "eval",
        "backtest",
        "simulate",
        "export",
        "import",
        "completions",
        "init",
        "man",
        "schema",
    ] {
        let help = said(&shell(&format!("foghorn {name} --help"), root()));
        let examples = help.split("Example").nth(1).unwrap_or_default();
        let lines: Vec<&str> = examples
            .lines()
            .filter(|line| line.starts_with("  ") && line.contains("foghorn"))
            .collect();
        assert!(!lines.is_empty(), "{name}: {help}");
        for part in lines.iter().flat_map(|line| line.split(['|', '>'])) {
            // What follows is read by clap alone: `--help` comes before anything is done.
            let Some(at) = part.find("foghorn ").filter(|_| !part.contains('\'')) else {
                continue;
            };
            let words = part[at..].split_whitespace().skip(1);
            let words: Vec<&str> = words.take_while(|word| !word.starts_with('/')).collect();
            let known = said(&shell(&format!("foghorn {} --help", words[0]), root()));
            for option in words.iter().filter(|word| word.starts_with("--")) {
                assert!(known.contains(*option), "{part}: no {option}");
            }
        }
    }
}

#[test]
fn the_shipped_example_lints_clean() {
    let output = shell("foghorn lint --deny warnings rules.example.yaml", root());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn rules_in_the_documents_lint_clean() {
    let folder = tempfile::tempdir().unwrap();
    let mut tried = 0;
    for document in DOCUMENTS {
        let blocks = blocks(&read(document));
        for yaml in in_language(&blocks, "yaml") {
            if !yaml.lines().any(|line| line == "rules:") {
                continue;
            }
            tried += 1;
            fs::write(folder.path().join("rules.yaml"), yaml).unwrap();
            let line = "SMTP_PASSWORD=a HOOK_SECRET=b foghorn lint --deny warnings rules.yaml";
            // With a function in its place, the shell hands the variables on all the same.
            let output = shell(
                &format!("export SMTP_PASSWORD HOOK_SECRET\n{line}"),
                folder.path(),
            );
            assert_eq!(
                output.status.code(),
                Some(0),
                "{document}:\n{yaml}\n{}",
                said(&output)
            );
            let output = shell("foghorn lint --no-env rules.yaml", folder.path());
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        }
    }
    assert!(2 <= tried, "there are {tried} rules files in the documents");
}

#[test]
fn the_conditions_of_the_readme_are_conditions() {
    let readme = read("README.md");
    let page = readme.split("## The language on one page").nth(1).unwrap();
    let page = page.split("\n## ").next().unwrap();
    let blocks = blocks(page);
    let lines: Vec<&str> = in_language(&blocks, "text")[0].lines().collect();
    assert!(12 <= lines.len(), "a dozen examples: {lines:?}");
    let mut rules = "rules:\n".to_owned();
    for (i, line) in lines.iter().enumerate() {
        writeln!(rules, "  - name: r{i}\n    when: {line}").unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rules.yaml"), rules).unwrap();
    let output = shell("foghorn lint rules.yaml", folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn every_metric_stands_in_the_documents() {
    let code = read("src/telemetry/metrics.rs");
    let registered = code.split("registry.register(").skip(1);
    let names: Vec<&str> = registered
        .filter_map(|rest| rest.split('"').nth(1))
        .collect();
    assert!(10 <= names.len(), "{names:?}");
    let page = read("docs/api.md");
    for name in names {
        assert!(
            page.contains(&format!("| `foghorn_{name}` |"))
                || page.contains(&format!("| `foghorn_{name}_total` |")),
            "no page names the metric `{name}`"
        );
    }
}

#[test]
fn links_within_the_repository_lead_somewhere() {
    for document in DOCUMENTS {
        let text = read(document);
        let folder = Path::new(document).parent().unwrap();
        for link in links(&text) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target: PathBuf = if path.is_empty() {
                document.into()
            } else {
                folder.join(path)
            };
            assert!(
                root().join(&target).exists(),
                "{document}: there is no {link}"
            );
            if !heading.is_empty() {
                let headings = read(&target);
                let found = headings
                    .lines()
                    .filter(|line| line.starts_with('#'))
                    .any(|line| anchor(line) == heading);
                assert!(found, "{document}: there is no heading {link}");
            }
        }
    }
}

/// The targets of a document's links, but for those to other places.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1);
    let targets = targets.filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    targets.filter(|target| !target.starts_with("http"))
}

/// The anchor of a heading, as forges make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().chars();
    let kept = kept.filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| {
        if c == ' ' {
            '-'
        } else {
            c.to_ascii_lowercase()
        }
    })
    .collect()
}

/// All Rust of the project, as one text.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *text += &fs::read_to_string(&path).unwrap();
        }
    }
}

#[test]
fn the_tests_that_the_map_names_exist() {
    let mut code = String::new();
    sources(&root().join("src"), &mut code);
    sources(&root().join("tests"), &mut code);
    let map = read("src/lib.rs");
    let held = map.split("# Invariants").nth(1).unwrap();
    let held = held.split("# Decisions").next().unwrap();
    let quoted = held.split('`').skip(1).step_by(2);
    let is_test = |name: &&str| {
        3 <= name.matches('_').count() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    let names: Vec<&str> = quoted.filter(is_test).collect();
    assert!(30 <= names.len(), "{names:?}");
    for name in names {
        assert!(code.contains(&format!("fn {name}(")), "no test {name}");
    }
}

#[test]
fn a_service_that_is_told_to_stop_ends_well_every_time() {
    let folder = workplace();
    let rules = folder.path().join("rules.yaml");
    let text = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, text.replace("127.0.0.1:9847", "127.0.0.1:0")).unwrap();
    // Parts that stop at the same moment raced for who is asked first, so once proves nothing.
    for _ in 0..4 {
        let mut command = Command::new(PROGRAM);
        command.arg("run").current_dir(folder.path());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let mut log = std::io::BufReader::new(stderr);
        let mut line = String::new();
        std::io::BufRead::read_line(&mut log, &mut line).unwrap();
        assert!(line.contains("runs rules.yaml"), "{line}");
        let told = Command::new("kill").arg(child.id().to_string()).status();
        assert!(told.unwrap().success());
        let stopped = std::thread::spawn(move || child.wait().unwrap());
        let began = std::time::Duration::from_millis(20);
        let mut waits = 0;
        while !stopped.is_finished() {
            std::thread::sleep(began);
            waits += 1;
            assert!(began * waits < STOP_MAX, "it does not stop");
        }
        let status = stopped.join().unwrap();
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut log, &mut rest).unwrap();
        assert_eq!(status.code(), Some(0), "{rest}");
    }
}
