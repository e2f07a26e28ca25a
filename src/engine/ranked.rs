//! The value of one rank among those of a window, as it slides.
//!
//! Two heaps meet at the rank: `low` has the values up to it, the greatest on top, `high` those
//! beyond. Where each minute's value stands is known, so that the one that leaves is found at
//! once; the one that comes takes its place, and mostly stays near it, because most places of a heap
//! are at its bottom. So a longer window costs little more, where moving the values in a sorted list
//! would cost in proportion.

use super::cell::Cell;
use super::window::is_thin;

/// The values of a window around one rank.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    percent: usize,
    low: Vec<Entry>,
    high: Vec<Entry>,
    /// For each minute of the window where its value stands, [`NOWHERE`] if it is unknown.
    places: Vec<u16>,
    /// Whose value leaves next.
    next: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    value: i64,
    minute: u16,
}

/// The place of an unknown value.
const NOWHERE: u16 = u16::MAX;
/// The bit of places in `high`. A window has at most 10 080 minutes, which leaves it free.
const HIGH: u16 = 1 << 15;

impl Ranked {
    /// Returns a window of so many minutes, all of them alike.
    pub(super) fn filled(percent: u8, over: u32, value: Cell) -> Self {
        let over = over as usize;
        let mut ranked = Self {
            percent: usize::from(percent),
            low: Vec::new(),
            high: Vec::new(),
            places: vec![NOWHERE; over],
            next: 0,
        };
        let low = ranked.rank(over);
        ranked.low.reserve_exact(low + 2);
        ranked.high.reserve_exact(over - low + 2);
        if value.is_known() {
            for minute in 0..over {
                ranked.push(minute < low, value.0, minute_of(minute));
            }
        }
        ranked
    }

