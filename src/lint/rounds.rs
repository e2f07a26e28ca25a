//! Lets every check look at what it is about. Those about texts and conditions take turns by a few
//! rules: what these are made of stays at hand for the processor, where each check by itself would
//! go through ten thousand. Those about proofs go through all rules one after the other.

use super::Checked;
use super::checks::{ALL, LooksAt};
use super::conditions::{
    Condition, FINDINGS_MAX, PARTS_OF_FILE_MAX, Text, texts_of_lets, texts_of_tier,
};
use super::proofs::{Standing, Tier};
use crate::diag::Diagnostic;

/// At how many conditions the checks look before they look at the next.
const TOGETHER: usize = 64;

/// What a check does with a part of the files: it adds what it finds.
type Run<'a, Part> = fn(&Checked<'a>, &Part, &mut Vec<Diagnostic>);

/// Returns what the checks find in what was read, by check.
pub(super) fn found(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Found> = ALL.iter().map(|_| Found::default()).collect();
    let lets: Vec<Text<'_>> = texts_of_lets(checked.outline).collect();
    look(checked, &lets, of_text, &mut found);
    let mut left = PARTS_OF_FILE_MAX;
    for tiers in checked.proofs.judged().chunks(TOGETHER) {
        let texts: Vec<Text<'_>> = tiers.iter().flat_map(texts_of_tier).collect();
        look(checked, &texts, of_text, &mut found);
        // Of what never holds, or always does, one fault is told: how it would hold is no matter.
        let open = tiers.iter().filter(|tier| tier.standing == Standing::Open);
        let conditions = open.map(|tier| Condition::of(tier, checked.outline, &mut left));
        let conditions: Vec<Condition<'_>> = conditions.collect();
        look(checked, &conditions, of_condition, &mut found);
    }
    // One check after the other, the graver first: what is asked without an answer has a limit.
    look(checked, checked.proofs.judged(), of_tier, &mut found);
    for (check, found) in ALL.iter().zip(&mut found) {
        for part in check.looks_at {
            if let LooksAt::All(run) = part {
                found.all.extend(run(checked));
            }
        }
    }
    found.into_iter().flat_map(|found| found.all).collect()
}

/// What a check has found.
#[derive(Default)]
struct Found {
    all: Vec<Diagnostic>,
    /// How many of them no comment silences.
    told: usize,
}

/// Lets the checks of one kind look at some parts, each until so much is told of what it has found.
fn look<'a, Part>(
    checked: &Checked<'a>,
    parts: &[Part],
    of_kind: impl Fn(&LooksAt) -> Option<(Run<'a, Part>, usize)>,
    found: &mut [Found],
) {
    for (check, found) in ALL.iter().zip(found) {
        let Some((run, most)) = check.looks_at.iter().find_map(&of_kind) else {
            continue;
        };
        for part in parts {
            if most <= found.told {
                break;
            }
            let before = found.all.len();
            run(checked, part, &mut found.all);
            for at in before..found.all.len() {
                found.told += usize::from(!checked.allows.hold(&found.all[at]));
                if found.told == most {
                    found.all.truncate(at + 1);
                    break;
                }
            }
        }
    }
}

fn of_text<'a>(part: &LooksAt) -> Option<(Run<'a, Text<'a>>, usize)> {
    match part {
        LooksAt::Text(run) => Some((*run, FINDINGS_MAX)),
        _ => None,
    }
}

fn of_condition<'a>(part: &LooksAt) -> Option<(Run<'a, Condition<'a>>, usize)> {
    match part {
        LooksAt::Condition(run) => Some((*run, FINDINGS_MAX)),
        _ => None,
    }
}

// What is proved is not cut short: most of it is an error.
fn of_tier<'a>(part: &LooksAt) -> Option<(Run<'a, Tier<'a>>, usize)> {
    match part {
        LooksAt::Tier(run) => Some((*run, usize::MAX)),
        _ => None,
    }
}
