//! Counts with their nouns.

use std::fmt::Display;

/// Writes a count with its noun, which takes an `s` unless the count is 1.
pub fn counted<N: Copy + Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let ending = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_a_word_of_its_own() {
        let told = [0, 1, 2].map(|count| counted(count, "domain"));
        assert_eq!(told, ["0 domains", "1 domain", "2 domains"]);
    }
}
