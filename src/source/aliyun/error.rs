//! What the API's error codes mean, and what is to be done.
//!
//! The `Code` decides, never the HTTP status: throttling is seen as 400 and as 503.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::sign;
use super::wire::{ApiError, WireError};
use crate::causes;
use crate::config::Credentials;
use crate::source::SourceError;
use crate::source::http::{HttpError, Reply};

/// What was asked, for messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallContext<'a> {
    /// Who was asked.
    pub(super) host: &'a str,
    /// The operation.
    pub(super) action: &'static str,
    /// What an administrator grants so that it is allowed.
    pub(super) grant: &'a str,
    /// The operation's own parameters, as they were sent; none of them is secret.
    pub(super) request: &'a str,
    /// What no message may show.
    pub(super) secrets: &'a [&'a SecretString],
    /// When it was asked.
    pub(super) sent: DateTime<Utc>,
}

/// The code of a nonce that was used before: a new one mends it.
pub(super) const NONCE_USED: &str = "SignatureNonceUsed";
/// How much of the API's message is shown, in characters.
const MESSAGE_MAX: usize = 500;
/// The longest wait that the API may ask for, in milliseconds: an hour.
const RETRY_AFTER_MS_MAX: u64 = 3_600_000;

/// What a code asks for.
enum Class {
    Throttled,
    Passing,
    Domain(&'static str),
    Account(String),
    Defect,
}

impl CallContext<'_> {
    /// Returns what is to be done about an answer that has nothing to offer.
    pub(super) fn refused(&self, error: WireError, reply: &Reply) -> SourceError {
        match error {
            WireError::Api(fault) => self.faulty(&fault, reply),
            WireError::Unreadable(_) if (300..400).contains(&reply.status) => {
                let status = reply.status;
                self.passing(&format!(
                    "the answer (HTTP {status}) sends on to another address, which is not \
                     followed: `endpoint` must name the last one"
                ))
            }
            WireError::Unreadable(what) => {
                let (status, what) = (reply.status, clipped(&self.redacted(&what)));
                self.passing(&format!(
                    "the answer (HTTP {status}) cannot be read: {what}"
                ))
            }
            WireError::Interval { .. } => SourceError::Defect {
                message: self.said(&format!("{error}; asked: {}", self.request)),
            },
        }
    }

    /// Returns the fault that a request without an answer is: a passing one, but for keys that
    /// cannot even be sent.
    pub(super) fn unanswered(&self, error: &HttpError) -> SourceError {
        let what = self.redacted(&causes::of(error));
        match error {
            HttpError::Header { .. } => SourceError::Account {
                message: self.said(&what),
                mend: "check the access key and the security token for line breaks".to_owned(),
            },
            HttpError::Open { .. }
            | HttpError::Timeout { .. }
            | HttpError::Send { .. }
            | HttpError::Read { .. }
            | HttpError::TooLarge { .. } => self.passing(&what),
        }
    }

    /// Returns a passing fault.
    pub(super) fn passing(&self, what: &str) -> SourceError {
        SourceError::Passing {
            message: self.said(what),
            cause: what.to_owned(),
        }
    }

    fn faulty(&self, fault: &ApiError, reply: &Reply) -> SourceError {
        let message = self.message(fault);
        match self.class(&fault.code, reply) {
            Class::Throttled => SourceError::Throttled {
                retry_after_ms: retry_after_ms(reply),
                message,
            },
            Class::Passing => SourceError::Passing {
                message,
                cause: named(&fault.code).to_owned(),
            },
            Class::Domain(mend) => SourceError::Domain {
                message,
                mend: mend.to_owned(),
            },
            Class::Account(mend) => SourceError::Account { message, mend },
            Class::Defect => SourceError::Defect {
                message: format!("{message}; asked: {}", self.request),
            },
        }
    }

