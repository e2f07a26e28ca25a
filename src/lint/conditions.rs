//! The conditions of the rules, taken apart for the checks: each comparison with what stands around
//! it, names put in.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::measures::{Measure, Threshold};
use super::proofs::Tier;
use crate::config::{LetOutline, Outline, RuleOutline, TierOutline, Written};
use crate::diag::{Code, Diagnostic, Label, Span};
use crate::lang::Names;
use crate::lang::ast::{Expr, Hold, Kind};
use crate::lang::program;

/// How much of one condition is looked at, names put in: its parts, each with what it stands in.
pub(super) const PARTS_MAX: usize = 2_000;
/// How much of all conditions, by those who go through all: of a file beyond, the first rules are
/// checked.
pub(super) const PARTS_OF_FILE_MAX: usize = 1_000_000;
/// How many parts there is room for at first: most texts have fewer.
const PARTS_USUAL: usize = 16;
/// How many comparisons there is room for at first.
const LEAVES_USUAL: usize = 2;
/// How often one name is put in, in one condition: what it stands for says the same again.
const NAME_USES_MAX: u32 = 4;
/// How deep parts may lie within each other; the language allows fewer.
const DEPTH_MAX: usize = 300;
/// How many findings of one code are told: whoever has more begins with these.
pub(super) const FINDINGS_MAX: usize = 1_000;

/// The condition of one severity of a sound rule.
pub(super) struct Condition<'a> {
    /// The rule.
    pub(super) rule: &'a RuleOutline,
    /// The severity, and what is written.
    pub(super) tier: &'a TierOutline,
    /// What it is in the graph.
    pub(super) compiled: &'a program::Tier,
    /// The names that it may use.
    pub(super) names: &'a Names,
    /// What it compares, guards included, in the order in which it stands.
    pub(super) leaves: Vec<Leaf<'a>>,
    outline: &'a Outline,
}

/// A comparison, `no data` or `no traffic`.
pub(super) struct Leaf<'a> {
    /// What it is.
    pub(super) expr: &'a Expr,
    /// Where it stands in the text of the condition.
    pub(super) seat: Seat<'a>,
    /// What it stands in, from the whole condition inwards.
    pub(super) path: Vec<Step<'a>>,
    /// What [`threshold`](super::measures::threshold) finds: most checks ask for it.
    pub(super) threshold: OnceCell<Option<Threshold<'a>>>,
    /// What [`of_leaf`](super::measures::of_leaf) finds.
    pub(super) measures: OnceCell<Vec<Measure>>,
}

/// A place in the text of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seat<'a> {
    /// The place: of the part, or of the name that stands for it.
    pub(super) span: Span,
    /// That name.
    pub(super) name: Option<&'a str>,
}

/// What a part stands in.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    /// Beside others, all of which must be so.
    And {
        /// The whole.
        whole: &'a Expr,
        /// All of its parts.
        parts: &'a [Expr],
        /// Which of them it is in.
        index: usize,
        /// Where the whole stands.
        seat: Seat<'a>,
    },
    /// Beside others, one of which must be so.
    Or {
        /// The whole.
        whole: &'a Expr,
        /// All of its parts.
        parts: &'a [Expr],
        /// Which of them it is in.
        index: usize,
        /// Where the whole stands.
        seat: Seat<'a>,
    },
    /// Under `not`.
    Not,
    /// Under `for`.
    For(Hold),
    /// Before this `given`.
    Given(&'a Expr),
    /// Behind a `given`.
    Guard,
}

impl<'a> Leaf<'a> {
    pub(super) fn new(expr: &'a Expr, seat: Seat<'a>, path: Vec<Step<'a>>) -> Self {
        Self {
            expr,
            seat,
            path,
            threshold: OnceCell::new(),
            measures: OnceCell::new(),
        }
    }

    /// Whether it stands behind `given`.
    pub(super) fn is_guard(&self) -> bool {
        self.path.iter().any(|step| matches!(step, Step::Guard))
    }

    /// Whether the condition waits for the opposite.
    pub(super) fn is_negated(&self) -> bool {
        let nots = self.path.iter().filter(|step| matches!(step, Step::Not));
        nots.count() % 2 == 1
    }

    /// Returns in how many minutes it must be so until its `for`s are satisfied; 1 without any.
    pub(super) fn held(&self) -> u32 {
        let holds = self.holds().map(|hold| needed(hold) - 1);
        holds.fold(1, u32::saturating_add)
    }

    /// Returns the `for`s that it stands under.
    pub(super) fn holds(&self) -> impl Iterator<Item = Hold> {
        self.path.iter().filter_map(|step| match step {
            Step::For(hold) => Some(*hold),
            _ => None,
        })
    }
}

/// Returns in how many minutes a hold needs its condition.
pub(super) fn needed(hold: Hold) -> u32 {
    hold.needed.unwrap_or(hold.over.get()).max(1)
}

impl<'a> Condition<'a> {
    /// Takes a condition apart, and notes how much of a file is `left` to be looked at.
    pub(super) fn of(tier: &Tier<'a>, outline: &'a Outline, left: &mut usize) -> Self {
        let most = PARTS_MAX.min(*left);
        let mut walk = Walk {
            names: tier.names,
            left: most,
            uses: BTreeMap::new(),
            leaves: Vec::with_capacity(LEAVES_USUAL),
            path: Vec::new(),
        };
        let condition = &tier.written.when.condition;
        let (span, name) = (condition.span, None);
        walk.part(condition, Seat { span, name });
        *left -= most - walk.left;
        Self {
            rule: tier.rule,
            tier: tier.written,
            compiled: tier.compiled,
            names: tier.names,
            leaves: walk.leaves,
            outline,
        }
    }

