//! The values of all nodes of a program on one series, minute by minute.

use super::cell::{Cell, quotient};
use super::plan::{Plan, Work, held, place};
use super::sample::Observation;
use super::truths::Truths;
use super::window::{Move, Window, is_thin};
use crate::lang::program::NodeId;
use crate::unit::Decimal;

/// The state of a program on one series.
///
/// A minute takes no more work when windows are longer, and no memory is asked for once the
/// evaluator is made. Windows start as if all that lies before the first minute were unknown.
#[derive(Clone, Debug)]
pub struct Evaluator {
    /// The values of the last minute.
    cells: Vec<Cell>,
    /// The slots of all rings of decimals, one ring after the other.
    slots: Vec<i64>,
    /// The next slot of each ring of decimals.
    heads: Vec<usize>,
    truths: Vec<Truths>,
    /// The next slot of each ring of truths.
    truth_heads: Vec<usize>,
    windows: Vec<Window>,
    /// How many trues and unknowns each hold has.
    holds: Vec<(u32, u32)>,
    shares: Vec<Share>,
    /// Room for the sums of a sample's codes.
    sums: Vec<i128>,
}

/// The counts of a share's window.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    /// How many minutes have known requests.
    known: u32,
    part: i128,
    whole: i128,
}

impl Evaluator {
    /// Returns the state before anything is known.
    pub fn new(plan: &Plan) -> Self {
        let before = |ring: &super::plan::Ring| plan.before[ring.of];
        let mut slots = Vec::with_capacity(plan.slots);
        for ring in &plan.rings {
            slots.resize(ring.start + ring.len, before(ring).0);
        }
        let truths = plan.truths.iter();
        let windows = plan.windows.iter().map(|window| {
            let ring = &plan.rings[window.ring];
            Window::filled(window.reduce, window.over, before(ring), ring.len)
        });
        Self {
            cells: plan.before.clone(),
            slots,
            heads: vec![0; plan.rings.len()],
            truths: truths.map(|r| Truths::filled(r.len, before(r))).collect(),
            truth_heads: vec![0; plan.truths.len()],
            windows: windows.collect(),
            holds: plan.holds.clone(),
            shares: vec![Share::default(); plan.shares],
            sums: vec![0; plan.leaves.sums_len()],
        }
    }

    /// Moves on by a minute, of which this is known. The plan must be the one that the
    /// evaluator was made with.
    pub fn advance(&mut self, plan: &Plan, observation: Observation<'_>) {
        plan.leaves
            .observe(observation, &mut self.sums, &mut self.cells);
        for step in &plan.steps {
            self.cells[step.place] = self.work(plan, step.work);
        }
        self.record(plan);
    }

    /// Returns the decimal of a node at the last minute; `None` is unknown.
    pub fn decimal(&self, id: NodeId) -> Option<Decimal> {
        self.cells[place(id)].to_decimal()
    }

    /// Returns the truth of a condition at the last minute; `None` is unknown.
    pub fn truth(&self, id: NodeId) -> Option<bool> {
        self.cells[place(id)].to_truth()
    }

    /// Whether a node's value at the last minute is known.
    pub fn is_known(&self, id: NodeId) -> bool {
        self.cells[place(id)].is_known()
    }

    #[inline]
    fn work(&mut self, plan: &Plan, work: Work) -> Cell {
        match work {
            Work::Point(point) => point.of(&self.cells),
            Work::Back { ring, minutes } => {
                let layout = &plan.rings[ring];
                let slot = back(self.heads[ring], minutes, layout.len);
                Cell(self.slots[layout.start + slot])
            }
            Work::BackTruth { ring, minutes } => {
                let slot = back(self.truth_heads[ring], minutes, plan.truths[ring].len);
                self.truths[ring].at(slot)
            }
            Work::Window { window, of } => {
                let layout = &plan.windows[window];
                let ring = &plan.rings[layout.ring];
                let head = self.heads[layout.ring];
                self.windows[window].slide(
                    layout.reduce,
                    Move {
                        slots: &self.slots[ring.start..ring.start + ring.len],
                        leaving: back(head, layout.over as usize, ring.len),
                        entering: head,
                        new: self.cells[of],
                        over: layout.over,
                    },
                )
            }
            Work::Share {
                share,
                part,
                whole,
                over,
            } => self.share(plan, share, (part, whole), over),
            Work::Hold {
                hold,
                ring,
                of,
                needed,
                over,
            } => {
                let slot = back(self.truth_heads[ring], over as usize, plan.truths[ring].len);
                let old = self.truths[ring].at(slot);
                let new = self.cells[of];
                let (trues, unknowns) = &mut self.holds[hold];
                *trues = *trues + u32::from(new == Cell::TRUE) - u32::from(old == Cell::TRUE);
                *unknowns = *unknowns + u32::from(!new.is_known()) - u32::from(!old.is_known());
                held(self.holds[hold], needed)
            }
        }
    }

    fn share(&mut self, plan: &Plan, share: usize, rings: (usize, usize), over: u32) -> Cell {
        let old = |ring: usize| {
            let layout = &plan.rings[ring];
            let slot = back(self.heads[ring], over as usize, layout.len);
            Cell(self.slots[layout.start + slot])
        };
        let new = |ring: usize| self.cells[plan.rings[ring].of];
        let (old, new) = ((old(rings.0), old(rings.1)), (new(rings.0), new(rings.1)));
        let state = &mut self.shares[share];
        if old.1.is_known() {
            state.known -= 1;
            state.part -= i128::from(old.0.0);
            state.whole -= i128::from(old.1.0);
        }
        if new.1.is_known() {
            state.known += 1;
            state.part += i128::from(new.0.0);
            state.whole += i128::from(new.1.0);
        }
        if is_thin(state.known, over) || state.whole == 0 {
            Cell::UNKNOWN
        } else {
            Cell::of_units(quotient(state.part * HUNDRED, state.whole))
        }
    }

    /// Puts the minute's values where later minutes look back upon them.
    fn record(&mut self, plan: &Plan) {
        for (ring, head) in plan.rings.iter().zip(&mut self.heads) {
            self.slots[ring.start + *head] = self.cells[ring.of].0;
            *head = if *head + 1 == ring.len { 0 } else { *head + 1 };
        }
        for (at, ring) in plan.truths.iter().enumerate() {
            let head = &mut self.truth_heads[at];
            self.truths[at].put(*head, self.cells[ring.of]);
            *head = if *head + 1 == ring.len { 0 } else { *head + 1 };
        }
    }
}

/// One hundred percent of a whole, in units.
const HUNDRED: i128 = 100 * 1_000_000_000;

/// Returns the slot that was filled so many minutes ago, before the present one is.
#[inline]
const fn back(head: usize, minutes: usize, len: usize) -> usize {
    if minutes <= head {
        head - minutes
    } else {
        head + len - minutes
    }
}
