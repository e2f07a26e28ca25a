//! A backtest as one file that can be sent to somebody: what the time was like, in words, tables
//! and charts. It asks for nothing from anywhere.

mod charts;
mod html;
mod sentence;
mod spans;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::outcome::{Outcome, Scope};
use super::recording::Recording;
use super::words::{duration, peak as peak_of, rate, time};
use crate::engine::AlertKey;
use crate::replay::firing::Firing;
use crate::replay::summary::{Tally, median, noisiest};
use crate::unit::{Minute, Series, counted};

use self::html::{Html, escaped, table};
use self::sentence::{firsts, told, whom};

/// The page around what is written here, its style and its program.
const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const PROGRAM: &str = include_str!("page.js");

/// How many firings and domains the tables have: more belong into another tool.
const FIRINGS_MAX: usize = 500;
const DOMAINS_MAX: usize = 100;
/// How much of what happened is told in a sentence each.
const TOLD_MAX: usize = 10;

/// Returns the page.
pub(super) fn page(
    outcome: &Outcome<'_>,
    scope: &Scope,
    recording: &Recording,
) -> anyhow::Result<String> {
    let (first, last) = scope.span;
    let title = format!("Backtest, {} to {} UTC", time(first), time(last.next()));
    let mut body = Html::default();
    let _ = writeln!(body.0, "<h1>{}</h1>", escaped(&title));
    summary(&mut body, outcome, scope);
    body.0.push_str("<section id=\"overview\"></section>\n");
    rules(&mut body, outcome, scope);
    domains(&mut body, outcome, scope);
    messages(&mut body, outcome, scope);
    body.0.push_str("<h2 id=\"charts-title\">Domains</h2>\n");
    let _ = writeln!(
        body.0,
        "<p class=\"hint\">A curve is a value that a rule looks at, {}; the dashed line of its colour is what it is compared with. A coloured span is an alert, paler before it fired. Click a name to hide its curve.</p>",
        match charts::bucket(scope) {
            1 => "minute by minute".to_owned(),
            minutes => format!("from the least to the greatest of every {minutes} minutes"),
        }
    );
    body.0.push_str("<section id=\"charts\"><noscript>The charts need JavaScript; all that they show stands in the tables.</noscript></section>\n");
    body.more(scope.series.len(), charts::CHARTS_MAX, "domain");
    firings(&mut body, outcome, scope);
    let _ = writeln!(
        body.0,
        "<footer>{} over {}. Times are UTC. A minute is judged {} after its end (<code>settle:</code>): the times at which receivers are told are after that, all others are minutes of the data. A minute for which a domain has no sample is judged later, at most {} after its end (<code>max_lateness:</code>).</footer>",
        escaped(outcome.path),
        escaped(&scope.name),
        outcome.config.settle,
        outcome.config.max_lateness
    );
    let charts = charts::json(outcome, scope, recording)?;
    // Nothing that is put in has a mark: `<` is escaped in all that comes from outside.
    let marks = [
        ("<!--style-->", STYLE),
        ("<!--program-->", PROGRAM),
        ("<!--title-->", &escaped(&title)),
        ("<!--body-->", &body.0),
        ("<!--data-->", &charts),
    ];
    let put = |page: String, (mark, text): (&str, &str)| page.replacen(mark, text, 1);
    Ok(marks.into_iter().fold(PAGE.to_owned(), put))
}

