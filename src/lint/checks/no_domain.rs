//! Globs that no domain matches.
//!
//! ## What it finds
//!
//! A list of globs in `domains:` that can match nothing, because what it takes is taken away
//! again; a glob that no domain can be called, such as two names in one text, an address, `.com` or an
//! empty text. Where every source lists its domains: a list that matches none of them, and a
//! name in a list that no source has.
//!
//! ## Why it matters
//!
//! A rule without domains is never judged. It looks like a guard and is none.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//!     domains: ["www.example.com", "!*"]
//! ```
//!
//! ## Instead
//!
//! What takes away stands after what it takes from, and is smaller:
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//!     domains: ["*.example.com", "!static.example.com"]
//! ```

use std::collections::BTreeSet;

use super::{Checked, no_effect, redundant};
use crate::config::{Domains, GlobsOutline, Meant, Outline, Place, glob_list, is_glob, stranger};
use crate::diag::{Code, Diagnostic, changes, is_slip, nearest};
use crate::unit::DomainName;

/// How many findings are told: whoever has more begins with these.
const FINDINGS_MAX: usize = 100;
/// How many pairs of glob and domain are tried in all, to see that globs match any: beyond, that is
/// taken as so. Whether there is a domain that is named is always looked up.
const PAIRS_MAX: usize = 2_000_000;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let outline = checked.outline;
    let mut listed = listed(outline).map(Listed::new);
    let rules = outline.rules.iter().map(|rule| &rule.domains);
    let labels = outline.labels.iter().map(|entry| &entry.domains);
    let all = rules
        .chain(labels)
        .flat_map(|globs| of_list(globs, listed.as_mut(), outline));
    checked.told(FINDINGS_MAX, all)
}

/// The domains of all sources, each of which lists its own.
struct Listed<'a> {
    all: Vec<&'a DomainName>,
    names: BTreeSet<&'a str>,
    /// How many pairs of glob and domain may still be tried.
    pairs: usize,
}

impl<'a> Listed<'a> {
    fn new(all: Vec<&'a DomainName>) -> Self {
        let names = all.iter().map(|name| name.as_str()).collect();
        Self {
            all,
            names,
            pairs: PAIRS_MAX,
        }
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(name.to_ascii_lowercase().as_str())
    }

    /// Whether globs match any of the domains, or too many pairs were tried to see it.
    fn are_matched(&mut self, globs: &GlobsOutline) -> bool {
        let mut named = globs.globs.iter().map(|(glob, _)| glob);
        if named.any(|name| is_name(name) && self.has(name) && globs.list.matches(name)) {
            return true;
        }
        let pairs = globs.globs.len().saturating_mul(self.all.len());
        let Some(left) = self.pairs.checked_sub(pairs) else {
            return true;
        };
        self.pairs = left;
        let mut all = self.all.iter();
        all.any(|name| globs.list.matches(name.as_str()))
    }
}

/// Whether a glob of a list takes one domain.
fn is_name(glob: &str) -> bool {
    !glob.starts_with('!') && !glob.contains(['*', '?'])
}

/// Returns the domains of all sources, if each of them lists its own.
pub(in crate::lint) fn listed(outline: &Outline) -> Option<Vec<&DomainName>> {
    if outline.lacks_domains {
        return None;
    }
    let mut all = Vec::new();
    for (source, _) in &outline.sources {
        match &source.domains {
            Domains::Listed(names) => all.extend(names),
            Domains::Discovered { .. } => return None,
        }
    }
    Some(all).filter(|all| !all.is_empty())
}

fn of_list(
    globs: &GlobsOutline,
    listed: Option<&mut Listed<'_>>,
    outline: &Outline,
) -> Vec<Diagnostic> {
    let Some(place) = globs.place else {
        return Vec::new();
    };
    let strange = strangers(globs, place);
    if !strange.is_empty() {
        return strange;
    }
    if !globs.list.can_match() && globs.globs.is_empty() {
        let help = "name some, or write `[\"*\"]` for every domain";
        return vec![at(place, "this list is empty: it takes no domain").help(help)];
    }
    if !globs.list.can_match() {
        let message = "these globs can match no domain: nothing is left of what they take";
        return vec![at(place, message).help(smaller(globs))];
    }
    let of_list = [no_effect::undone(globs), redundant::of_globs(globs)];
    let mut found: Vec<Diagnostic> = of_list.into_iter().flatten().collect();
    let Some(listed) = listed else {
        return found;
    };
    let names = listed.all.iter().map(|name| name.as_str());
    let shown = names.filter(|name| !outline.hidden_texts.contains(*name));
    let named = globs.globs.iter().filter(|(glob, _)| is_name(glob));
    let unknown: Vec<Diagnostic> = named
        .filter(|(glob, _)| !listed.has(glob))
        .take(FINDINGS_MAX)
        .map(|(glob, place)| {
            let fault = at(*place, format!("no source has the domain `{glob}`"));
            match nearest(glob, shown.clone()) {
                Some(near) => fault.help(format!("did you mean `{near}`?")),
                None => fault.help("add it to the source's `domains:`, or remove it here"),
            }
        })
        .collect();
    if unknown.is_empty() && !listed.are_matched(globs) {
        let message = "these globs match none of the sources' domains";
        let help = "add the domain to the source's `domains:`, or mend the globs";
        return vec![at(place, message).help(help)];
    }
    found.extend(unknown);
    found.extend(mistaken(globs, listed, outline));
    found
}

