//! `# foghorn: allow(CODE) reason`.

use chrono::NaiveDate;
use foghorn::diag::Code;
use foghorn::lint::{self, Denied, Findings, Options};

use super::load;

fn judge(text: &str) -> Findings {
    let options = Options {
        today: NaiveDate::from_ymd_opt(2026, 11, 23),
        ..Options::default()
    };
    lint::judge(&load(text), &options)
}

/// Returns the codes that are told, and those that are silenced with their reasons.
fn codes(text: &str, about: Code) -> (Vec<&'static str>, Vec<String>) {
    let Findings { told, allowed } = judge(text);
    let about = |code: &Code| *code == about || *code == Code::UnusedAllow;
    let told = told.iter().map(|finding| finding.code).filter(about);
    let allowed = allowed
        .iter()
        .map(|silent| format!("{}: {}", silent.finding.code, silent.reason));
    (told.map(Code::as_str).collect(), allowed.collect())
}

/// A file with one finding, `no-traffic-guard` at `when`.
const FILE: &str = "\
notify:
  receivers:
    screen: [console: {}]
  routes:
    - to: [screen]
rules:
  - name: origin-5xx
    when: 5xx > 10% for 3m
    severity: critical
";

#[test]
fn a_comment_silences_its_line_the_next_or_the_entry_that_begins_there() {
    let places = [
        FILE.replace("3m", "3m  # foghorn: allow(no-traffic-guard) later"),
        FILE.replace(
            "    when",
            "    # foghorn: allow(no-traffic-guard) later\n    when",
        ),
        FILE.replace(
            "  - name",
            "  # foghorn: allow(no-traffic-guard) later\n  # more\n  - name",
        ),
        FILE.replace(
            "  - name",
            "  # foghorn: allow(no-traffic-guard, coarse) later\n  - name",
        ),
        FILE.replace(
            "5xx > 10% for 3m",
            "\"5xx > 10% for 3m # foghorn: allow(no-traffic-guard) later\"",
        ),
    ];
    for (at, text) in places.iter().enumerate() {
        let (told, allowed) = codes(text, Code::NoTrafficGuard);
        assert_eq!(allowed, ["no-traffic-guard: later"], "{text}");
        // In the last one the other code silences nothing.
        let idle = if at == 3 {
            vec!["unused-allow"]
        } else {
            vec![]
        };
        assert_eq!(told, idle, "{text}");
    }
}

#[test]
fn a_comment_elsewhere_silences_nothing_and_is_told() {
    for text in [
        FILE.replace(
            "    severity",
            "    # foghorn: allow(no-traffic-guard) later\n    severity",
        ),
        FILE.replace(
            "  - name: origin-5xx",
            "  - name: origin-5xx  # foghorn: allow(no-traffic-guard) later",
        ),
        FILE.replace(
            "notify:",
            "# foghorn: allow(no-traffic-guard) later\nnotify:",
        ),
    ] {
        let (told, allowed) = codes(&text, Code::NoTrafficGuard);
        assert_eq!(allowed, Vec::<String>::new(), "{text}");
        let mut told = told;
        told.sort_unstable();
        assert_eq!(told, ["no-traffic-guard", "unused-allow"], "{text}");
    }
}

#[test]
fn only_a_comment_is_a_comment() {
    for text in [
        FILE.replace(
            "for 3m",
            "for 3m\n    summary: 'x # foghorn: allow(no-traffic-guard) later'",
        ),
        FILE.replace(
            "for 3m",
            "for 3m\n    summary: |\n      # foghorn: allow(no-traffic-guard) later",
        ),
        FILE.replace(
            "for 3m",
            "for 3m\n    summary: x#foghorn:alow(no-traffic-guard)",
        ),
    ] {
        assert_eq!(
            codes(&text, Code::NoTrafficGuard),
            (vec!["no-traffic-guard"], vec![]),
            "{text}"
        );
    }
}

#[test]
fn a_comment_in_a_literal_condition_is_one_of_the_language() {
    let text = FILE.replace(
        "when: 5xx > 10% for 3m",
        "when: |\n      # foghorn: alow(equality) why\n      5xx > 10% # foghorn: allow(nix) why\n      given requests >= 50 for 3m",
    );
    let found = judge(&text).told;
    let found = found.iter().filter(|f| f.code == Code::UnusedAllow);
    let at = found.map(|f| &text[f.primary.span.range()]);
    assert_eq!(at.collect::<Vec<_>>(), ["alow", "nix"]);
}

#[test]
fn what_has_ended_silences_nothing() {
    let until = |day: &str| {
        let comment = format!("3m # foghorn: allow(no-traffic-guard) until {day} later");
        codes(&FILE.replace("3m", &comment), Code::NoTrafficGuard)
    };
    assert_eq!(
        until("2026-11-23"),
        (vec![], vec!["no-traffic-guard: later".to_owned()])
    );
    let (mut told, allowed) = until("2026-11-22");
    told.sort_unstable();
    assert_eq!(
        (told, allowed),
        (vec!["no-traffic-guard", "unused-allow"], vec![])
    );
}

