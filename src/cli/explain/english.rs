//! What an expression or a rule says, in plain English, for a terminal.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{WIDTH, example};
use crate::config::{Config, RuleOutline, Times};
use crate::engine::OnUnknown;
use crate::lang::ast::When;
use crate::lang::explain::{Explanation, explain, explain_value, minutes};
use crate::lang::program::{Compiled, Node, NodeId, Tier, Type};
use crate::lang::{Compiler, Names, Program, parse_expr};
use crate::lint::{GroupWait, Routing};
use crate::pipeline::{Settling, TimeToTell};
use crate::proof::Answer;
use crate::unit::{Minutes, Timespan};

/// How wide the words on the left are.
const INDENT: usize = 12;

/// Explains an expression that is no condition; `None` if it is one, or has faults.
pub(super) fn of_value(text: &str, names: &Names) -> Option<String> {
    let (expr, faults) = parse_expr(text);
    let expr = expr.filter(|_| faults.is_empty())?;
    let mut compiler = Compiler::default();
    let (node, of) = compiler.expr(&expr, names).ok()?;
    let kind = match of {
        Type::Condition => return None,
        Type::Proportion => "a proportion, in percent",
        Type::Number => "a plain number",
    };
    let explanation = explain_value(&expr, names);
    let mut text = format!("{expr}\n\n");
    line(&mut text, "is", &explanation.fires);
    definitions(&mut text, &explanation);
    line(&mut text, "type", kind);
    line(&mut text, "unknown", &explanation.unknown);
    line(&mut text, "reach", &reach(compiler.reach(node)));
    Some(text)
}

/// What is around a rule.
pub(super) struct Context<'a> {
    pub(super) names: &'a Names,
    pub(super) program: &'a Program,
    pub(super) settling: Settling,
    /// The rule as its file has it, if it is one of a file.
    pub(super) written: Option<(&'a Routing<'a>, &'a RuleOutline)>,
    pub(super) on_unknown: OnUnknown,
    pub(super) hours: Hours,
    pub(super) examples: Examples,
}

/// When people are told of a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hours {
    Always,
    /// In its `active_hours:`.
    Active,
}

pub(super) fn settling(config: Option<&Config>) -> Settling {
    let times = Times::default();
    Settling {
        settle: config.map_or(times.settle, |config| config.settle),
        max_lateness: config.map_or(times.max_lateness, |config| config.max_lateness),
    }
}

/// Whether a sample is wanted that makes a condition true.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Examples {
    Wanted,
    Unasked,
}

/// What stands above what is said of a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Headed {
    BySeverity,
    ByText,
}

pub(super) fn of_rule(
    compiled: &Compiled,
    whens: &[&When],
    context: &Context<'_>,
    headed: Headed,
) -> String {
    let mut text = String::new();
    for (tier, when) in compiled.tiers.iter().zip(whens) {
        let _ = match headed {
            Headed::BySeverity => write!(text, "\n  {}: {}\n\n", tier.severity, tier.text),
            Headed::ByText => write!(text, "{}\n\n", tier.text),
        };
        let explanation = explain(when, context.names);
        let found = example::found(when, context.names);
        line(&mut text, "fires", &explanation.fires);
        let never = match &found {
            Answer::Impossible(reason) => Some(reason.sentence()),
            Answer::Possible(_) | Answer::GaveUp => None,
        };
        if let Some(reason) = &never {
            line(&mut text, "never", &format!("that cannot be: {reason}"));
        }
        line(&mut text, "resolves", &explanation.resolves);
        definitions(&mut text, &explanation);
        let unknown = unknown(&explanation, context.on_unknown, when.until.is_some());
        line(&mut text, "unknown", &unknown);
        let mut reach = reach(compiled.reach);
        if 1 < compiled.reach {
            reach += "; until the history has as many, what is unknown changes nothing";
        }
        line(&mut text, "reach", &reach);
        for (word, said) in times(tier, context) {
            if never.is_none() {
                line(&mut text, word, &said);
            }
        }
        if context.examples == Examples::Wanted {
            example::write(&mut text, &found);
        }
    }
    text
}

fn definitions(text: &mut String, explanation: &Explanation) {
    for (place, (name, said)) in explanation.names.iter().enumerate() {
        let word = if place == 0 { "where" } else { "" };
        line(text, word, &format!("`{name}` is: {said}"));
    }
}

fn unknown(explanation: &Explanation, on_unknown: OnUnknown, has_until: bool) -> String {
    let then = match on_unknown {
        OnUnknown::Hold => "nothing changes: what fires goes on, and nothing begins",
        OnUnknown::Clear if has_until => {
            "it counts as not so, and what fires resolves if `until` is unknown (`on_unknown: clear`)"
        }
        OnUnknown::Clear => "it counts as not so, and what fires resolves (`on_unknown: clear`)",
        OnUnknown::Fire => "it counts as so, and fires (`on_unknown: fire`)",
    };
    match explanation.unknown.as_str() {
        "never" => "never".to_owned(),
        unknown => format!("{unknown}; then {then}"),
    }
}

