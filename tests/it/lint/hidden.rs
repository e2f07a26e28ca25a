//! What one finding must not hide of another.

use foghorn::diag::Code;
use foghorn::lint;

use super::load;

/// A condition that is too large to be proved.
const TANGLE: &str = "(500 + 400 > 30% or 503 + 411 > 31% or 506 + 422 > 32%) and \
    (507 + 405 > 31% or 510 + 416 > 32% or 513 + 427 > 33%) and \
    (514 + 410 > 32% or 517 + 421 > 33% or 520 + 432 > 34%) and \
    (521 + 415 > 33% or 524 + 426 > 34% or 527 + 437 > 30%) and \
    (528 + 420 > 34% or 531 + 431 > 30% or 534 + 442 > 31%) and \
    (535 + 425 > 30% or 538 + 436 > 31% or 541 + 447 > 32%) and \
    (542 + 430 > 31% or 545 + 441 > 32% or 548 + 452 > 33%) and \
    (549 + 435 > 32% or 552 + 446 > 33% or 555 + 457 > 34%)";

fn codes(text: &str) -> Vec<Code> {
    let found = lint::run(&load(text)).into_iter();
    let mut codes: Vec<Code> = found.map(|finding| finding.code).collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn what_is_too_large_to_be_proved_hides_nothing_that_is_proved_of_the_same_rule() {
    let until = codes(&format!(
        "rules:\n  - name: a\n    when: {TANGLE} until 5xx < 0%\n"
    ));
    assert!(until.contains(&Code::Unproved), "{until:?}");
    assert!(until.contains(&Code::NeverResolves), "{until:?}");
    let tiers = codes(&format!(
        "rules:\n  - name: a\n    when:\n      warning: {TANGLE}\n      critical: 5xx > 110%\n"
    ));
    assert!(tiers.contains(&Code::Unproved), "{tiers:?}");
    assert!(tiers.contains(&Code::NeverTrue), "{tiers:?}");
}

#[test]
fn a_fault_of_one_severity_hides_nothing_that_is_proved_of_another() {
    for (fault, code) in [
        ("5xx > 10", Code::TypeMismatch),
        ("5xx > bad", Code::UnknownName),
        ("5xx > 10% for 0m", Code::Duration),
    ] {
        let rule = |critical: &str| {
            format!(
                "rules:\n  - name: a\n    when:\n      warning: {fault}\n      critical: {critical}\n"
            )
        };
        let found = codes(&rule("5xx > 110%"));
        assert!(found.contains(&code), "{fault}: {found:?}");
        assert!(found.contains(&Code::NeverTrue), "{fault}: {found:?}");
        let found = codes(&rule("5xx > 50% given requests >= 50 for 3m"));
        assert!(!found.contains(&Code::NeverTrue), "{fault}: {found:?}");
    }
}

#[test]
fn a_rule_with_a_faulty_severity_is_not_said_to_tell_nothing_new() {
    let text = "rules:\n  - name: a\n    when: {warning: 5xx > 20% for 3m, critical: 5xx > 50}\n  - name: b\n    when: 5xx > 10% for 3m\n";
    assert!(!codes(text).contains(&Code::Shadowed));
    let text = text.replace(", critical: 5xx > 50", "");
    assert!(codes(&text).contains(&Code::Shadowed));
}
