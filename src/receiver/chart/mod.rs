//! The chart of an alert in a mail: the last hour of its value, the threshold, and when it fired.
//!
//! What is drawn is decided elsewhere; this makes the same picture of the same numbers wherever it
//! runs. Lines, a font of strokes and the file format are our own: what a chart needs of them is
//! less than a library brings.

mod canvas;
mod glyphs;
mod png;
mod scale;

use canvas::{Canvas, Colour};
use scale::Scale;

use crate::unit::{Decimal, Minute};

/// The picture's size in pixels. On a phone it is shown at less than half of it, where its labels
/// are as large as the text around it.
const WIDTH: usize = 720;
const HEIGHT: usize = 330;
/// Where the field begins and ends.
const LEFT: f32 = 104.0;
const RIGHT: f32 = 704.0;
const TOP: f32 = 18.0;
const BOTTOM: f32 = 274.0;
/// The height of labels.
const LABEL: f32 = 22.0;

/// How many minutes a chart has at most.
pub const MINUTES_MAX: usize = 24 * 60;

const PAPER: Colour = Colour(0xff, 0xff, 0xff);
const GRID: Colour = Colour(0xe3, 0xe6, 0xea);
const INK: Colour = Colour(0x4a, 0x53, 0x5e);
const VALUE: Colour = Colour(0x05, 0x50, 0xae);
const AREA: Colour = Colour(0xd6, 0xe6, 0xf8);
const THRESHOLD: Colour = Colour(0xb3, 0x26, 0x1e);
const FIRING: Colour = Colour(0xfb, 0xe3, 0xe0);
const FIRING_AREA: Colour = Colour(0xe6, 0xc9, 0xd6);

/// What is drawn of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// The id of the alert's firing.
    pub alert: String,
    /// What the value is, as the rules file writes it.
    pub name: String,
    /// The first minute.
    pub begin: Minute,
    /// The value of each minute from the first on; `None` is unknown.
    pub values: Vec<Option<Decimal>>,
    /// Whether values are percentages.
    pub is_percent: bool,
    /// What the value is held against, if that is a constant.
    pub threshold: Option<Threshold>,
    /// The first and the last minute in which it fired, or was on the way to.
    pub firing: Option<(Minute, Minute)>,
}

/// What a value is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// How: `>`, `<=` and so on.
    pub comparator: String,
    /// The constant.
    pub value: Decimal,
}

impl Chart {
    /// Returns the last minute.
    pub fn end(&self) -> Minute {
        let back = i64::try_from(self.values.len().saturating_sub(1)).unwrap_or(0);
        Minute::from_epoch(self.begin.epoch() + back).unwrap_or(self.begin)
    }

    /// Whether there is something to see: at least two minutes are known.
    pub fn is_worth_showing(&self) -> bool {
        2 <= self.values.iter().flatten().count() && self.values.len() <= MINUTES_MAX
    }