fn reach(reach: u32) -> String {
    match Minutes::new(reach) {
        None => "it looks at no minute: it is the same always".to_owned(),
        Some(Minutes::ONE) => "it looks at the judged minute alone".to_owned(),
        Some(reach) => format!("it looks at {}, the judged minute included", minutes(reach)),
    }
}

/// Says when people are told of a severity and that it is over, and what that takes for granted.
fn times(tier: &Tier, context: &Context<'_>) -> Vec<(&'static str, String)> {
    let wait = match context.written {
        Some((routing, rule)) => routing.group_wait(rule, tier.severity),
        None => Some(GroupWait::usual()),
    };
    let Some(wait) = wait else {
        return vec![("told", "nobody: no route takes it".to_owned())];
    };
    let fired = TimeToTell::fired(context.program, tier, context.settling);
    let resolved = TimeToTell::resolved(context.program, tier, context.settling);
    let mut said = vec![
        ("told", told(fired, &wait, "bad")),
        ("over", told(resolved, &wait, "good")),
    ];
    if fired.or(resolved).is_some() {
        let mut given = "no minute is unknown, all before are as good, or as bad, as can be, and all from then on the reverse".to_owned();
        let may_take_more = |time: &TimeToTell| time.minutes.may_take_more;
        if compares_values(context.program, tier) {
            given += "; of two values that are compared with each other, one such minute is taken to decide, and it can take more";
        } else if fired.iter().chain(&resolved).any(may_take_more) {
            given += "; one such minute is taken to decide a `share`, `burn` or `stddev`, or an average or a sum of other than one proportion, and it can take more";
        }
        if context.hours == Hours::Active {
            given += "; outside of `active_hours` nobody is told";
        }
        said.push(("if", given));
    }
    said
}

/// Whether a severity compares two values, neither of them a level, with each other.
fn compares_values(program: &Program, tier: &Tier) -> bool {
    let mut open = vec![tier.condition];
    open.extend(tier.until);
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        let node = program.nodes[id.0 as usize];
        if !seen.insert(id) {
            continue;
        }
        if let Node::Compare(_, a, b) = node
            && !is_level(program, a)
            && !is_level(program, b)
        {
            return true;
        }
        open.extend(node.operands());
    }
    false
}

/// Whether a value is the same at every minute: a literal, or what is reckoned of literals alone.
fn is_level(program: &Program, value: NodeId) -> bool {
    let mut open = vec![value];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        let node = program.nodes[id.0 as usize];
        let is_leaf = node.operands().next().is_none();
        if is_leaf && !matches!(node, Node::Literal(_)) {
            return false;
        }
        open.extend(node.operands().filter(|of| seen.insert(*of)));
    }
    true
}

/// Says how long it takes, as a sum; `kind` is what the minutes must be.
fn told(time: Option<TimeToTell>, wait: &GroupWait<'_>, kind: &str) -> String {
    let Some(time) = time else {
        return "never by what the source says: no minute changes it".to_owned();
    };
    let count = |minutes: u32| Timespan::from_seconds(minutes.saturating_mul(60));
    let minutes = time.minutes;
    let mut terms = vec![match minutes.hold {
        0 => format!("1m for the {kind} minute itself"),
        hold => format!("{} of {kind} minutes", count(hold.saturating_add(1))),
    }];
    if minutes.window > 0 {
        terms.push(format!("{} more for a window", count(minutes.window)));
    }
    if minutes.offset > 0 {
        terms.push(format!("{} `offset`", count(minutes.offset)));
    }
    terms.push(format!("{} settle", time.settle));
    if time.absence.seconds() > 0 {
        terms.push(format!("{} more, as a sample may still come", time.absence));
    }
    let (soonest, latest) = (time.collected(wait.least), time.collected(wait.most));
    if wait.least < wait.most {
        let (least, most) = (wait.least, wait.most);
        terms.push(format!("{least} to {most} `group_wait`, by the route"));
    } else if wait.least.seconds() > 0 {
        terms.push(format!("{} `group_wait`", wait.least));
    }
    terms.push(format!("up to {} polling", time.polling));
    format!(
        "after {}, from the beginning of the first {kind} minute: {}",
        between(soonest.least(), latest.most()),
        terms.join(" + ")
    )
}

/// Says two durations: `8 to 9 minutes`.
fn between(least: Timespan, most: Timespan) -> String {
    let minutes = |span: Timespan| span.seconds() / 60;
    let is_short = |span: Timespan| span.seconds().is_multiple_of(60) && minutes(span) < 60;
    if is_short(least) && is_short(most) {
        format!("{} to {} minutes", minutes(least), minutes(most))
    } else {
        format!("{least} to {most}")
    }
}

/// Writes a word and what there is to say of it, wrapped.
pub(super) fn line(text: &mut String, word: &str, said: &str) {
    let mut width = INDENT;
    let _ = write!(text, "  {word:<w$}", w = INDENT - 2);
    for (place, part) in said.split(' ').enumerate() {
        let length = part.chars().count();
        if place > 0 && width + 1 + length > WIDTH {
            let _ = write!(text, "\n{:INDENT$}", "");
            width = INDENT;
        } else if place > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(part);
        width += length;
    }
    text.push('\n');
}
