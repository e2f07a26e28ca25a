//! The questions: can this be asked of these conditions at once?

use std::rc::Rc;

use super::asked::Asked;
use super::example;
use super::form::{Form, Quantity, QuantityId};
use super::model::Histories;
use super::partition::Partition;
use super::plain::Plain;
use super::search::{Context, Search};
use super::simplex::{Effort, Outcome, Stop};
use super::steady::{Minute, Steps};
use super::values::Values;
use super::witness::Witness;
use crate::lang::program::{Node, NodeId, used_by};
use crate::unit::{Decimal, StatusSet};

/// How many steps a question may take unless it is told otherwise.
///
/// A step is one term of one row that is touched, or one thing taken on: measured at 20 to 50 ns,
/// so that a question ends within some 20 ms.
pub const EFFORT: u32 = 400_000;

/// How many sets of codes, and how many levels of each, are tried before a search.
const LEVELS_MAX: usize = 4;

/// How many responses the plainest minutes have.
pub(super) const TOTAL: u64 = 1_000_000;

/// How many different offsets of one question holds are looked at.
const BACKS_MAX: usize = 8;

/// Whether something can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found that speaks against it; for conditions on the proportions of one minute
    /// this says that it can be.
    Possible,
    /// It cannot be, whatever the samples are.
    Impossible,
    /// The effort was spent, or a number did not fit, before that was known.
    GaveUp,
}

/// Answers questions about the conditions of one graph.
///
/// What it learns of a node it keeps, so that many questions about one graph are asked of one
/// prover.
pub struct Prover<'a> {
    values: Values<'a>,
    plain: Plain<'a>,
}

/// What is asked, and what its nodes have.
struct Question<'q> {
    claims: &'q [(NodeId, Asked)],
    /// The nodes that the claims are made of, in ascending order.
    used: Vec<NodeId>,
    /// The sets of codes that stand in them.
    sets: Vec<StatusSet>,
    /// How many of them are counted.
    counted: usize,
    is_counted: bool,
    /// The numbers that can be proportions between none and all.
    levels: Vec<Decimal>,
}

/// Which minutes were tried with a question already, and do not make it so.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tried {
    /// None.
    None,
    /// The [plain](Plain) ones.
    Plain,
}

impl Question<'_> {
    /// Returns how many responses the minutes have that are left to be tried; `None` is not counted.
    fn counts(&self, tried: Tried) -> &'static [Option<u64>] {
        match (self.is_counted, tried) {
            (true, Tried::None) => &[Some(TOTAL), Some(1), None],
            (true, Tried::Plain) | (false, Tried::None) => &[None],
            (false, Tried::Plain) => &[],
        }
    }

    /// Returns what tells whether it can be so in minutes that are all alike.
    fn steps(&self, nodes: &[Node]) -> Steps {
        Steps::new(nodes, &self.used, self.claims)
    }
}

impl<'a> Prover<'a> {
    /// Returns a prover for the conditions of a graph, in which operands stand before their users.
    pub fn new(nodes: &'a [Node]) -> Self {
        Self {
            values: Values::new(nodes),
            plain: Plain::new(nodes),
        }
    }

    /// Whether one of the plainest minutes shows that all that is asked can be so at once. If
    /// none does, nothing is known.
    pub fn is_plain(&mut self, claims: &[(NodeId, Asked)]) -> bool {
        self.plain.hold(claims)
    }

    /// Whether all that is asked can be so at once, within an effort, see [`EFFORT`].
    pub fn ask(&mut self, claims: &[(NodeId, Asked)], effort: u32) -> Verdict {
        if self.is_plain(claims) {
            return Verdict::Possible;
        }
        let question = self.question(claims);
        // Where no plain minute does, none of those is tried once more.
        let tried = if self.plain.is_whole() {
            Tried::Plain
        } else {
            Tried::None
        };
        if self.simple_witness(&question, tried).is_some() {
            return Verdict::Possible;
        }
        self.search(&question, &[], &mut Effort(effort))
    }

    /// Whether it can be so if whatever is asked of the `freed` comparisons were so.
    pub(super) fn ask_without(
        &mut self,
        claims: &[(NodeId, Asked)],
        freed: &[NodeId],
        effort: &mut Effort,
    ) -> Verdict {
        let question = self.question(claims);
        self.search(&question, freed, effort)
    }

