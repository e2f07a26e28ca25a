//! A template that does not parse, or names what does not exist.
//!
//! ## What it finds
//!
//! A `summary:` that is no template, that names a variable, a label or a value that the alert does not
//! have, that adds to, multiplies or compares with a number a value (they are texts, such as `34.2%`), or that
//! does more work than a message is worth. As a warning, a value in single braces, `{ value }`, or a quote
//! at the end that none begins, which go out as they stand, a `runbook_url` or a label with `{{ … }}`, for which nothing is put in there, and a `severity` or `state` that is compared with what it never is.
//! And `{{ domain }}` or `{{ account }}` of a rule over many domains, where both are empty.
//! And a `summary:` without quotes of which YAML takes the end for a comment, as in `queue #7, on {{ domain }}`.
//!
//! ## Why it matters
//!
//! It would fail in the minute in which the alert fires, and the message would say nothing.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//!     summary: "{{ domian }} answers with errors"
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//!     summary: "{{ domain }} answers with errors"
//! ```
