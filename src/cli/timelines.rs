//! How a rule test that fails is shown: what was expected and what happened, side by side.

use crate::replay::case::{Moment, MomentOutcome};
use crate::replay::fact::{At, Fact};

/// Returns the two timelines, by minute, a line each.
pub fn table(moments: &[Moment]) -> String {
    let mut lines = vec![["", "at", "expected", "happened"].map(str::to_owned)];
    for moment in moments {
        let text = |fact: &Option<Fact>| fact.as_ref().map_or_else(String::new, Fact::to_string);
        lines.push([
            mark(moment.outcome()).to_owned(),
            At(moment.at()).to_string(),
            text(&moment.expected),
            text(&moment.happened),
        ]);
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let (at, left) = (width(1).unwrap_or(0), width(2).unwrap_or(0));
    let mut text = String::new();
    for [mark, time, expected, happened] in &lines {
        let line = format!("      {mark:1} {time:at$}  {expected:left$}  {happened}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Returns what is wrong, in numbers, with the marks of the table.
pub fn summary(moments: &[Moment]) -> String {
    let count = |outcome| moments.iter().filter(|m| m.outcome() == outcome).count();
    let parts = [
        (MomentOutcome::Missing, "expected and did not happen"),
        (MomentOutcome::Surprising, "happened and not expected"),
        (MomentOutcome::Other, "otherwise than expected"),
    ];
    let said = parts.into_iter().filter_map(|(outcome, words)| {
        let count = count(outcome);
        (count > 0).then(|| format!("{} {count} {words}", mark(outcome)))
    });
    said.collect::<Vec<_>>().join("; ")
}

const fn mark(outcome: MomentOutcome) -> &'static str {
    match outcome {
        MomentOutcome::Right => "",
        MomentOutcome::Other => "!",
        MomentOutcome::Missing => "-",
        MomentOutcome::Surprising => "+",
    }
}
