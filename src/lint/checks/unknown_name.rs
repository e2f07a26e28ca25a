//! A name, key, word or file that does not exist.
//!
//! ## What it finds
//!
//! A key that a map of the file does not have; a word that is none of those that can stand there; a
//! name in a condition that no `let:` defines; a function that the language does not have; a further
//! file that is not there. The nearest one that exists is named, where one is near.
//!
//! ## Why it matters
//!
//! A misspelt key says nothing: a rule with `sumary:` would page without a summary, one with
//! `on_unkown:` would behave as if it said nothing. So keys that mean nothing are refused.
//!
//! ## Example
//!
//! ```yaml
//! let:
//!   bad: 5xx
//! rules:
//!   - name: origin-5xx
//!     when: badd > 10%
//!     severty: critical
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! let:
//!   bad: 5xx
//! rules:
//!   - name: origin-5xx
//!     when: bad > 10%
//!     severity: critical
//! ```
