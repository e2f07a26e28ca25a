//! Who may ask, how often, and what hostile requests get.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::stand::{Stand, img};

const USERS: &str = "web: {users: {admin: \"pass:word\", bot: \"token of the bot\"}}";

#[tokio::test]
async fn whoever_has_no_password_sees_only_whether_it_lives() {
    let stand = Stand::with(USERS).await;
    for path in [
        "/healthz",
        "/readyz",
        "/-/healthy",
        "/-/ready",
        "/style.css",
    ] {
        assert_eq!(stand.get(path).await.0, 200, "{path}");
    }
    for path in [
        "/",
        "/metrics",
        "/silences",
        "/alerts/x",
        "/api/v1/status",
        "/api/v2/status",
        "/api/v1/openapi.json",
        "/nothing",
        "/healthz/",
        "//healthz",
        "/act",
    ] {
        assert_eq!(stand.get(path).await.0, 401, "{path}");
    }
    let challenge = stand.request("get", "/").send().await.unwrap();
    assert_eq!(
        challenge.headers()["www-authenticate"],
        "Basic realm=\"Foghorn\", charset=\"UTF-8\""
    );
    let api = stand.get("/api/v1/status").await.1;
    assert_eq!(
        api,
        json!({"error": "this needs a name and a password, or a token"}).to_string()
    );
}

#[tokio::test]
async fn a_password_opens_as_such_and_as_a_token() {
    let stand = Stand::with(USERS).await;
    let ask = || stand.request("get", "/api/v1/status");
    assert_eq!(
        stand
            .send(ask().basic_auth("admin", Some("pass:word")))
            .await
            .0,
        200
    );
    assert_eq!(
        stand.send(ask().bearer_auth("token of the bot")).await.0,
        200
    );
    assert_eq!(
        stand
            .send(ask().basic_auth("bot", Some("pass:word")))
            .await
            .0,
        401
    );
    assert_eq!(
        stand.send(ask().basic_auth("admin", None::<&str>)).await.0,
        401
    );
    for bad in [
        "",
        "Basic",
        "Basic !!!",
        "Bearer",
        "Basic YWRtaW4=",
        "Digest x",
        "\u{e9}",
    ] {
        let request = ask().header("authorization", bad);
        assert_eq!(stand.send(request).await.0, 401, "{bad}");
    }
}

#[tokio::test]
async fn who_guesses_is_refused_for_a_while_and_others_are_not() {
    let stand = Stand::with(USERS).await;
    let ask = |from: &str, password: &str| {
        let request = stand.request("get", "/api/v2/status").bearer_auth(password);
        request.header("x-forwarded-for", format!("203.0.113.9, {from}"))
    };
    for _ in 0..10 {
        assert_eq!(stand.send(ask("198.51.100.1", "wrong")).await.0, 401);
    }
    let refused = ask("198.51.100.1", "token of the bot")
        .send()
        .await
        .unwrap();
    assert_eq!(
        refused.status(),
        429,
        "also with the right one, or it would be told"
    );
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(
        refused.text().await.unwrap().starts_with('"'),
        "in the API's form"
    );
    assert_eq!(
        stand.send(ask("198.51.100.2", "token of the bot")).await.0,
        200
    );
}

#[tokio::test]
async fn nothing_is_changed_for_a_page_of_another_site() {
    let stand = Stand::new().await;
    let silence = json!({"matchers": ["rule=x"], "for": "1h"});
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let post = stand.request("post", "/api/v1/silences").json(&silence);
        let (status, body) = stand.send(post.header(name, value)).await;
        assert_eq!(status, 403, "{name}: {body}");
        let form = stand.filled(
            "/silences",
            &[("matchers", "rule=x"), ("for", "1h"), ("do", "make")],
        );
        assert_eq!(stand.send(form.header(name, value)).await.0, 403);
        let reload = stand.request("post", "/-/reload").header(name, value);
        assert_eq!(stand.send(reload).await.0, 403);
    }
    assert_eq!(stand.orders(), []);
    let own = stand.request("post", "/api/v1/silences").json(&silence);
    let own = own
        .header("origin", stand.url.clone())
        .header("sec-fetch-site", "same-origin");
    assert_eq!(stand.send(own).await.0, 200);
}

