//! Lets every check look, at a few rules at a time: what these are made of stays at hand for the
//! processor, where each check by itself would go through ten thousand rules.

use super::Checked;
use super::checks::{ALL, Finds};
use super::conditions::{FINDINGS_MAX, texts};
use crate::diag::Diagnostic;

/// At how many parts of the files the checks look before they look at the next.
const TOGETHER: usize = 64;

/// What a check does with a part of the files: it adds what it finds.
type Run<'a, Part> = fn(&Checked<'a>, &Part, &mut Vec<Diagnostic>);

/// Returns what the checks find in what was read, by check.
pub(super) fn found(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Vec<Diagnostic>> = ALL.iter().map(|_| Vec::new()).collect();
    let texts: Vec<_> = texts(checked.outline).collect();
    look(checked, &texts, &mut found, |finds| match finds {
        Finds::InText(run) => Some((*run, FINDINGS_MAX)),
        _ => None,
    });
    look(
        checked,
        &checked.conditions,
        &mut found,
        |finds| match finds {
            Finds::InCondition(run) => Some((*run, FINDINGS_MAX)),
            _ => None,
        },
    );
    let tiers: Vec<_> = checked.proofs.tiers().collect();
    look(checked, &tiers, &mut found, |finds| match finds {
        Finds::InTier(run) => Some((*run, usize::MAX)),
        _ => None,
    });
    for (check, found) in ALL.iter().zip(&mut found) {
        if let Finds::InAll(run) = check.finds {
            found.extend(run(checked));
        }
    }
    found.into_iter().flatten().collect()
}

/// Lets the checks of one kind look at all parts, each until it has found so much.
fn look<'a, Part>(
    checked: &Checked<'a>,
    parts: &[Part],
    found: &mut [Vec<Diagnostic>],
    of_kind: impl Fn(&Finds) -> Option<(Run<'a, Part>, usize)>,
) {
    let checks = ALL.iter().zip(found);
    let mut checks: Vec<_> = checks
        .filter_map(|(check, found)| Some((of_kind(&check.finds)?, found)))
        .collect();
    for some in parts.chunks(TOGETHER) {
        for ((run, most), found) in &mut checks {
            for part in some {
                if *most <= found.len() {
                    break;
                }
                run(checked, part, found);
            }
        }
    }
    for ((_, most), found) in &mut checks {
        found.truncate(*most);
    }
}
