//! Parts that change nothing.
//!
//! ## What it finds
//!
//! - One side of an `and` or `or` without which the condition, or `until`, is the same at every
//!   minute.
//! - A guard that is true wherever its condition is known; and one that is true wherever its condition
//!   is, `5xx > 2% given 5xx > 1%`, unless it is about the number of requests.
//! - A comparison of two plain numbers, such as `502 > 10`, where a status code was meant.
//! - `not not`, `for 1m` (but for a rule that flaps, which `no-hysteresis` tells), `for 5 of 5m`, a
//!   window of one minute as in `avg(5xx over 1m)`, a percentile that is the highest or the lowest value
//!   of so few minutes, as in `p99(5xx over 5m)`, and a set that names a code twice.
//! - A glob of a list beside a wider one: `img.example.com` beside `*.example.com`.
//!
//! ## Why it matters
//!
//! Whoever reads the rule takes each part for something that it does. One that does nothing is
//! often a slip: a threshold that was meant to be another.
//!
//! ## Example
//!
//! ```yaml
//! when: 5xx > 10% or 5xx > 20%
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! when: 5xx > 10%
//! ```

use super::super::idle::{self, without};
use super::super::proofs::Tier;
use super::{Checked, no_hysteresis};
use crate::config::{GlobsOutline, Place, Written};
use crate::diag::{Code, Diagnostic, Files, Fix, Span};
use crate::lang::Names;
use crate::lang::ast::{Aggregate, Expr, Hold, Kind, Selector};
use crate::lint::rewrite::is_on_one_line;
use crate::unit::{Minutes, StatusSet};

/// How many parts there is room for at first: most texts have fewer.
const PARTS_USUAL: usize = 16;
/// All percent.
const HUNDRED: u32 = 100;

/// Finds what changes nothing in a condition and its `until`.
pub(super) fn of_tier(checked: &Checked<'_>, tier: &Tier<'_>, found: &mut Vec<Diagnostic>) {
    let when = &tier.written.when;
    let bare = match &when.condition.value {
        // That it holds nothing is told there, with a hold that does.
        Kind::For(of, _) if no_hysteresis::is_told_though_held(checked, tier) => of,
        _ => &when.condition,
    };
    let texts = [Some(bare), when.until.as_ref()].into_iter().flatten();
    let of_texts = texts.flat_map(|expr| of_text(expr, tier.names, &tier.written.written));
    let idle = idle::sides(&checked.proofs, tier);
    found.extend(of_texts.chain(idle).map(|one| mended(checked.files, one)));
}

/// Finds what changes nothing in the `let:`s.
pub(super) fn in_lets(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for scope in &checked.outline.scopes {
        for entry in &scope.lets {
            if let Some(expr) = &entry.expr {
                let of_text = of_text(expr, &scope.names, &entry.written).into_iter();
                found.extend(of_text.map(|one| mended(checked.files, one)));
            }
        }
    }
    found
}

/// Finds the glob of a list that says nothing beside another.
pub(super) fn of_globs(globs: &GlobsOutline) -> Option<Diagnostic> {
    let (at, by) = globs.list.idle().filter(|_| globs.is_of_file())?;
    let ((glob, place), (wider, _)) = (globs.globs.get(at)?, globs.globs.get(by)?);
    let message = format!("`{glob}` adds nothing beside `{wider}`");
    let finding = place.finding(Code::Redundant, message);
    Some(finding.help(if glob.starts_with('!') {
        "leave it out".to_owned()
    } else {
        format!("leave it out; to take these domains away, write `!{glob}` behind `{wider}`")
    }))
}

/// Returns a finding with its mend, if that takes away whole words.
fn mended(files: &Files, mut finding: Diagnostic) -> Diagnostic {
    finding.fix = finding.fix.filter(|fix| is_whole(files, fix));
    finding
}

/// Returns what the text alone shows.
fn of_text(expr: &Expr, names: &Names, written: &Written) -> Vec<Diagnostic> {
    let (mut open, mut found) = (Vec::with_capacity(PARTS_USUAL), Vec::new());
    open.push(expr);
    while let Some(part) = open.pop() {
        match &part.value {
            Kind::Not(of) if matches!(of.value, Kind::Not(_)) => {
                let message = "`not not` changes nothing";
                let finding = Diagnostic::new(Code::Redundant, part.span, message);
                let inner = of.operands().next().map(ToString::to_string);
                found.push(finding.help(format!("write `{}`", inner.unwrap_or_default())));
            }
            Kind::Offset(of, by) if is_constant(of) => {
                let message = format!("`offset {by}` is about `{of}` alone, which never changes");
                let finding = Diagnostic::new(Code::Redundant, part.span, message);
                found.push(finding.help(format!(
                    "leave it out, or put it behind what changes, as in `5xx offset {by}`"
                )));
            }
            Kind::For(of, hold) if hold.over == Minutes::ONE => found.push(hold_of_one(part, of)),
            Kind::For(of, hold) if hold.needed == Some(hold.over.get()) => {
                found.push(hold_of_all(part, of, *hold));
            }
            Kind::Window {
                aggregate,
                of,
                over: Minutes::ONE,
            } if is_of_one_alike(*aggregate) => {
                let message = format!("a window of one minute changes nothing: `{part}` is `{of}`");
                let finding = Diagnostic::new(Code::Redundant, part.span, message);
                let help = format!("write `{of}`, or a window of some minutes");
                found.push(finding.help(help));
            }
            Kind::Window {
                aggregate: Aggregate::Percentile(rank),
                of,
                over,
            } => found.extend(percentile(part, u32::from(*rank), of, *over)),
            Kind::Selector(codes) | Kind::Requests(Some(codes)) => {
                found.extend(twice(codes, names));
            }
            Kind::Share { codes, .. } | Kind::Burn { codes, .. } => {
                found.extend(twice(&codes.value, names));
            }
            _ => {}
        }
        open.extend(part.operands());
    }
    let place = |finding| written.relocate(finding);
    let exact = |mut finding: Diagnostic| {
        finding.fix = finding.fix.filter(|_| written.is_exact());
        finding
    };
    found.into_iter().map(exact).map(place).collect()
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr.value, Kind::Proportion(_) | Kind::Number(_))
}

