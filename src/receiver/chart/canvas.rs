//! Pixels, and lines and areas with smooth edges.

/// A colour: red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

/// A picture of so many pixels.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    /// Returns an empty picture.
    pub(super) fn new(width: usize, height: usize, paper: Colour) -> Self {
        let Colour(red, green, blue) = paper;
        Self {
            width,
            height,
            pixels: [red, green, blue].repeat(width * height),
        }
    }

    /// Returns the pixels, three bytes each, row by row.
    pub(super) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Fills a rectangle, by whole pixels.
    pub(super) fn fill(&mut self, from: (f32, f32), to: (f32, f32), colour: Colour) {
        for y in whole(from.1)..whole(to.1).min(self.height) {
            for x in whole(from.0)..whole(to.0).min(self.width) {
                self.blend(x, y, colour, 1.0);
            }
        }
    }

    /// Fills what lies between a line, which goes to the right, and the height `base`.
    pub(super) fn fill_under(
        &mut self,
        line: &[(f32, f32)],
        base: f32,
        colour: impl Fn(f32) -> Colour,
    ) {
        for pair in line.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            for x in whole(from.0)..whole(to.0).min(self.width) {
                let centre = middle(x);
                let share = ((centre - from.0) / (to.0 - from.0).max(1.0)).clamp(0.0, 1.0);
                let y = from.1 + (to.1 - from.1) * share;
                let (top, bottom) = (y.min(base), y.max(base));
                for row in whole(top)..whole(bottom).min(self.height) {
                    self.blend(x, row, colour(centre), 1.0);
                }
            }
        }
    }

    /// Draws a straight line with round ends; one that goes nowhere is a dot.
    pub(super) fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, colour: Colour) {
        let reach = width / 2.0 + 1.0;
        let (left, right) = (from.0.min(to.0) - reach, from.0.max(to.0) + reach);
        let (top, bottom) = (from.1.min(to.1) - reach, from.1.max(to.1) + reach);
        for y in whole(top)..whole(bottom + 1.0).min(self.height) {
            for x in whole(left)..whole(right + 1.0).min(self.width) {
                let distance = distance((middle(x), middle(y)), from, to);
                let cover = (width / 2.0 + 0.5 - distance).clamp(0.0, 1.0);
                if 0.0 < cover {
                    self.blend(x, y, colour, cover);
                }
            }
        }
    }

    fn blend(&mut self, x: usize, y: usize, colour: Colour, cover: f32) {
        let at = (y * self.width + x) * 3;
        let Some(pixel) = self.pixels.get_mut(at..at + 3) else {
            return;
        };
        for (old, new) in pixel.iter_mut().zip([colour.0, colour.1, colour.2]) {
            let mixed = f32::from(*old) * (1.0 - cover) + f32::from(new) * cover;
            *old = byte(mixed);
        }
    }
}

/// Returns how far a point is from a line.
fn distance(point: (f32, f32), from: (f32, f32), to: (f32, f32)) -> f32 {
    let (along_x, along_y) = (to.0 - from.0, to.1 - from.1);
    let (x, y) = (point.0 - from.0, point.1 - from.1);
    let length = along_x * along_x + along_y * along_y;
    let share = if length <= 0.0 {
        0.0
    } else {
        ((x * along_x + y * along_y) / length).clamp(0.0, 1.0)
    };
    let (x, y) = (x - along_x * share, y - along_y * share);
    (x * x + y * y).sqrt()
}

/// Returns the pixel in which a place is; one outside of the picture's beginning is its first.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats saturate"
)]
const fn whole(place: f32) -> usize {
    place as usize
}

/// Returns the middle of a pixel.
#[expect(clippy::cast_precision_loss, reason = "pictures are small")]
const fn middle(pixel: usize) -> f32 {
    pixel as f32 + 0.5
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats saturate"
)]
fn byte(value: f32) -> u8 {
    value.round() as u8
}
