//! What a kind of file has to say, as far as that tells what a slip was meant to be.

/// The keys and names of a kind of file. The reader of YAML knows none by itself.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary {
    /// The keys that stand in one map, the outermost first.
    pub maps: &'static [&'static [&'static str]],
    /// The keys whose value is a sentence, in which anything may stand.
    pub sentences: &'static [&'static str],
    /// The keys whose value is a list or a map.
    pub lists: &'static [&'static str],
    /// The keys whose value is a text or a map, and no list.
    pub only_maps: &'static [&'static str],
    /// The keys beneath which other lines stand, and nothing beside them.
    pub sections: &'static [&'static str],
    /// The keys whose value is a map of whatever names the user chose.
    pub free: &'static [&'static str],
    /// The keys that are words of sentences as well.
    pub prose: &'static [&'static str],
    /// The words with which a text can go on, and no key begins.
    pub joins: &'static [&'static str],
    /// The key of the list whose items are maps with a name.
    pub list: &'static str,
    /// The key of the map whose keys are names that the user chose.
    pub names: &'static str,
    /// Whether a text can be such a name.
    pub is_name: fn(&str) -> bool,
}

impl Vocabulary {
    /// Whether two keys stand in one map.
    pub(super) fn are_beside(&self, first: &str, second: &str) -> bool {
        let mut maps = self.maps.iter();
        maps.any(|keys| keys.contains(&first) && keys.contains(&second))
    }

    /// Whether a key is one of the outermost.
    pub(super) fn is_outermost(&self, key: &str) -> bool {
        self.maps.first().is_some_and(|keys| keys.contains(&key))
    }

    /// Whether lines begin with a key.
    pub(super) fn has_key(&self, key: &str) -> bool {
        self.maps.iter().any(|keys| keys.contains(&key))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The words of the texts in the tests of this room.
    pub(in crate::yaml) const VOCABULARY: Vocabulary = Vocabulary {
        maps: &[
            &["let", "rules", "source", "store"],
            &["domains", "labels", "name", "store", "summary", "when"],
        ],
        sentences: &["summary"],
        lists: &["domains", "labels"],
        only_maps: &["let"],
        sections: &["let", "rules"],
        free: &["labels"],
        prose: &[],
        joins: &["for", "until"],
        list: "rules",
        names: "let",
        is_name: |name| name.bytes().all(|byte| byte.is_ascii_lowercase()),
    };
}
