//! How fast an answer of the API is read: an hour of minutes with six codes each, beside what
//! `serde_json` takes to read the same into structs of borrowed texts, which checks and converts nothing.
//!
//! Run with `cargo bench --bench answer`.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads the clock, prints, and has failed if it cannot go on"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use foghorn::source::aliyun::wire::parse_answer;
use serde::Deserialize;

/// How often each is measured, by turns; the one in the middle counts.
const ROUNDS: usize = 501;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    domain_name: &'a str,
    #[serde(borrow)]
    real_time_src_http_code_data: Usage<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Usage<'a> {
    #[serde(borrow)]
    usage_data: Vec<Point<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Point<'a> {
    #[serde(borrow)]
    time_stamp: &'a str,
    #[serde(borrow)]
    value: Value<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Value<'a> {
    #[serde(borrow)]
    real_time_src_code_proportion_data: Vec<Row<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    code: &'a str,
    proportion: &'a str,
    count: &'a str,
}

/// Returns an answer as the API writes it.
fn answer() -> String {
    let mut points = String::new();
    for minute in 0..60 {
        let mut codes = String::new();
        for (at, code) in [200, 206, 304, 404, 500, 502].into_iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let (whole, rest, count) = (16, (minute * 37 + at * 11) % 100, 1_000 + minute * 7 + at);
            let _ = write!(
                codes,
                r#"{comma}{{"Code":"{code}","Proportion":"{whole}.{rest:02}3333333333","Count":"{count}"}}"#
            );
        }
        let comma = if minute == 0 { "" } else { "," };
        let _ = write!(
            points,
            r#"{comma}{{"TimeStamp":"2026-11-22T10:{minute:02}:00Z","Value":{{"RealTimeSrcCodeProportionData":[{codes}]}}}}"#
        );
    }
    format!(
        r#"{{"EndTime":"2026-11-22T11:00:00Z","StartTime":"2026-11-22T10:00:00Z","RequestId":"7CBCD6AD-B016-42E5-AE0B-B3731DE8F755","DomainName":"www.example.com","DataInterval":"60","RealTimeSrcHttpCodeData":{{"UsageData":[{points}]}}}}"#
    )
}

fn typed(text: &[u8]) -> usize {
    let answer: Answer<'_> = serde_json::from_slice(text).unwrap();
    let points = answer.real_time_src_http_code_data.usage_data.iter();
    let codes = points.flat_map(|point| {
        black_box(point.time_stamp);
        &point.value.real_time_src_code_proportion_data
    });
    let len = |code: &Row<'_>| code.code.len() + code.proportion.len() + code.count.len();
    answer.domain_name.len() + codes.map(len).sum::<usize>()
}

fn main() {
    let text = answer();
    let text = text.as_bytes();
    let parsed = parse_answer(text, None).unwrap();
    assert_eq!((parsed.samples.len(), parsed.faults.len()), (60, 0));
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        black_box(typed(black_box(text)));
        times[0].push(begin.elapsed());
        let begin = Instant::now();
        let _ = black_box(parse_answer(black_box(text), None));
        times[1].push(begin.elapsed());
    }
    let [typed, ours] = times.map(|mut times: Vec<Duration>| {
        times.sort();
        times[ROUNDS / 2]
    });
    println!(
        "an answer of 60 minutes with 6 codes each, {} bytes",
        text.len()
    );
    println!("  serde_json, typed   {:6} µs", typed.as_micros());
    println!("  parse_answer        {:6} µs", ours.as_micros());
    println!(
        "  ratio               {:6.2}  (at most 2 is asked)",
        ours.as_secs_f64() / typed.as_secs_f64()
    );
}
