//! What reading the files may cost in all: limits that each part alone would not show.

/// How many bytes of expressions the files may have in all: ten thousand rules of four hundred
/// characters. They are read, typed and printed at about five megabytes in a second.
const EXPRESSIONS_BYTES_MAX: usize = 4 << 20;
/// How many steps the templates of all files are tried for: about a second.
const TEMPLATES_FUEL_MAX: u64 = 20_000_000;

/// What reading may still cost, over all files.
#[derive(Clone, Copy)]
pub(in crate::config) struct Budget {
    /// Bytes of expressions.
    pub(in crate::config) expression_bytes: usize,
    /// Steps of templates.
    pub(in crate::config) template_fuel: u64,
}

impl Budget {
    /// Returns what a rules file and its further files may cost.
    pub(in crate::config) const fn whole() -> Self {
        Self {
            expression_bytes: EXPRESSIONS_BYTES_MAX,
            template_fuel: TEMPLATES_FUEL_MAX,
        }
    }
}
