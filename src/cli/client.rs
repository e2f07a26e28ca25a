//! Talking to a running service, over its API.

use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::source::http::{Http, HttpError, Limits, Method, Proxies, Reply, Request, Url};

/// How long the service may take: it gives up by itself before.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// How long connecting may take.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// The longest answer: some ten thousand alerts.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// How much of an answer that makes no sense is quoted, in characters.
const QUOTED_MAX: usize = 200;

/// Where the service is, and how to speak to it.
#[derive(Debug, clap::Args)]
pub struct Target {
    /// The service's address.
    #[arg(long, env = "FOGHORN_URL", default_value = "http://127.0.0.1:9847")]
    url: String,
    /// The password of one of its users.
    #[arg(long, env = "FOGHORN_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// How the result is printed.
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// As the service's API gives it, in JSON.
    Json,
}

/// A service that is spoken to.
pub struct Service {
    http: Http,
    url: Url,
    token: Option<String>,
    runtime: tokio::runtime::Runtime,
}

impl Target {
    /// Prepares to speak to the service.
    ///
    /// # Errors
    ///
    /// The address is none.
    pub fn open(&self) -> anyhow::Result<Service> {
        let url = self.url.trim_end_matches('/').parse::<Url>();
        let url = url
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        let url = url.with_context(|| {
            format!(
                "`{}` is no address: write --url like http://127.0.0.1:9847",
                self.url
            )
        })?;
        let limits = Limits {
            connect: CONNECT_MAX,
            total: ANSWER_MAX,
            body_bytes_max: ANSWER_BYTES_MAX,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        Ok(Service {
            http: Http::open(limits, Proxies::to(&url)).context("prepare for HTTP")?,
            url,
            token: self.token.clone().filter(|token| !token.is_empty()),
            runtime: runtime.context("start the runtime")?,
        })
    }
}

impl Service {
    /// Asks for something below `/api/v1`, with these parameters.
    ///
    /// # Errors
    ///
    /// There is no answer, or one that says why not.
    pub fn get(&self, path: &[&str], parameters: &[(&str, &str)]) -> anyhow::Result<Value> {
        self.send(Method::GET, path, parameters, None)
    }

    /// Has something done below `/api/v1`.
    ///
    /// # Errors
    ///
    /// As [`Service::get`].
    pub fn post(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, &[], Some(body))
    }

    /// Ends something below `/api/v1`.
    ///
    /// # Errors
    ///
    /// As [`Service::get`].
    pub fn delete(&self, path: &[&str]) -> anyhow::Result<Value> {
        self.send(Method::DELETE, path, &[], None)
    }

    fn send(
        &self,
        method: Method,
        path: &[&str],
        parameters: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        let mut headers = Vec::new();
        if body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        if let Some(token) = &self.token {
            headers.push(("authorization", format!("Bearer {token}")));
        }
        let request = Request {
            method,
            url,
            headers,
            body: body.map(Value::to_string).unwrap_or_default(),
        };
        let reply = self.runtime.block_on(self.http.send(request));
        match reply {
            Ok(reply) => self.read(&reply),
            Err(fault @ HttpError::Send { .. }) => Err(anyhow::Error::new(fault).context(format!(
                "no answer from {}: is `foghorn run` running? --url or FOGHORN_URL names another place",
                self.url
            ))),
            Err(fault) => {
                Err(anyhow::Error::new(fault).context(format!("ask the service at {}", self.url)))
            }
        }
    }

    /// Returns what an answer says, or why it is none.
    fn read(&self, reply: &Reply) -> anyhow::Result<Value> {
        let url = &self.url;
        let body = serde_json::from_slice::<Value>(&reply.body);
        let why = body.as_ref().ok().and_then(|body| body["error"].as_str());
        match (reply.status, body.as_ref(), why) {
            (200, Ok(body), _) => Ok(body.clone()),
            (401, ..) if self.token.is_some() => {
                bail!(
                    "{url} does not know this token: --token or FOGHORN_TOKEN is the password of one of `web.users`"
                )
            }
            (401, ..) => {
                bail!("{url} asks for a password: give it by --token or FOGHORN_TOKEN")
            }
            (429, ..) => bail!("{url} has seen too many wrong passwords from here: wait a minute"),
            (_, _, Some(why)) => bail!("{why}"),
            (status, ..) => {
                let text = String::from_utf8_lossy(&reply.body);
                let text: String = text.chars().take(QUOTED_MAX).collect();
                bail!(
                    "{url} answers {status}, and not like Foghorn: {}",
                    text.trim()
                )
            }
        }
    }
}

/// Reads an answer as what it is.
///
/// # Errors
///
/// The service is of another version.
pub fn read<T: DeserializeOwned>(answer: &Value) -> anyhow::Result<T> {
    T::deserialize(answer).context("the answer is not what this version of foghorn reads")
}

/// Prints an answer as it came.
///
/// # Errors
///
/// Standard output is closed.
pub fn print_json(answer: &Value) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{answer:#}")?;
    Ok(())
}

/// What ids are of, and the command that lists them.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// The words before an id.
    pub what: &'static str,
    /// The command.
    pub by: &'static str,
}

/// Returns the one of these ids that begins so.
///
/// # Errors
///
/// None does, or several do.
pub fn by_beginning(
    listed: Listed,
    beginning: &str,
    ids: impl Iterator<Item = String>,
) -> anyhow::Result<String> {
    let mut found: Vec<String> = ids.filter(|id| id.starts_with(beginning)).collect();
    if let Some(exact) = found.iter().position(|id| id == beginning) {
        return Ok(found.swap_remove(exact));
    }
    match (found.pop(), found.is_empty()) {
        _ if beginning.is_empty() => bail!("an id is empty: give at least its beginning"),
        (Some(id), true) => Ok(id),
        (None, _) => {
            let Listed { what, by } = listed;
            bail!("there is no {what} {beginning}: `{by}` has those that there are")
        }
        (Some(_), false) => bail!("several ids begin with `{beginning}`: give more of the one"),
    }
}

/// Returns those of these ids that begin so, in the order of the beginnings: before anything is
/// done with one of them, all must be there.
///
/// # Errors
///
/// As [`by_beginning`] for the first that is not there.
pub fn all_by_beginning(
    listed: Listed,
    beginnings: &[String],
    ids: &[String],
) -> anyhow::Result<Vec<String>> {
    let found = |beginning: &String| by_beginning(listed, beginning, ids.iter().cloned());
    beginnings.iter().map(found).collect()
}
