//! The course of what a rule compares, against its thresholds: a small drawing in the page.
//!
//! The values are those of the engine, over the samples as they were judged.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::engine::{Evaluator, Observation, Plan, Rule};
use crate::lang::Program;
use crate::lang::program::{Node, NodeId, Type, used_by};
use crate::pipeline::Kept;
use crate::unit::{Decimal, Minute};

/// How far a rule may look back for a drawing, in minutes: what looks farther is drawn as unknown.
const BACK_MAX: u32 = 24 * 60;
/// How many thresholds are drawn.
const THRESHOLDS_MAX: usize = 4;

/// How large a drawing is, in its own units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) width: i64,
    pub(super) height: i64,
}

/// A drawing.
#[derive(Debug, Serialize)]
pub(super) struct Curve {
    /// The rule.
    pub(super) rule: String,
    /// What is drawn.
    pub(super) part: String,
    /// Its last known value, with its unit.
    pub(super) latest: String,
    /// The highest.
    pub(super) highest: String,
    /// The thresholds, with their units.
    pub(super) thresholds: String,
    /// Whether the last value is beyond the first threshold.
    pub(super) width: i64,
    pub(super) height: i64,
    /// The lines between unknown minutes, as SVG takes them.
    pub(super) lines: Vec<String>,
    /// The heights of the thresholds.
    pub(super) levels: Vec<i64>,
}

/// What a rule compares in the first place, by itself.
pub(super) struct Course {
    rule: String,
    part: String,
    of: Type,
    thresholds: Vec<Decimal>,
    program: Program,
    node: NodeId,
    back: u32,
}

impl Course {
    /// Returns the course of a rule, if it compares something.
    pub(super) fn of(rule: &Rule, program: &Program) -> Option<Self> {
        let tiers = &rule.compiled.tiers;
        let part = tiers.first()?.parts.first()?;
        let mut thresholds: Vec<Decimal> = tiers
            .iter()
            .flat_map(|tier| thresholds(program, tier.condition, part.node))
            .collect();
        thresholds.sort_unstable();
        thresholds.dedup();
        thresholds.truncate(THRESHOLDS_MAX);
        let (program, names) = program.part([part.node]);
        let node = *names.get(&part.node)?;
        Some(Self {
            rule: rule.name.clone(),
            part: part.text.clone(),
            of: part.of,
            thresholds,
            program,
            node,
            back: rule.compiled.reach.min(BACK_MAX),
        })
    }

    /// Returns how many minutes before the first drawn one are looked at.
    pub(super) const fn back(&self) -> u32 {
        self.back
    }

    /// Draws the minutes from `from` up to, and without, `to`. `kept` may begin before.
    pub(super) fn draw(
        &self,
        kept: &BTreeMap<Minute, Kept>,
        (from, to): (Minute, Minute),
        size: Size,
    ) -> Curve {
        let values = self.values(kept, from, to);
        let known = || values.iter().flatten().copied();
        let levels = || self.thresholds.iter().map(|level| level.units());
        let top = known().chain(levels()).max().unwrap_or(0).max(1);
        let bottom = known().chain(levels()).min().unwrap_or(0).min(0);
        let scale = Scale { top, bottom, size };
        let text = |units: i64| self.text(Decimal::from_units(units));
        Curve {
            rule: self.rule.clone(),
            part: self.part.clone(),
            latest: known().next_back().map_or_else(String::new, text),
            highest: known().max().map_or_else(String::new, text),
            thresholds: levels().map(text).collect::<Vec<_>>().join(", "),
            width: size.width,
            height: size.height,
            lines: lines(&values, &scale),
            levels: levels().map(|level| scale.y(level)).collect(),
        }
    }

    /// Returns the value of each minute in billionths, `None` where it is unknown.
    fn values(&self, kept: &BTreeMap<Minute, Kept>, from: Minute, to: Minute) -> Vec<Option<i64>> {
        let plan = Plan::new(&self.program);
        let mut evaluator = Evaluator::new(&plan);
        let first = kept.keys().next().copied().unwrap_or(from).min(from);
        let mut values = Vec::new();
        for minute in first.until(to) {
            let observation = match kept.get(&minute) {
                None => Observation::Absent,
                Some(Kept::Unasked) => Observation::Unasked,
                Some(Kept::Sample(sample)) => Observation::Sample(sample),
            };
            evaluator.advance(&plan, observation);
            if from <= minute {
                values.push(evaluator.decimal(self.node).map(Decimal::units));
            }
        }
        values
    }

    fn text(&self, value: Option<Decimal>) -> String {
        let Some(value) = value else {
            return String::new();
        };
        let unit = match self.of {
            Type::Proportion => "%",
            Type::Number | Type::Condition => "",
        };
        let text = format!("{value:.1}");
        let short = text.strip_suffix(".0").unwrap_or(&text);
        format!("{short}{unit}")
    }
}

/// From values to places in a drawing.
struct Scale {
    top: i64,
    bottom: i64,
    size: Size,
}

impl Scale {
    /// A line at the top or at the bottom is drawn whole.
    const EDGE: i64 = 2;

    fn y(&self, value: i64) -> i64 {
        let room = i128::from(self.size.height - 2 * Self::EDGE);
        let above = i128::from(value) - i128::from(self.bottom);
        let range = (i128::from(self.top) - i128::from(self.bottom)).max(1);
        let height = i64::try_from(above * room / range).unwrap_or(0);
        self.size.height - Self::EDGE - height
    }

    fn x(&self, at: usize, of: usize) -> i64 {
        let last = i64::try_from(of.saturating_sub(1))
            .unwrap_or(i64::MAX)
            .max(1);
        i64::try_from(at)
            .unwrap_or(0)
            .saturating_mul(self.size.width)
            / last
    }
}

/// Returns a line for each run of known values.
fn lines(values: &[Option<i64>], scale: &Scale) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for (at, value) in values.iter().enumerate() {
        match value {
            Some(value) => {
                let _ = write!(line, "{},{} ", scale.x(at, values.len()), scale.y(*value));
            }
            None => lines.push(std::mem::take(&mut line)),
        }
    }
    lines.push(line);
    lines.retain(|line| !line.is_empty());
    for line in &mut lines {
        // One minute alone is a dot.
        if line.matches(',').count() == 1 {
            let dot = line.clone();
            line.push_str(&dot);
        }
        line.truncate(line.trim_end().len());
    }
    lines
}

/// Returns the literals that a node is compared with in a condition.
fn thresholds(program: &Program, condition: NodeId, part: NodeId) -> Vec<Decimal> {
    let literal = |id: NodeId| match node(program, id) {
        Node::Literal(value) => Some(value),
        _ => None,
    };
    let mut found = Vec::new();
    for id in used_by(&program.nodes, [condition]) {
        if let Node::Compare(_, a, b) = node(program, id) {
            found.extend(literal(b).filter(|_| a == part));
            found.extend(literal(a).filter(|_| b == part));
        }
    }
    found
}

fn node(program: &Program, id: NodeId) -> Node {
    program.nodes[id.0 as usize]
}
