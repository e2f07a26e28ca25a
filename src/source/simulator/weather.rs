//! The traffic of every domain in every minute, made up from a seed and a scenario.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::engine::{Part, Proportion, Sample};
use crate::unit::{DomainName, Minute};

use super::dice::{Dice, Purpose, portion};
use super::scenario::{Incident, Place, Scenario, Shape, Share};

/// How many responses had each code in some minutes; empty without traffic.
pub(super) type Tally = BTreeMap<u16, u64>;

/// What a minute has when it is first seen, then and then: one minute apart, the last one a
/// minute before the final value. The parts of the codes differ from these by as much as
/// [`REVISION_SPREAD`].
const REVISIONS: [Share; 3] = [
    Share::from_millionths(400_000),
    Share::from_millionths(700_000),
    Share::from_millionths(900_000),
];
/// How far the codes of a revision may be from the share of the whole.
const REVISION_SPREAD: u32 = 80_000;
/// The code of what is neither background nor incident.
const OK: u16 = 200;
/// The minute of the day with the least traffic, 20:00 UTC: four in the morning in China.
const NIGHT: i64 = 20 * 60;

/// The made-up traffic: a pure function of the seed, the scenario, a domain and a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weather {
    dice: Dice,
    scenario: Scenario,
}

impl Weather {
    /// Returns the weather of this seed under this scenario.
    pub fn new(seed: u64, scenario: Scenario) -> Self {
        Self {
            dice: Dice::new(seed),
            scenario,
        }
    }

    /// Returns the scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Returns what the source finally says of a minute: `None` if it never has anything, a
    /// sample without parts if there was no traffic.
    pub fn final_sample(&self, domain: &DomainName, minute: Minute) -> Option<Sample> {
        self.tally(domain, minute).map(|tally| self.sample(&tally))
    }

    /// Returns what the source says of a minute to someone who asks at `asked`: `None` if it
    /// has nothing, or not yet.
    pub fn sample_as_of(
        &self,
        domain: &DomainName,
        minute: Minute,
        asked: DateTime<Utc>,
    ) -> Option<Sample> {
        self.tally_as_of(domain, minute, asked)
            .map(|tally| self.sample(&tally))
    }

    pub(super) const fn dice(&self) -> Dice {
        self.dice
    }

    /// Like [`Weather::sample_as_of`], in counts.
    pub(super) fn tally_as_of(
        &self,
        domain: &DomainName,
        minute: Minute,
        asked: DateTime<Utc>,
    ) -> Option<Tally> {
        let age = (asked - minute.end()).num_seconds();
        let left = self.delay_seconds(domain, minute) - age;
        if left <= 0 {
            return self.tally(domain, minute);
        }
        let steps = i64::try_from(REVISIONS.len()).unwrap_or(0);
        let step = steps - 1 - (left - 1) / 60;
        let seen = usize::try_from(step).ok().filter(|_| {
            let ended = 0 <= age;
            ended && self.scenario.answers.revise
        })?;
        let tally = self.tally(domain, minute)?;
        Some(self.revision(&tally, seen, domain, minute))
    }

    /// Returns how long after its end the minute is final.
    fn delay_seconds(&self, domain: &DomainName, minute: Minute) -> i64 {
        let late = self
            .scenario
            .late
            .iter()
            .filter(|late| late.domains.matches(domain.as_str()) && late.period.holds(minute));
        let late = late.map(|late| late.by.seconds()).max().unwrap_or(0);
        i64::from(self.scenario.answers.delay.seconds()) + i64::from(late)
    }

    /// Returns what is seen of a minute before it is final.
    fn revision(&self, tally: &Tally, step: usize, domain: &DomainName, minute: Minute) -> Tally {
        let middle = REVISIONS[step].millionths();
        let low = Share::from_millionths(middle - REVISION_SPREAD);
        let high = Share::from_millionths(middle + REVISION_SPREAD);
        let seen = |(code, count): (&u16, &u64)| {
            let purpose = Purpose::Revision(*code);
            let moment = minute.epoch() * 8 + i64::try_from(step).unwrap_or(0);
            let share = self
                .dice
                .share_between(low, high, purpose, domain.as_str(), moment);
            (*code, portion(*count, share, 0))
        };
        tally
            .iter()
            .map(seen)
            .filter(|(_, count)| 0 < *count)
            .collect()
    }

