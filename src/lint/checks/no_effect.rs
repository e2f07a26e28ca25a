//! A key that is accepted and does nothing in this version.
//!
//! ## What it finds
//!
//! Keys that the format of the file has and this version only checks.
//!
//! ## Why it matters
//!
//! Whoever reads `fallback: [screen]` expects that the screen shows what others could not be given. It does not, until a later version.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//! notify:
//!   receivers:
//!     screen: [console: {}]
//!   routes:
//!     - to: [screen]
//!   fallback: [screen]
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//! notify:
//!   receivers:
//!     screen: [console: {}]
//!   routes:
//!     - to: [screen]
//! ```
