//! Whether a request is signed by who it says, now, and for the first time.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

use crate::source::aliyun::sign::{same, v1, v3};

use super::call::Call;
use super::refusal::Refusal;

/// How far the clocks may differ.
const SKEW_MAX: TimeDelta = TimeDelta::minutes(15);
/// How both schemes write times.
const TIME_FORMAT: &str = "%Y-%m-%dT%H:%M:%SZ";

/// The account's key.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// Its id.
    pub(super) id: String,
    /// The key itself.
    pub(super) secret: SecretString,
}

/// Returns the nonce of a request that is signed with the key.
///
/// `times` are those that the request's own time is held against: one is enough.
///
/// # Errors
///
/// What is wrong with the signature, as a [`Refusal`].
pub(super) fn verify<'a>(
    call: &'a Call,
    key: &Key,
    times: &[DateTime<Utc>],
) -> Result<&'a str, Refusal> {
    match call.header("authorization") {
        Some(header) if header.starts_with(v3::SCHEME) => verify_v3(call, header, key, times),
        _ => verify_v1(call, key, times),
    }
}

fn verify_v1<'a>(call: &'a Call, key: &Key, times: &[DateTime<Utc>]) -> Result<&'a str, Refusal> {
    let mandatory = |name| call.param(name).ok_or_else(|| Refusal::missing(name));
    let id = mandatory("AccessKeyId")?;
    let time = mandatory("Timestamp")?;
    let nonce = mandatory("SignatureNonce")?;
    let params: Vec<(&str, &str)> = call.params().collect();
    let scheme = (
        call.param("SignatureMethod"),
        call.param("SignatureVersion"),
    );
    let (Some(given), (Some("HMAC-SHA1"), Some("1.0"))) = (call.param("Signature"), scheme) else {
        return Err(Refusal::of("IncompleteSignature"));
    };
    check_key(id, key)?;
    check_time(time, times)?;
    let expected = v1::signature(&call.method, &params, key.secret.expose_secret());
    if !same(&expected, given) {
        let text = v1::string_to_sign(&call.method, &params);
        return Err(mismatch("is not matched with our calculation", &text));
    }
    Ok(nonce)
}

fn verify_v3<'a>(
    call: &'a Call,
    header: &str,
    key: &Key,
    times: &[DateTime<Utc>],
) -> Result<&'a str, Refusal> {
    let incomplete = || Refusal::of("IncompleteSignature");
    let given = v3::parse_authorization(header).ok_or_else(incomplete)?;
    let mandatory = |name| {
        let signed = given
            .signed_headers
            .iter()
            .any(|signed| signed.eq_ignore_ascii_case(name));
        call.header(name).filter(|_| signed).ok_or_else(incomplete)
    };
    let time = mandatory("x-acs-date")?;
    let nonce = mandatory("x-acs-signature-nonce")?;
    let body_hash = mandatory("x-acs-content-sha256")?;
    check_key(given.access_key_id, key)?;
    check_time(time, times)?;
    let headers: Vec<(String, &str)> = given
        .signed_headers
        .iter()
        .map(|name| name.to_ascii_lowercase())
        .map(|name| {
            let value = call.header(&name).unwrap_or_default();
            (name, value)
        })
        .collect();
    let canonical = v3::canonical_request(
        &call.method,
        &call.path,
        &call.query,
        &headers,
        &call.body_hash,
    );
    let expected = v3::signature(&canonical, key.secret.expose_secret());
    if !same(&expected, given.signature) || body_hash != call.body_hash {
        let text = v3::string_to_sign(&canonical);
        let text = format!("{text}, server canonical request is:{canonical}");
        return Err(mismatch("does not match our calculation", &text));
    }
    Ok(nonce)
}

/// Says what the server would have signed, after the only colon but those of the text itself:
/// the official SDK looks for it there.
fn mismatch(what: &str, text: &str) -> Refusal {
    let message = format!("Specified signature {what}. server string to sign is:{text}");
    Refusal::new("SignatureDoesNotMatch", message, 400)
}

fn check_key(id: &str, key: &Key) -> Result<(), Refusal> {
    if id != key.id {
        return Err(Refusal::of("InvalidAccessKeyId.NotFound"));
    }
    Ok(())
}

fn check_time(text: &str, times: &[DateTime<Utc>]) -> Result<(), Refusal> {
    let time = parse_time(text).ok_or_else(|| Refusal::of("InvalidTimeStamp.Format"))?;
    if times.iter().all(|now| SKEW_MAX < (time - now).abs()) {
        return Err(Refusal::of("InvalidTimeStamp.Expired"));
    }
    Ok(())
}

