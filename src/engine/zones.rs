//! What is known of the past of a row without looking at every value: some minutes at a time.

use std::collections::VecDeque;

use super::bounds::Bounds;
use super::cell::Cell;
use super::columns::mask;
use super::narrow::NARROW_UNITS;
use super::spread::SPREAD_MAX;

/// The most values of a zone, apart from what was there at first.
pub(super) const ZONE: usize = 64;

/// Some values that follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zone {
    pub(super) len: u32,
    pub(super) unknowns: u32,
    pub(super) bounds: Bounds,
    /// The sum of those that are known.
    pub(super) sum: i128,
    /// The sum of their squares, where somebody asks for it and none is too large.
    pub(super) squares: i128,
}

/// What has to be known of zones of narrow values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) has_sum: bool,
    /// Whether the bounds are values that occur.
    pub(super) is_exact: bool,
}

/// Returns bounds of narrow values of 31 bits from their upper halves alone, of which a processor
/// compares eight at a time.
fn about(values: &[u32]) -> (u32, u32) {
    let (mut low, mut high) = (i16::MAX, 0);
    for value in values {
        let [_, _, upper @ ..] = value.to_le_bytes();
        let upper = i16::from_le_bytes(upper);
        (low, high) = (low.min(upper), high.max(upper));
    }
    let whole = |upper: i16| u32::from(upper.cast_unsigned()) << 16;
    (whole(low), whole(high) | u32::from(u16::MAX))
}

/// How many zones a group has.
const GROUP: usize = 16;

/// The zones of a ring, the oldest first.
#[derive(Clone, Debug)]
pub(super) struct Zones {
    list: VecDeque<Zone>,
    /// For each of them how many values were put in up to its end since there are zones.
    ends: VecDeque<u64>,
    /// The place of the first of them among all that ever were.
    first: usize,
    /// Every [`GROUP`] zones from such places on that are multiples of it, as one; the last may lack
    /// some.
    groups: VecDeque<Zone>,
    /// How many values they are together.
    len: usize,
    /// How many they must be at the least.
    needed: usize,
    /// Whether squares are summed.
    pub(super) has_squares: bool,
}

impl Zone {
    pub(super) const EMPTY: Self = Self {
        len: 0,
        unknowns: 0,
        bounds: Bounds::NONE,
        sum: 0,
        squares: 0,
    };

    /// Returns the zone of some cells. It is one of many if there are more than [`ZONE`].
    pub(super) fn of(cells: &[i64], has_squares: bool) -> Self {
        let (bounds, unknowns) = Bounds::of_cells(cells);
        let known = || cells.iter().filter(|cell| **cell != Cell::UNKNOWN.0);
        // Sixty-four of them fit 64 bits.
        let is_small = bounds.magnitude() <= 1 << 56 && cells.len() <= ZONE;
        let sum = if bounds.is_none() {
            0
        } else if is_small {
            let add = |sum: i64, cell: &i64| sum.wrapping_add(*cell);
            let unknown = Cell::UNKNOWN.0.wrapping_mul(i64::from(unknowns));
            i128::from(cells.iter().fold(0, add).wrapping_sub(unknown))
        } else {
            known().map(|cell| i128::from(*cell)).sum()
        };
        let is_squared = has_squares && bounds.magnitude() <= SPREAD_MAX.unsigned_abs();
        Self {
            len: u32::try_from(cells.len()).unwrap_or(u32::MAX),
            unknowns,
            bounds,
            sum,
            squares: if is_squared {
                let squares = known().map(|cell| i128::from(*cell) * i128::from(*cell));
                squares.sum()
            } else {
                0
            },
        }
    }

    /// Returns the zone of at most [`ZONE`] narrow values, of which those are known whose bits are set.
    /// Squares are not summed.
    pub(super) fn of_narrow(values: &[u32], known: u64, asked: Asked) -> Self {
        let len = values.len();
        let (mut low, mut high, mut sum) = (u32::MAX, 0, 0_u64);
        if known == mask(len) && !asked.is_exact {
            (low, high) = about(values);
        } else if known == mask(len) {
            for value in values {
                (low, high) = (low.min(*value), high.max(*value));
            }
        } else {
            let is_known = |at: usize| known >> at & 1 != 0;
            for (_, value) in values.iter().enumerate().filter(|(at, _)| is_known(*at)) {
                (low, high) = (low.min(*value), high.max(*value));
            }
        }
        if asked.has_sum {
            // What is unknown is nought.
            for value in values {
                sum = sum.wrapping_add(u64::from(*value));
            }
        }
        let bounds = Bounds {
            low: i64::from(low) * NARROW_UNITS,
            high: i64::from(high) * NARROW_UNITS,
        };
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        Self {
            len,
            unknowns: len - known.count_ones(),
            bounds: if known == 0 { Bounds::NONE } else { bounds },
            sum: i128::from(sum) * i128::from(NARROW_UNITS),
            squares: 0,
        }
    }

    /// Returns the zone of so many cells that are all alike.
    pub(super) fn filled(len: usize, cell: Cell) -> Self {
        let count = u32::try_from(len).unwrap_or(u32::MAX);
        let one = Self::of(&[cell.0], true);
        Self {
            len: count,
            unknowns: one.unknowns * count,
            bounds: one.bounds,
            sum: one.sum * i128::from(count),
            squares: one.squares * i128::from(count),
        }
    }

    pub(super) const fn known(self) -> u32 {
        self.len - self.unknowns
    }

    /// Whether every value is the same.
    fn is_uniform(self) -> bool {
        self.unknowns == self.len || (self.unknowns == 0 && self.bounds.low == self.bounds.high)
    }

