//! The scale of a chart: round numbers, few of them.

/// How many steps a scale has at most: more labels than that are not read on a phone.
const STEPS_MAX: f64 = 4.0;
/// The largest value that a scale goes by; the language's numbers are smaller.
const VALUE_MAX: f64 = 1e15;

/// From which value to which a chart shows, and in which steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    from: f64,
    to: f64,
    step: f64,
}

impl Scale {
    /// Returns a scale that shows all of these values, and zero.
    pub(super) fn over(values: impl Iterator<Item = f64>) -> Self {
        let (mut least, mut most) = (0.0_f64, 0.0_f64);
        for value in values {
            let value = value.clamp(-VALUE_MAX, VALUE_MAX);
            (least, most) = (least.min(value), most.max(value));
        }
        if most - least <= 0.0 {
            most = 1.0;
        }
        let step = round_step((most - least) / STEPS_MAX);
        Self {
            from: (least / step).floor() * step,
            to: (most / step).ceil() * step,
            step,
        }
    }

    /// Returns where a value is between `bottom` and `top`.
    #[expect(clippy::cast_possible_truncation, reason = "a place in a picture")]
    pub(super) fn y(&self, value: f64, top: f32, bottom: f32) -> f32 {
        let share = (value.clamp(self.from, self.to) - self.from) / (self.to - self.from);
        bottom - (bottom - top) * share as f32
    }

    /// Returns the values of the scale with their labels, ascending.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let mut ticks = Vec::new();
        let mut value = self.from;
        while value <= self.to + self.step / 2.0 {
            ticks.push((value, short(value)));
            value += self.step;
        }
        ticks
    }
}

/// Returns the least of 1, 2, 2.5 and 5, times a power of ten, that is not below this.
fn round_step(least: f64) -> f64 {
    let mut power = 1e-9;
    while power * 10.0 <= least {
        power *= 10.0;
    }
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    let found = steps.into_iter().find(|step| least <= step * power);
    found.unwrap_or(10.0) * power
}

/// Returns a number in few characters: `0.25`, `40`, `12.5k`, `3M`.
pub(super) fn short(value: f64) -> String {
    let (scaled, suffix) = match value.abs() {
        big if 1e9 <= big => (value / 1e9, "G"),
        big if 1e6 <= big => (value / 1e6, "M"),
        big if 1e4 <= big => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let places = match scaled.abs() {
        small if small < 0.01 => 4,
        small if small < 1.0 => 3,
        small if small < 100.0 => 2,
        _ => 1,
    };
    let text = format!("{scaled:.places$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let text = if matches!(text, "-0" | "") { "0" } else { text };
    format!("{text}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64]) -> String {
        let scale = Scale::over(values.iter().copied());
        let labels: Vec<String> = scale.ticks().into_iter().map(|(_, text)| text).collect();
        labels.join(" ")
    }

    #[test]
    fn scales_are_round_and_show_every_value() {
        assert_eq!(labels(&[34.2, 10.0]), "0 10 20 30 40");
        assert_eq!(labels(&[0.05, 0.2]), "0 0.05 0.1 0.15 0.2");
        assert_eq!(labels(&[12_000.0]), "0 5000 10k 15k");
        assert_eq!(labels(&[-3.0, 4.0]), "-4 -2 0 2 4");
        assert_eq!(labels(&[]), "0 0.25 0.5 0.75 1");
        assert_eq!(labels(&[0.0]), "0 0.25 0.5 0.75 1");
        for value in [1e-9, 0.3, 7.0, 99.9, 100.0, 1e12, 1e300] {
            let scale = Scale::over([value].into_iter());
            assert!(scale.ticks().len() <= 6, "{value}");
            let y = scale.y(value, 0.0, 100.0);
            assert!((0.0..=100.0).contains(&y), "{value}");
        }
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (0.05, "0.05"),
            (12.5, "12.5"),
            (100.0, "100"),
            (12_500.0, "12.5k"),
            (3e6, "3M"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(short(value), text);
        }
    }
}
