//! Keeps messages short that quote what was written.

use crate::diag::Diagnostic;

/// How many characters a message or a mend may have. A longer one quotes an expression that
/// nobody would read in a message.
const CHARACTERS_MAX: usize = 300;

/// Cuts the texts of a fault to what a person reads.
pub(super) fn clip(mut fault: Diagnostic) -> Diagnostic {
    shorten(&mut fault.message);
    if let Some(help) = &mut fault.help {
        shorten(help);
    }
    fault
}

fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(CHARACTERS_MAX) {
        text.truncate(end);
        text.push('…');
    }
}
