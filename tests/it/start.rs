//! What somebody does first: `init`, and what editors and manuals are made of.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the program in a folder; there is no terminal.
fn foghorn(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_foghorn"));
    command.args(line.split_whitespace()).current_dir(folder);
    let output: Output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn what_init_writes_lints_clean_and_its_tests_pass() {
    let folder = tempfile::tempdir().unwrap();
    let (status, said, complaints) = foghorn(folder.path(), "init");
    assert_eq!((status, complaints.as_str()), (Some(0), ""), "{said}");
    let commands = said
        .lines()
        .filter_map(|line| line.strip_prefix("  foghorn "));
    let commands: Vec<&str> = commands.collect();
    assert_eq!(commands, ["test rules.test.yaml", "run rules.yaml"]);
    for line in ["lint --deny warnings rules.yaml", commands[0]] {
        let (status, out, error) = foghorn(folder.path(), line);
        assert_eq!(status, Some(0), "{line}\n{out}{error}");
    }
}

#[test]
fn init_overwrites_nothing_unless_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules.yaml");
    fs::write(&rules, "mine").unwrap();
    let (status, _, said) = foghorn(folder.path(), "init --yes");
    assert_eq!(status, Some(2));
    assert!(
        said.contains("rules.yaml is there already") && said.contains("--force"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&rules).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(foghorn(folder.path(), "init --yes --force").0, Some(0));
    assert!(fs::read_to_string(&rules).unwrap().contains("origin-5xx"));
}

#[test]
fn init_without_a_terminal_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (status, _, said) = foghorn(folder.path(), "init --email oncall@example.com");
    assert_eq!(status, Some(2));
    assert!(said.contains("--mail-server is missing"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn both_schemas_are_json_of_the_draft_that_they_name() {
    for line in ["schema", "schema --tests"] {
        let (status, schema, _) = foghorn(Path::new("."), line);
        assert_eq!(status, Some(0));
        let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
    }
}

#[test]
fn the_manual_names_every_variable_of_the_source_and_every_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (_, page, _) = foghorn(root, "man");
    let page = page.replace("\\-", "-");
    let mut left = vec![root.join("src/source")];
    let mut names = 0;
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let quoted = text.split('"').skip(1).step_by(2);
        for name in quoted.filter(|text| text.starts_with("ALIBABA_CLOUD_")) {
            names += 1;
            assert!(page.contains(name), "{}: {name}", path.display());
        }
    }
    assert!(10 <= names, "{names} variables");
    let (_, help, _) = foghorn(root, "--help");
    let commands = help
        .split("Commands:")
        .nth(1)
        .unwrap()
        .split("Options:")
        .next()
        .unwrap();
    for name in commands
        .lines()
        .filter_map(|line| line.split_whitespace().next())
    {
        let is_there = name == "help" || page.contains(&format!("foghorn-{name}(1)"));
        assert!(is_there, "{name}");
    }
}

#[test]
fn the_completions_know_the_codes_of_the_linter_and_its_help_does_not_list_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (_, script, _) = foghorn(root, "completions bash");
    let of = |option: &str| {
        let case = format!("                --{option})\n");
        let cases = script.match_indices(&case).map(|(at, _)| &script[at..]);
        let cases = cases.filter_map(|text| text.lines().nth(1));
        cases.collect::<Vec<_>>().join("\n")
    };
    assert!(
        of("explain").contains("no-traffic-guard"),
        "{}",
        of("explain")
    );
    assert!(of("explain").contains("syntax unknown-name"));
    assert!(of("deny").contains("warnings "));
    assert!(of("allow").contains("no-runbook"));
    assert!(!of("allow").contains("hold-count"), "it cannot be allowed");
    let (_, help, _) = foghorn(root, "help lint");
    assert!(!help.contains("window-shorter-than-hold"), "{help}");
    let (status, _, told) = foghorn(root, "lint --allow no-runbok x.yaml");
    assert_eq!(status, Some(2));
    assert!(told.contains("did you mean `no-runbook`?"), "{told}");
}
