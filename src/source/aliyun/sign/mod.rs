//! The two signatures of Alibaba Cloud's APIs, as pure functions.
//!
//! The client signs with [`v3`]; whoever verifies requests can use both. Nothing here sends
//! anything or knows of operations: see the `client` for that.
//!
//! Source: Alibaba Cloud, "Request syntax and signature method V2 for RPC APIs" ([`v1`], whose
//! `SignatureVersion` is 1.0) and "Request syntax and signature method V3" ([`v3`]).

pub mod v1;
pub mod v3;

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Returns `text` as RFC 3986 encodes it: all but `A-Za-z0-9-_.~` as `%XX`.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Returns the SHA-256 of `bytes` in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Whether two signatures are the same, in a time that tells nothing of where they differ.
pub fn same(expected: &str, given: &str) -> bool {
    if expected.len() != given.len() {
        return false;
    }
    let different = expected
        .bytes()
        .zip(given.bytes())
        .fold(0_u8, |acc, (a, b)| std::hint::black_box(acc | (a ^ b)));
    std::hint::black_box(different) == 0
}

/// Returns the parameters sorted by name, encoded and joined: `a=1&b=2`.
fn canonical_query<'a>(params: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut sorted: Vec<(&str, &str)> = params.into_iter().collect();
    sorted.sort_unstable();
    let pairs: Vec<String> = sorted
        .into_iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn hmac<D>(key: &str, text: &str) -> Vec<u8>
where
    D: hmac::EagerHash,
    Hmac<D>: KeyInit + Mac,
{
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = <Hmac<D> as KeyInit>::new_from_slice(key.as_bytes())
        .expect("HMAC takes keys of every length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        scheme: String,
        method: String,
        secret: String,
        signature: String,
        #[serde(default)]
        params: BTreeMap<String, String>,
        #[serde(default)]
        query: BTreeMap<String, String>,
        #[serde(default)]
        signed_header_values: BTreeMap<String, String>,
        path: Option<String>,
        body: Option<String>,
        access_key_id: Option<String>,
        string_to_sign: Option<String>,
        canonicalized_query: Option<String>,
        canonical_request: Option<String>,
        hashed_canonical_request: Option<String>,
        authorization: Option<String>,
    }

    fn pairs(map: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
        map.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect()
    }

    fn check_v1(case: &Case) {
        let params = pairs(&case.params);
        if let Some(query) = &case.canonicalized_query {
            assert_eq!(&canonical_query(params.iter().copied()), query);
        }
        if let Some(text) = &case.string_to_sign {
            assert_eq!(&v1::string_to_sign(&case.method, &params), text);
        }
        assert_eq!(
            v1::signature(&case.method, &params, &case.secret),
            case.signature
        );
    }

    fn check_v3(case: &Case) {
        let headers = pairs(&case.signed_header_values);
        let body_hash = sha256_hex(case.body.as_deref().unwrap_or_default().as_bytes());
        let path = case.path.as_deref().unwrap();
        let canonical = v3::canonical_request(
            &case.method,
            path,
            &pairs(&case.query),
            &headers,
            &body_hash,
        );
        if let Some(text) = &case.canonical_request {
            assert_eq!(&canonical, text);
        }
        if let Some(hash) = &case.hashed_canonical_request {
            assert_eq!(&sha256_hex(canonical.as_bytes()), hash);
        }
        if let Some(text) = &case.string_to_sign {
            assert_eq!(&v3::string_to_sign(&canonical), text);
        }
        let signature = v3::signature(&canonical, &case.secret);
        assert_eq!(signature, case.signature);
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let key = case.access_key_id.as_deref().unwrap();
        let authorization = v3::authorization(key, &names, &signature);
        assert_eq!(Some(&authorization), case.authorization.as_ref());
        let parsed = v3::parse_authorization(&authorization).unwrap();
        assert_eq!(parsed.access_key_id, key);
        assert_eq!(parsed.signed_headers, names);
        assert_eq!(parsed.signature, signature);
    }

    #[test]
    fn every_worked_signature_comes_out_the_same() {
        let text = include_str!("../../../../tests/vectors/signing.json");
        let cases: Vec<Case> = serde_json::from_str(text).unwrap();
        assert!(cases.len() >= 11);
        for case in &cases {
            match case.scheme.as_str() {
                "rpc-v1" => check_v1(case),
                "acs3" => check_v3(case),
                other => panic!("unknown scheme {other}"),
            }
        }
    }

    #[test]
    fn all_but_unreserved_characters_are_encoded() {
        assert_eq!(encode("aZ09-_.~"), "aZ09-_.~");
        assert_eq!(encode("a b+c*/:%"), "a%20b%2Bc%2A%2F%3A%25");
        assert_eq!(encode("中"), "%E4%B8%AD");
    }

    #[test]
    fn signatures_are_the_same_only_when_every_byte_is() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd"));
        assert!(!same("abc", "ab"));
        assert!(same("", ""));
    }
}
