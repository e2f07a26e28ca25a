//! What an editor is told and offered while somebody writes a rules file.

use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::editor::{Disk, Editor, edited, place, told, uri};

const PATH: &str = "/w/rules.yaml";

const GOOD: &str = "\
let:
  gateway: 502|503|504
source:
  simulator:
    domains: [www.example.com, img.example.com]
labels:
  - {domains: [\"img*\"], labels: {team: media}}
rules:
  - name: origin-5xx
    when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m
    severity: critical
    summary: it burns
    runbook_url: https://wiki.example.com/x
  - name: gateway-errors
    when: gateway > 10% given requests >= 50 for 3m until gateway < 5% for 5m
notify:
  receivers:
    oncall:
      - console: {}
    chat:
      - console: {}
  routes:
    - match: {severity: critical}
      to: [oncall]
    - to: [chat]
";

fn editor() -> Editor {
    Editor::new(Disk::default())
}

/// Says the errors alone: what else lint advises is told in its own tests.
fn errors(findings: &[Value]) -> String {
    let errors = findings.iter().filter(|finding| finding["severity"] == 1);
    told(&errors.cloned().collect::<Vec<_>>())
}

#[test]
fn findings_follow_what_is_typed() {
    let mut editor = editor();
    let findings = editor.open(
        PATH,
        "rules:\n  - name: a b\n    when: 5xx > 10\n    wehn: 1\n",
    );
    assert_snapshot!(errors(&findings));
    let position = |line, character| json!({"line": line, "character": character});
    let range = json!({"start": position(2, 12), "end": position(2, 18)});
    editor.change(
        PATH,
        &json!([{"range": range, "text": "> 1%  for"}, {"text": GOOD}]),
    );
    assert_eq!(errors(&editor.findings(PATH)), "");
    let at = place("rules:\n  - name: a│\n");
    let range = json!({"start": position(at.0 + 7, at.1), "end": position(at.0 + 7, at.1 + 3)});
    editor.change(PATH, &json!([{"range": range, "text": "ri/"}]));
    assert_snapshot!(errors(&editor.findings(PATH)));
    editor.end();
}

#[test]
fn a_finding_with_two_places_names_the_other_one() {
    let mut editor = editor();
    let twice = GOOD.replace("gateway-errors", "origin-5xx");
    let findings = editor.open(PATH, &twice);
    let related = &findings[0]["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], uri(PATH));
    assert_eq!(
        related["location"]["range"]["start"],
        json!({"line": 8, "character": 10})
    );
    assert_eq!(related["message"], "the first is here");
    editor.end();
}

#[test]
fn columns_count_what_was_agreed_on() {
    let text = "rules:\n  - name: a\n    summary: \"警😀 {{ nope }}\"\n    when: 5xx > 1%\n";
    for (offered, column) in [(json!([]), 21), (json!(["utf-8", "utf-16"]), 25)] {
        let mut editor = Editor::silent(Disk::default());
        let capabilities = json!({"general": {"positionEncodings": offered}});
        let hello = editor.begin(&capabilities);
        let encoding = &hello["capabilities"]["positionEncoding"];
        let expected = if column == 25 { "utf-8" } else { "utf-16" };
        assert_eq!(encoding, expected);
        let findings = editor.open(PATH, text);
        let template = findings
            .iter()
            .find(|finding| finding["code"] == "template");
        assert_eq!(template.unwrap()["range"]["start"]["character"], column);
        editor.end();
    }
}

#[test]
fn a_condition_is_explained_part_by_part() {
    let mut editor = editor();
    editor.open(PATH, GOOD);
    let mut said = String::new();
    for (from, to) in [
        ("5xx > 10% given", "5xx >│ 10% given"),
        ("5xx > 10% given", "5x│x > 10% given"),
        ("50 for 3m until 5xx", "50 fo│r 3m until 5xx"),
        (
            "until 5xx < 5% for 5m\n    severity",
            "unt│il 5xx < 5% for 5m\n    severity",
        ),
        ("gateway > 10%", "gate│way > 10%"),
        ("  gateway: 502", "  gate│way: 502"),
        ("502|503|504", "502|5│03|504"),
        ("severity: critical\n    s", "sev│erity: critical\n    s"),
        ("  routes:", "  ro│utes:"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        let hover = editor.at("textDocument/hover", PATH, &text);
        let range = &hover["range"];
        let value = hover["contents"]["value"].as_str().unwrap_or("nothing");
        let (start, end) = (&range["start"], &range["end"]);
        let _ = writeln!(said, "==== {to}\n{start} to {end}\n{value}");
    }
    assert_snapshot!(said);
    editor.end();
}

#[test]
fn an_allowed_code_is_explained_and_offered() {
    let mut editor = editor();
    let text =
        "rules:\n  # foghorn: allow(no-tra│ffic-guard) known\n  - name: a\n    when: 5xx > 1%\n";
    editor.open(PATH, &text.replace('│', ""));
    let offers = editor.offers(PATH, text);
    assert!(
        offers.contains("no-traffic-guard") && !offers.contains("syntax"),
        "{offers:?}"
    );
    assert!(!offers.contains("unused-allow"), "{offers:?}");
    let with_page = text.replace("no-tra│ffic-guard", "no-ro│ute");
    editor.write_anew(PATH, &with_page.replace('│', ""));
    let hover = editor.at("textDocument/hover", PATH, &with_page);
    let value = hover["contents"]["value"].as_str().unwrap();
    assert!(
        value.contains("no-route") && value.contains("match no route"),
        "{value}"
    );
    editor.end();
}

/// Holds what is offered at the `│` of each text, between the other parts of a file, against words
/// that must be there and words that must not.
fn hold_offers(cases: &[(&str, &str, &str)]) {
    let mut editor = editor();
    let head = &GOOD[..GOOD.find("rules:").unwrap()];
    let notify = &GOOD[GOOD.find("notify:").unwrap()..];
    for (text, some, none) in cases {
        let whole = format!("{head}{text}\n{notify}");
        let offers = editor.offers(PATH, &whole);
        for word in some.split_whitespace() {
            assert!(offers.contains(word), "{text}: no {word} in {offers:?}");
        }
        for word in none.split(' ') {
            assert!(!offers.contains(word), "{text}: {word} in {offers:?}");
        }
    }
    editor.end();
}

#[test]
fn what_could_be_written_is_offered() {
    hold_offers(&[
        (
            "rules:\n  - name: a\n    │",
            "when severity labels",
            "name routes",
        ),
        (
            "rules:\n  - name: a\n    se│\n    when: 5xx > 1%",
            "severity",
            "when name",
        ),
        ("rules:\n  - na│me: a", "name when", "rules"),
        ("│", "settle web store", "source name"),
        (
            "rules:\n  - when: │",
            "not 5xx gateway avg( critical",
            "for and",
        ),
        (
            "rules:\n  - when: 5xx > 1% │",
            "for given until and",
            "5xx gateway",
        ),
        ("rules:\n  - when: 5xx > 1% fo│", "for", "5xx > <="),
        ("rules:\n  - when: 5xx │", "> >= < offset", "and for until"),
        (
            "rules:\n  - when: 5xx > 1% and requests │",
            "> <=",
            "and given",
        ),
        ("rules:\n  - when: gateway │", "> and for", "5xx"),
        ("rules:\n  - when: '5xx > 1% for │'", "3m 5m", "and 5xx"),
        ("rules:\n  - {name: a, when: no │}", "data traffic", "5xx"),
        (
            "rules:\n  - when:\n      critical: gate│",
            "gateway 5xx",
            "for",
        ),
        (
            "rules:\n  - when: |\n      5xx > 1%\n      and avg(│",
            "5xx gateway",
            "for and",
        ),
        ("rules:\n  - severity: │", "info warning critical", "when"),
        ("rules:\n  - on_unknown: cl│", "hold clear fire", "critical"),
        (
            "rules:\n  - domains: [│]",
            "www.example.com img.example.com",
            "team",
        ),
    ]);
}

#[test]
fn what_is_offered_fits_where_it_stands() {
    hold_offers(&[
        (
            "rules:\n  - when:\n      wa│",
            "warning critical avg(",
            "for when",
        ),
        ("rules:\n  - when: wa│", "avg(", "warning"),
        ("rules:\n  - when: 5xx > 1% for │", "3m", "502 503"),
        ("rules:\n  - when: 5xx > 1% on at least │", "10%", "502 5xx"),
        (
            "rules:\n  - when: 5xx > 1%  # so │\n    name: a",
            "",
            "severity labels",
        ),
        ("rules:\n  - {name: a, │", "when severity", "name routes"),
        (
            "rules:\n  - summary: \"{{ domain }} {{ va│\"",
            "value values",
            "when",
        ),
        (
            "rules:\n  - summary: \"{{ domain }} va│\"",
            "",
            "value values",
        ),
        (
            "rules:\n  - summary: \"{{ values['│'] }}\"",
            "",
            "value values",
        ),
    ]);
}

#[test]
fn names_that_other_parts_have_are_offered() {
    let mut editor = editor();
    for (from, to, some) in [
        ("to: [chat]", "to: [│]", "chat oncall"),
        ("to: [oncall]", "to: on│", "chat oncall"),
        ("{severity: critical}", "{│}", "rule severity domain team"),
        ("{severity: critical}", "{severity: │}", "critical"),
        (
            "{severity: critical}",
            "{rule: │}",
            "origin-5xx gateway-errors",
        ),
        ("to: [chat]", "group_by: [│]", "team rule"),
        ("{severity: critical}", "{team: │}", "media"),
        ("  receivers:", "  │\n  receivers:", "email fallback"),
    ] {
        let offers = editor.offers(PATH, &GOOD.replacen(from, to, 1));
        for word in some.split(' ') {
            assert!(offers.contains(word), "{to}: no {word} in {offers:?}");
        }
    }
    let named = GOOD.replacen("  simulator:", "  simulator:\n    account: main", 1);
    let text = named.replacen("{severity: critical}", "{account: │}", 1);
    assert!(editor.offers(PATH, &text).contains("main"));
    editor.end();
}

#[test]
fn what_is_offered_takes_the_place_of_the_word() {
    let mut editor = editor();
    let text = "let:\n  gateway: 502|503\nrules:\n  - name: a\n    when: gat│ew > 1%\n";
    editor.open(PATH, &text.replace('│', ""));
    let list = editor.at("textDocument/completion", PATH, text);
    let items = list["items"].as_array().unwrap();
    let item = items
        .iter()
        .find(|item| item["label"] == "gateway")
        .unwrap();
    let new = edited(&text.replace('│', ""), &json!([item["textEdit"]]));
    assert!(new.contains("when: gateway > 1%"), "{new}");
    editor.end();
}

#[test]
fn what_is_offered_behind_a_key_is_yaml_with_it() {
    let mut editor = editor();
    for (text, label, expected) in [
        (
            "rules: []\nsource:│\n",
            "simulator",
            "source:\n  simulator: \n",
        ),
        (
            "rules: []\nsource: │\n",
            "simulator",
            "source: \n  simulator: \n",
        ),
        (
            "rules: []\nsource:\n  sim│\n",
            "simulator",
            "source:\n  simulator: \n",
        ),
        ("let: {}\nrules:│\n", "name", "rules:\n  - name: \n"),
        (
            "rules:\n  - name: a\n    when:│\n",
            "warning",
            "    when:\n      warning: \n",
        ),
        (
            "rules:\n  - when:│\n    name: a\n",
            "5xx",
            "  - when: 5xx\n",
        ),
        (
            "rules:\n  - when: 5xx > 1%\n    severity:│\n",
            "critical",
            "    severity: critical\n",
        ),
        (
            "rules: []\nnotify:\n  routes:\n    - match:│\n",
            "rule",
            "    - match:\n        rule: \n",
        ),
    ] {
        let offers = editor.offers(PATH, text);
        assert!(offers.contains(label), "{text}: {offers:?}");
        let list = editor.at("textDocument/completion", PATH, text);
        let mut items = list["items"].as_array().unwrap().iter();
        let item = items.find(|item| item["label"] == label).unwrap();
        assert_eq!(item["filterText"], label);
        let is_longer = item["textEdit"]["newText"].as_str().unwrap().contains('\n');
        assert_eq!(item["insertTextMode"] == 1, is_longer, "{item}");
        let new = edited(&text.replace('│', ""), &json!([item["textEdit"]]));
        assert!(new.contains(expected), "{new}");
    }
    editor.end();
}

#[test]
fn conditions_are_formatted_and_nothing_else() {
    let mut editor = editor();
    let text = "rules:   # mine\n  - name:   a\n    when: (5XX)>10% given requests>=50 for 180m\n";
    editor.open(PATH, text);
    let options = json!({"tabSize": 2, "insertSpaces": true});
    let params = json!({"textDocument": {"uri": uri(PATH)}, "options": options});
    let edits = editor.ask("textDocument/formatting", &params);
    let new = edited(text, &edits);
    assert!(new.starts_with("rules:   # mine\n  - name:   a\n"), "{new}");
    assert!(
        new.ends_with("when: 5xx > 10% given requests >= 50 for 3h\n"),
        "{new}"
    );
    editor.write_anew(PATH, "rules: [");
    assert!(editor.ask("textDocument/formatting", &params).is_null());
    editor.end();
}

#[test]
fn names_lead_to_what_they_name() {
    let mut editor = editor();
    editor.open(PATH, GOOD);
    for (from, to, expected) in [
        ("gateway > 10%", "gate│way > 10%", "  gateway: 502"),
        ("gateway < 5%", "gateway│ < 5%", "  gateway: 502"),
        ("to: [oncall]", "to: [on│call]", "    oncall:"),
        ("to: [chat]", "to: [chat│]", "    chat:"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        let found = editor.at("textDocument/definition", PATH, &text);
        let start = &found["range"]["start"];
        let line = usize::try_from(start["line"].as_u64().unwrap()).unwrap();
        let line = GOOD.lines().nth(line).unwrap();
        assert!(line.starts_with(expected), "{to}: {line}");
    }
    let text = GOOD.replacen("5xx > 10%", "5x│x > 10%", 1);
    assert!(editor.at("textDocument/definition", PATH, &text).is_null());
    editor.end();
}

#[test]
fn the_outline_has_rules_names_and_receivers() {
    let mut editor = editor();
    editor.open(PATH, GOOD);
    let params = json!({"textDocument": {"uri": uri(PATH)}});
    let found = editor.ask("textDocument/documentSymbol", &params);
    let names = found
        .as_array()
        .unwrap()
        .iter()
        .map(|symbol| symbol["name"].as_str().unwrap());
    let names: Vec<&str> = names.collect();
    assert_eq!(
        names,
        ["gateway", "origin-5xx", "gateway-errors", "oncall", "chat"]
    );
    assert_eq!(
        found[1]["selectionRange"]["start"],
        json!({"line": 8, "character": 10})
    );
    assert!(
        found[1]["detail"]
            .as_str()
            .unwrap()
            .starts_with("5xx > 10%")
    );
    editor.end();
}

#[test]
fn a_warning_can_be_allowed_where_it_stands() {
    let mut editor = editor();
    for (text, expected) in [
        (
            "rules:\n  - name: a\n    when: 5xx > 1%\n",
            "    when: 5xx > 1% # foghorn: allow(no-traffic-guard) reason\n",
        ),
        (
            "rules:\n  - name: a\n    when: 5xx > 1% # ok\n",
            "    # foghorn: allow(no-traffic-guard) reason\n    when: 5xx > 1% # ok\n",
        ),
    ] {
        let findings = if text.contains("# ok") {
            editor.write_anew(PATH, text)
        } else {
            editor.open(PATH, text)
        };
        let finding = findings
            .iter()
            .find(|one| one["code"] == "no-traffic-guard")
            .unwrap();
        let actions = editor.actions(PATH, finding);
        let allow = actions.iter().find(|one| {
            one["title"].as_str().unwrap().contains("allow") && one["diagnostics"][0] == *finding
        });
        let allow = allow.unwrap();
        assert_eq!(allow["kind"], "quickfix");
        assert_eq!(allow["diagnostics"][0], *finding);
        let new = edited(text, &allow["edit"]["changes"][uri(PATH)]);
        assert!(new.ends_with(expected), "{new}");
    }
    editor.end();
}

#[test]
fn a_comment_that_allows_nothing_is_not_allowed_by_another() {
    let mut editor = editor();
    let text =
        "rules:\n  - name: a\n    when: |  # foghorn: allow(no-hysteresis) x\n      5xx > 1%\n";
    let findings = editor.open(PATH, text);
    let mut findings = findings.iter();
    let finding = findings.find(|one| one["code"] == "unused-allow").unwrap();
    for action in editor.actions(PATH, finding) {
        let title = action["title"].as_str().unwrap();
        assert!(!title.contains("allow `unused-allow`"), "{title}");
    }
    editor.end();
}

#[test]
fn nothing_is_offered_twice() {
    let mut editor = editor();
    for text in [
        "rules: []\nsource:\n  │",
        "rules: []\nnotify:\n  receivers:\n    a:\n      - │",
        "rules: []\nnotify:\n  receivers:\n    a:\n      - webhook: {format: │}",
        "rules:\n  - │",
        "│",
    ] {
        editor.offers(PATH, text);
        let list = editor.at("textDocument/completion", PATH, text);
        let items = list["items"].as_array().unwrap();
        let mut labels: Vec<&str> = items
            .iter()
            .map(|item| item["label"].as_str().unwrap())
            .collect();
        assert!(!labels.is_empty(), "{text}");
        labels.sort_unstable();
        let all = labels.clone();
        labels.dedup();
        assert_eq!(labels, all, "{text}");
    }
    editor.end();
}

#[test]
fn a_change_of_a_range_that_is_none_changes_nothing() {
    let mut editor = editor();
    editor.open(PATH, GOOD);
    let range = json!({"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}});
    editor.change(PATH, &json!([{"range": range, "text": "x"}]));
    let text = GOOD.replacen("gateway > 10%", "gate│way > 10%", 1);
    let found = editor.at("textDocument/definition", PATH, &text);
    assert_eq!(found["range"]["start"]["line"], 1);
    editor.end();
}
