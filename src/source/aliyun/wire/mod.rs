//! What the API's answers say: bytes in, samples and names out.
//!
//! The API's types drift and its documents disagree, so reading is tolerant in form and strict
//! in substance: a number may be a string, but a faulty sample is reported and not there.
//! [`parse_answer`] reads one domain's minutes, `parse_page` a page of the list of domains,
//! `parse_credentials` what the token service and the metadata service issue.

mod answer;
mod issue;
mod listing;
mod loose;

pub use answer::{Parsed, parse_answer};
pub(super) use issue::{Issue, parse_credentials};
pub(super) use listing::{DomainStatus, Page, parse_page};

use loose::Scalar;

/// The largest answer that is read, decompressed: an hour of every code there is has 4 MB.
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How much of a page is told that came instead of an answer, in bytes.
const BEGINNING_BYTES_MAX: usize = 100;

/// Why an answer has no samples.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not the JSON that it should be.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
    /// An error of the API.
    #[error("{}: {}", .0.code, .0.message)]
    Api(ApiError),
    /// Points that are not a minute apart.
    #[error(
        "the answer has points of {seconds} s and not of 60 s: the span was too long for minutes"
    )]
    Interval {
        /// How far apart they are, as the answer says it.
        seconds: String,
    },
}

/// An error of the API, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// What decides what to do.
    pub code: String,
    /// What it says, untouched: it may quote the request, with its secrets.
    pub message: String,
    /// Names the request for the cloud's support; may be empty.
    pub request_id: String,
}

impl ApiError {
    /// Returns the fault that a document's `Code` tells of, if it has one.
    fn of(code: &Scalar, message: &Scalar, request_id: &Scalar) -> Option<Self> {
        let text = |scalar: &Scalar| scalar.text().unwrap_or_default().into_owned();
        Some(Self {
            code: code.text()?.into_owned(),
            message: text(message),
            request_id: text(request_id),
        })
    }
}

/// Reads JSON and nothing after it.
fn read<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, WireError> {
    if body.len() > BODY_BYTES_MAX {
        let size = body.len();
        return Err(WireError::Unreadable(format!(
            "{size} bytes, of at most {BODY_BYTES_MAX}"
        )));
    }
    serde_json::from_slice(body).map_err(|error| WireError::Unreadable(unreadable(body, &error)))
}

/// Returns what a body is instead of JSON: a page of something on the way is told by how it begins.
fn unreadable(body: &[u8], error: &serde_json::Error) -> String {
    let body = body.trim_ascii_start();
    let what = match body.first() {
        None => return "it is empty".to_owned(),
        Some(b'{') if error.is_eof() => return format!("it breaks off: {error}"),
        Some(b'{') => return error.to_string(),
        Some(b'<') => "JSON",
        Some(_) => "JSON object",
    };
    let page = &body[..body.len().min(BEGINNING_BYTES_MAX)];
    let page = String::from_utf8_lossy(page);
    format!("it is no {what}, it begins with {page}")
}
