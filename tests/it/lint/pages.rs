//! The manual: every code has a page, and what it shows is so.

use foghorn::diag::Code;
use foghorn::lint;

use super::load;

/// Codes that only recorded samples show, so that a page cannot.
const FROM_SAMPLES: [Code; 3] = [Code::Noisy, Code::Silent, Code::DeadDomain];

/// What a page that shows one thing leaves out for shortness: guards, levels of their own for the
/// end, and the environment, which a test does not have.
const OF_A_PIECE: [Code; 5] = [
    Code::NoTrafficGuard,
    Code::NoHysteresis,
    Code::NoSummary,
    Code::NoRunbook,
    Code::Secret,
];

const RULE: &str =
    "- name: example\n  when: (5xx > 10% given requests >= 50) for 3m until 5xx < 5% for 5m\n";

#[test]
fn every_code_has_a_page() {
    let without = Code::ALL
        .iter()
        .filter(|code| lint::manual(**code).is_none());
    let without: Vec<&str> = without.map(|code| code.as_str()).collect();
    assert!(without.is_empty(), "no page for {without:?}");
}

#[test]
fn every_page_begins_with_one_sentence() {
    for code in Code::ALL
        .iter()
        .filter(|code| lint::manual(**code).is_some())
    {
        let sentence = lint::sentence(*code).unwrap();
        let is_one = sentence.ends_with('.') && sentence.matches(". ").count() == 0;
        assert!(is_one && sentence.len() < 120, "{code}: {sentence}");
    }
}

/// Returns the YAML of one section of a page.
fn snippets<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let (_, section) = page.split_once(&format!("## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```yaml\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap())
        .collect()
}

/// Makes a file of a snippet: of rules, of keys of one rule, of parts of `notify:`, or of a file.
fn file(snippet: &str) -> String {
    let indented = |by: &str| -> String {
        let lines = snippet.lines().flat_map(|line| [by, line, "\n"]);
        lines.collect()
    };
    let keys: Vec<&str> = snippet
        .lines()
        .filter(|line| !line.starts_with([' ', '#']) && !line.is_empty())
        .map(|line| line.split(':').next().unwrap())
        .collect();
    let has = |names: &[&str]| keys.iter().any(|key| names.contains(key));
    if snippet.trim_start().starts_with("- name:") {
        return format!("rules:\n{}", indented("  "));
    }
    if has(&["rate"]) {
        // More domains than five calls a second can ask for, and fewer than ten.
        let domains: Vec<String> = (0..500).map(|n| format!("d{n}.example.com")).collect();
        let domains = domains.join(", ");
        let source = format!("source:\n  aliyun_cdn:\n    domains: [{domains}]\n");
        return format!("{source}{}rules:\n{RULE}", indented("    "));
    }
    if has(&["webhook"]) {
        let notify = "notify:\n  receivers:\n    chat:\n      -";
        let routes = "  routes: [{to: [chat]}]\n";
        return format!("rules:\n{RULE}{notify} {snippet}{routes}");
    }
    if has(&["routes"]) && !has(&["receivers"]) && !has(&["rules"]) {
        let receivers = "  receivers: {oncall: [console: {}], chat: [console: {}]}\n";
        return format!("rules:\n{RULE}notify:\n{receivers}{}", indented("  "));
    }
    if !has(&["rules"]) && has(&["receivers", "routes", "email", "inhibit", "silences"]) {
        return format!("rules:\n{RULE}notify:\n{}", indented("  "));
    }
    if has(&[
        "when",
        "domains",
        "severity",
        "summary",
        "on_unknown",
        "runbook_url",
    ]) {
        let when = if has(&["when"]) {
            ""
        } else {
            "    when: 5xx > 10% for 3m\n"
        };
        return format!("rules:\n  - name: example\n{when}{}", indented("    "));
    }
    if has(&["rules"]) {
        snippet.to_owned()
    } else {
        format!("{snippet}rules:\n{RULE}")
    }
}

fn shows(code: Code, snippet: &str) -> bool {
    let found = lint::run(&load(&file(snippet)));
    found.iter().any(|finding| finding.code == code)
}

#[test]
fn the_examples_of_a_page_show_its_code_and_what_to_write_instead_does_not() {
    let mut wrong = Vec::new();
    for code in Code::ALL.iter().filter(|code| !FROM_SAMPLES.contains(code)) {
        let Some(page) = lint::manual(*code) else {
            continue;
        };
        let (examples, instead) = (snippets(&page, "Example"), snippets(&page, "Instead"));
        assert!(!examples.is_empty() && !instead.is_empty(), "{code}");
        let silent = examples.iter().filter(|snippet| !shows(*code, snippet));
        wrong.extend(silent.map(|snippet| format!("{code} is not shown by\n{snippet}")));
        let loud = instead.iter().filter(|snippet| shows(*code, snippet));
        // A secret is taken from an environment, which a test does not have.
        let loud = loud.filter(|snippet| !snippet.contains("${"));
        wrong.extend(loud.map(|snippet| format!("{code} is shown by\n{snippet}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_to_write_instead_has_no_other_fault_of_its_own() {
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let page = lint::manual(*code).unwrap_or_default();
        if page.is_empty() {
            continue;
        }
        for snippet in snippets(&page, "Instead") {
            let found = lint::run(&load(&file(snippet)));
            let other = found
                .iter()
                .filter(|found| !OF_A_PIECE.contains(&found.code));
            wrong.extend(other.map(|found| format!("{code}: {}: {}", found.code, found.message)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_to_write_instead_is_sound() {
    for code in Code::ALL {
        let page = lint::manual(*code).unwrap_or_default();
        if page.is_empty() {
            continue;
        }
        for snippet in snippets(&page, "Instead") {
            let loaded = load(&file(snippet));
            let found = lint::run(&loaded);
            let stops = found
                .iter()
                .find(|f| f.level == foghorn::diag::Level::Error);
            assert!(stops.is_none(), "{code}: {stops:?}\n{snippet}");
        }
    }
}
