//! The simulator behind HTTP.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::source::aliyun::sign::v3;
use crate::unit::{DomainName, Minute};

use super::call::Call;
use super::dice::Purpose;
use super::operation::{self, Operation, RequestedSpan};
use super::refusal::Refusal;
use super::replay_guard::ReplayGuard;
use super::scenario::FaultKind;
use super::throttle::Bucket;
use super::verify::{self, Key};
use super::weather::Weather;
use super::{answer, fault};

/// The longest body of a request: a hundred domain names, encoded twice, are half of it.
const BODY_LEN_MAX: usize = 128 * 1_024;
/// How long a request's body may take to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);
/// How long answers under way may take once the simulator is told to stop.
const STOP_TIME_MAX: Duration = Duration::from_secs(3);
/// The type of answers in JSON.
const JSON: &str = "application/json;charset=utf-8";
/// The type of answers in XML.
const XML: &str = "text/xml;charset=utf-8";
/// In how many pieces a slow body is sent.
const SLOW_PIECES: u32 = 20;

/// What the simulator serves, and to whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The traffic and the scenario.
    pub weather: Weather,
    /// The domains of the account; others do not belong to it.
    pub domains: Vec<DomainName>,
    /// The id of the account's key. Any security token is accepted with it.
    pub access_key_id: String,
    /// The account's key.
    pub access_key_secret: SecretString,
    /// What time it is for the traffic. Requests are signed by this time, or, where it does not
    /// pass as fast as the machine's, by the machine's.
    pub clock: Clock,
    /// Calls per second for status codes; `None` is unlimited. The scenario's `rate` precedes.
    pub calls_per_second: Option<u32>,
}

impl Settings {
    /// Returns the settings with the key `testid`, `testsecret`, the scenario's domains and no
    /// limit of calls.
    pub fn new(weather: Weather, clock: Clock) -> Self {
        Self {
            domains: weather.scenario().domains.clone(),
            weather,
            access_key_id: "testid".to_owned(),
            access_key_secret: "testsecret".into(),
            clock,
            calls_per_second: None,
        }
    }
}

/// Serves the API of the source on this listener until it is told to stop.
///
/// # Errors
///
/// An I/O error of the listener.
pub async fn serve(
    listener: TcpListener,
    settings: Settings,
    stop: CancellationToken,
) -> Result<(), std::io::Error> {
    let limit = settings.weather.scenario().answers.rate;
    let limit = limit.or(settings.calls_per_second);
    let key = Key {
        id: settings.access_key_id.clone(),
        secret: settings.access_key_secret.clone(),
    };
    let desk = Desk {
        bucket: limit.map(|limit| Mutex::new(Bucket::full(limit, Instant::now()))),
        nonces: Mutex::default(),
        calls: AtomicI64::new(0),
        stop: stop.clone(),
        settings,
        key,
    };
    let app = Router::new().fallback(receive).with_state(Arc::new(desk));
    let server = axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned());
    let overdue = async {
        stop.cancelled().await;
        tokio::time::sleep(STOP_TIME_MAX).await;
    };
    tokio::select! {
        ended = server.into_future() => ended,
        () = overdue => Ok(()),
    }
}

/// Everything that requests share.
struct Desk {
    settings: Settings,
    key: Key,
    bucket: Option<Mutex<Bucket>>,
    nonces: Mutex<ReplayGuard>,
    calls: AtomicI64,
    stop: CancellationToken,
}

/// A request on its way through.
struct Visit {
    /// How many there were before.
    number: i64,
    now: DateTime<Utc>,
    host: String,
    request_id: String,
    /// The root element, if the answer is to be XML.
    xml: Option<String>,
}

/// An answer before it is written.
struct Reply {
    status: u16,
    body: Vec<u8>,
    content_type: &'static str,
    retry_after_ms: Option<u64>,
    /// Over how much time the body is sent.
    over: Option<Duration>,
}

