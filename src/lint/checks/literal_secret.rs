//! A secret that stands in the file as text.
//!
//! ## What it finds
//!
//! A password, a key or a token whose value is written into the rules file, and a webhook's
//! `url` with a token in its query.
//!
//! ## Why it matters
//!
//! Rules files are reviewed, copied and kept in version control. A secret in one is known to
//! everybody who ever had the file.
//!
//! ## Example
//!
//! ```yaml
//! password: hunter2
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! password: ${SMTP_PASSWORD}
//! ```
//!
//! or `${file:/run/secrets/smtp}`.

use crate::config::Outline;
use crate::diag::{Code, Diagnostic};

pub(super) fn run(outline: &Outline) -> Vec<Diagnostic> {
    let secrets = outline.literal_secrets.iter();
    secrets
        .map(|label| {
            let message = format!("`{}` is a secret that stands in the file", label.text);
            let fault = Diagnostic::new(Code::LiteralSecret, label.span, message);
            let help = "take it from the environment, `${NAME}`, or from a file, `${file:/run/secrets/name}`";
            fault.help(help).relocate(label.file, |span| span)
        })
        .collect()
}
