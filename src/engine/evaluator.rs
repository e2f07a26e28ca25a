//! The values of all nodes of a program on one series, a minute or a block of minutes at a time.

use super::bounds::Bounds;
use super::cell::Cell;
use super::columns::{Columns, Planes};
use super::count::{Counts, Verdict};
use super::narrow::NarrowRows;
use super::plan::{Plan, RingOf, Step, Work, place};
use super::recording::{PAGE, Recording};
use super::ring::Rings;
use super::sample::Observation;
use super::share::Share;
use super::truths::Truths;
use super::window::{Slide, Window};
use crate::lang::program::{NodeId, Reduce, Worst};
use crate::unit::{Decimal, Minute};

/// How many minutes a block has at the most. The rows of all nodes over a block should fit the
/// processor's second cache.
pub(super) const BLOCK: usize = 256;

// A block lies on one page.
const _: () = assert!(PAGE.is_multiple_of(BLOCK));

/// The state of a program on one series.
///
/// A minute takes no more work when windows are longer, and no memory is asked for once the
/// evaluator is made. Windows start as if all that lies before the first minute were unknown.
///
/// What looks back is the same for both: windows, rings and counts move over a minute as over a block
/// of one. Only what is made of values of the same minute is worked out by rows in a block.
#[derive(Clone, Debug)]
pub struct Evaluator {
    pub(super) columns: Columns,
    /// The minutes of the last block.
    pub(super) minutes: usize,
    /// The minute of the block that is looked at.
    at: usize,
    pub(super) rings: Rings,
    pub(super) truths: Vec<Truths>,
    pub(super) windows: Vec<Window>,
    pub(super) counts: Vec<Counts>,
    pub(super) shares: Vec<Share>,
    /// How many minutes there were before the last block.
    pub(super) position: u64,
    /// Up to which minute each window of a rank has been slid over blocks.
    pub(super) slid: Vec<Option<u64>>,
    /// Room for the rows that are asked for.
    pub(super) asked: Vec<usize>,
    /// Room for the values of a window.
    pub(super) room: Vec<i64>,
    /// Room for the sums of a sample's codes.
    sums: Vec<i128>,
    /// Room for the totals of a block's samples.
    totals: Vec<i64>,
    /// The proportions of a block in narrow units.
    pub(super) narrow: NarrowRows,
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
            match window.reduce {
                Reduce::Percentile(_) => Window::filled(window.reduce, window.over, before, slot),
                // Over blocks others need nothing but the ring.
                _ if is_for_blocks => Window::filled(Reduce::Sum, 0, Cell::UNKNOWN, 0),
                _ => Window::filled(window.reduce, window.over, before, slot),
            }
        });
        let truths = plan.truths.iter().map(|ring| {
            if is_for_blocks || !ring.is_of_rank {
                Truths::filled(ring.len, width, ring.before)
            } else {
                Truths::filled(0, 0, ring.before)
            }
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
            position: 0,
            slid: vec![None; plan.windows.len()],
            asked: Vec::new(),
            room: Vec::new(),
            sums: vec![0; plan.leaves.sums_len()],
            totals: vec![0; width],
            narrow: NarrowRows::new(plan.leaves.proportions.len(), width),
        }
    }

    /// Moves on by a minute, of which this is known. The plan must be the one that the
    /// evaluator was made with.
    pub fn advance(&mut self, plan: &Plan, observation: Observation<'_>) {
        self.look_back(plan, observation, 0);
    }

    /// Moves on by a minute that lies `ago` minutes before the first one whose values are asked for: as
    /// [`advance`](Self::advance), but that only what can still matter then is worked out. What is said of minutes must
    /// come nearer to that first one by a minute each time.
    pub fn look_back(&mut self, plan: &Plan, observation: Observation<'_>, ago: u32) {
        if 1 < self.columns.width() {
            self.open(plan);
            plan.leaves
                .observe(observation, 0, &mut self.sums, &mut self.columns);
            plan.leaves.set_whole(&mut self.columns);
            self.move_on(plan, 1);
            return;
        }
        let Some(era) = plan.eras.iter().find(|era| ago <= era.most_ago) else {
            return;
        };
        let at_one = (0, &mut *self.sums, &mut self.columns);
        plan.leaves.observe_some(&era.looked, observation, at_one);
        for (place, ring) in &era.leaf_rings {
            self.keep_one(*place, *ring);
        }
        for step in &era.steps {
            let cell = self.work_one(plan, step);
            self.columns.minute()[step.place] = cell.0;
            if let Some(ring) = step.ring {
                self.keep_one(step.place, ring);
            }
        }
    }

    #[inline]
    fn keep_one(&mut self, place: usize, ring: RingOf) {
        let cell = self.columns.cell(place, 0);
        match ring {
            RingOf::Values(ring) => self.rings.push(ring, cell),
            RingOf::Truths(ring) => self.truths[ring].push(cell),
        }
    }

    /// Works a step out for a single minute.
    #[inline]
    fn work_one(&mut self, plan: &Plan, step: &Step) -> Cell {
        match step.work {
            Work::Point(point) => point.of(|at| self.columns.cell(at, 0)),
            Work::Back { ring, minutes } => {
                let slot = self.rings.slot(ring, minutes + 1);
                Cell(self.rings.slots(ring)[slot])
            }
            Work::BackTruth { ring, minutes } => self.truths[ring].at(minutes + 1),
            Work::Window { window } => {
                let layout = &plan.windows[window];
                self.windows[window].step(Slide {
                    reduce: layout.reduce,
                    over: layout.over,
                    rings: &self.rings,
                    ring: layout.ring,
                })
            }
            Work::Share {
                share,
                part,
                whole,
                over,
            } => self.shares[share].step(&self.rings, (part, whole), over, 1),
            Work::Hold {
                counts,
                ring,
                of,
                needed,
                over,
            } => {
                let old = self.truths[ring].at(over as usize + 1);
                let new = self.columns.cell(of, 0);
                self.counts[counts].step(Verdict::Hold { needed }, old, new)
            }
            // These are of blocks alone.
            Work::Rank { .. } | Work::Narrow(_) => Cell::UNKNOWN,
        }
    }

    /// Moves on over recorded minutes from `start` on, at most to `last`, and returns how many they
    /// are; minutes without a sample are absent, or could not be asked for. The last of them is looked at.
    ///
    /// An evaluator that is not one [for blocks](Self::for_blocks) moves on by one minute.
    pub fn advance_block(
        &mut self,
        plan: &Plan,
        recording: &Recording,
        (start, last): (Minute, Minute),
    ) -> usize {
        let width = self.columns.width();
        if width == 1 {
            let sample = recording.sample(start);
            let observation = recording.observation(start, sample.as_ref());
            self.advance(plan, observation);
            return 1;
        }
        let (page, from) = recording.page(start);
        let left = last.epoch().saturating_sub(start.epoch()).saturating_add(1);
        let left = usize::try_from(left.max(1)).unwrap_or(width);
        let minutes = left.min(width - from % width);
        self.open(plan);
        plan.leaves.observe_page(
            (page, from),
            minutes,
            (&mut self.sums, &mut self.totals, &mut self.narrow),
            &mut self.columns,
        );
        self.move_on(plan, minutes);
        minutes
    }

    fn open(&mut self, plan: &Plan) {
        plan.leaves.open(&mut self.columns);
        let rows = plan.work.iter().enumerate();
        for (row, _) in rows.filter(|(_, work)| work.is_some()) {
            self.columns.open(row);
        }
    }

    /// Goes back to where nothing is known.
    pub(super) fn begin_anew(&mut self, plan: &Plan) {
        self.rings.refill(plan);
        for (truths, ring) in self.truths.iter_mut().zip(&plan.truths) {
            truths.refill(ring.before);
        }
        self.counts.clone_from(&plan.counts);
        self.shares.fill(Share::default());
        self.slid.fill(None);
    }

    fn move_on(&mut self, plan: &Plan, minutes: usize) {
        self.position += self.minutes as u64;
        self.minutes = minutes;
        self.at = minutes - 1;
        for (place, ring) in &plan.leaf_rings {
            self.keep(plan, *place, *ring);
        }
        for step in &plan.block_steps {
            self.sketch(plan, step);
            if let Some(ring) = step.ring {
                self.demand(plan, step.place);
                self.keep(plan, step.place, ring);
            }
        }
    }

    /// Works out over the last block what nobody has asked for yet. Without it, what a node is
    /// worth need not be there.
    pub fn ask(&mut self, plan: &Plan, id: NodeId) {
        if 1 < self.columns.width() {
            self.demand(plan, place(id));
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

    /// Whether it is known without working them out that no decimal of a node over the last block is
    /// worse than `peak`.
    pub(super) fn is_outdone(&self, id: NodeId, worst: Worst, peak: Decimal) -> bool {
        let bounds = self.columns.bounds(place(id));
        bounds.is_some_and(|bounds| match worst {
            Worst::Greatest => bounds.high <= peak.units(),
            Worst::Least => peak.units() <= bounds.low,
        })
    }

    /// Returns the worst known decimal of a node over some minutes of the last block,
    /// which was [asked](Self::ask) for.
    pub(super) fn worst(
        &self,
        id: NodeId,
        worst: Worst,
        minutes: std::ops::Range<usize>,
    ) -> Option<Decimal> {
        let cells = &self.columns.row(place(id)).cells[minutes];
        let (bounds, _) = Bounds::of_cells(cells);
        if bounds.is_none() {
            return None;
        }
        Decimal::from_units(match worst {
            Worst::Greatest => bounds.high,
            Worst::Least => bounds.low,
        })
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
}
