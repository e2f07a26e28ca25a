//! Something that is larger than what the service takes.
//!
//! ## What it finds
//!
//! A file over 16 MiB, more than 10000 rules, an expression over 4096 bytes or more than 64 levels
//! deep, aliases that multiply, lists and maps beyond their sizes. Each message names its limit.
//!
//! ## Why it matters
//!
//! Whatever a file says, reading it and judging a minute take a known time. No file that people wrote
//! comes near a limit; what does is a mistake of a program, or malice.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//!     domains: &d [&c [&b [&a [x, x, x, x, x, x, x, x, x, x], *a, *a, *a, *a, *a, *a, *a, *a, *a], *b, *b, *b, *b, *b, *b, *b, *b, *b], *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//!     domains: ["*.example.com"]
//! ```
