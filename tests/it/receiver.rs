//! Telling, over real sockets and files.

#[path = "../smtp/live.rs"]
mod smtp;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use foghorn::config::{Channel, Format, Language, MailServer, MailTransport, Tls};
use foghorn::dispatch::{AlertView, Notification, PartView, Reason, State};
use foghorn::receiver::{Colour, Console, Delivered, SendError, Tools, apart, send};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

fn notification(id: &str) -> Notification {
    Notification {
        id: id.into(),
        receiver: "ops".into(),
        channel: 0,
        reason: Reason::First,
        group: [("rule".to_owned(), "origin-5xx".to_owned())].into(),
        key: String::new(),
        others: Vec::new(),
        undelivered: None,
        timestamp: "2026-11-22T10:03:05Z".into(),
        alerts: vec![AlertView {
            id: "a1b2".into(),
            rule: "origin-5xx".into(),
            account: "main".into(),
            domain: "www.example.com".into(),
            domains: vec!["www.example.com".into()],
            severity: "critical".into(),
            state: State::Firing,
            since: "2026-11-22T10:00:00Z".into(),
            fired_at: "2026-11-22T10:02:00Z".into(),
            ended_at: None,
            condition: "5xx > 10% for 3m".into(),
            value: "34.2%".into(),
            peak: "40.1%".into(),
            values: vec![PartView {
                text: "5xx".into(),
                value: "34.2%".into(),
            }],
            labels: BTreeMap::new(),
            summary: "zu viele Fehler – 源站".into(),
            runbook_url: "https://wiki.example.com/x".into(),
            url: String::new(),
            end_reason: String::new(),
            minute: String::new(),
            ack_url: String::new(),
            silence_url: String::new(),
            ack: None,
        }],
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-22T10:03:06Z".parse().unwrap()
}

fn console() -> Console {
    Console::new(Box::new(std::io::sink()), Colour::Plain)
}

fn hook(url: &str, secret: Option<&str>) -> Channel {
    Channel::Webhook {
        url: url.to_owned().into(),
        secret: secret.map(|secret| secret.to_owned().into()),
        format: Format::Standard { body: None },
        language: Language::En,
    }
}

async fn post(url: &str, secret: Option<&str>) -> Result<Delivered, SendError> {
    let tools = Tools::new(None, console()).unwrap();
    send(&notification("d1"), &hook(url, secret), &tools, now()).await
}

/// Serves one answer to every request, and keeps the requests.
async fn serve(
    answer: impl Fn() -> axum::response::Response + Clone + Send + Sync + 'static,
) -> (String, Arc<Mutex<Vec<(HeaderMap, Bytes)>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let router = Router::new().fallback(move |headers: HeaderMap, body: Bytes| async move {
        kept.lock().unwrap().push((headers, body));
        answer()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook/s3cr3t-path", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, seen)
}

async fn answer_to(status: u16) -> Result<Delivered, SendError> {
    let (url, _) = serve(move || StatusCode::from_u16(status).unwrap().into_response()).await;
    post(&url, None).await
}

#[tokio::test]
async fn each_status_has_its_class() {
    for status in [200, 201, 202, 204, 299] {
        assert!(answer_to(status).await.is_ok(), "{status}");
    }
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        let result = answer_to(status).await;
        assert!(
            matches!(result, Err(SendError::Retry { .. })),
            "{status} {result:?}"
        );
    }
    for status in [300, 301, 302, 307, 308, 400, 401, 403, 404, 405, 410, 422] {
        let result = answer_to(status).await;
        assert!(
            matches!(result, Err(SendError::Reject { .. })),
            "{status} {result:?}"
        );
    }
}

#[tokio::test]
async fn retry_after_is_passed_on() {
    let (url, _) =
        serve(|| (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "90")]).into_response()).await;
    let Err(SendError::Retry { after, answer }) = post(&url, None).await else {
        panic!("not retried")
    };
    assert_eq!(after, Some(Duration::from_secs(90)));
    assert!(answer.starts_with("429 Too Many Requests from http://127.0.0.1:"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (other, seen) = serve(|| StatusCode::OK.into_response()).await;
    let (url, _) = serve(move || {
        (
            StatusCode::TEMPORARY_REDIRECT,
            [("location", other.clone())],
        )
            .into_response()
    })
    .await;
    let Err(SendError::Reject { answer }) = post(&url, None).await else {
        panic!("not rejected")
    };
    assert!(answer.contains("not followed"), "{answer}");
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_body_is_as_documented_and_signed_as_the_standard_says() {
    let (url, seen) = serve(|| StatusCode::OK.into_response()).await;
    let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    post(&url, Some(key)).await.unwrap();
    post(&url, Some("plain")).await.unwrap();
    post(&url, None).await.unwrap();
    let seen = seen.lock().unwrap();
    let header = |n: usize, name: &str| {
        let value = seen[n].0.get(name);
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header(0, "webhook-id").unwrap(), "d1");
    assert_eq!(header(0, "webhook-timestamp").unwrap(), "1795341786");
    assert_eq!(header(0, "content-type").unwrap(), "application/json");
    let body = std::str::from_utf8(&seen[0].1).unwrap();
    assert_eq!(
        header(0, "webhook-signature").unwrap(),
        independent_signature(key, "d1", "1795341786", body)
    );
    assert_ne!(
        header(0, "webhook-signature"),
        header(1, "webhook-signature")
    );
    assert_eq!(header(2, "webhook-signature"), None);
    assert_eq!(seen[0].1, seen[2].1);
    insta::assert_snapshot!(body, @r#"{"type":"foghorn.notification","timestamp":"2026-11-22T10:03:05Z","data":{"reason":"first","status":"firing","receiver":"ops","group":{"rule":"origin-5xx"},"alerts":[{"id":"a1b2","rule":"origin-5xx","account":"main","domain":"www.example.com","severity":"critical","state":"firing","since":"2026-11-22T10:00:00Z","fired_at":"2026-11-22T10:02:00Z","ended_at":null,"value":"34.2%","peak":"40.1%","labels":{},"summary":"zu viele Fehler – 源站","runbook_url":"https://wiki.example.com/x","url":"","domains":["www.example.com"],"condition":"5xx > 10% for 3m","values":[{"text":"5xx","value":"34.2%"}],"duration":null,"end_reason":"","minute":"","ack_url":"","silence_url":"","ack":null}],"key":"","others":[]}}"#);
}

/// The signature, worked out by the definition of HMAC (RFC 2104).
fn independent_signature(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};
    let mut key = STANDARD.decode(&secret["whsec_".len()..]).unwrap();
    key.resize(64, 0);
    let pad = |with: u8| key.iter().map(|b| b ^ with).collect::<Vec<u8>>();
    let inner =
        Sha256::digest([pad(0x36), format!("{id}.{timestamp}.{body}").into_bytes()].concat());
    let outer = Sha256::digest([pad(0x5c), inner.to_vec()].concat());
    format!("v1,{}", STANDARD.encode(outer))
}

#[tokio::test]
async fn a_long_answer_is_cut_and_does_not_repeat_secrets() {
    let (url, _) = serve(|| {
        let body = format!("no hook at /hook/s3cr3t-path{}", "x".repeat(5_000_000));
        (StatusCode::BAD_REQUEST, body).into_response()
    })
    .await;
    let Err(SendError::Reject { answer }) = post(&url, None).await else {
        panic!("not rejected")
    };
    assert!(answer.chars().count() < 300 && answer.contains("no hook at"));
    assert!(!answer.contains("s3cr3t"), "{answer}");
}

async fn misbehave<F: Future<Output = ()> + Send + 'static>(
    with: impl Fn(TcpStream) -> F + Send + 'static,
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(with(stream));
        }
    });
    port
}