/// Returns the time that a text of the form `2026-11-22T10:00:00Z` names.
pub(super) fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    if text.len() != "2026-11-22T10:00:00Z".len() {
        return None;
    }
    let time = NaiveDateTime::parse_from_str(text, TIME_FORMAT).ok()?;
    Some(time.and_utc())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::source::aliyun::sign::sha256_hex;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        source: String,
        method: String,
        secret: String,
        signature: String,
        #[serde(default)]
        params: BTreeMap<String, String>,
        #[serde(default)]
        query: BTreeMap<String, String>,
        #[serde(default)]
        signed_header_values: BTreeMap<String, String>,
        authorization: Option<String>,
        access_key_id: Option<String>,
    }

    fn cases() -> Vec<(Call, Key, DateTime<Utc>)> {
        let text = include_str!("../../../tests/vectors/signing.json");
        let cases: Vec<Case> = serde_json::from_str(text).unwrap();
        assert!(cases.iter().any(|case| case.source.contains("SDK")));
        cases.into_iter().map(signed).collect()
    }

    fn signed(case: Case) -> (Call, Key, DateTime<Utc>) {
        let (mut query, mut headers): (Vec<_>, Vec<_>) = (
            case.query.into_iter().chain(case.params).collect(),
            case.signed_header_values.into_iter().collect(),
        );
        if let Some(authorization) = case.authorization {
            headers.push(("authorization".to_owned(), authorization));
        } else {
            query.push(("Signature".to_owned(), case.signature));
        }
        let call = Call {
            method: case.method,
            path: "/".to_owned(),
            query,
            form: Vec::new(),
            headers,
            body_hash: sha256_hex(b""),
        };
        let time = call.header("x-acs-date").or(call.param("Timestamp"));
        let time = parse_time(time.unwrap()).unwrap();
        let id = case.access_key_id.unwrap_or("testid".to_owned());
        let secret = case.secret.into();
        (call, Key { id, secret }, time)
    }

    fn code(call: &Call, key: &Key, time: DateTime<Utc>) -> String {
        verify(call, key, &[time]).unwrap_err().code
    }

    #[test]
    fn every_worked_signature_is_accepted_within_a_quarter_of_an_hour() {
        for (call, key, time) in cases() {
            for minutes in [-15, 0, 15] {
                let now = time + TimeDelta::minutes(minutes);
                assert!(verify(&call, &key, &[now]).is_ok(), "{call:?}");
            }
            for minutes in [-16, 16] {
                let now = time + TimeDelta::minutes(minutes);
                assert_eq!(code(&call, &key, now), "InvalidTimeStamp.Expired");
            }
        }
    }

    #[test]
    fn another_key_a_changed_parameter_and_a_missing_part_are_refused() {
        for (call, key, time) in cases() {
            let other = Key {
                id: "other".to_owned(),
                ..key.clone()
            };
            assert_eq!(code(&call, &other, time), "InvalidAccessKeyId.NotFound");
            let other = Key {
                secret: "other".into(),
                ..key.clone()
            };
            assert_eq!(code(&call, &other, time), "SignatureDoesNotMatch");
            let mut changed = call.clone();
            changed.query.push(("Extra".to_owned(), "1".to_owned()));
            assert_eq!(code(&changed, &key, time), "SignatureDoesNotMatch");
        }
    }

    #[test]
    fn a_body_that_was_not_signed_is_refused() {
        for (mut call, key, time) in cases() {
            if call.header("authorization").is_some() {
                call.body_hash = sha256_hex(b"other");
                assert_eq!(code(&call, &key, time), "SignatureDoesNotMatch");
            }
        }
    }

    #[test]
    fn the_server_says_what_it_would_have_signed() {
        let (call, key, time) = cases().swap_remove(0);
        let other = Key {
            secret: "other".into(),
            ..key
        };
        let refusal = verify(&call, &other, &[time]).unwrap_err();
        let params: Vec<_> = call.params().collect();
        let text = v1::string_to_sign("GET", &params);
        assert_eq!(refusal.message.split(':').nth(1), Some(text.as_str()));
        assert_eq!(refusal.status, 400);
    }

    #[test]
    fn what_is_not_signed_at_all_is_refused() {
        let (mut call, key, time) = cases().swap_remove(0);
        call.query.retain(|(name, _)| name != "Signature");
        assert_eq!(code(&call, &key, time), "IncompleteSignature");
        call.query.clear();
        assert_eq!(code(&call, &key, time), "MissingAccessKeyId");
        let header = format!("{} nonsense", v3::SCHEME);
        call.headers.push(("authorization".to_owned(), header));
        assert_eq!(code(&call, &key, time), "IncompleteSignature");
    }
}
