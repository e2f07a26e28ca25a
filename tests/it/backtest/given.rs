//! What commands are given: variables, files with faults, samples of several accounts.

use std::process::{Command, Output};

use super::Folder;

const RULES: &str = r#"store: "sqlite:${DB}"
source: {aliyun_cdn: {domains: ["${SITE}"], credentials: {access_key_id: "${KEY}", access_key_secret: "${SECRET}"}}}
let: {bad: 502|503}
rules: [{name: a, when: bad > 10% for 3m, domains: ["${SITE}"]}]
notify:
  receivers: {x: [webhook: {url: "${HOOK}", secret: "${SECRET}"}]}
  routes: [{to: [x], repeat_interval: "${REPEAT:-4h}"}]
"#;

fn run(folder: &Folder, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_foghorn"))
        .args(arguments)
        .current_dir(folder.0.path())
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// Returns what a command prints that succeeds.
fn said(folder: &Folder, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = run(folder, variables, arguments);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns why a command cannot do its work.
fn refused(folder: &Folder, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = run(folder, variables, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn variables_that_are_set_decide_over_which_store_and_on_which_domains() {
    let folder = Folder::new();
    folder.write("rules.yaml", RULES);
    let store = ["--store", "sqlite:other.db", "samples.jsonl"];
    let import = [&["import", "--account", "main"], store.as_slice()].concat();
    said(&folder, &[], &import);
    let (db, site) = (("DB", "other.db"), ("SITE", "www.example.com"));
    let backtest = ["backtest", "rules.yaml"];
    let text = said(&folder, &[db, site], &backtest);
    assert!(
        text.starts_with("rules.yaml over the store other.db\n"),
        "{text}"
    );
    assert!(!text.contains("Nothing would have fired"), "{text}");
    let told = refused(&folder, &[site], &backtest);
    assert!(told.contains("`DB` is not set"), "{told}");
    let of_data = [backtest.as_slice(), &["--data", "samples.jsonl"]].concat();
    said(&folder, &[site], &of_data);
    let told = refused(&folder, &[db], &of_data);
    assert!(told.contains("`SITE` is not set"), "{told}");
    assert!(
        !told.contains("`KEY`") && !told.contains("`HOOK`"),
        "{told}"
    );
    let route = ["route", "a", "--domain", "www.example.com"];
    let text = said(&folder, &[site, ("REPEAT", "7h")], &route);
    assert!(text.contains("a reminder after 7h"), "{text}");
    let told = refused(&folder, &[], &route);
    assert!(told.contains("`SITE` is not set"), "{told}");
    let at = ["explain", "rules.yaml", "a", "--at", "2020-11-21T05:10:00Z"];
    said(
        &folder,
        &[db, site],
        &[&at[..], &["--domain", site.1]].concat(),
    );
}

#[test]
fn names_for_an_expression_need_neither_secrets_nor_rules() {
    let folder = Folder::new();
    folder.write("rules.yaml", RULES);
    folder.write("names.yaml", "let: {bad: 502|503}\n");
    let eval = ["eval", "bad > 10%", "--data", "samples.jsonl", "--rules"];
    let text = said(&folder, &[], &[&eval[..], &["rules.yaml"]].concat());
    assert_eq!(
        said(&folder, &[], &[&eval[..], &["names.yaml"]].concat()),
        text
    );
}

#[test]
fn a_line_that_is_too_long_is_told_once_and_those_after_it_keep_their_numbers() {
    let folder = Folder::new();
    let good = r#"{"domain":"a","minute":"2020-11-21T00:00:00Z","codes":{}}"#;
    let long = "x".repeat(3 << 20);
    folder.write(
        "x.jsonl",
        format!("{good}\n{long}\nnonsense\n{good}\nmore\n"),
    );
    for arguments in [
        ["eval", "5xx", "--data", "x.jsonl"],
        ["import", "--account", "main", "x.jsonl"],
        ["backtest", "rules.yaml", "--data", "x.jsonl"],
    ] {
        let told = refused(&folder, &[], &arguments);
        let places: Vec<&str> = told.lines().map(|line| &line[..10]).collect();
        assert_eq!(places, ["x.jsonl:2:", "x.jsonl:3:", "x.jsonl:5:"], "{told}");
    }
}

#[test]
fn minutes_that_are_still_to_come_are_not_imported() {
    let folder = Folder::new();
    let line = r#"{"domain":"a","minute":"2999-01-01T00:00:00Z","codes":{}}"#;
    folder.write("x.jsonl", line);
    refused(&folder, &[], &["import", "--account", "main", "x.jsonl"]);
    let files = std::fs::read_dir(folder.0.path()).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    files.sort();
    let left = ["rules.yaml", "samples.jsonl", "x.jsonl"];
    assert_eq!(files, left, "no store is made for what is refused");
    folder.write("none.jsonl", "");
    said(&folder, &[], &["import", "--account", "main", "none.jsonl"]);
    for minute in ["2999-01-01T00:00:00Z", "9999-12-31T23:59:00Z"] {
        let line = format!(r#"{{"domain":"a","minute":"{minute}","codes":{{}}}}"#);
        folder.write("x.jsonl", line);
        let told = refused(&folder, &[], &["import", "--account", "main", "x.jsonl"]);
        assert!(told.contains("the sample of a at "), "{told}");
        assert!(told.contains(minute), "{told}");
    }
    assert_eq!(said(&folder, &[], &["export"]), "");
    said(&folder, &[], &["store", "check"]);
}

#[test]
fn samples_of_several_accounts_are_exported_one_account_at_a_time() {
    let folder = Folder::new();
    for account in ["main", "other"] {
        said(
            &folder,
            &[],
            &["import", "--account", account, "samples.jsonl"],
        );
    }
    let told = refused(&folder, &[], &["export"]);
    assert!(
        told.contains("add `--account` with one of `main`, `other`"),
        "{told}"
    );
    let told = refused(&folder, &[], &["export", "--account", "mian"]);
    assert!(
        told.contains("the store has no account `mian`, but `main`, `other`"),
        "{told}"
    );
    let one = said(&folder, &[], &["export", "--account", "main"]);
    assert_eq!(
        one.lines().count(),
        folder.read("samples.jsonl").lines().count()
    );
    refused(&folder, &[], &["import", "--account", "", "samples.jsonl"]);
}