    /// Returns a minute such that all that is asked is so if every minute is like it, if one is
    /// found within the effort.
    pub fn witness(&mut self, claims: &[(NodeId, Asked)], effort: u32) -> Option<Witness> {
        let question = self.question(claims);
        let found = self.searched_witness(&question, &mut Effort(effort));
        found
            .or_else(|| self.simple_witness(&question, Tried::None))
            .or_else(|| {
                let steps = question.steps(self.values.nodes());
                let levels = question.levels.iter().take(2 * LEVELS_MAX);
                at_levels(&question, &steps, &between(levels))
            })
    }

    /// Whether all that is asked is so if every answer of every minute has this one code, and
    /// there are many.
    pub fn is_so_of(&self, claims: &[(NodeId, Asked)], code: u16) -> bool {
        let question = self.question(claims);
        let minute = example::whole(Some(code), Some(TOTAL));
        let steps = question.steps(self.values.nodes());
        steps.first(&[Minute::Codes(&minute)]).is_some()
    }

    pub(super) fn nodes(&self) -> &'a [Node] {
        self.values.nodes()
    }

    pub(super) fn form(&mut self, id: NodeId) -> Rc<Form> {
        self.values.form(id)
    }

    pub(super) fn quantity(&self, id: QuantityId) -> &Quantity {
        &self.values.quantity(id).quantity
    }

    fn question<'q>(&self, claims: &'q [(NodeId, Asked)]) -> Question<'q> {
        let nodes = self.values.nodes();
        let mut question = Question {
            claims,
            used: used_by(nodes, claims.iter().map(|(id, _)| *id)),
            sets: Vec::new(),
            counted: 0,
            is_counted: false,
            levels: Vec::new(),
        };
        for id in &question.used {
            let (set, is_counted) = match nodes[id.0 as usize] {
                Node::Codes(codes) => (codes, false),
                Node::Share(codes, _) | Node::RequestsOf(codes) => (codes, true),
                Node::Literal(level) => {
                    if Decimal::ZERO < level && level < Decimal::HUNDRED {
                        question.levels.push(level);
                    }
                    continue;
                }
                Node::Requests => {
                    question.is_counted = true;
                    continue;
                }
                _ => continue,
            };
            question.is_counted |= is_counted;
            question.counted += usize::from(is_counted);
            if !question.sets.contains(&set) {
                question.sets.push(set);
            }
        }
        question
    }

    fn search(
        &mut self,
        question: &Question<'_>,
        freed: &[NodeId],
        effort: &mut Effort,
    ) -> Verdict {
        let backs = self.backs(question);
        let is_cut = Partition::is_needed(&question.sets, question.counted);
        let partition = is_cut.then(|| Partition::new(&question.sets)).flatten();
        let is_too_fine = is_cut && partition.is_none();
        let mut context = Context {
            values: &mut self.values,
            plain: &mut self.plain,
            partition,
            histories: Histories::Any,
            freed,
            backs: &backs,
            effort: *effort,
            settled: Vec::new(),
        };
        let outcome = Search::new(&mut context, question.claims).run();
        *effort = context.effort;
        match outcome {
            // Comparing sets in pairs alone has found nothing, and might not have.
            Ok(Outcome::Open) if is_too_fine => Verdict::GaveUp,
            Ok(Outcome::Open) => Verdict::Possible,
            Ok(Outcome::Conflict) => Verdict::Impossible,
            Err(Stop::Effort | Stop::Width) => Verdict::GaveUp,
        }
    }

    /// Returns how many minutes ago the minutes are that the question's comparisons look at.
    fn backs(&mut self, question: &Question<'_>) -> Vec<u32> {
        let nodes = self.values.nodes();
        let is_held = |id: &NodeId| matches!(nodes[id.0 as usize], Node::Hold { .. });
        if !question.used.iter().any(is_held) {
            return Vec::new();
        }
        let mut backs = Vec::new();
        for id in &question.used {
            if !matches!(nodes[id.0 as usize], Node::Compare(..)) {
                continue;
            }
            for term in &self.values.form(*id).linear.terms {
                if term.back != 0 && !backs.contains(&term.back) && backs.len() < BACKS_MAX {
                    backs.push(term.back);
                }
            }
        }
        backs
    }

    /// Tries the plainest minutes: all of one set of codes or of none, of so many responses,
    /// empty, absent, and the levels that things are compared with.
    fn simple_witness(&self, question: &Question<'_>, tried: Tried) -> Option<Witness> {
        let steps = question.steps(self.values.nodes());
        let codes = std::iter::once(other_code(&question.sets)).chain(own_codes(&question.sets));
        let counts = question.counts(tried);
        let whole =
            codes.flat_map(|code| counts.iter().map(move |count| example::whole(code, *count)));
        let whole: Vec<_> = whole.collect();
        let silent = [Minute::Empty, Minute::Absent].into_iter();
        let silent = silent.filter(|_| tried == Tried::None);
        let minutes = whole.iter().map(|parts| Minute::Codes(parts)).chain(silent);
        if let Some(minute) = steps.first(&minutes.collect::<Vec<_>>()) {
            return Some(minute.to_witness());
        }
        let levels = &question.levels[..question.levels.len().min(LEVELS_MAX)];
        at_levels(question, &steps, levels)
    }

    /// Searches steady histories alone, in which what is found is a minute.
    fn searched_witness(
        &mut self,
        question: &Question<'_>,
        effort: &mut Effort,
    ) -> Option<Witness> {
        let partition = Partition::new(&question.sets)?;
        let mut context = Context {
            values: &mut self.values,
            plain: &mut self.plain,
            partition: Some(partition.clone()),
            histories: Histories::Steady,
            freed: &[],
            backs: &[],
            effort: *effort,
            settled: Vec::new(),
        };
        let mut search = Search::new(&mut context, question.claims);
        if search.run() != Ok(Outcome::Open) {
            return None;
        }
        let found = example::minutes(&mut search, &partition, other_code(&question.sets));
        let steps = question.steps(self.values.nodes());
        let minutes: Vec<_> = found.iter().map(Minute::from).collect();
        steps.first(&minutes).map(Minute::to_witness)
    }
}