    /// Returns the picture as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let mut canvas = Canvas::new(WIDTH, HEIGHT, PAPER);
        let scale = self.scale();
        self.shade(&mut canvas);
        draw_grid(&mut canvas, &scale, self.is_percent);
        self.draw_times(&mut canvas);
        self.draw_values(&mut canvas, &scale);
        self.draw_threshold(&mut canvas, &scale);
        png::encode(WIDTH, HEIGHT, canvas.pixels())
    }

    fn scale(&self) -> Scale {
        let values = self.values.iter().flatten().map(|value| value.to_f64());
        let threshold = self.threshold.iter().map(|t| t.value.to_f64());
        Scale::over(values.chain(threshold))
    }

    /// Returns where a minute is, counted from the first.
    #[expect(clippy::cast_precision_loss, reason = "minutes of a day are small")]
    fn x(&self, minutes: i64) -> f32 {
        let last = self.values.len().saturating_sub(1).max(1) as f32;
        LEFT + (RIGHT - LEFT) * minutes as f32 / last
    }

    /// Returns where the alert fired, from the left to the right.
    fn firing_x(&self) -> Option<(f32, f32)> {
        let (from, to) = self.firing?;
        let begin = self.begin.epoch();
        let from = self.x(from.epoch() - begin).clamp(LEFT, RIGHT);
        let to = self.x(to.epoch() - begin).clamp(LEFT, RIGHT);
        (from < to).then_some((from, to))
    }

    fn shade(&self, canvas: &mut Canvas) {
        if let Some((from, to)) = self.firing_x() {
            canvas.fill((from, TOP), (to, BOTTOM), FIRING);
        }
    }

    fn draw_times(&self, canvas: &mut Canvas) {
        let begin = self.begin.epoch();
        let span = i64::try_from(self.values.len()).unwrap_or(0);
        // Four labels, at round minutes.
        let step = [5, 10, 15, 30, 60, 120, 240, 480]
            .into_iter()
            .find(|step| span <= step * 4)
            .unwrap_or(480);
        let first = (begin + step - 1) / step * step;
        let mut at = first;
        while at < begin + span {
            let x = self.x(at - begin);
            canvas.line((x, BOTTOM), (x, BOTTOM + 8.0), 2.0, GRID);
            let day = at.rem_euclid(24 * 60);
            let text = format!("{:02}:{:02}", day / 60, day % 60);
            let width = glyphs::width(&text, LABEL);
            let left = (x - width / 2.0).clamp(4.0, RIGHT - width);
            glyphs::write(canvas, &text, (left, BOTTOM + 20.0), LABEL, INK);
            at += step;
        }
    }

    fn draw_values(&self, canvas: &mut Canvas, scale: &Scale) {
        let mut runs: Vec<Vec<(f32, f32)>> = vec![Vec::new()];
        for (minute, value) in (0..).zip(&self.values) {
            match (value, runs.last_mut()) {
                (Some(value), Some(run)) => {
                    let y = scale.y(value.to_f64(), TOP, BOTTOM);
                    run.push((self.x(minute), y));
                }
                (None, _) | (Some(_), None) => runs.push(Vec::new()),
            }
        }
        let firing = self.firing_x();
        let base = scale.y(0.0, TOP, BOTTOM).clamp(TOP, BOTTOM);
        for run in &runs {
            canvas.fill_under(run, base, |x| match firing {
                Some((from, to)) if from <= x && x <= to => FIRING_AREA,
                _ => AREA,
            });
        }
        for run in runs {
            // A minute between two unknown ones is a point.
            if let [point] = run.as_slice() {
                canvas.line(*point, *point, 7.0, VALUE);
            }
            for pair in run.windows(2) {
                canvas.line(pair[0], pair[1], 4.0, VALUE);
            }
        }
    }

    fn draw_threshold(&self, canvas: &mut Canvas, scale: &Scale) {
        let Some(threshold) = &self.threshold else {
            return;
        };
        let y = scale.y(threshold.value.to_f64(), TOP, BOTTOM);
        let mut x = LEFT;
        while x < RIGHT {
            canvas.line((x, y), ((x + 14.0).min(RIGHT), y), 3.0, THRESHOLD);
            x += 22.0;
        }
        let unit = if self.is_percent { "%" } else { "" };
        let text = format!(
            "{} {}{unit}",
            threshold.comparator,
            scale::short(threshold.value.to_f64())
        );
        let above = y - LABEL - 10.0;
        let top = if above < TOP { y + 10.0 } else { above };
        let at = (LEFT + 8.0, top);
        // A strip of paper keeps the label readable over the line of values.
        let width = glyphs::width(&text, LABEL);
        canvas.fill(
            (at.0 - 4.0, top - 4.0),
            (at.0 + width + 4.0, top + LABEL + 4.0),
            PAPER,
        );
        glyphs::write(canvas, &text, at, LABEL, THRESHOLD);
    }
}

fn draw_grid(canvas: &mut Canvas, scale: &Scale, is_percent: bool) {
    let unit = if is_percent { "%" } else { "" };
    for (value, text) in scale.ticks() {
        let y = scale.y(value, TOP, BOTTOM);
        canvas.line((LEFT, y), (RIGHT, y), 2.0, GRID);
        let text = format!("{text}{unit}");
        let width = glyphs::width(&text, LABEL);
        let left = (LEFT - 12.0 - width).max(2.0);
        glyphs::write(canvas, &text, (left, y - LABEL / 2.0), LABEL, INK);
    }
}

#[cfg(test)]
mod tests;
