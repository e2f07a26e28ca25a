//! Lines in a wrong column, and keys that are lost above theirs: told once, where they stand, with the
//! mend that gives back what was meant.

use foghorn::config::Environment;
use foghorn::diag::{Diagnostic, Level};
use foghorn::lint::{self, Options};

use super::{load, world};

const FILE: &str = r#"source:
  aliyun_cdn:
    account: main
    domains: [www.example.com, img.example.com]
    credentials:
      access_key_id: ${KEY:-a}
      access_key_secret: ${SECRET:-b}
    rate: 5

let:
  gateway: 502|503|504
  busy: requests >= 50

labels:
  - {domains: ["img.example.com"], labels: {team: media}}

rules:
  - name: origin-5xx
    when: 5xx > 10% given busy for 3m until 5xx < 5% for 5m
    severity: info
    labels:
      layer: edge
    summary: "{{ domain }}: {{ value }}"
  - name: gateway-errors
    when:
      info: gateway > 2% given busy for 5m until gateway < 1% for 5m
      warning: gateway > 20% given busy for 3m until gateway < 10% for 5m
    domains: ["*.example.com", "!img.example.com"]
  - name: odd
    when: 404 > 90% given busy for 5m
    severity: info

notify:
  email:
    server: smtps://mail.example.com:465
    from: foghorn@example.com
  receivers:
    oncall:
      - email: {to: [oncall@example.com]}
    chat:
      - webhook:
          url: https://hooks.example.com/x
          secret: ${HOOK:-c}
    screen:
      - console: {}
  routes:
    - match: {severity: warning}
      to: [oncall, chat]
      continue: true
    - to: [screen]
  give_up: 24h

web:
  listen: 127.0.0.1:9847
"#;

fn errors(text: &str) -> Vec<Diagnostic> {
    let faults = lint::run(&load(text)).into_iter();
    faults.filter(|fault| fault.level == Level::Error).collect()
}

/// Returns the file with another piece.
fn with(piece: &str, instead: &str) -> String {
    assert_eq!(FILE.matches(piece).count(), 1, "{piece}");
    FILE.replace(piece, instead)
}

/// Returns the file with all lines of a piece so many columns further to the right, or to the left.
fn moved(piece: &str, by: isize) -> String {
    let line = |line: &str| {
        let content = line.trim_start();
        let column = (line.len() - content.len()).strict_add_signed(by);
        format!("{}{content}\n", " ".repeat(column))
    };
    with(piece, &piece.lines().map(line).collect::<String>())
}

fn mended(text: &str) -> String {
    let options = Options::default();
    let done = lint::mend("rules.yaml", &world(text), Environment::Absent, &options).unwrap();
    let change = done.changes.into_iter().next();
    change.map_or(text.to_owned(), |change| change.new)
}

/// Checks that a faulty file has one error, at the line with a text, and is mended.
fn check(faulty: &str, at: &str) {
    let faults = errors(faulty);
    let [fault] = faults.as_slice() else {
        panic!("{faulty}{faults:#?}");
    };
    let start = fault.primary.span.start();
    assert!(faulty[start..].starts_with(at), "{faulty}{fault:#?}");
    assert_eq!(mended(faulty), FILE, "{fault:#?}");
}

