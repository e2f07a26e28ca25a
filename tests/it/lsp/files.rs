//! Rules that stand in several files, and files of rule tests.

use std::collections::BTreeMap;

use serde_json::json;

use super::editor::{Disk, Editor, place, told, uri};

const MAIN: &str = "let: {gateway: 502|503}\nrules: [rules.d/*.yaml]\nlabels:\n  - {domains: [\"*\"], labels: {team: web}}\n";
const FURTHER: &str = "\
rules:
  - name: a
    when: gateway > 10% given requests >= 50 for 3m until gateway < 5% for 5m
    summary: \"{{ labels.team }}\"
  - name: b
    when: gatewax > 10% given requests >= 50 for 3m until gatewax < 5% for 5m
";

fn disk(files: &[(&str, &str)]) -> Disk {
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
    Disk(files.iter().map(owned).collect::<BTreeMap<_, _>>())
}

/// How many names are told as unknown.
fn unknown(findings: &str) -> usize {
    let lines = findings.lines();
    lines
        .filter(|line| line.contains(" error unknown-name"))
        .count()
}

#[test]
fn a_further_file_is_read_with_the_file_that_names_it() {
    let mut editor = Editor::new(disk(&[("/w/rules.yaml", MAIN), ("/w/rules.d/x.yaml", "")]));
    let findings = told(&editor.open("/w/rules.d/x.yaml", FURTHER));
    assert_eq!(unknown(&findings), 2, "{findings}");
    assert!(findings.contains("no name `gatewax`"), "{findings}");
    assert!(!findings.contains("template"), "{findings}");
    // A name of the main file is known, is explained, and leads there.
    let text = FURTHER.replacen("gateway >", "gate│way >", 1);
    let hover = editor.at("textDocument/hover", "/w/rules.d/x.yaml", &text);
    assert!(
        hover["contents"]["value"]
            .as_str()
            .unwrap()
            .contains("gateway: 502|503")
    );
    let found = editor.at("textDocument/definition", "/w/rules.d/x.yaml", &text);
    assert_eq!(found["uri"], uri("/w/rules.yaml"));
    assert_eq!(found["range"]["start"], json!({"line": 0, "character": 6}));
    let offers = editor.offers("/w/rules.d/x.yaml", "rules:\n  - when: ga│");
    assert!(offers.contains("gateway"), "{offers:?}");
    editor.end();
}

#[test]
fn the_main_file_shows_what_is_found_in_further_ones() {
    let mut editor = Editor::new(disk(&[("/w/rules.d/x.yaml", FURTHER)]));
    assert_eq!(unknown(&told(&editor.open("/w/rules.yaml", MAIN))), 0);
    let elsewhere = told(&editor.findings_of("/w/rules.d/x.yaml", None));
    assert_eq!(unknown(&elsewhere), 2, "{elsewhere}");
    // The text in the editor holds, not the one on the disk; and the name comes with a change.
    let open = told(&editor.open("/w/rules.d/x.yaml", FURTHER));
    assert_eq!(unknown(&open), 2, "{open}");
    let both = MAIN.replace("503}", "503, gatewax: 504}");
    editor.write_anew("/w/rules.yaml", &both);
    assert_eq!(unknown(&told(&editor.findings("/w/rules.d/x.yaml"))), 0);
    let close = json!({"textDocument": {"uri": uri("/w/rules.yaml")}});
    editor.notify("textDocument/didClose", &close);
    editor.end();
}

#[test]
fn a_file_that_nobody_names_is_not_blamed_for_names() {
    let mut editor = Editor::new(disk(&[("/w/other.yaml", "rules: [else/*.yaml]\n")]));
    // The first rule is sound but for the label that its summary names.
    let text = FURTHER
        .replace("name: b", "nmae: b")
        .replace("gateway", "5xx");
    let findings = told(&editor.open("/w/rules.d/x.yaml", &text));
    let of = |level: &str| findings.lines().filter(|line| line.contains(level)).count();
    assert_eq!(of(" information unknown-name"), 2, "{findings}");
    assert_eq!(of(" information template"), 1, "{findings}");
    assert_eq!(
        of(" error unknown-name: a rule has no key"),
        1,
        "{findings}"
    );
    // One that comes to be opened names it.
    editor.open("/w/rules.yaml", MAIN);
    let findings = told(&editor.findings("/w/rules.d/x.yaml"));
    assert!(!findings.contains("information"), "{findings}");
    editor.end();
}

#[test]
fn what_a_service_takes_from_its_environment_is_only_a_hint() {
    let text = "rules: []\nnotify:\n  receivers: {a: [{webhook: {url: \"https://x.example.com\", secret: \"${HOOK}\"}}]}\n  routes: [{to: [a]}]\n";
    let mut editor = Editor::new(Disk::default());
    let findings = told(&editor.open("/w/rules.yaml", text));
    assert!(findings.contains(" hint secret: `HOOK`"), "{findings}");
    assert!(!findings.contains("warning secret"), "{findings}");
    editor.end();
}