    /// Returns the final counts of a minute.
    fn tally(&self, domain: &DomainName, minute: Minute) -> Option<Tally> {
        let name = domain.as_str();
        let in_gap = |gaps: &[super::scenario::Gap]| {
            gaps.iter()
                .any(|gap| gap.period.holds(minute) && gap.domains.matches(name))
        };
        if in_gap(&self.scenario.missing) {
            return None;
        }
        if in_gap(&self.scenario.quiet) {
            return Some(Tally::new());
        }
        let incidents: Vec<(usize, &Incident, Place)> = self
            .scenario
            .incidents
            .iter()
            .enumerate()
            .filter(|(_, incident)| incident.domains.matches(name))
            .filter_map(|(index, incident)| Some((index, incident, incident.period.place(minute)?)))
            .collect();
        let usual = self.requests(name, minute);
        let requests = incidents.iter().fold(usual, |requests, (_, incident, _)| {
            portion(requests, incident.traffic, 0)
        });
        let mut tally = Tally::new();
        let mut left = requests;
        for (index, incident, place) in incidents {
            for (code, share) in &incident.codes {
                let purpose = Purpose::Incident(index, *code);
                let share = share.of(strength(incident.shape, place));
                let share = self.shaken(share, (900_000, 1_100_000), purpose, name, minute);
                take(&mut tally, &mut left, *code, portion(requests, share, 0));
            }
        }
        let rest = left;
        for (code, share) in &self.scenario.background {
            let purpose = Purpose::Background(*code);
            let share = self.shaken(*share, (0, 2_000_000), purpose, name, minute);
            let drawn = self.dice.draw(purpose, name, -1 - minute.epoch());
            take(&mut tally, &mut left, *code, portion(rest, share, drawn));
        }
        let ok = left;
        take(&mut tally, &mut left, OK, ok);
        Some(tally)
    }

    /// Returns how many requests the minute has, incidents aside.
    fn requests(&self, domain: &str, minute: Minute) -> u64 {
        let (night, day) = (self.scenario.requests.night, self.scenario.requests.day);
        let after_night = (minute.epoch() - NIGHT).rem_euclid(1_440);
        let from_night = after_night.min(1_440 - after_night);
        let way = (i64::from(day) - i64::from(night)) * from_night / 720;
        let usual = (i64::from(night) + way).unsigned_abs();
        let (small, large) = (
            Share::from_millionths(700_000),
            Share::from_millionths(1_300_000),
        );
        let size = self
            .dice
            .share_between(small, large, Purpose::Size, domain, 0);
        let requests = portion(usual, size, 0);
        let jitter = self.shaken(
            Share::WHOLE,
            (920_000, 1_080_000),
            Purpose::Traffic,
            domain,
            minute,
        );
        portion(requests, jitter, 0)
    }

    /// Returns the share, more or less by chance.
    fn shaken(
        &self,
        share: Share,
        (low, high): (u32, u32),
        purpose: Purpose,
        domain: &str,
        minute: Minute,
    ) -> Share {
        let (low, high) = (Share::from_millionths(low), Share::from_millionths(high));
        share.of(self
            .dice
            .share_between(low, high, purpose, domain, minute.epoch()))
    }

    /// Returns the sample that the source makes of these counts.
    fn sample(&self, tally: &Tally) -> Sample {
        let total = tally.values().sum();
        let part = |(code, count): (&u16, &u64)| Part {
            code: Some(*code),
            proportion: Proportion::from_units(proportion_units(*count, total)).unwrap_or_default(),
            count: self.scenario.answers.counts.then_some(*count),
        };
        Sample::new(tally.iter().map(part).collect()).unwrap_or_default()
    }
}