    /// Puts the values of the window's minutes in, the oldest first, in the place of all that there are.
    /// `room` is to work in.
    ///
    /// The value of the rank is found first, so that each value has its side at once.
    pub(super) fn refill<'a>(
        &mut self,
        cells: impl Iterator<Item = &'a i64> + Clone,
        room: &mut Vec<i64>,
    ) {
        self.low.clear();
        self.high.clear();
        self.places.fill(NOWHERE);
        self.next = 0;
        room.clear();
        room.extend(cells.clone().filter(|cell| Cell(**cell).is_known()));
        let rank = self.rank(room.len());
        let Some(last) = rank.checked_sub(1).filter(|last| *last < room.len()) else {
            return;
        };
        let (below, pivot, _) = room.select_nth_unstable(last);
        let pivot = *pivot;
        // As many of those that are just that value as belong below.
        let mut equals = 1 + below.iter().filter(|value| **value == pivot).count();
        for (minute, cell) in cells.enumerate() {
            if !Cell(*cell).is_known() {
                continue;
            }
            let is_equal_below = *cell == pivot && 0 < equals;
            equals -= usize::from(is_equal_below);
            let is_low = *cell < pivot || is_equal_below;
            self.push(is_low, *cell, minute_of(minute));
        }
    }

    /// Returns how many values are known.
    #[inline]
    pub(super) fn known(&self) -> u32 {
        u32::try_from(self.low.len() + self.high.len()).unwrap_or(u32::MAX)
    }

    /// Returns the value of the rank, if any value is known.
    #[inline]
    pub(super) fn value(&self) -> Cell {
        self.low
            .first()
            .map_or(Cell::UNKNOWN, |top| Cell(top.value))
    }

    /// Slides by a minute.
    #[inline]
    pub(super) fn slide(&mut self, new: Cell) {
        let minute = self.next;
        self.next = if minute + 1 == self.places.len() {
            0
        } else {
            minute + 1
        };
        let place = self.places[minute];
        match (place != NOWHERE, new.is_known()) {
            (true, true) => {
                self.replace(place, new.0);
                self.settle();
            }
            (true, false) => {
                self.remove(place);
                self.places[minute] = NOWHERE;
                self.balance();
            }
            (false, true) => {
                let is_low = self.low.first().is_some_and(|top| new.0 <= top.value);
                self.push(is_low, new.0, minute_of(minute));
                self.balance();
            }
            (false, false) => {}
        }
    }

    /// Slides by a minute, and returns the value of the rank at it if enough is known.
    #[inline]
    pub(super) fn step(&mut self, new: Cell, over: u32) -> Cell {
        self.slide(new);
        if is_thin(self.known(), over) {
            Cell::UNKNOWN
        } else {
            self.value()
        }
    }

    /// Returns how many of so many values lie at the rank and below.
    fn rank(&self, known: usize) -> usize {
        (known * self.percent).div_ceil(100)
    }

    fn replace(&mut self, place: u16, value: i64) {
        let at = usize::from(place & !HIGH);
        if place & HIGH == 0 {
            self.low[at].value = value;
            sift::<true>(&mut self.low, &mut self.places, at);
        } else {
            self.high[at].value = value;
            sift::<false>(&mut self.high, &mut self.places, at);
        }
    }

    fn push(&mut self, is_low: bool, value: i64, minute: u16) {
        let entry = Entry { value, minute };
        if is_low {
            let at = self.low.len();
            self.low.push(entry);
            sift::<true>(&mut self.low, &mut self.places, at);
        } else {
            let at = self.high.len();
            self.high.push(entry);
            sift::<false>(&mut self.high, &mut self.places, at);
        }
    }

    fn remove(&mut self, place: u16) {
        let at = usize::from(place & !HIGH);
        if place & HIGH == 0 {
            self.low.swap_remove(at);
            if at < self.low.len() {
                sift::<true>(&mut self.low, &mut self.places, at);
            }
        } else {
            self.high.swap_remove(at);
            if at < self.high.len() {
                sift::<false>(&mut self.high, &mut self.places, at);
            }
        }
    }

    /// Puts the tops right after one value has changed: at most that one is on the wrong side.
    fn settle(&mut self) {
        let (Some(low), Some(high)) = (self.low.first_mut(), self.high.first_mut()) else {
            return;
        };
        if high.value < low.value {
            std::mem::swap(low, high);
            sift::<true>(&mut self.low, &mut self.places, 0);
            sift::<false>(&mut self.high, &mut self.places, 0);
        }
    }

    /// Lets the heaps meet at the rank after a value has come or gone.
    fn balance(&mut self) {
        let rank = self.rank(self.low.len() + self.high.len());
        while let (true, Some(top)) = (rank < self.low.len(), self.low.first().copied()) {
            self.remove(0);
            self.push(false, top.value, top.minute);
        }
        while let (true, Some(top)) = (self.low.len() < rank, self.high.first().copied()) {
            self.remove(HIGH);
            self.push(true, top.value, top.minute);
        }
        self.settle();
    }
}

fn minute_of(minute: usize) -> u16 {
    u16::try_from(minute).unwrap_or(NOWHERE)
}

/// Moves an entry up or down to where it belongs, and notes the places of all that move.
#[inline]
fn sift<const LOW: bool>(heap: &mut [Entry], places: &mut [u16], at: usize) {
    let is_above = |a: &Entry, b: &Entry| {
        if LOW {
            b.value < a.value
        } else {
            a.value < b.value
        }
    };
    let side = if LOW { 0 } else { HIGH };
    let entry = heap[at];
    let mut at = at;
    while 0 < at && is_above(&entry, &heap[(at - 1) / 2]) {
        let parent = (at - 1) / 2;
        heap[at] = heap[parent];
        places[usize::from(heap[at].minute)] = minute_of(at) | side;
        at = parent;
    }
    loop {
        let (left, right) = (at * 2 + 1, at * 2 + 2);
        if heap.len() <= left {
            break;
        }
        let child = if right < heap.len() && is_above(&heap[right], &heap[left]) {
            right
        } else {
            left
        };
        if !is_above(&heap[child], &entry) {
            break;
        }
        heap[at] = heap[child];
        places[usize::from(heap[at].minute)] = minute_of(at) | side;
        at = child;
    }
    heap[at] = entry;
    places[usize::from(entry.minute)] = minute_of(at) | side;
}
