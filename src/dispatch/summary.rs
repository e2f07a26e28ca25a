//! Summaries: the rule's own sentence about an alert, from a template of the rules file.
//!
//! Pure: text and an alert in, one line of text out. A template cannot hang or fill the memory
//! (its fuel is limited), cannot break a mail's head (the result is one line without control characters),
//! and cannot keep an alert from being told: where it fails, a plain sentence says so instead.

use std::collections::BTreeMap;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use super::{AlertView, Reason};
use crate::unit::{Minute, Minutes};

/// The most that a rendering may do: about as many instructions, or 64 bytes each. A summary of
/// a screenful takes some hundreds.
pub const FUEL: u64 = 10_000;
/// How deep calls and blocks may nest; far more than a sentence needs, far less than a stack.
const DEPTH_MAX: usize = 50;
/// The longest template, in bytes: several screenfuls.
pub const TEMPLATE_BYTES_MAX: usize = 8 * 1024;
/// The longest summary, in characters: what fits a paragraph of a message.
const SUMMARY_CHARS_MAX: usize = 1_000;
/// How much of an error's text is quoted, in characters.
const FAULT_CHARS_MAX: usize = 200;

/// The variables of templates.
pub const VARIABLES: [&str; 18] = [
    "rule",
    "severity",
    "state",
    "reason",
    "account",
    "domain",
    "domains",
    "labels",
    "value",
    "values",
    "since",
    "until",
    "duration",
    "peak",
    "runbook_url",
    "url",
    "ack_url",
    "silence_url",
];

/// Renders the summary of an alert, as one line of at most 1,000 characters.
///
/// `minute` is the minute that decided what is told: `duration` counts from `since` to it. A
/// template that fails gives the plain sentence of [`plain`] and says that it failed.
pub fn render(template: &str, alert: &AlertView, reason: Reason, minute: Minute) -> String {
    let rendered = if template.len() > TEMPLATE_BYTES_MAX {
        Err("too long".to_owned())
    } else {
        environment()
            .render_str(template, Value::from(context(alert, reason, minute)))
            .map_err(|error| fault(&error))
    };
    match rendered {
        Ok(text) => one_line(&text, SUMMARY_CHARS_MAX),
        Err(fault) => one_line(
            &format!(
                "{} (the rule's summary could not be rendered: {fault})",
                plain(alert)
            ),
            SUMMARY_CHARS_MAX,
        ),
    }
}

/// Returns what an alert is about in a few words, for rules without a summary: `5xx is 34.2%`.
pub fn plain(alert: &AlertView) -> String {
    let part = alert.values.first().map_or("", |part| part.text.as_str());
    let what = match (part.is_empty(), alert.value.is_empty()) {
        // Of a rule over many domains the value is how many of them fire.
        (false, false) if alert.domain.is_empty() && part == "domains" => {
            match alert.value.as_str() {
                "1" => "1 domain fires".to_owned(),
                count => format!("{count} domains fire"),
            }
        }
        (true, _) => alert.rule.clone(),
        (false, true) => format!("{part} is unknown"),
        (false, false) => format!("{part} is {}", alert.value),
    };
    one_line(&what, SUMMARY_CHARS_MAX)
}

/// Returns the text as one line of at most `chars_max` characters: runs of white space and
/// control characters become one space, invisible characters that reorder or hide text go, and
/// what is cut off is marked by `…`.
pub fn one_line(text: &str, chars_max: usize) -> String {
    let mut line = String::with_capacity(text.len().min(chars_max * 4));
    let mut chars = 0;
    let mut gap = false;
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        if c.is_whitespace() || c.is_control() {
            gap = chars > 0;
            continue;
        }
        if chars + usize::from(gap) + 1 > chars_max {
            while line.chars().count() >= chars_max && line.pop().is_some() {}
            line.truncate(line.trim_end().len());
            line.push('…');
            return line;
        }
        if gap {
            line.push(' ');
            chars += 1;
            gap = false;
        }
        line.push(c);
        chars += 1;
    }
    line
}

/// Whether a character shows nothing and changes how its neighbours are shown.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// What makes lists of lists, or shows all there is: fuel is charged for neither before it is written out.
const LEFT_OUT: [&str; 7] = [
    "batch",
    "chain",
    "debug",
    "dict",
    "namespace",
    "slice",
    "zip",
];

/// Returns what templates are rendered in: strict, with little [fuel](FUEL) and few levels, and without
/// what grows.
pub fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH_MAX);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_debug(false);
    for name in LEFT_OUT {
        environment.remove_global(name);
        environment.remove_filter(name);
    }
    environment
}

