//! Values of types that do not go together.
//!
//! ## What it finds
//!
//! A proportion compared with a plain number, or added to one; a condition where a value must stand,
//! and the reverse; a map, list or text where the file needs something else. `5xx` and `10%` are
//! proportions, `requests` and `50` plain numbers; a bare number from 100 to 599 is a status code.
//!
//! ## Why it matters
//!
//! `5xx > 10` could mean ten percent or ten responses, and a rule that guesses is wrong at the worst
//! time.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10 for 3m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//! ```
//!
//! or, if responses are to be counted:
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: requests(5xx) > 10 for 3m
//! ```