/// Says in sentences what the time was like.
fn summary(body: &mut Html, outcome: &Outcome<'_>, scope: &Scope) {
    let tally = Tally::of(outcome.firings.iter(), scope.span);
    let domains = scope.series.len() as u64;
    body.0.push_str("<section id=\"summary\">\n");
    body.paragraph(&format!(
        "{} watched {} for {}.",
        counted(outcome.rules.len(), "rule"),
        counted(domains, "domain"),
        duration(scope.minutes())
    ));
    let untried = outcome.untried.sentences(outcome.rules);
    for said in untried.iter().take(TOLD_MAX) {
        body.paragraph(said);
    }
    body.more(untried.len(), TOLD_MAX, "such rule");
    if outcome.firings.is_empty() {
        let mut rules = outcome.rules.iter();
        if rules.any(|rule| outcome.untried.has_tried(rule)) {
            body.paragraph("Nothing would have fired.");
        }
        body.0.push_str("</section>\n");
        return;
    }
    let calm = domains.saturating_sub(tally.domains() as u64);
    let known = median(&tally.to_know).zip(tally.to_know.last());
    let known = known.map_or_else(String::new, |(usual, worst)| {
        format!(
            " From the first minute in which the condition was true to the one that decided took {} for half of them, {} at the worst.",
            duration(usual),
            duration(*worst)
        )
    });
    let calm = match calm {
        0 => String::new(),
        1 => "; one had none".to_owned(),
        calm => format!("; {calm} had none"),
    };
    body.paragraph(&format!(
        "{} would have fired, on {}{calm}. Half of them lasted {} or less.{known}",
        counted(tally.firings, "alert"),
        counted(tally.domains(), "domain"),
        duration(median(&tally.lengths).unwrap_or(0)),
    ));
    body.0.push_str("<p>The worst:</p>\n<ul>\n");
    let worst = outcome.worst(scope.span.1, TOLD_MAX + 1);
    for outage in worst.iter().take(TOLD_MAX) {
        let said = told(outage, scope) + &whom(outcome, outage);
        let _ = writeln!(body.0, "<li>{}</li>", escaped(&said));
    }
    body.0.push_str("</ul>\n");
    if worst.len() > TOLD_MAX {
        body.paragraph("What was less bad is among the alerts at the end of the page.");
    }
    body.0.push_str("</section>\n");
}

fn rules(body: &mut Html, outcome: &Outcome<'_>, scope: &Scope) {
    let mut rows = Vec::new();
    for rule in outcome.rules {
        let own = outcome.firings.iter();
        let tally = Tally::of(own.filter(|of| of.key.rule == rule.name), scope.span);
        let about = scope.series.iter();
        let about = about.filter(|of| rule.domains.matches(of.domain.as_str()));
        let of = |number: Option<u64>| number.map(duration).unwrap_or_default();
        let conditions = rule.compiled.tiers.iter().rev();
        let conditions = conditions.map(|tier| format!("{}: {}", tier.severity, tier.text));
        rows.push(vec![
            rule.name.clone(),
            conditions.collect::<Vec<_>>().join("\n"),
            tally.firings.to_string(),
            if rule.is_fleet() {
                "together".to_owned()
            } else {
                format!("{} of {}", tally.domains(), about.count())
            },
            duration(tally.minutes),
            of(tally.lengths.last().copied()),
            match median(&tally.to_know) {
                None if tally.firings > 0 => "not known".to_owned(),
                usual => of(usual),
            },
        ]);
    }
    body.0.push_str("<h2>Rules</h2>\n");
    let heads = [
        "rule",
        "condition",
        "alerts",
        "domains",
        "firing",
        "longest",
        "known after",
    ];
    body.0.push_str(&table("rules", &heads, &rows));
    body.0.push_str("<p class=\"hint\">Firing adds up all alerts, also those of several domains at the same time. Known after: from the first minute in which the condition was true, without its <code>for</code>, to the deciding one; half of the alerts were known sooner or just then. Of one whose condition was true already in the first minute that is judged it is not known. A window such as <code>over 1h</code> is true later than the first bad minute.</p>\n");
}

