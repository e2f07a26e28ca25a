//! What a change of the rules would have changed, for people and for a pull request.

use std::fmt::Write as _;

use super::outcome::{Outcome, Scope};
use super::words::{Side, clip, columns, count, duration, name, paragraph, time};
use crate::replay::compare::{Change, Pair, overlap, pairs};
use crate::replay::firing::Firing;
use crate::unit::{DomainName, Minute, Severity};

/// How many differences are listed: a review does not read more.
const LISTED_MAX: usize = 30;

/// The outcomes of two rules files, and how they differ.
pub(super) struct Against<'a> {
    scope: &'a Scope,
    old: &'a Outcome<'a>,
    new: &'a Outcome<'a>,
    pairs: Vec<Pair<'a>>,
}

impl<'a> Against<'a> {
    pub(super) fn new(scope: &'a Scope, old: &'a Outcome<'a>, new: &'a Outcome<'a>) -> Self {
        Self {
            scope,
            old,
            new,
            pairs: pairs(&old.firings, &new.firings),
        }
    }

    /// Returns the comparison for a terminal.
    pub(super) fn human(&self) -> String {
        let mut text = format!(
            "{} against {}, over {}\n",
            self.new.path, self.old.path, self.scope.name
        );
        let Some((first, last)) = self.scope.span else {
            text.push_str("there is no minute to judge\n");
            return text;
        };
        let _ = writeln!(text, "{} to {} UTC\n", time(first), time(last.next()));
        let _ = writeln!(text, "{}", paragraph(&self.headline(last)));
        let rules = self.rules();
        if !rules.is_empty() {
            let mut rows = vec![RULE_HEADS.map(str::to_owned).to_vec()];
            rows.extend(rules);
            text.push_str(&columns(&RULE_SIDES, &rows));
            text.push('\n');
        }
        let messages = self.messages();
        if !messages.is_empty() {
            let mut rows = vec![MESSAGE_HEADS.map(str::to_owned).to_vec()];
            rows.extend(messages);
            text.push_str(&columns(&RULE_SIDES[..4], &rows));
            text.push('\n');
        }
        let (rows, more) = self.differences(last);
        if !rows.is_empty() {
            text.push_str(&columns(&DIFFERENCE_SIDES, &rows));
        }
        if more > 0 {
            let _ = writeln!(text, "and {more} more (--format json has all)");
        }
        text
    }

    /// Returns the comparison for a pull request.
    pub(super) fn markdown(&self) -> String {
        let Some((first, last)) = self.scope.span else {
            return "There is no minute to judge.\n".to_owned();
        };
        let mut text = format!("**{}**\n\n", self.headline(last));
        let rules = self.rules();
        if !rules.is_empty() {
            text.push_str(&table(&RULE_HEADS, rules));
        }
        let messages = self.messages();
        if !messages.is_empty() {
            text.push_str(&table(&MESSAGE_HEADS, messages));
        }
        let (rows, more) = self.differences(last);
        if !rows.is_empty() {
            let _ = writeln!(text, "<details><summary>What changed</summary>\n");
            text.push_str(&table(&["", "when", "alert", "how"], rows));
            if more > 0 {
                let _ = writeln!(text, "and {more} more\n");
            }
            text.push_str("</details>\n\n");
        }
        let domains = count(self.scope.series.len() as u64, "domain");
        let (new, old) = (cell(self.new.path), cell(self.old.path));
        let _ = writeln!(
            text,
            "{new} against {old}, {domains}, {} to {} UTC.",
            time(first),
            time(last.next())
        );
        text
    }

