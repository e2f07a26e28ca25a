//! More minutes are asked for than there are.
//!
//! ## What it finds
//!
//! `for N of D`, and `until … for N of D`, where N is 0 or more than the minutes of D.
//!
//! ## Why it matters
//!
//! Six of five minutes can never be, so the alert would never fire, or never resolve.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 6 of 5m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 4 of 5m
//! ```
