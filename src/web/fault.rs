//! What went wrong with a request: a status and a sentence.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::shown::Unanswered;
use crate::pipeline::Answer;
use crate::store::StoreError;

/// What went wrong. The gate gives it the form that suits what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) status: StatusCode,
    pub(super) why: String,
}

impl Fault {
    /// What was asked for makes no sense.
    pub(super) fn bad(why: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, why)
    }

    /// There is no such thing.
    pub(super) fn unknown(why: impl Into<String>) -> Self {
        Self::of(StatusCode::NOT_FOUND, why)
    }

    fn of(status: StatusCode, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { status, why }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = (self.status, format!("{}\n", self.why)).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Unanswered> for Fault {
    fn from(why: Unanswered) -> Self {
        Self::of(StatusCode::SERVICE_UNAVAILABLE, why.to_string())
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store could not be read for a page");
        let why = "the store cannot be read at the moment; the log says why";
        Self::of(StatusCode::SERVICE_UNAVAILABLE, why)
    }
}

impl From<JsonRejection> for Fault {
    fn from(rejection: JsonRejection) -> Self {
        let status = match rejection.status() {
            // That a body has other fields is a bad request to every client that there is.
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            status => status,
        };
        Self::of(status, rejection.body_text())
    }
}

impl From<PathRejection> for Fault {
    fn from(rejection: PathRejection) -> Self {
        Self::of(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Fault {
    fn from(rejection: QueryRejection) -> Self {
        Self::of(rejection.status(), rejection.body_text())
    }
}

/// Returns the id of what was done.
///
/// # Errors
///
/// That there is no such thing, which `what` names, or why it was refused.
pub(super) fn done(answer: Answer, what: impl FnOnce() -> String) -> Result<String, Fault> {
    match answer {
        Answer::Done { id } => Ok(id),
        Answer::Unknown => Err(Fault::unknown(format!("there is no {}", what()))),
        Answer::Refused { why } => Err(Fault::bad(why)),
    }
}

/// Returns the beginning of a text that somebody sent, short enough to be shown.
pub(super) fn clipped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