#[test]
fn what_stops_a_run_cannot_be_silenced() {
    let text = FILE.replace("for 3m", "for 3q  # foghorn: allow(syntax) it is fine");
    let (told, allowed) = codes(&text, Code::Syntax);
    assert_eq!(allowed, Vec::<String>::new());
    assert!(
        told.contains(&"syntax") && told.contains(&"unused-allow"),
        "{told:?}"
    );
}

#[test]
fn while_a_file_cannot_be_read_no_comment_is_called_idle() {
    let text = FILE.replace("for 3m", "for 3q");
    let text = text.replace("  - name", "  # foghorn: allow(no-runbook) later\n  - name");
    assert_eq!(codes(&text, Code::UnusedAllow).0, Vec::<&str>::new());
}

#[test]
fn options_deny_and_allow_codes() {
    let run = |deny: &[Denied], allow: &[Code]| {
        let options = Options {
            today: None,
            deny: deny.iter().copied().collect(),
            allow: allow.iter().copied().collect(),
        };
        let found = lint::judge(&load(FILE), &options).told;
        let found = found.iter().filter(|f| f.code == Code::NoTrafficGuard);
        found.map(|f| f.level.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(run(&[], &[]), ["warning"]);
    assert_eq!(run(&[Denied::Warnings], &[]), ["error"]);
    assert_eq!(run(&[Denied::Code(Code::NoTrafficGuard)], &[]), ["error"]);
    assert!(run(&[Denied::Warnings], &[Code::NoTrafficGuard]).is_empty());
}

/// A file with a warning that is told while it is read, and where.
const READ: [(&str, Code); 3] = [
    (
        "notify: {receivers: {a: [webhook: {url: \"https://a.example.com\", secret: \"${NOT_SET}\"}]}, routes: [{to: [a]}]}",
        Code::Secret,
    ),
    (
        "notify: {receivers: {a: [webhook: {url: \"https://a.example.com\", secret: \"abcdefghijklmnop\"}]}, routes: [{to: [a]}]}",
        Code::Secret,
    ),
    (
        "notify: {receivers: {a: [console: {}]}, routes: [{to: [a, a]}]}",
        Code::DuplicateName,
    ),
];

#[test]
fn what_is_told_while_a_file_is_read_is_denied_and_allowed_as_all_else_is() {
    for (notify, code) in READ {
        let text = format!("rules: [{{name: a, when: 5xx > 10%}}]\n{notify}\n");
        let levels = |text: &str, deny: &[Denied], allow: &[Code]| {
            let options = Options {
                today: None,
                deny: deny.iter().copied().collect(),
                allow: allow.iter().copied().collect(),
            };
            let found = lint::judge(&load(text), &options).told;
            let of_code = found.iter().filter(|finding| finding.code == code);
            of_code.map(|f| f.level.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(levels(&text, &[], &[]), ["warning"], "{notify}");
        assert_eq!(
            levels(&text, &[Denied::Code(code)], &[]),
            ["error"],
            "{notify}"
        );
        assert!(
            levels(&text, &[Denied::Code(code)], &[code]).is_empty(),
            "{notify}"
        );
        let commented = text.replace(
            "\nnotify",
            &format!("\n# foghorn: allow({code}) known\nnotify"),
        );
        assert!(levels(&commented, &[], &[]).is_empty(), "{notify}");
        // What is not set where nothing asks for it is no reason to fail with all warnings.
        let all = levels(&text, &[Denied::Warnings], &[]);
        let expected = if notify.contains("NOT_SET") {
            "warning"
        } else {
            "error"
        };
        assert_eq!(all, [expected], "{notify}");
    }
}

#[test]
fn what_comments_allow_does_not_count_towards_what_is_told() {
    let rule = |n: usize, allowed: &str| {
        format!(
            "  - name: r{n}\n    when: 5xx > 10% for 5m until 5xx < 5% for 5m{allowed}\n    domains: [d{n}.example.com]\n"
        )
    };
    let allowed = "  # foghorn: allow(no-traffic-guard) quiet";
    let mut text = String::from("rules:\n");
    text.extend((0..1_100).map(|n| rule(n, allowed)));
    text.push_str(&rule(1_100, ""));
    let found = lint::run(&load(&text));
    let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::NoTrafficGuard]);
    // And what silences nothing among them is told.
    let idle = rule(1_101, allowed).replace("for 5m until", "given requests >= 50 for 5m until");
    let found = lint::run(&load(&(text + &idle)));
    let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::NoTrafficGuard, Code::UnusedAllow]);
}
