//! Names that a command asks for and that are not there: said of all in the same words.

use std::collections::BTreeSet;

use crate::diag::nearest;

/// How many names are told where none is near.
const NAMES_TOLD: usize = 20;

/// Says that nothing of a kind has a name, and which was meant or which there are.
pub fn unknown<'a>(
    what: &str,
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> anyhow::Error {
    let known: BTreeSet<&str> = known.into_iter().collect();
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if known.is_empty() => String::new(),
        None => {
            let told: Vec<&str> = known.into_iter().take(NAMES_TOLD).collect();
            format!("; there are {}", told.join(", "))
        }
    };
    anyhow::anyhow!("no {what} is called `{name}`{help}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_told_or_else_those_that_there_are() {
        let said = |name| unknown("rule", name, ["slow", "errors"]).to_string();
        assert_eq!(
            said("erors"),
            "no rule is called `erors`; did you mean `errors`?"
        );
        assert_eq!(said("x"), "no rule is called `x`; there are errors, slow");
        let none = unknown("rule", "x", []).to_string();
        assert_eq!(none, "no rule is called `x`");
    }
}
