//! How a step of a plan is worked out over a block.

use super::bounds::Bounds;
use super::cell::Cell;
use super::columns::{Columns, In, Out, Planes, State};
use super::compare::{decides, test};
use super::count::{Counts, Rank, Verdict, as_they_stand};
use super::evaluator::Evaluator;
use super::narrow::NARROW_UNITS;
use super::plan::{Plan, RingOf, WindowPlan, Work};
use super::point::Point;
use super::ranked::Ranked;
use super::ring::Rings;
use super::sliding::sliding;
use super::truths::Truths;
use super::window::{Window, known_if};
use crate::lang::program::Reduce;

impl Evaluator {
    /// Puts a row where later minutes look back upon it.
    #[inline]
    pub(super) fn keep(&mut self, plan: &Plan, place: usize, ring: RingOf) {
        match ring {
            RingOf::Values(ring) => {
                let row = self.columns.row(place);
                match plan.work[place] {
                    Some(Work::Narrow(of)) if !self.columns.is_whole(place) => {
                        let block = self.narrow.block(of, row.known, self.minutes);
                        self.rings.append_narrow(ring, block);
                    }
                    _ => self.rings.append(ring, &row.cells[..self.minutes]),
                }
            }
            RingOf::Truths(ring) => {
                self.truths[ring].append(self.columns.planes(place), self.minutes);
            }
        }
    }

    /// Works a row out over the block; what it needs is there.
    #[inline]
    pub(super) fn work(&mut self, plan: &Plan, row: usize, work: Work) {
        let sketched = self.columns.bounds(row);
        let noted = cfg!(debug_assertions).then(|| self.columns.row(row).known.to_vec());
        match work {
            Work::Point(point) => self.work_point(row, point),
            Work::Window { window } => self.work_window(plan, row, window),
            Work::Rank {
                counts,
                ring,
                of,
                over,
                rank,
            } => self.work_rank((counts, ring), row, of, (rank, over)),
            Work::Narrow(_)
            | Work::Back { .. }
            | Work::BackTruth { .. }
            | Work::Share { .. }
            | Work::Hold { .. } => self.work_past(row, work),
        }
        self.columns.set_whole(row);
        if let Some(hull) = self.hull(plan, work) {
            let bounds = sketched.map_or(hull, |sketched| sketched.meet(hull));
            self.columns.set_bounds(row, bounds, State::Whole);
        }
        debug_assert!(
            sketched.is_none_or(|bounds| self.is_as_sketched(row, bounds, noted)),
            "{work:?} is not as it was sketched"
        );
    }

    /// Whether just these values of a row over the block are known, and within these bounds.
    fn is_as_sketched(&self, row: usize, bounds: Bounds, noted: Option<Vec<u64>>) -> bool {
        let (row, minutes) = (self.columns.row(row), self.minutes);
        let (found, _) = Bounds::of_cells(&row.cells[..minutes]);
        let is_within = bounds.low <= found.low && found.high <= bounds.high;
        let is_alike = |noted: Vec<u64>| {
            let is_known = |words: &[u64], at: usize| words[at / 64] >> (at % 64) & 1;
            (0..minutes).all(|at| is_known(&noted, at) == is_known(row.known, at))
        };
        (found.is_none() || is_within) && noted.is_none_or(is_alike)
    }

    fn work_point(&mut self, row: usize, point: Point) {
        let (a, b) = point.operands();
        let sides = (self.columns.bounds(a), self.columns.bounds(b));
        let settled = settled(point, &self.columns);
        let (read, mut out) = self.columns.split(row, self.minutes);
        match settled {
            Some(settled) => settled.fill(point, read, &mut out),
            None => point.work(read, sides, out),
        }
    }

    fn work_window(&mut self, plan: &Plan, row: usize, window: usize) {
        let layout = plan.windows[window];
        let (_, mut out) = self.columns.split(row, self.minutes);
        if let Window::Ranked(ranked) = &mut self.windows[window] {
            let slid = &mut self.slid[window];
            let past = (&self.rings, layout, self.position);
            slide_rank(ranked, slid, past, &mut self.room, &mut out);
        } else {
            sliding(&self.rings, layout, self.minutes).fill(&mut self.room, out);
        }
    }

    fn work_rank(
        &mut self,
        (counts, ring): (usize, usize),
        row: usize,
        of: usize,
        (rank, over): (Rank, u32),
    ) {
        let decided = decides(rank.how, self.columns.bounds(of), Some(rank.bounds()));
        let (read, mut out) = self.columns.split(row, self.minutes);
        match decided {
            Some(truth) => is_true_where_known(truth, read.planes(of).known, &mut out),
            None => test(rank.how, read.row(of), rank.against, &mut out),
        }
        let (counts, truths) = (&mut self.counts[counts], &mut self.truths[ring]);
        count_rank(counts, truths, (rank, over), self.minutes, out);
    }

    /// Works out a row of what was put in, or lies in the past.
    fn work_past(&mut self, row: usize, work: Work) {
        let minutes = self.minutes;
        let (read, mut out) = self.columns.split(row, minutes);
        match work {
            Work::Narrow(of) => {
                let block = self.narrow.block(of, &*out.known, minutes);
                for (cell, value) in out.cells.iter_mut().zip(block.values) {
                    *cell = i64::from(*value) * NARROW_UNITS;
                }
                block.unknowns(|at| out.cells[at] = Cell::UNKNOWN.0);
            }
            Work::Back { ring, minutes: ago } => back(&self.rings, ring, ago, &mut out),
            Work::BackTruth { ring, minutes: ago } => {
                for at in 0..minutes.div_ceil(64) {
                    let back = minutes - at * 64 + ago;
                    (out.trues[at], out.known[at]) = self.truths[ring].past(back);
                }
            }
            Work::Share {
                share,
                part,
                whole,
                over,
            } => self.shares[share].slide(&self.rings, (part, whole), over, &mut out),
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
            Work::Point(_) | Work::Window { .. } | Work::Rank { .. } => {}
        }
    }

