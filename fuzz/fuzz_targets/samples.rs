//! Any text is refused, at a line that it has, or read as samples that are written and read again; and
//! who reads it in pieces, as a large file is read, finds the same samples and faults.
//!
//! `cargo +nightly fuzz run -O -a -s none samples -- -max_total_time=60`

#![no_main]

use foghorn::engine::Sample;
use foghorn::samples::{FAULTS_MAX, Reader, Samples, SamplesError, parse, write_line};
use foghorn::unit::StatusSet;
use libfuzzer_sys::fuzz_target;

/// What only a saved answer has; such a file is not read in pieces.
const ANSWER: &str = "RealTimeSrcHttpCodeData";

/// Fails unless a text is read in pieces, by two readers, as it is read at once.
fn in_pieces(text: &str, expected: &Result<Samples, Vec<SamplesError>>) {
    let mut faults = Vec::new();
    let mut minutes = 0;
    for shard in 0..2 {
        let mut reader = Reader::new(shard, 2);
        for piece in text.split_inclusive('\n') {
            reader.take(piece.as_bytes());
        }
        let recordings = match reader.end() {
            Ok(recordings) => recordings,
            Err(found) => {
                faults.extend(found.into_iter().map(|(_, fault)| fault));
                continue;
            }
        };
        let Ok(expected) = expected else { continue };
        for (domain, recording) in &recordings {
            for (minute, sample) in &expected[domain] {
                let found = recording.sample(*minute).unwrap();
                assert_eq!(found.requests(), sample.requests(), "{domain} {minute}");
                for code in [200, 404, 502] {
                    let only = StatusSet::range(code, code);
                    let of = |sample: &Sample| sample.proportion_of(&only);
                    assert_eq!(of(&found), of(sample), "{domain} {minute}");
                }
                minutes += 1;
            }
        }
    }
    faults.sort_by_key(|fault| fault.line);
    faults.truncate(FAULTS_MAX);
    match expected {
        Ok(expected) => {
            assert_eq!(faults, []);
            assert_eq!(minutes, expected.values().map(|of| of.len()).sum::<usize>());
        }
        Err(expected) => assert_eq!(&faults, expected),
    }
}

fuzz_target!(|text: &str| {
    let samples = parse(text);
    if !text.contains(ANSWER) {
        in_pieces(text, &samples);
    }
    let samples = match samples {
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
