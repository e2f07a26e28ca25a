//! The mends that are written without asking: they never change what a text means.

use std::cmp::Reverse;

use super::parse_when;
use crate::diag::{Diagnostic, Edit};

/// The faults of a text, and the text with what can be mended without asking.
fn mended(text: &str) -> (Vec<Diagnostic>, String) {
    let (_, faults) = parse_when(text);
    let fixes = faults.iter().filter_map(|fault| fault.fix.clone());
    let mut edits: Vec<Edit> = fixes.flat_map(|fix| fix.0).collect();
    edits.sort_by_key(|edit| Reverse(edit.span));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.span.start..edit.span.end, &edit.text);
    }
    (faults, text)
}

/// Holds that a text has one fault, with a help and without a mend.
fn check_help(text: &str, help: &str) {
    let (faults, mended) = mended(text);
    let helps: Vec<&str> = faults.iter().filter_map(|f| f.help.as_deref()).collect();
    assert_eq!(helps, [help], "{text}");
    assert_eq!(mended, text);
}

#[test]
fn a_number_of_domains_is_mended_only_where_its_words_mean_at_least() {
    let none = "there are only `on at least 2 domains` and `on at least 50% of domains`";
    for words in [
        "on at most 3 domains",
        "on less than 3 domains",
        "on < 3 domains",
        "on exactly 3 domains",
        "on == 3 domains",
        "on 3 of 10 domains",
        "on more than 50% of domains",
        "on domains",
    ] {
        check_help(&format!("5xx > 10% for 3m {words}"), none);
        check_help(&format!("5xx > 10% {words} until 5xx < 1%"), none);
    }
    for (words, meant) in [
        ("on 3 domains", "on at least 3 domains"),
        ("on more than 3 domains", "on at least 4 domains"),
        ("on > 3 domains", "on at least 4 domains"),
        ("on >= 1 domain", "on at least 1 domains"),
        ("on at least 50% domains", "on at least 50% of domains"),
        ("on 3 or more domains", "on 3 or more domains"),
    ] {
        let (text, meant) = (format!("no data {words}"), format!("no data {meant}"));
        assert_eq!(mended(&text).1, meant);
    }
}

#[test]
fn what_stands_behind_a_number_of_domains_is_moved_only_if_it_stays_what_it_is() {
    let clause = "on at least 3 domains";
    let text = format!("5xx > 10% {clause} until 5xx < 3%");
    assert_eq!(
        mended(&text).1,
        format!("5xx > 10% until 5xx < 3% {clause}")
    );
    let text = format!("5xx > 10% {clause} or 4xx > 20%");
    check_help(&text, &format!("write `or 4xx > 20% {clause}`"));
    let once = "leave out all but the last, which is about the whole rule";
    check_help(&format!("5xx > 10% {clause} until 5xx < 3% {clause}"), once);
    check_help(&format!("5xx > 10% {clause} {clause}"), once);
}

#[test]
fn a_window_behind_a_comma_is_one_fault_and_is_mended() {
    for (text, meant) in [
        ("p95(5xx,5m) > 10%", "p95(5xx over 5m) > 10%"),
        ("avg(5xx , 5m) > 10%", "avg(5xx over 5m) > 10%"),
        ("share(5xx for 5m) > 10%", "share(5xx over 5m) > 10%"),
        ("burn(5xx,1h,99.9%) > 2", "burn(5xx over 1h,99.9%) > 2"),
    ] {
        let (faults, mended) = mended(text);
        assert_eq!((faults.len(), mended.as_str()), (1, meant));
    }
}
