//! The twenty rules as loops over arrays, as somebody writes them who knows these rules and no others
//! and wants them fast.
//!
//! Parts are whole numbers of 10⁻⁴ percent, so that sums of a window fit 32 bits and most loops are
//! over vectors. Sums and counts of windows are differences of running sums. A condition is a byte
//! a minute: false, true or unknown. Where rounding to nine places decides, which it does where both
//! sides are equal before it, it is done as the language says.

use crate::data::{CODES, MINUTES, Series};

/// One event: of which rule, at which minute, and whether it fired or resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    pub domain: usize,
    pub minute: usize,
    pub rule: usize,
    pub is_fired: bool,
}

const TRUE: u8 = 1;
const UNKNOWN: u8 = 2;
/// Both sides are equal before rounding.
const EQUAL: u8 = 4;
/// One percent.
const PERCENT: i32 = 10_000;
const DAY: usize = 1_440;
/// The longest window, before the first minute.
const PAD: usize = 60;

type Column<T> = [T; MINUTES];

/// Room that is used again for every domain.
pub struct Loops {
    sum_5xx: Box<Column<i32>>,
    sum_4xx: Box<Column<i32>>,
    condition: Box<Column<u8>>,
    /// Whether 5xx is above 5 %.
    is_high: Box<Column<u8>>,
    flags: Box<Column<u8>>,
    totals: Box<Column<i32>>,
    known: Box<Column<u16>>,
    unknown: Box<Column<u8>>,
    /// Running sums, wrapping: of values, of presence and of flags.
    sums: Running<i32>,
    presence: Running<u16>,
    counts: Running<u16>,
}

/// Running sums, after as many noughts as the longest window has minutes.
struct Running<T>(Vec<T>);

impl Loops {
    pub fn new() -> Self {
        Self {
            sum_5xx: room(),
            sum_4xx: room(),
            condition: room(),
            is_high: room(),
            flags: room(),
            totals: room(),
            known: room(),
            unknown: room(),
            sums: Running(vec![0; PAD + MINUTES]),
            presence: Running(vec![0; PAD + MINUTES]),
            counts: Running(vec![0; PAD + MINUTES]),
        }
    }

