//! A key that does nothing where it stands.
//!
//! ## What it finds
//!
//! `language` of a webhook whose format has no words of ours.
//!
//! ## Why it matters
//!
//! Whoever reads `language: zh` expects Chinese messages. `format: standard` and `format: alertmanager` send facts, which are the same in every language.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//! notify:
//!   receivers:
//!     hook:
//!       - webhook: {url: "http://127.0.0.1:8080/hook", language: zh}
//!   routes:
//!     - to: [hook]
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
//!     hook:
//!       - webhook: {url: "http://127.0.0.1:8080/hook"}
//!   routes:
//!     - to: [hook]
//! ```
