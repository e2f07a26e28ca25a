//! Links in messages by which a person answers without a login: signed, and good for a time.
//!
//! A token says what it does, to which firing, and until when; whoever has it may do that and
//! nothing else. That it asks before it acts is up to the page, since mail scanners follow links.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How long a link is good after the minute that its message tells of: a week, so that somebody who comes
/// back from leave finds it dead.
pub const LINK_LIFE: TimeDelta = TimeDelta::days(7);
/// The longest token that is looked at: twice what any has.
const TOKEN_BYTES_MAX: usize = 256;

/// What links are signed with; drawn once and kept in the store.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkKey([u8; 32]);

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey")
    }
}

impl LinkKey {
    /// Returns the key of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Returns the key as the store keeps it.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            unreachable!("HMAC takes keys of every length")
        };
        mac.update(signed.as_bytes());
        mac
    }
}

/// What a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkAct {
    /// Takes the alert on.
    Acknowledge,
    /// Silences it.
    Silence,
}

impl LinkAct {
    const ALL: [Self; 2] = [Self::Acknowledge, Self::Silence];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "ack",
            Self::Silence => "silence",
        }
    }
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it does.
    pub act: LinkAct,
    /// The firing's id.
    pub alert: String,
    /// Until when it is good.
    pub expires: DateTime<Utc>,
}

/// Why a token is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// It was not made here, or was changed.
    #[error("this link is damaged, or was not made by this service")]
    Forged,
    /// Its time is over.
    #[error("this link has expired: links are good for seven days")]
    Expired,
}

impl Link {
    /// Returns the token that says this.
    pub fn sign(&self, key: &LinkKey) -> String {
        let mut token = self.signed();
        let mac = key.mac(&token).finalize().into_bytes();
        let _ = write!(token, ".{}", URL_SAFE_NO_PAD.encode(mac));
        token
    }

    /// Reads a token.
    ///
    /// # Errors
    ///
    /// [`LinkFault::Forged`] if the key did not sign it, [`LinkFault::Expired`] if its time is over at `now`.
    pub fn read(token: &str, key: &LinkKey, now: DateTime<Utc>) -> Result<Self, LinkFault> {
        let link = Self::verified(token, key).ok_or(LinkFault::Forged)?;
        if link.expires <= now {
            return Err(LinkFault::Expired);
        }
        Ok(link)
    }

    fn verified(token: &str, key: &LinkKey) -> Option<Self> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let (signed, mac) = token.rsplit_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        key.mac(signed).verify_slice(&mac).ok()?;
        let mut parts = signed.splitn(3, '.');
        let (act, expires, alert) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            act: LinkAct::ALL.into_iter().find(|one| one.as_str() == act)?,
            alert: alert.to_owned(),
            expires: DateTime::from_timestamp(expires.parse().ok()?, 0)?,
        })
    }

    fn signed(&self) -> String {
        let (act, expires) = (self.act.as_str(), self.expires.timestamp());
        format!("{act}.{expires}.{}", self.alert)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn link(act: LinkAct) -> Link {
        Link {
            act,
            alert: "0123456789abcdef0123456789abcdef".to_owned(),
            expires: at(1_000),
        }
    }

    #[test]
    fn a_token_says_what_was_signed_until_its_time_is_over() {
        let key = LinkKey::new([7; 32]);
        for act in LinkAct::ALL {
            let token = link(act).sign(&key);
            assert_eq!(Link::read(&token, &key, at(999)), Ok(link(act)));
            let late = Link::read(&token, &key, at(1_000));
            assert_eq!(late, Err(LinkFault::Expired));
        }
    }

    #[test]
    fn a_token_that_was_changed_anywhere_is_refused() {
        let key = LinkKey::new([7; 32]);
        let token = link(LinkAct::Acknowledge).sign(&key);
        for (at_byte, _) in token.char_indices() {
            for other in ['0', 'x', '.', 'A', '-'] {
                let mut changed = token.clone();
                changed.replace_range(at_byte..=at_byte, &other.to_string());
                // The last character of 43 has two bits that say nothing.
                if changed != token && at_byte + 1 < token.len() {
                    let read = Link::read(&changed, &key, at(0));
                    assert_eq!(read, Err(LinkFault::Forged), "{changed}");
                }
            }
        }
        let other = LinkKey::new([8; 32]);
        assert_eq!(Link::read(&token, &other, at(0)), Err(LinkFault::Forged));
        for hostile in [
            "",
            ".",
            "...",
            "ack.1.x",
            &"a.".repeat(100_000),
            "ack.é.ü.ß",
        ] {
            assert_eq!(Link::read(hostile, &key, at(0)), Err(LinkFault::Forged));
        }
    }

    #[test]
    fn a_key_is_read_as_it_was_written_and_not_shown() {
        let key = LinkKey::new([9; 32]);
        assert_eq!(LinkKey::from_text(&key.to_text()), Some(key.clone()));
        assert_eq!(LinkKey::from_text("short"), None);
        assert_eq!(format!("{key:?}"), "LinkKey");
    }
}
