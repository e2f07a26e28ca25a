//! One fault, one finding: what follows from another finding of the same place is told with it.

use crate::diag::{Code, Diagnostic, Label, Level};

/// Leaves out what follows from what is told at the same place.
pub(super) fn tell(told: &mut Vec<Diagnostic>) {
    if told.len() < 2 {
        return;
    }
    let syntax: Vec<Diagnostic> = of(told, Code::Syntax);
    if !syntax.is_empty() {
        // `5xx = 10%` is a comparison for equality only because it was mended so.
        told.retain(|finding| {
            let is_of = |fault: &Diagnostic| holds(finding, fault) && fault.fix.is_some();
            finding.code != Code::Equality || !syntax.iter().any(is_of)
        });
    }
    for fraction in of(told, Code::Fraction) {
        let is_of = |finding: &&mut Diagnostic| {
            finding.code == Code::UntilOverlap && holds(finding, &fraction)
        };
        if let Some(finding) = told.iter_mut().find(is_of) {
            let (first, second) = (fraction.help.as_deref(), finding.help.as_deref());
            let first = first.unwrap_or_default().split(';').next();
            let (first, second) = (first.unwrap_or_default(), second.unwrap_or_default());
            finding.help = Some(format!("{}: {first}; else {second}", fraction.message));
            finding.fix = None;
            told.retain(|finding| *finding != fraction);
        }
    }
    for unreached in of(told, Code::UnreachableRoute) {
        // The route is well: what it asks for is overridden.
        let is_of = |finding: &&mut Diagnostic| {
            let mut places = unreached.secondary.iter();
            let own = &finding.primary;
            let is_own = |of: &Label| of.file == own.file && of.span == own.span;
            finding.code == Code::NoEffect && places.any(is_own)
        };
        if let Some(finding) = told.iter_mut().find(is_of) {
            let text = "so that no alert comes to this route".to_owned();
            let route = unreached.primary.clone();
            finding.secondary.push(Label { text, ..route });
            told.retain(|finding| *finding != unreached);
        }
    }
    let ranges: Vec<Diagnostic> = of(told, Code::Range);
    for range in &ranges {
        told.retain(|finding| !is_from(finding, range) || finding.level == Level::Error);
        let mut graver = told.iter_mut().filter(|finding| is_from(finding, range));
        if let Some(finding) = graver.next() {
            // What cannot be is graver than what it comes from, and is mended with that.
            let why = range.help.clone().unwrap_or_default();
            finding.help = Some(format!("{}: {why}", range.message));
            finding.fix = None;
            told.retain(|finding| finding != range);
        }
    }
}

fn of(told: &[Diagnostic], code: Code) -> Vec<Diagnostic> {
    let found = told.iter().filter(|finding| finding.code == code);
    found.cloned().collect()
}

/// Whether a finding is of a value that is told to be none that was meant.
fn is_from(finding: &Diagnostic, range: &Diagnostic) -> bool {
    let follows = matches!(
        finding.code,
        Code::NeverTrue | Code::AlwaysTrue | Code::NeverResolves | Code::UntilOverlap
    );
    follows && holds(finding, range)
}

/// Whether one of the places of a finding holds that of another.
fn holds(finding: &Diagnostic, other: &Diagnostic) -> bool {
    let inner = &other.primary;
    let mut places = std::iter::once(&finding.primary).chain(&finding.secondary);
    places.any(|place| {
        place.file == inner.file
            && place.span.start() <= inner.span.start()
            && inner.span.end() <= place.span.end()
    })
}