    /// Returns a JSON document a line, for each firing.
    pub(super) fn json(&self) -> String {
        let mut text = String::new();
        for pair in &self.pairs {
            let Some(shown) = pair.shown() else { continue };
            let of = |firing: Option<&Firing>| {
                firing.map(|of| {
                    serde_json::json!({
                        "since": of.since.to_string(),
                        "fired": of.fired.to_string(),
                        "end": of.end.map(|end| end.to_string()),
                        "severity": of.severity.as_str(),
                    })
                })
            };
            let line = serde_json::json!({
                "change": word(pair.change()),
                "rule": shown.key.rule,
                "domain": shown.domain().map(DomainName::as_str),
                "later_minutes": pair.later(),
                "old": of(pair.old),
                "new": of(pair.new),
            });
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// Says in a sentence or three what the change does.
    fn headline(&self, last: Minute) -> String {
        let mut said = vec![self.counted()];
        if let Some(worst) = self.worst(last) {
            said.push(self.fate(worst, last));
        }
        let moved = self.pairs.iter().filter_map(Pair::later);
        let (late, soon): (Vec<i64>, Vec<i64>) = moved
            .filter(|later| *later != 0)
            .partition(|later| *later > 0);
        for (minutes, how) in [(late, "later"), (soon, "sooner")] {
            let most = minutes.iter().map(|minutes| minutes.unsigned_abs()).max();
            if let Some(most) = most {
                let alerts = count(minutes.len() as u64, "alert");
                said.push(format!("{alerts} {how}, by up to {}", duration(most)));
            }
        }
        format!(
            "Over {}: {}.",
            duration(self.scope.minutes()),
            said.join("; ")
        )
    }

    /// Says how many alerts there are more or fewer, and how many of them are critical.
    fn counted(&self) -> String {
        let counted = |outcome: &Outcome<'_>, least: Severity| {
            let firings = outcome.firings.iter();
            firings.filter(|firing| least <= firing.severity).count() as u64
        };
        let difference = |least: Severity, noun: &str| {
            let (old, new) = (counted(self.old, least), counted(self.new, least));
            match old.cmp(&new) {
                std::cmp::Ordering::Equal => format!("as many {noun}s ({new})"),
                std::cmp::Ordering::Less => {
                    format!("{} more ({old} → {new})", count(new - old, noun))
                }
                std::cmp::Ordering::Greater => {
                    format!("{} fewer ({old} → {new})", count(old - new, noun))
                }
            }
        };
        let all = difference(Severity::Info, "alert");
        let firings = self.old.firings.iter().chain(&self.new.firings);
        let severities: Vec<Severity> = firings.map(|firing| firing.severity).collect();
        let mixed = severities.contains(&Severity::Critical)
            && severities.iter().any(|of| *of != Severity::Critical);
        if mixed {
            format!(
                "{all}, {}",
                difference(Severity::Critical, "critical alert")
            )
        } else {
            all
        }
    }

    /// Returns the worst outage that the old rules knew: the longest of the most severe.
    fn worst(&self, last: Minute) -> Option<&'a Firing> {
        let firings = self.old.firings.iter();
        firings.max_by_key(|firing| {
            let earliest = std::cmp::Reverse(firing.fired);
            (firing.severity, firing.minutes(last), earliest)
        })
    }

    /// Says whether an outage is still caught, and when.
    fn fate(&self, worst: &Firing, last: Minute) -> String {
        let day = worst.fired.start().format("%A").to_string();
        let place = worst.domain().map(|domain| name(domain.as_str()));
        let place = place.map_or_else(String::new, |domain| format!(" on {domain}"));
        let length = duration(worst.minutes(last));
        let outage = format!("{day}'s outage{place} ({length})");
        let of_domain = |new: &&Firing| {
            let is_there = match (worst.domain(), new.domain()) {
                (Some(old), Some(new)) => old == new,
                (None, _) | (_, None) => true,
            };
            is_there && overlap(worst, new)
        };
        let catching = self.new.firings.iter().filter(of_domain);
        // The same rule, if it still fires; else whichever is the first to.
        let same = catching.clone().find(|new| new.key == worst.key);
        let first = catching.min_by_key(|new| new.fired);
        let Some(new) = same.or(first) else {
            return format!("{outage} no longer caught");
        };
        let later = new.fired.epoch() - worst.fired.epoch();
        let when = match later {
            0 => String::new(),
            1.. => format!(", {} later", duration(later.unsigned_abs())),
            _ => format!(", {} sooner", duration(later.unsigned_abs())),
        };
        let by = if new.key.rule == worst.key.rule {
            String::new()
        } else {
            format!(" by {}", name(&new.key.rule))
        };
        format!("{outage} still caught{by}{when}")
    }

    /// Returns a row for each rule of either file whose alerts differ.
    fn rules(&self) -> Vec<Vec<String>> {
        let mut names: Vec<&str> = Vec::new();
        for rule in self.new.rules.iter().chain(self.old.rules) {
            if !names.contains(&rule.name.as_str()) {
                names.push(&rule.name);
            }
        }
        let row = |rule: &str| {
            let of_rule =
                |pair: &&Pair<'_>| pair.shown().is_some_and(|firing| firing.key.rule == rule);
            let counted = |change: Change| {
                let pairs = self.pairs.iter().filter(of_rule);
                pairs.filter(|pair| pair.change() == change).count()
            };
            let (added, removed) = (counted(Change::Added), counted(Change::Removed));
            let (moved, kept) = (counted(Change::Moved), counted(Change::Kept));
            let cells = [
                name(rule),
                (removed + moved + kept).to_string(),
                (added + moved + kept).to_string(),
                signed(added, removed),
                moved.to_string(),
            ];
            (added + removed + moved > 0).then(|| cells.to_vec())
        };
        names.into_iter().filter_map(row).collect()
    }