#[test]
fn a_file_of_rule_tests_is_known_by_its_key() {
    let rules = "rules:\n  - name: origin-5xx\n    when: 5xx > 10% for 3m\n";
    let mut editor = Editor::new(disk(&[("/w/rules.yaml", rules)]));
    let text = "\
rules: rules.yaml
tests:
  - name: it fires
    samples:
      www.example.com: {\"502\": \"0x5 12x10\"}
    expect:
      - {at: 7m, rule: origin-5xx, domain: www.example.com, event: fird}
      - {at: 7m, rule: origin-5xy, domain: www.example.com, event: fired}
";
    let findings = told(&editor.open("/w/rules.test.yaml", text));
    assert!(
        findings.contains("fired") && findings.contains("origin-5xx"),
        "{findings}"
    );
    assert_eq!(findings.lines().count(), 2, "{findings}");
    let pointed = text.replacen("origin-5xx,", "origin│-5xx,", 1);
    let found = editor.at("textDocument/definition", "/w/rules.test.yaml", &pointed);
    assert_eq!(found["uri"], uri("/w/rules.yaml"));
    assert_eq!(found["range"]["start"], json!({"line": 1, "character": 10}));
    for (from, to, some) in [
        ("event: fird", "event: │", "fired resolved severity_changed"),
        ("rule: origin-5xx", "rule: │", "origin-5xx"),
        ("{at: 7m, rule", "{│at: 7m, rule", "at"),
        ("    expect:", "    │\n    expect:", "start requests"),
    ] {
        let text = text.replacen(from, to, 1);
        let _ = place(&text);
        let offers = editor.offers("/w/rules.test.yaml", &text);
        for word in some.split(' ') {
            assert!(offers.contains(word), "{to}: no {word} in {offers:?}");
        }
    }
    editor.end();
}

#[test]
fn yaml_of_other_programs_is_left_alone() {
    let mut editor = Editor::new(Disk::default());
    for (name, text) in [
        ("compose", "services:\n  web: {image: x}\nvolumes: {}\n"),
        (
            "role",
            "apiVersion: v1\nkind: Role\nmetadata: {name: x}\nrules:\n  - verbs: [get]\n",
        ),
        ("eslint", "rules:\n  semi: error\n"),
        ("playbook", "- hosts: all\n  tasks: []\n"),
        ("empty", "# nothing yet\n"),
        ("ci", "rules:\n  - if: x\nstages: [a]\njob: {script: x}\n"),
        (
            "promtool",
            "rule_files: [a.yml]\ntests:\n  - interval: 1m\n    input_series: []\n",
        ),
        ("galaxy", "roles:\n  - name: x\ncollections: []\n"),
        ("semgrep", "rules:\n  - id: x\n    pattern: y\nversion: 1\n"),
    ] {
        let path = format!("/w/{name}.yaml");
        assert_eq!(told(&editor.open(&path, text)), "", "{name}");
        let params = json!({"textDocument": {"uri": uri(&path)}});
        let symbols = editor.ask("textDocument/documentSymbol", &params);
        assert!(
            symbols.is_null() || symbols == json!([]),
            "{name}: {symbols}"
        );
    }
    // What begins as nothing and becomes rules is told of.
    let findings = told(&editor.write_anew("/w/empty.yaml", "rules:\n  - nmae: x\n"));
    assert!(findings.contains("unknown-name"), "{findings}");
    editor.end();
}

#[test]
fn a_misspelled_key_at_the_top_hides_nothing() {
    let rules = "rules:\n  - name: a\n    when: 5xx > 10 for 3m\n";
    let tests = "rules: a.yaml\ntests:\n  - {name: it fires, samples: {}, expect: []}\n";
    let begun = "rules:\n  - name: a\n";
    let mut editor = Editor::new(disk(&[("/w/a.yaml", "rules: []\n")]));
    for (name, text, key) in [
        ("near", format!("{rules}notif: {{}}\n"), "notif"),
        ("begun", format!("{rules}no: \n"), "no"),
        ("far", format!("let: {{}}\n{rules}foo: 1\nbar: 2\n"), "foo"),
        (
            "list",
            format!(
                "source: {{simulator: {{}}}}\n{}",
                rules.replace("rules", "ruls")
            ),
            "ruls",
        ),
        ("early", format!("{begun}no: \n"), "no"),
        ("further", "rules: [a.yaml]\nfoo: 1\n".to_owned(), "foo"),
        ("cases", format!("{tests}foo: 1\n"), "foo"),
    ] {
        let findings = told(&editor.open(&format!("/w/{name}.yaml"), &text));
        let is_named = findings.contains(&format!("no key `{key}`"));
        assert!(is_named, "{name}: {findings}");
    }
    // So is one whose rules have no dashes.
    let findings = told(&editor.open("/w/map.yaml", "rules:\n  a:\n    when: 5xx > 10%\n"));
    assert!(findings.contains("type-mismatch"), "{findings}");
    // The rest of such a file is judged as ever.
    let all = format!("{rules}notif: {{}}\nother: 1\n");
    let findings = told(&editor.write_anew("/w/near.yaml", &all));
    assert!(findings.contains("type-mismatch"), "{findings}");
    editor.end();
}

#[test]
fn a_key_that_is_broken_while_somebody_types_hides_no_finding() {
    let path = "/w/rules.yaml";
    let item = "  - name: a\n    when: 5xx > 10 for 3m\n";
    let mut editor = Editor::new(Disk::default());
    let findings = told(&editor.open(path, &format!("rules:\n{item}")));
    assert!(findings.contains("type-mismatch"), "{findings}");
    for head in ["rules\n", "", "# rules:\n", "r:\n", "x: 1\nrules\n"] {
        let findings = told(&editor.write_anew(path, &format!("{head}{item}")));
        assert!(findings.contains(" error "), "{head}: {findings}");
    }
    // What has nothing of a rule any more may be anything, and so may what never was a rules file.
    assert_eq!(told(&editor.write_anew(path, "hosts: all\n")), "");
    let role = "/w/role.yaml";
    assert_eq!(told(&editor.open(role, "")), "");
    let tasks = "become: true\ntasks:\n  - name: x\n    when: y\n";
    assert_eq!(told(&editor.write_anew(role, tasks)), "");
    editor.end();
}

#[test]
fn a_file_that_is_one_map_or_begins_with_a_byte_order_mark_is_read() {
    let marked = format!("\u{feff}{MAIN}");
    let further = "/w/rules.d/x.yaml";
    let mut editor = Editor::new(disk(&[("/w/rules.yaml", &marked), (further, "")]));
    assert_eq!(unknown(&told(&editor.open(further, FURTHER))), 2);
    for (name, text) in [
        ("mark", "\u{feff}rules:\n  - {nmae: a}\n"),
        ("flow", "{rules: [{nmae: a}]}\n"),
        ("json", "{\n  \"rules\": [{\"nmae\": \"a\"}]\n}\n"),
        ("document", "--- {rules: [{nmae: a}]}\n"),
    ] {
        let findings = told(&editor.open(&format!("/w/{name}.yaml"), text));
        assert!(findings.contains("no key `nmae`"), "{name}: {findings}");
    }
    editor.end();
}

#[test]
fn a_test_file_knows_the_names_that_its_tests_may_use() {
    let rules = "rules:\n  - {name: one, when: 5xx > 10%}\nnotify:\n  receivers: {x: [console: {}]}\n  routes: [{to: [x]}]\n";
    let path = "/w/rules.test.yaml";
    let tests = "\
rules: rules.yaml
tests:
  - name: it fires
    only: [one]
    samples: {a.example.com: {502: \"0 12\"}}
    expect: []
    pending: [{from: 0, rule: one, domain: a.example.com}]
    delivered: [{at: 1m, receiver: x, rule: one, domain: a.example.com, status: firing}]
";
    let mut editor = Editor::new(disk(&[("/w/rules.yaml", rules)]));
    editor.open(path, tests);
    for (from, to, line, offer) in [
        ("[one]", "[o│ne]", 1, "one"),
        ("from: 0, rule: one", "from: 0, rule: o│ne", 1, "one"),
        ("receiver: x", "receiver: │x", 3, "x"),
        ("x, rule: one", "x, rule: o│ne", 1, "one"),
        ("domain: a.e", "domain: a│.e", 0, "a.example.com"),
        ("status: f", "status: │f", 0, "resolved"),
    ] {
        let text = tests.replacen(from, to, 1);
        let offers = editor.offers(path, &text);
        assert!(offers.contains(offer), "{to}: no {offer} in {offers:?}");
        let found = editor.at("textDocument/definition", path, &text);
        if line == 0 {
            assert!(found.is_null(), "{to}: {found}");
        } else {
            assert_eq!(found["uri"], uri("/w/rules.yaml"), "{to}");
            assert_eq!(found["range"]["start"]["line"], line, "{to}");
        }
    }
    editor.end();
}

#[test]
fn no_comment_is_offered_where_none_is_read() {
    let rules = "rules:\n  - {name: one, when: 5xx > 10%}\n";
    let path = "/w/rules.test.yaml";
    let tests = "rules: rules.yaml\ntests:\n  - name: a\n    requests: 10\n    samples: {a: {502: \"25\"}}\n    expect: []\n";
    let mut editor = Editor::new(disk(&[("/w/rules.yaml", rules)]));
    let findings = editor.open(path, tests);
    let warning = findings.iter().find(|one| one["severity"] == 2).unwrap();
    assert_eq!(editor.actions(path, warning), [] as [serde_json::Value; 0]);
    let offers = editor.offers(path, &format!("{tests}# foghorn: allow(│)\n"));
    assert!(offers.is_empty(), "{offers:?}");
    editor.end();
}
