//! A name that uses itself.
//!
//! ## What it finds
//!
//! A `let:` that stands, by way of others or not, in its own definition; a YAML alias within what it
//! names; an inhibition that mutes its own source.
//!
//! ## Why it matters
//!
//! Such a name has no value.
//!
//! ## Example
//!
//! ```yaml
//! let:
//!   bad: worse > 10%
//!   worse: 5xx and bad
//! rules:
//!   - name: origin-5xx
//!     when: bad for 3m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! let:
//!   worse: 5xx
//!   bad: worse > 10%
//! rules:
//!   - name: origin-5xx
//!     when: bad for 3m
//! ```
