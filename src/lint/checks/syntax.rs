//! What the language of conditions, or YAML, does not accept.
//!
//! ## What it finds
//!
//! A condition that cannot be read: a sign or word of another language, a value without its unit or
//! percent sign, a comparison without one side, parentheses that do not match. YAML that is none, or
//! that makes something else of what was meant: `*.example.com` as an alias, `{{ domain }}` as a map,
//! a tab, a missing colon, a key in the wrong column. Names and keys that are missing or malformed.
//! As a warning, a bracket, a comma or a quote at the end of an account's name or of `store:`, and words
//! there that were to be a comment: they are a part of it; and a label of a rule that is called like a key
//! which the rule lacks, `summary:` among its `labels:`.
//! Where it is plain what was meant, reading goes on, so that one run finds all faults.
//!
//! ## Why it matters
//!
//! A file that cannot be read is refused by the service: the old rules stay, or it does not start.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5XX% > 10 % given requests => 50 for 3min
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 3m
//! ```
