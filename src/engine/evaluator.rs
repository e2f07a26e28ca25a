//! The values of all nodes of a program on one series, a minute or a block of minutes at a time.

use super::cell::{Cell, quotient};
use super::columns::{Columns, Out, Planes};
use super::count::{Counts, Verdict, as_they_stand};
use super::plan::{Plan, RingOf, Step, Work, place};
use super::point::test;
use super::recording::{PAGE, Recording};
use super::ring::Rings;
use super::sample::Observation;
use super::truths::Truths;
use super::window::{Slide, Window, is_thin, known_if};
use crate::lang::program::NodeId;
use crate::unit::{Decimal, Minute};

/// How many minutes a block has at the most. The rows of all nodes over a block should fit the
/// processor's second cache.
pub(super) const BLOCK: usize = 512;

// A block lies on one page.
const _: () = assert!(PAGE.is_multiple_of(BLOCK));

/// The state of a program on one series.
///
/// A minute takes no more work when windows are longer, and no memory is asked for once the
/// evaluator is made. Windows start as if all that lies before the first minute were unknown.
///
/// There is one way to work a node out, over a block; a minute by itself is a block of one.
#[derive(Clone, Debug)]
pub struct Evaluator {
    columns: Columns,
    /// The minutes of the last block.
    minutes: usize,
    /// The minute of the block that is looked at.
    at: usize,
    rings: Rings,
    truths: Vec<Truths>,
    windows: Vec<Window>,
    counts: Vec<Counts>,
    shares: Vec<Share>,
    /// Which of the deferred steps are worked out for the block.
    is_worked_out: Vec<bool>,
    /// Room for the sums of a sample's codes.
    sums: Vec<i128>,
    /// Room for the totals of a block's samples.
    totals: Vec<i64>,
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
    /// Returns the state before anything is known, to be moved on minute by minute.
    pub fn new(plan: &Plan) -> Self {
        Self::with_width(plan, 1)
    }

    /// Returns the state before anything is known, to be moved on by [blocks](Self::advance_block).
    pub fn for_blocks(plan: &Plan) -> Self {
        Self::with_width(plan, BLOCK)
    }

    fn with_width(plan: &Plan, width: usize) -> Self {
        let is_for_blocks = 1 < width;
        let rings = Rings::new(plan, width);
        let windows = plan.windows.iter().map(|window| {
            let before = plan.before[plan.rings[window.ring].of];
            let slot = rings.slots(window.ring).len() - 1;
            Window::filled(window.reduce, window.over, before, slot)
        });
        let truths = plan.truths.iter().map(|ring| {
            let is_kept = is_for_blocks || !ring.is_of_rank;
            Truths::filled(if is_kept { ring.len } else { 0 }, width, ring.before)
        });
        Self {
            columns: Columns::new(plan, width),
            minutes: 1,
            at: 0,
            windows: windows.collect(),
            rings,
            truths: truths.collect(),
            counts: plan.counts.clone(),
            shares: vec![Share::default(); plan.shares],
            is_worked_out: vec![
                false;
                if is_for_blocks {
                    plan.deferred.len()
                } else {
                    0
                }
            ],
            sums: vec![0; plan.leaves.sums_len()],
            totals: vec![0; width],
        }
    }

    /// Moves on by a minute, of which this is known. The plan must be the one that the
    /// evaluator was made with.
    pub fn advance(&mut self, plan: &Plan, observation: Observation<'_>) {
        plan.leaves
            .observe(observation, 0, &mut self.sums, &mut self.columns);
        self.move_on(plan, 1);
    }

    /// Moves on over recorded minutes from `start` on, at most to `last`, and returns how many they
    /// are; minutes without a sample are absent. The last of them is looked at.
    ///
    /// The evaluator must be one [for blocks](Self::for_blocks), else it moves on by one minute.
    pub fn advance_block(
        &mut self,
        plan: &Plan,
        recording: &Recording,
        (start, last): (Minute, Minute),
    ) -> usize {
        let (page, from) = recording.page(start);
        let width = self.columns.width();
        let left = last.epoch().saturating_sub(start.epoch()).saturating_add(1);
        let left = usize::try_from(left.max(1)).unwrap_or(width);
        let minutes = left.min(width - from % width);
        plan.leaves.observe_page(
            (page, from),
            minutes,
            (&mut self.sums, &mut self.totals),
            &mut self.columns,
        );
        self.move_on(plan, minutes);
        minutes
    }

    fn move_on(&mut self, plan: &Plan, minutes: usize) {
        self.minutes = minutes;
        self.at = minutes - 1;
        for (place, ring) in &plan.leaf_rings {
            self.keep(*place, *ring);
        }
        let is_for_blocks = 1 < self.columns.width();
        let steps = if is_for_blocks {
            &plan.block_steps
        } else {
            &plan.steps
        };
        for step in steps {
            self.work(plan, *step);
            if let Some(ring) = step.ring {
                self.keep(step.place, ring);
            }
        }
        self.is_worked_out.fill(false);
    }

    /// Works out over the last block what is put off until somebody asks for it. Without it,
    /// what a node is worth that is neither a condition nor used by one need not be there.
    pub fn ask(&mut self, plan: &Plan, id: NodeId) {
        let deferred = plan.deferred.iter().enumerate();
        for (at, step) in deferred.filter(|(_, step)| step.place == place(id)) {
            if self.is_worked_out.get(at) == Some(&false) {
                self.is_worked_out[at] = true;
                if let Work::Window { window, of } = step.work {
                    let (read, _) = self.columns.split(step.place, self.minutes);
                    let layout = &plan.windows[window];
                    self.windows[window].rebuild(Slide {
                        reduce: layout.reduce,
                        over: layout.over,
                        rings: &self.rings,
                        ring: layout.ring,
                        new: read.row(of).cells,
                    });
                }
                self.work(plan, *step);
            }
        }
    }

