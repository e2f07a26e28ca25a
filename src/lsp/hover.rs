//! What there is to say of a place: a condition in plain English, a name's meaning, a key's, a
//! lint code's.

use std::fmt::Write as _;

use super::keys;
use super::sketch::Cursor;
use super::spot::{Spot, word_at};
use crate::config::Document;
use crate::diag::{Code, Span};
use crate::lang::ast::{Expr, Kind, When};
use crate::lang::explain::{Explanation, explain, explain_value};
use crate::lang::program::Type;
use crate::lang::{Compiler, Form, Names, parse_expr, parse_when};
use crate::lint;

/// What is shown, as Markdown, and of which place.
pub(super) type Shown = (String, Span);

/// Returns what there is to say of a place.
pub(super) fn hover(spot: &Spot<'_>, names: &Names) -> Option<Shown> {
    match spot.cursor {
        Cursor::Comment(comment) => of_comment(spot, comment),
        Cursor::Key(index) => {
            let span = spot.sketch.key_span(index)?;
            let path = spot.sketch.path(Some(index));
            if let (["let", name], Document::Rules) = (&path[..], spot.document) {
                return Some((of_name(name, names)?, span));
            }
            Some((keys::meaning(spot.document, &path)?, span))
        }
        Cursor::Value(_) => of_expression(spot, names),
        Cursor::Gap(..) => None,
    }
}

/// Says what the code is that a comment allows.
fn of_comment(spot: &Spot<'_>, comment: Span) -> Option<Shown> {
    let text = spot.text.get(comment.range())?;
    text.contains("foghorn: allow(").then_some(())?;
    let word = word_at(spot.text, spot.offset, |c| {
        c.is_ascii_lowercase() || c == '-'
    });
    let code = Code::named(spot.text.get(word.range())?)?;
    let page = lint::manual(code)?;
    let section = page.split("\n## ").nth(1);
    let said = section.and_then(|section| section.split_once("\n\n"));
    let said = said.map_or("", |(_, said)| {
        said.split("\n\n").next().unwrap_or_default()
    });
    let title = page.lines().next().unwrap_or_default();
    Some((format!("**`{code}`**: {title}\n\n{}", said.trim()), word))
}

fn of_expression(spot: &Spot<'_>, names: &Names) -> Option<Shown> {
    let (form, scalar) = spot.expression()?;
    let text = spot.text.get(scalar.span.range())?;
    let at = spot.offset.checked_sub(scalar.span.start())?;
    let found = match form {
        Form::When => {
            let (when, _) = parse_when(text);
            of_when(&when?, at, names)?
        }
        Form::Alone => {
            let (expr, _) = parse_expr(text);
            of_part(smallest(&expr?, at)?, at, names)
        }
    };
    let (said, span) = found;
    let base = scalar.span.start();
    Some((said, Span::new(base + span.start(), base + span.end())))
}

fn of_when(when: &When, at: usize, names: &Names) -> Option<Shown> {
    let roots = std::iter::once(&when.condition).chain(&when.until);
    let part = roots.clone().find_map(|root| smallest(root, at));
    match part {
        Some(part) if part.span != when.condition.span => Some(of_part(part, at, names)),
        Some(_) | None => {
            let span = roots.map(|root| root.span).reduce(Span::to)?;
            let span = when.fleet.map_or(span, |fleet| span.to(fleet.span));
            let explanation = explain(when, names);
            let mut said = format!("```text\n{when}\n```\n\n");
            let _ = writeln!(said, "**fires** {}\n", explanation.fires);
            let _ = writeln!(said, "**resolves** {}\n", explanation.resolves);
            said.push_str(&rest(&explanation));
            Some((said, span))
        }
    }
}

/// Returns the smallest part at a byte.
fn smallest(expr: &Expr, at: usize) -> Option<&Expr> {
    let is_at = |part: &Expr| part.span.start() <= at && at <= part.span.end();
    let mut found = Some(expr).filter(|expr| is_at(expr))?;
    while let Some(inner) = found.operands().into_iter().find(|part| is_at(part)) {
        found = inner;
    }
    Some(found)
}

fn of_part(part: &Expr, at: usize, names: &Names) -> Shown {
    let named = part.names();
    let here = named
        .iter()
        .find(|(_, span)| span.start() <= at && at <= span.end());
    if let Some((name, span)) = here
        && let Some(said) = of_name(name, names)
    {
        return (said, *span);
    }
    (of_value(part, names), part.span)
}

/// Says what a `let:` name stands for.
fn of_name(name: &str, names: &Names) -> Option<String> {
    let (expr, _) = names.get(name)?;
    Some(format!(
        "```text\n{name}: {expr}\n```\n\n{}",
        said_of(expr, names)
    ))
}

fn of_value(expr: &Expr, names: &Names) -> String {
    format!("```text\n{expr}\n```\n\n{}", said_of(expr, names))
}

fn said_of(expr: &Expr, names: &Names) -> String {
    let explanation = if is_condition(expr, names) {
        let (condition, until, fleet) = (expr.clone(), None, None);
        let when = When {
            condition,
            until,
            fleet,
        };
        let mut explanation = explain(&when, names);
        explanation.fires = format!("true {}", explanation.fires);
        explanation
    } else {
        explain_value(expr, names)
    };
    format!("{}\n\n{}", explanation.fires, rest(&explanation))
}

fn rest(explanation: &Explanation) -> String {
    let mut said = String::new();
    for (name, meaning) in &explanation.names {
        let _ = writeln!(said, "`{name}` is: {meaning}\n");
    }
    if explanation.unknown != "never" {
        let _ = writeln!(said, "**unknown** {}", explanation.unknown);
    }
    said
}

fn is_condition(expr: &Expr, names: &Names) -> bool {
    if let Ok((_, of)) = Compiler::default().expr(expr, names) {
        return of == Type::Condition;
    }
    matches!(
        expr.value,
        Kind::Comparison(..)
            | Kind::And(_)
            | Kind::Or(_)
            | Kind::Not(_)
            | Kind::NoData
            | Kind::NoTraffic
            | Kind::Given(..)
            | Kind::For(..)
    )
}
