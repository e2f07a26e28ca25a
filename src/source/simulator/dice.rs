//! Chance that is no chance: numbers drawn from a seed, a purpose, a domain and a moment.
//!
//! The same question has the same answer on every machine and after every restart, which no
//! generator with a state could promise for minutes that are asked for in any order.

use crate::unit::Fnv64;

use super::scenario::Share;

/// What a number is drawn for, so that one chance does not decide two things.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// How large a domain is.
    Size,
    /// How many requests a minute has.
    Traffic,
    /// How many responses have a code of the background.
    Background(u16),
    /// How many responses have a code of the incident with this index.
    Incident(usize, u16),
    /// How much of a minute a revision of it shows.
    Revision(u16),
    /// In which way a minute without traffic is written.
    Empty,
    /// Whether a value is written as a number or as a string.
    Type(u16),
    /// Whether the fault with this index strikes.
    Fault(usize),
    /// Which of a fault's forms is taken.
    Form,
    /// The id of a request.
    Request(u8),
}

impl Purpose {
    fn number(self) -> u64 {
        let (kind, detail) = match self {
            Self::Size => (1, 0),
            Self::Traffic => (2, 0),
            Self::Background(code) => (3, u64::from(code)),
            Self::Incident(index, code) => (4, ((index as u64) << 16) | u64::from(code)),
            Self::Revision(code) => (5, u64::from(code)),
            Self::Empty => (6, 0),
            Self::Type(field) => (7, u64::from(field)),
            Self::Fault(index) => (8, index as u64),
            Self::Form => (9, 0),
            Self::Request(half) => (10, u64::from(half)),
        };
        (kind << 56) | detail
    }
}

/// The numbers of one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dice {
    seed: u64,
}

impl Dice {
    /// Returns the numbers of this seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Returns the 64 bits for this purpose, domain and moment.
    pub(super) fn draw(self, purpose: Purpose, domain: &str, moment: i64) -> u64 {
        let mut name = Fnv64::default();
        name.write(domain.as_bytes());
        let moment = moment.cast_unsigned();
        [purpose.number(), name.finish(), moment]
            .into_iter()
            .fold(mix(self.seed), |state, part| mix(state ^ mix(part)))
    }

    /// Returns a share between `low` and `high`, both included.
    pub(super) fn share_between(
        self,
        low: Share,
        high: Share,
        purpose: Purpose,
        domain: &str,
        moment: i64,
    ) -> Share {
        let width = u64::from(high.millionths().saturating_sub(low.millionths())) + 1;
        let more = below(self.draw(purpose, domain, moment), width);
        Share::from_millionths(low.millionths() + u32::try_from(more).unwrap_or(0))
    }

    /// Whether something of this likelihood happens.
    pub(super) fn happens(
        self,
        likelihood: Share,
        purpose: Purpose,
        domain: &str,
        moment: i64,
    ) -> bool {
        below(self.draw(purpose, domain, moment), 1_000_000) < u64::from(likelihood.millionths())
    }
}

/// Returns a number below `end` that depends on all the bits of `drawn`; 0 if `end` is 0.
pub(super) fn below(drawn: u64, end: u64) -> u64 {
    let wide = (u128::from(drawn) * u128::from(end)) >> 64;
    u64::try_from(wide).unwrap_or(0)
}

/// Returns `share` of `whole`, rounded up as often as its fraction says and down otherwise.
pub(super) fn portion(whole: u64, share: Share, drawn: u64) -> u64 {
    let wide = u128::from(whole) * u128::from(share.millionths());
    let (floor, rest) = (wide / 1_000_000, wide % 1_000_000);
    let up = u128::from(below(drawn, 1_000_000)) < rest;
    u64::try_from(floor + u128::from(up)).unwrap_or(u64::MAX)
}

/// One step of splitmix64. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014.
const fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sequence_comes_out() {
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn a_draw_is_the_same_on_every_machine() {
        let dice = Dice::new(1);
        let drawn = dice.draw(Purpose::Traffic, "www.example.com", 29_000_000);
        assert_eq!(
            drawn,
            dice.draw(Purpose::Traffic, "www.example.com", 29_000_000)
        );
        assert_ne!(
            drawn,
            dice.draw(Purpose::Size, "www.example.com", 29_000_000)
        );
        assert_ne!(
            drawn,
            dice.draw(Purpose::Traffic, "img.example.com", 29_000_000)
        );
        assert_ne!(
            drawn,
            Dice::new(2).draw(Purpose::Traffic, "www.example.com", 29_000_000)
        );
    }

    #[test]
    fn portions_are_right_on_average() {
        let dice = Dice::new(7);
        let share = Share::from_millionths(250_000);
        let sum: u64 = (0..4_000)
            .map(|i| portion(1, share, dice.draw(Purpose::Traffic, "a", i)))
            .sum();
        assert!((900..1_100).contains(&sum), "{sum}");
        assert_eq!(portion(u64::MAX, Share::WHOLE, 0), u64::MAX);
    }
}
