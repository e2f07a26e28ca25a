//! What a backtest comes to: for each rule and each domain, how often, how long, how soon known.

use std::collections::{BTreeMap, BTreeSet};

use super::firing::Firing;
use crate::unit::{Minute, Series};

/// What firings come to.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many there were.
    pub firings: u64,
    /// How many minutes they fired, added up over domains.
    pub minutes: u64,
    /// How long each fired, ascending.
    pub lengths: Vec<u64>,
    /// How many minutes of data each took to be known, ascending, where that is known.
    pub to_know: Vec<u64>,
    /// How many fire at the end.
    pub open: u64,
    /// How often each rule fired on each series, of which a rule of many has none.
    pub parts: BTreeMap<(String, Option<Series>), u64>,
}

impl Tally {
    /// Adds firings of the minutes from the first that is judged to the last.
    pub fn of<'a>(
        firings: impl Iterator<Item = &'a Firing>,
        (first, last): (Minute, Minute),
    ) -> Self {
        let mut tally = Self::default();
        for firing in firings {
            let minutes = firing.minutes(last);
            tally.firings += 1;
            tally.minutes += minutes;
            tally.lengths.push(minutes);
            tally.to_know.extend(firing.minutes_to_know(first));
            tally.open += u64::from(firing.end.is_none());
            let part = (firing.key.rule.clone(), firing.series().cloned());
            *tally.parts.entry(part).or_default() += 1;
        }
        tally.lengths.sort_unstable();
        tally.to_know.sort_unstable();
        tally
    }

    /// Returns how many domains fired, one of two accounts twice; a rule of many has none.
    pub fn domains(&self) -> usize {
        let series = self.parts.keys().filter_map(|(_, of)| of.as_ref());
        series.collect::<BTreeSet<&Series>>().len()
    }

    /// Returns how often each rule fired, the most often first.
    pub fn rules(&self) -> Vec<(&str, u64)> {
        let mut rules: BTreeMap<&str, u64> = BTreeMap::new();
        for ((rule, _), count) in &self.parts {
            *rules.entry(rule).or_default() += count;
        }
        let mut rules: Vec<(&str, u64)> = rules.into_iter().collect();
        rules.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        rules
    }
}

/// Returns the lower median of ascending numbers.
pub fn median(ascending: &[u64]) -> Option<u64> {
    let middle = ascending.len().checked_sub(1)? / 2;
    ascending.get(middle).copied()
}

/// Returns the series that fired, each with what its firings come to, the noisiest first.
pub fn noisiest(firings: &[Firing], span: (Minute, Minute)) -> Vec<(Series, Tally)> {
    let mut by_series: BTreeMap<&Series, Vec<&Firing>> = BTreeMap::new();
    for firing in firings {
        if let Some(series) = firing.series() {
            by_series.entry(series).or_default().push(firing);
        }
    }
    let tallies = by_series.into_iter();
    let tallies = tallies.map(|(series, of)| (series.clone(), Tally::of(of.into_iter(), span)));
    let mut tallies: Vec<(Series, Tally)> = tallies.collect();
    tallies.sort_by_key(|(_, tally)| std::cmp::Reverse((tally.firings, tally.minutes)));
    tallies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_count_is_the_lower_one() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[4]), Some(4));
        assert_eq!(median(&[1, 2]), Some(1));
        assert_eq!(median(&[1, 2, 9]), Some(2));
    }
}
