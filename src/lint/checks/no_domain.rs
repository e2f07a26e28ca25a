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

use super::{Checked, no_effect};
use crate::config::{Domains, GlobsOutline, Meant, Outline, Place, glob_list, is_glob, stranger};
use crate::diag::{Code, Diagnostic, nearest};
use crate::unit::DomainName;

/// How many findings are told: whoever has more begins with these.
const FINDINGS_MAX: usize = 100;
/// How many pairs of glob and domain are tried in all: a file beyond is checked in part, at once.
const PAIRS_MAX: usize = 2_000_000;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let outline = checked.outline;
    let listed = listed(outline);
    let rules = outline.rules.iter().map(|rule| &rule.domains);
    let labels = outline.labels.iter().map(|entry| &entry.domains);
    let mut tries = 0_usize;
    let lists = rules.chain(labels).filter(|globs| globs.place.is_some());
    let domains = listed.as_ref().map_or(0, Vec::len);
    lists
        .flat_map(|globs| {
            tries = tries.saturating_add(globs.globs.len().saturating_mul(domains));
            let listed = listed.as_deref().filter(|_| tries <= PAIRS_MAX);
            of_list(globs, listed, outline)
        })
        .take(FINDINGS_MAX)
        .collect()
}

/// Returns the domains of all sources, if each of them lists its own.
pub(super) fn listed(outline: &Outline) -> Option<Vec<&DomainName>> {
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
    listed: Option<&[&DomainName]>,
    outline: &Outline,
) -> Vec<Diagnostic> {
    let Some(place) = globs.place else {
        return Vec::new();
    };
    let strange = strangers(globs, place);
    if !strange.is_empty() {
        return strange;
    }
    if !globs.list.can_match() {
        let message = "these globs can match no domain: nothing is left of what they take";
        return vec![at(place, message).help(smaller(globs))];
    }
    let mut found: Vec<Diagnostic> = no_effect::undone(globs).into_iter().collect();
    let Some(listed) = listed else {
        return found;
    };
    let shown = listed
        .iter()
        .filter(|name| !outline.hidden_texts.contains(name.as_str()));
    let shown = shown.map(|name| name.as_str());
    let names: BTreeSet<&str> = listed.iter().map(|name| name.as_str()).collect();
    let unknown: Vec<Diagnostic> = globs
        .globs
        .iter()
        .filter(|(glob, _)| !glob.starts_with('!') && !glob.contains(['*', '?']))
        .filter(|(glob, _)| !names.contains(glob.to_ascii_lowercase().as_str()))
        .take(FINDINGS_MAX)
        .map(|(glob, place)| {
            let fault = at(*place, format!("no source has the domain `{glob}`"));
            match nearest(glob, shown.clone()) {
                Some(near) => fault.help(format!("did you mean `{near}`?")),
                None => fault.help("add it to the source's `domains:`, or remove it here"),
            }
        })
        .collect();
    let matches_any = listed.iter().any(|name| globs.list.matches(name.as_str()));
    if unknown.is_empty() && !matches_any {
        let message = "these globs match none of the sources' domains";
        let help = "add the domain to the source's `domains:`, or mend the globs";
        return vec![at(place, message).help(help)];
    }
    found.extend(unknown);
    found
}

/// Finds the globs that no domain can match, whatever the sources have.
fn strangers(globs: &GlobsOutline, list: Place) -> Vec<Diagnostic> {
    let all = globs.globs.iter();
    let bare = |text: &'_ String| text.strip_prefix('!').unwrap_or(text).to_owned();
    let strange = all.filter(|(text, _)| !is_glob(&bare(text)) || is_ending(&bare(text)));
    let told = strange.take(FINDINGS_MAX).map(|(text, place)| {
        if is_ending(&bare(text)) {
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
