//! Errors as the source writes them: a code, a message and an HTTP status.

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The code, by which clients decide.
    pub(super) code: String,
    /// What it says to people.
    pub(super) message: String,
    /// The HTTP status.
    pub(super) status: u16,
    /// What `x-acs-retry-after` says, in milliseconds.
    pub(super) retry_after_ms: Option<u64>,
}

impl Refusal {
    /// Returns the error of a code that [`known`] lists.
    pub(super) fn of(code: &str) -> Self {
        let (message, status) = known(code).unwrap_or((code, 400));
        Self::new(code, message, status)
    }

    /// Returns an error.
    pub(super) fn new(code: &str, message: impl Into<String>, status: u16) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            status,
            retry_after_ms: None,
        }
    }

    /// Returns the error for a parameter that has to be there.
    pub(super) fn missing(name: &str) -> Self {
        let message = format!("{name} is mandatory for this action.");
        Self::new(&format!("Missing{name}"), message, 400)
    }
}

/// Returns the message and the status of a code, if it is one of the source's.
pub(super) fn known(code: &str) -> Option<(&'static str, u16)> {
    CODES
        .iter()
        .find(|(known, ..)| *known == code)
        .map(|(_, message, status)| (*message, *status))
}

/// The source's codes. The first part is the table of the operation's own document of 2019,
/// its spelling included; the second is what the gateway before every operation says.
const CODES: [(&str, &str, u16); 34] = [
    (
        "Throttling",
        "Request was denied due to request throttling.",
        503,
    ),
    (
        "IllegalOperation",
        "Illegal domain, operation is not permitted.",
        403,
    ),
    (
        "OperationDenied",
        "Your account does not open CDN service yet.",
        403,
    ),
    (
        "InvalidDomain.NotFound",
        "The domain provided does not belong to you.",
        404,
    ),
    (
        "InvalidDomain.Offline",
        "The domain provided is offline.",
        404,
    ),
    (
        "ServiceBusy",
        "The specified Domain is configuring, please retry later.",
        403,
    ),
    (
        "InvalidDomain.Configure_failed",
        "Failed to configure the provided domain.",
        500,
    ),
    (
        "MissingParameter",
        "StartTime and EndTime can not be single.",
        400,
    ),
    (
        "InvalidStartTime.Malformed",
        "Specified start time is malformed.",
        400,
    ),
    (
        "InvalidEndTime.Malformed",
        "Specified end time is malformed.",
        400,
    ),
    ("InvalidEndTime.Mismatch", TIMES_MISMATCH, 400),
    ("InvalidStartTime.Mismatch", TIMES_MISMATCH, 400),
    ("InvalidStartTime.ValueNotSupported", TIMES_MISMATCH, 400),
    (
        "Throttling.User",
        "Request was denied due to user flow control.",
        400,
    ),
    (
        "Throttling.Api",
        "Request was denied due to api flow control.",
        400,
    ),
    (
        "FlowControlError",
        "Request was denied due to flow control.",
        400,
    ),
    (
        "InternalError",
        "The request processing has failed due to some unknown error.",
        500,
    ),
    (
        "ServiceUnavailable",
        "The request has failed due to a temporary failure of the server.",
        503,
    ),
    (
        "InvalidAccessKeyId.NotFound",
        "Specified access key is not found.",
        404,
    ),
    (
        "InvalidAccessKeyId.Inactive",
        "Specified access key is disabled.",
        400,
    ),
    (
        "InvalidAccessKeyId",
        "Specified access key is not valid.",
        400,
    ),
    (
        "InvalidSecurityToken.Expired",
        "Specified SecurityToken is expired.",
        400,
    ),
    (
        "IncompleteSignature",
        "The request signature does not conform to Aliyun standards.",
        400,
    ),
    (
        "SignatureDoesNotMatch",
        "Specified signature is not matched with our calculation.",
        400,
    ),
    (
        "SignatureNonceUsed",
        "Specified signature nonce was used already.",
        400,
    ),
    (
        "InvalidTimeStamp.Expired",
        "Specified time stamp or date value is expired.",
        400,
    ),
    (
        "InvalidTimeStamp.Format",
        "Specified time stamp or date value is not well formatted.",
        400,
    ),
    (
        "InvalidVersion",
        "Specified parameter Version is not valid.",
        400,
    ),
    (
        "InvalidAction.NotFound",
        "Specified api is not found, please check your url and method.",
        404,
    ),
    (
        "InvalidParameter",
        "The specified parameter is not valid.",
        400,
    ),
    (
        "UnsupportedHTTPMethod",
        "This http method is not supported.",
        405,
    ),
    ("RequestEntityTooLarge", "The request is too large.", 413),
    (
        "Forbidden.RAM",
        "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
        403,
    ),
    (
        "NoPermission",
        "You are not authorized to perform this operation.",
        403,
    ),
];

/// The message of all faults of the two times together, its spelling included.
const TIMES_MISMATCH: &str = "Specified end time does not math the specified start time.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_messages_and_statuses_of_the_source() {
        let refusal = Refusal::of("InvalidDomain.NotFound");
        assert_eq!(
            refusal.message,
            "The domain provided does not belong to you."
        );
        assert_eq!(refusal.status, 404);
        assert_eq!(Refusal::of("Throttling").status, 503);
        assert_eq!(Refusal::missing("DomainName").code, "MissingDomainName");
        assert_eq!(known("Nonsense"), None);
    }
}
