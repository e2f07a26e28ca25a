//! A webhook that records what it gets and answers as it is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;

/// How long an answer takes that never comes.
const NEVER: Duration = Duration::from_mins(10);

/// How a webhook answers.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Status(u16),
    /// 429 and this many seconds to wait.
    Later(u32),
    /// This status after a while.
    Slow(Duration, u16),
    /// As this says of a body, and of what came before it.
    By(fn(&str, &[Arrival]) -> Plain),
}

/// An answer to one request.
#[derive(Clone, Copy, Debug)]
pub enum Plain {
    Status(u16),
    /// None for so long that whoever asks is gone by then.
    Never,
}

/// What came in.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub id: String,
    pub body: String,
    pub at: Instant,
    /// The status that it was to be answered with.
    pub status: u16,
}

impl Arrival {
    /// The alert's part of the body: of many alerts the first's.
    pub fn alert(&self) -> Value {
        self.alerts().into_iter().next().unwrap_or_default()
    }

    /// The parts of the body that are about one alert each.
    pub fn alerts(&self) -> Vec<Value> {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["data"]["alerts"].as_array().unwrap().clone()
    }

    pub fn reason(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        text(&body["data"]["reason"])
    }

    pub fn alert_id(&self) -> String {
        text(&self.alert()["id"])
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[derive(Clone)]
pub struct Hook {
    pub address: SocketAddr,
    state: Arc<Mutex<(Answer, Vec<Arrival>)>>,
}

impl Hook {
    pub async fn new(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::new(Mutex::new((answer, Vec::new()))),
        };
        hook.serve(listener);
        hook
    }

    /// A webhook whose port nobody listens on, until it is [opened](Self::open).
    pub async fn closed() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            state: Arc::new(Mutex::new((Answer::Status(200), Vec::new()))),
        }
    }

    pub async fn open(&self) {
        self.serve(TcpListener::bind(self.address).await.unwrap());
    }

    fn serve(&self, listener: TcpListener) {
        let app = Router::new().fallback(take).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub fn answer(&self, answer: Answer) {
        self.state.lock().unwrap().0 = answer;
    }

    pub fn arrivals(&self) -> Vec<Arrival> {
        self.state.lock().unwrap().1.clone()
    }

    pub fn count(&self) -> usize {
        self.state.lock().unwrap().1.len()
    }

    /// Whether somebody is connected, or has hung up and left words that are not read yet.
    pub fn is_connected(&self) -> bool {
        let port = format!(":{:04X}", self.address.port());
        let (waits, listens) = ("06", "0A");
        let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
        sockets.lines().any(|line| {
            let mut columns = line.split_whitespace().skip(1);
            let is_ours = columns.next().is_some_and(|of| of.ends_with(&port));
            is_ours
                && !columns
                    .nth(1)
                    .is_none_or(|of| [waits, listens].contains(&of))
        })
    }
}

async fn take(State(hook): State<Hook>, headers: HeaderMap, body: Bytes) -> Response {
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok());
    let answer = {
        let mut state = hook.state.lock().unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        let answer = match state.0 {
            Answer::By(says) => match says(&body, &state.1) {
                Plain::Status(status) => Answer::Status(status),
                Plain::Never => Answer::Slow(NEVER, 202),
            },
            answer => answer,
        };
        let status = match answer {
            Answer::Status(status) | Answer::Slow(_, status) => status,
            Answer::Later(_) | Answer::By(_) => 429,
        };
        state.1.push(Arrival {
            id: id.unwrap_or_default().to_owned(),
            body,
            at: Instant::now(),
            status,
        });
        answer
    };
    let code = |status| StatusCode::from_u16(status).unwrap();
    match answer {
        Answer::Status(status) => code(status).into_response(),
        Answer::Later(seconds) => (
            StatusCode::TOO_MANY_REQUESTS,
            [(header::RETRY_AFTER, seconds.to_string())],
        )
            .into_response(),
        Answer::Slow(wait, status) => {
            tokio::time::sleep(wait).await;
            code(status).into_response()
        }
        Answer::By(_) => unreachable!("it was asked above"),
    }
}