    /// Returns the bounds of a row that was worked out of a ring, as far as they are those of the ring.
    fn hull(&self, plan: &Plan, work: Work) -> Option<Bounds> {
        let (ring, back, end) = match work {
            Work::Back { ring, minutes: ago } => (ring, self.minutes + ago, ago),
            Work::Window { window } => {
                let layout = plan.windows[window];
                if matches!(layout.reduce, Reduce::Sum | Reduce::Stddev) {
                    return None;
                }
                (layout.ring, self.minutes + layout.over as usize, 0)
            }
            _ => return None,
        };
        Some(self.rings.zones(ring).around(back, end).bounds)
    }
}

/// What is known of a condition without its operands' rows.
#[derive(Clone, Copy, Debug)]
enum Settled {
    /// It is this wherever its operands are known.
    WhereKnown(bool),
    /// It is this.
    Everywhere(bool),
    /// It is unknown.
    Nowhere,
}

/// Returns what is known of a condition whose operands are decided by bounds or not there: then
/// the one that is there decides.
#[inline]
fn settled(point: Point, columns: &Columns) -> Option<Settled> {
    let is_open = |row: usize| !columns.is_whole(row);
    match point {
        Point::Compare(how, a, b) => {
            decides(how, columns.bounds(a), columns.bounds(b)).map(Settled::WhereKnown)
        }
        Point::Test(how, of, against) => {
            let against = Some(Bounds::point(against));
            decides(how, columns.bounds(of), against).map(Settled::WhereKnown)
        }
        Point::And(a, b) if is_open(a) || is_open(b) => Some(Settled::Everywhere(false)),
        Point::Or(a, b) if is_open(a) || is_open(b) => Some(Settled::Everywhere(true)),
        Point::Given(of, _) if is_open(of) => Some(Settled::Nowhere),
        _ => None,
    }
}

impl Settled {
    fn fill(self, point: Point, read: In<'_>, out: &mut Out<'_>) {
        let fill = |truth: bool| if truth { u64::MAX } else { 0 };
        match self {
            Self::WhereKnown(truth) => {
                let (a, b) = point.operands();
                let known = (read.planes(a).known, read.planes(b).known);
                for ((a, b), out) in known.0.iter().zip(known.1).zip(&mut *out.known) {
                    *out = a & b;
                }
                for (known, trues) in out.known.iter().zip(&mut *out.trues) {
                    *trues = known & fill(truth);
                }
            }
            Self::Everywhere(truth) => {
                out.trues.fill(fill(truth));
                out.known.fill(u64::MAX);
            }
            Self::Nowhere => {
                out.trues.fill(0);
                out.known.fill(0);
            }
        }
    }
}

/// Puts the same truth wherever there is one.
fn is_true_where_known(truth: bool, known: &[u64], out: &mut Out<'_>) {
    out.known.copy_from_slice(known);
    for (known, trues) in known.iter().zip(&mut *out.trues) {
        *trues = if truth { *known } else { 0 };
    }
}

/// Slides a window of a rank over the block, from where it stands or, if that is not just before the
/// block, from what the ring has of the minutes before.
fn slide_rank(
    ranked: &mut Ranked,
    slid: &mut Option<u64>,
    (rings, layout, position): (&Rings, WindowPlan, u64),
    room: &mut Vec<i64>,
    out: &mut Out<'_>,
) {
    let (over, minutes) = (layout.over as usize, out.cells.len());
    if *slid != Some(position) {
        let past = rings.past(layout.ring, minutes + over, over);
        ranked.refill(past.into_iter().flatten(), room);
    }
    *slid = Some(position + minutes as u64);
    out.known.fill(u64::MAX);
    let new = rings.past(layout.ring, minutes, minutes);
    for (at, (new, cell)) in new.into_iter().flatten().zip(&mut *out.cells).enumerate() {
        let value = ranked.step(Cell(*new), layout.over);
        *cell = known_if(value.is_known(), value.0, at, out.known);
    }
}

/// Counts the values that a rank asks for. The row holds for each minute whether its value is counted
/// until the counting is written over it.
fn count_rank(
    counts: &mut Counts,
    truths: &mut Truths,
    (rank, over): (Rank, u32),
    minutes: usize,
    out: Out<'_>,
) {
    let planes = Planes {
        trues: &*out.trues,
        known: &*out.known,
    };
    truths.append(planes, minutes);
    let new = |at: usize, out: &Out<'_>| (out.trues[at], out.known[at]);
    counts.slide(Verdict::Rank(rank), (truths, over), new, (minutes, out));
}

/// Takes the values of so many minutes ago.
fn back(rings: &Rings, ring: usize, ago: usize, out: &mut Out<'_>) {
    let minutes = out.cells.len();
    let [first, second] = rings.past(ring, minutes + ago, minutes);
    out.cells[..first.len()].copy_from_slice(first);
    out.cells[first.len()..].copy_from_slice(second);
    out.known.fill(u64::MAX);
    if rings.zones(ring).around(minutes + ago, ago).unknowns == 0 {
        return;
    }
    for (at, cell) in out.cells.iter().enumerate() {
        if *cell == Cell::UNKNOWN.0 {
            out.known[at / 64] &= !(1 << (at % 64));
        }
    }
}
