//! Rules files: every diagnostic with its place, hostile files, the examples.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use foghorn::config::{self, Channel, Environment, Loaded, MailTransport, Part, Surroundings, Tls};
use foghorn::diag::{Code, Diagnostic, Level, github, human, json};
use foghorn::lint;
use foghorn::samples::{Samples, take_line};
use foghorn::unit::Minute;
use secrecy::ExposeSecret;

/// A world of maps.
#[derive(Default)]
struct World {
    variables: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
}

impl Surroundings for World {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn file(&self, path: &str) -> Result<String, String> {
        self.files
            .get(path)
            .cloned()
            .ok_or_else(|| "no such file".to_owned())
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, String> {
        let glob = foghorn::unit::Glob::from(pattern);
        Ok(self
            .files
            .keys()
            .filter(|path| glob.matches(path))
            .cloned()
            .collect())
    }
}

impl World {
    fn with(text: &str) -> Self {
        let mut world = Self::default();
        world.files.insert("rules.yaml".to_owned(), text.to_owned());
        world
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn file_at(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    fn load(&self) -> Loaded {
        config::load("rules.yaml", self, Environment::Required).unwrap()
    }
}

fn lint(text: &str) -> (Vec<Diagnostic>, Loaded) {
    let loaded = World::with(text).load();
    (lint::run(&loaded), loaded)
}

/// Returns the codes of the errors; of warnings tell the fixtures.
fn codes(text: &str) -> Vec<Code> {
    let (mut found, _) = lint(text);
    found.retain(|finding| finding.level == Level::Error);
    found.iter().map(|finding| finding.code).collect()
}

/// Returns each error as its code and the text that it points at.
fn pointed(text: &str) -> Vec<(Code, String)> {
    let (mut found, loaded) = lint(text);
    found.retain(|finding| finding.level == Level::Error);
    let at = |d: &Diagnostic| {
        let file = loaded.files.get(d.primary.file).unwrap();
        (d.code, file.text[d.primary.span.range()].to_owned())
    };
    found.iter().map(at).collect()
}

/// Returns the names of the fixtures: `CODE`, `CODE-variant`, `CODE.good`, or of several codes.
fn fixtures() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    names.sort();
    names
}

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint");
    std::fs::read_to_string(folder.join(format!("{name}.yaml"))).unwrap()
}

/// Whether a fixture must not show its code.
fn is_good(name: &str) -> bool {
    name.strip_suffix(".good").is_some()
}

/// Returns the code that a fixture is about, if it is about one.
fn code_of(name: &str) -> Option<Code> {
    let name = name.strip_suffix(".good").unwrap_or(name);
    let is_about = |code: &&Code| {
        let rest = name.strip_prefix(code.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let codes = Code::ALL.iter().filter(is_about);
    codes.max_by_key(|code| code.as_str().len()).copied()
}

/// Whether only recorded samples show a code.
fn is_of_history(code: Code) -> bool {
    matches!(code, Code::Noisy | Code::Silent | Code::DeadDomain)
}

/// Returns eight days of one domain: every four hours it fails for two minutes, and once for
/// twelve; another has no traffic.
fn week() -> Samples {
    let begin = Minute::from_epoch(29_453_760).unwrap();
    let mut samples = Samples::new();
    for (at, minute) in begin
        .until(Minute::from_epoch(29_453_760 + 8 * 1440).unwrap())
        .enumerate()
    {
        let failed = match (at / 240, at % 240) {
            (7, 0..12) | (_, 0..2) => 20,
            _ => 1,
        };
        for (domain, codes) in [
            (
                "www.example.com",
                format!(r#"{{"200":"{}","502":"{failed}"}}"#, 100 - failed),
            ),
            ("old.example.com", "{}".to_owned()),
        ] {
            let line = format!(r#"{{"domain":"{domain}","minute":"{minute}","codes":{codes}}}"#);
            take_line(&line, &mut samples).unwrap();
        }
    }
    samples
}

#[test]
fn every_fixture_is_reported_as_its_snapshot_says() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for name in fixtures().iter().filter(|name| !is_good(name)) {
        let (mut found, loaded) = lint(&fixture(name));
        if code_of(name).is_some_and(is_of_history) {
            found = lint::history(&loaded, &week());
        }
        found.retain(|finding| match code_of(name) {
            Some(code) => finding.code == code,
            None => finding.level == Level::Error,
        });
        assert!(!found.is_empty(), "{name} has no finding");
        let report = human::render(&found, &loaded.files, human::Colour::Never);
        settings.bind(|| insta::assert_snapshot!(name.as_str(), report));
    }
}

#[test]
fn no_good_fixture_shows_its_code() {
    for name in fixtures().iter().filter(|name| is_good(name)) {
        let code = code_of(name).unwrap_or_else(|| panic!("{name} is about no code"));
        let (mut found, loaded) = lint(&fixture(name));
        if is_of_history(code) {
            found = lint::history(&loaded, &week());
        }
        let found: Vec<Diagnostic> = found.into_iter().filter(|f| f.code == code).collect();
        let report = human::render(&found, &loaded.files, human::Colour::Never);
        assert!(found.is_empty(), "{name}:\n{report}");
    }
}

#[test]
fn every_code_has_a_fixture() {
    let names = fixtures();
    let without = Code::ALL.iter().filter(|code| {
        let is_shown = |name: &String| code_of(name) == Some(**code) && !is_good(name);
        !names.iter().any(is_shown)
    });
    let without: Vec<&str> = without.map(|code| code.as_str()).collect();
    assert!(without.is_empty(), "no fixture shows {without:?}");
}

const FORMS: [(&str, &str); 7] = [
    ("plain", "when: 5xx > nix for 3m"),
    ("single-quoted", "when: '5xx > nix for 3m'"),
    ("double-quoted", "when: \"5xx > nix for 3m\""),
    ("plain over two lines", "when: 5xx\n      > nix for 3m"),
    ("folded", "when: >\n      5xx\n      > nix\n\n      for 3m"),
    (
        "folded and stripped",
        "when: >-\n      5xx > nix\n      for 3m",
    ),
    (
        "literal",
        "when: | # the reason\n      # 警報: why\n      5xx # all\n        > nix for 3m",
    ),
];

#[test]
fn a_fault_is_placed_to_the_column_in_every_kind_of_scalar() {
    for (form, when) in FORMS {
        let text = format!("# 警報\nrules:\n  - summary: 源站錯誤\n    name: a\n    {when}\n");
        assert_eq!(
            pointed(&text),
            [(Code::UnknownName, "nix".to_owned())],
            "{form}"
        );
        let text = text.replace('\n', "\r\n");
        assert_eq!(
            pointed(&text),
            [(Code::UnknownName, "nix".to_owned())],
            "{form}, CRLF"
        );
    }
}

#[test]
fn text_before_the_fault_on_its_line_counts_by_character() {
    let text = "rules: [{summary: 源站, name: a, when: '5xx > nix for 3m'}]";
    let (found, loaded) = lint(text);
    let report: serde_json::Value =
        serde_json::from_str(&json::render(&found, &loaded.files)).unwrap();
    let offset = text.find("nix for").unwrap();
    assert_eq!(
        report["diagnostics"][0]["span"],
        serde_json::json!({
            "start": {"line": 1, "column": text[..offset].chars().count() + 1, "offset": offset},
            "end": {"line": 1, "column": text[..offset].chars().count() + 4, "offset": offset + 3},
        })
    );
    assert_eq!(
        report["summary"],
        serde_json::json!({"errors": 1, "warnings": 0})
    );
    assert_eq!(report["diagnostics"][0]["file"], "rules.yaml");
}

#[test]
fn an_escape_makes_the_place_the_whole_scalar() {
    let text = r#"rules: [{name: a, when: "5xx \u003e nix for 3m"}]"#;
    let whole = r#""5xx \u003e nix for 3m""#.to_owned();
    assert_eq!(pointed(text), [(Code::UnknownName, whole)]);
}

#[test]
fn a_scalar_means_its_text_and_not_a_number_of_yaml() {
    let text = "let: {bad: 502, worse: 5_0}\nrules: [{name: a, when: bad > 1%}]";
    assert_eq!(pointed(text).first().unwrap().1, "5_0");
    let loaded = World::with("let: {bad: 502}\nrules: [{name: a, when: bad > 1%}]").load();
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    let config = loaded.config.unwrap();
    assert_eq!(config.rules[0].rule.compiled.tiers[0].text, "bad > 1%");
}

#[test]
fn what_yaml_splits_or_takes_for_its_own_is_put_together_again() {
    for (text, eaten) in [
        (
            "rules: [{name: a, when: burn(5xx over 1h, 99.9%) > 14.4}]",
            ",",
        ),
        (
            "rules: [{name: a, when: 5xx > 1%, domains: [*.example.com]}]",
            "*.example.com",
        ),
        (
            "rules: [{name: a, when: 5xx > 1%, domains: ['*', !static.example.com]}]",
            "!static.example.com",
        ),
        (
            "rules:\n- name: a\n  when: 5xx > 1%\n  domains: ['*', !*.example.com]",
            "!*.example.com",
        ),
        (
            "rules:\n- name: a\n  when: 5xx > 1%\n  summary: {{ domain }} is ill",
            "{{",
        ),
    ] {
        assert_eq!(pointed(text), [(Code::Syntax, eaten.to_owned())], "{text}");
    }
}

#[test]
fn all_faults_of_a_file_are_told_in_one_run() {
    let text = "sorce: {}\nsettle: 5\nrules:\n  - {name: a, when: 5xx > 10}\n  - {name: a, when: 5xx >}\n  - {name: '', severity: grave, when: 5xx > 1%}\nnotify: {receivers: {x: [console: {}]}, routes: [{to: [y]}]}";
    let found = codes(text);
    for code in [
        Code::UnknownName,
        Code::Duration,
        Code::TypeMismatch,
        Code::DuplicateName,
        Code::Syntax,
        Code::UnknownReceiver,
    ] {
        assert!(found.contains(&code), "{code}: {found:?}");
    }
}

#[test]
fn hostile_files_are_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..30 {
        let list = format!("*a{}, ", i - 1).repeat(10);
        writeln!(bomb, "a{i}: &a{i} [{list}]").unwrap();
    }
    let hostile = [
        ("over 16 MiB", "#".repeat((16 << 20) + 1)),
        ("aliases that multiply", bomb),
        ("aliases that deepen", (1..60).fold("a0: &a0 [[[[[[[[[[[x]]]]]]]]]]]\n".to_owned(), |text, i| {
            text + &format!("a{i}: &a{i} [[[[[[[[*a{}]]]]]]]]\n", i - 1)
        })),
        ("millions of values", format!("rules: [{}]", "1,".repeat(8_000_000))),
        ("anchors within anchors", format!("rules: {}{}{}", "&a [".repeat(60), "1,".repeat(200_000), "]".repeat(60))),
        ("lists that nest", "[".repeat(100_000)),
        ("lists that nest and close", "[".repeat(65) + &"]".repeat(65)),
        ("maps that nest", (0..200).fold(String::new(), |text, i| text + &" ".repeat(i) + "a:\n")),
        ("dashes that nest", "- ".repeat(100_000)),
        ("an alias to itself", "rules: &r [*r]".to_owned()),
        ("4 MiB of digits", format!("rules: [{{name: a, when: {}}}]", "1".repeat(4 << 20))),
        ("4 MiB of digits for a name", format!("rules: [{{name: {}, when: 5xx > 1%}}]", "1".repeat(4 << 20))),
        ("4 MiB of digits for a duration", format!("rules: []\nsettle: {}", "1".repeat(4 << 20))),
        ("a MiB of keys", (0..100_000).fold("rules: []\n".to_owned(), |text, i| text + &format!("k{i}: 1\n"))),
        ("a million parentheses", format!("rules: [{{name: a, when: '{}'}}]", "(".repeat(1 << 20))),
        ("a long template", format!("rules: [{{name: a, when: 5xx > 1%, summary: '{}'}}]", "{{".repeat(1 << 20))),
        ("a template without end", "rules: [{name: a, when: 5xx > 1%, summary: '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}'}]".to_owned()),
        ("a template that repeats a list", "rules: [{name: a, when: 5xx > 1%, summary: '{{ [0] ~ [1] * 99999999 }}'}]".to_owned()),
        ("a template that joins a list to itself", format!("rules: [{{name: a, when: 5xx > 1%, summary: '{{% set a = [1] %}}{}{{{{ a ~ 1 }}}}'}}]", "{% set a = a + a %}".repeat(27))),
        ("a template of lists in lists", format!("rules: [{{name: a, when: 5xx > 1%, summary: '{{% set a = [1] %}}{}{{{{ a }}}}'}}]", "{% set a = [a, a, a, a, a, a, a, a, a, a] %}".repeat(9))),
        ("control characters", "rules: \u{0}\u{1}\u{7f}".to_owned()),
        ("two documents", "rules: []\n---\nrules: []".to_owned()),
        ("an empty file", String::new()),
        ("a scalar", "hello".to_owned()),
        ("a map for a key", "{{a: b}: c}".to_owned()),
        ("an open quote", "rules: \"".to_owned()),
    ];
    for (what, text) in hostile {
        let (found, loaded) = lint(&text);
        assert!(
            found.iter().any(|d| d.level == Level::Error),
            "{what} is accepted"
        );
        assert!(loaded.config.is_none(), "{what}");
        assert!(found.len() <= 201, "{what}");
        let report = human::render(&found, &loaded.files, human::Colour::Never);
        assert!(report.len() < 200_000, "{what}: {} bytes", report.len());
        for finding in &found {
            assert!(finding.message.len() < 2_000, "{what}: {}", finding.message);
        }
    }
}

const SECRETS: &str = r#"
source: {simulator: {domains: [a.example.com]}}
rules: [{name: a, when: 5xx > 1%, summary: "${TEMPLATE}"}]
notify:
  email: {server: "smtp://${HOST:-mail.example.com}?tls=none", user: foghorn, password: "${PASSWORD}", from: f@example.com}
  receivers: {x: [{webhook: {url: "https://h.example.com/?key=${KEY}", secret: "${file:/run/secrets/hook}"}}]}
  routes: [{to: [x]}]
"#;

fn with_secrets() -> World {
    World::with(SECRETS)
        .set("PASSWORD", "hunter2")
        .set("KEY", "k-e-y")
        .set("TEMPLATE", "{{ domain }}")
        .file_at("/run/secrets/hook", "whsec_hook\n")
}

#[test]
fn secrets_come_from_the_environment_and_from_files() {
    let loaded = with_secrets().load();
    assert_eq!(loaded.diagnostics, []);
    let notify = loaded.config.unwrap().notify;
    let email = notify.email.unwrap();
    let smtp = MailTransport::Smtp {
        host: "mail.example.com".to_owned(),
        port: 25,
        tls: Tls::None,
    };
    assert_eq!(email.server, smtp);
    assert_eq!(email.login.unwrap().1.expose_secret(), "hunter2");
    let Channel::Webhook { url, secret, .. } = &notify.receivers.values().next().unwrap()[0] else {
        panic!("a webhook");
    };
    assert_eq!(url.expose_secret(), "https://h.example.com/?key=k-e-y");
    assert_eq!(secret.as_ref().unwrap().expose_secret(), "whsec_hook");
}

#[test]
fn a_silence_without_an_end_ends_when_times_that_can_be_written_do() {
    let text = "\
source: {simulator: {domains: [www.example.com]}}
rules: [{name: a, when: 5xx > 1%}]
notify:
  receivers: {x: [{console: {}}]}
  routes: [{to: [x]}]
  silences: [{match: {team: edge}, reason: x}]
";
    let loaded = World::with(text).load();
    let silence = &loaded.config.unwrap().notify.silences[0];
    assert_eq!(silence.ends.to_rfc3339(), "9999-12-31T23:59:00+00:00");
}

#[test]
fn what_came_from_the_environment_is_never_shown() {
    let secret = "s3cr3t value";
    let everywhere = r#"
source: {simulator: {domains: ["${X}"], account: "${X}", seed: "${X}", speed: "${X}", scenario: "${X}"}}
settle: ${X}
labels: [{domains: ["${X}"], labels: {a: "${X}"}}]
rules: [{name: a, when: 5xx > 1%, severity: "${X}", domains: ["${X}"], on_unknown: "${X}", summary: "{{ ${X} }}", runbook_url: "${X}"}]
notify:
  email: {server: "${X}", user: "${X}", password: "${X}", from: "${X}"}
  receivers: {x: [{webhook: {url: "${X}", format: "${X}"}, email: {to: ["${X}"]}}]}
  routes: [{to: ["${X}"], match: {team: "${X}"}, group_wait: "${X}", continue: "${X}"}]
  silences: [{from: "${X}"}]
store: ${X}
web: {listen: "${X}", external_url: "${X}"}
"#;
    let loaded = World::with(everywhere).set("X", secret).load();
    let found = lint::run(&loaded);
    assert!(found.len() > 15, "{}", found.len());
    let report = human::render(&found, &loaded.files, human::Colour::Never);
    assert!(!report.contains(secret), "{report}");
    assert!(!format!("{loaded:?}").contains(secret));
    assert!(!json::render(&found, &loaded.files).contains(secret));
    let loaded = with_secrets().load();
    let shown = format!("{loaded:?} {:?}", loaded.config.as_ref().unwrap().notify);
    for secret in ["hunter2", "k-e-y", "whsec_hook"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn what_no_alert_has_is_not_shown_if_it_came_from_the_environment_or_a_file() {
    let text = r#"
source: {simulator: {domains: [www.example.com], account: "${A}"}}
rules: [{name: a, when: 5xx > 1%, labels: {team: web}}]
notify:
  receivers: {x: [{console: {}}]}
  routes:
    - {to: [x], match: {team: "${D}"}}
    - {to: [x], match: {rule: "${file:f}"}}
    - {to: [x], match: {severity: "${D}"}}
    - {to: [x], match: {account: "${file:f}"}}
    - {to: [x], match: {account: topsecretac}}
    - {to: [x], match: {domain: "${D}"}}
    - {to: [x]}
  silences: [{match: {team: "${D}"}}, {match: {domain: "${file:f}"}}]
  inhibit: [{source: {rule: "${D}"}, target: {rule: a}}]
"#;
    let world = World::with(text)
        .set("A", "topsecretacc")
        .set("D", "topsecretenv")
        .file_at("f", "topsecretfile\n");
    let loaded = world.load();
    let found = lint::run(&loaded);
    let count = |code| found.iter().filter(|f| f.code == code).count();
    assert_eq!(count(Code::UnreachableRoute), 6);
    assert_eq!(count(Code::Unused), 3);
    let report = human::render(&found, &loaded.files, human::Colour::Never);
    for secret in ["topsecretacc", "topsecretenv", "topsecretfile"] {
        assert!(!report.contains(secret), "{report}");
    }
    for said in [
        "no alert comes to this route: the value from the environment is of no label `team`",
        "no alert comes to this route: the value from the environment is no rule",
        "the value from the environment is no domain: mend its labels, or remove it",
    ] {
        assert!(report.contains(said), "{report}");
    }
}

#[test]
fn what_is_left_out_of_the_asked_for_domains_stands_under_exclude() {
    let text = "source: {simulator: {discover: {include: [\"!a.example.com\"]}}}\nrules: []";
    let (found, _) = lint(text);
    let fault = found
        .iter()
        .find(|f| f.message.contains("`!a.example.com`"));
    let help = "what is left out stands under `exclude:`, without the `!`";
    assert_eq!(fault.unwrap().help.as_deref(), Some(help));
}

#[test]
fn so_many_unknown_names_are_sought_among_the_known_and_no_more() {
    let unknown = |count| vec!["gatewax > 1%"; count].join(" or ");
    let more = |at| format!("  - {{name: r{at}, when: {}}}\n", unknown(30));
    let rules: String = (0..3).map(more).collect();
    let main = format!(
        "let:\n  gateway: 502|503\n  bad: {}\nrules: [f.yaml]",
        unknown(40)
    );
    let further = format!("let: {{other: {}}}\nrules:\n{rules}", unknown(10));
    let loaded = World::with(&main).file_at("f.yaml", &further).load();
    let of_name = |d: &&Diagnostic| d.code == Code::UnknownName;
    assert_eq!(loaded.diagnostics.iter().filter(of_name).count(), 140);
    let is_sought = |d: &&Diagnostic| d.help.as_deref().unwrap().starts_with("write `gateway`");
    // Those of the main file are looked at once more for the further one.
    assert_eq!(loaded.diagnostics.iter().filter(is_sought).count(), 60);
}

#[test]
fn a_name_that_is_not_set_is_a_warning_where_the_environment_is_absent() {
    let world = World::with(SECRETS);
    let strict = world.load();
    assert!(strict.config.is_none());
    assert_eq!(
        strict
            .diagnostics
            .iter()
            .filter(|d| d.code == Code::Secret && d.level == Level::Error)
            .count(),
        4
    );
    let loose = config::load("rules.yaml", &world, Environment::Absent).unwrap();
    assert!(
        loose
            .diagnostics
            .iter()
            .all(|d| d.code == Code::Secret && d.level == Level::Warning)
    );
    assert!(loose.config.is_some());
}

#[test]
fn a_command_uses_what_is_set_and_misses_only_what_it_goes_by() {
    let world = World::with(
        "source: {simulator: {account: \"${ACCOUNT}\", domains: [\"${SITE}\"]}}\n\
         store: \"sqlite:${DB}\"\n\
         rules: [{name: a, when: 5xx > 1%, domains: [\"${SITE}\"], runbook_url: \"${WIKI}/a\"}]\n\
         notify:\n  receivers: {x: [webhook: {url: \"${HOOK}\", secret: \"${SECRET}\"}]}\n  \
         routes: [{to: [x], repeat_interval: \"${REPEAT}\"}]",
    );
    let missed = |world: &World, parts| {
        let environment = Environment::Given(parts);
        let loaded = config::load("rules.yaml", world, environment).unwrap();
        let errors = loaded.diagnostics.iter();
        let errors = errors.filter(|d| d.level == Level::Error);
        let missed = errors.map(|d| d.message.split('`').nth(1).unwrap().to_owned());
        (missed.collect::<Vec<_>>(), loaded.config)
    };
    assert!(missed(&world, &[]).0.is_empty());
    assert_eq!(missed(&world, &[Part::Rules]).0, ["SITE", "REPEAT"]);
    assert_eq!(missed(&world, &[Part::Store]).0, ["DB"]);
    assert_eq!(missed(&world, &[Part::Source]).0, ["ACCOUNT", "SITE"]);
    let world = world
        .set("SITE", "a.com")
        .set("REPEAT", "2h")
        .set("DB", "other.db");
    let (missed, config) = missed(&world, &[Part::Rules, Part::Store]);
    let config = config.unwrap();
    assert_eq!(missed, [""; 0]);
    assert_eq!(config.store, "sqlite:other.db");
    assert!(config.rules[0].rule.domains.matches("a.com"));
    assert!(!config.rules[0].rule.domains.matches("b.com"));
    assert_eq!(config.notify.routes[0].repeat.every.seconds(), 7_200);
}

#[test]
fn a_file_of_names_alone_is_one_for_who_goes_by_no_rules() {
    let world = World::with("let: {bad: 502|503}");
    assert!(world.load().config.is_none());
    let loaded = config::load("rules.yaml", &world, Environment::Given(&[])).unwrap();
    assert_eq!(loaded.diagnostics, []);
    assert!(loaded.config.is_some());
}

#[test]
fn the_rules_of_a_large_file_know_those_far_above_them_and_so_many_are_read() {
    let named = |name: usize| format!("  - {{name: r{name}, when: 5xx > 1%}}\n");
    let mut rules: Vec<String> = (0..200).map(named).collect();
    rules[150] = named(3);
    for at in [63, 64] {
        rules[at] = format!("  - {{name: r{at}, when: 5xx >}}\n");
    }
    let found = pointed(&format!("rules:\n{}", rules.concat()));
    let told = [Code::Syntax, Code::Syntax, Code::DuplicateName];
    assert_eq!(
        found.iter().map(|(code, _)| *code).collect::<Vec<_>>(),
        told
    );
    assert_eq!(found[2].1, "r3");

    let rules: String = (0..10_001).map(named).collect();
    let loaded = World::with(&format!("rules:\n{rules}")).load();
    assert_eq!(loaded.outline.rules.len(), 10_000);
    let limits = loaded.diagnostics.iter().filter(|d| d.code == Code::Limit);
    let limits: Vec<&str> = limits.map(|limit| limit.message.as_str()).collect();
    assert_eq!(limits, ["there are more than 10000 rules"]);
}

#[test]
fn further_files_see_the_main_files_names_and_have_their_own() {
    let world = World::with("let: {gateway: 502|503}\nrules: [rules.d/*.yaml]")
        .file_at(
            "rules.d/b.yaml",
            "let: {slow: 504}\nrules: [{name: b, when: gateway|slow > 1%}]",
        )
        .file_at("rules.d/a.yaml", "rules: [{name: a, when: gateway > 1%}]");
    let loaded = world.load();
    assert_eq!(loaded.diagnostics, []);
    let config = loaded.config.unwrap();
    let names: Vec<&str> = config.rules.iter().map(|r| r.rule.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);

    let beside =
        World::with("rules: ['*.yaml']").file_at("more.yaml", "rules: [{name: a, when: 5xx > 1%}]");
    assert_eq!(beside.load().diagnostics, []);

    let world = world.file_at(
        "rules.d/c.yaml",
        "let: {gateway: 504}\nrules: [{name: a, when: slow > 1%}]",
    );
    let loaded = world.load();
    let found: Vec<(Code, &str)> = loaded
        .diagnostics
        .iter()
        .map(|d| {
            (
                d.code,
                loaded.files.get(d.primary.file).unwrap().name.as_str(),
            )
        })
        .collect();
    let file = "rules.d/c.yaml";
    assert_eq!(
        found,
        [
            (Code::DuplicateName, file),
            (Code::DuplicateName, file),
            (Code::UnknownName, file)
        ]
    );
}

#[test]
fn where_yaml_stumbles_in_let_the_rest_of_the_file_is_read_and_users_are_not_blamed() {
    for slip in ["]", "5xx: 4xx", "5xx\n   worse: 4xx", "`5xx`"] {
        let text = format!(
            "let:\n  bad: {slip}\n  good: 2xx\nrules:\n  - name: a\n    when: bad > 1%\n  - name: b\n    when: goood > 1%\n  - name: c\n    when: good > 1% fro 3m\n"
        );
        let found = pointed(&text);
        assert_eq!(found.len(), 3, "{slip}: {found:?}");
        assert_eq!(found[0].0, Code::Syntax, "{slip}: {found:?}");
        assert_eq!(found[1], (Code::UnknownName, "goood".to_owned()), "{slip}");
        assert_eq!(found[2].0, Code::Syntax, "{slip}: {found:?}");
        assert!(World::with(&text).load().config.is_none(), "{slip}");
    }
}

#[test]
fn a_faulty_name_is_told_once_and_not_by_its_users() {
    let text = "let: {bad: 5xx + }\nrules: [{name: a, when: bad > 1%}, {name: b, when: bad > 2%}]";
    assert_eq!(codes(text), [Code::Syntax]);
}

#[test]
fn a_file_without_notify_prints() {
    let config = World::with("rules: [{name: a, when: 5xx > 1%}]")
        .load()
        .config
        .unwrap();
    assert!(matches!(
        config.notify.receivers.values().next().unwrap()[..],
        [Channel::Console { .. }]
    ));
    assert_eq!(config.notify.routes.len(), 1);
    assert!(config.sources.is_empty());
}

#[test]
fn each_recipient_is_a_channel_and_one_who_stands_twice_is_told_once() {
    let text = "rules: []
notify:
  email: {server: file:outbox/}
  receivers:
    oncall:
      - email: {to: [a@example.com, b@example.com, a@example.com], language: zh}
      - console: {language: zh}
  routes: [to: [oncall]]
";
    let config = World::with(text).load().config.unwrap();
    let channels = config.notify.receivers.values().next().unwrap();
    let shown: Vec<String> = channels
        .iter()
        .map(|channel| match channel {
            Channel::Email { to, language } => format!("{to} {language:?}"),
            Channel::Console { language } => format!("console {language:?}"),
            Channel::Webhook { .. } => "webhook".to_owned(),
            Channel::Alertmanager { urls } => format!("alertmanager {}", urls.len()),
        })
        .collect();
    assert_eq!(
        shown,
        ["a@example.com Zh", "b@example.com Zh", "console Zh"]
    );
    let many: Vec<String> = (0..101).map(|n| format!("a{n}@example.com")).collect();
    let many = text.replace(
        "a@example.com, b@example.com, a@example.com",
        &many.join(", "),
    );
    assert!(codes(&many).contains(&Code::Limit));
}

#[test]
fn a_domain_for_all_names_below_another_can_be_listed() {
    let loaded = World::with(
        "source: {aliyun_cdn: {domains: [.wild.example.com]}}\nrules: [{name: a, when: 5xx > 1%}]",
    )
    .load();
    assert_eq!(loaded.diagnostics, []);
    let source = &loaded.config.unwrap().sources[0];
    let config::Domains::Listed(domains) = &source.domains else {
        panic!("a list");
    };
    assert_eq!(domains[0].as_str(), ".wild.example.com");
}

#[test]
fn a_warning_of_a_zone_leaves_the_hours_as_they_are() {
    let text =
        "rules: [{name: a, when: 5xx > 1%, active_hours: {hours: '09:00-18:00', zone: Etc/GMT+8}}]";
    let loaded = World::with(text).load();
    assert_eq!(loaded.diagnostics.len(), 1);
    assert!(loaded.config.unwrap().rules[0].active_hours.is_some());
}

#[test]
fn a_rule_may_not_look_back_beyond_the_history() {
    let text = "history: 1d\nrules: [{name: a, when: 5xx > 5xx offset 2d}]";
    assert_eq!(codes(text), [Code::Duration]);
}

#[test]
fn built_in_alerts_need_a_route_too() {
    let notify = |routes: &str| {
        format!(
            "rules: [{{name: a, when: 5xx > 1%}}]\nnotify: {{receivers: {{x: [console: {{}}]}}, routes: [{routes}]}}"
        )
    };
    assert_eq!(codes(&notify("{to: [x]}")), []);
    assert_eq!(
        codes(&notify("{match: {rule: a}, to: [x]}")),
        [Code::NoRoute]
    );
    assert_eq!(
        codes(&notify("{match: {severity: critical}, to: [x]}")),
        [Code::NoRoute]
    );
    assert_eq!(
        codes(&notify(
            "{match: {severity: critical}, to: [x]}, {match: {rule: '?'}, to: [x]}"
        )),
        []
    );
    // The account is not known beforehand, and may well be `main`.
    assert_eq!(codes(&notify("{match: {account: main}, to: [x]}")), []);
}

#[test]
fn the_shipped_example_has_no_fault_and_simulates() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules.example.yaml"))
            .unwrap();
    let (found, loaded) = lint(&text);
    assert!(
        found.is_empty(),
        "{}",
        human::render(&found, &loaded.files, human::Colour::Never)
    );
    let config = loaded.config.unwrap();
    assert_eq!(config.rules.len(), 5);
    let config::SourceKind::Simulator(simulator) = &config.sources[0].kind else {
        panic!("the simulator");
    };
    assert_eq!(simulator.speed, 30);
}

/// The variables that the complete file names.
const COMPLETE: [&str; 16] = [
    "FOGHORN_AK",
    "FOGHORN_SK",
    "SMTP_PASSWORD",
    "HOOK_SECRET",
    "DING",
    "DING_SECRET",
    "SLACK_URL",
    "FEISHU_HOOK",
    "FEISHU_SECRET",
    "WECOM_KEY",
    "TEAMS_URL",
    "DISCORD_URL",
    "TELEGRAM_TOKEN",
    "PAGERDUTY_KEY",
    "OPSGENIE_KEY",
    "FOGHORN_ADMIN",
];

#[test]
fn the_complete_file_is_read_and_says_what_this_version_leaves_out() {
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/complete.yaml"),
    )
    .unwrap();
    let value = |name: &str| {
        if name.ends_with("_URL") {
            "https://hooks.example.com/x"
        } else {
            "x"
        }
    };
    let world = COMPLETE.iter().fold(World::with(&text), |world, name| {
        world.set(name, value(name))
    });
    let loaded = world.load();
    let found = lint::run(&loaded);
    let at = |code: Code| -> Vec<&str> {
        found
            .iter()
            .filter(|d| d.code == code)
            .map(|d| &text[d.primary.span.range()])
            .collect()
    };
    assert_eq!(at(Code::Unsupported), Vec::<&str>::new());
    let without_effect: [&str; 0] = [];
    assert_eq!(at(Code::NoEffect), without_effect);
    let rest: Vec<&Diagnostic> = found
        .iter()
        .filter(|d| !matches!(d.code, Code::Unsupported | Code::NoEffect))
        .collect();
    assert!(rest.is_empty(), "{rest:?}");

    let world = COMPLETE.iter().fold(World::with(&text), |world, name| {
        world.set(name, value(name))
    });
    let config = world.load().config.unwrap();
    assert_eq!(
        (
            config.rules.len(),
            config.notify.routes.len(),
            config.sources.len()
        ),
        (2, 2, 1)
    );
    assert_eq!(config.rules[1].rule.compiled.tiers.len(), 2);
}

#[test]
fn places_that_are_far_apart_are_both_shown() {
    let rule = "  - {name: a, when: 5xx > 1%}\n";
    let between = "  # nothing\n".repeat(500);
    let (mut found, loaded) = lint(&format!("rules:\n{rule}{between}{rule}"));
    found.retain(|finding| finding.code == Code::DuplicateName);
    let report = human::render(&found, &loaded.files, human::Colour::Never);
    for shown in [
        "503 |   - {name: a",
        "2 |   - {name: a",
        "the first is here",
    ] {
        assert!(report.contains(shown), "{report}");
    }
    assert!(report.lines().count() < 20, "{report}");
}

#[test]
fn what_all_expressions_globs_and_names_cost_together_is_bounded() {
    let long = "x".repeat(4_000);
    let rules: Vec<String> = (0..1_200)
        .map(|n| format!("  - {{name: r{n}, when: '5xx > 1% # {long}'}}"))
        .collect();
    // Rules that say the same are found as well.
    let mut told = codes(&format!("rules:\n{}\n", rules.join("\n")));
    told.retain(|code| *code != Code::Shadowed);
    assert_eq!(told, [Code::Limit]);
    let globs = "  - x\n".repeat(1_001);
    assert_eq!(codes(&format!("rules:\n{globs}")), [Code::Limit]);
    let names: Vec<String> = (0..=1_000).map(|n| format!("  n{n}: 5xx\n")).collect();
    let names = names.concat();
    let rule = "rules: [{name: a, when: n1 > 1%}]";
    assert_eq!(codes(&format!("let:\n{names}{rule}")), [Code::Limit]);
}

#[test]
fn the_mend_of_a_slip_in_yaml_can_be_pasted() {
    let slips = [
        ("when 5xx > 10%", "when: 5xx > 10%"),
        ("when:5xx > 10%", "when: 5xx > 10%"),
        ("when = 5xx > 10%", "when: 5xx > 10%"),
        (
            "when: 5xx > 10%\n    summary: Look: the origin",
            "\"Look: the origin\"",
        ),
        (
            "when: 5xx > 10%\n    summary: {{ domain }} is bad",
            "\"{{ domain }} is bad\"",
        ),
    ];
    for (slip, mend) in slips {
        let text = format!("rules:\n  - name: a\n    {slip}\n");
        let (mut found, _) = lint(&text);
        found.retain(|finding| finding.level == Level::Error);
        assert_eq!(found.len(), 1, "{slip}: {found:?}");
        let help = found[0].help.as_deref().unwrap_or_default();
        assert!(help.contains(mend), "{slip}: {help}");
        let line = slip.lines().last().unwrap().trim_start();
        let mended = match line.strip_prefix("summary: ") {
            Some(value) => text.replace(value, mend),
            None => text.replace(line, mend),
        };
        assert_eq!(codes(&mended), [], "{mended}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_or_device_in_place_of_a_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for path in [pipe.to_str().unwrap(), "/dev/zero"] {
        let fault = config::load(path, &foghorn::daemon::Disk, Environment::Required);
        assert_eq!(fault.unwrap_err().reason, "it is no regular file");
    }
}

/// Numbers that look random and are the same each time.
pub(crate) fn numbers(seed: u64) -> impl Iterator<Item = usize> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap()
    })
}

/// Puts pieces of YAML and of other places into a text, or takes some out.
pub(crate) fn mutate(text: &str, numbers: &mut impl Iterator<Item = usize>) -> String {
    const PIECES: [&str; 24] = [
        "{", "}", "[", "]", ": ", "- ", "\n", "\n  ", "'", "\"", "|\n", ">-\n ", "#", " # ", "&a ",
        "*a", "!", "${", "${X}", "警", "\\", "{{", "\t", "~",
    ];
    let mut chars: Vec<char> = text.chars().collect();
    let mut next = |below: usize| numbers.next().unwrap() % below.max(1);
    for _ in 0..=next(6) {
        let at = next(chars.len());
        match next(3) {
            0 => drop(chars.drain(at..(at + next(12)).min(chars.len()))),
            1 => drop(chars.splice(at..at, PIECES[next(PIECES.len())].chars())),
            _ => {
                let from = next(chars.len());
                let piece: Vec<char> = chars[from..(from + next(40)).min(chars.len())].to_vec();
                drop(chars.splice(at..at, piece));
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn no_mutation_of_a_file_breaks_the_loader_or_the_reports() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = vec![
        std::fs::read_to_string(root.join("rules.example.yaml")).unwrap(),
        std::fs::read_to_string(root.join("tests/config/complete.yaml")).unwrap(),
    ];
    for entry in std::fs::read_dir(root.join("tests/lint")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
    let rounds = std::env::var("FOGHORN_MUTATIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10);
    for (seed, text) in (0..).zip(&texts) {
        let mut numbers = numbers(seed);
        for _ in 0..rounds {
            let mutant = mutate(text, &mut numbers);
            let loaded = World::with(&mutant).set("X", "x").load();
            let found = lint::run(&loaded);
            for finding in &found {
                for label in finding.secondary.iter().chain([&finding.primary]) {
                    let file = loaded.files.get(label.file).unwrap();
                    let place = file.text.get(label.span.range());
                    assert!(place.is_some(), "{finding:?} in\n{mutant}");
                }
            }
            let report = human::render(&found, &loaded.files, human::Colour::Always);
            assert_eq!(report.is_empty(), found.is_empty());
            assert!(json::render(&found, &loaded.files).starts_with('{'));
            assert_eq!(
                github::render(&found, &loaded.files).lines().count(),
                found.len()
            );
        }
    }
}

#[test]
fn a_template_that_could_not_be_rendered_is_refused_when_it_is_read() {
    let code_of = |summary: &str| {
        let text = format!("rules: [{{name: a, when: '5xx > 10%', summary: {summary:?}}}]\n");
        let loaded = World::with(&text).load();
        loaded.diagnostics.first().map(|fault| fault.code)
    };
    assert_eq!(code_of(&"x".repeat(8 * 1024)), None);
    assert_eq!(code_of(&"x".repeat(8 * 1024 + 1)), Some(Code::Limit));
    let turns = |n: u32| format!("{{% for i in range({n}) %}}x{{% endfor %}}");
    assert_eq!(code_of(&turns(100)), None);
    assert_eq!(code_of(&turns(9_000)), Some(Code::Template));
}