    /// Looks at a minute of the last block, by its place there.
    pub fn look_at(&mut self, at: usize) {
        self.at = at.min(self.minutes - 1);
    }

    /// Returns the bits of a condition over the last block, its minutes first.
    pub(super) fn planes(&self, id: NodeId) -> Planes<'_> {
        self.columns.planes(place(id))
    }

    /// Returns the decimal of a node at the minute that is looked at: the last
    /// one, if nothing else was said. `None` is unknown.
    pub fn decimal(&self, id: NodeId) -> Option<Decimal> {
        self.columns.cell(place(id), self.at).to_decimal()
    }

    /// Returns the truth of a condition at the minute that is looked at: the last
    /// one, if nothing else was said. `None` is unknown.
    pub fn truth(&self, id: NodeId) -> Option<bool> {
        self.columns.truth(place(id), self.at)
    }

    /// Whether a node's value at the minute that is looked at is known.
    pub fn is_known(&self, id: NodeId) -> bool {
        self.columns.is_known(place(id), self.at)
    }

    /// Puts a row where later minutes look back upon it.
    #[inline]
    fn keep(&mut self, place: usize, ring: RingOf) {
        match ring {
            RingOf::Values(ring) => {
                let row = self.columns.row(place);
                self.rings.append(ring, &row.cells[..self.minutes]);
            }
            RingOf::Truths(ring) => {
                self.truths[ring].append(self.columns.planes(place), self.minutes);
            }
        }
    }

    #[inline]
    fn work(&mut self, plan: &Plan, step: Step) {
        let minutes = self.minutes;
        let (read, out) = self.columns.split(step.place, minutes);
        match step.work {
            Work::Point(point) => point.work(read, out),
            Work::Back { ring, minutes: ago } => back(&self.rings, ring, ago, out),
            Work::BackTruth { ring, minutes: ago } => {
                for at in 0..minutes.div_ceil(64) {
                    let back = minutes - at * 64 + ago;
                    (out.trues[at], out.known[at]) = self.truths[ring].past(back);
                }
            }
            Work::Window { window, of } => {
                let layout = &plan.windows[window];
                let slide = Slide {
                    reduce: layout.reduce,
                    over: layout.over,
                    rings: &self.rings,
                    ring: layout.ring,
                    new: read.row(of).cells,
                };
                self.windows[window].slide(slide, out);
            }
            Work::Share {
                share,
                part,
                whole,
                over,
            } => self.shares[share].slide(&self.rings, (part, whole), over, out),
            Work::Hold {
                counts,
                ring,
                of,
                needed,
                over,
            } => {
                let new = as_they_stand(read.planes(of));
                let past = (&self.truths[ring], over);
                self.counts[counts].slide(Verdict::Hold { needed }, past, new, (minutes, out));
            }
            Work::Rank {
                counts,
                ring,
                of,
                over,
                rank,
            } => {
                let Out {
                    cells,
                    known,
                    trues,
                } = out;
                let counted = Out {
                    cells: &mut *cells,
                    known: &mut *known,
                    trues: &mut *trues,
                };
                test(rank.how, read.row(of), rank.against, counted);
                let truths = &mut self.truths[ring];
                let planes = Planes {
                    trues: &*trues,
                    known: &*known,
                };
                truths.append(planes, minutes);
                let new = |at: usize, out: &Out<'_>| (out.trues[at], out.known[at]);
                let out = Out {
                    cells,
                    known,
                    trues,
                };
                self.counts[counts].slide(Verdict::Rank(rank), (truths, over), new, (minutes, out));
            }
        }
    }
}

/// Takes the values of so many minutes ago.
fn back(rings: &Rings, ring: usize, ago: usize, out: Out<'_>) {
    let minutes = out.cells.len();
    let [first, second] = rings.past(ring, minutes + ago, minutes);
    out.cells[..first.len()].copy_from_slice(first);
    out.cells[first.len()..].copy_from_slice(second);
    out.known.fill(u64::MAX);
    let is_unknown = |cell: &&i64| **cell == Cell::UNKNOWN.0;
    if out.cells.iter().filter(is_unknown).count() == 0 {
        return;
    }
    for (at, cell) in out.cells.iter().enumerate() {
        if *cell == Cell::UNKNOWN.0 {
            out.known[at / 64] &= !(1 << (at % 64));
        }
    }
}

impl Share {
    fn slide(&mut self, rings: &Rings, (part, whole): (usize, usize), over: u32, out: Out<'_>) {
        out.known.fill(u64::MAX);
        let minutes = out.cells.len();
        let at = |ring: usize, back: usize| Cell(rings.slots(ring)[rings.slot(ring, back)]);
        for (place, cell) in out.cells.iter_mut().enumerate() {
            let (new, old) = (minutes - place, minutes - place + over as usize);
            let (old_part, old_whole) = (at(part, old), at(whole, old));
            let (new_part, new_whole) = (at(part, new), at(whole, new));
            if old_whole.is_known() {
                self.known -= 1;
                self.part -= i128::from(old_part.0);
                self.whole -= i128::from(old_whole.0);
            }
            if new_whole.is_known() {
                self.known += 1;
                self.part += i128::from(new_part.0);
                self.whole += i128::from(new_whole.0);
            }
            let value = if is_thin(self.known, over) || self.whole == 0 {
                Cell::UNKNOWN
            } else {
                Cell::of_units(quotient(self.part * HUNDRED, self.whole))
            };
            *cell = known_if(value.is_known(), value.0, place, out.known);
        }
    }
}

/// One hundred percent of a whole, in units.
const HUNDRED: i128 = 100 * 1_000_000_000;