fn context(alert: &AlertView, reason: Reason, minute: Minute) -> BTreeMap<String, Value> {
    let known = |text: &str| Value::from(if text.is_empty() { "unknown" } else { text });
    let values: BTreeMap<String, Value> = alert
        .values
        .iter()
        .map(|part| (part.text.clone(), known(&part.value)))
        .collect();
    let duration = match alert.since.parse::<Minute>() {
        Ok(since) => duration(since, minute),
        Err(_) => String::new(),
    };
    [
        ("rule", Value::from(&*alert.rule)),
        ("severity", Value::from(&*alert.severity)),
        ("state", Value::from(alert.state.as_str())),
        ("reason", Value::from(reason.as_str())),
        ("account", Value::from(&*alert.account)),
        ("domain", Value::from(&*alert.domain)),
        ("domains", Value::from(alert.domains.clone())),
        ("labels", Value::from(alert.labels.clone())),
        ("value", known(&alert.value)),
        ("values", Value::from(values)),
        ("since", Value::from(&*alert.since)),
        (
            "until",
            Value::from(alert.ended_at.as_deref().unwrap_or_default()),
        ),
        ("duration", Value::from(duration)),
        ("peak", known(&alert.peak)),
        ("runbook_url", Value::from(&*alert.runbook_url)),
        ("url", Value::from(&*alert.url)),
        ("ack_url", Value::from(&*alert.ack_url)),
        ("silence_url", Value::from(&*alert.silence_url)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Returns how long it is from one minute to another, in whole minutes: `1h12m`.
pub fn duration(from: Minute, to: Minute) -> String {
    let minutes = u32::try_from(to.epoch() - from.epoch()).unwrap_or(0);
    Minutes::new(minutes).map_or_else(|| "0m".to_owned(), |span| span.to_string())
}

fn fault(error: &Error) -> String {
    let kind = error.kind().to_string();
    let mut text = match error.detail() {
        Some(detail) => format!("{kind}: {detail}"),
        None => kind,
    };
    if let Some(line) = error.line().filter(|line| *line > 0) {
        text = format!("{text}, in line {line}");
    }
    one_line(&text, FAULT_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::{PartView, State};

    fn alert() -> AlertView {
        AlertView {
            id: "a1".into(),
            rule: "origin-5xx".into(),
            account: "main".into(),
            domain: "www.example.com".into(),
            domains: vec!["www.example.com".into()],
            severity: "critical".into(),
            state: State::Firing,
            since: "2026-11-22T10:00:00Z".into(),
            fired_at: "2026-11-22T10:02:00Z".into(),
            ended_at: None,
            condition: "5xx > 10%".into(),
            value: "34.2%".into(),
            peak: "40.1%".into(),
            values: vec![PartView {
                text: "5xx".into(),
                value: "34.2%".into(),
            }],
            labels: [("team".to_owned(), "edge".to_owned())].into(),
            summary: String::new(),
            runbook_url: String::new(),
            url: String::new(),
            end_reason: String::new(),
            minute: String::new(),
            ack_url: String::new(),
            silence_url: String::new(),
            ack: None,
        }
    }

    fn rendered(template: &str) -> String {
        let minute = "2026-11-22T10:12:00Z".parse().unwrap();
        render(template, &alert(), Reason::First, minute)
    }

    #[test]
    fn the_example_of_the_rules_file_reads_well() {
        let template = "{{ domain }}: {{ values['5xx'] }} of the origin's answers are 5xx";
        assert_eq!(
            rendered(template),
            "www.example.com: 34.2% of the origin's answers are 5xx"
        );
    }

    #[test]
    fn every_variable_is_there() {
        for name in VARIABLES {
            let template = format!("{{{{ {name} }}}}");
            let text = rendered(&template);
            assert!(!text.contains("could not be rendered"), "{name}: {text}");
        }
        assert_eq!(
            rendered("{{ duration }} {{ reason }} {{ labels.team }}"),
            "12m first edge"
        );
    }

    #[test]
    fn a_template_that_fails_on_the_day_still_tells_the_alert() {
        assert_eq!(
            rendered("{{ labels.owner }}"),
            "5xx is 34.2% (the rule's summary could not be rendered: undefined value, in line 1)"
        );
    }

    #[test]
    fn a_bomb_stops_by_fuel() {
        for bomb in [
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
            "{{ 'x' * 1000000000 }}",
            "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
            "{{ domain | indent(1000000000, true) }}",
            "{{ '%1000000000d' | format(1) }}",
            "{% set x = 'ab' * 1000 %}{{ (x * 1000) ~ (x * 1000) }}",
            "{{ range(100000000) | list | length }}",
        ] {
            assert!(rendered(bomb).contains("could not be rendered"), "{bomb}");
        }
        for name in LEFT_OUT {
            for use_of in [
                format!("{{{{ {name}(a=1) }}}}"),
                format!("{{{{ domains|{name} }}}}"),
            ] {
                assert!(rendered(&use_of).contains("unknown"), "{use_of}");
            }
        }
        let deep = format!("{{{{ {}1{} }}}}", "(".repeat(3_000), ")".repeat(3_000));
        assert!(rendered(&deep).contains("could not be rendered"));
    }

    #[test]
    fn a_summary_is_one_line_without_hidden_characters() {
        assert_eq!(
            rendered("a\r\nBcc: x@y\u{0}z\u{2028}w\u{202e}v\u{61c}\u{ad}\u{180e}u\n"),
            "a Bcc: x@y z wvu"
        );
        let long = rendered(&"word ".repeat(500));
        assert_eq!(long.chars().count(), SUMMARY_CHARS_MAX);
        assert!(long.ends_with('…'));
        assert_eq!(one_line("abc", 3), "abc");
        assert_eq!(one_line("abcd", 3), "ab…");
        assert_eq!(one_line("ab cd", 3), "ab…");
    }
}
