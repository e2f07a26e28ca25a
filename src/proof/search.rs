//! Whether something that is asked of conditions can be so: every way in which it might is tried.
//!
//! What is asked is taken apart until comparisons, kinds of minutes and holds are left. What must
//! be so all at once goes into the [`Model`] and [`Minutes`]; where there is a choice, one way
//! after the other is gone down and back up, without recursion. Only a condition within a hold is
//! a search of its own, so that this recurses no deeper than conditions nest.

use std::collections::BTreeSet;

use super::asked::Asked;
use super::form::{Need, Quantity};
use super::goals::Goals;
use super::holds::{Held, shared_minutes};
use super::limits::{Limits, kinds_of, limits};
use super::minutes::{Kinds, Knowledge, Minutes};
use super::model::{self, Histories, Model};
use super::partition::Partition;
use super::plain::Plain;
use super::simplex::{Effort, Outcome, Side, Stop};
use super::values::Values;
use crate::lang::ast::Comparator;
use crate::lang::program::{Node, NodeId};

/// What the searches of one question share.
pub(super) struct Context<'a, 'b> {
    pub(super) values: &'b mut Values<'a>,
    pub(super) plain: &'b mut Plain<'a>,
    pub(super) partition: Option<Partition>,
    pub(super) histories: Histories,
    /// Conditions that are left out: whatever is asked of them is so.
    pub(super) freed: &'b [NodeId],
    /// How many minutes ago the minutes are that conditions look at by themselves.
    pub(super) backs: &'b [u32],
    pub(super) effort: Effort,
    /// What is left to look at single minutes with.
    pub(super) look: Effort,
    /// What was asked of one minute within a hold, and whether it can be.
    pub(super) settled: Vec<(Vec<(NodeId, Asked)>, Outcome)>,
}

/// Something that a line of search takes on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    Goal(NodeId, Asked, u32),
    Note(Need, u32, Knowledge),
    Limit(NodeId, u32, Side, i128),
}

pub(super) struct Search<'a, 'b, 'c> {
    pub(super) context: &'c mut Context<'a, 'b>,
    pub(super) model: Model,
    pub(super) minutes: Minutes,
    pub(super) held: Vec<Held>,
    /// What is to be taken on.
    pub(super) agenda: Vec<Item>,
    /// Of each list one must be taken on.
    choices: Vec<Vec<Item>>,
    /// The choices of which one was.
    made: Vec<usize>,
    /// What was taken on: what stands in many places of a graph is taken on once.
    goals: Goals,
}

/// A choice that was made: the ways that are left, and where they begin.
struct Turn {
    ways: Vec<Item>,
    model: model::Mark,
    minutes: (usize, usize),
    held: usize,
    choices: usize,
    made: usize,
    goals: usize,
}

impl<'a, 'b, 'c> Search<'a, 'b, 'c> {
    pub(super) fn new(context: &'c mut Context<'a, 'b>, claims: &[(NodeId, Asked)]) -> Self {
        let model = Model::new(context.histories, context.partition.clone());
        let goals = claims.iter().rev();
        Self {
            context,
            model,
            minutes: Minutes::default(),
            held: Vec::new(),
            agenda: goals
                .map(|(id, asked)| Item::Goal(*id, *asked, 0))
                .collect(),
            choices: Vec::new(),
            made: Vec::new(),
            goals: Goals::default(),
        }
    }

    /// Looks for a way in which all is so; the model is left as it is there.
    pub(super) fn run(&mut self) -> Result<Outcome, Stop> {
        let mut turns: Vec<Turn> = Vec::new();
        loop {
            let mut outcome = self.settle()?;
            if outcome == Outcome::Open {
                if let Some(at) = self.next_choice() {
                    turns.push(self.turn(at));
                    // The first way is taken as the others are.
                    outcome = Outcome::Conflict;
                } else {
                    outcome = self.within_holds()?;
                    if outcome == Outcome::Open {
                        outcome = self.within_stretches();
                    }
                }
                if outcome == Outcome::Open {
                    return Ok(Outcome::Open);
                }
            }
            loop {
                let Some(turn) = turns.last_mut() else {
                    return Ok(Outcome::Conflict);
                };
                match turn.ways.pop() {
                    Some(way) => {
                        self.back_to(turns.last());
                        self.agenda.push(way);
                        break;
                    }
                    None => turns.pop(),
                };
            }
        }
    }

