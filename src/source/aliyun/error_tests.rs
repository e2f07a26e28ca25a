//! What each error code of the API is taken for, and what is told of it.

use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::SecretString;

use super::*;

fn credentials() -> Credentials {
    Credentials {
        access_key_id: "id".to_owned(),
        access_key_secret: SecretString::from("s3cret/+="),
        security_token: Some(SecretString::from("t0ken/+=")),
    }
}

fn reply(headers: &[(&'static str, &'static str)]) -> Reply {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_static(value));
    }
    Reply {
        status: 400,
        headers: map,
        body: Vec::new(),
    }
}

fn asked<'a>(secrets: &'a [&'a SecretString]) -> CallContext<'a> {
    CallContext {
        host: "cdn.aliyuncs.com",
        action: "DescribeX",
        grant: "`cdn:DescribeX` on `acs:cdn:*:*:domain/*`",
        request: "DomainName=a",
        secrets,
        sent: "2026-11-22T10:20:00Z".parse().unwrap(),
    }
}

fn refused(code: &str, message: &str, headers: &[(&'static str, &'static str)]) -> SourceError {
    let credentials = credentials();
    let secrets = secrets_of(&credentials);
    let asked = asked(&secrets);
    let fault = ApiError {
        code: code.to_owned(),
        message: message.to_owned(),
        request_id: "R".to_owned(),
    };
    asked.refused(WireError::Api(fault), &reply(headers))
}

#[test]
fn an_answer_that_sends_on_to_another_address_is_told_as_such() {
    let credentials = credentials();
    let secrets = secrets_of(&credentials);
    let asked = asked(&secrets);
    let moved = Reply {
        status: 302,
        ..reply(&[])
    };
    let error = asked.refused(WireError::Unreadable("it is empty".to_owned()), &moved);
    assert_eq!(class_of(&error), "passing");
    assert_eq!(
        error.to_string(),
        "cdn.aliyuncs.com DescribeX: the answer (HTTP 302) sends on to another address, which is \
         not followed: `endpoint` must name the last one"
    );
}

fn class_of(error: &SourceError) -> &'static str {
    match error {
        SourceError::Throttled { .. } => "throttled",
        SourceError::Passing { .. } => "passing",
        SourceError::Domain { .. } => "domain",
        SourceError::Account { .. } => "account",
        SourceError::Defect { .. } => "defect",
    }
}

#[test]
fn a_source_that_makes_up_new_codes_has_one_fault_and_hides_no_other() {
    let cause = |code: &str| match refused(code, "no", &[]) {
        SourceError::Passing { cause, .. } => cause,
        other => panic!("{other}"),
    };
    assert_eq!(cause("Odd1"), cause("Strange.Too"));
    assert_ne!(cause("Odd1"), cause("ServiceBusy"));
    assert_ne!(cause("InternalError"), cause("ServiceBusy"));
}

#[test]
fn every_code_has_its_class() {
    for (class, codes) in [
        (
            "throttled",
            "Throttling Throttling.User Throttling.Api FlowControlError",
        ),
        (
            "passing",
            "ServiceBusy ServiceUnavailable InternalError InvalidDomain.Configure_failed \
             SignatureNonceUsed Unheard.Of",
        ),
        (
            "domain",
            "InvalidDomain.NotFound InvalidDomain.Offline IllegalOperation",
        ),
        (
            "account",
            "InvalidTimeStamp.Expired InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive \
             SignatureDoesNotMatch IncompleteSignature Forbidden.RAM NoPermission \
             OperationDenied InvalidSecurityToken.Expired",
        ),
        (
            "defect",
            "MissingParameter InvalidStartTime.Malformed InvalidEndTime.Malformed \
             InvalidEndTime.Mismatch InvalidStartTime.ValueNotSupported",
        ),
    ] {
        for code in codes.split_whitespace() {
            let error = refused(code, "Why.", &[]);
            assert_eq!(class_of(&error), class, "{code}");
            let expected = format!("cdn.aliyuncs.com DescribeX: {code}: Why. (request R)");
            assert!(error.to_string().contains(&expected), "{error}");
        }
    }
}

#[test]
fn throttling_says_how_long_to_wait_in_milliseconds() {
    let wait = |value| match refused("Throttling.User", "", &[("x-acs-retry-after", value)]) {
        SourceError::Throttled { retry_after_ms, .. } => retry_after_ms,
        other => panic!("{other}"),
    };
    assert_eq!(wait("1500"), Some(1500));
    assert_eq!(wait("soon"), None);
    assert_eq!(wait("18446744073709551615"), Some(RETRY_AFTER_MS_MAX));
}

#[test]
fn an_expired_timestamp_says_how_far_the_clocks_differ() {
    let mend = |headers: &[(&'static str, &'static str)]| match refused(
        "InvalidTimeStamp.Expired",
        "m",
        headers,
    ) {
        SourceError::Account { mend, .. } => mend,
        other => panic!("{other}"),
    };
    assert_eq!(
        mend(&[("date", "Sun, 22 Nov 2026 10:00:00 GMT")]),
        "set this machine's clock: it is 1200 s ahead of cdn.aliyuncs.com's"
    );
    assert_eq!(
        mend(&[("date", "Sun, 22 Nov 2026 10:40:00 GMT")]),
        "set this machine's clock: it is 1200 s behind cdn.aliyuncs.com's"
    );
    assert!(mend(&[]).contains("over 15 min"));
}

#[test]
fn keys_that_cannot_be_sent_are_a_fault_of_the_account() {
    let asked = CallContext {
        host: "h",
        action: "DescribeX",
        grant: "",
        request: "",
        secrets: &[],
        sent: DateTime::UNIX_EPOCH,
    };
    let error = HttpError::Header {
        name: "authorization",
    };
    let error = asked.unanswered(&error);
    assert!(matches!(error, SourceError::Account { .. }), "{error:?}");
}

#[test]
fn a_missing_grant_is_named() {
    let error = refused("Forbidden.RAM", "User not authorized.", &[]);
    assert!(
        matches!(&error, SourceError::Account { mend, .. }
            if mend == "grant `cdn:DescribeX` on `acs:cdn:*:*:domain/*`"),
        "{error:?}"
    );
}

#[test]
fn a_defect_shows_the_request() {
    let error = refused("MissingParameter", "m", &[]);
    assert!(error.to_string().contains("asked: DomainName=a"), "{error}");
}

#[test]
fn no_message_has_a_secret() {
    for message in [
        "token t0ken/+= and s3cret/+=",
        "t0ken%2F%2B%3D and s3cret%2F%2B%3D",
        "t0ken%252F%252B%253D",
        "Specified signature is not matched with our calculation. server string to sign is:POST x",
        &format!("{}t0ken/+=", " ".repeat(MESSAGE_MAX - 4)),
    ] {
        let text = format!("{:?}", refused("SignatureDoesNotMatch", message, &[]));
        for secret in ["t0ken", "s3cret", "POST"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn a_long_message_is_cut_and_stays_on_one_line() {
    let text = refused("X", &"a\nb".repeat(10_000), &[]).to_string();
    assert!(text.len() < MESSAGE_MAX + 100);
    assert!(!text.contains('\n'));
}
