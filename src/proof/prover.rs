//! The questions: can this be asked of these conditions at once?

use std::rc::Rc;

use super::asked::Asked;
use super::example;
use super::form::{Form, Quantity, QuantityId};
use super::minute::Minute;
use super::model::Histories;
use super::partition::Partition;
use super::plain::Plain;
use super::question::{Question, TOTAL, Tried, other_code};
use super::search::{Context, Search};
use super::simplex::{Effort, Outcome, Stop};
use super::stretches;
use super::values::Values;
use super::witness::Witness;
use crate::lang::program::{Node, NodeId};

/// How many steps a question may take unless it is told otherwise.
///
/// A step is one term of one row that is touched, or one thing taken on: measured at 20 to 50 ns,
/// so that a question ends within some 20 ms.
pub const EFFORT: u32 = 400_000;

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
        let question = Question::of(self.values.nodes(), claims);
        // Where no plain minute does, none of those is tried once more.
        let tried = if self.plain.is_whole() {
            Tried::Plain
        } else {
            Tried::None
        };
        if question.simple_witness(tried).is_some() || question.has_turned() {
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
        let question = Question::of(self.values.nodes(), claims);
        self.search(&question, freed, effort)
    }

    /// Returns a minute such that all that is asked is so if every minute is like it, if one is
    /// found within the effort.
    pub fn witness(&mut self, claims: &[(NodeId, Asked)], effort: u32) -> Option<Witness> {
        let question = Question::of(self.values.nodes(), claims);
        let found = self.searched_witness(&question, &mut Effort(effort));
        found
            .or_else(|| question.simple_witness(Tried::None))
            .or_else(|| question.witness_between())
    }

    /// Whether all that is asked is so if every answer of every minute has this one code, and
    /// there are many.
    pub fn is_so_of(&self, claims: &[(NodeId, Asked)], code: u16) -> bool {
        let question = Question::of(self.values.nodes(), claims);
        let minute = example::whole(Some(code), Some(TOTAL));
        question.first(&[Minute::Codes(&minute)]).is_some()
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
            look: Effort(stretches::EFFORT),
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
            look: Effort(stretches::EFFORT),
            settled: Vec::new(),
        };
        let mut search = Search::new(&mut context, question.claims);
        if search.run() != Ok(Outcome::Open) {
            return None;
        }
        let found = example::minutes(&mut search, &partition, other_code(&question.sets));
        let minutes: Vec<_> = found.iter().map(Minute::from).collect();
        question.first(&minutes).map(Minute::to_witness)
    }
}
