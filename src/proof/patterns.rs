//! The cells that the minutes of each stretch fall into.

use std::collections::{BTreeMap, BTreeSet};

use super::can_be::CanBe;
use super::cells::{Cells, Grain, MINUTE};
use super::holds::Held;
use super::minutes::Kinds;
use super::search::Search;
use super::signs::{Sign, Truth, truths};
use super::simplex::{Side, Simplex, Stop, Var};
use super::stretches::Seen;
use crate::lang::program::{Node, NodeId, used_by};

/// How many cells of a stretch are looked at: where there are more, some signs are left out.
const CELLS_MAX: usize = 24;

/// Kinds of minutes, what is known in them, and what each sign can be.
type Group = (Kinds, (bool, u8), Vec<Vec<Truth>>);

impl Search<'_, '_, '_> {
    /// Cuts the minutes of each stretch into cells.
    pub(super) fn cells(
        &mut self,
        seen: &Seen,
        (simplex, grain): (Simplex, Grain),
    ) -> Result<Cells, Stop> {
        let partition = self.context.partition.clone();
        let mut cells = Cells::new(simplex, partition, seen.has_counts, grain);
        for (at, (start, minutes)) in seen.stretches.iter().copied().enumerate() {
            let is_over = |back: u32, over: u32| back <= start && start < back + over;
            let mut signs: Vec<Sign> = Vec::new();
            let held = seen.held.iter();
            let held = held.filter(|(held, _)| is_over(held.back, held.over));
            let held: Vec<&(Held, u32)> = held.collect();
            for (held, later) in &held {
                for leaf in self.leaves(held) {
                    push_once(&mut signs, Sign::Leaf(leaf, *later));
                }
            }
            for view in seen
                .views
                .iter()
                .filter(|view| is_over(view.back, view.over))
            {
                for sign in view.signs() {
                    push_once(&mut signs, sign);
                }
            }
            let kinds = if minutes == 1 {
                self.minutes.kinds(start)
            } else {
                Kinds::ALL
            };
            let mut found = self.patterns(&signs, kinds, seen.has_counts);
            while CELLS_MAX < found.len() && !signs.is_empty() {
                signs.pop();
                found = self.patterns(&signs, kinds, seen.has_counts);
            }
            let first = cells.all.len();
            for (kinds, truths) in found {
                let mut throughout = held.iter().filter(|(held, _)| held.is_throughout());
                if throughout.all(|held| self.may_be(held, &truths)) {
                    cells.add(self.context.values, (at, minutes), kinds, truths)?;
                }
            }
            let own = cells.all[first..].iter().map(|cell| (1, cell.weight));
            let own: Vec<(i128, Var)> = own.collect();
            let all = i128::from(minutes) * MINUTE;
            cells.row(&own, &[], (Side::Low, all))?;
            cells.row(&own, &[], (Side::High, all))?;
        }
        Ok(cells)
    }

    /// Returns what can be true of the signs in minutes of these kinds; kinds of which the same is known are taken
    /// together.
    fn patterns(
        &mut self,
        signs: &[Sign],
        kinds: Kinds,
        has_counts: bool,
    ) -> Vec<(Kinds, Vec<(Sign, Truth)>)> {
        let mut groups: Vec<Group> = Vec::new();
        for kind in kinds.each() {
            let can_be = signs
                .iter()
                .map(|sign| truths(self.context.values, sign, kind));
            let can_be: Vec<Vec<Truth>> = can_be.collect();
            let counts = match kind {
                _ if !has_counts => 0,
                Kinds::COUNTED => 1,
                Kinds::EMPTY => 2,
                Kinds::HUGE => 3,
                _ => 0,
            };
            let known = (!kind.and(Kinds::CODES).is_none(), counts);
            let same = |(_, other, truths): &&mut Group| *other == known && *truths == can_be;
            match groups.iter_mut().find(same) {
                Some((kinds, ..)) => *kinds = kinds.or(kind),
                None => groups.push((kind, known, can_be)),
            }
        }
        let mut found = Vec::new();
        for (kinds, _, can_be) in groups {
            let mut patterns: Vec<Vec<(Sign, Truth)>> = vec![Vec::new()];
            for (sign, truths) in signs.iter().zip(can_be) {
                let longer = patterns.iter().flat_map(|pattern| {
                    truths.iter().map(|truth| {
                        let mut longer = pattern.clone();
                        longer.push((sign.clone(), *truth));
                        longer
                    })
                });
                // More than are looked at are not made.
                patterns = longer.take(CELLS_MAX + 1).collect();
            }
            found.extend(patterns.into_iter().map(|pattern| (kinds, pattern)));
        }
        found
    }

    /// Returns the comparisons, `no data` and `no traffic` of a hold that are asked of its minutes.
    fn leaves(&self, held: &Held) -> Vec<NodeId> {
        let mut open: Vec<NodeId> = held.bodies.iter().map(|(id, _)| *id).collect();
        let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.context.values.node(id) {
                _ if self.context.freed.contains(&id) => {}
                Node::Compare(..) | Node::NoData | Node::NoTraffic => found.push(id),
                // What is held within is so at other minutes.
                Node::Hold { .. } => {}
                node => open.extend(node.operands()),
            }
        }
        found
    }

    /// Moves a hold to the minutes that it looks at, if all its comparisons look equally far back.
    pub(super) fn looked_at(&mut self, mut held: Held) -> (Held, u32) {
        let mut all: BTreeSet<u32> = BTreeSet::new();
        for leaf in self.leaves(&held) {
            let form = self.context.values.form(leaf);
            let needs = form.needs.iter().map(|(_, back)| *back);
            all.extend(form.linear.terms.iter().map(|term| term.back).chain(needs));
            if !matches!(self.context.values.node(leaf), Node::Compare(..)) {
                all.insert(0);
            }
        }
        let later = match all.first() {
            Some(only) if all.len() == 1 => *only,
            _ => 0,
        };
        held.back = held.back.saturating_add(later);
        (held, later)
    }

    /// Whether all that a hold asks can be so of a minute of which this is true.
    pub(super) fn may_be(&self, (held, later): &(Held, u32), truths: &[(Sign, Truth)]) -> bool {
        let nodes = self.context.values.nodes();
        let bodies = held.bodies.iter().map(|(id, _)| *id);
        let mut can_be: BTreeMap<NodeId, CanBe> = BTreeMap::new();
        for id in used_by(nodes, bodies) {
            let of = |part: NodeId| can_be.get(&part).copied().unwrap_or(CanBe::ANY);
            let is = match nodes[id.0 as usize] {
                Node::And(a, b) => of(a).and(of(b)),
                Node::Or(a, b) => of(a).not().and(of(b).not()).not(),
                Node::Not(a) => of(a).not(),
                Node::Given(a, guard) => of(a).given(of(guard)),
                _ => {
                    let is_it = |(sign, _): &&(Sign, Truth)| *sign == Sign::Leaf(id, *later);
                    let known = truths.iter().find(is_it);
                    known.map_or(CanBe::ANY, |(_, truth)| CanBe::of(*truth))
                }
            };
            can_be.insert(id, is);
        }
        held.bodies.iter().all(|(id, asked)| {
            let is = can_be.get(id).copied().unwrap_or(CanBe::ANY);
            is.may_be(*asked)
        })
    }
}

fn push_once(signs: &mut Vec<Sign>, sign: Sign) {
    if !signs.contains(&sign) {
        signs.push(sign);
    }
}
