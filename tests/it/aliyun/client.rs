//! What the client makes of what the API answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use chrono::{DateTime, Utc};
use foghorn::clock::Clock;
use foghorn::config::{Aliyun, Credentials, Product};
use foghorn::source::aliyun::credentials::Environment;
use foghorn::source::aliyun::wire::BODY_BYTES_MAX;
use foghorn::source::aliyun::{Client, OpenError};
use foghorn::source::{MinuteRange, SourceError};
use foghorn::unit::{DomainName, Minute};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::server::{Server, fault, reply};

const SECRET: &str = "s3cret";
const ANSWER: &str = r#"{"DomainName":"www.example.com","DataInterval":"60","RealTimeSrcHttpCodeData":{"UsageData":[
    {"TimeStamp":"2026-11-22T10:01:00Z","Value":{}},
    {"TimeStamp":"2026-11-22T10:00:00Z","Value":{"RealTimeSrcCodeProportionData":[{"Code":"200","Proportion":"100","Count":"7"}]}},
    {"TimeStamp":"2026-11-22T10:02:30Z","Value":{}},
    {"TimeStamp":"2026-11-22T11:00:00Z","Value":{}}]}}"#;

fn now() -> DateTime<Utc> {
    "2026-11-22T11:05:00Z".parse().unwrap()
}

fn hour() -> MinuteRange {
    let minute = |text: &str| text.parse::<Minute>().unwrap();
    MinuteRange {
        from: minute("2026-11-22T10:00:00Z"),
        to: minute("2026-11-22T11:00:00Z"),
    }
}

fn settings(endpoint: &str, product: Product) -> Aliyun {
    Aliyun {
        product,
        endpoint: endpoint.to_owned(),
        credentials: Some(Credentials {
            access_key_id: "key".to_owned(),
            access_key_secret: SecretString::from(SECRET),
            security_token: Some(SecretString::from("t0ken/+=")),
        }),
    }
}

fn open(endpoint: &str, product: Product) -> Client {
    let nowhere = Environment {
        lookup: Arc::new(|_| None),
        home: None,
        metadata: "http://127.0.0.1:1".to_owned(),
        sts: "http://127.0.0.1:1".to_owned(),
    };
    let clock = Clock::running(now(), 1);
    Client::open(&settings(endpoint, product), nowhere, clock).unwrap()
}

async fn fetch(server: &Server) -> Result<foghorn::source::Response, SourceError> {
    let domain = DomainName::from("www.example.com");
    open(&server.url, Product::Cdn).fetch(&domain, hour()).await
}

/// The error of a server that answers like this.
async fn refused(
    answer: impl Fn() -> Response<Body> + Clone + Send + Sync + 'static,
) -> SourceError {
    let server = Server::start(move |_, _| answer()).await;
    let error = fetch(&server).await.unwrap_err();
    let shown = format!("{error:?}");
    assert!(
        !shown.contains(SECRET) && !shown.contains("t0ken"),
        "{shown}"
    );
    assert!(
        shown.contains(server.url.trim_start_matches("http://")),
        "{shown}"
    );
    assert!(
        shown.contains("DescribeDomainRealTimeSrcHttpCodeData"),
        "{shown}"
    );
    error
}

fn is_passing(error: &SourceError, told: &str) -> bool {
    matches!(error, SourceError::Passing { message, .. } if message.contains(told))
}

