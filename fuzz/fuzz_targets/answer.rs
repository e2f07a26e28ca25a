//! Any bytes are refused or read as an answer of the API, in bounds.
//!
//! `cargo +nightly fuzz run -O -a -s none answer -- -max_total_time=60`

#![no_main]

use foghorn::samples::{parse, write_line};
use foghorn::source::MinuteRange;
use foghorn::source::aliyun::wire::parse_answer;
use foghorn::unit::DomainName;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let Ok(parsed) = parse_answer(body, None) else {
        return;
    };
    assert!(
        parsed.samples.is_sorted_by(|a, b| a.0 < b.0),
        "ascending, each minute once"
    );
    assert!(parsed.faults.len() <= 60, "few faults are told");
    let domain = DomainName::from("www.example.com");
    for (minute, sample) in &parsed.samples {
        let line = write_line(&domain, *minute, sample);
        let read = parse(&line).expect("what is written can be read");
        assert_eq!(read[&domain].get(minute), Some(sample), "{line}");
    }
    if let Some((first, _)) = parsed.samples.first() {
        let span = MinuteRange {
            from: *first,
            to: first.next(),
        };
        let one = parse_answer(body, Some(span)).expect("the same document");
        assert!(one.samples.len() == 1, "a span keeps what is in it");
    }
});
