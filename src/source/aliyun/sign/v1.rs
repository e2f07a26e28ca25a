//! Signature version 1.0: HMAC-SHA1 over the sorted parameters of an RPC call.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;

use super::{canonical_query, encode, hmac};

/// The parameter that carries the signature, and is never signed itself.
const SIGNATURE: &str = "Signature";

/// Returns the signature of a call by `method` with these parameters, in base64.
///
/// The parameters are those of the query and of the form body together, not encoded, in any
/// order; `Signature` itself is left out. An empty value is signed like any other.
pub fn signature<K, V>(method: &str, params: &[(K, V)], secret: &str) -> String
where
    K: AsRef<str>,
    V: AsRef<str>,
{
    let key = format!("{secret}&");
    STANDARD.encode(hmac::<Sha1>(&key, &string_to_sign(method, params)))
}

/// Returns the text that [`signature`] signs.
pub fn string_to_sign<K, V>(method: &str, params: &[(K, V)]) -> String
where
    K: AsRef<str>,
    V: AsRef<str>,
{
    let signed = params
        .iter()
        .map(|(name, value)| (name.as_ref(), value.as_ref()))
        .filter(|(name, _)| *name != SIGNATURE);
    format!("{method}&%2F&{}", encode(&canonical_query(signed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_itself_and_the_order_change_nothing() {
        let one = signature("GET", &[("A", "1"), ("B", "")], "s");
        let two = signature("GET", &[("B", ""), ("Signature", "x"), ("A", "1")], "s");
        assert_eq!(one, two);
        assert_ne!(one, signature("POST", &[("A", "1"), ("B", "")], "s"));
        assert_ne!(one, signature("GET", &[("A", "1")], "s"));
    }
}