/// Tries minutes in which the codes of one set have one of these proportions.
fn at_levels(question: &Question<'_>, steps: &Steps, levels: &[Decimal]) -> Option<Witness> {
    let other = other_code(&question.sets);
    let total = question.is_counted.then_some(TOTAL);
    let codes = own_codes(&question.sets).take(LEVELS_MAX);
    let at_level = |code, level: &Decimal| example::at_level((code, *level), other, total);
    let minutes = codes.flat_map(|code| levels.iter().map(move |level| at_level(code, level)));
    let minutes: Vec<_> = minutes.collect();
    let minutes: Vec<_> = minutes.iter().map(|parts| Minute::Codes(parts)).collect();
    steps.first(&minutes).map(Minute::to_witness)
}

/// Returns the proportions in the middle between these, none and all.
fn between<'l>(levels: impl Iterator<Item = &'l Decimal>) -> Vec<Decimal> {
    let mut sorted = vec![Decimal::ZERO, Decimal::HUNDRED];
    sorted.extend(levels);
    sorted.sort_unstable();
    sorted.dedup();
    let middle = |pair: &[Decimal]| {
        let width = pair[1].checked_sub(pair[0])?;
        pair[0].checked_add(width.checked_div(Decimal::from_integer(2)?)?)
    };
    sorted.windows(2).filter_map(middle).collect()
}

/// The code that stands for those that are in no set, where it can.
const COMMON: u16 = 200;

/// Returns a code that is in none of the sets; `None`, what is no code at all, if there is none.
pub(super) fn other_code(sets: &[StatusSet]) -> Option<u16> {
    let all = sets
        .iter()
        .fold(StatusSet::EMPTY, |all, set| all.union(*set));
    if all.contains(COMMON) {
        StatusSet::range(0, u16::MAX).difference(all).first()
    } else {
        Some(COMMON)
    }
}

/// Returns a code of each set, one that is in no other set where there is one.
fn own_codes(sets: &[StatusSet]) -> impl Iterator<Item = Option<u16>> + '_ {
    sets.iter().enumerate().map(|(at, set)| {
        let others = sets.iter().enumerate().filter(|(other, _)| *other != at);
        let others = others.fold(StatusSet::EMPTY, |all, (_, set)| all.union(*set));
        set.difference(others).first().or_else(|| set.first())
    })
}
