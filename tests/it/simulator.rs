//! The simulator over HTTP, spoken to in raw bytes: what an official client sends, and what
//! nobody should.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use foghorn::clock::Clock;
use foghorn::config::{Aliyun, Credentials, Product};
use foghorn::engine::Sample;
use foghorn::source::aliyun::Client;
use foghorn::source::aliyun::credentials::Environment;
use foghorn::source::aliyun::sign::{encode, sha256_hex, v1, v3};
use foghorn::source::simulator::{Scenario, Settings, Weather, serve};
use foghorn::source::{MinuteRange, SourceError};
use foghorn::unit::{DomainName, Minute};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const DATA: &str = "DescribeDomainRealTimeSrcHttpCodeData";
const DCDN_DATA: &str = "DescribeDcdnDomainRealTimeSrcHttpCodeData";
const SPAN: [(&str, &str); 2] = [
    ("StartTime", "2026-11-22T09:00:00Z"),
    ("EndTime", "2026-11-22T09:30:00Z"),
];

fn origin() -> DateTime<Utc> {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// A running simulator, whose clock began at [`origin`].
struct Simulator {
    address: SocketAddr,
    weather: Weather,
    clock: Clock,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<Result<(), std::io::Error>>,
}

impl Simulator {
    async fn start(scenario: &str) -> Self {
        Self::start_at(scenario, Clock::running(origin(), 1)).await
    }

    async fn start_at(scenario: &str, clock: Clock) -> Self {
        let weather = Weather::new(1, Scenario::parse(scenario).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let settings = Settings::new(weather.clone(), clock);
        let stop = CancellationToken::new();
        let ended = tokio::spawn(serve(listener, settings, stop.clone()));
        Self {
            address,
            weather,
            clock,
            stop,
            ended,
        }
    }

    async fn send(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // A server that has refused already may have closed the connection.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        Answer::parse(&answer)
    }

    async fn v1(&self, method: &str, query: &[(&str, &str)], form: &[(&str, &str)]) -> Answer {
        self.send(&v1_request(method, query, form, origin())).await
    }

    async fn v3(&self, method: &str, action: &str, query: &[(&str, &str)]) -> Answer {
        let bytes = v3_request(self.address, method, action, query, &nonce());
        self.send(&bytes).await
    }

    /// Returns the service's own client of this simulator.
    fn client(&self, product: Product) -> Client {
        let settings = Aliyun {
            product,
            endpoint: format!("http://{}", self.address),
            credentials: Some(Credentials {
                access_key_id: "testid".to_owned(),
                access_key_secret: "testsecret".into(),
                security_token: None,
            }),
        };
        Client::open(&settings, Environment::of_process(), self.clock).unwrap()
    }

    async fn data(&self, domain: &str) -> Answer {
        let query = [("DomainName", domain), SPAN[0], SPAN[1]];
        self.v3("GET", DATA, &query).await
    }
}

/// What came back.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let Some(end) = end else {
            return Self {
                status: 0,
                headers: BTreeMap::new(),
                body: bytes.to_vec(),
            };
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        Self {
            status,
            headers: fields
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: bytes[end + 4..].to_vec(),
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    fn code(&self) -> String {
        self.json()["Code"].as_str().unwrap_or("none").to_owned()
    }

    fn points(&self) -> Vec<Value> {
        let body = self.json();
        let points = &body["RealTimeSrcHttpCodeData"]["UsageData"];
        points.as_array().unwrap().clone()
    }
}

fn nonce() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("nonce-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn joined(params: &[(&str, &str)]) -> String {
    let pairs = params.iter();
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

fn v1_request(
    method: &str,
    query: &[(&str, &str)],
    form: &[(&str, &str)],
    time: DateTime<Utc>,
) -> Vec<u8> {
    let nonce = nonce();
    let time = time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut query = query.to_vec();
    query.extend([
        ("AccessKeyId", "testid"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureType", ""),
        ("SignatureNonce", &nonce),
        ("Timestamp", &time),
    ]);
    let all: Vec<(&str, &str)> = query.iter().chain(form).copied().collect();
    let signature = v1::signature(method, &all, "testsecret");
    query.push(("Signature", &signature));
    let (query, form) = (joined(&query), joined(form));
    let length = form.len();
    format!(
        "{method} /?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
    .into_bytes()
}

fn v3_request(
    address: SocketAddr,
    method: &str,
    action: &str,
    query: &[(&str, &str)],
    nonce: &str,
) -> Vec<u8> {
    let host = address.to_string();
    let hash = sha256_hex(b"");
    let version = if action.contains("Dcdn") {
        "2018-01-15"
    } else {
        "2018-05-10"
    };
    let headers = [
        ("host", host.as_str()),
        ("x-acs-action", action),
        ("x-acs-version", version),
        ("x-acs-date", "2026-11-22T10:00:00Z"),
        ("x-acs-signature-nonce", nonce),
        ("x-acs-content-sha256", &hash),
    ];
    let canonical = v3::canonical_request(method, "/", query, &headers, &hash);
    let signature = v3::signature(&canonical, "testsecret");
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let authorization = v3::authorization("testid", &names, &signature);
    let lines = headers.map(|(name, value)| format!("{name}: {value}\r\n"));
    let query = joined(query);
    format!(
        "{method} /?{query} HTTP/1.1\r\n{}Authorization: {authorization}\r\n\
         Connection: close\r\nContent-Length: 0\r\n\r\n",
        lines.concat()
    )
    .into_bytes()
}

fn v1_data<'a>() -> [(&'a str, &'a str); 6] {
    [
        ("Action", DATA),
        ("Version", "2018-05-10"),
        ("Format", "JSON"),
        ("DomainName", "www.example.com"),
        SPAN[0],
        SPAN[1],
    ]
}

#[tokio::test]
async fn both_signatures_and_both_methods_and_both_places_are_answered_alike() {
    let simulator = Simulator::start("{}").await;
    let params = v1_data();
    let query = [("DomainName", "www.example.com"), SPAN[0], SPAN[1]];
    let told = [
        simulator.v1("GET", &params, &[]).await,
        simulator.v1("POST", &params, &[]).await,
        simulator.v1("POST", &params[..2], &params[2..]).await,
        simulator.v3("GET", DATA, &query).await,
        simulator.v3("POST", DATA, &query).await,
        simulator.v3("POST", DCDN_DATA, &query).await,
    ];
    for answer in &told {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.points(), told[0].points());
    }
    assert_eq!(told[0].points().len(), 30);
    assert_eq!(told[0].json()["DomainName"], "www.example.com");
}

#[tokio::test]
async fn the_answer_is_what_the_weather_says() {
    let simulator = Simulator::start("{}").await;
    let www = DomainName::from("www.example.com");
    for point in simulator.data("www.example.com").await.points() {
        let minute: Minute = point["TimeStamp"].as_str().unwrap().parse().unwrap();
        let sample = simulator.weather.final_sample(&www, minute).unwrap();
        let parts = point["Value"]["RealTimeSrcCodeProportionData"].as_array();
        for (said, part) in parts.unwrap().iter().zip(sample.parts()) {
            let text = |name: &str| said[name].as_str().unwrap().to_owned();
            assert_eq!(text("Code"), part.code.unwrap().to_string());
            assert_eq!(text("Count"), part.count.unwrap().to_string());
            assert_eq!(text("Proportion").parse(), Ok(part.proportion));
        }
    }
}

fn half_an_hour() -> MinuteRange {
    MinuteRange {
        from: SPAN[0].1.parse().unwrap(),
        to: SPAN[1].1.parse().unwrap(),
    }
}

/// Whether two samples are the same, but for what a proportion loses when it is written as a
/// number of JSON.
fn alike(one: &(Minute, Sample), other: &(Minute, Sample)) -> bool {
    let parts = one.1.parts().iter().zip(other.1.parts());
    let mut close = parts.map(|(a, b)| {
        let apart = a.proportion.units().abs_diff(b.proportion.units());
        (a.code, a.count) == (b.code, b.count) && apart <= 100
    });
    one.0 == other.0 && one.1.parts().len() == other.1.parts().len() && close.all(|close| close)
}

#[tokio::test]
async fn the_services_own_client_reads_what_the_weather_says() {
    for scenario in [
        "{}",
        "counts: false",
        "types: mixed\norder: shuffled\nend_included: true",
        "types: numbers\nquiet: [{every: 3m, for: 1m}]\nmissing: [{every: 4m, for: 1m}]",
        "late: [{by: 40m, every: 20m, for: 7m}]",
    ] {
        let simulator = Simulator::start(scenario).await;
        for product in [Product::Cdn, Product::Dcdn] {
            let client = simulator.client(product);
            assert_eq!(client.domains().await.unwrap().len(), 4);
            let www = DomainName::from("www.example.com");
            let answer = client.fetch(&www, half_an_hour()).await.unwrap();
            let said = half_an_hour().from.until(half_an_hour().to);
            let said: Vec<_> = said
                .filter_map(|minute| {
                    let sample = simulator.weather.sample_as_of(&www, minute, origin())?;
                    Some((minute, sample))
                })
                .collect();
            assert_eq!(answer.samples.len(), said.len(), "{scenario}");
            for (told, said) in answer.samples.iter().zip(&said) {
                assert!(alike(told, said), "{scenario}: {told:?} {said:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_services_own_client_tells_the_faults_apart() {
    let simulator = Simulator::start(
        "domains: [account, domain, throttled, busy, garbled]\n\
         faults:\n\
         - {fault: error, code: InvalidAccessKeyId.Inactive, domains: [account]}\n\
         - {fault: error, code: InvalidDomain.Offline, domains: [domain]}\n\
         - {fault: throttle, retry_after: 3s, domains: [throttled]}\n\
         - {fault: error, code: InternalError, domains: [busy]}\n\
         - {fault: garbage, domains: [garbled]}",
    )
    .await;
    let client = simulator.client(Product::Cdn);
    let fault = async |name: &str| {
        let fetched = client.fetch(&DomainName::from(name), half_an_hour()).await;
        fetched.unwrap_err()
    };
    assert!(matches!(
        fault("account").await,
        SourceError::Account { .. }
    ));
    assert!(matches!(fault("domain").await, SourceError::Domain { .. }));
    assert!(matches!(fault("unknown").await, SourceError::Domain { .. }));
    assert!(matches!(fault("busy").await, SourceError::Passing { .. }));
    assert!(matches!(
        fault("garbled").await,
        SourceError::Passing { .. }
    ));
    let SourceError::Throttled { retry_after_ms, .. } = fault("throttled").await else {
        panic!("not throttled");
    };
    assert_eq!(retry_after_ms, Some(3_000));
}

#[tokio::test]
async fn the_account_lists_its_domains_by_pages() {
    let simulator =
        Simulator::start("domains: [a.example.com, b.example.com, c.example.org]").await;
    let query = [
        ("PageSize", "1"),
        ("PageNumber", "2"),
        ("DomainName", "example.com"),
    ];
    let page = simulator
        .v3("POST", "DescribeUserDomains", &query)
        .await
        .json();
    assert_eq!(page["TotalCount"], 2);
    assert_eq!(
        page["Domains"]["PageData"][0]["DomainName"],
        "b.example.com"
    );
    let page = simulator
        .v3("GET", "DescribeDcdnUserDomains", &[])
        .await
        .json();
    assert_eq!(page["Domains"]["PageData"].as_array().unwrap().len(), 3);
    let query = [("PageSize", "501")];
    let refused = simulator.v3("GET", "DescribeUserDomains", &query).await;
    assert_eq!(refused.code(), "InvalidParameter");
}

#[tokio::test]
async fn a_nonce_is_good_once_and_a_time_for_a_quarter_of_an_hour() {
    let simulator = Simulator::start("{}").await;
    let query = [("DomainName", "www.example.com")];
    let request = v3_request(simulator.address, "GET", DATA, &query, "once");
    assert_eq!(simulator.send(&request).await.status, 200);
    assert_eq!(simulator.send(&request).await.code(), "SignatureNonceUsed");
    let late = v1_request("GET", &v1_data(), &[], origin() - TimeDelta::minutes(16));
    let refused = simulator.send(&late).await;
    assert_eq!(
        (refused.status, refused.code()),
        (400, "InvalidTimeStamp.Expired".to_owned())
    );
}

#[tokio::test]
async fn at_another_speed_the_machines_time_is_good_as_well() {
    let params = v1_data();
    for (speed, code) in [(1, "InvalidTimeStamp.Expired"), (30, "none")] {
        let simulator = Simulator::start_at("{}", Clock::running(origin(), speed)).await;
        let request = v1_request("GET", &params, &[], machine_time());
        assert_eq!(simulator.send(&request).await.code(), code);
        let request = v1_request("GET", &params, &[], origin());
        assert_eq!(simulator.send(&request).await.code(), "none");
    }
}

/// Returns the machine's time, which lies further from [`origin`] than signatures allow.
fn machine_time() -> DateTime<Utc> {
    Clock::System.now()
}

#[tokio::test]
async fn a_skewed_clock_shows_in_the_date_and_refuses_right_clocks() {
    let simulator = Simulator::start("clock_skew: 20m").await;
    let refused = simulator.data("www.example.com").await;
    assert_eq!(refused.code(), "InvalidTimeStamp.Expired");
    assert!(refused.headers["date"].starts_with("Sun, 22 Nov 2026 10:20:"));
}

#[tokio::test]
async fn what_nobody_can_ask_for_is_refused_by_name() {
    let simulator = Simulator::start("{}").await;
    assert_eq!(
        simulator.data("x.invalid").await.code(),
        "InvalidDomain.NotFound"
    );
    let refused = simulator.v3("GET", "DescribeNothing", &[]).await;
    assert_eq!(refused.code(), "InvalidAction.NotFound");
    assert_eq!(refused.json()["HostId"], simulator.address.to_string());
    let refused = simulator.v3("GET", DATA, &[]).await;
    assert_eq!(refused.code(), "MissingDomainName");
    let params = [
        ("Action", DATA),
        ("Version", "2014-11-11"),
        ("Format", "JSON"),
    ];
    assert_eq!(
        simulator.v1("GET", &params, &[]).await.code(),
        "InvalidVersion"
    );
}

#[tokio::test]
async fn the_first_signature_answers_in_xml_unless_asked_for_json() {
    let simulator = Simulator::start("{}").await;
    let mut params = v1_data().to_vec();
    params.remove(2);
    let answer = simulator.v1("GET", &params, &[]).await.text();
    assert!(answer.contains("<DescribeDomainRealTimeSrcHttpCodeDataResponse><DataInterval>60<"));
    assert!(answer.contains("<UsageData><TimeStamp>2026-11-22T09:29:00Z</TimeStamp><Value>"));
    params.retain(|(name, _)| *name != "DomainName");
    let refused = simulator.v1("GET", &params, &[]).await;
    assert!(
        refused
            .text()
            .contains("<Error><Code>MissingDomainName</Code>")
    );
}

#[tokio::test]
async fn too_many_calls_are_throttled_with_a_time_to_wait() {
    let simulator = Simulator::start("rate: 2").await;
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(simulator.data("www.example.com").await);
    }
    assert_eq!(codes[0].code(), "none");
    assert_eq!(codes[2].code(), "Throttling.User");
    let wait: u64 = codes[2].headers["x-acs-retry-after"].parse().unwrap();
    assert!((1..=500).contains(&wait));
}

#[tokio::test]
async fn faults_strike_as_the_scenario_says() {
    let simulator = Simulator::start(
        "domains: [refused, throttled, garbled, slow, wrong, right]\n\
         faults:\n\
         - {fault: error, code: Forbidden.RAM, domains: [refused]}\n\
         - {fault: throttle, retry_after: 3s, domains: [throttled]}\n\
         - {fault: garbage, domains: [garbled]}\n\
         - {fault: slow, after: 1s, domains: [slow]}\n\
         - {fault: interval, interval: 300, domains: [wrong]}",
    )
    .await;
    let refused = simulator.data("refused").await;
    assert_eq!(
        (refused.status, refused.code()),
        (403, "Forbidden.RAM".to_owned())
    );
    let throttled = simulator.data("throttled").await;
    assert_eq!(throttled.headers["x-acs-retry-after"], "3000");
    let garbled = simulator.data("garbled").await;
    assert!(serde_json::from_slice::<Value>(&garbled.body).is_err());
    let slow = simulator.data("slow").await;
    assert!(slow.headers["transfer-encoding"] == "chunked" && slow.text().contains("UsageData"));
    assert_eq!(simulator.data("wrong").await.json()["DataInterval"], "300");
    assert_eq!(simulator.data("right").await.json()["DataInterval"], "60");
}

#[tokio::test]
async fn it_stops_while_a_call_hangs() {
    let simulator = Simulator::start("faults: [{fault: timeout, after: 10m}]").await;
    let hanging = simulator.data("www.example.com");
    let stopping = async {
        // By then it is under way, also where the machine is busy.
        tokio::time::sleep(Duration::from_millis(500)).await;
        simulator.stop.cancel();
    };
    let (answer, ()) = tokio::join!(hanging, stopping);
    assert_eq!(answer.code(), "ServiceUnavailable");
    assert!(simulator.ended.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_whole_week_of_several_domains_can_be_asked_for() {
    let all = "a.example.com,b.example.com,c.example.com";
    let simulator = Simulator::start(&format!("domains: [{all}]\nbeyond: coarsen")).await;
    let query = [
        ("DomainName", all),
        ("StartTime", "2026-11-15T10:00:00Z"),
        ("EndTime", "2026-11-22T10:00:00Z"),
    ];
    let answer = simulator.v3("POST", DATA, &query).await;
    assert_eq!(answer.json()["DataInterval"], "3600");
    assert_eq!(answer.points().len(), 168);
}

#[tokio::test]
async fn hostile_requests_are_refused_and_the_next_good_one_is_answered() {
    let simulator = Simulator::start("{}").await;
    let long = "x".repeat(60_000);
    let head = "HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let requests = [
        b"\0\0\0\0\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        format!("DELETE / {head}\r\n").into_bytes(),
        format!("GET /../../etc/passwd {head}\r\n").into_bytes(),
        format!("GET /?Action={long} {head}\r\n").into_bytes(),
        format!("GET /?{} {head}\r\n", "a&".repeat(20_000)).into_bytes(),
        format!("GET /?Action=%FF%FE&%zz=%&=&==&& {head}\r\n").into_bytes(),
        format!("GET / {head}Authorization: ACS3-HMAC-SHA256 ,,,==\r\n\r\n").into_bytes(),
        format!("POST / {head}{form}Content-Length: 9\r\n\r\n%%%&&&==\u{1}").into_bytes(),
        format!("POST / {head}Content-Length: 99999999999999999999\r\n\r\n").into_bytes(),
        [
            format!("GET / {head}X-Bad: ").into_bytes(),
            vec![0xff, 0xfe],
            b"\r\n\r\n".to_vec(),
        ]
        .concat(),
        [
            format!("POST / {head}{form}Content-Length: 300000\r\n\r\n").into_bytes(),
            vec![b'a'; 300_000],
        ]
        .concat(),
    ];
    for request in requests {
        let answer = simulator.send(&request).await;
        assert!(
            answer.status == 0 || (400..500).contains(&answer.status),
            "{answer:?}"
        );
    }
    let mut state = 1_u64;
    for _ in 0..50 {
        let noise: Vec<u8> = (0..400)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                state.to_be_bytes()[0]
            })
            .collect();
        let noise = [noise, b"\r\n\r\n".to_vec()].concat();
        let answer = simulator.send(&noise).await;
        assert!(
            answer.status == 0 || (400..500).contains(&answer.status),
            "{answer:?}"
        );
    }
    assert_eq!(simulator.data("www.example.com").await.status, 200);
}