async fn receive(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let number = desk.calls.fetch_add(1, Ordering::Relaxed);
    let host = parts.headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let mut visit = Visit {
        number,
        now: desk.settings.clock.now(),
        host: host.to_owned(),
        request_id: desk.request_id(number),
        xml: None,
    };
    let body = tokio::time::timeout(BODY_TIME_MAX, to_bytes(body, BODY_LEN_MAX)).await;
    let reply = match body {
        Ok(Ok(body)) => match Call::read(&parts, &body) {
            Ok(call) => desk.attend(&call, &mut visit).await,
            Err(refusal) => Err(refusal),
        },
        Ok(Err(_)) => Err(Refusal::of("RequestEntityTooLarge")),
        Err(_) => Err(Refusal::of("ServiceUnavailable")),
    };
    let reply = reply.unwrap_or_else(|refusal| visit.refuse(&refusal));
    desk.send(reply, &visit)
}

impl Desk {
    /// Checks a call and answers it.
    async fn attend(self: &Arc<Self>, call: &Call, visit: &mut Visit) -> Result<Reply, Refusal> {
        visit.xml = xml_root(call);
        let operation = Operation::of(call)?;
        self.admit(call, visit.now)?;
        let account = &self.settings.domains;
        let domains = match operation {
            Operation::Codes => {
                self.take_token(visit.number)?;
                operation::domains(call, account)?
            }
            Operation::Domains => Vec::new(),
        };
        let weather = &self.settings.weather;
        let minute = Minute::containing(visit.now);
        let struck = fault::strike(weather, &domains, minute, visit.number);
        if let Some(refusal) = struck.and_then(|kind| fault::refusal(weather, kind, visit.number)) {
            return Err(refusal);
        }
        let mut interval = None;
        let mut over = None;
        match struck {
            Some(FaultKind::Wait(after)) => self.wait((*after).into()).await?,
            Some(FaultKind::Slow(after)) => over = Some(Duration::from(*after)),
            Some(FaultKind::Interval(seconds)) => interval = Some(*seconds),
            Some(FaultKind::Garbage) => {
                return Ok(Reply::of(
                    200,
                    fault::garbage(weather, visit.number),
                    "text/html",
                ));
            }
            Some(FaultKind::Throttle { .. } | FaultKind::Refuse { .. }) | None => {}
        }
        let body = match operation {
            Operation::Codes => self.codes(call, domains, interval, visit.now).await?,
            Operation::Domains => answer::domains(call, account)?,
        };
        let mut reply = visit.write(200, body);
        reply.over = over;
        Ok(reply)
    }

    /// Checks who calls, and that the call is new.
    fn admit(&self, call: &Call, now: DateTime<Utc>) -> Result<(), Refusal> {
        let skew = self.settings.weather.scenario().answers.clock_skew.delta();
        let mut times = vec![now + skew];
        if self.settings.clock.speed() != 1 {
            times.push(Clock::System.now() + skew);
        }
        let nonce = verify::verify(call, &self.key, &times)?;
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        nonces
            .admit(now, &self.key.id, nonce)
            .map_err(|_| Refusal::of("SignatureNonceUsed"))
    }

    /// Takes one of the account's calls; the refusal has now this status and now that.
    fn take_token(&self, number: i64) -> Result<(), Refusal> {
        let Some(bucket) = &self.bucket else {
            return Ok(());
        };
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(Instant::now()).map_err(|wait| {
            let mut refusal = Refusal::of("Throttling.User");
            refusal.status = if number % 2 == 0 { 400 } else { 503 };
            refusal.retry_after_ms = u64::try_from(wait.as_millis()).ok();
            refusal
        })
    }

    /// Makes the answer with the status codes, off the threads that serve: a week of a hundred
    /// domains takes a while.
    async fn codes(
        self: &Arc<Self>,
        call: &Call,
        domains: Vec<DomainName>,
        interval: Option<u32>,
        now: DateTime<Utc>,
    ) -> Result<Value, Refusal> {
        let asked = RequestedSpan::of(call, &self.settings.weather.scenario().answers, now)?;
        let name = call.param("DomainName").unwrap_or_default();
        let desk = Arc::clone(self);
        let made = tokio::task::spawn_blocking(move || {
            answer::codes(&desk.settings.weather, &domains, asked, now, interval)
        });
        let mut body = made.await.map_err(|_| Refusal::of("InternalError"))?;
        body["DomainName"] = name.into();
        Ok(body)
    }

