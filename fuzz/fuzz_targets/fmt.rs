//! Whatever is formatted stays so, keeps its meaning and loses no comment.
//!
//! `cargo +nightly fuzz run fmt -- -max_total_time=60`

#![no_main]

use foghorn::config::format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(once) = format(text) else {
        return;
    };
    let twice = format(&once.text).expect("what was formatted can be formatted");
    assert_eq!(twice.text, once.text, "formatting again changes nothing");
    let comments = |text: &str| text.matches('#').count();
    assert_eq!(comments(text), comments(&once.text), "no comment is lost");
});
