//! The twenty rules as loops over arrays, as somebody writes them who knows these rules and no others.
//!
//! Parts are whole numbers of 10⁻⁴ percent. A condition is a byte a minute: false, true or unknown.
//! Where rounding to nine places decides, which it does where both sides are equal before it, it is
//! done as the language says.

use crate::data::{CODES, MINUTES, Series};

/// One event: of which rule, at which minute, and whether it fired or resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    pub domain: usize,
    pub minute: usize,
    pub rule: usize,
    pub is_fired: bool,
}

const FALSE: u8 = 0;
const TRUE: u8 = 1;
const UNKNOWN: u8 = 2;
/// One percent.
const PERCENT: i32 = 10_000;
const DAY: usize = 1_440;

/// Room that is used again for every domain.
pub struct Loops {
    sum_5xx: Vec<i32>,
    sum_4xx: Vec<i32>,
    condition: Vec<u8>,
    /// Sums of a window, and how many of its minutes are there.
    totals: Vec<i64>,
    known: Vec<u8>,
}

impl Loops {
    pub fn new() -> Self {
        Self {
            sum_5xx: vec![0; MINUTES],
            sum_4xx: vec![0; MINUTES],
            condition: vec![0; MINUTES],
            totals: vec![0; MINUTES],
            known: vec![0; MINUTES],
        }
    }