    #[expect(clippy::too_many_lines, reason = "twenty rules, one after the other")]
    pub fn judge(&mut self, domain: usize, series: &Series, events: &mut Vec<Event>) {
        const { assert!(CODES.len() == 8) };
        let columns = series.codes.each_ref();
        let [c200, c206, _, c404, c499, c500, c502, c503] = columns.map(|column| column_of(column));
        let present: &Column<u8> = column_of(&series.present);
        let mut tell = |rule: usize, condition: &Column<u8>, needed: u32, over: usize| {
            hold(condition, (needed, over), |minute, is_fired| {
                events.push(Event {
                    domain,
                    minute,
                    rule,
                    is_fired,
                });
            });
        };
        let Self {
            sum_5xx,
            sum_4xx,
            condition,
            is_high,
            flags,
            totals,
            known,
            unknown,
            sums,
            presence,
            counts,
        } = self;
        for at in 0..MINUTES {
            sum_5xx[at] = c500[at].wrapping_add(c502[at]).wrapping_add(c503[at]);
            sum_4xx[at] = c404[at].wrapping_add(c499[at]);
            unknown[at] = (present[at] ^ 1) << 1;
        }
        presence.run(present.iter().map(|there| u16::from(*there)));

        over(sum_5xx, 10 * PERCENT, unknown, condition);
        tell(0, condition, 3, 3);
        over(sum_4xx, 20 * PERCENT, unknown, condition);
        tell(1, condition, 5, 5);

        sums.run(sum_5xx.iter().copied());
        sums.window(10, totals);
        presence.window(10, known);
        mean_over(totals, known, 10, 5 * PERCENT, condition);
        tell(2, condition, 1, 1);
        sums.window(60, totals);
        presence.window(60, known);
        mean_over(totals, known, 60, 2 * PERCENT, condition);
        tell(3, condition, 1, 1);
        over(sum_5xx, 5 * PERCENT, unknown, is_high);
        tell(18, is_high, 20, 30);
        condition.copy_from_slice(&**is_high);
        refine(condition, TRUE, |at| {
            let (value, known) = (i64::from(sum_5xx[at]), i64::from(known[at]));
            let total = i64::from(totals[at]);
            let difference = value * known - 3 * total;
            let is_above =
                0 < difference || (difference == 0 && 3 * rounded(total, known) < value * UNITS);
            if known * 2 < 60 {
                UNKNOWN
            } else {
                u8::from(is_above)
            }
        });
        tell(8, condition, 2, 2);

        let ranks: [(usize, &Column<i32>, usize, i32, usize); 4] = [
            (4, c502, 5, 15, 100),
            (6, c500, 15, 10, 90),
            (7, c503, 30, 5, 50),
            (17, sum_5xx, 10, 30, 100),
        ];
        for (rule, values, over, percent, rank) in ranks {
            for (flag, value) in flags.iter_mut().zip(values) {
                *flag = u8::from(percent * PERCENT < *value);
            }
            counts.run(flags.iter().map(|flag| u16::from(*flag)));
            beyond(counts, presence, over, rank, condition);
            tell(rule, condition, 1, 1);
        }
        // The least is below if any is.
        for ((flag, value), there) in flags.iter_mut().zip(c200).zip(present) {
            *flag = u8::from(*value < 50 * PERCENT) & there;
        }
        counts.run(flags.iter().map(|flag| u16::from(*flag)));
        beyond(counts, presence, 5, 100, condition);
        tell(5, condition, 1, 1);

        against(sum_5xx, present, DAY, 10 * PERCENT, condition);
        tell(9, condition, 3, 3);
        against(c500, present, 5, 10 * PERCENT, condition);
        tell(14, condition, 1, 1);

        sums.run(c200.iter().copied());
        sums.window(60, totals);
        presence.window(60, known);
        let pairs = c200.iter().zip(&**totals).zip(&**known);
        for (((value, total), known), (truth, unknown)) in
            pairs.zip(condition.iter_mut().zip(&**unknown))
        {
            let value = value.wrapping_mul(i32::from(*known)).wrapping_mul(10);
            let mean = total.wrapping_mul(7);
            let is_thin = u8::from(*known < 30) << 1;
            *truth = settle(value < mean, value == mean, is_thin | unknown);
        }
        refine(condition, EQUAL, |at| {
            let mean = rounded(i64::from(totals[at]), i64::from(known[at]));
            u8::from(i64::from(c200[at]) * UNITS < half_even(7 * mean, 10))
        });
        tell(10, condition, 3, 3);

        presence.window(30, known);
        deviation_over(c404, known, 30, 5 * PERCENT, condition);
        tell(11, condition, 1, 1);
        over(c404, 15 * PERCENT, unknown, condition);
        tell(12, condition, 10, 10);

        for (truth, there) in condition.iter_mut().zip(present) {
            *truth = there ^ 1;
        }
        tell(13, condition, 3, 5);

        condition.copy_from_slice(&**is_high);
        refine(condition, TRUE, |at| {
            u8::from(8 * (sum_5xx[at] + sum_4xx[at]) < 10 * sum_5xx[at])
        });
        tell(15, condition, 2, 2);

        sums.run(c206.iter().copied());
        sums.window(10, totals);
        presence.window(10, known);
        condition[..DAY].fill(UNKNOWN);
        let now = totals[DAY..].iter().zip(&known[DAY..]);
        let then = totals.iter().zip(&**known);
        for ((now, then), truth) in now.zip(then).zip(&mut condition[DAY..]) {
            let (of_now, of_then) = (i32::from(*now.1), i32::from(*then.1));
            let a = now.0.wrapping_mul(2).wrapping_mul(of_then);
            let b = then.0.wrapping_mul(3).wrapping_mul(of_now);
            let is_thin = u8::from(of_now < 5) | u8::from(of_then < 5);
            *truth = settle(b < a, a == b, is_thin << 1);
        }
        refine(condition, EQUAL, |at| {
            let mean = |at: usize| rounded(i64::from(totals[at]), i64::from(known[at]));
            u8::from(half_even(3 * mean(at - DAY), 2) < mean(at))
        });
        tell(16, condition, 5, 5);

        let pairs = sum_5xx.iter().zip(c200).zip(&**unknown);
        for (((part, most), unknown), truth) in pairs.zip(condition.iter_mut()) {
            *truth = u8::from(PERCENT < *part) & u8::from(*most < 90 * PERCENT) | unknown;
        }
        tell(19, condition, 5, 5);
    }
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "a stack is no place for columns"
)]
fn room<T: Copy + Default + std::fmt::Debug>() -> Box<Column<T>> {
    let values = vec![T::default(); MINUTES];
    values.into_boxed_slice().try_into().unwrap()
}