/// Lines of the file, how many columns they move, and what the fault begins with.
const MOVED: &[(&str, isize, &str)] = &[
    ("    account: main\n", -2, "account"),
    (
        "    domains: [www.example.com, img.example.com]\n",
        -2,
        "domains",
    ),
    (
        "    domains: [www.example.com, img.example.com]\n",
        2,
        "domains",
    ),
    (
        "    credentials:\n      access_key_id: ${KEY:-a}\n      access_key_secret: ${SECRET:-b}\n",
        -2,
        "credentials",
    ),
    (
        "      access_key_id: ${KEY:-a}\n      access_key_secret: ${SECRET:-b}\n",
        -2,
        "access_key_id",
    ),
    (
        "      access_key_secret: ${SECRET:-b}\n",
        -2,
        "access_key_secret",
    ),
    ("    rate: 5\n", -2, "rate"),
    ("    rate: 5\n", 2, "rate"),
    (
        "  gateway: 502|503|504\n  busy: requests >= 50\n",
        -2,
        "gateway",
    ),
    (
        "    chat:\n      - webhook:\n          url: https://hooks.example.com/x\n          secret: ${HOOK:-c}\n",
        2,
        "chat",
    ),
    (
        "          url: https://hooks.example.com/x\n          secret: ${HOOK:-c}\n",
        -2,
        "url",
    ),
    ("          secret: ${HOOK:-c}\n", -2, "secret"),
    ("  receivers:\n", -2, "receivers"),
    ("  routes:\n", -2, "routes"),
    ("  routes:\n", 2, "routes"),
    (
        "  email:\n    server: smtps://mail.example.com:465\n    from: foghorn@example.com\n",
        -2,
        "email",
    ),
    ("    server: smtps://mail.example.com:465\n", -2, "server"),
    ("    - to: [screen]\n", -2, "-"),
    ("    - to: [screen]\n", 2, "-"),
    ("      continue: true\n", 2, "continue"),
    ("      continue: true\n", -2, "continue"),
    ("  give_up: 24h\n", 2, "give_up"),
    ("  give_up: 24h\n", -2, "give_up"),
    (
        "      warning: gateway > 20% given busy for 3m until gateway < 10% for 5m\n",
        -2,
        "warning",
    ),
    (
        "  - name: odd\n    when: 404 > 90% given busy for 5m\n    severity: info\n",
        -2,
        "-",
    ),
    (
        "  - name: odd\n    when: 404 > 90% given busy for 5m\n    severity: info\n",
        2,
        "-",
    ),
    ("  listen: 127.0.0.1:9847\n", -2, "listen"),
];

#[test]
fn lines_that_have_moved_together_are_told_once_and_move_back() {
    assert_eq!(errors(FILE), []);
    for (piece, by, at) in MOVED.iter().copied() {
        check(&moved(piece, by), at);
    }
}

#[test]
fn a_key_that_is_lost_above_its_lines_is_told_at_the_first_of_them() {
    for (key, at) in [
        ("let:\n", "gateway"),
        ("  receivers:\n", "oncall"),
        ("  routes:\n", "- match"),
        ("notify:\n", "email"),
        ("    credentials:\n", "access_key_id"),
    ] {
        check(&with(key, ""), at);
    }
    let flat = "gateway: 502|503|504\nbusy: requests >= 50\n";
    let lets = "let:\n  gateway: 502|503|504\n  busy: requests >= 50\n";
    check(&with(lets, flat), "gateway");
    check(&with("let:\n", "names:\n"), "names");
}

#[test]
fn a_key_that_is_not_known_where_it_stands_is_no_better_known_beneath_one_that_takes_any() {
    let summary = "    summary: \"{{ domain }}: {{ value }}\"\n";
    for (piece, instead, said) in [
        // Nobody uses it: it need not be a name.
        (
            "web:\n",
            "interval: 1m\nweb:\n",
            "a rules file has no key `interval`",
        ),
        (summary, "    for: 5m\n", "a rule has no key `for`"),
        (summary, "    owner: web\n", "a rule has no key `owner`"),
    ] {
        let text = with(piece, instead);
        let faults = errors(&text);
        assert_eq!(faults.len(), 1, "{faults:#?}");
        assert_eq!((&*faults[0].message, &faults[0].fix), (said, &None));
    }
}

#[test]
fn what_is_wrong_by_itself_is_told_beside_lines_that_have_moved() {
    let text = moved("  receivers:\n", -2).replace("severity: info\n\n", "severity: low\n\n");
    let faults = errors(&text);
    let told: Vec<&str> = faults
        .iter()
        .map(|fault| text[fault.primary.span.range()].trim())
        .collect();
    assert_eq!(told, ["low", "receivers"], "{faults:#?}");
}

