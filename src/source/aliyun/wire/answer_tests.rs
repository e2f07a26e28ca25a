//! Answers as they are documented, as they drift, and as they are faulty.

use super::*;

fn minute_at(text: &str) -> Minute {
    text.parse().unwrap()
}

fn hour() -> MinuteRange {
    MinuteRange {
        from: minute_at("2019-11-30T05:00:00Z"),
        to: minute_at("2019-11-30T06:00:00Z"),
    }
}

fn parse(points: &str) -> Parsed {
    let body = format!(
        r#"{{"DomainName":"a","StartTime":"x","EndTime":"y","DataInterval":"60","RequestId":"R","RealTimeSrcHttpCodeData":{{"UsageData":{points}}}}}"#
    );
    parse_answer(body.as_bytes(), Some(hour())).unwrap()
}

fn point(time: &str, codes: &str) -> String {
    format!(r#"{{"TimeStamp":"{time}","Value":{{"RealTimeSrcCodeProportionData":[{codes}]}}}}"#)
}

#[test]
fn an_answer_is_read_as_the_documents_show_it() {
    let body = br#"{"DomainName":"example.com","StartTime":"2019-11-30T05:39:00Z","EndTime":"2019-11-30T05:40:00Z","DataInterval":"60","RequestId":"R",
        "RealTimeSrcHttpCodeData":{"UsageData":[
        {"TimeStamp":"2019-11-30T05:40:00Z","Value":{"RealTimeSrcCodeProportionData":[{"Code":"200","Proportion":"90.1","Count":"901"},{"Code":"502","Proportion":"9.9","Count":"99"}]}},
        {"TimeStamp":"2019-11-30T05:39:00Z","Value":{"RealTimeSrcCodeProportionData":[{"Code":"200","Proportion":"100.0"}]}}]}}"#;
    let parsed = parse_answer(body, Some(hour())).unwrap();
    assert_eq!(parsed.domain.as_deref(), Some("example.com"));
    let minutes: Vec<String> = parsed.samples.iter().map(|(m, _)| m.to_string()).collect();
    assert_eq!(minutes, ["2019-11-30T05:39:00Z", "2019-11-30T05:40:00Z"]);
    assert_eq!(parsed.samples[0].1.requests(), None);
    assert_eq!(parsed.samples[1].1.requests(), Some(1000));
    assert_eq!(parsed.faults, []);
}

#[test]
fn strings_and_numbers_mean_the_same() {
    let as_strings = r#"{"Code":"200","Proportion":"90.1","Count":"901"},{"Code":"302","Proportion":"9.9","Count":"99"}"#;
    let as_numbers = r#"{"Code":200,"Proportion":90.1,"Count":901},{"Count":99.0,"Code":302.0,"Proportion":9.9,"New":[{}]}"#;
    let strings = parse(&format!("[{}]", point("2019-11-30T05:40:00Z", as_strings)));
    let numbers = parse(&format!("[{}]", point("2019-11-30T05:40:00Z", as_numbers)));
    assert_eq!(strings.samples, numbers.samples);
    assert_eq!(numbers.samples[0].1.requests(), Some(1000));
    for interval in ["60", "\"60\"", "null", "\"\""] {
        let body = format!(
            r#"{{"DataInterval":{interval},"RealTimeSrcHttpCodeData":{{"UsageData":[]}}}}"#
        );
        assert_eq!(parse_answer(body.as_bytes(), None).unwrap().samples, []);
    }
}

#[test]
fn a_minute_without_traffic_comes_in_many_forms() {
    for value in [
        r#","Value":{}"#,
        r#","Value":null"#,
        r#","Value":"""#,
        r#","Value":[]"#,
        "",
        r#","Value":{"RealTimeSrcCodeProportionData":[]}"#,
        r#","Value":{"RealTimeSrcCodeProportionData":{}}"#,
        r#","Value":{"RealTimeSrcCodeProportionData":null}"#,
    ] {
        let parsed = parse(&format!(
            r#"[{{"TimeStamp":"2019-11-30T05:40:00Z"{value}}}]"#
        ));
        assert_eq!(parsed.samples.len(), 1, "{value}");
        assert!(!parsed.samples[0].1.has_codes(), "{value}");
    }
}