fn column_of<T>(values: &[T]) -> &Column<T> {
    values.try_into().unwrap()
}

impl Running<i32> {
    fn run(&mut self, values: impl Iterator<Item = i32>) {
        let mut sum = 0_i32;
        for (place, value) in self.0[PAD..].iter_mut().zip(values) {
            sum = sum.wrapping_add(value);
            *place = sum;
        }
    }

    fn window(&self, over: usize, sums: &mut Column<i32>) {
        let (now, then) = (&self.0[PAD..], &self.0[PAD - over..]);
        for ((now, then), sum) in now.iter().zip(then).zip(sums) {
            *sum = now.wrapping_sub(*then);
        }
    }
}

impl Running<u16> {
    fn run(&mut self, values: impl Iterator<Item = u16>) {
        let mut sum = 0_u16;
        for (place, value) in self.0[PAD..].iter_mut().zip(values) {
            sum = sum.wrapping_add(value);
            *place = sum;
        }
    }

    fn window(&self, over: usize, sums: &mut Column<u16>) {
        for ((now, then), sum) in self.pairs(over).zip(sums) {
            *sum = now.wrapping_sub(*then);
        }
    }

    fn pairs(&self, over: usize) -> impl Iterator<Item = (&u16, &u16)> {
        self.0[PAD..].iter().zip(&self.0[PAD - over..])
    }
}

/// How many billionths make 10⁻⁴ percent.
const UNITS: i64 = 100_000;

/// Returns a mean in billionths.
fn rounded(total: i64, known: i64) -> i64 {
    if known == 0 {
        0
    } else {
        half_even(total * UNITS, known)
    }
}

fn half_even(a: i64, b: i64) -> i64 {
    let (floor, rest) = (a.div_euclid(b), a.rem_euclid(b));
    let is_up = b < 2 * rest || (b == 2 * rest && floor % 2 == 1);
    floor + i64::from(is_up)
}

/// Whether values are above a limit; those that are not there are nought.
fn over(values: &Column<i32>, limit: i32, unknown: &Column<u8>, condition: &mut Column<u8>) {
    for ((value, unknown), truth) in values.iter().zip(unknown).zip(condition) {
        *truth = u8::from(limit < *value) | unknown;
    }
}

fn mean_over(
    totals: &Column<i32>,
    known: &Column<u16>,
    over: u16,
    limit: i32,
    condition: &mut Column<u8>,
) {
    for ((total, known), truth) in totals.iter().zip(known).zip(condition) {
        let is_thin = u8::from(known.wrapping_mul(2) < over) << 1;
        let is_above = limit.wrapping_mul(i32::from(*known)) < *total;
        *truth = settle(is_above, false, is_thin);
    }
}

/// Returns a truth, unless it is unknown.
#[inline]
fn settle(is_true: bool, is_equal: bool, unknown: u8) -> u8 {
    // Nothing of what is unknown is left but that.
    let mask = (unknown >> 1).wrapping_sub(1);
    (u8::from(is_true) | u8::from(is_equal) << 2) & mask | unknown
}

/// Works out anew those minutes at which a condition is so.
fn refine(condition: &mut Column<u8>, what: u8, truth: impl Fn(usize) -> u8) {
    const CHUNK: usize = 64;
    for (chunk, truths) in condition.chunks_mut(CHUNK).enumerate() {
        if truths.iter().fold(0, |all, one| all | one) & what == 0 {
            continue;
        }
        for (at, place) in truths.iter_mut().enumerate() {
            if *place == what {
                *place = truth(chunk * CHUNK + at);
            }
        }
    }
}

