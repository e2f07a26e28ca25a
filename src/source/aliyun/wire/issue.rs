//! Temporary credentials, as the token service and the metadata service issue them.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Deserialize;

use super::loose::{Loose, Scalar};
use super::{ApiError, WireError, read};
use crate::config::Credentials;

/// Credentials that expire.
#[derive(Clone, Debug)]
pub(in crate::source::aliyun) struct Issue {
    /// The keys and their token.
    pub(in crate::source::aliyun) credentials: Credentials,
    /// When they expire.
    pub(in crate::source::aliyun) expires: DateTime<Utc>,
}

/// Reads issued credentials, which stand in `Credentials` or, from the metadata service, bare.
///
/// # Errors
///
/// [`WireError::Api`] if the document has a `Code` other than `Success`,
/// [`WireError::Unreadable`] if it is no such document or lacks a part.
pub(in crate::source::aliyun) fn parse_credentials(body: &[u8]) -> Result<Issue, WireError> {
    #[derive(Deserialize)]
    struct Document<'a> {
        #[serde(borrow, default, rename = "Credentials")]
        inner: Loose<Keys<'a>>,
        #[serde(borrow, flatten)]
        bare: Keys<'a>,
        #[serde(borrow, default, rename = "Code")]
        code: Scalar<'a>,
        #[serde(borrow, default, rename = "Message")]
        message: Scalar<'a>,
        #[serde(borrow, default, rename = "RequestId")]
        request_id: Scalar<'a>,
    }
    let document: Document = read(body)?;
    if let Some(fault) = ApiError::of(&document.code, &document.message, &document.request_id)
        && fault.code != "Success"
    {
        return Err(WireError::Api(fault));
    }
    match document.inner {
        Loose::Is(keys) => keys.read(),
        Loose::Empty | Loose::Other => document.bare.read(),
    }
}

#[derive(Deserialize)]
struct Keys<'a> {
    #[serde(borrow, default, rename = "AccessKeyId")]
    id: Scalar<'a>,
    #[serde(borrow, default, rename = "AccessKeySecret")]
    secret: Scalar<'a>,
    #[serde(borrow, default, rename = "SecurityToken")]
    token: Scalar<'a>,
    #[serde(borrow, default, rename = "Expiration")]
    expires: Scalar<'a>,
}

impl Keys<'_> {
    fn read(&self) -> Result<Issue, WireError> {
        let part = |scalar: &Scalar, name: &str| {
            let text = scalar.text().map(std::borrow::Cow::into_owned);
            text.ok_or_else(|| WireError::Unreadable(format!("it has no {name}")))
        };
        let expires = part(&self.expires, "Expiration")?;
        let expires = DateTime::parse_from_rfc3339(&expires)
            .map_err(|error| WireError::Unreadable(format!("its Expiration: {error}")))?;
        Ok(Issue {
            credentials: Credentials {
                access_key_id: part(&self.id, "AccessKeyId")?,
                access_key_secret: SecretString::from(part(&self.secret, "AccessKeySecret")?),
                security_token: Some(SecretString::from(part(&self.token, "SecurityToken")?)),
            },
            expires: expires.to_utc(),
        })
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const KEYS: &str = r#""AccessKeyId":"STS.a","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2026-11-22T10:00:00Z""#;

    #[test]
    fn keys_stand_in_credentials_or_bare() {
        for body in [
            format!(r#"{{"Credentials":{{{KEYS}}},"RequestId":"R"}}"#),
            format!(r#"{{{KEYS},"Code":"Success","LastUpdated":"x"}}"#),
        ] {
            let issue = parse_credentials(body.as_bytes()).unwrap();
            assert_eq!(issue.credentials.access_key_id, "STS.a");
            assert_eq!(issue.credentials.access_key_secret.expose_secret(), "s");
            assert_eq!(issue.expires.to_rfc3339(), "2026-11-22T10:00:00+00:00");
        }
    }

    #[test]
    fn keys_that_lack_a_part_are_refused() {
        for part in KEYS.split(',') {
            let rest: Vec<&str> = KEYS.split(',').filter(|other| *other != part).collect();
            let error =
                parse_credentials(format!("{{{}}}", rest.join(",")).as_bytes()).unwrap_err();
            assert!(matches!(error, WireError::Unreadable(_)), "{part}");
        }
        let failed = format!(r#"{{{KEYS},"Code":"Failed"}}"#);
        let error = parse_credentials(failed.as_bytes()).unwrap_err();
        assert!(matches!(error, WireError::Api(_)));
    }
}
