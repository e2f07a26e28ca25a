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
        text.replace_range(edit.span.range(), &edit.text);
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
fn a_second_given_is_joined_only_where_it_guards_the_same_condition() {
    for (text, help) in [
        (
            "5xx > 10% given requests > 50 and 4xx > 5% given requests > 50 for 3m",
            "write `(5xx > 10% given requests > 50) and (4xx > 5% given requests > 50)`",
        ),
        (
            "5xx > 10% given requests > 50 or 4xx > 5% given requests > 50 until no data",
            "write `(5xx > 10% given requests > 50) or (4xx > 5% given requests > 50)`",
        ),
        (
            "(3xx > 1% given requests > 5 and 4xx > 5% given requests > 9) for 3m",
            "write `(3xx > 1% given requests > 5) and (4xx > 5% given requests > 9)`",
        ),
        (
            "5xx > 10% given requests > 50 given 4xx > 1% or 3xx > 1%",
            "join what must be so with `and`",
        ),
    ] {
        check_help(text, help);
    }
    for (text, meant) in [
        (
            "5xx > 10% and 4xx > 1% given requests > 50 given 3xx > 1% and no data for 3m",
            "5xx > 10% and 4xx > 1% given requests > 50 and 3xx > 1% and no data for 3m",
        ),
        (
            "5xx > 10% given (no data or no traffic) given requests > 50",
            "5xx > 10% given (no data or no traffic) and requests > 50",
        ),
    ] {
        assert_eq!(mended(text).1, meant);
    }
}

#[test]
fn a_given_behind_for_is_moved_only_where_nothing_is_joined_to_it() {
    for (text, help) in [
        (
            "5xx > 10% for 3m given requests > 50 and 4xx > 5%",
            "write `given requests > 50 and 4xx > 5% for 3m`",
        ),
        (
            "5xx > 10% for 3m given requests > 50 given no data",
            "write `given requests > 50 given no data for 3m`",
        ),
    ] {
        let (faults, mended) = mended(text);
        let is_told = |fault: &Diagnostic| fault.help.as_deref() == Some(help);
        assert!(faults.iter().any(is_told), "{faults:?}");
        assert_eq!(mended, text);
    }
    for behind in ["", " until no data", " on at least 2 domains"] {
        let text = format!("5xx > 10% for 3m given requests > 50{behind}");
        let meant = format!("5xx > 10% given requests > 50 for 3m{behind}");
        assert_eq!(mended(&text).1, meant);
    }
}

