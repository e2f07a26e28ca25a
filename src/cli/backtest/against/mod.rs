//! What a change of the rules would have changed, for people and for a pull request.

mod differences;
mod markdown;

use std::cmp::Reverse;
use std::fmt::Write as _;

use self::differences::{differences, word};
use self::markdown::{cell, table};
use super::outcome::{Outcome, Scope};
use super::timeline::Look;
use super::words::{Side, columns, duration, name, paragraph, time, whole};
use crate::replay::compare::{Change, Pair, overlap, pairs};
use crate::replay::firing::Firing;
use crate::replay::worst::Outage;
use crate::unit::{DomainName, Minute, Severity, counted};

/// How many characters of an alert a terminal shows.
const ALERT_MAX: usize = 34;
/// How many of the worst outages are looked for, and how many that are lost are named.
const OUTAGES_MAX: usize = 10;
const LOST_MAX: usize = 3;

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
    pub(super) fn human(&self, look: Look) -> String {
        let mut text = format!(
            "{} against {}, over {}\n",
            self.new.path, self.old.path, self.scope.name
        );
        let (first, last) = self.scope.span;
        let _ = writeln!(text, "{} to {} UTC\n", time(first), time(last.next()));
        let _ = writeln!(text, "{}", paragraph(&self.headline(last)));
        for said in self.of_rules() {
            let _ = writeln!(text, "{}", paragraph(&said));
        }
        let rules = self.rules(name);
        if !rules.is_empty() {
            let mut rows = vec![RULE_HEADS.map(str::to_owned).to_vec()];
            rows.extend(rules);
            text.push_str(&columns(&RULE_SIDES, &rows));
            text.push('\n');
        }
        let messages = self.messages(name);
        if !messages.is_empty() {
            let mut rows = vec![MESSAGE_HEADS.map(str::to_owned).to_vec()];
            rows.extend(messages);
            text.push_str(&columns(&RULE_SIDES[..4], &rows));
            text.push('\n');
        }
        let (rows, more) = differences(&self.pairs, self.scope, ALERT_MAX + look.spare());
        if !rows.is_empty() {
            text.push_str(&columns(&[Side::Left; 4], &rows));
        }
        if more > 0 {
            let _ = writeln!(text, "and {more} more (--format json has all)");
        }
        text
    }

    /// Returns the comparison for a pull request.
    pub(super) fn markdown(&self) -> String {
        let (first, last) = self.scope.span;
        let mut text = format!("**{}**\n\n", cell(&self.headline(last)));
        for said in self.of_rules() {
            let _ = writeln!(text, "{}\n", cell(&said));
        }
        let rules = self.rules(whole);
        if !rules.is_empty() {
            text.push_str(&table(&RULE_HEADS, rules));
        }
        let messages = self.messages(whole);
        if !messages.is_empty() {
            text.push_str(&table(&MESSAGE_HEADS, messages));
        }
        let (rows, more) = differences(&self.pairs, self.scope, usize::MAX);
        if !rows.is_empty() {
            let _ = writeln!(text, "<details><summary>What changed</summary>\n");
            text.push_str(&table(&["", "when", "alert", "how"], rows));
            if more > 0 {
                let _ = writeln!(text, "and {more} more\n");
            }
            text.push_str("</details>\n\n");
        }
        let domains = counted(self.scope.series.len(), "domain");
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
        let worst = self.old.worst(last, OUTAGES_MAX);
        if let Some(worst) = worst.first() {
            said.push(self.fate(worst, last));
        }
        said.extend(self.lost(worst.get(1..).unwrap_or_default()));
        let moved = self.pairs.iter().filter_map(Pair::later);
        let (late, soon): (Vec<i64>, Vec<i64>) = moved
            .filter(|later| *later != 0)
            .partition(|later| *later > 0);
        for (minutes, how) in [(late, "later"), (soon, "sooner")] {
            let most = minutes.iter().map(|minutes| minutes.unsigned_abs()).max();
            if let Some(most) = most {
                let alerts = counted(minutes.len(), "alert");
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
        let firings = |outcome: &Outcome<'_>, least: Severity| {
            let firings = outcome.firings.iter();
            firings.filter(|firing| least <= firing.severity).count() as u64
        };
        let difference = |least: Severity, noun: &str| {
            let (old, new) = (firings(self.old, least), firings(self.new, least));
            match old.cmp(&new) {
                std::cmp::Ordering::Equal => format!("as many {noun}s ({new})"),
                std::cmp::Ordering::Less => {
                    format!("{} more ({old} → {new})", counted(new - old, noun))
                }
                std::cmp::Ordering::Greater => {
                    format!("{} fewer ({old} → {new})", counted(old - new, noun))
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

    /// Says which rules only one of the files has, and which could not be tried.
    fn of_rules(&self) -> Vec<String> {
        let only = |this: &Outcome<'_>, other: &Outcome<'_>| {
            let rules = this.rules.iter();
            let only = rules.filter(|rule| other.rules.iter().all(|of| of.name != rule.name));
            let only = only.map(|rule| {
                let firings = this.firings.iter();
                let fired = firings
                    .filter(|firing| firing.key.rule == rule.name)
                    .count() as u64;
                match fired {
                    0 if !this.untried.has_tried(rule) => {
                        format!("{} (not tried)", whole(&rule.name))
                    }
                    0 => format!("{} (never fires)", whole(&rule.name)),
                    _ => format!("{} ({})", whole(&rule.name), counted(fired, "alert")),
                }
            });
            only.collect::<Vec<_>>()
        };
        let mut said = Vec::new();
        for (what, only) in [
            ("New", only(self.new, self.old)),
            ("Gone", only(self.old, self.new)),
        ] {
            if !only.is_empty() {
                said.push(format!("{what}: {}.", only.join(", ")));
            }
        }
        said.extend(self.new.untried.sentences(self.new.rules));
        said
    }

    /// Says whether an outage that the old rules knew is still caught, and when.
    fn fate(&self, outage: &Outage<'_>, last: Minute) -> String {
        let worst = outage.firing;
        let outage = format!(
            "{}'s outage {} ({})",
            worst.fired.start().format("%A"),
            place(outage),
            duration(worst.minutes(last))
        );
        // The same rule, if it still fires; else the most severe, whichever is the first of these.
        let same = self.catching(worst).find(|new| new.key == worst.key);
        let first = self
            .catching(worst)
            .min_by_key(|new| (Reverse(new.severity), new.fired));
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
            format!(" by {}", whole(&new.key.rule))
        };
        let lower = if new.severity < worst.severity {
            format!(", only as {}", new.severity)
        } else {
            String::new()
        };
        format!("{outage} still caught{by}{lower}{when}")
    }

    /// Returns the new firings that are of an old one's domains and time.
    fn catching<'b>(&'b self, old: &'b Firing) -> impl Iterator<Item = &'b Firing> {
        let is_there = |new: &Firing| match (old.domain(), new.domain()) {
            (Some(old), Some(new)) => old == new,
            (None, Some(new)) if !old.on.is_empty() => old.on.iter().any(|of| of.domain == *new),
            (None, _) | (_, None) => true,
        };
        let new = self.new.firings.iter();
        new.filter(move |new| is_there(new) && overlap(old, new))
    }

    /// Says which of these outages, that the old rules knew, no new rule knows.
    fn lost(&self, outages: &[Outage<'_>]) -> Option<String> {
        let lost = outages.iter().filter(|outage| {
            outage
                .alerts
                .iter()
                .all(|old| self.catching(old).next().is_none())
        });
        let lost: Vec<String> = lost
            .map(|outage| {
                format!(
                    "{} {}",
                    outage.fired.start().format("%A %H:%M"),
                    place(outage)
                )
            })
            .collect();
        let more = lost.len().saturating_sub(LOST_MAX);
        let named = lost.iter().take(LOST_MAX).cloned();
        let named: Vec<String> = named.collect();
        match (named.as_slice(), more) {
            ([], _) => None,
            (named, 0) => Some(format!("no longer caught: {}", named.join(", "))),
            (named, more) => Some(format!(
                "no longer caught: {} and {more} more",
                named.join(", ")
            )),
        }
    }

    /// Returns a row for each rule of either file whose alerts differ.
    fn rules(&self, cut: fn(&str) -> String) -> Vec<Vec<String>> {
        let mut names: Vec<&str> = Vec::new();
        for rule in self.new.rules.iter().chain(self.old.rules) {
            if !names.contains(&rule.name.as_str()) {
                names.push(&rule.name);
            }
        }
        let row = |rule: &str| {
            let of_rule =
                |pair: &&Pair<'_>| pair.shown().is_some_and(|firing| firing.key.rule == rule);
            let how_many = |change: Change| {
                let pairs = self.pairs.iter().filter(of_rule);
                pairs.filter(|pair| pair.change() == change).count()
            };
            let (added, removed) = (how_many(Change::Added), how_many(Change::Removed));
            let (moved, kept) = (how_many(Change::Moved), how_many(Change::Kept));
            let cells = [
                cut(rule),
                (removed + moved + kept).to_string(),
                (added + moved + kept).to_string(),
                signed(added, removed),
                moved.to_string(),
            ];
            (added + removed + moved > 0).then(|| cells.to_vec())
        };
        names.into_iter().filter_map(row).collect()
    }

    fn messages(&self, cut: fn(&str) -> String) -> Vec<Vec<String>> {
        let mut receivers: Vec<_> = self.new.messages.counts.keys().collect();
        receivers.extend(self.old.messages.counts.keys());
        receivers.sort();
        receivers.dedup();
        let row = |receiver| {
            let of = |outcome: &Outcome<'_>| {
                let messages = outcome.messages.counts.get(receiver).copied().unwrap_or(0);
                usize::try_from(messages).unwrap_or(usize::MAX)
            };
            let (old, new) = (of(self.old), of(self.new));
            let cells = [
                cut(&receiver.0),
                old.to_string(),
                new.to_string(),
                signed(new, old),
            ];
            (old != new).then(|| cells.to_vec())
        };
        receivers.into_iter().filter_map(row).collect()
    }
}

/// Returns where an outage was: `on www.example.com and 2 more`.
fn place(outage: &Outage<'_>) -> String {
    let more = outage.domains.saturating_sub(1);
    match outage.firing.domain() {
        Some(domain) if more > 0 => format!("on {} and {more} more", whole(domain.as_str())),
        Some(domain) => format!("on {}", whole(domain.as_str())),
        None => format!("of {}", counted(outage.domains, "domain")),
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

fn signed(more: usize, fewer: usize) -> String {
    match more.cmp(&fewer) {
        std::cmp::Ordering::Less => format!("-{}", fewer - more),
        std::cmp::Ordering::Equal => "0".to_owned(),
        std::cmp::Ordering::Greater => format!("+{}", more - fewer),
    }
}