#[test]
fn an_answer_without_minutes_comes_in_many_forms() {
    for points in ["[]", "{}", "null", r#""""#] {
        assert_eq!(parse(points).samples, [], "{points}");
    }
    for body in [
        r#"{"DomainName":"a","DataInterval":"60","RealTimeSrcHttpCodeData":{}}"#,
        r#"{"DomainName":"a","DataInterval":"60","RealTimeSrcHttpCodeData":""}"#,
        r#"{"DomainName":"a","DataInterval":"60"}"#,
    ] {
        let parsed = parse_answer(body.as_bytes(), Some(hour())).unwrap();
        assert_eq!(parsed.samples, [], "{body}");
    }
}

#[test]
fn of_two_points_for_a_minute_the_later_one_holds() {
    let time = "2019-11-30T05:40:00Z";
    let first = point(time, r#"{"Code":"200","Proportion":"100"}"#);
    let second = point(time, r#"{"Code":"502","Proportion":"100"}"#);
    let faulty = point(time, r#"{"Code":"503","Proportion":"101"}"#);
    let parsed = parse(&format!("[{first},{second},{faulty}]"));
    assert_eq!(parsed.samples.len(), 1);
    assert_eq!(parsed.samples[0].1.parts()[0].code, Some(502));
    assert_eq!(parsed.faults.len(), 1);
}

#[test]
fn points_outside_the_span_are_dropped() {
    let code = r#"{"Code":"200","Proportion":"100"}"#;
    let points: Vec<String> = ["04:59", "05:00", "05:59", "06:00"]
        .iter()
        .map(|time| point(&format!("2019-11-30T{time}:00Z"), code))
        .collect();
    let parsed = parse(&format!("[{}]", points.join(",")));
    let minutes: Vec<String> = parsed.samples.iter().map(|(m, _)| m.to_string()).collect();
    assert_eq!(minutes, ["2019-11-30T05:00:00Z", "2019-11-30T05:59:00Z"]);
    assert_eq!(parsed.faults, []);
}

#[test]
fn an_answer_of_another_time_is_told_as_such_whatever_else_is_faulty() {
    let code = r#"{"Code":"200","Proportion":"100"}"#;
    let yesterday = (0..60).map(|n| point(&format!("2019-11-29T05:{n:02}:00Z"), code));
    let broken = (0..60).map(|n| point(&format!("2019-11-30T05:{n:02}:00Z"), "7"));
    let points: Vec<String> = yesterday.chain(broken).collect();
    let parsed = parse(&format!("[{}]", points.join(",")));
    assert_eq!(parsed.samples, []);
    assert_eq!(parsed.faults.len(), 60);
    assert_eq!(
        parsed.faults[0].what,
        "points lie outside of what was asked for: 60, the first at 2019-11-29T05:00:00Z"
    );
}

#[test]
fn faulty_points_are_told_and_not_there() {
    let good = r#"{"Code":"200","Proportion":"100"}"#;
    for (faulty, told) in [
        (point("2019-11-30T05:40:30Z", good), "seconds"),
        (point("yesterday", good), "yesterday"),
        (r#"{"Value":{}}"#.to_owned(), "no TimeStamp"),
        ("7".to_owned(), "no object"),
        (
            point(
                "2019-11-30T05:40:00Z",
                r#"{"Code":"200","Proportion":"-1"}"#,
            ),
            "\"-1\"",
        ),
        (
            point("2019-11-30T05:40:00Z", r#"{"Code":"200","Proportion":101}"#),
            "\"101\"",
        ),
        (
            point(
                "2019-11-30T05:40:00Z",
                r#"{"Code":"200","Proportion":"NaN"}"#,
            ),
            "NaN",
        ),
        (
            point(
                "2019-11-30T05:40:00Z",
                r#"{"Code":"200","Proportion":true}"#,
            ),
            "no proportion",
        ),
        (
            point("2019-11-30T05:40:00Z", r#"{"Code":"200"}"#),
            "no proportion",
        ),
        (
            point(
                "2019-11-30T05:40:00Z",
                r#"{"Code":"200","Proportion":"9"},7"#,
            ),
            "no object",
        ),
        (
            r#"{"TimeStamp":"2019-11-30T05:40:00Z","Value":7}"#.to_owned(),
            "no list",
        ),
    ] {
        let parsed = parse(&format!(
            "[{faulty},{}]",
            point("2019-11-30T05:41:00Z", good)
        ));
        assert_eq!(parsed.samples.len(), 1, "{faulty}");
        assert_eq!(parsed.faults.len(), 1, "{faulty}");
        assert!(parsed.faults[0].what.contains(told), "{:?}", parsed.faults);
    }
}

#[test]
fn at_most_sixty_faults_are_told() {
    let points = vec!["7"; 100].join(",");
    assert_eq!(parse(&format!("[{points}]")).faults.len(), FAULTS_MAX);
}

#[test]
fn a_code_that_is_none_counts_in_the_whole() {
    let codes = r#"{"Code":"0","Proportion":"50","Count":1},{"Code":"x","Proportion":"25","Count":1},{"Code":"502","Proportion":"25","Count":2}"#;
    let parsed = parse(&format!("[{}]", point("2019-11-30T05:40:00Z", codes)));
    let sample = &parsed.samples[0].1;
    assert_eq!(sample.requests(), Some(4));
    let codes: Vec<Option<u16>> = sample.parts().iter().map(|part| part.code).collect();
    assert_eq!(codes, [None, None, Some(502)]);
}

#[test]
fn a_minute_with_too_many_codes_is_faulty() {
    let codes = |n: usize| vec![r#"{"Code":"x","Proportion":"0"}"#; n].join(",");
    let time = "2019-11-30T05:40:00Z";
    let most = parse(&format!("[{}]", point(time, &codes(SAMPLE_PARTS_MAX))));
    assert_eq!(most.samples.len(), 1);
    let more = parse(&format!("[{}]", point(time, &codes(SAMPLE_PARTS_MAX + 1))));
    assert_eq!(more.samples.len(), 0);
    assert_eq!(more.faults.len(), 1);
}

#[test]
fn an_answer_with_too_many_points_is_refused() {
    let body = |n: usize| {
        let points = vec![r#"{"TimeStamp":"2019-11-30T05:40:00Z"}"#; n].join(",");
        format!(r#"{{"RealTimeSrcHttpCodeData":{{"UsageData":[{points}]}}}}"#)
    };
    assert!(parse_answer(body(POINTS_MAX).as_bytes(), None).is_ok());
    let error = parse_answer(body(POINTS_MAX + 1).as_bytes(), None).unwrap_err();
    assert!(error.to_string().contains("20000"), "{error}");
}

#[test]
fn points_that_are_no_minutes_are_refused() {
    for interval in ["300", "\"3600\"", "59.5", "\"x\""] {
        let body = format!(
            r#"{{"DataInterval":{interval},"RealTimeSrcHttpCodeData":{{"UsageData":[]}}}}"#
        );
        let error = parse_answer(body.as_bytes(), None).unwrap_err();
        assert!(matches!(error, WireError::Interval { .. }), "{interval}");
    }
}

#[test]
fn an_error_of_the_api_is_told_apart_from_garbage() {
    let body =
        br#"{"RequestId":"R","HostId":"h","Code":"Throttling.User","Message":"m","Recommend":"u"}"#;
    let error = parse_answer(body, None).unwrap_err();
    assert_eq!(
        error,
        WireError::Api(ApiError {
            code: "Throttling.User".to_owned(),
            message: "m".to_owned(),
            request_id: "R".to_owned(),
        })
    );
    let with_keys = br#"{"Code":"ServiceUnavailable","DomainName":"a","DataInterval":"60","RealTimeSrcHttpCodeData":{"UsageData":[]}}"#;
    let error = parse_answer(with_keys, None).unwrap_err();
    assert!(matches!(error, WireError::Api(fault) if fault.code == "ServiceUnavailable"));
    let deep = "[".repeat(100_000);
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "<html></html>",
        "{\"a\":",
        "\u{feff}{}",
        "7",
        &deep,
        r#"{"RequestId":"R"}"#,
        r#"{"DomainName":"a","RealTimeSrcHttpCodeData":{"UsageData":7}}"#,
        r#"{"DomainName":"a","RealTimeSrcHttpCodeData":7}"#,
    ] {
        let error = parse_answer(body.as_bytes(), None).unwrap_err();
        assert!(matches!(error, WireError::Unreadable(_)), "{body}");
    }
}

#[test]
fn plain_proportions_are_read_like_all_others() {
    for text in [
        "0",
        "100",
        "90.1",
        "33.333333333333336",
        "0.000000000000001",
        "100.000000000000000",
        "9.999999999999999",
        "007",
        "100.000001",
        "100.0000011",
        "999",
        "",
        ".",
        "1.",
        ".5",
        "-1",
        "+1",
        "1e1",
        "x",
        "1.2.3",
        "33.3333333333333355",
    ] {
        assert_eq!(proportion(text), text.parse::<Proportion>(), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn whatever_comes_the_samples_are_ascending_and_within_the_span(
        changes in proptest::collection::vec((0_usize..2_000, proptest::num::u8::ANY), 0..8),
        minutes in proptest::collection::vec(0_u8..70, 0..12),
    ) {
        let points: Vec<String> = minutes
            .iter()
            .map(|minute| {
                let time = format!("2019-11-30T{:02}:{:02}:00Z", 5 + minute / 60, minute % 60);
                point(&time, r#"{"Code":"200","Proportion":99.5,"Count":"9"}"#)
            })
            .collect();
        let points = points.join(",");
        let mut body = format!(
            r#"{{"DataInterval":"60","RealTimeSrcHttpCodeData":{{"UsageData":[{points}]}}}}"#
        )
        .into_bytes();
        for (place, byte) in changes {
            let place = place % body.len();
            body[place] = byte;
        }
        if let Ok(parsed) = parse_answer(&body, Some(hour())) {
            let minutes: Vec<Minute> = parsed.samples.iter().map(|(m, _)| *m).collect();
            assert!(minutes.is_sorted_by(|a, b| a < b));
            assert!(minutes.iter().all(|m| hour().from <= *m && *m < hour().to));
            assert!(parsed.faults.len() <= FAULTS_MAX);
        }
    }
}

#[test]
fn a_page_in_place_of_an_answer_is_told_by_how_it_begins() {
    let told = |body: &str| parse_answer(body.as_bytes(), None).unwrap_err().to_string();
    let cannot = "the answer cannot be read: ";
    assert_eq!(
        told("\r\n<html><title>504 Gateway Time-out</title>"),
        format!("{cannot}it is no JSON, it begins with <html><title>504 Gateway Time-out</title>")
    );
    assert!(told(&"<p>".repeat(1_000)).len() < 200);
    assert_eq!(told(" "), format!("{cannot}it is empty"));
    assert!(told("{\"a\":").contains("EOF"), "it broke off");
    assert!(told("{\"a\":").starts_with(&format!("{cannot}it breaks off: ")));
    for other in ["upstream timed out", "null"] {
        let no_object = format!("{cannot}it is no JSON object, it begins with {other}");
        assert_eq!(told(other), no_object);
    }
}