fn hold_of_one(part: &Expr, of: &Expr) -> Diagnostic {
    let message = "a hold of one minute changes nothing: conditions are judged by the minute";
    let hold = Span::new(of.span.end(), part.span.end());
    let finding = Diagnostic::new(Code::Redundant, part.span, message);
    let finding = finding.help(format!("write `{of}`"));
    // In parentheses the place of the whole has them too, and what is joined may end with it.
    if part.span.start() == of.span.start() && of.span.end() < part.span.end() {
        finding.fix(hold, "")
    } else {
        finding
    }
}

/// `for 5 of 5m`: all of them.
fn hold_of_all(part: &Expr, of: &Expr, hold: Hold) -> Diagnostic {
    let message = format!("`{hold}` is all of them");
    let finding = Diagnostic::new(Code::Redundant, part.span, message);
    let finding = finding.help(format!("write `for {}`", hold.over));
    // In parentheses the place of the whole has them too.
    if part.span.start() == of.span.start() && of.span.end() < part.span.end() {
        let place = Span::new(of.span.end(), part.span.end());
        finding.fix(place, format!(" for {}", hold.over))
    } else {
        finding
    }
}

/// `p99(504 over 5m)`: of so few minutes the nearest rank is the first or the last, however many of
/// them are known.
fn percentile(part: &Expr, rank: u32, of: &Expr, over: Minutes) -> Option<Diagnostic> {
    let minutes = over.get();
    let least = |share: u32| HUNDRED.div_ceil(share);
    let (what, meant, enough) = if minutes * (HUNDRED - rank) < HUNDRED {
        ("highest", "max", least(HUNDRED - rank))
    } else if minutes * rank <= HUNDRED {
        ("lowest", "min", HUNDRED / rank + 1)
    } else {
        return None;
    };
    let message = format!("`p{rank}` of {minutes} minutes is the {what} of them");
    let finding = Diagnostic::new(Code::Redundant, part.span, message);
    Some(finding.help(format!(
        "write `{meant}({of} over {over})`, or take it over {enough} minutes or more"
    )))
}

/// Whether it is the value itself where there is just one.
fn is_of_one_alike(aggregate: Aggregate) -> bool {
    match aggregate {
        Aggregate::Avg
        | Aggregate::Sum
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::Median
        | Aggregate::Percentile(_) => true,
        Aggregate::Stddev | Aggregate::Change => false,
    }
}

/// Finds the members of a set of which others have every code.
fn twice(codes: &Selector, names: &Names) -> Option<Diagnostic> {
    if codes.len() < 2 {
        return None;
    }
    let members = codes.iter().map(std::slice::from_ref);
    let sets = members.map(|member| names.codes(member).unwrap_or_default());
    let sets: Vec<StatusSet> = sets.collect();
    let (mut left, mut idle): (Vec<usize>, Vec<usize>) = ((0..codes.len()).collect(), Vec::new());
    for at in (0..codes.len()).rev() {
        let others = left.iter().filter(|other| **other != at);
        let others = others.fold(StatusSet::EMPTY, |all, other| all.union(sets[*other]));
        let own = sets[at];
        if 1 < left.len() && !own.is_empty() && own.difference(others).is_empty() {
            left.retain(|other| *other != at);
            idle.insert(0, at);
        }
    }
    let (first, more) = idle.split_first()?;
    let text = |members: &[usize]| {
        let members = members.iter().map(|at| codes[*at].clone());
        let value = Kind::Selector(members.collect());
        Expr {
            value,
            span: codes[*first].span,
        }
        .to_string()
    };
    let named: Vec<String> = idle
        .iter()
        .map(|at| format!("`{}`", text(&[*at])))
        .collect();
    let message = format!("the others have every code of {} already", named.join(", "));
    let finding = Diagnostic::new(Code::Redundant, codes[*first].span, message);
    let finding = more.iter().fold(finding, |finding, at| {
        finding.also(codes[*at].span, "and of this")
    });
    let finding = finding.help(format!("write `{}`", text(&left)));
    // One mend at a time: two could take away the same bar.
    let cut = without(*first, |at| codes.get(at).map(|member| member.span));
    Some(if more.is_empty() {
        // What the names among them stand for may be mended too.
        finding.fix(cut, "").proved()
    } else {
        finding
    })
}

/// Whether a mend takes away parentheses in pairs alone, since those around several sides stay,
/// and no comment, nor the line that one stands on.
fn is_whole(files: &Files, fix: &Fix) -> bool {
    fix.0.iter().all(|edit| {
        let text = files.get(edit.file).map(|file| &*file.text);
        let cut = text.and_then(|text| text.get(edit.span.range()));
        let depth = cut.and_then(|cut| {
            cut.bytes().try_fold(0_usize, |depth, byte| match byte {
                b'(' => Some(depth + 1),
                b')' => depth.checked_sub(1),
                _ => Some(depth),
            })
        });
        let place = Place {
            file: edit.file,
            span: edit.span,
        };
        depth == Some(0) && is_on_one_line(files, place)
    })
}
