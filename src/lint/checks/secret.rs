//! A secret that is not set, or that stands in the file as text.
//!
//! ## What it finds
//!
//! A `${NAME}` that the environment does not set (an error; with `--no-env` a warning), and, as
//! a warning, a password, a key or a token whose value is written into the rules file (also under a
//! key that does not exist, if its name says so), a
//! webhook's `url` with a token in its query, an address with a password in it, or the address of a
//! chat, which is a secret as a whole. And, as a warning, quotes, commas, brackets and blanks around the
//! `${NAME}` of a password, a key or a token, which become a part of it.
//!
//! ## Why it matters
//!
//! Without its secret the service cannot ask or tell anybody. And rules files are reviewed,
//! copied and kept in version control: a secret in one is known to everybody who ever had the
//! file.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//! notify:
//!   email: {server: "smtps://mail.example.com", from: foghorn@example.com, user: foghorn, password: hunter2}
//!   receivers:
//!     oncall: [email: {to: [oncall@example.com]}]
//!   routes:
//!     - to: [oncall]
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//! notify:
//!   email: {server: "smtps://mail.example.com", from: foghorn@example.com, user: foghorn, password: "${SMTP_PASSWORD}"}
//!   receivers:
//!     oncall: [email: {to: [oncall@example.com]}]
//!   routes:
//!     - to: [oncall]
//! ```
//!
//! or `${file:/run/secrets/smtp}`.

use std::collections::BTreeSet;

use super::Checked;
use crate::diag::{Code, Diagnostic};

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    // A key that does not exist may have been read as what was meant.
    let mut seen = BTreeSet::new();
    let secrets = checked.outline.literal_secrets.iter();
    secrets
        .filter(|label| seen.insert((label.file, label.span)))
        .map(|label| {
            let message = format!("`{}` is a secret that stands in the file", label.text);
            let fault = Diagnostic::new(Code::Secret, label.span, message).warning();
            let help = "take it from the environment, `${NAME}`, or from a file, `${file:/run/secrets/name}`";
            fault.help(help).relocate(label.file, |span| span)
        })
        .collect()
}