    /// Waits, unless the simulator stops.
    async fn wait(&self, span: Duration) -> Result<(), Refusal> {
        tokio::select! {
            () = tokio::time::sleep(span) => Ok(()),
            () = self.stop.cancelled() => Err(Refusal::of("ServiceUnavailable")),
        }
    }

    fn request_id(&self, number: i64) -> String {
        let dice = self.settings.weather.dice();
        let [high, low] = [0, 1].map(|half| dice.draw(Purpose::Request(half), "", number));
        let digits = format!("{high:016X}{low:016X}");
        let (a, b) = digits.split_at(8);
        format!("{a}-{}-{}-{}-{}", &b[..4], &b[4..8], &b[8..12], &b[12..])
    }

    fn send(&self, reply: Reply, visit: &Visit) -> Response {
        let body = match reply.over {
            Some(over) => trickle(reply.body, over, self.stop.clone()),
            None => Body::from(reply.body),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or_default();
        let skew = self.settings.weather.scenario().answers.clock_skew.delta();
        let date = (visit.now + skew).format("%a, %d %b %Y %H:%M:%S GMT");
        let retry_after = reply.retry_after_ms.map(|ms| ms.to_string());
        let fields = [
            (header::CONTENT_TYPE, Some(reply.content_type.to_owned())),
            (header::DATE, Some(date.to_string())),
            (
                HeaderName::from_static("x-acs-request-id"),
                Some(visit.request_id.clone()),
            ),
            (HeaderName::from_static("x-acs-retry-after"), retry_after),
        ];
        for (name, value) in fields {
            if let Some(Ok(value)) = value.map(HeaderValue::try_from) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl Visit {
    fn refuse(&self, refusal: &Refusal) -> Reply {
        let body = answer::error(refusal, &self.request_id, &self.host);
        let root = self.xml.as_ref().map(|_| "Error");
        let mut reply = Reply::written(root, refusal.status, &body);
        reply.retry_after_ms = refusal.retry_after_ms;
        reply
    }

    fn write(&self, status: u16, mut body: Value) -> Reply {
        body["RequestId"] = self.request_id.as_str().into();
        Reply::written(self.xml.as_deref(), status, &body)
    }
}

impl Reply {
    fn of(status: u16, body: Vec<u8>, content_type: &'static str) -> Self {
        Self {
            status,
            body,
            content_type,
            retry_after_ms: None,
            over: None,
        }
    }

    /// Returns the body as XML with this root element, or as JSON.
    fn written(root: Option<&str>, status: u16, body: &Value) -> Self {
        match root {
            Some(root) => Self::of(status, answer::xml(root, body).into_bytes(), XML),
            None => Self::of(status, body.to_string().into_bytes(), JSON),
        }
    }
}

/// Returns the root element of the answer if it is to be XML, which is what the first version
/// of the signature has by default.
fn xml_root(call: &Call) -> Option<String> {
    let v3 = call
        .header("authorization")
        .is_some_and(|header| header.starts_with(v3::SCHEME));
    let xml = match call.param("Format") {
        Some(format) => format.eq_ignore_ascii_case("xml"),
        None => !v3,
    };
    let known = Operation::of(call).is_ok();
    let action = call.action().0.filter(|_| known).unwrap_or("Error");
    xml.then(|| format!("{action}Response"))
}

/// Returns a body that comes in pieces over this time.
fn trickle(bytes: Vec<u8>, over: Duration, stop: CancellationToken) -> Body {
    let (mut near, far) = tokio::io::duplex(bytes.len().max(1));
    let piece = bytes.len().div_ceil(SLOW_PIECES as usize).max(1);
    tokio::spawn(async move {
        for piece in bytes.chunks(piece) {
            tokio::select! {
                () = tokio::time::sleep(over / SLOW_PIECES) => {}
                () = stop.cancelled() => return,
            }
            if near.write_all(piece).await.is_err() {
                return;
            }
        }
    });
    Body::from_stream(ReaderStream::new(far))
}
