//! Globs over names: domains, rules and label values.

use std::fmt;
use std::sync::Arc;

/// A pattern in which `*` stands for any run of characters and `?` for one; all else for itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Glob(String);

impl From<&str> for Glob {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Glob {
    /// Returns the pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the pattern matches the whole of `text`, letter case aside.
    ///
    /// Takes at most the product of both lengths, whatever the pattern.
    pub fn matches(&self, text: &str) -> bool {
        let (pattern, text) = (self.0.as_bytes(), text.as_bytes());
        let (mut p, mut t) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while t < text.len() {
            if p < pattern.len() && pattern[p] == b'*' {
                retry = Some((p + 1, t));
                p += 1;
            } else if p < pattern.len()
                && (pattern[p] == b'?' || pattern[p].eq_ignore_ascii_case(&text[t]))
            {
                p += 1;
                t += 1;
            } else if let Some((after_star, from)) = retry {
                retry = Some((after_star, from + 1));
                p = after_star;
                t = from + 1;
            } else {
                return false;
            }
        }
        pattern[p..].iter().all(|b| *b == b'*')
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A list of globs, some of which may take away (`!static.example.com`): the last that matches
/// decides, and what none matches is not in it.
///
/// A copy shares the globs: a rule has its list in what runs and in what lint looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlobList(Arc<[(Sign, Glob)]>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Sign {
    Takes,
    Leaves,
}

impl GlobList {
    /// Returns the list that matches everything.
    pub fn all() -> Self {
        Self::parse(["*"])
    }

    /// Returns the list of these globs, in order; a leading `!` takes away.
    pub fn parse<'a>(globs: impl IntoIterator<Item = &'a str>) -> Self {
        let sign = |text: &str| match text.strip_prefix('!') {
            Some(rest) => (Sign::Leaves, Glob::from(rest)),
            None => (Sign::Takes, Glob::from(text)),
        };
        Self(globs.into_iter().map(sign).collect())
    }

    /// Whether `text` is in the list.
    pub fn matches(&self, text: &str) -> bool {
        let last = self.0.iter().rev().find(|(_, glob)| glob.matches(text));
        matches!(last, Some((Sign::Takes, _)))
    }

    /// Returns the globs as they are written, in order.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(sign, glob)| match sign {
            Sign::Takes => glob.to_string(),
            Sign::Leaves => format!("!{glob}"),
        })
    }

    /// Whether the list can match anything: whether a glob takes that no later one undoes whole.
    pub fn can_match(&self) -> bool {
        self.0.iter().enumerate().any(|(i, (sign, glob))| {
            *sign == Sign::Takes
                && !self.0[i + 1..].iter().any(|(later, other)| {
                    *later == Sign::Leaves && (other == glob || other.as_str() == "*")
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_spans_dots_and_nothing() {
        let glob = Glob::from("*.example.com");
        assert!(glob.matches("www.example.com") && glob.matches("a.b.EXAMPLE.com"));
        assert!(!glob.matches("example.com") && !glob.matches("www.example.com.evil"));
        assert!(Glob::from("img*").matches("img") && Glob::from("?").matches("a"));
        assert!(!Glob::from("").matches("a") && Glob::from("").matches(""));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let glob = Glob::from("*a".repeat(2_000).as_str());
        assert!(!glob.matches(&"b".repeat(4_000)));
    }

    #[test]
    fn the_last_match_decides() {
        let list = GlobList::parse(["*.example.com", "!static.example.com"]);
        assert!(list.matches("www.example.com"));
        assert!(!list.matches("static.example.com") && !list.matches("other.org"));
        assert!(list.can_match());
        assert!(!GlobList::parse(["!a"]).can_match());
        assert!(!GlobList::parse(["a", "!*"]).can_match());
    }
}
