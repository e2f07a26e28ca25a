//! Made-up samples, the same from the same seed.

use foghorn::engine::{Part, Proportion, Recording, Sample};
use foghorn::unit::Minute;

/// The codes of every minute.
pub const CODES: [u16; 8] = [200, 206, 304, 404, 499, 500, 502, 503];
/// How many minutes there are: seven days.
pub const MINUTES: usize = 7 * 24 * 60;
/// The first of them.
pub const START: i64 = 29_878_560;
/// How many 10⁻⁴ percent make 100 %.
pub const WHOLE: i32 = 1_000_000;

/// The minutes of one domain: arrays, as somebody would have them who writes loops.
pub struct Series {
    /// For each code its part of each minute, in 10⁻⁴ percent; nought where there is no sample.
    pub codes: [Vec<i32>; CODES.len()],
    /// Whether there is a sample.
    pub present: Vec<u8>,
}

/// A xorshift generator: made-up data need no more.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Returns a number below `end`.
    pub fn below(&mut self, end: u32) -> i32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let number = ((self.0 >> 32) * u64::from(end)) >> 32;
        i32::try_from(number).unwrap()
    }
}

/// What goes wrong for a while.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Nothing,
    /// A code rises to about so much.
    Rise(usize, i32),
    /// The source has nothing.
    Silence,
}

impl Series {
    /// Makes up a domain: noise, some missing minutes, and an incident or two a day.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut series = Self {
            codes: std::array::from_fn(|_| Vec::with_capacity(MINUTES)),
            present: Vec::with_capacity(MINUTES),
        };
        let (mut trouble, mut left) = (Trouble::Nothing, 0);
        for at in 0..MINUTES {
            if left == 0 {
                trouble = Trouble::Nothing;
                if dice.below(1_000) == 0 {
                    left = 2 + dice.below(60);
                    trouble = match dice.below(8) {
                        0 => Trouble::Silence,
                        other => {
                            let code = [1, 3, 4, 5, 6, 7, 6, 7][usize::try_from(other).unwrap()];
                            Trouble::Rise(code, 30_000 + dice.below(500_000))
                        }
                    };
                }
            } else {
                left -= 1;
            }
            let is_missing = trouble == Trouble::Silence || dice.below(2_000) == 0;
            series.minute(&mut dice, trouble, at > 0 && is_missing);
        }
        series
    }

    fn minute(&mut self, dice: &mut Dice, trouble: Trouble, is_missing: bool) {
        self.present.push(u8::from(!is_missing));
        if is_missing {
            self.codes.iter_mut().for_each(|column| column.push(0));
            return;
        }
        let noise = [0, 30_000, 8_000, 6_000, 2_000, 1_500, 1_200, 900];
        let mut rest = WHOLE;
        let mut parts = [0; CODES.len()];
        for code in 1..CODES.len() {
            let more = match trouble {
                Trouble::Rise(risen, about) if risen == code => {
                    about / 2 + dice.below(about.unsigned_abs() / 2)
                }
                _ => 0,
            };
            parts[code] = (dice.below(noise[code]) + more).min(rest);
            rest -= parts[code];
        }
        parts[0] = rest;
        for (column, part) in self.codes.iter_mut().zip(parts) {
            column.push(part);
        }
    }

    /// Returns the sample of a minute.
    pub fn sample(&self, at: usize) -> Option<Sample> {
        let part = |(code, column): (u16, &Vec<i32>)| Part {
            code: Some(code),
            proportion: Proportion::from_units(i64::from(column[at]) * 100_000_000_000).unwrap(),
            count: None,
        };
        let parts = CODES.into_iter().zip(&self.codes).map(part);
        (self.present[at] == 1).then(|| Sample::new(parts.collect()).unwrap())
    }

    /// Returns it as the engine has it.
    pub fn recording(&self) -> Recording {
        let mut recording = Recording::default();
        for at in 0..MINUTES {
            if let Some(sample) = self.sample(at) {
                recording.insert(minute(at), &sample);
            }
        }
        recording
    }
}

/// Returns a minute by its place.
pub fn minute(at: usize) -> Minute {
    Minute::from_epoch(START + i64::try_from(at).unwrap()).unwrap()
}
