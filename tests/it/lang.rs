//! The rule language: what compiles, what is refused, and in which words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use foghorn::diag::Diagnostic;
use foghorn::lang::{Compiler, Names, parse_expr, parse_when};
use foghorn::unit::Severity;
use serde_json::Value;

/// The lines of a file of vectors.
fn vectors(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The faults of a rule of one severity.
fn faults(text: &str) -> Vec<Diagnostic> {
    let (when, mut faults) = parse_when(text);
    if let Some(when) = when {
        let tiers = [(Severity::Critical, when)];
        if let Err(more) = Compiler::default().rule(&tiers, &Names::default()) {
            faults.extend(more.into_iter().map(|(_, fault)| fault));
        }
    }
    faults
}

/// The faults as a person reads them, below the text.
fn told(text: &str) -> String {
    let mut page = format!("{text}\n");
    for fault in faults(text) {
        let (start, end) = (fault.primary.span.start, fault.primary.span.end);
        let column = text[..start].chars().count();
        let width = text[start..end].chars().count().max(1);
        let marks = "^".repeat(width);
        let help = fault.help.unwrap_or_else(|| "NO HELP".to_owned());
        let (code, message) = (fault.code, fault.message);
        writeln!(page, "{:column$}{marks} {code}: {message}", "").unwrap();
        writeln!(page, "{:column$}  {help}", "").unwrap();
    }
    page
}

#[test]
fn what_must_be_refused_is_refused_with_its_mend() {
    let mut page = String::new();
    for case in vectors(include_str!("../vectors/rejected.jsonl")) {
        let text = case["expr"].as_str().unwrap();
        assert!(!faults(text).is_empty(), "{text}");
        writeln!(page, "{}", told(text)).unwrap();
    }
    insta::assert_snapshot!(page);
}

#[test]
fn common_mistakes_are_named_in_the_words_of_the_language() {
    let mut page = String::new();
    for text in include_str!("../lang/mistakes.txt").lines() {
        assert!(!faults(text).is_empty(), "{text}");
        writeln!(page, "{}", told(text)).unwrap();
    }
    insta::assert_snapshot!(page);
}

#[test]
fn every_expression_of_the_vectors_compiles() {
    for case in vectors(include_str!("../vectors/values.jsonl")) {
        let text = case["expr"].as_str().unwrap();
        let (expr, faults) = parse_expr(text);
        assert_eq!(faults, [], "{text}");
        let mut compiler = Compiler::default();
        let lowered = compiler.expr(&expr.unwrap(), &Names::default());
        assert!(lowered.is_ok(), "{text}: {lowered:?}");
    }
}

#[test]
fn every_rule_of_the_vectors_compiles() {
    let (events, fleet) = (
        include_str!("../vectors/events.jsonl"),
        include_str!("../vectors/fleet.jsonl"),
    );
    for case in vectors(events).into_iter().chain(vectors(fleet)) {
        let whens: BTreeMap<String, String> = serde_json::from_value(case["when"].clone()).unwrap();
        let mut tiers: Vec<_> = whens
            .iter()
            .map(|(severity, text)| {
                let (when, faults) = parse_when(text);
                assert_eq!(faults, [], "{text}");
                (severity.parse::<Severity>().unwrap(), when.unwrap())
            })
            .collect();
        tiers.sort_by_key(|(severity, _)| *severity);
        let compiled = Compiler::default().rule(&tiers, &Names::default());
        assert!(compiled.is_ok(), "{whens:?}: {compiled:?}");
    }
}
