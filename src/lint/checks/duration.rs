//! A duration that is too short, too long, or not whole minutes.
//!
//! ## What it finds
//!
//! In a condition: durations below a minute, above 7 days, or not of whole minutes; windows and
//! offsets that together look back more than 8 days, or further than `history:` keeps. In the rest of
//! the file: what is no duration, a `max_lateness:` below `settle:`, a silence that ends before it
//! begins, and, as warnings, a silence that lasts for more than two years, and a step of `escalate:` that
//! comes before the one above it.
//!
//! ## Why it matters
//!
//! The source has one figure a minute: `30s` has none, and `90s` would have to be rounded. What lies
//! further back than `history:` would be unknown for ever.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 90s
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 2m
//! ```