/// Returns 100·count/total in units of 10⁻¹⁵ percent, rounded half to even; 0 of nothing.
pub(super) fn proportion_units(count: u64, total: u64) -> i64 {
    const HUNDRED: i128 = 100_000_000_000_000_000;
    if total == 0 {
        return 0;
    }
    let (wide, total) = (i128::from(count) * HUNDRED, i128::from(total));
    let (floor, rest) = (wide / total, wide % total * 2);
    let up = total < rest || (total == rest && floor % 2 == 1);
    i64::try_from(floor + i128::from(up)).unwrap_or(0)
}

/// Adds up to `count` responses with this code, as long as there are any left.
fn take(tally: &mut Tally, left: &mut u64, code: u16, count: u64) {
    let count = count.min(*left);
    *left -= count;
    if 0 < count {
        *tally.entry(code).or_insert(0) += count;
    }
}

/// Returns how strong an incident of this shape is in the minute at this place.
fn strength(shape: Shape, place: Place) -> Share {
    let Place { index, length } = place;
    match shape {
        Shape::Flat => Share::WHOLE,
        Shape::Ramp => Share::ratio(index + 1, length),
        Shape::Spike => {
            let from_edge = (index + 1).min(length.saturating_sub(index));
            Share::ratio(from_edge, length.div_ceil(2))
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use crate::unit::{Decimal, StatusSet};

    use super::*;

    fn weather(text: &str) -> Weather {
        Weather::new(1, Scenario::parse(text).unwrap())
    }

    fn minute(text: &str) -> Minute {
        text.parse().unwrap()
    }

    fn percent(sample: &Sample, codes: StatusSet) -> Decimal {
        sample.proportion_of(&codes).unwrap()
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    const ERRORS: (u16, u16) = (500, 599);

    #[test]
    fn the_same_question_has_the_same_answer_and_another_seed_another() {
        let (www, at) = (
            DomainName::from("www.example.com"),
            minute("2026-11-22T10:00:00Z"),
        );
        let one = Weather::new(1, Scenario::builtin());
        let sample = one.final_sample(&www, at).unwrap();
        assert_eq!(Some(&sample), one.final_sample(&www, at).as_ref());
        let two = Weather::new(2, Scenario::builtin());
        assert_ne!(Some(sample), two.final_sample(&www, at));
    }

    #[test]
    fn the_weather_of_a_seed_never_changes() {
        let www = DomainName::from("www.example.com");
        let weather = Weather::new(1, Scenario::builtin());
        let tally = weather.tally(&www, minute("2026-11-22T10:05:00Z")).unwrap();
        insta::assert_compact_debug_snapshot!(tally, @"{200: 673, 206: 5, 304: 6, 404: 10, 500: 2, 502: 352, 504: 1}");
    }

    #[test]
    fn the_builtin_incident_fires_and_resolves_a_usual_rule_in_each_of_its_cycles() {
        let domains = [
            DomainName::from("a.example.org"),
            DomainName::from("b.example.org"),
        ];
        let weather = Weather::new(9, Scenario::builtin_for(&domains));
        let start = minute("2026-11-22T00:00:00Z").epoch();
        let errors = StatusSet::range(ERRORS.0, ERRORS.1);
        for epoch in start..start + 1_440 {
            let at = Minute::from_epoch(epoch).unwrap();
            let sample = weather.final_sample(&domains[0], at).unwrap();
            assert!(200 <= sample.requests().unwrap(), "{at}");
            let bad = percent(&sample, errors);
            if (5..11).contains(&((epoch) % 20)) {
                assert!(decimal("30") < bad && bad < decimal("40"), "{at} {bad}");
            } else {
                assert!(bad < decimal("2"), "{at} {bad}");
            }
            let other = weather.final_sample(&domains[1], at).unwrap();
            assert_eq!(other.has_codes(), !(30..33).contains(&(epoch % 60)));
        }
    }

    #[test]
    fn shapes_rise_and_fall() {
        let of = |shape, length| -> Vec<u32> {
            (0..length)
                .map(|index| strength(shape, Place { index, length }).millionths() / 10_000)
                .collect()
        };
        assert_eq!(of(Shape::Flat, 3), [100, 100, 100]);
        assert_eq!(of(Shape::Ramp, 4), [25, 50, 75, 100]);
        assert_eq!(of(Shape::Spike, 5), [33, 66, 100, 66, 33]);
        assert_eq!(of(Shape::Spike, 4), [50, 100, 100, 50]);
        assert_eq!(of(Shape::Spike, 1), [100]);
    }

    #[test]
    fn quiet_is_no_traffic_and_missing_is_no_answer() {
        let weather = weather(
            "quiet: [{domains: [a.*], every: 10m, for: 1m}]\nmissing: [{every: 10m, offset: 1m, for: 1m}]",
        );
        let (a, b) = (
            DomainName::from("a.example.com"),
            DomainName::from("b.example.com"),
        );
        let first = minute("2026-11-22T10:00:00Z");
        assert_eq!(weather.final_sample(&a, first), Some(Sample::default()));
        assert!(weather.final_sample(&b, first).unwrap().has_codes());
        assert_eq!(weather.final_sample(&a, first.next()), None);
    }

    #[test]
    fn a_minute_grows_until_its_delay_is_over() {
        let weather = weather("{}");
        let (www, at) = (
            DomainName::from("www.example.com"),
            minute("2026-11-22T10:00:00Z"),
        );
        let requests = |seconds| {
            weather
                .sample_as_of(&www, at, at.end() + TimeDelta::seconds(seconds))
                .map(|sample| sample.requests().unwrap())
        };
        assert_eq!(requests(119), None);
        let seen: Vec<u64> = [120, 180, 240, 300]
            .into_iter()
            .map(|seconds| requests(seconds).unwrap())
            .collect();
        assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
        assert_eq!(requests(299), requests(240));
        assert_eq!(
            weather.sample_as_of(&www, at, at.end() + TimeDelta::seconds(300)),
            weather.final_sample(&www, at)
        );
    }

    #[test]
    fn without_revisions_a_minute_is_there_at_once() {
        let weather = weather("revise: false\ndelay: 1m\nlate: [{by: 10m, domains: [late.*]}]");
        let at = minute("2026-11-22T10:00:00Z");
        let seen = |name: &str, seconds| {
            let asked = at.end() + TimeDelta::seconds(seconds);
            let domain = DomainName::from(name);
            weather.sample_as_of(&domain, at, asked).is_some()
        };
        assert!(!seen("www.example.com", 59) && seen("www.example.com", 60));
        assert!(!seen("late.example.com", 659) && seen("late.example.com", 660));
    }

    #[test]
    fn nothing_is_known_of_a_minute_that_has_not_ended() {
        let weather = weather("delay: 0s");
        let (www, at) = (
            DomainName::from("www.example.com"),
            minute("2026-11-22T10:00:00Z"),
        );
        let asked = at.end() - TimeDelta::seconds(1);
        assert_eq!(weather.sample_as_of(&www, at, asked), None);
    }

    #[test]
    fn without_counts_proportions_alone_are_told() {
        let weather = weather("counts: false");
        let (www, at) = (
            DomainName::from("www.example.com"),
            minute("2026-11-22T10:00:00Z"),
        );
        let sample = weather.final_sample(&www, at).unwrap();
        assert_eq!(sample.requests(), None);
        assert!(percent(&sample, StatusSet::range(200, 299)) > decimal("80"));
    }

    #[test]
    fn overlapping_incidents_never_exceed_the_whole() {
        let weather = weather("incidents: [{codes: {502: 100%}}, {codes: {503: 100%}}]");
        let (www, at) = (
            DomainName::from("www.example.com"),
            minute("2026-11-22T10:00:00Z"),
        );
        let sample = weather.final_sample(&www, at).unwrap();
        let sum: u64 = sample.parts().iter().filter_map(|part| part.count).sum();
        assert_eq!(Some(sum), sample.requests());
        assert!(percent(&sample, StatusSet::range(502, 503)) > decimal("99"));
    }
}
