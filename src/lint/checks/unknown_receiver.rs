//! A route to a receiver that does not exist.
//!
//! ## What it finds
//!
//! A name in `to:` of a route, in an escalation or in `fallback:` that `receivers:` does not have.
//!
//! ## Why it matters
//!
//! Whoever was meant would not be told.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//! notify:
//!   receivers:
//!     oncall: [console: {}]
//!   routes:
//!     - to: [oncal]
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
//!     oncall: [console: {}]
//!   routes:
//!     - to: [oncall]
//! ```
