//! Signature version 3, `ACS3-HMAC-SHA256`: over the query, chosen headers and the body.

use sha2::Sha256;

use super::{canonical_query, hex, hmac, sha256_hex};

/// The name of the scheme, with which the `Authorization` header begins.
pub const SCHEME: &str = "ACS3-HMAC-SHA256";

/// Returns the request in the form that is signed.
///
/// `query` is not encoded and in any order; `headers` are those that are signed, with names in
/// any case and order; `body_hash` is the SHA-256 of the body in hexadecimal, as
/// [`sha256_hex`] writes it.
pub fn canonical_request<K, V, N, H>(
    method: &str,
    path: &str,
    query: &[(K, V)],
    headers: &[(N, H)],
    body_hash: &str,
) -> String
where
    K: AsRef<str>,
    V: AsRef<str>,
    N: AsRef<str>,
    H: AsRef<str>,
{
    let query = canonical_query(query.iter().map(|(k, v)| (k.as_ref(), v.as_ref())));
    let mut headers: Vec<(String, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_ref().to_ascii_lowercase(), value.as_ref().trim()))
        .collect();
    headers.sort_unstable();
    let lines: String = headers
        .iter()
        .flat_map(|(name, value)| [name.as_str(), ":", value, "\n"])
        .collect();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{body_hash}")
}

/// Returns the text that [`signature`] signs.
pub fn string_to_sign(canonical_request: &str) -> String {
    format!("{SCHEME}\n{}", sha256_hex(canonical_request.as_bytes()))
}

/// Returns the signature of a canonical request, in lower-case hexadecimal.
pub fn signature(canonical_request: &str, secret: &str) -> String {
    hex(&hmac::<Sha256>(secret, &string_to_sign(canonical_request)))
}

/// Returns the value of the `Authorization` header. The names are of the signed headers, in
/// any case and order.
pub fn authorization<N: AsRef<str>>(
    access_key_id: &str,
    signed_headers: &[N],
    signature: &str,
) -> String {
    let mut names: Vec<String> = signed_headers
        .iter()
        .map(|name| name.as_ref().to_ascii_lowercase())
        .collect();
    names.sort_unstable();
    format!(
        "{SCHEME} Credential={access_key_id},SignedHeaders={},Signature={signature}",
        names.join(";")
    )
}

/// What an `Authorization` header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// Whose key signed.
    pub access_key_id: &'a str,
    /// Which headers are signed, as written.
    pub signed_headers: Vec<&'a str>,
    /// The signature, in hexadecimal.
    pub signature: &'a str,
}

/// Returns what an `Authorization` header of this scheme says, or `None` if it is of another
/// one or lacks a part. The parts may come in any order, with blanks after the commas.
pub fn parse_authorization(header: &str) -> Option<Authorization<'_>> {
    let parts = header.trim().strip_prefix(SCHEME)?.strip_prefix(' ')?;
    let (mut credential, mut names, mut signature) = (None, None, None);
    for part in parts.split(',') {
        let (name, value) = part.trim().split_once('=')?;
        match name {
            "Credential" => credential = Some(value),
            "SignedHeaders" => names = Some(value),
            "Signature" => signature = Some(value),
            _ => {}
        }
    }
    Some(Authorization {
        access_key_id: credential?,
        signed_headers: names?.split(';').filter(|name| !name.is_empty()).collect(),
        signature: signature?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_are_lowered_sorted_and_values_trimmed() {
        let request = canonical_request(
            "GET",
            "/",
            &[("b", "2"), ("a", "1 ")],
            &[("X-Acs-Date", " now "), ("Host", "h")],
            "00",
        );
        assert_eq!(
            request,
            "GET\n/\na=1%20&b=2\nhost:h\nx-acs-date:now\n\nhost;x-acs-date\n00"
        );
    }

    #[test]
    fn a_header_that_lacks_a_part_is_none_of_ours() {
        for header in [
            "",
            "ACS3-HMAC-SHA256",
            "ACS3-HMAC-SHA256Credential=a,SignedHeaders=b,Signature=c",
            "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b",
            "ACS3-HMAC-SHA256 Credential",
            "Basic abc",
        ] {
            assert_eq!(parse_authorization(header), None, "{header}");
        }
        let spaced = "ACS3-HMAC-SHA256 Signature=c, Credential=a, SignedHeaders=x;y";
        let parsed = parse_authorization(spaced).unwrap();
        assert_eq!(parsed.signed_headers, ["x", "y"]);
    }
}