#[tokio::test]
async fn a_call_is_signed_and_its_answer_read() {
    let server = Server::start(|_, _| reply(200, ANSWER)).await;
    let answer = fetch(&server).await.unwrap();
    let minutes: Vec<String> = answer.samples.iter().map(|(m, _)| m.to_string()).collect();
    assert_eq!(minutes, ["2026-11-22T10:00:00Z", "2026-11-22T10:01:00Z"]);
    assert_eq!(answer.samples[0].1.requests(), Some(7));
    assert_eq!(answer.faults.len(), 1);
    assert_eq!(answer.span, hour());
    assert!(now() <= answer.sent);

    let seen = &server.seen()[0];
    assert_eq!(seen.signed_by(SECRET).as_deref(), Some("key"));
    assert_eq!(
        seen.header("x-acs-action"),
        "DescribeDomainRealTimeSrcHttpCodeData"
    );
    assert_eq!(seen.header("x-acs-version"), "2018-05-10");
    assert_eq!(seen.header("x-acs-security-token"), "t0ken/+=");
    assert_eq!(seen.header("x-acs-date"), "2026-11-22T11:05:00Z");
    assert!(seen.header("user-agent").starts_with("foghorn/"));
    let query: Vec<(&str, &str)> = seen.query.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(
        query,
        [
            ("DomainName", "www.example.com"),
            ("EndTime", "2026-11-22T11:00:00Z"),
            ("StartTime", "2026-11-22T10:00:00Z"),
        ]
    );
}

#[tokio::test]
async fn dcdn_has_names_of_its_own() {
    let server = Server::start(|_, _| reply(200, ANSWER)).await;
    let client = open(&server.url, Product::Dcdn);
    let domain = DomainName::from("www.example.com");
    client.fetch(&domain, hour()).await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(
        seen.header("x-acs-action"),
        "DescribeDcdnDomainRealTimeSrcHttpCodeData"
    );
    assert_eq!(seen.header("x-acs-version"), "2018-01-15");

    let server = Server::start(|_, _| fault(403, "NoPermission")).await;
    let error = open(&server.url, Product::Dcdn)
        .domains()
        .await
        .unwrap_err();
    assert!(matches!(error, SourceError::Account { mend, .. }
        if mend == "grant `dcdn:DescribeDcdnUserDomains` on `acs:dcdn:*:*:domain/*`"));
}