#[test]
fn not_is_about_both_comparisons_of_a_chain_or_band() {
    for (text, help) in [
        ("not 1% < 5xx < 5%", "write `(1% < 5xx and 5xx < 5%)`"),
        (
            "4xx > 1% or not 5% >= 5xx >= 1% until no data",
            "write `(5% >= 5xx and 5xx >= 1%)`",
        ),
        (
            "not 5xx >= 5% and <= 10% until no data",
            "write `(5xx >= 5% and 5xx <= 10%)`",
        ),
        ("not not 5xx > 5% or < 1%", "write `(5xx > 5% or 5xx < 1%)`"),
        (
            "not 5xx between 1% and 5%",
            "write `(5xx >= 1% and 5xx <= 5%)`",
        ),
    ] {
        check_help(text, help);
    }
    for (text, meant) in [
        ("1% < 5xx < 5%", "1% < 5xx and 5xx < 5%"),
        ("not (1% < 5xx < 5%)", "not (1% < 5xx and 5xx < 5%)"),
        ("5xx >= 5% and <= 10%", "5xx >= 5% and 5xx <= 10%"),
        ("(5xx > 1%) and < 5%", "(5xx > 1%) and < 5%"),
        ("1% <= 5xx and <= 5%", "1% <= 5xx and 5xx <= 5%"),
        ("502 >= 1% and <= 5%", "502 >= 1% and 502 <= 5%"),
        ("5xx > 1% < 5%", "5xx > 1% < 5%"),
    ] {
        assert_eq!(mended(text).1, meant);
    }
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
fn unless_is_turned_round_only_where_it_is_one_comparison() {
    for (text, help) in [
        (
            "5xx > 10% unless requests < 50 and 4xx > 3% for 3m",
            "write `and not (requests < 50 and 4xx > 3%)`",
        ),
        (
            "5xx > 10% unless no data or requests <= 50",
            "write `and not (no data or requests <= 50)`",
        ),
        ("not (5xx > 10% unless requests < 50)", "write `and not`"),
        ("5xx > 10% unless requests < 50 * 2", "write `and not`"),
    ] {
        check_help(text, help);
    }
    for behind in ["", " for 3m", " until no data", " on at least 2 domains"] {
        let text = format!("5xx > 10% unless requests < 50{behind}");
        let meant = format!("5xx > 10% given requests >= 50{behind}");
        assert_eq!(mended(&text).1, meant);
    }
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

#[test]
fn what_nobody_wrote_is_not_judged_nor_mended() {
    for text in [
        "burn(5xx over 1h, 0.999) > 14.4",
        "count(5xx) > 10",
        "requests > 9000000001",
        "5xx > 10% for 8d",
    ] {
        let (found, faults) = parse_when(text);
        assert_eq!((found, faults.len()), (None, 1), "{text}");
    }
    let text = "5xx > 10% where requests > 50 given 4xx > 1%";
    assert_eq!(mended(text).1, text);
}

#[test]
fn no_mend_takes_a_comment_away() {
    let text = "5xx > 10% for 3m # at night\n given requests > 50";
    let help = "write `given requests > 50 for 3m`";
    check_help(text, help);
}

/// Holds that a text has one fault, and gives what is mended of it.
fn check_one(text: &str, meant: &str) {
    let (faults, mended) = mended(text);
    assert_eq!((faults.len(), mended.as_str()), (1, meant), "{faults:?}");
}

#[test]
fn no_digit_is_lost_where_something_unreadable_stands_in_a_number() {
    for (text, meant) in [
        ("5xx > 1０%", "5xx > 10%"),
        ("5０x > 1%", "50x > 1%"),
        ("5xx > 10% for 3０m", "5xx > 10% for 30m"),
        ("5xx > 10% for 3 of 1０m", "5xx > 10% for 3 of 10m"),
        ("5хх > 10%", "5xx > 10%"),
        ("5ⅹⅹ > 10%", "5xx > 10%"),
        ("5xx > 1½%", "5xx > 1½%"),
        ("5xx > 10% for 1½h", "5xx > 10% for 1½h"),
        ("5xx > 10% for 1·5h", "5xx > 10% for 1·5h"),
        ("5xx > 10% for 3分钟", "5xx > 10% for 3m"),
        ("5xx > 10% for 3 小时", "5xx > 10% for 3h"),
        ("5xx > 10% for 30秒", "5xx > 10% for 30秒"),
        ("5xx > 10% for 3回", "5xx > 10% for 3回"),
    ] {
        check_one(text, meant);
    }
}

#[test]
fn durations_side_by_side_are_joined_only_where_they_are_one() {
    for (text, meant) in [
        ("no data for 1h 30m", "no data for 1h30m"),
        ("no data for 1h30", "no data for 1h30m"),
        ("no data for 5m 5m", "no data for 5m 5m"),
        ("no data for 30m 1h", "no data for 30m 1h"),
        ("no data for 3m5", "no data for 3m5"),
        ("no data for 1d12", "no data for 1d12"),
        ("no data for 2 3m", "no data for 2 3m"),
    ] {
        check_one(text, meant);
    }
}

#[test]
fn a_sign_is_turned_into_another_only_where_it_can_mean_nothing_else() {
    for (text, meant) in [
        ("500–504 > 10%", "500–504 > 10%"),
        ("5xx – 501 > 10%", "5xx - 501 > 10%"),
        ("!2xx > 10%", "!2xx > 10%"),
        ("5xx > 10% and !404 > 5%", "5xx > 10% and !404 > 5%"),
        ("!(2xx > 10%)", "not (2xx > 10%)"),
        ("!no data", "not no data"),
        ("5xx > 10% > 5%", "5xx > 10% > 5%"),
    ] {
        check_one(text, meant);
    }
}

#[test]
fn words_that_a_space_should_part_are_parted() {
    for (text, meant) in [
        (
            "5xx > 10% givenrequests >= 50",
            "5xx > 10% given requests >= 50",
        ),
        ("5xx > 10% givenbusy for 3m", "5xx > 10% given busy for 3m"),
        ("5xx > 10% given busyfor 3m", "5xx > 10% given busy for 3m"),
        (
            "5xx > 10% given busyfor 3 of 5m",
            "5xx > 10% given busy for 3 of 5m",
        ),
        ("avg(requestsover 5m) > 50", "avg(requests over 5m) > 50"),
        ("avg(failover 5m) > 50", "avg(failover over 5m) > 50"),
        (
            "5xx > 10% given wait_for 3m",
            "5xx > 10% given wait_for for 3m",
        ),
        ("requests > busyoffset 1d", "requests > busy offset 1d"),
        ("avg(5xx over5m) > 10%", "avg(5xx over 5m) > 10%"),
        ("avg(5xxover 5m) > 10%", "avg(5xx over 5m) > 10%"),
        (
            "avg(5xx over 5moffset 1d) > 3%",
            "avg(5xx over 5m offset 1d) > 3%",
        ),
        ("5xx > 10% for5m", "5xx > 10% for 5m"),
        ("no data for10m", "no data for 10m"),
        ("5xx > 10% for 3of 5m", "5xx > 10% for 3 of 5m"),
        (
            "5xx>10% given requests>=50for 3m",
            "5xx>10% given requests>=50 for 3m",
        ),
        ("requests >= 50and 5xx > 1%", "requests >= 50 and 5xx > 1%"),
        ("5xx > 10% andrequests > 5", "5xx > 10% and requests > 5"),
        ("5xx>10%or4xx>20%", "5xx>10%or 4xx>20%"),
        ("5xx > 10% until5xx < 5%", "5xx > 10% until 5xx < 5%"),
        (
            "5xx > 10% onat least 3 domains",
            "5xx > 10% on at least 3 domains",
        ),
        (
            "5xx > 10% on at least3 domains",
            "5xx > 10% on at least 3 domains",
        ),
    ] {
        check_one(text, meant);
    }
    // Names may begin like words.
    for text in ["5xx > 10% order", "5xx > 10% foreign"] {
        assert_eq!(mended(text).1, text);
    }
}

#[test]
fn what_stands_elsewhere_in_a_rules_file_is_one_fault() {
    for text in [
        "5xx > ${LIMIT}",
        "5xx > ${LIMIT:-10}% for 3m",
        "5xx > 10% for ${HOLD}",
        "${CODES} > 10%",
        "5xx > {{ threshold }} until no data",
        "5xx > 10% on www.example.com",
        "5xx > 10% for cdn-a.example.com for 3m",
        "5xx > 10% on *.example.com",
    ] {
        check_one(text, text);
    }
}

/// Holds that a text has one fault, with a help, and what is mended without asking.
fn check_paste(cases: &[(&str, &str, &str)]) {
    for (text, help, meant) in cases {
        let (faults, mended) = mended(text);
        let helps: Vec<&str> = faults.iter().filter_map(|f| f.help.as_deref()).collect();
        assert_eq!(helps, [*help], "{text}: {faults:?}");
        assert_eq!(mended, *meant);
    }
}

#[test]
fn what_engineers_say_of_factors_and_counts_is_one_fault_with_what_to_paste() {
    check_paste(&[
        (
            "avg(5xx over 5m) > 3x avg(5xx over 1h offset 5m)",
            "write `3 *`",
            "avg(5xx over 5m) > 3 * avg(5xx over 1h offset 5m)",
        ),
        ("5xx > 2.5x 4xx", "write `2.5 *`", "5xx > 2.5 * 4xx"),
        ("5xx > 10x usual", "write `10 *`", "5xx > 10 * usual"),
        ("5x > 10%", "write `5xx`", "5xx > 10%"),
        (
            "5xx > 10 requests for 3m",
            "write `requests(5xx) > 10`",
            "requests(5xx) > 10 for 3m",
        ),
        (
            "502|503 count >= 20",
            "write `requests(502|503) >= 20`",
            "requests(502|503) >= 20",
        ),
        (
            "5xx count > 10",
            "write `requests(5xx) > 10`",
            "requests(5xx) > 10",
        ),
        (
            "share(5xx ovre 3h) > 2%",
            "write `over`",
            "share(5xx over 3h) > 2%",
        ),
        ("no data fr 10m", "write `for`", "no data fr 10m"),
        ("5xx > 5x% for 3m", "write `5%`", "5xx > 5x% for 3m"),
        ("5xx > 5% for 5am", "write `5m`", "5xx > 5% for 5am"),
        (
            "rate(5xx) > 10%",
            "write for example `avg(5xx over 5m)`",
            "rate(5xx) > 10%",
        ),
        (
            "avg(5xx over 5m > 3%",
            "write `avg(5xx over 5m)`",
            "avg(5xx over 5m) > 3%",
        ),
        (
            "(burn(5xx over 1h, 99.9% > 6) for 3m",
            "write `burn(5xx over 1h, 99.9%)`",
            "(burn(5xx over 1h, 99.9%) > 6) for 3m",
        ),
    ]);
}

#[test]
fn words_in_a_wrong_place_or_spelling_are_one_fault_with_what_to_paste() {
    check_paste(&[
        (
            "502 or 503 > 10% for 3m",
            "write `502|503 > 10%` for all of them together, or `502 > 10% or 503 > 10%`",
            "502 or 503 > 10% for 3m",
        ),
        (
            "5xx > 10% until 5xx < 5% for 5m for 3m",
            "write `5xx > 10% for 3m until 5xx < 5% for 5m`",
            "5xx > 10% until 5xx < 5% for 5m for 3m",
        ),
        (
            "5xx > 10% until 5xx < 5% for 5m until 4xx < 3%",
            "write `until (5xx < 5% for 5m) and 4xx < 3%` if both must be so, \
             or `until (5xx < 5% for 5m) or 4xx < 3%`",
            "5xx > 10% until 5xx < 5% for 5m until 4xx < 3%",
        ),
        ("502，503 > 10%", "write `502|503`", "502，503 > 10%"),
        ("😀", "leave it out", "😀"),
    ]);
}

#[test]
fn a_call_that_is_not_closed_hides_no_other_fault_of_the_condition() {
    let (faults, mended) = mended("burn(5xx over 6h, 99.9) > 6 and burn(5xx over 5m, 99.9 > 6");
    assert_eq!(faults.len(), 3, "{faults:?}");
    assert_eq!(
        mended,
        "burn(5xx over 6h, 99.9%) > 6 and burn(5xx over 5m, 99.9%) > 6"
    );
}

#[test]
fn what_is_said_in_another_order_or_in_other_words_is_told_once() {
    for (text, help) in [
        ("for 3m 5xx > 10%", "write `5xx > 10% for 3m`"),
        (
            "for 3 of 5m 5xx > 10% until no data",
            "write `5xx > 10% for 3 of 5m`",
        ),
        (
            "for 3m 5xx > 10% or 4xx > 5%",
            "write `(5xx > 10% or 4xx > 5%) for 3m`",
        ),
        ("offset 1d requests > 50", "write `requests offset 1d`"),
        (
            "for 3m (5xx > 10% or 4xx > 5%) until no data",
            "write `(5xx > 10% or 4xx > 5%) for 3m`",
        ),
        (
            "for 3m 5xx > 10% given requests >= 50",
            "write `5xx > 10% given requests >= 50 for 3m`",
        ),
        (
            "(for 3m 5xx > 10%) and 4xx > 5%",
            "write `5xx > 10% for 3m`",
        ),
        (
            "5xx > 10% and for 3m 4xx > 5% or no data",
            "write `(4xx > 5% for 3m)`",
        ),
        (
            "5xx > 10% 1d ago for 3m",
            "write it behind the value, as in `5xx offset 1d > 10%`",
        ),
        (
            "5xx > 10% for 3m unless requests < 50",
            "write `(5xx > 10% for 3m) and not requests < 50`",
        ),
        (
            "5xx > 10% for 3m unless no data or 4xx > 5% until no data",
            "write `(5xx > 10% for 3m) and not (no data or 4xx > 5%)`",
        ),
        ("5xx > 10% for 60% of 5m", "write for example `3 of 5m`"),
        ("5xx > 10% for 3m resolve 5xx < 5%", "write `until`"),
        ("avg(5xx)/5m > 5%", "write `avg(5xx over 5m)`"),
        ("burn(5xx over 1h, slo 99.9%) > 1", "leave it out"),
        ("5xx > 10% for > 3m", "write `for 3m`"),
    ] {
        check_help(text, help);
    }
}

#[test]
fn what_would_not_be_read_or_would_mean_something_else_is_no_mend() {
    for (text, never) in [
        ("for 3m 5xx > 10% and for 5m 4xx > 5%", "and) for 3m"),
        ("for 3m, 5xx > 10%", "write `, "),
        ("for 3m given requests > 5", "write `given"),
        ("for 3m unless no data", "write `unless"),
        ("offset 1d (5xx > 10%)", "offset 1d`"),
        (
            "5xx > 10% and not for 3m 4xx > 5%",
            "write `4xx > 5% for 3m`",
        ),
        (
            "5xx > 10% for 3m unless requests < 50 for 5m",
            "and not requests",
        ),
        (
            "5xx > 10% for 3m on at least 3 domains unless no data",
            "domains) and not",
        ),
        ("5e2 > 10%", "write `500`"),
        ("5xx > 10% for 1e3", "1000"),
        ("5xx > 10% for 60 minutes of 2h", "write `1`"),
        ("5xx > 10% in 3 of 5 domains", "write `for`"),
        ("5xx > 10% for 60% of domains", "minutes"),
        ("avg[] > 5%", "avg()"),
        (
            "burn(5xx over 1h, not 99.9%) > 1",
            "no word of the language",
        ),
    ] {
        let (faults, _) = mended(text);
        assert!(!faults.is_empty(), "{text}");
        let said = format!("{faults:?}");
        assert!(!said.contains(never), "{text}: {said}");
    }
}

#[test]
fn what_is_plainly_meant_by_other_words_is_mended_at_once() {
    for (text, meant) in [
        ("5xx > 10% in 3 of 5m", "5xx > 10% in 3 of 5m"),
        ("5xx > 10% for 3 minutes of 5m", "5xx > 10% for 3 of 5m"),
        ("5xx > 10% for >= 3m", "5xx > 10% for 3m"),
        (
            "requests > 2 * requests 1d ago",
            "requests > 2 * requests offset 1d",
        ),
        ("requests offset -1d > 50", "requests offset 1d > 50"),
        (
            "avg(requests over last 5m) > 50",
            "avg(requests over 5m) > 50",
        ),
        (
            "avg(5xx + 4xx, over 5m) > 5%",
            "avg(5xx + 4xx over 5m) > 5%",
        ),
        (
            "burn(5xx over 1h 99.9%) > 1",
            "burn(5xx over 1h, 99.9%) > 1",
        ),
        ("requests[5xx] > 10", "requests(5xx) > 10"),
        ("avg[5xx over 5m] > 10%", "avg(5xx over 5m) > 10%"),
        ("requests > 1.5k", "requests > 1500"),
        ("requests > 1e3", "requests > 1000"),
        ("5xx > 10%, for 3m", "5xx > 10% for 3m"),
        ("no data,", "no data"),
        ("averge(5xx over 5m) > 5%", "avg(5xx over 5m) > 5%"),
    ] {
        let (faults, mended) = mended(text);
        assert_eq!((faults.len(), mended.as_str()), (1, meant), "{faults:?}");
    }
}

#[test]
fn what_may_be_half_of_something_else_is_told_and_not_mended() {
    for (text, help) in [
        ("5xx > 10% or > 20%", "write `5xx > …`"),
        ("1% <= 5xx and >= 5%", "write `5xx >= …`"),
        (
            "requests > 4xx + requests > 1000",
            "write `requests > 4xx + requests and 4xx + requests > 1000`",
        ),
        ("share(5xx over 1) > 5%", "write `1m`, `1h` or `1d`"),
        (
            "no data for 10m until traffic",
            "write `no traffic`, or `not no traffic` if there must be some",
        ),
        (
            "5xx > 10% for 300",
            "write `5h`, or `5m` if these are seconds",
        ),
        (
            "avg(5xx over 3600) > 5%",
            "write `2d12h`, or `1h` if these are seconds",
        ),
        ("5xx > 5xx offset 30", "write `30m` or `30h`"),
        ("avg(5xx over 12) > 5%", "write `12m` or `12h`"),
    ] {
        check_help(text, help);
        assert_eq!(parse_when(text).0, None, "{text}: nobody wrote it");
    }
    for (text, meant) in [
        ("5xx < 1% or > 20%", "5xx < 1% or 5xx > 20%"),
        ("1% < 5xx + 4xx < 5%", "1% < 5xx + 4xx and 5xx + 4xx < 5%"),
        ("5xx > 10% for 3", "5xx > 10% for 3m"),
        ("5xx > 10% for 3 of 5", "5xx > 10% for 3 of 5m"),
    ] {
        check_one(text, meant);
    }
}

#[test]
fn a_small_word_that_lost_a_letter_is_told_as_the_word_that_it_was() {
    for (text, help) in [
        ("ot 2xx > 50%", "write `not`"),
        ("5xx > 10% and nt (2xx > 50% or no data)", "write `not`"),
        ("not data for 10m", "write `no data`"),
    ] {
        check_help(text, help);
    }
    for (text, meant) in [
        ("on data for 10m", "no data for 10m"),
        ("o data for 10m", "no data for 10m"),
        ("n traffic", "no traffic"),
        ("data for 10m", "no data for 10m"),
        (
            "5xx > 10% or (on data for 3m)",
            "5xx > 10% or (no data for 3m)",
        ),
    ] {
        check_one(text, meant);
    }
    let (faults, _) = mended("nt(5xx over 5m) > 5%");
    assert_eq!(faults[0].message, "there is no function `nt`");
}

#[test]
fn signs_that_are_written_apart_or_for_another_place_are_one_fault() {
    for (text, meant) in [
        ("requests > = 50", "requests >= 50"),
        ("requests <  = 50", "requests <= 50"),
        ("5xx ! = 10%", "5xx != 10%"),
        ("5xx = = 10%", "5xx == 10%"),
        ("requests = > 50", "requests >= 50"),
        ("{502, 50x} > 10%", "502|50x > 10%"),
        (
            "share({502,503} over 5m) > 2%",
            "share(502|503 over 5m) > 2%",
        ),
        ("5xx &gt; 10%", "5xx > 10%"),
        ("5xx&gt;=10% for 3m", "5xx>=10% for 3m"),
        ("5xx > 10% &amp;&amp; no data", "5xx > 10% and no data"),
    ] {
        check_one(text, meant);
    }
    // Which of the two is meant, nobody can say.
    assert_eq!(mended("5xx > < 10%").1, "5xx > < 10%");
}

#[test]
fn a_number_of_domains_is_read_through_a_slip_and_without_its_on() {
    for (words, meant) in [
        ("at least 3 domains", "on at least 3 domains"),
        ("in at least 50% of domains", "on at least 50% of domains"),
        ("across 3 domains", "on at least 3 domains"),
        ("on at lest 3 domains", "on at least 3 domains"),
        ("on at least 3 dmains", "on at least 3 domains"),
        ("at least 3 domians", "on at least 3 domains"),
    ] {
        let (text, meant) = (
            format!("5xx > 10% for 3m {words}"),
            format!("5xx > 10% for 3m {meant}"),
        );
        check_one(&text, &meant);
    }
    check_one("5xx > 10% for 3 domains", "5xx > 10% on at least 3 domains");
    assert_eq!(
        mended("5xx at least 10% on 3 domains").1,
        "5xx >= 10% on at least 3 domains"
    );
    for (words, help) in [
        (
            "on at least 10 of domains",
            "write `on at least 10% of domains`, or `on at least 10 domains`",
        ),
        (
            "on at least 200 of domains",
            "`of` follows a proportion: write `on at least 200 domains`",
        ),
    ] {
        check_help(&format!("5xx > 10% for 3m {words}"), help);
    }
}

#[test]
fn a_duration_that_lost_its_word_or_its_form_is_one_fault() {
    for (text, meant) in [
        (
            "avg(requests over 10m) 1d > 50",
            "avg(requests over 10m) offset 1d > 50",
        ),
        ("5xx > 10% for 6 o 15m", "5xx > 10% for 6 of 15m"),
        ("5xx > 10% for 8 f 30m", "5xx > 10% for 8 of 30m"),
        ("5xx > 10% for 3 fo 5m", "5xx > 10% for 3 of 5m"),
        ("5xx > 10% for 3,0m", "5xx > 10% for 3m"),
        ("avg(5xx over 1,5h) > 5%", "avg(5xx over 1h30m) > 5%"),
        ("5xx > 10% for 1,5m", "5xx > 10% for 1,5m"),
    ] {
        check_one(text, meant);
    }
    for (text, help) in [
        ("5xx > 10% until 5xx < 3% or 5m", "write `for 5m`"),
        (
            "5xx 5m > 10%",
            "write `5xx offset 5m`, or `avg(5xx over 5m)`",
        ),
        (
            "5xx > 5m",
            "write for example `10%`, `5xx` or `avg(5xx over 5m)`",
        ),
    ] {
        check_help(text, help);
    }
}

#[test]
fn what_is_lost_of_a_call_is_put_back() {
    for (text, meant) in [
        (
            "burn(5xx over 1h, 99,5%) > 1",
            "burn(5xx over 1h, 99.5%) > 1",
        ),
        (
            "burn(5xx over 1h, 99,95) > 1",
            "burn(5xx over 1h, 99.95%) > 1",
        ),
        ("avg 5xx over 5m) > 5%", "avg(5xx over 5m) > 5%"),
        (
            "no data or burn 5xx over 1h, 99.9%) > 1",
            "no data or burn(5xx over 1h, 99.9%) > 1",
        ),
    ] {
        check_one(text, meant);
    }
    check_help("5xx > 10%) for 3m", "leave out the `)`");
}

#[test]
fn what_stands_behind_a_whole_condition_is_told_by_what_it_can_be() {
    for (text, help) in [
        (
            "5xx > 10% for 3m gateway < 5%",
            "write `until gateway < 5%`, if that is when the alert resolves",
        ),
        (
            "5xx > 10% for 3 of 5m no data on at least 2 domains",
            "write `until no data`, if that is when the alert resolves",
        ),
        ("5xx > 10% till 5xx < 5%", "write `until`"),
        ("5xx > 10% x", "leave it out"),
        ("5xx > 10% x for 3m", "leave it out"),
    ] {
        check_help(text, help);
    }
}

#[test]
fn every_query_of_datadog_is_mended_at_once() {
    let (faults, mended) =
        mended("avg(last_5m):5xx > 5% given requests >= 50 until max(last_1h):5xx < 2%");
    assert_eq!(faults.len(), 1);
    let meant = "avg(5xx over 5m) > 5% given requests >= 50 until max(5xx over 1h) < 2%";
    assert_eq!(mended, meant);
}