fn is_passing(result: &Result<Delivered, SendError>, word: &str) {
    match result {
        Err(SendError::Retry { answer, .. }) if answer.contains(word) => {
            assert!(!answer.contains("s3cr3t"), "{answer}");
        }
        other => panic!("{other:?} should be retried with `{word}`"),
    }
}

#[tokio::test]
async fn faults_of_the_network_pass() {
    let dropped = misbehave(|mut stream| async move {
        let _ = stream.read(&mut [0; 10]).await;
    })
    .await;
    let result = post(&format!("http://127.0.0.1:{dropped}/s3cr3t-a"), None).await;
    is_passing(&result, "no answer");
    // Nobody listens on a port that was given back.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let free = listener.local_addr().unwrap().port();
    drop(listener);
    let result = post(&format!("http://127.0.0.1:{free}/s3cr3t-b"), None).await;
    is_passing(&result, "refused");
    let result = post("http://nowhere.invalid/s3cr3t-c", None).await;
    is_passing(&result, "no answer");
    let result = post(&format!("https://127.0.0.1:{dropped}/s3cr3t-d"), None).await;
    is_passing(&result, "no answer");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stalls_is_given_up_in_time() {
    let port = misbehave(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let begun = tokio::time::Instant::now();
    let result = post(&format!("http://127.0.0.1:{port}/s3cr3t"), None).await;
    is_passing(&result, "no answer in time");
    assert!(begun.elapsed() <= Duration::from_secs(31));
    let server = mail_server(port, Tls::None, None);
    let begun = tokio::time::Instant::now();
    is_passing(
        &mail(&server, "d1", "a@example.com").await,
        "no answer in time",
    );
    assert!(begun.elapsed() <= Duration::from_secs(150));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_left_open_holds_nothing_up_once_the_status_has_decided() {
    let port = misbehave(|mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nthanks, and";
        let _ = stream.write_all(head.as_bytes()).await;
        std::future::pending::<()>().await;
    })
    .await;
    let begun = tokio::time::Instant::now();
    let taken = post(&format!("http://127.0.0.1:{port}/"), None)
        .await
        .unwrap();
    assert!(taken.answer.ends_with(": thanks, and"), "{taken:?}");
    assert!(begun.elapsed() <= Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_left_open_holds_nothing_up_once_its_words_have_decided() {
    for (format, words) in [
        (Format::Slack, "ok"),
        (Format::Dingtalk, r#"{"errcode":0,"errmsg":"ok"}"#),
    ] {
        let port = misbehave(move |mut stream| async move {
            let _ = stream.read(&mut [0; 4096]).await;
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
            let _ = stream.write_all(format!("{head}{words}").as_bytes()).await;
            std::future::pending::<()>().await;
        })
        .await;
        let channel = Channel::Webhook {
            url: format!("http://127.0.0.1:{port}/").into(),
            secret: None,
            format,
            language: Language::En,
        };
        let tools = Tools::new(None, console()).unwrap();
        let begun = tokio::time::Instant::now();
        let taken = send(&notification("d1"), &channel, &tools, now()).await;
        assert!(taken.unwrap().answer.ends_with(words));
        assert!(begun.elapsed() <= Duration::from_secs(5), "{words}");
    }
}

#[tokio::test]
async fn a_url_or_secret_that_cannot_work_is_rejected() {
    for (url, secret) in [
        ("not a url s3cr3t", None),
        ("ftp://example.com/s3cr3t", None),
        ("http://127.0.0.1:1/", Some("whsec_!!")),
    ] {
        match post(url, secret).await {
            Err(SendError::Reject { answer }) => assert!(!answer.contains("s3cr3t"), "{answer}"),
            other => panic!("{url}: {other:?}"),
        }
    }
}

/// A writer whose text can be read by the test.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Write::write(&mut *self.0.lock().unwrap(), bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_console_writes_where_it_is_told_to() {
    let screen = Screen::default();
    let console = Console::new(Box::new(screen.clone()), Colour::Plain);
    let tools = Tools::new(None, console).unwrap();
    let told = send(
        &notification("d1"),
        &Channel::Console {
            language: Language::En,
        },
        &tools,
        now(),
    )
    .await;
    assert!(told.is_ok());
    let text = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
    assert!(text.starts_with("CRITICAL origin-5xx www.example.com: It fires: 5xx is 34.2%.\n"));
}

fn mail_server(port: u16, tls: Tls, login: Option<(&str, &str)>) -> MailServer {
    MailServer {
        server: MailTransport::Smtp {
            host: "127.0.0.1".into(),
            port,
            tls,
        },
        login: login.map(|(user, password)| (user.to_owned(), password.to_owned().into())),
        from: "Foghorn <foghorn@example.com>".into(),
    }
}

async fn mail(server: &MailServer, id: &str, to: &str) -> Result<Delivered, SendError> {
    let tools = Tools::new(Some(server), console()).unwrap();
    send(&notification(id), &mail_to(to), &tools, now()).await
}

fn mail_to(to: &str) -> Channel {
    Channel::Email {
        to: to.to_owned(),
        language: Language::En,
    }
}

#[tokio::test]
async fn a_mail_to_a_folder_is_written_once_however_often_it_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let server = MailServer {
        server: MailTransport::Folder(path.to_str().unwrap().to_owned()),
        login: None,
        from: "Foghorn <foghorn@example.com>".into(),
    };
    for id in ["d1", "d1", "../../d2\r\n"] {
        mail(&server, id, "二@example.com").await.unwrap();
    }
    let mut names: Vec<String> = std::fs::read_dir(&path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[0].len() == "d1.eml".len() + 30, "{names:?}");
    assert_eq!(names[1], "d1.eml");
    let text = std::fs::read_to_string(path.join("d1.eml")).unwrap();
    let mail = Parsed::read(&text);
    assert_eq!(mail.head["from"], "Foghorn <foghorn@example.com>");
    assert_eq!(mail.head["message-id"], "<delivery.d1@example.com>");
    assert_eq!(mail.head["date"], "Sun, 22 Nov 2026 10:03:06 +0000");
    assert!(mail.head["content-type"].starts_with("multipart/alternative;"));
    assert_eq!(mail.parts.len(), 2);
    assert_eq!(mail.parts[0].0["content-type"], "text/plain; charset=utf-8");
    assert!(
        mail.parts[0].1.contains("zu viele Fehler – 源站"),
        "{}",
        mail.parts[0].1
    );
    assert_eq!(mail.parts[1].0["content-type"], "text/html; charset=utf-8");
    assert!(
        mail.parts[1].1.contains("zu viele Fehler – 源站"),
        "{}",
        mail.parts[1].1
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_tried_again() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let server = MailServer {
        server: MailTransport::Folder(file.path().to_str().unwrap().to_owned()),
        login: None,
        from: "foghorn@example.com".into(),
    };
    is_passing(
        &mail(&server, "d1", "a@example.com").await,
        "write a mail to",
    );
}

#[tokio::test]
async fn a_mail_without_server_or_with_faulty_addresses_is_rejected() {
    let server = mail_server(1, Tls::None, None);
    for to in ["a@example.com\r\nRCPT TO:<x@y>", "nobody", ""] {
        let result = mail(&server, "d1", to).await;
        assert!(
            matches!(result, Err(SendError::Reject { .. })),
            "{result:?}"
        );
    }
    let tools = Tools::new(None, console()).unwrap();
    let result = send(&notification("d1"), &mail_to("a@b.c"), &tools, now()).await;
    assert!(matches!(result, Err(SendError::Reject { .. })));
    let nameless = MailServer {
        from: "nobody".into(),
        ..server
    };
    assert!(Tools::new(Some(&nameless), console()).is_err());
}

/// A mail taken apart by a few lines of its own.
struct Parsed {
    head: BTreeMap<String, String>,
    parts: Vec<(BTreeMap<String, String>, String)>,
}

impl Parsed {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let head = heads(head);
        let boundary = head["content-type"].split('"').nth(1).unwrap().to_owned();
        let pieces: Vec<&str> = body.split(&format!("--{boundary}")).collect();
        let parts = pieces[1..pieces.len() - 1].iter().map(|piece| {
            let (head, body) = piece.trim_start().split_once("\r\n\r\n").unwrap();
            let head = heads(head);
            let body = match head["content-transfer-encoding"].as_str() {
                "quoted-printable" => unquoted(body),
                "base64" => {
                    use base64::Engine;
                    let packed: String = body.split_whitespace().collect();
                    let bytes = base64::engine::general_purpose::STANDARD.decode(packed);
                    String::from_utf8(bytes.unwrap()).unwrap()
                }
                _ => body.to_owned(),
            };
            (head, body)
        });
        Self {
            parts: parts.collect(),
            head,
        }
    }
}

fn heads(text: &str) -> BTreeMap<String, String> {
    let unfolded = text.replace("\r\n\t", " ").replace("\r\n ", " ");
    let lines = unfolded
        .split("\r\n")
        .map(|line| line.split_once(": ").unwrap());
    lines
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect()
}

fn unquoted(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'=' {
            let digits = std::str::from_utf8(&tail[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// An SMTP server that answers each command by `answers`, and keeps what it was told.
async fn scripted(
    answers: impl Fn(&str) -> Option<&'static str> + Clone + Send + Sync + 'static,
) -> (MailServer, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let port = misbehave(move |stream| {
        let (kept, answers) = (Arc::clone(&kept), answers.clone());
        async move {
            let mut stream = BufReader::new(stream);
            let greeting = answers("CONNECT").unwrap_or("220 ready");
            let _ = stream.write_all(format!("{greeting}\r\n").as_bytes()).await;
            let mut line = String::new();
            let mut in_mail = false;
            while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
                let command = line.trim_end().to_owned();
                line.clear();
                if in_mail && command != "." {
                    continue;
                }
                let usual = match command.split([' ', ':']).next().unwrap() {
                    "EHLO" => "250 scripted",
                    "DATA" => "354 go on",
                    "QUIT" => "221 bye",
                    _ => "250 ok",
                };
                let answer = answers(&command).unwrap_or(usual);
                in_mail = answer.starts_with("354");
                kept.lock().unwrap().push(command);
                let _ = stream.write_all(format!("{answer}\r\n").as_bytes()).await;
            }
        }
    })
    .await;
    (mail_server(port, Tls::None, None), seen)
}

#[tokio::test]
async fn each_answer_of_a_mail_server_has_its_class() {
    for (to, answer, retried) in [
        ("CONNECT", "421 too busy", true),
        ("CONNECT", "554 not you", true),
        ("EHLO", "502 what", true),
        ("MAIL", "451 later", true),
        ("MAIL", "550 no such sender", false),
        ("RCPT", "450 greylisted", true),
        ("RCPT", "550 no such user", false),
        ("DATA", "452 disk full", true),
        ("DATA", "554 no", false),
        (".", "451 scanner is down", true),
        (".", "552 looks like spam", false),
        ("RCPT", "nonsense", true),
    ] {
        let (server, _) = scripted(move |command| command.starts_with(to).then_some(answer)).await;
        let result = mail(&server, "d1", "a@example.com").await;
        match (&result, retried) {
            (Err(SendError::Retry { .. }), true) | (Err(SendError::Reject { .. }), false) => {}
            _ => panic!("{to} {answer}: {result:?}"),
        }
    }
}

#[tokio::test]
async fn a_mail_names_its_one_recipient_and_a_refusal_has_the_servers_words() {
    let (server, seen) = scripted(|command| {
        command
            .contains("<gone@")
            .then_some("550 5.1.1 no such user")
    })
    .await;
    let Err(SendError::Reject { answer }) = mail(&server, "d1", "gone@example.com").await else {
        panic!("not rejected")
    };
    assert!(
        answer.contains("refused the recipient") && answer.contains("no such user"),
        "{answer}"
    );
    mail(&server, "d2", "here@example.com").await.unwrap();
    let seen = seen.lock().unwrap();
    let count = |line: &str| seen.iter().filter(|l| l.as_str() == line).count();
    assert_eq!(count("RCPT TO:<here@example.com>"), 1);
    assert_eq!(count("DATA"), 1);
}

#[tokio::test]
async fn a_mail_whose_connection_drops_after_it_was_sent_comes_again_under_the_same_id() {
    let ids = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&ids);
    let tries = Arc::new(Mutex::new(0));
    let port = misbehave(move |stream| {
        let (kept, tries) = (Arc::clone(&kept), Arc::clone(&tries));
        async move {
            let mut stream = BufReader::new(stream);
            let _ = stream.write_all(b"220 ready\r\n").await;
            let mut line = String::new();
            let mut in_mail = false;
            while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
                let text = line.trim_end().to_owned();
                line.clear();
                if in_mail && text.starts_with("Message-ID:") {
                    kept.lock().unwrap().push(text.clone());
                }
                if in_mail && text != "." {
                    continue;
                }
                let answer = match text.as_str() {
                    "DATA" => "354 go on",
                    "." => {
                        let mut tries = tries.lock().unwrap();
                        *tries += 1;
                        if *tries == 1 {
                            // The mail is there, and nobody hears of it.
                            return;
                        }
                        "250 taken"
                    }
                    _ => "250 ok",
                };
                in_mail = answer.starts_with("354");
                let _ = stream.write_all(format!("{answer}\r\n").as_bytes()).await;
            }
        }
    })
    .await;
    let server = mail_server(port, Tls::None, None);
    let tools = Tools::new(Some(&server), console()).unwrap();
    let to = mail_to("a@example.com");
    let first = send(&notification("d1"), &to, &tools, now()).await;
    assert!(matches!(first, Err(SendError::Retry { .. })), "{first:?}");
    send(&notification("d1"), &to, &tools, now()).await.unwrap();
    let expected = "Message-ID: <delivery.d1@example.com>";
    assert_eq!(*ids.lock().unwrap(), [expected, expected]);
}

fn pagerduty(url: String) -> Channel {
    Channel::Webhook {
        url: url.into(),
        secret: None,
        format: Format::Pagerduty {
            routing_key: "R0123456789".to_owned().into(),
        },
        language: Language::En,
    }
}

/// A message of two alerts, which `PagerDuty` takes one by one.
fn of_two() -> Notification {
    let mut message = notification("d1");
    let other = AlertView {
        id: "c3d4".into(),
        ..message.alerts[0].clone()
    };
    message.alerts.push(other);
    message
}

#[tokio::test]
async fn of_several_events_those_that_were_taken_are_not_sent_again() {
    let count = Arc::new(Mutex::new(0));
    let (url, seen) = serve(move || {
        let mut count = count.lock().unwrap();
        *count += 1;
        match *count {
            2 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")]).into_response(),
            _ => StatusCode::ACCEPTED.into_response(),
        }
    })
    .await;
    let (channel, message) = (pagerduty(url), of_two());
    let [one, other] = apart(&message, &channel).try_into().unwrap();
    let tools = Tools::new(None, console()).unwrap();
    send(&one, &channel, &tools, now()).await.unwrap();
    let first = send(&other, &channel, &tools, now()).await;
    let Err(SendError::Retry { after, .. }) = first else {
        panic!("{first:?}")
    };
    assert_eq!(after, Some(Duration::from_secs(7)));
    send(&other, &channel, &tools, now()).await.unwrap();
    let seen = seen.lock().unwrap();
    let keys: Vec<bool> = seen
        .iter()
        .map(|(_, body)| {
            std::str::from_utf8(body)
                .unwrap()
                .contains("\"dedup_key\":\"a1b2\"")
        })
        .collect();
    assert_eq!(keys, [true, false, false]);
}

#[tokio::test]
async fn of_several_events_those_that_were_taken_are_told_from_those_that_were_refused() {
    for (first, word) in [(202, "in part"), (400, "whole")] {
        let count = Arc::new(Mutex::new(0));
        let (url, _) = serve(move || {
            let mut count = count.lock().unwrap();
            *count += 1;
            let status = if *count == 1 { first } else { 400 };
            StatusCode::from_u16(status).unwrap().into_response()
        })
        .await;
        let (channel, message) = (pagerduty(url), of_two());
        let tools = Tools::new(None, console()).unwrap();
        let mut refused = 0;
        for one in apart(&message, &channel) {
            match send(&one, &channel, &tools, now()).await {
                Ok(_) => {}
                Err(SendError::Reject { .. }) => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        let part = if refused < 2 { "in part" } else { "whole" };
        assert_eq!(part, word);
    }
}

#[tokio::test]
async fn an_error_inside_of_200_is_no_delivery() {
    let (url, seen) =
        serve(|| r#"{"errcode":310000,"errmsg":"sign not match"}"#.into_response()).await;
    let channel = Channel::Webhook {
        url: format!("{url}?access_token=t0k3n-t0k3n").into(),
        secret: Some("SEC0123".to_owned().into()),
        format: Format::Dingtalk,
        language: Language::Zh,
    };
    let tools = Tools::new(None, console()).unwrap();
    let result = send(&notification("d1"), &channel, &tools, now()).await;
    let Err(SendError::Reject { answer }) = result else {
        panic!("{result:?}")
    };
    assert!(
        answer.contains("sign not match") && !answer.contains("t0k3n"),
        "{answer}"
    );
    let seen = seen.lock().unwrap();
    assert!(std::str::from_utf8(&seen[0].1).unwrap().contains("严重"));
}

#[tokio::test]
async fn a_success_that_is_not_the_services_own_is_no_delivery_and_says_why() {
    for (format, word) in [
        (Format::Dingtalk, "dingtalk"),
        (Format::Slack, "slack"),
        (
            Format::Opsgenie {
                api_key: "k3y-k3y-k3y".to_owned().into(),
            },
            "opsgenie",
        ),
    ] {
        let (url, _) = serve(|| "<html>Log in</html>".into_response()).await;
        let channel = Channel::Webhook {
            url: url.into(),
            secret: None,
            format,
            language: Language::En,
        };
        let tools = Tools::new(None, console()).unwrap();
        let result = send(&notification("d1"), &channel, &tools, now()).await;
        is_passing(
            &result,
            &format!("is not how {word} says that it took a message"),
        );
    }
}

#[tokio::test]
async fn a_port_without_tls_is_told_from_one_that_has_it() {
    let (server, _) = scripted(|_| None).await;
    let MailTransport::Smtp { port, .. } = server.server else {
        unreachable!()
    };
    let server = mail_server(port, Tls::Wrapped, None);
    is_passing(&mail(&server, "d1", "a@example.com").await, "write smtp://");
}

#[tokio::test]
async fn without_starttls_nothing_is_said() {
    let (server, seen) = scripted(|_| None).await;
    let MailTransport::Smtp { port, .. } = server.server else {
        unreachable!()
    };
    let server = mail_server(port, Tls::Required, Some(("foghorn", "s3cr3t")));
    is_passing(&mail(&server, "d1", "a@example.com").await, "STARTTLS");
    let seen = seen.lock().unwrap();
    assert!(
        seen.iter().all(|l| l.starts_with("EHLO") || l == "QUIT"),
        "{seen:?}"
    );
}