/// Whether more values of a window are counted than lie beyond a rank.
fn beyond(
    counts: &Running<u16>,
    presence: &Running<u16>,
    over: usize,
    rank: usize,
    condition: &mut Column<u8>,
) {
    let (length, rank) = (u16::try_from(over).unwrap(), u16::try_from(rank).unwrap());
    let pairs = counts.pairs(over).zip(presence.pairs(over));
    for ((count, known), truth) in pairs.zip(condition) {
        let (count, known) = (
            count.0.wrapping_sub(*count.1),
            known.0.wrapping_sub(*known.1),
        );
        let up_to = known.wrapping_mul(rank).wrapping_add(99) / 100;
        let is_thin = u8::from(known.wrapping_mul(2) < length) << 1;
        *truth = settle(known.wrapping_sub(up_to) < count, false, is_thin);
    }
}

/// Whether a value is above that of some time ago by more than a limit.
fn against(
    values: &Column<i32>,
    present: &Column<u8>,
    ago: usize,
    limit: i32,
    condition: &mut Column<u8>,
) {
    condition[..ago].fill(UNKNOWN);
    let now = values[ago..].iter().zip(&present[ago..]);
    let then = values.iter().zip(present);
    for ((now, then), truth) in now.zip(then).zip(&mut condition[ago..]) {
        let unknown = ((now.1 & then.1) ^ 1) << 1;
        *truth = settle(limit < now.0.wrapping_sub(*then.0), false, unknown);
    }
}

fn deviation_over(
    values: &Column<i32>,
    known: &Column<u16>,
    over: usize,
    limit: i32,
    condition: &mut Column<u8>,
) {
    let (mut sum, mut squares) = (0_i64, 0_i64);
    let length = u16::try_from(over).unwrap();
    let old = std::iter::repeat_n(&0, over).chain(values);
    for (((new, old), known), truth) in values.iter().zip(old).zip(known).zip(condition) {
        let (new, old) = (i64::from(*new), i64::from(*old));
        sum = sum.wrapping_add(new.wrapping_sub(old));
        squares = squares.wrapping_add(new.wrapping_mul(new).wrapping_sub(old.wrapping_mul(old)));
        let is_thin = known.wrapping_mul(2) < length;
        // Rounded down to nine places it is above if it is so by a billionth at least.
        let known = i64::from(*known);
        let limit = known.wrapping_mul(i64::from(limit));
        let spread = known
            .wrapping_mul(squares)
            .wrapping_sub(sum.wrapping_mul(sum));
        let difference = spread.wrapping_sub(limit.wrapping_mul(limit));
        *truth = settle(known * known < difference, false, u8::from(is_thin) << 1);
    }
}

/// Holds a condition, and tells when the alert fires and resolves.
fn hold(condition: &[u8], (needed, over): (u32, usize), mut tell: impl FnMut(usize, bool)) {
    /// How many minutes are passed over at once.
    const CHUNK: usize = 64;
    // Before the first minute nothing is known.
    let (mut trues, mut unknowns) = (0_u32, u32::try_from(over).unwrap());
    let mut is_firing = false;
    let mut at = 0;
    while at < MINUTES {
        let end = (at + CHUNK).min(MINUTES);
        let any = condition[at..end].iter().fold(0, |all, one| all | one);
        if any == 0 && trues == 0 && unknowns == 0 && !is_firing {
            at = end;
            continue;
        }
        for at in at..end {
            let old = if over <= at {
                condition[at - over]
            } else {
                UNKNOWN
            };
            trues = trues + u32::from(condition[at] == TRUE) - u32::from(old == TRUE);
            unknowns = unknowns + u32::from(condition[at] == UNKNOWN) - u32::from(old == UNKNOWN);
            if !is_firing && needed <= trues {
                is_firing = true;
                tell(at, true);
            } else if is_firing && trues + unknowns < needed {
                is_firing = false;
                tell(at, false);
            }
        }
        at = end;
    }
}