fn domains(body: &mut Html, outcome: &Outcome<'_>, scope: &Scope) {
    let noisy = noisiest(&outcome.firings, scope.span);
    if noisy.is_empty() {
        return;
    }
    let row = |(series, tally): &(Series, Tally)| {
        let rules = tally.rules().into_iter();
        let rules = rules.map(|(rule, count)| format!("{rule} {count}"));
        vec![
            scope.title(series),
            tally.firings.to_string(),
            duration(tally.minutes),
            rules.collect::<Vec<_>>().join(", "),
        ]
    };
    let rows: Vec<Vec<String>> = noisy.iter().take(DOMAINS_MAX).map(row).collect();
    body.0.push_str("<h2>Noisiest domains</h2>\n");
    body.0.push_str(&table(
        "domains",
        &["domain", "alerts", "firing", "rules"],
        &rows,
    ));
    body.more(noisy.len(), DOMAINS_MAX, "domain");
}

fn messages(body: &mut Html, outcome: &Outcome<'_>, scope: &Scope) {
    if outcome.messages.counts.is_empty() {
        return;
    }
    let rows = outcome.messages.counts.iter().map(|(receiver, messages)| {
        let a_day = rate(*messages, 1, scope.minutes());
        vec![
            receiver.0.clone(),
            messages.to_string(),
            a_day.unwrap_or_default(),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    body.0.push_str("<h2>Messages</h2>\n");
    let heads = ["receiver", "messages", "a day"];
    body.0.push_str(&table("messages", &heads, &rows));
    body.0.push_str("<p class=\"hint\">In groups, with reminders and escalations that nobody answers, up to the end of the data, and flapping and storms as the service has them. What the service tells of itself, such as a source that is late, is not among them.</p>\n");
}

/// Returns the firings that the report lists: the most severe first, each severity in the order of time. If they are
/// too many, the longest of each alert are there, then the second longest: one that fires all the time leaves room
/// for the others.
fn listed(firings: &[Firing], last: Minute) -> Vec<&Firing> {
    let mut longest: Vec<(usize, &Firing)> = firings.iter().enumerate().collect();
    longest.sort_by_key(|(place, of)| (Reverse(of.minutes(last)), *place));
    let mut seen: BTreeMap<&AlertKey, usize> = BTreeMap::new();
    let mut ranked: Vec<_> = longest
        .into_iter()
        .map(|(place, of)| {
            let times = seen.entry(&of.key).or_default();
            *times += 1;
            (*times, Reverse(of.severity), place, of)
        })
        .collect();
    // What is alike stays with the longest first.
    ranked.sort_by_key(|(times, severity, ..)| (*times, *severity));
    ranked.truncate(FIRINGS_MAX);
    ranked.sort_by_key(|(_, severity, place, _)| (*severity, *place));
    ranked.into_iter().map(|(.., of)| of).collect()
}

fn firings(body: &mut Html, outcome: &Outcome<'_>, scope: &Scope) {
    let (first, last) = scope.span;
    if outcome.firings.is_empty() {
        return;
    }
    body.0.push_str("<h2>Alerts</h2>\n");
    let row = |firing: &Firing| {
        vec![
            time(firing.fired),
            firing.severity.to_string(),
            firing.key.rule.clone(),
            scope.place(firing),
            format!(
                "{}{}",
                duration(firing.minutes(last)),
                if firing.end.is_none() { " +" } else { "" }
            ),
            match firing.minutes_to_know(first) {
                Some(minutes) => duration(minutes),
                None => "not known".to_owned(),
            },
            firing.peak.as_ref().map(peak_of).unwrap_or_default(),
            firsts(outcome, &[firing]),
        ]
    };
    let listed = listed(&outcome.firings, last).into_iter();
    let rows: Vec<Vec<String>> = listed.map(row).collect();
    let heads = [
        "fired at",
        "severity",
        "rule",
        "domain",
        "for",
        "known after",
        "peak",
        "told",
    ];
    body.0.push_str(&table("firings", &heads, &rows));
    let more = outcome.firings.len().saturating_sub(FIRINGS_MAX) as u64;
    if more > 0 {
        body.paragraph(&format!(
            "and {more} more: of alerts that fired often, the longest are listed"
        ));
    }
}