/// Finds the names that a list takes away and no source has, if one of those that it takes was meant.
fn mistaken(globs: &GlobsOutline, listed: &mut Listed<'_>, outline: &Outline) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (glob, place) in &globs.globs {
        let Some(name) = glob.strip_prefix('!').filter(|name| is_name(name)) else {
            continue;
        };
        if listed.has(name) {
            continue;
        }
        let Some(left) = listed.pairs.checked_sub(listed.all.len()) else {
            break;
        };
        listed.pairs = left;
        let all = listed.all.iter().map(|own| own.as_str());
        let mut near = all.filter(|own| {
            let is_shown = !outline.hidden_texts.contains(*own);
            is_miswritten(name, own) && is_shown && globs.list.matches(own)
        });
        if let (Some(meant), None) = (near.next(), near.next()) {
            let message = format!("`{glob}` takes nothing away: no source has this domain");
            let fault = place.finding(Code::NoEffect, message);
            found.push(fault.help(format!("did you mean `!{meant}`?")));
        }
    }
    found
}

/// Whether a name is a slip of another, or has one letter more or less. One with another number or
/// letter may be the name of a domain that is still to come.
fn is_miswritten(written: &str, meant: &str) -> bool {
    let written = written.to_ascii_lowercase();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let is_one_more = written.len() != meant.len()
        && changes(&written, meant, 1).is_some()
        && digits(&written) == digits(meant);
    is_one_more || is_slip(&written, meant)
}

/// Finds the globs that no domain can match, whatever the sources have.
fn strangers(globs: &GlobsOutline, list: Place) -> Vec<Diagnostic> {
    let all = globs.globs.iter();
    let strange = all.filter(|(text, _)| !is_glob(bare(text)) || is_ending(bare(text)));
    let told = strange.take(FINDINGS_MAX).map(|(text, place)| {
        if is_ending(bare(text)) {
            let found = at(*place, format!("no domain can be called `{text}`"));
            let meant = text.replacen('.', "*.", 1);
            return found.help(format!("for all names that end so, write `{meant}`"));
        }
        let found = stranger(place.span, text);
        let found = match Meant::of(text) {
            // Two names in a text that stands for the whole list.
            Meant::Several(meant) if *place == list => found.fix(place.span, glob_list(&meant)),
            _ => found,
        };
        found.relocate(place.file, |span| span)
    });
    told.collect()
}

/// Returns a glob of a list without the sign that it takes away.
fn bare(text: &str) -> &str {
    text.strip_prefix('!').unwrap_or(text)
}

/// Whether a text is a point and one part of a name: `.com`. All names below another are called by
/// more, `.example.com`.
fn is_ending(text: &str) -> bool {
    let part = text.strip_prefix('.');
    part.is_some_and(|part| !part.is_empty() && !part.contains(['.', '*', '?']))
}

/// Says how a list is to be written of which nothing is left.
fn smaller(globs: &GlobsOutline) -> String {
    let all: Vec<String> = globs.list.texts().collect();
    let is_short = all.len() < 4 && all.len() == globs.globs.len();
    if is_short && !all.is_empty() && all.iter().all(|glob| glob.starts_with('!') && glob != "!*") {
        let whole: Vec<String> = std::iter::once("*".to_owned()).chain(all).collect();
        let whole = glob_list(&whole);
        return format!("say first what it takes from: `{whole}` is every domain but these");
    }
    "of the globs that match a domain the last decides; put `!…` after what it takes from, and make it smaller".to_owned()
}

fn at(place: Place, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::NoDomain, place.span, message).relocate(place.file, |span| span)
}
