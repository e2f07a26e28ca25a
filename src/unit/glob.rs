//! Globs over names: domains, rules and label values.

use std::fmt;
use std::sync::Arc;

/// How many bytes of globs are held against bytes of others in one list: dozens of globs need less.
const COVERS_EFFORT: usize = 100_000;

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
        stretches(self.0.as_bytes(), text.as_bytes(), |wanted, byte| {
            wanted == b'?' || wanted.eq_ignore_ascii_case(&byte)
        })
    }

    /// Whether whatever `other` matches is matched by this pattern too.
    ///
    /// `false` may also mean that it is not plain to see.
    pub fn covers(&self, other: &Self) -> bool {
        // Only a star here has room for whatever a star there stands for.
        stretches(self.0.as_bytes(), other.0.as_bytes(), |wanted, byte| {
            byte != b'*' && (wanted == b'?' || wanted.eq_ignore_ascii_case(&byte))
        })
    }
}

/// Whether a pattern, in which `*` stands for any run, stretches over the whole of a text.
fn stretches(pattern: &[u8], text: &[u8], takes: impl Fn(u8, u8) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            retry = Some((p + 1, t));
            p += 1;
        } else if p < pattern.len() && takes(pattern[p], text[t]) {
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

    /// Returns the list that is equal for all lists of these globs in which the order says nothing:
    /// the last that matches decides only where some take away.
    #[must_use]
    pub fn in_any_order(&self) -> Self {
        if self.0.len() < 2 || self.0.iter().any(|(sign, _)| *sign == Sign::Leaves) {
            return self.clone();
        }
        let mut all = self.0.to_vec();
        all.sort_unstable();
        all.dedup();
        Self(all.into())
    }

    /// Returns the globs as they are written, in order.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(sign, glob)| match sign {
            Sign::Takes => glob.to_string(),
            Sign::Leaves => format!("!{glob}"),
        })
    }

    /// Returns the place of the first glob that takes away only what a later one takes back, and of
    /// that one.
    ///
    /// Of very long globs none is found, so that a hostile file costs little.
    pub fn undone(&self) -> Option<(usize, usize)> {
        let mut effort = COVERS_EFFORT;
        let leaving = (0..).zip(self.0.iter());
        let mut leaving = leaving.filter(|(_, (sign, _))| *sign == Sign::Leaves);
        leaving.find_map(|(at, (_, glob))| {
            let later = (at + 1..).zip(&self.0[at + 1..]);
            let mut later = later.filter(|(_, (sign, _))| *sign == Sign::Takes);
            let taken = later.find(|(_, (_, other))| {
                let cost = other.0.len().saturating_mul(glob.0.len());
                let left = effort.checked_sub(cost);
                effort = left.unwrap_or(effort);
                left.is_some() && other.covers(glob)
            });
            taken.map(|(other, _)| (at, other))
        })
    }

    /// Returns the place of the first glob that says nothing of its own beside another, wider one, and
    /// of that one: nothing between them says otherwise.
    ///
    /// Of very long globs none is found, so that a hostile file costs little.
    pub fn idle(&self) -> Option<(usize, usize)> {
        let mut effort = COVERS_EFFORT;
        let all: Vec<(usize, &(Sign, Glob))> = self.0.iter().enumerate().collect();
        let mut runs = all.chunk_by(|(_, (a, _)), (_, (b, _))| a == b);
        runs.find_map(|run| {
            run.iter().find_map(|(at, (_, glob))| {
                let mut others = run
                    .iter()
                    .filter(|(_, (_, other))| other.0.contains(['*', '?']));
                let wider = others.find(|(other, (_, wider))| {
                    let cost = wider.0.len().saturating_mul(glob.0.len());
                    let left = effort.checked_sub(cost);
                    effort = left.unwrap_or(effort);
                    // One that stands there twice is no wider.
                    at != other && left.is_some() && wider.covers(glob) && !glob.covers(wider)
                });
                wider.map(|(other, _)| (*at, *other))
            })
        })
    }

    /// Whether whatever is in `other` is in this list too. What it costs is taken from the effort.
    ///
    /// `false` may also mean that it is not plain to see, or that no effort is left.
    pub fn covers(&self, other: &Self, effort: &mut usize) -> bool {
        if self == other {
            return true;
        }
        let mut covers = |own: &Glob, glob: &Glob| {
            // A name is compared, and no more.
            let width = if own.0.contains(['*', '?']) {
                own.0.len()
            } else {
                1
            };
            let left = effort.checked_sub(width.saturating_mul(glob.0.len()));
            *effort = left.unwrap_or(0);
            left.is_some() && own.covers(glob)
        };
        // What takes away may take away anything.
        let last = self.0.iter().rposition(|(sign, _)| *sign == Sign::Leaves);
        let taking = &self.0[last.map_or(0, |last| last + 1)..];
        let mut others = other.0.iter().filter(|(sign, _)| *sign == Sign::Takes);
        others.all(|(_, glob)| taking.iter().any(|(_, own)| covers(own, glob)))
    }

    /// Whether the list can match anything: whether a glob takes that no later one undoes whole.
    ///
    /// A list of very long globs is taken for one that can, so that a hostile file costs little.
    pub fn can_match(&self) -> bool {
        let mut effort = COVERS_EFFORT;
        let mut undoes = |other: &Glob, glob: &Glob| {
            let cost = other.0.len().saturating_mul(glob.0.len());
            let left = effort.checked_sub(cost);
            effort = left.unwrap_or(effort);
            other == glob || other.as_str() == "*" || (left.is_some() && other.covers(glob))
        };
        self.0.iter().enumerate().any(|(i, (sign, glob))| {
            let mut later = self.0[i + 1..].iter();
            *sign == Sign::Takes
                && !later.any(|(later, other)| *later == Sign::Leaves && undoes(other, glob))
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
    fn what_is_taken_away_and_then_taken_back_is_found() {
        let undone = |globs: &[&str]| GlobList::parse(globs.iter().copied()).undone();
        assert_eq!(undone(&["!img.a.b", "*.a.b"]), Some((0, 1)));
        assert_eq!(undone(&["*", "!x.*", "!img.a.b", "img.a.b"]), Some((2, 3)));
        assert_eq!(undone(&["*.a.b", "!img.a.b", "www.a.b"]), None);
        assert_eq!(undone(&["!*.a.b", "img.a.b"]), None);
    }

    #[test]
    fn a_glob_beside_a_wider_one_is_found() {
        let idle = |globs: &[&str]| GlobList::parse(globs.iter().copied()).idle();
        assert_eq!(idle(&["*.a.b", "img.a.b"]), Some((1, 0)));
        assert_eq!(idle(&["c.d", "img?.a.b", "*.a.b"]), Some((1, 2)));
        assert_eq!(idle(&["*", "!img.*", "!img.a.b"]), Some((2, 1)));
        assert_eq!(idle(&["*.a.b", "!img*", "img.a.b"]), None);
        assert_eq!(idle(&["*.a.b", "a.b", "*.a.b"]), None);
    }

    #[test]
    fn a_list_covers_another_where_each_glob_has_a_wider_one() {
        let covers = |list: &[&str], other: &[&str]| {
            let [list, other] = [list, other].map(|globs| GlobList::parse(globs.iter().copied()));
            list.covers(&other, &mut 1_000)
        };
        assert!(covers(&["*"], &["img*", "!img.a.b", "www.a.b"]));
        assert!(covers(&["*.c", "!x.a.b", "*.a.b"], &["img.a.b", "x.A.b"]));
        assert!(covers(&["*", "!img.a.b"], &["*", "!img.a.b"]));
        assert!(!covers(&["*", "!img.a.b"], &["www.a.b"]));
        assert!(!covers(&["*.a.b"], &["img.a.b", "*"]));
        assert!(!covers(&["*.c", "!*.d"], &["www.c"]));
        let [all, long] = [["*"], ["www.example.com"]].map(GlobList::parse);
        assert!(!all.covers(&long, &mut 10));
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

    #[test]
    fn what_is_taken_away_as_part_of_more_is_not_left() {
        let can_match = |globs: &[&str]| GlobList::parse(globs.iter().copied()).can_match();
        assert!(!can_match(&["www.example.com", "!*.example.com"]));
        assert!(!can_match(&["*.example.com", "!*.COM"]));
        assert!(!can_match(&["img?.example.com", "!img*"]));
        assert!(can_match(&["*.example.com", "!?.example.com"]));
        assert!(can_match(&["*.com", "!*.example.com"]));
        assert!(can_match(&["a.com", "!*.com", "a.com"]));
        assert!(!can_match(&["a.com", "b.com", "!?.com"]));
    }
}
