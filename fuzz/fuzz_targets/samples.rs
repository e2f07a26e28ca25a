//! Any text is refused, at a line that it has, or read as samples that are written and read again.
//!
//! `cargo +nightly fuzz run -O -a -s none samples -- -max_total_time=60`

#![no_main]

use foghorn::samples::{FAULTS_MAX, parse, write_line};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let samples = match parse(text) {
        Ok(samples) => samples,
        Err(faults) => {
            assert!((1..=FAULTS_MAX).contains(&faults.len()));
            let lines = text.lines().count().max(1);
            for fault in &faults {
                assert!((1..=lines).contains(&fault.line), "{fault}");
                let _ = fault.to_string();
            }
            return;
        }
    };
    let written: String = samples
        .iter()
        .flat_map(|(domain, minutes)| {
            minutes
                .iter()
                .map(move |(m, s)| write_line(domain, *m, s) + "\n")
        })
        .collect();
    assert_eq!(parse(&written).as_ref(), Ok(&samples), "{written}");
});