#[tokio::test]
async fn every_answer_has_the_headers_that_keep_browsers_safe() {
    let stand = Stand::new().await;
    for path in ["/", "/api/v1/status", "/nothing", "/metrics"] {
        let answer = stand.request("get", path).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap();
        assert!(
            header("content-security-policy").starts_with("default-src 'none'"),
            "{path}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("referrer-policy"), "same-origin");
        assert_eq!(header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let stand = Stand::new().await;
    let large = json!({"matchers": ["rule=x"], "for": "1h", "comment": "x".repeat(100_000)});
    assert_eq!(stand.post("/api/v1/silences", &large).await.0, 413);
    assert_eq!(stand.post("/api/v2/silences", &large).await.0, 413);
    let many: Vec<String> = (0..40).map(|n| format!("filter=a{n}%3Db")).collect();
    assert_eq!(
        stand
            .get(&format!("/api/v2/alerts?{}", many.join("&")))
            .await
            .0,
        400
    );
}

/// Sends bytes and returns the head of the answer; whatever comes, the service goes on.
/// Sends what it is given and returns the first line of the answer; none within the time is an empty one.
fn raw(stand: &Stand, bytes: &[u8], wait: Duration) -> String {
    let mut stream = TcpStream::connect(stand.url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(wait)).unwrap();
    // The service may hang up before all is said.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_requests_are_refused_and_nothing_breaks() {
    let stand = Stand::new().await;
    let many_headers = "X: y\r\n".repeat(200);
    let long_header = "y".repeat(100_000);
    let longer_than_allowed = "y".repeat(33 * 1024);
    for (request, status) in [
        ("NONSENSE\r\n\r\n".to_owned(), "400"),
        (format!("GET / HTTP/1.1\r\nHost: x\r\n{many_headers}\r\n"), "431"),
        (format!("GET / HTTP/1.1\r\nHost: x\r\nX: {long_header}\r\n\r\n"), "431"),
        (format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: {longer_than_allowed}\r\n\r\n"), "431"),
        (format!("GET /?{longer_than_allowed} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "431"),
        ("GET /alerts/%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(), "400"),
        ("GET /alerts/%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(), "404"),
        ("GET /act/%2e%2e%2f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(), "404"),
        ("POST /api/v1/silences HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3\r\nConnection: close\r\n\r\n{{{".to_owned(), "400"),
        ("POST /silences HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(), "415"),
        ("TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(), "405"),
        ("GET /?domain=%5B%28&page=99999999999999999999 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(), "400"),
        ("GET /?domain=%5B%28*&page=18446744073709551615 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(), "200"),
    ] {
        let line = raw(&stand, request.as_bytes(), Duration::from_secs(30));
        let begin: String = request.chars().take(60).collect();
        assert_eq!(line.split(' ').nth(1), Some(status), "{begin}: {line}");
    }
    assert_eq!(stand.get("/healthz").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_opens_connections_and_says_nothing_keeps_no_probe_waiting() {
    let stand = Stand::new().await;
    let open = || {
        let mut stream = TcpStream::connect(stand.url.trim_start_matches("http://")).unwrap();
        // The service may have hung up on it already.
        let _ = stream.write_all(b"GET / HTTP/1.1\r\n");
        stream
    };
    let silent: Vec<TcpStream> = (0..400).map(|_| open()).collect();
    for _ in 0..10 {
        let probe = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        // The silent ones would make room by themselves after fifteen seconds.
        let line = raw(&stand, probe.as_bytes(), Duration::from_secs(10));
        assert_eq!(line, "HTTP/1.1 200 OK");
    }
    drop(silent);
}

#[tokio::test]
async fn deep_and_strange_json_is_refused() {
    let stand = Stand::new().await;
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    for body in [
        deep.as_str(),
        "",
        "null",
        "[]",
        "{\"matchers\":\"x\"}",
        "\u{0}",
        "{\"matchers\":[\"rule=x\"],\"for\":1e999}",
    ] {
        for path in [
            "/api/v1/silences",
            "/api/v1/silences/preview",
            "/api/v2/silences",
        ] {
            let request = stand
                .request("post", path)
                .header("content-type", "application/json");
            let (status, answer) = stand.send(request.body(body.to_owned())).await;
            assert_eq!(status, 400, "{path}: {answer}");
        }
    }
    let path = format!("/api/v1/alerts/{}/ack", img());
    let request = stand.request("post", &path).body(deep);
    assert_eq!(stand.send(request).await.0, 400);
    assert_eq!(stand.orders(), []);
}