    fn messages(&self) -> Vec<Vec<String>> {
        let mut receivers: Vec<_> = self.new.messages.keys().collect();
        receivers.extend(self.old.messages.keys());
        receivers.sort();
        receivers.dedup();
        let row = |receiver| {
            let of = |outcome: &Outcome<'_>| {
                let messages = outcome.messages.get(receiver).copied().unwrap_or(0);
                usize::try_from(messages).unwrap_or(usize::MAX)
            };
            let (old, new) = (of(self.old), of(self.new));
            let cells = [
                name(&receiver.0),
                old.to_string(),
                new.to_string(),
                signed(new, old),
            ];
            (old != new).then(|| cells.to_vec())
        };
        receivers.into_iter().filter_map(row).collect()
    }

    /// Returns a row for each difference, and how many are left out.
    fn differences(&self, last: Minute) -> (Vec<Vec<String>>, usize) {
        let differing = self.pairs.iter();
        let differing: Vec<_> = differing
            .filter(|pair| pair.change() != Change::Kept)
            .collect();
        let more = differing.len().saturating_sub(LISTED_MAX);
        let row = |pair: &&Pair<'_>| {
            let shown = pair.shown()?;
            let domain = shown.domain().map(|domain| name(domain.as_str()));
            let alert = format!("{} {}", shown.key.rule, domain.unwrap_or_default());
            Some(vec![
                word(pair.change()).to_owned(),
                time(shown.fired),
                clip(alert.trim(), 34),
                how(pair, last),
            ])
        };
        let rows = differing.iter().take(LISTED_MAX).filter_map(row);
        (rows.collect(), more)
    }
}

const RULE_HEADS: [&str; 5] = ["RULE", "BEFORE", "AFTER", "CHANGE", "MOVED"];
const MESSAGE_HEADS: [&str; 4] = ["MESSAGES TO", "BEFORE", "AFTER", "CHANGE"];
const RULE_SIDES: [Side; 5] = [
    Side::Left,
    Side::Right,
    Side::Right,
    Side::Right,
    Side::Right,
];
const DIFFERENCE_SIDES: [Side; 4] = [Side::Left, Side::Left, Side::Left, Side::Left];

const fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Moved => "moved",
        Change::Kept => "kept",
    }
}

fn signed(more: usize, fewer: usize) -> String {
    match more.cmp(&fewer) {
        std::cmp::Ordering::Less => format!("-{}", fewer - more),
        std::cmp::Ordering::Equal => "0".to_owned(),
        std::cmp::Ordering::Greater => format!("+{}", more - fewer),
    }
}

/// Says how a firing differs.
fn how(pair: &Pair<'_>, last: Minute) -> String {
    let (Some(old), Some(new)) = (pair.old, pair.new) else {
        return pair.shown().map_or_else(String::new, |firing| {
            format!("{}, {}", firing.severity, duration(firing.minutes(last)))
        });
    };
    let mut said = Vec::new();
    match new.fired.epoch() - old.fired.epoch() {
        0 => {}
        later @ 1.. => said.push(format!("{} later", duration(later.unsigned_abs()))),
        sooner => said.push(format!("{} sooner", duration(sooner.unsigned_abs()))),
    }
    let (before, after) = (old.minutes(last), new.minutes(last));
    if before != after {
        said.push(format!("{} → {}", duration(before), duration(after)));
    }
    if old.severity != new.severity {
        said.push(format!("{} → {}", old.severity, new.severity));
    }
    said.join(", ")
}

/// Returns a Markdown table.
fn table(heads: &[&str], rows: Vec<Vec<String>>) -> String {
    let line = |cells: &mut dyn Iterator<Item = String>| {
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let mut text = line(&mut heads.iter().map(|head| head.to_lowercase()));
    text.push_str(&line(&mut heads.iter().map(|_| "---".to_owned())));
    for row in rows {
        text.push_str(&line(&mut row.iter().map(|text| cell(text))));
    }
    text.push('\n');
    text
}

/// Returns a text as a cell of Markdown in which nothing is markup.
fn cell(text: &str) -> String {
    let mut escaped = String::new();
    for (at, c) in text.char_indices() {
        match c {
            // What looks like an address would become a link.
            ':' if text[at..].starts_with("://") => escaped.push_str("&#58;"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '@' | '#' | '~' | '!' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_markup_in_a_pull_request() {
        let text = cell("a|b</td><script>@all\n*x* [y](http://z)");
        for mark in ['|', '<', '>', '@', '*', '[', '\n', ':'] {
            assert!(!text.contains(mark), "{text}");
        }
    }
}