#[tokio::test]
async fn a_nonce_that_was_used_is_replaced_once_and_at_once() {
    let server = Server::start(|number, _| match number {
        0 => fault(400, "SignatureNonceUsed"),
        _ => reply(200, ANSWER),
    })
    .await;
    assert!(fetch(&server).await.is_ok());
    let nonces: BTreeSet<String> = server
        .seen()
        .iter()
        .map(|seen| seen.header("x-acs-signature-nonce").to_owned())
        .collect();
    assert_eq!(nonces.len(), 2);

    let server = Server::start(|_, _| fault(400, "SignatureNonceUsed")).await;
    let error = fetch(&server).await.unwrap_err();
    assert!(is_passing(&error, "SignatureNonceUsed"), "{error:?}");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn the_code_decides_and_not_the_status() {
    for status in [200, 400, 503] {
        let error = refused(move || fault(status, "Throttling.User")).await;
        assert!(matches!(error, SourceError::Throttled { .. }), "{error:?}");
        let error = refused(move || fault(status, "ServiceBusy")).await;
        assert!(is_passing(&error, "ServiceBusy: Why."), "{error:?}");
        let error = refused(move || fault(status, "InvalidDomain.NotFound")).await;
        assert!(matches!(error, SourceError::Domain { .. }), "{error:?}");
        let error = refused(move || fault(status, "Forbidden.RAM")).await;
        assert!(matches!(&error, SourceError::Account { mend, .. }
            if mend.contains("`cdn:DescribeDomainRealTimeSrcHttpCodeData` on `acs:cdn:*:*:domain/*`")));
        let error = refused(move || fault(status, "InvalidStartTime.ValueNotSupported")).await;
        assert!(
            matches!(&error, SourceError::Defect { message }
            if message.contains("StartTime=2026-11-22T10%3A00%3A00Z")),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn throttling_carries_how_long_to_wait() {
    let error = refused(|| {
        let mut throttled = fault(503, "Throttling");
        let headers = throttled.headers_mut();
        headers.insert("x-acs-retry-after", "2500".parse().unwrap());
        throttled
    })
    .await;
    assert!(
        matches!(
            error,
            SourceError::Throttled {
                retry_after_ms: Some(2500),
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn clocks_that_differ_are_told_in_seconds() {
    let error = refused(|| {
        let mut expired = fault(400, "InvalidTimeStamp.Expired");
        let date = "Sun, 22 Nov 2026 12:05:00 GMT".parse().unwrap();
        expired.headers_mut().insert("date", date);
        expired
    })
    .await;
    assert!(
        matches!(&error, SourceError::Account { mend, .. } if mend.contains(" s behind")),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_read_passes() {
    for (status, body) in [
        (502, "<html>Bad Gateway</html>"),
        (200, ""),
        (200, "{}"),
        (200, "null"),
        (500, r#"{"DomainName":"#),
    ] {
        let error = refused(move || reply(status, body)).await;
        assert!(is_passing(&error, &format!("HTTP {status}")), "{error:?}");
    }
}

#[tokio::test]
async fn an_answer_for_another_domain_is_not_taken() {
    let error = refused(|| reply(200, ANSWER.replace("www", "shop"))).await;
    assert!(
        is_passing(&error, "it is of the domain \"shop.example.com\""),
        "{error:?}"
    );
    let server = Server::start(|_, _| reply(200, ANSWER.replace("www", "WWW"))).await;
    assert_eq!(fetch(&server).await.unwrap().samples.len(), 2);
}

#[tokio::test]
async fn points_that_are_not_minutes_are_a_defect() {
    let error = refused(|| {
        reply(
            200,
            ANSWER.replace(r#""DataInterval":"60""#, r#""DataInterval":300"#),
        )
    })
    .await;
    assert!(
        matches!(&error, SourceError::Defect { message } if message.contains("300 s")),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_answer_over_the_limit_is_not_read_to_its_end() {
    let at_limit = |size: usize| format!("{ANSWER}{}", " ".repeat(size - ANSWER.len()));
    let server = Server::start(move |_, _| reply(200, at_limit(BODY_BYTES_MAX))).await;
    assert!(fetch(&server).await.is_ok());
    let error = refused(move || reply(200, at_limit(BODY_BYTES_MAX + 1))).await;
    assert!(is_passing(&error, "more than 8388608 bytes"), "{error:?}");
}

#[tokio::test]
async fn the_limit_holds_for_what_is_decompressed() {
    let bomb = zeros_in_gzip(2 * BODY_BYTES_MAX);
    assert!(bomb.len() < BODY_BYTES_MAX / 50);
    let error = refused(move || {
        let mut packed = reply(200, bomb.clone());
        let gzip = "gzip".parse().unwrap();
        packed.headers_mut().insert("content-encoding", gzip);
        packed
    })
    .await;
    assert!(is_passing(&error, "more than 8388608 bytes"), "{error:?}");
}

/// Returns at least so many zero bytes, compressed by hand: one literal, then copies of 258.
fn zeros_in_gzip(size: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let mut push = |text: &str| bits.extend(text.bytes().map(|bit| bit == b'1'));
    push("11000110000");
    for _ in 0..=size / 258 {
        push("1100010100000");
    }
    push("0000000");
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let pack = |chunk: &[bool]| {
        let bits = chunk.iter().enumerate();
        bits.fold(0_u8, |byte, (place, bit)| byte | (u8::from(*bit) << place))
    };
    bytes.extend(bits.chunks(8).map(pack));
    bytes
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Server::start(|_, _| {
        let mut moved = reply(307, "");
        moved
            .headers_mut()
            .insert("location", "/elsewhere".parse().unwrap());
        moved
    })
    .await;
    let error = fetch(&server).await.unwrap_err();
    assert!(is_passing(&error, "HTTP 307"), "{error:?}");
    assert_eq!(server.seen().len(), 1);
}

/// Starts a server whose answer begins and never ends. From then on time passes by itself
/// whenever it is waited for.
async fn endless() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
        stream.write_all(begun).await.unwrap();
        tokio::time::pause();
        std::future::pending::<()>().await;
    });
    url
}

#[tokio::test]
async fn an_answer_that_does_not_end_passes() {
    let client = open(&endless().await, Product::Cdn);
    let error = client
        .fetch(&DomainName::from("a"), hour())
        .await
        .unwrap_err();
    assert!(is_passing(&error, "no answer within 20 s"), "{error:?}");
}

#[tokio::test]
async fn no_connection_passes_and_names_the_host() {
    let client = open("http://127.0.0.1:1", Product::Cdn);
    let error = client
        .fetch(&DomainName::from("a"), hour())
        .await
        .unwrap_err();
    assert!(is_passing(&error, "127.0.0.1:1 Describe"), "{error:?}");
    assert!(is_passing(&error, "no connection"), "{error:?}");
}

#[tokio::test]
async fn a_span_of_no_minute_or_over_an_hour_is_not_asked_for() {
    let server = Server::start(|_, _| reply(200, ANSWER)).await;
    let client = open(&server.url, Product::Cdn);
    let MinuteRange { from, to } = hour();
    for span in [
        MinuteRange { from, to: from },
        MinuteRange { from: to, to: from },
        MinuteRange {
            from,
            to: to.next(),
        },
    ] {
        let error = client
            .fetch(&DomainName::from("a"), span)
            .await
            .unwrap_err();
        assert!(matches!(error, SourceError::Defect { .. }), "{error:?}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn an_endpoint_that_is_no_address_opens_nothing() {
    let environment = Environment::of_process();
    let settings = settings("https://user:s3cret@host/path", Product::Cdn);
    let error = Client::open(&settings, environment, Clock::System).unwrap_err();
    assert!(matches!(error, OpenError::Endpoint(_)));
    assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
}

fn page(total: usize, domains: impl IntoIterator<Item = usize>) -> Response<Body> {
    let entries: Vec<String> = domains
        .into_iter()
        .map(|n| {
            let status = if n == 7 { "offline" } else { "online" };
            format!(r#"{{"DomainName":"D{n:04}.example.com","DomainStatus":"{status}"}}"#)
        })
        .collect();
    let entries = entries.join(",");
    reply(
        200,
        format!(r#"{{"TotalCount":{total},"Domains":{{"PageData":[{entries}]}}}}"#),
    )
}

#[tokio::test]
async fn the_list_of_domains_has_all_pages_without_those_offline() {
    let server = Server::start(|number, _| {
        let from = number * 500;
        page(1_203, from..1_203.min(from + 500))
    })
    .await;
    let domains = open(&server.url, Product::Cdn).domains().await.unwrap();
    assert_eq!(domains.len(), 1_202);
    assert_eq!(domains[0].as_str(), "d0000.example.com");
    assert!(domains.is_sorted());
    let seen = server.seen();
    let pages: Vec<&str> = seen
        .iter()
        .map(|seen| seen.query["PageNumber"].as_str())
        .collect();
    assert_eq!(pages, ["1", "2", "3"]);
    assert_eq!(seen[0].query["PageSize"], "500");
    assert_eq!(seen[0].header("x-acs-action"), "DescribeUserDomains");
    assert!(seen.iter().all(|seen| seen.signed_by(SECRET).is_some()));
}

#[tokio::test]
async fn an_account_without_domains_has_an_empty_list() {
    let server = Server::start(|_, _| page(0, [])).await;
    assert_eq!(open(&server.url, Product::Cdn).domains().await, Ok(vec![]));
}

#[tokio::test]
async fn a_list_that_does_not_add_up_is_not_taken_for_whole() {
    type Answer = fn(usize) -> Response<Body>;
    let answers: [(Answer, usize); 4] = [
        // The second page is empty.
        (|number| page(20, 0..if number == 0 { 10 } else { 0 }), 2),
        // More domains than the whole.
        (|_| page(5, 0..10), 1),
        // The list shrank between the pages.
        (
            |number| {
                if number == 0 {
                    page(20, 0..10)
                } else {
                    page(15, 5..20)
                }
            },
            2,
        ),
        // The same page for ever.
        (|_| page(20, 0..10), 2),
    ];
    for (answer, calls) in answers {
        let server = Server::start(move |number, _| answer(number)).await;
        let error = open(&server.url, Product::Cdn).domains().await.unwrap_err();
        assert!(is_passing(&error, "not complete"), "{error:?}");
        assert_eq!(server.seen().len(), calls, "{error:?}");
    }
}
