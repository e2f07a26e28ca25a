//! Any text is refused or read as a scenario, whose weather then has any minute.
//!
//! `cargo +nightly fuzz run -O -a -s none scenario -- -max_total_time=60`

#![no_main]

use foghorn::source::simulator::{Scenario, Weather};
use foghorn::unit::{DomainName, Minute};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let scenario = match Scenario::parse(text) {
        Ok(scenario) => scenario,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let domain = DomainName::from("www.example.com");
    let first: Minute = "2026-11-22T10:00:00Z".parse().expect("a minute");
    let [weather, again] = [(); 2].map(|()| Weather::new(1, scenario.clone()));
    let mut minute = first;
    for _ in 0..3 {
        let sample = weather.sample_as_of(&domain, minute, first.end());
        assert_eq!(sample, again.sample_as_of(&domain, minute, first.end()));
        minute = minute.next();
    }
});