    /// Returns so many of its values, if they are all the same.
    fn part(self, len: usize) -> Option<Self> {
        if len == self.len as usize {
            return Some(self);
        }
        let cell = if self.unknowns == self.len {
            Cell::UNKNOWN
        } else {
            Cell(self.bounds.low)
        };
        self.is_uniform().then(|| Self::filled(len, cell))
    }

    pub(super) fn join(self, other: Self) -> Self {
        Self {
            len: self.len + other.len,
            unknowns: self.unknowns + other.unknowns,
            bounds: self.bounds.join(other.bounds),
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }
}

impl Zones {
    /// Returns the zones of a ring of so many values that are all alike.
    pub(super) fn filled(len: usize, cell: Cell, has_squares: bool) -> Self {
        // Of two that follow each other one has more than half.
        let most = 2 * (len / ZONE) + 4;
        let mut zones = Self {
            list: VecDeque::with_capacity(most),
            ends: VecDeque::with_capacity(most),
            first: 0,
            groups: VecDeque::with_capacity(most / GROUP + 2),
            len,
            needed: len,
            has_squares,
        };
        zones.refill(cell);
        zones
    }

    /// Goes back to what [`filled`](Self::filled) made.
    pub(super) fn refill(&mut self, cell: Cell) {
        let zone = Zone::filled(self.needed, cell);
        self.list.clear();
        self.ends.clear();
        self.groups.clear();
        self.list.push_back(zone);
        self.ends.push_back(self.needed as u64);
        self.groups.push_back(zone);
        (self.first, self.len) = (0, self.needed);
    }

    /// Puts the zone of values in that were put into the ring.
    pub(super) fn push(&mut self, zone: Zone) {
        self.len += zone.len as usize;
        let end = self.end() + u64::from(zone.len);
        let is_new = match (self.list.back_mut(), self.ends.back_mut()) {
            (Some(last), Some(last_end)) if (last.len + zone.len) as usize <= ZONE => {
                (*last, *last_end) = (last.join(zone), end);
                false
            }
            _ => {
                self.list.push_back(zone);
                self.ends.push_back(end);
                true
            }
        };
        let begins_group = is_new && (self.first + self.list.len() - 1).is_multiple_of(GROUP);
        match self.groups.back_mut() {
            Some(group) if !begins_group => *group = group.join(zone),
            Some(_) | None => self.groups.push_back(zone),
        }
        while let Some(first) = self.list.front()
            && self.needed + first.len as usize <= self.len
        {
            self.len -= first.len as usize;
            self.list.pop_front();
            self.ends.pop_front();
            self.first += 1;
            if self.first.is_multiple_of(GROUP) {
                self.groups.pop_front();
            }
        }
    }

    /// Returns how many values were put in since there are zones.
    fn end(&self) -> u64 {
        self.ends.back().copied().unwrap_or_default()
    }

    /// Shows the bounds of the zones in which values lie that were put in at most `back` ago; whether
    /// none of them has more than [`ZONE`] that are known.
    pub(super) fn each_bounds(&self, back: usize, mut show: impl FnMut(Bounds)) -> bool {
        let first = self.end().saturating_sub(back as u64);
        let at = self.ends.partition_point(|end| *end <= first);
        for zone in self.list.range(at..) {
            if ZONE < zone.known() as usize {
                return false;
            }
            if !zone.bounds.is_none() {
                show(zone.bounds);
            }
        }
        true
    }

    /// Returns at least those values that were put in from `back` ago to before `end` ago, and some
    /// beside them.
    pub(super) fn around(&self, back: usize, end: usize) -> Zone {
        self.walk(back, end, |zone, (from, to)| {
            Some(zone.part(from - to).unwrap_or(zone))
        })
    }

    /// Returns at most those values, and most of them.
    pub(super) fn within(&self, back: usize, end: usize) -> Zone {
        self.walk(back, end, |zone, (from, to)| {
            (from - to == zone.len as usize).then_some(zone)
        })
    }

    /// Returns just those values; `look` gives cells by how long ago they were put in, where a zone
    /// has to be cut.
    pub(super) fn exactly(
        &self,
        back: usize,
        end: usize,
        look: impl Fn(usize, usize) -> [Zone; 2],
    ) -> Zone {
        self.walk(back, end, |zone, (from, to)| {
            let cut = || {
                let [first, second] = look(from, to);
                first.join(second)
            };
            Some(zone.part(from - to).unwrap_or_else(cut))
        })
    }

    /// Joins what `take` makes of each zone and of the part of it that is asked for: from how long ago, to
    /// before how long ago.
    #[inline]
    fn walk(
        &self,
        back: usize,
        end: usize,
        take: impl Fn(Zone, (usize, usize)) -> Option<Zone>,
    ) -> Zone {
        let total = self.end();
        let (first, last) = (
            total.saturating_sub(back as u64),
            total.saturating_sub(end as u64),
        );
        let ago = |place: u64| usize::try_from(total - place).unwrap_or(usize::MAX);
        let mut at = self.ends.partition_point(|end| *end <= first);
        let mut all = Zone::EMPTY;
        while let Some(zone) = self.list.get(at) {
            let begin = self.ends[at] - u64::from(zone.len);
            if last <= begin {
                break;
            }
            let place = self.first + at;
            if place.is_multiple_of(GROUP)
                && first <= begin
                && self
                    .ends
                    .get(at + GROUP - 1)
                    .is_some_and(|end| *end <= last)
            {
                all = all.join(self.groups[place / GROUP - self.first / GROUP]);
                at += GROUP;
                continue;
            }
            let (from, to) = (begin.max(first), self.ends[at].min(last));
            if let Some(zone) = take(*zone, (ago(from), ago(to))) {
                all = all.join(zone);
            }
            at += 1;
        }
        all
    }
}
