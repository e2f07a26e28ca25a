//! A made-up source: what each minute of a domain finally is, and what is seen of it when.

use chrono::{DateTime, Utc};
use foghorn::engine::{Part, Sample};
use foghorn::unit::Minute;

/// Dice that always fall alike for the same seed.
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn chance(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    /// Puts these in any order.
    pub fn shuffle<T>(&mut self, these: &mut [T]) {
        for place in (1..these.len()).rev() {
            let other = self.below(place as u64 + 1);
            these.swap(place, usize::try_from(other).unwrap());
        }
    }
}

/// A span of simulated minutes, counted from the start.
pub type Span = std::ops::Range<i64>;

/// How a source behaves.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    pub seed: u64,
    /// How many minutes every domain is late.
    pub late: i64,
    /// How many minutes more one domain is late.
    pub later: Option<(&'static str, i64)>,
    /// When nothing new appears.
    pub silent: Vec<Span>,
    /// Minutes that are never there, for all domains.
    pub skipped: Vec<Span>,
    /// Whether minutes change until they are five minutes old.
    pub revises: bool,
    /// Whether single minutes are missing or without traffic here and there.
    pub has_gaps: bool,
    /// When a domain has just this share of errors, or no samples at all.
    pub fixed: Vec<(&'static str, Span, Option<u64>)>,
    /// When requests are not counted.
    pub uncounted: Span,
    pub start: Option<Minute>,
}

pub fn sample(bad: u64, requests: u64) -> Sample {
    let part = |code: u16, percent: u64| Part {
        code: Some(code),
        proportion: percent.to_string().parse().unwrap(),
        count: Some(requests * percent / 100),
    };
    Sample::new(vec![part(200, 100 - bad), part(502, bad)]).unwrap()
}

impl Weather {
    fn dice(&self, domain: &str, what: u64, at: i64) -> Dice {
        let mut dice = Dice(self.seed);
        for value in domain
            .bytes()
            .map(u64::from)
            .chain([what, at.cast_unsigned()])
        {
            dice.0 = dice.0.wrapping_add(value);
            dice.0 = dice.next();
        }
        dice
    }

    fn place(&self, minute: Minute) -> i64 {
        minute.epoch() - self.start.unwrap().epoch()
    }

    /// What the source finally has of a minute.
    pub fn truth(&self, domain: &str, minute: Minute) -> Option<Sample> {
        let at = self.place(minute);
        if self.skipped.iter().any(|span| span.contains(&at)) {
            return None;
        }
        let mut fixed = self
            .fixed
            .iter()
            .filter(|(of, span, _)| *of == domain && span.contains(&at));
        if let Some((_, _, bad)) = fixed.next_back() {
            let part = bad.map(|bad| sample(bad, 100));
            return part.map(|sample| self.counted(sample, at));
        }
        let mut dice = self.dice(domain, 1, minute.epoch());
        if self.has_gaps && dice.chance(60) {
            return None;
        }
        if self.has_gaps
            && self
                .dice(domain, 2, minute.epoch().div_euclid(6))
                .chance(60)
        {
            return Some(Sample::default());
        }
        let bad = match self.dice(domain, 3, minute.epoch().div_euclid(7)).below(6) {
            0 => 30 + dice.below(20),
            1 => 8 + dice.below(60),
            _ => dice.below(9),
        };
        Some(sample(bad, 100 * (1 + dice.below(3))))
    }

    /// The sample as it is counted then.
    fn counted(&self, of: Sample, at: i64) -> Sample {
        if !self.uncounted.contains(&at) {
            return of;
        }
        let parts = of.parts().iter().copied();
        Sample::new(
            parts
                .map(|part| Part {
                    count: None,
                    ..part
                })
                .collect(),
        )
        .unwrap()
    }

    /// What is seen of a minute by a request that is sent then.
    pub fn seen(&self, domain: &str, minute: Minute, sent: DateTime<Utc>) -> Option<Sample> {
        let more = self
            .later
            .filter(|(of, _)| *of == domain)
            .map_or(0, |(_, more)| more);
        let now = self.place(Minute::containing(sent));
        let silence = self.silent.iter().find(|span| span.contains(&now));
        let appears = self.place(minute) + 1 + self.late + more;
        if silence.is_some_and(|span| span.start <= appears) {
            return None;
        }
        let age = (sent - minute.end()).num_seconds();
        if age < (self.late + more) * 60 {
            return None;
        }
        let truth = self.truth(domain, minute)?;
        if self.revises && age < 300 && truth.has_codes() {
            let dice = &mut self.dice(domain, 4, age / 60 + minute.epoch() * 16);
            return (!dice.chance(200)).then(|| sample(dice.below(100), 100));
        }
        Some(truth)
    }
}