#[test]
fn slips_of_yaml_are_told_once_and_give_back_what_was_meant() {
    let when = "    when: 404 > 90% given busy for 5m\n";
    let summary = "    summary: \"{{ domain }}: {{ value }}\"\n";
    for (piece, instead, at) in [
        (
            "  gateway: 502|503|504\n",
            "  gateway: {502,503,504}\n",
            "{",
        ),
        (
            "  gateway: 502|503|504\n",
            "  gateway: {502, 503, 504}\n",
            "{",
        ),
        (when, "    when: {404} > 90% given busy for 5m\n", "{"),
        ("    - to: [screen]\n", "    -to: [screen]\n", "-"),
        ("to: [oncall, chat]\n", "to: [oncall, chat]]\n", "]\n"),
        ("  give_up: 24h\n", "  give_up; 24h\n", "give_up"),
        (
            "  - name: gateway-errors\n",
            "rules:\n  - name: gateway-errors\n",
            "rules",
        ),
        ("{team: media}}\n", "{team: media}\n", "{domains"),
    ] {
        check(&with(piece, instead), at);
    }
    for (piece, instead, meant) in [
        (
            "give_up: 24h\n",
            "give_up: 24h#a day\n",
            "give_up: 24h #a day\n",
        ),
        (
            "    severity: info\n    labels:",
            "    severity: info# quiet\n    labels:",
            "    severity: info # quiet\n    labels:",
        ),
        ("web:\n", "// the page\nweb:\n", "# the page\nweb:\n"),
        (
            when,
            "    when:\n    404 > 90%\n    given busy for 5m\n",
            "    when:\n      404 > 90%\n      given busy for 5m\n",
        ),
        (
            when,
            "    when: |\n    404 > 90%\n\n    given busy for 5m\n",
            "    when: |\n      404 > 90%\n\n      given busy for 5m\n",
        ),
        (
            summary,
            "    summary: >\n    {{ domain }}\n    is bad: {{ value }}\n",
            "    summary: >\n      {{ domain }}\n      is bad: {{ value }}\n",
        ),
        (
            "      continue: true\n",
            "      continue:\n      true\n",
            "      continue:\n        true\n",
        ),
    ] {
        let faulty = with(piece, instead);
        let faults = errors(&faulty);
        assert_eq!(faults.len(), 1, "{faulty}{faults:#?}");
        assert!(mended(&faulty).contains(meant), "{faulty}{faults:#?}");
    }
}

#[test]
fn every_dash_too_many_in_a_rule_is_told_where_it_stands() {
    let text = FILE.replace(
        "    severity: info\n    labels:\n      layer: edge\n    summary:",
        "  - severity: info\n  - labels:\n      layer: edge\n    summary:",
    );
    let faults = errors(&text);
    let dashes = faults
        .iter()
        .filter(|fault| &text[fault.primary.span.range()] == "-");
    assert_eq!((dashes.count(), faults.len()), (2, 2), "{faults:#?}");
    assert_eq!(mended(&text), FILE);
}

#[test]
fn what_only_looks_like_such_a_slip_is_told_as_what_it_is() {
    for (piece, instead, said) in [
        // A key of its own, which lacks its colon.
        (
            "    severity: info\n    labels:",
            "    severity:\n    domains [\"*\"]\n    labels:",
            "colon is missing behind `domains`",
        ),
        (
            "  give_up: 24h\n",
            "  give_up: #a day\n",
            "`give_up` has no value",
        ),
        (
            "      continue: true\n",
            "      continue: true\n      to: [screen]\n",
            "the key `to` stands twice",
        ),
        (
            "  give_up: 24h\n",
            "  give_up: 24h\n  to the mail server\n",
            "has no colon",
        ),
    ] {
        let faults = errors(&with(piece, instead));
        assert!(
            faults.iter().any(|fault| fault.message.contains(said)),
            "{faults:#?}"
        );
    }
}

#[test]
fn no_key_is_thought_lost_where_others_beside_it_could_not_be_read() {
    let text = "let:
    a: b + 1%
  b: 5xx + 1%
rules:
  - {name: one, when: a > 10%}
notify:
  receivers {x: [console: {}]}
  routes: [to: [x]]
  inhibit:
    - {source: {rule: one}, target: {rule: one}}
    - {source: {rule: One}, target: {rule: one}}
";
    let faults = errors(text);
    let told = |said: &str| faults.iter().any(|fault| fault.message.contains(said));
    assert!(told("mutes itself"), "{faults:#?}");
    assert!(!told("is missing above"), "{faults:#?}");
}

#[test]
fn nothing_is_thought_to_stand_beneath_a_key_that_has_its_value() {
    let text = "rules:
   - name: a
    when: 5xx > 10% for 3m
    severity: critical
    runbook_url: https://wiki.example.com/a
  - name: b
   when: 5xx > 2% for 5m
";
    let faults = errors(text);
    let told = |said: &str| faults.iter().any(|fault| fault.message.contains(said));
    assert!(
        told("this item of the list begins in column 3"),
        "{faults:#?}"
    );
    assert!(!told("beneath `runbook_url:`"), "{faults:#?}");
}
