//! Hashes that are part of what others see: fingerprints and stable ids.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The 64-bit FNV-1a hash, by which Prometheus and Alertmanager name label sets.
#[derive(Clone, Copy, Debug)]
pub struct Fnv64(u64);

impl Default for Fnv64 {
    fn default() -> Self {
        Self(14_695_981_039_346_656_037)
    }
}

impl Fnv64 {
    /// Takes in some bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(1_099_511_628_211);
        }
    }

    /// Returns the hash of what was taken in.
    pub const fn finish(self) -> u64 {
        self.0
    }
}

/// Returns an id of 32 hexadecimal digits that the parts alone decide: the first half of the
/// SHA-256 of the parts, each after its length.
///
/// The same parts give the same id on every machine and after every restart.
pub fn stable_id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut id = String::with_capacity(32);
    for byte in &hash.finalize()[..16] {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        assert_ne!(stable_id(&["ab", "c"]), stable_id(&["a", "bc"]));
        assert_eq!(stable_id(&["ab", "c"]).len(), 32);
    }

    #[test]
    fn the_empty_hash_is_the_published_offset() {
        assert_eq!(Fnv64::default().finish(), 14_695_981_039_346_656_037);
    }
}
