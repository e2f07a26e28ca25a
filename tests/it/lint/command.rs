//! `foghorn lint` as it is run.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const FAULTY: &str = "\
let: {bad: 502|503}
rules:
  - name: origin-5xx  # the first
    when: badd > 10 && requests >= 50 for 3min
    runbook_url: https://wiki.example.com/origin
    summary: x
";

fn foghorn(arguments: &[&str], folder: &Path) -> Output {
    with_input(arguments, folder, "")
}

fn with_input(arguments: &[&str], folder: &Path, input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_foghorn"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that has ended does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn every_format_says_the_same() {
    let folder = folder_with(&[("rules.yaml", FAULTY)]);
    let mut all = String::new();
    for format in ["human", "github", "sarif"] {
        let output = foghorn(&["lint", "--format", format, "rules.yaml"], folder.path());
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        let text = stdout(&output);
        let text = match format {
            "sarif" => {
                let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                serde_json::to_string_pretty(&value["runs"][0]["results"]).unwrap()
            }
            _ => text,
        };
        all = [all.as_str(), "=== ", format, "\n", &text, "\n"].concat();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn fix_writes_what_is_certain_and_a_dry_run_only_says_so() {
    let folder = folder_with(&[("rules.yaml", FAULTY)]);
    let path = folder.path().join("rules.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let dry = foghorn(&["lint", "--fix", "--dry-run", "rules.yaml"], folder.path());
    insta::assert_snapshot!(stdout(&dry) + "=== standard error\n" + &stderr(&dry));
    assert_eq!(fs::read_to_string(&path).unwrap(), FAULTY);
    // A difference has no other format.
    let formatted = [
        "lint",
        "--fix",
        "--dry-run",
        "--format",
        "json",
        "rules.yaml",
    ];
    assert_eq!(foghorn(&formatted, folder.path()).status.code(), Some(2));

    let fix = foghorn(&["lint", "--fix", "rules.yaml"], folder.path());
    assert_eq!(fix.status.code(), Some(0), "{}", stdout(&fix));
    let line = "    when: bad > 10% and requests >= 50 for 3m\n";
    assert!(fs::read_to_string(&path).unwrap().contains(line));
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn only_what_fix_mends_is_counted_as_such() {
    let rule = "rules:\n  - name: www\n    when: 5xx > 10% given requests >= 50 for 3m\n";
    let case = "rules: rules.yaml\ntests:\n  - name: t\n    samples: {www.example.com: {\"502\": 1}}\n    expect:\n      - {at: 7m, rule: www, domain: www.example.com, event: fire}\n";
    let files = [
        ("rules.yaml", rule),
        ("rules.test.yaml", case),
        (
            "half.yaml",
            &rule.replace("10% given requests >= 50 for 3m", "10 for 30s"),
        ),
        (
            "both.yaml",
            &rule.replace("10% given requests >= 50 for 3m", "10 for 3min"),
        ),
    ];
    let folder = folder_with(&files);
    let summary = |name| {
        let output = foghorn(&["lint", "--deny", "syntax", name], folder.path());
        let text = stdout(&output);
        let line = text.lines().rev().nth(1).unwrap_or_default();
        line.split_once("; ").map(|(_, notes)| notes.to_owned())
    };
    assert_eq!(summary("rules.test.yaml"), None);
    assert_eq!(summary("half.yaml"), None);
    assert_eq!(summary("both.yaml").as_deref(), Some("`--fix` can mend 2"));
}

#[test]
fn a_mend_at_the_end_of_a_file_is_shown() {
    let text = "rules:\n  - name: e\n    when: 5xx > 10% given requests >= 50 for 3m\n    summary \"many errors\"";
    let folder = folder_with(&[("rules.yaml", text)]);
    let dry = foghorn(&["lint", "--fix", "--dry-run", "rules.yaml"], folder.path());
    assert!(
        stdout(&dry).contains("\n+    summary: \"many errors\"\n"),
        "{}",
        stdout(&dry)
    );
}

#[test]
fn an_unreadable_file_does_not_keep_the_others_from_being_linted() {
    let folder = folder_with(&[("rules.yaml", FAULTY)]);
    let output = foghorn(&["lint", "nix.yaml", "rules.yaml"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("nix.yaml"));
    assert!(stdout(&output).contains("error["));
}

#[test]
fn a_further_file_is_linted_once_with_the_file_that_names_it() {
    let main = "let: {bad: 5xx}\nrules: [rules.d/*.yaml]\n";
    let further = "rules: [{name: a, when: bad > 10}]\n";
    let folder = folder_with(&[("rules.yaml", main), ("rules.d/a.yaml", further)]);
    for arguments in [
        &["rules.yaml", "rules.d/a.yaml"][..],
        &["rules.d", "rules.yaml", "./rules.yaml"],
        &[".", "rules.d"],
    ] {
        let arguments = [&["lint", "--format", "json"], arguments].concat();
        let output = foghorn(&arguments, folder.path());
        let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        let found = report["diagnostics"].as_array().unwrap();
        let codes = found.iter().filter(|f| f["severity"] == "error");
        let codes: Vec<&str> = codes.map(|f| f["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["type-mismatch"], "{arguments:?}");
    }
}

#[test]
fn standard_input_is_linted_as_a_file() {
    let folder = folder_with(&[]);
    let output = with_input(&["lint", "-"], folder.path(), FAULTY);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("--> -:4:"), "{}", stdout(&output));
    let fix = with_input(&["lint", "--fix", "-"], folder.path(), FAULTY);
    assert_eq!(fix.status.code(), Some(2));
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let text = "rules:\n  - name: origin-5xx\n    when: 5xx > 10% for 3m\n";
    let folder = folder_with(&[("rules.yaml", text)]);
    let status = |arguments: &[&str]| {
        let arguments = [&["lint", "rules.yaml"], arguments].concat();
        foghorn(&arguments, folder.path()).status.code()
    };
    assert_eq!(status(&[]), Some(0));
    assert_eq!(status(&["--deny", "warnings"]), Some(1));
    assert_eq!(status(&["--deny", "no-traffic-guard"]), Some(1));
    assert_eq!(
        status(&["--deny", "no-traffic-guard", "--allow", "no-traffic-guard"]),
        Some(0)
    );
    let refused = foghorn(
        &["lint", "rules.yaml", "--allow", "hold-count"],
        folder.path(),
    );
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("cannot be allowed"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn the_codes_are_listed_and_explained() {
    let folder = folder_with(&[]);
    let list = stdout(&foghorn(&["lint", "--list"], folder.path()));
    let first = "syntax                    error    What the language of conditions, or YAML, does not accept.";
    assert_eq!(list.lines().next(), Some(first));
    assert_eq!(list.lines().count(), foghorn::diag::Code::ALL.len());
    let page = stdout(&foghorn(&["lint", "--explain", "cycle"], folder.path()));
    assert!(
        page.starts_with("# cycle (error)\n\nA name that uses itself.\n"),
        "{page}"
    );
    let unknown = foghorn(&["lint", "--explain", "cyle"], folder.path());
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("did you mean `cycle`?"));
}

#[test]
fn a_file_of_rule_tests_is_linted_as_one_and_is_no_rules_file() {
    let rules =
        "rules: [{name: a, when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 3m}]\n";
    let tests = |key: &str| {
        format!(
            "rules: rules.yaml\ntests:\n  - name: t\n    {key}: {{www.example.com: {{\"502\": \"0x5\"}}}}\n    expect: []\n"
        )
    };
    let (good, faulty) = (tests("samples"), tests("sampels"));
    let folder = folder_with(&[
        ("rules.yaml", rules),
        ("good.test.yaml", &good),
        ("faulty.test.yaml", &faulty),
    ]);
    let clean = foghorn(&["lint", "good.test.yaml"], folder.path());
    assert_eq!(clean.status.code(), Some(0), "{}", stdout(&clean));
    for options in [&["lint"][..], &["lint", "--fix"]] {
        let line = [options, &["faulty.test.yaml"]].concat();
        let found = foghorn(&line, folder.path());
        assert_eq!(found.status.code(), Some(1), "{line:?}");
        let report = stdout(&found);
        assert!(report.contains("a test has no key `sampels`"), "{report}");
        assert!(!report.contains("a rules file"), "{report}");
    }
    let refused = foghorn(&["fmt", "good.test.yaml"], folder.path());
    let told = stdout(&refused) + &stderr(&refused);
    assert!(told.contains("this is a file of rule tests"), "{told}");
}
