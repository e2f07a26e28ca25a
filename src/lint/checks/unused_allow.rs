//! A comment that should silence a finding, and does not, or does not say why.
//!
//! ## What it finds
//!
//! A `# foghorn: allow(CODE) reason` that silences nothing, gives no reason, names a code that does
//! not exist or cannot be silenced, has ended (`allow(CODE) until 2027-01-31 reason`), or is
//! misspelt. At the end of a line it covers findings that begin on the line; on a line of its own,
//! those of what begins on the next line: the rule, route or receiver, the key, or the line of a
//! condition.
//!
//! ## Why it matters
//!
//! What is silenced is looked at by nobody. A reason tells the next reader whether it still holds; a
//! comment that silences nothing hides the finding that comes next.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   # foghorn: allow(no-traffic-guard)
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 3m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     # foghorn: allow(no-traffic-guard) a quiet domain is told as well
//!     when: 5xx > 10% for 3m
//! ```
