//! The signatures of webhooks: by the Standard Webhooks specification, and of chat robots.
//!
//! Source: Standard Webhooks specification, "Signature scheme", symmetric (`v1`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What a secret in the specification's own form begins with; the rest is base64.
const PREFIX: &str = "whsec_";

/// Why a secret cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// What follows the prefix is not base64.
    #[error("the webhook's secret begins with `whsec_`, and what follows is not base64")]
    NotBase64,
    /// There is no key.
    #[error("the webhook's secret is empty")]
    Empty,
}

/// Returns the value of `webhook-signature` for a body that is sent at `timestamp`, in seconds
/// since 1970.
///
/// The key is what `whsec_` is followed by, in base64, or the bytes of a secret without it.
///
/// # Errors
///
/// The secret is empty, or malformed.
pub fn signature(
    secret: &str,
    id: &str,
    timestamp: i64,
    body: &[u8],
) -> Result<String, SecretError> {
    let key = match secret.strip_prefix(PREFIX) {
        Some(encoded) => STANDARD
            .decode(encoded)
            .map_err(|_| SecretError::NotBase64)?,
        None => secret.as_bytes().to_vec(),
    };
    if key.is_empty() {
        return Err(SecretError::Empty);
    }
    let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    Ok(format!("v1,{}", hmac(&key, &signed)))
}

/// Returns the `sign` of a message to a robot of `DingTalk`, sent at `timestamp` in milliseconds.
///
/// Source: `DingTalk`, custom robot access, security settings by signature.
pub fn dingtalk(secret: &str, timestamp: i64) -> String {
    hmac(
        secret.as_bytes(),
        format!("{timestamp}\n{secret}").as_bytes(),
    )
}

/// Returns the `sign` of a message to a robot of Feishu, sent at `timestamp` in seconds: what
/// `DingTalk` signs is the key here, and nothing is signed.
///
/// Source: Feishu, custom bot usage guide, signature verification.
pub fn feishu(secret: &str, timestamp: i64) -> String {
    hmac(format!("{timestamp}\n{secret}").as_bytes(), b"")
}

fn hmac(key: &[u8], message: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of every length")
    };
    mac.update(message);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_own_example_comes_out() {
        // Source: the example of the reference implementations.
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signed.unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_malformed_secret_signs_nothing() {
        let signed = |secret| signature(secret, "id", 1, b"");
        assert_eq!(signed("whsec_$$$"), Err(SecretError::NotBase64));
        assert_eq!(signed("whsec_"), Err(SecretError::Empty));
        assert_eq!(signed(""), Err(SecretError::Empty));
        assert!(signed("plain words").is_ok());
    }
}
