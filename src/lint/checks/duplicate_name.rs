//! Two things with one name, or a key that stands twice.
//!
//! ## What it finds
//!
//! Two rules, receivers or accounts with one name; a name of a further file's `let:` that the main
//! file has already; a rule with the name of a built-in alert; a label with the name of one that every
//! alert has; a key that stands twice in one map; a domain that a source lists twice. A name, a glob or
//! an address that stands twice in another list changes nothing, and is a warning; so is a channel that
//! a receiver has twice, which is told each message twice.
//!
//! ## Why it matters
//!
//! YAML keeps one of two equal keys without a word. Alerts, silences and routes go by names: with two
//! of a name, nobody knows which is meant.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//!   - name: origin-5xx
//!     when: 4xx > 30% for 3m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//!   - name: origin-4xx
//!     when: 4xx > 30% for 3m
//! ```
