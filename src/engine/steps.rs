//! How a step of a plan is worked out over a block.

use super::cell::Cell;
use super::columns::{Out, Planes, Row};
use super::count::{Counts, Rank, Verdict, as_they_stand};
use super::evaluator::Evaluator;
use super::plan::{Plan, RingOf, Step, Work};
use super::point::test;
use super::ring::Rings;
use super::truths::Truths;
use super::window::Slide;

impl Evaluator {
    /// Puts a row where later minutes look back upon it.
    #[inline]
    pub(super) fn keep(&mut self, place: usize, ring: RingOf) {
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

    /// Works a step out over the block.
    #[inline]
    pub(super) fn work(&mut self, plan: &Plan, step: Step) {
        let minutes = self.minutes;
        let (read, mut out) = self.columns.split(step.place, minutes);
        match step.work {
            Work::Point(point) => point.work(read, out),
            Work::Back { ring, minutes: ago } => back(&self.rings, ring, ago, &mut out),
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
            Work::Rank {
                counts,
                ring,
                of,
                over,
                rank,
            } => {
                let counts = &mut self.counts[counts];
                let truths = &mut self.truths[ring];
                count_rank(counts, truths, (rank, over), (read.row(of), minutes), out);
            }
        }
    }
}

/// Counts the values that a rank asks for. The row holds for each minute whether its value is counted
/// until the counting is written over it.
fn count_rank(
    counts: &mut Counts,
    truths: &mut Truths,
    (rank, over): (Rank, u32),
    (of, minutes): (Row<'_>, usize),
    out: Out<'_>,
) {
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
    test(rank.how, of, rank.against, counted);
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
    counts.slide(Verdict::Rank(rank), (truths, over), new, (minutes, out));
}

/// Takes the values of so many minutes ago.
fn back(rings: &Rings, ring: usize, ago: usize, out: &mut Out<'_>) {
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
