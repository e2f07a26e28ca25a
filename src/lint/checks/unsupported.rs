//! What the format of the file has, and this version cannot do.
//!
//! ## What it finds
//!
//! Kinds of receivers, formats of messages and stores that this version does not have.
//!
//! ## Why it matters
//!
//! Nobody would be told, or nothing kept. So the file is refused, and not half of it run.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//! store: postgres://foghorn@db.example.com/foghorn
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//! store: sqlite:foghorn.db
//! ```