    /// Returns what decides: the comparisons that are no guards.
    pub(super) fn judged(&self) -> impl Iterator<Item = &Leaf<'a>> {
        self.leaves.iter().filter(|leaf| !leaf.is_guard())
    }

    /// Returns a finding at a part of the condition; where a name stands for the part, the
    /// definition is shown as well.
    pub(super) fn at(&self, code: Code, seat: Seat<'_>, message: impl Into<String>) -> Diagnostic {
        let found = Diagnostic::new(code, seat.span, message);
        let found = self.tier.written.relocate(found);
        let Some(definition) = seat.name.and_then(|name| self.definition(name)) else {
            return found;
        };
        let mut found = found;
        found.secondary.push(Label {
            file: definition.place.file,
            span: definition.place.span,
            text: format!("`{}` is defined here", definition.name),
        });
        found
    }

    fn definition(&self, name: &str) -> Option<&'a LetOutline> {
        let own = self.outline.scopes.get(self.rule.scope);
        let scopes = own.into_iter().chain(self.outline.scopes.first());
        let mut lets = scopes.flat_map(|scope| &scope.lets);
        lets.find(|definition| definition.name == name)
    }
}

/// Adds a finding, unless it was just told: a name may be put in more than once.
pub(super) fn tell(found: &mut Vec<Diagnostic>, one: Diagnostic) {
    if found.last() != Some(&one) {
        found.push(one);
    }
}

struct Walk<'a> {
    names: &'a Names,
    left: usize,
    /// How often each name was put in.
    uses: BTreeMap<&'a str, u32>,
    leaves: Vec<Leaf<'a>>,
    path: Vec<Step<'a>>,
}

impl<'a> Walk<'a> {
    fn part(&mut self, expr: &'a Expr, around: Seat<'a>) {
        if self.left == 0 || DEPTH_MAX <= self.path.len() {
            return;
        }
        self.left = self.left.saturating_sub(1 + self.path.len());
        let seat = match around.name {
            Some(_) => around,
            None => Seat {
                span: expr.span,
                name: None,
            },
        };
        match &expr.value {
            Kind::And(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    let whole = expr;
                    let step = Step::And {
                        whole,
                        parts,
                        index,
                        seat,
                    };
                    self.within(step, part, seat);
                }
            }
            Kind::Or(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    let whole = expr;
                    let step = Step::Or {
                        whole,
                        parts,
                        index,
                        seat,
                    };
                    self.within(step, part, seat);
                }
            }
            Kind::Not(of) => self.within(Step::Not, of, seat),
            Kind::For(of, hold) => self.within(Step::For(*hold), of, seat),
            Kind::Given(of, guard) => {
                self.within(Step::Given(guard), of, seat);
                self.within(Step::Guard, guard, seat);
            }
            Kind::Name(name) => {
                let uses = self.uses.entry(name).or_default();
                *uses += 1;
                if *uses <= NAME_USES_MAX
                    && let Some((meaning, _)) = self.names.get(name)
                {
                    let name = around.name.or(Some(name));
                    self.part(meaning, Seat { name, ..seat });
                }
            }
            Kind::Comparison(..) | Kind::NoData | Kind::NoTraffic => {
                let path = self.path.clone();
                self.leaves.push(Leaf::new(expr, seat, path));
            }
            // Values, which are no conditions.
            _ => {}
        }
    }

    fn within(&mut self, step: Step<'a>, part: &'a Expr, seat: Seat<'a>) {
        self.path.push(step);
        self.part(part, seat);
        self.path.pop();
    }
}

/// An expression as it stands in a file: a condition, an `until`, or what a name stands for.
pub(super) struct Text<'a> {
    /// Every part of it, as they stand; names are not put in.
    pub(super) parts: Vec<&'a Expr>,
    /// Where it stands.
    pub(super) written: &'a Written,
    /// The names that it may use.
    pub(super) names: &'a Names,
}

impl<'a> Text<'a> {
    fn new(whole: &'a Expr, written: &'a Written, names: &'a Names) -> Self {
        let room = || Vec::with_capacity(PARTS_USUAL);
        let (mut parts, mut open) = (room(), room());
        open.push(whole);
        while let Some(part) = open.pop() {
            open.extend(part.operands().rev());
            parts.push(part);
        }
        Self {
            parts,
            written,
            names,
        }
    }
}

/// Returns what the sound names of all files stand for.
pub(super) fn texts_of_lets(outline: &Outline) -> impl Iterator<Item = Text<'_>> {
    outline.scopes.iter().flat_map(|scope| {
        scope.lets.iter().filter_map(|definition| {
            scope.names.get(&definition.name)?;
            let whole = definition.expr.as_ref()?;
            Some(Text::new(whole, &definition.written, &scope.names))
        })
    })
}

/// Returns a sound condition and its `until`.
pub(super) fn texts_of_tier<'a>(tier: &Tier<'a>) -> impl Iterator<Item = Text<'a>> + use<'a> {
    let (names, TierOutline { when, written, .. }) = (tier.names, tier.written);
    let exprs = std::iter::once(&when.condition).chain(&when.until);
    exprs.map(move |expr| Text::new(expr, written, names))
}
