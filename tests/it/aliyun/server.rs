//! A server that writes down what it is asked, checks signatures and answers as told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, Uri};
use foghorn::source::aliyun::sign;
use foghorn::source::aliyun::sign::v3;

/// A request, as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: String,
    /// Its query, decoded.
    pub query: BTreeMap<String, String>,
    /// Its headers.
    pub headers: BTreeMap<String, String>,
    /// Its form body, decoded.
    pub form: BTreeMap<String, String>,
}

impl Seen {
    /// Whose key signed it, if its signature by version 3 is right for this secret.
    pub fn signed_by(&self, secret: &str) -> Option<String> {
        let given = v3::parse_authorization(self.headers.get("authorization")?)?;
        let query: Vec<_> = self.query.iter().collect();
        let headers: Vec<(&str, &str)> = given
            .signed_headers
            .iter()
            .map(|name| Some((*name, self.headers.get(*name)?.as_str())))
            .collect::<Option<_>>()?;
        let hash = self.headers.get("x-acs-content-sha256")?;
        let canonical =
            v3::canonical_request(self.method.as_str(), &self.path, &query, &headers, hash);
        let is_right = sign::same(&v3::signature(&canonical, secret), given.signature);
        is_right.then(|| given.access_key_id.to_owned())
    }

    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// A server on a local port.
pub struct Server {
    /// Its address.
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts a server that answers each request, counted from 0, like this.
    pub async fn start(
        answer: impl Fn(usize, &Seen) -> Response<Body> + Clone + Send + Sync + 'static,
    ) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let log = Arc::clone(&seen);
        let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let request = read(method, &uri, &headers, &body);
            let number = {
                let mut log = log.lock().unwrap();
                log.push(request.clone());
                log.len() - 1
            };
            let answer = answer(number, &request);
            async move { answer }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(handler);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }

    /// Returns what it was asked so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// Returns an answer.
pub fn reply(status: u16, body: impl Into<Body>) -> Response<Body> {
    Response::builder()
        .status(status)
        .body(body.into())
        .unwrap()
}

/// Returns an error of the API.
pub fn fault(status: u16, code: &str) -> Response<Body> {
    let body = format!(r#"{{"RequestId":"R","HostId":"h","Code":"{code}","Message":"Why."}}"#);
    reply(status, body)
}

fn read(method: Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Seen {
    let form = String::from_utf8_lossy(body);
    Seen {
        method,
        path: uri.path().to_owned(),
        query: pairs(uri.query().unwrap_or_default()),
        headers: headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        form: pairs(&form),
    }
}

fn pairs(query: &str) -> BTreeMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://localhost/?{query}")).unwrap();
    url.query_pairs().into_owned().collect()
}