    pub(super) fn values(&mut self) -> &mut Values<'a> {
        self.context.values
    }

    pub(super) fn effort(&mut self) -> &mut Effort {
        &mut self.context.effort
    }

    fn turn(&mut self, at: usize) -> Turn {
        self.made.push(at);
        Turn {
            ways: self.choices[at].iter().rev().copied().collect(),
            model: self.model.mark(),
            minutes: self.minutes.mark(),
            held: self.held.len(),
            choices: self.choices.len(),
            made: self.made.len(),
            goals: self.goals.mark(),
        }
    }

    fn back_to(&mut self, turn: Option<&Turn>) {
        let Some(turn) = turn else { return };
        self.model.back_to(turn.model);
        self.minutes.back_to(turn.minutes);
        self.held.truncate(turn.held);
        self.choices.truncate(turn.choices);
        self.made.truncate(turn.made);
        self.goals.back_to(turn.goals);
        self.agenda.clear();
    }

    /// Takes on all that must be, with what follows, and looks whether it can be.
    fn settle(&mut self) -> Result<Outcome, Stop> {
        loop {
            while let Some(item) = self.agenda.pop() {
                self.context.effort.spend(1)?;
                if self.take(item)? == Outcome::Conflict {
                    return Ok(Outcome::Conflict);
                }
            }
            if self.narrow()? == Outcome::Conflict {
                return Ok(Outcome::Conflict);
            }
            if self.agenda.is_empty() {
                break;
            }
        }
        if self.counts()? == Outcome::Conflict {
            return Ok(Outcome::Conflict);
        }
        self.model.simplex.check(&mut self.context.effort)
    }

    /// Makes the choices that have only one way left.
    fn narrow(&mut self) -> Result<Outcome, Stop> {
        for at in 0..self.choices.len() {
            if self.made.contains(&at) {
                continue;
            }
            let ways = self.choices[at].clone();
            self.context.effort.spend(ways.len())?;
            let mut open = ways.into_iter().filter(|way| self.is_open(*way));
            match (open.next(), open.next()) {
                (None, _) => return Ok(Outcome::Conflict),
                (Some(only), None) => {
                    self.made.push(at);
                    self.agenda.push(only);
                }
                _ => {}
            }
        }
        Ok(Outcome::Open)
    }

    /// Returns the choice with the fewest ways.
    fn next_choice(&self) -> Option<usize> {
        let open = (0..self.choices.len()).filter(|at| !self.made.contains(at));
        open.min_by_key(|at| self.choices[*at].len())
    }

    fn take(&mut self, item: Item) -> Result<Outcome, Stop> {
        match item {
            Item::Note(need, back, knowledge) => {
                let (need, back) = self.meant(need, back);
                Ok(self.minutes.note(need, back, knowledge))
            }
            Item::Limit(id, back, side, value) => {
                let form = self.context.values.form(id);
                let effort = &mut self.context.effort;
                let values = &mut *self.context.values;
                self.model
                    .limit(values, (&form.linear, back), (side, value), effort)
            }
            Item::Goal(id, asked, back) => Ok(self.goal(id, asked, back)),
        }
    }

    fn goal(&mut self, id: NodeId, asked: Asked, back: u32) -> Outcome {
        let node = self.context.values.node(id);
        if !self.goals.is_new((id, asked, back)) {
            return Outcome::Open;
        }
        match (node, asked) {
            (Node::And(a, b), Asked::True | Asked::NotFalse)
            | (Node::Or(a, b), Asked::False | Asked::NotTrue) => {
                let both = [b, a].map(|part| Item::Goal(part, asked, back));
                self.agenda.extend(both);
            }
            (Node::And(..) | Node::Or(..), _) => {
                let ways = self.flattened(id, node);
                let ways = ways.into_iter().map(|part| Item::Goal(part, asked, back));
                self.choices.push(ways.collect());
            }
            (Node::Not(of), _) => self.agenda.push(Item::Goal(of, asked.turned(), back)),
            (Node::Given(of, guard), Asked::True | Asked::False) => {
                self.agenda.push(Item::Goal(of, asked, back));
                self.agenda.push(Item::Goal(guard, Asked::True, back));
            }
            (Node::Given(of, guard), Asked::NotTrue | Asked::NotFalse) => {
                let ways = vec![
                    Item::Goal(of, asked, back),
                    Item::Goal(guard, Asked::NotTrue, back),
                ];
                self.choices.push(ways);
            }
            (Node::Hold { of, needed, over }, _) => self.hold(of, (needed, over), asked, back),
            // Whatever is asked of what is left out is so.
            _ if self.context.freed.contains(&id) => {}
            (Node::NoData | Node::NoTraffic, _) => {
                let back = self.meant_back(back);
                return self.minutes.restrict(back, kinds_of(node, asked));
            }
            (Node::Compare(how, ..), _) => self.compare(id, how, asked, back),
            // A value is no condition: nothing is said of it.
            _ => {}
        }
        Outcome::Open
    }

    /// Returns the parts of a chain of one kind, `a or b or c`, each once.
    fn flattened(&self, id: NodeId, node: Node) -> Vec<NodeId> {
        let (mut open, mut parts) = (vec![id], Vec::new());
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            match (node, self.context.values.node(id)) {
                (Node::And(..), Node::And(a, b)) | (Node::Or(..), Node::Or(a, b)) => {
                    open.extend([b, a]);
                }
                _ => parts.push(id),
            }
        }
        parts
    }

    fn compare(&mut self, id: NodeId, how: Comparator, asked: Asked, back: u32) {
        let form = self.context.values.form(id);
        let note = |(need, at): &(Need, u32), knowledge| {
            Item::Note(*need, at.saturating_add(back), knowledge)
        };
        let truth = match asked {
            Asked::True => true,
            Asked::False => false,
            Asked::NotTrue | Asked::NotFalse => {
                let known = if asked == Asked::NotTrue {
                    Asked::False
                } else {
                    Asked::True
                };
                let unknown = form.needs.iter().map(|need| note(need, Knowledge::Unknown));
                let way = std::iter::once(Item::Goal(id, known, back));
                self.choices.push(way.chain(unknown).collect());
                return;
            }
        };
        let limit = |(side, value)| Item::Limit(id, back, side, value);
        match limits(how, truth) {
            Limits::All(limits) => self.agenda.extend(limits.into_iter().flatten().map(limit)),
            Limits::One(limits) => self.choices.push(limits.into_iter().map(limit).collect()),
        }
        let known = form.needs.iter().map(|need| note(need, Knowledge::Known));
        self.agenda.extend(known);
    }

    /// Lets counts be what the kinds of their minutes say.
    fn counts(&mut self) -> Result<Outcome, Stop> {
        let live: Vec<model::Column> = self.model.live().collect();
        for column in live {
            let Quantity::Count(codes) = self.context.values.quantity(column.of).quantity else {
                continue;
            };
            let kinds = self.minutes.kinds(column.back);
            let limit = if kinds.and(Kinds::EMPTY.other()).is_none() {
                (Side::High, 0)
            } else if kinds.and(Kinds::EMPTY).is_none() && codes.is_none() {
                (Side::Low, 2)
            } else {
                continue;
            };
            let outcome = self.model.simplex.limit(column.var, limit.0, limit.1)?;
            if outcome == Outcome::Conflict {
                return Ok(Outcome::Conflict);
            }
        }
        Ok(Outcome::Open)
    }

    /// Looks whether what must be so in one minute of the holds can be.
    fn within_holds(&mut self) -> Result<Outcome, Stop> {
        for bodies in shared_minutes(&self.held) {
            if self.context.plain.hold(&bodies) {
                continue;
            }
            let mut settled = self.context.settled.iter();
            let known = settled.find(|(other, _)| *other == bodies);
            let outcome = if let Some((_, outcome)) = known {
                *outcome
            } else {
                let outcome = Search::new(&mut *self.context, &bodies).run()?;
                self.context.settled.push((bodies, outcome));
                outcome
            };
            if outcome == Outcome::Conflict {
                return Ok(Outcome::Conflict);
            }
        }
        Ok(Outcome::Open)
    }

    /// Returns what must be so: in a steady history a window is known where its minutes are.
    pub(super) fn meant(&self, need: Need, back: u32) -> (Need, u32) {
        use super::form::Frame;
        match (self.context.histories, need) {
            (Histories::Any, _) => (need, back),
            (Histories::Steady, Need::Known(Frame::Share(_))) => (Need::Counted(None), 0),
            (Histories::Steady, Need::Known(Frame::Mean(_) | Frame::Spent(_))) => {
                (Need::Known(Frame::Minute), 0)
            }
            (Histories::Steady, _) => (need, 0),
        }
    }

    pub(super) fn meant_back(&self, back: u32) -> u32 {
        match self.context.histories {
            Histories::Any => back,
            Histories::Steady => 0,
        }
    }
}
