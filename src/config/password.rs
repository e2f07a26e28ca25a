//! The passwords of the page's users, as far as they are kept: not at all.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The digest of a user's password. The password itself is forgotten when it has been read.
#[derive(Clone, PartialEq, Eq)]
pub struct Password([u8; 32]);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

impl Password {
    /// Returns the digest of a user's password.
    pub fn new(user: &str, password: &str) -> Self {
        Self(mac(user, password).finalize().into_bytes().into())
    }

    /// Whether this is the password of the user. Takes as long for one that is almost right as
    /// for any other of that length.
    pub fn is(&self, user: &str, given: &str) -> bool {
        mac(user, given).verify_slice(&self.0).is_ok()
    }
}

/// The user's name is the key, so that equal passwords have different digests.
fn mac(user: &str, password: &str) -> Hmac<Sha256> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(user.as_bytes()) else {
        unreachable!("HMAC takes keys of every length")
    };
    mac.update(password.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_shown_nowhere() {
        let password = Password::new("admin", "s3cret");
        assert!(password.is("admin", "s3cret"));
        assert!(!password.is("admin", "s3cre") && !password.is("admin", ""));
        assert!(!password.is("other", "s3cret"));
        assert_ne!(password, Password::new("other", "s3cret"));
        assert_eq!(format!("{password:?}"), "Password");
    }
}