    fn class(&self, code: &str, reply: &Reply) -> Class {
        let family = code.split('.').next().unwrap_or_default();
        match (family, code) {
            ("Throttling" | "FlowControlError", _) => Class::Throttled,
            (_, "InvalidDomain.NotFound") => {
                Class::Domain("take the domain out of `domains`, or use the account it belongs to")
            }
            (_, "InvalidDomain.Offline") => {
                Class::Domain("start the domain in the CDN console, or take it out of `domains`")
            }
            ("IllegalOperation" | "InvalidDomainName", _) | (_, "InvalidDomain.Malformed") => Class::Domain(
                "check the domain's name and state in the CDN console, or take it out of `domains`",
            ),
            (_, "InvalidTimeStamp.Expired") => Class::Account(self.clock_mend(reply)),
            ("InvalidAccessKeyId", _) => Class::Account(
                "use an access key that exists and is enabled: `credentials:` in the rules file, \
                 or ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET"
                    .to_owned(),
            ),
            ("InvalidSecurityToken" | "MissingSecurityToken", _) => Class::Account(
                "use temporary credentials that have not expired, with their security token"
                    .to_owned(),
            ),
            ("SignatureDoesNotMatch" | "IncompleteSignature" | "InvalidAccessKeySecret", _) => Class::Account(
                "check the access key's secret: it is not the one of this access key id, or was \
                 cut short"
                    .to_owned(),
            ),
            ("Forbidden" | "NoPermission", _) => Class::Account(format!("grant {}", self.grant)),
            ("EntityNotExist" | "AuthenticationFail", _) => Class::Account(
                "name a role that exists and whose trust policy allows this identity".to_owned(),
            ),
            ("OperationDenied", _) => Class::Account(
                "open the CDN service for this account, or settle what it is suspended for"
                    .to_owned(),
            ),
            (
                "MissingParameter" | "InvalidStartTime" | "InvalidEndTime" | "InvalidParameter"
                | "InvalidVersion" | "InvalidAction",
                _,
            ) => Class::Defect,
            // ServiceBusy, ServiceUnavailable, InternalError, InvalidDomain.Configure_failed and
            // whatever the API invents next: a new code is not worth giving up for.
            _ => Class::Passing,
        }
    }

    fn clock_mend(&self, reply: &Reply) -> String {
        let host = self.host;
        let Some(ahead) = ahead_of(reply, self.sent) else {
            return format!("set this machine's clock: it differs from {host}'s by over 15 min");
        };
        let seconds = ahead.num_seconds();
        let direction = if seconds < 0 { "behind" } else { "ahead of" };
        let seconds = seconds.unsigned_abs();
        format!("set this machine's clock: it is {seconds} s {direction} {host}'s")
    }

    fn message(&self, fault: &ApiError) -> String {
        let message = self.redacted(&fault.message);
        // What follows quotes the request, header by header.
        let shown = ["server string to sign", "server StringToSign"]
            .iter()
            .filter_map(|start| message.find(start))
            .min()
            .map_or(message.as_str(), |end| &message[..end]);
        let (code, shown) = (clipped(&fault.code), clipped(shown));
        let what = match clipped(&fault.request_id).as_str() {
            "" => format!("{code}: {shown}"),
            id => format!("{code}: {shown} (request {id})"),
        };
        self.said(&what)
    }

    fn said(&self, what: &str) -> String {
        format!("{} {}: {what}", self.host, self.action)
    }

    /// Returns the text without this account's secrets, however often they are encoded.
    fn redacted(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for secret in self.secrets {
            let mut form = secret.expose_secret().to_owned();
            // Nothing can be kept from a text by looking for an empty one in it.
            for _ in 0..3 {
                if !form.is_empty() {
                    shown = shown.replace(&form, "***");
                }
                form = sign::encode(&form);
            }
        }
        shown
    }
}

/// Returns the parts of credentials that no message may show.
pub(super) fn secrets_of(credentials: &Credentials) -> Vec<&SecretString> {
    let token = credentials.security_token.as_ref();
    std::iter::once(&credentials.access_key_secret)
        .chain(token)
        .collect()
}

/// Returns by how much the clock that showed `sent` is ahead of the one by which a reply is dated.
pub(super) fn ahead_of(reply: &Reply, sent: DateTime<Utc>) -> Option<TimeDelta> {
    let date = DateTime::parse_from_rfc2822(reply.header("date")?).ok()?;
    Some(sent - date.to_utc())
}

/// Returns what a code that is worth another try is called: its name, if the API is known to have
/// it. One that makes up new codes must not hide behind them what else is wrong.
fn named(code: &str) -> &str {
    match code {
        "ServiceBusy"
        | "ServiceUnavailable"
        | "InternalError"
        | "InvalidDomain.Configure_failed"
        | NONCE_USED => code,
        _ => "a code that is not known",
    }
}

/// Returns how long the API asks to wait.
fn retry_after_ms(reply: &Reply) -> Option<u64> {
    let value = reply.header("x-acs-retry-after")?;
    let ms: u64 = value.trim().parse().ok()?;
    Some(ms.min(RETRY_AFTER_MS_MAX))
}

/// Returns a text that came from elsewhere, not too long and on one line.
fn clipped(text: &str) -> String {
    text.trim()
        .chars()
        .take(MESSAGE_MAX)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