    #[expect(clippy::too_many_lines, reason = "twenty rules, one after the other")]
    pub fn judge(&mut self, domain: usize, series: &Series, events: &mut Vec<Event>) {
        let [c200, c206, _, c404, c499, c500, c502, c503] = &series.codes;
        const { assert!(CODES.len() == 8) };
        let present = &series.present;
        for at in 0..MINUTES {
            self.sum_5xx[at] = c500[at] + c502[at] + c503[at];
            self.sum_4xx[at] = c404[at] + c499[at];
        }
        let sum_5xx = &self.sum_5xx;
        let condition = &mut self.condition;
        let mut tell = |rule: usize, condition: &[u8], needed: u32, over: usize| {
            hold(condition, (needed, over), |minute, is_fired| {
                events.push(Event {
                    domain,
                    minute,
                    rule,
                    is_fired,
                });
            });
        };
        let over = |values: &[i32], limit: i32, condition: &mut [u8]| {
            for ((value, there), truth) in values.iter().zip(present).zip(condition) {
                *truth = if *there == 1 {
                    u8::from(limit < *value)
                } else {
                    UNKNOWN
                };
            }
        };

        over(sum_5xx, 10 * PERCENT, condition);
        tell(0, condition, 3, 3);
        over(&self.sum_4xx, 20 * PERCENT, condition);
        tell(1, condition, 5, 5);

        totals(sum_5xx, present, 10, &mut self.totals, &mut self.known);
        mean_over(&self.totals, &self.known, 10, 5 * PERCENT, condition);
        tell(2, condition, 1, 1);
        totals(sum_5xx, present, 60, &mut self.totals, &mut self.known);
        mean_over(&self.totals, &self.known, 60, 2 * PERCENT, condition);
        tell(3, condition, 1, 1);
        for at in 0..MINUTES {
            let (value, known) = (i64::from(sum_5xx[at]), i64::from(self.known[at]));
            let difference = value * known - 3 * self.totals[at];
            let is_above = 0 < difference
                || (difference == 0 && 3 * rounded(self.totals[at], known) < value * UNITS);
            condition[at] = if present[at] == 0 {
                UNKNOWN
            } else if value <= i64::from(5 * PERCENT) {
                FALSE
            } else if known * 2 < 60 {
                UNKNOWN
            } else {
                u8::from(is_above)
            };
        }
        tell(8, condition, 2, 2);

        let all = |known: usize| known.saturating_sub(1);
        rank(c502, present, 5, |v| 15 * PERCENT < v, |_| 0, condition);
        tell(4, condition, 1, 1);
        rank(c200, present, 5, |v| 50 * PERCENT <= v, all, condition);
        for truth in condition.iter_mut() {
            *truth = [TRUE, FALSE, UNKNOWN][usize::from(*truth)];
        }
        tell(5, condition, 1, 1);
        let beyond = |percent: usize| move |known: usize| known - (known * percent).div_ceil(100);
        rank(
            c500,
            present,
            15,
            |v| 10 * PERCENT < v,
            beyond(90),
            condition,
        );
        tell(6, condition, 1, 1);
        rank(
            c503,
            present,
            30,
            |v| 5 * PERCENT < v,
            beyond(50),
            condition,
        );
        tell(7, condition, 1, 1);
        rank(sum_5xx, present, 10, |v| 30 * PERCENT < v, |_| 0, condition);
        tell(17, condition, 1, 1);

        against(sum_5xx, present, DAY, 10 * PERCENT, condition);
        tell(9, condition, 3, 3);
        against(c500, present, 5, 10 * PERCENT, condition);
        tell(14, condition, 1, 1);

        totals(c200, present, 60, &mut self.totals, &mut self.known);
        for at in 0..MINUTES {
            let (value, known) = (i64::from(c200[at]), i64::from(self.known[at]));
            let difference = value * known * 10 - 7 * self.totals[at];
            let is_below = difference < 0
                || (difference == 0
                    && value * UNITS < half_even(7 * rounded(self.totals[at], known), 10));
            condition[at] = if present[at] == 0 || known * 2 < 60 {
                UNKNOWN
            } else {
                u8::from(is_below)
            };
        }
        tell(10, condition, 3, 3);

        deviation_over(c404, present, 30, 5 * PERCENT, condition);
        tell(11, condition, 1, 1);
        over(c404, 15 * PERCENT, condition);
        tell(12, condition, 10, 10);

        for (truth, there) in condition.iter_mut().zip(present) {
            *truth = 1 - *there;
        }
        tell(13, condition, 3, 5);

        for at in 0..MINUTES {
            let (part, whole) = (sum_5xx[at], sum_5xx[at] + self.sum_4xx[at]);
            condition[at] = if present[at] == 0 {
                UNKNOWN
            } else if part <= 5 * PERCENT {
                FALSE
            } else {
                u8::from(8 * whole < 10 * part)
            };
        }
        tell(15, condition, 2, 2);

        totals(c206, present, 10, &mut self.totals, &mut self.known);
        for (at, truth) in condition.iter_mut().enumerate() {
            if at < DAY || self.known[at] < 5 || self.known[at - DAY] < 5 {
                *truth = UNKNOWN;
                continue;
            }
            let (now, then) = (self.totals[at], self.totals[at - DAY]);
            let (of_now, of_then) = (i64::from(self.known[at]), i64::from(self.known[at - DAY]));
            let difference = 2 * now * of_then - 3 * then * of_now;
            let is_above = 0 < difference
                || (difference == 0
                    && half_even(3 * rounded(then, of_then), 2) < rounded(now, of_now));
            *truth = u8::from(is_above);
        }
        tell(16, condition, 5, 5);

        over(sum_5xx, 5 * PERCENT, condition);
        tell(18, condition, 20, 30);
        for at in 0..MINUTES {
            let both = PERCENT < sum_5xx[at] && c200[at] < 90 * PERCENT;
            condition[at] = if present[at] == 1 {
                u8::from(both)
            } else {
                UNKNOWN
            };
        }
        tell(19, condition, 5, 5);
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

/// Adds up a window, and counts its minutes.
fn totals(values: &[i32], present: &[u8], over: usize, totals: &mut [i64], known: &mut [u8]) {
    let (mut total, mut count) = (0, 0);
    for at in 0..MINUTES {
        total += i64::from(values[at]);
        count += present[at];
        if over <= at {
            total -= i64::from(values[at - over]);
            count -= present[at - over];
        }
        totals[at] = total;
        known[at] = count;
    }
}

fn mean_over(totals: &[i64], known: &[u8], over: u8, limit: i32, condition: &mut [u8]) {
    for ((total, known), truth) in totals.iter().zip(known).zip(condition) {
        *truth = if *known * 2 < over {
            UNKNOWN
        } else {
            u8::from(i64::from(limit) * i64::from(*known) < *total)
        };
    }
}

/// Whether more values of a window are counted than lie beyond a rank.
fn rank(
    values: &[i32],
    present: &[u8],
    over: usize,
    is_counted: impl Fn(i32) -> bool,
    beyond: impl Fn(usize) -> usize,
    condition: &mut [u8],
) {
    let (mut count, mut known) = (0_usize, 0_usize);
    let is = |at: usize| usize::from(present[at] == 1 && is_counted(values[at]));
    for at in 0..MINUTES {
        count += is(at);
        known += usize::from(present[at]);
        if over <= at {
            count -= is(at - over);
            known -= usize::from(present[at - over]);
        }
        condition[at] = if known * 2 < over {
            UNKNOWN
        } else {
            u8::from(beyond(known) < count)
        };
    }
}

/// Whether a value is above that of some time ago by more than a limit.
fn against(values: &[i32], present: &[u8], ago: usize, limit: i32, condition: &mut [u8]) {
    condition[..ago].fill(UNKNOWN);
    for at in ago..MINUTES {
        let is_known = present[at] & present[at - ago] == 1;
        let is_above = limit < values[at] - values[at - ago];
        condition[at] = if is_known {
            u8::from(is_above)
        } else {
            UNKNOWN
        };
    }
}

fn deviation_over(values: &[i32], present: &[u8], over: usize, limit: i32, condition: &mut [u8]) {
    let (mut sum, mut squares, mut known) = (0_i64, 0_i64, 0_i64);
    for at in 0..MINUTES {
        let new = i64::from(values[at]);
        sum += new;
        squares += new * new;
        known += i64::from(present[at]);
        if over <= at {
            let old = i64::from(values[at - over]);
            sum -= old;
            squares -= old * old;
            known -= i64::from(present[at - over]);
        }
        // Rounded down to nine places it is above if it is so by a billionth at least.
        let limit = known * i64::from(limit);
        let difference = known * squares - sum * sum - limit * limit;
        condition[at] = if known * 2 < i64::try_from(over).unwrap() {
            UNKNOWN
        } else {
            u8::from(known * known < difference)
        };
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
