//! The characters of a chart's labels, as strokes of a pen: numbers, units and comparators.

use super::canvas::{Canvas, Colour};

/// The height of the grid that characters are drawn on; they stand on its last line.
const GRID_HEIGHT: f32 = 12.0;
/// The space after a character.
const GAP: f32 = 3.5;
/// The space of a character that is not there.
const BLANK: f32 = 4.0;

type Stroke = &'static [(i8, i8)];

/// A character: how wide it is, and its strokes, with their corners cut so that it looks round.
type Glyph = (char, i8, &'static [Stroke]);

const GLYPHS: [Glyph; 21] = [
    (
        '0',
        8,
        &[&[
            (2, 0),
            (6, 0),
            (8, 2),
            (8, 10),
            (6, 12),
            (2, 12),
            (0, 10),
            (0, 2),
            (2, 0),
        ]],
    ),
    ('1', 5, &[&[(1, 3), (4, 0), (4, 12)]]),
    (
        '2',
        8,
        &[&[(0, 2), (2, 0), (6, 0), (8, 2), (8, 4), (0, 12), (8, 12)]],
    ),
    (
        '3',
        8,
        &[
            &[(0, 2), (2, 0), (6, 0), (8, 2), (8, 4), (6, 6), (3, 6)],
            &[(6, 6), (8, 8), (8, 10), (6, 12), (2, 12), (0, 10)],
        ],
    ),
    ('4', 8, &[&[(6, 12), (6, 0), (0, 8), (8, 8)]]),
    (
        '5',
        8,
        &[&[
            (8, 0),
            (1, 0),
            (0, 6),
            (2, 5),
            (6, 5),
            (8, 7),
            (8, 10),
            (6, 12),
            (2, 12),
            (0, 10),
        ]],
    ),
    (
        '6',
        8,
        &[&[
            (7, 0),
            (4, 0),
            (1, 3),
            (0, 6),
            (0, 10),
            (2, 12),
            (6, 12),
            (8, 10),
            (8, 7),
            (6, 5),
            (2, 5),
            (0, 7),
        ]],
    ),
    ('7', 8, &[&[(0, 0), (8, 0), (3, 12)]]),
    (
        '8',
        8,
        &[
            &[
                (2, 6),
                (0, 4),
                (0, 2),
                (2, 0),
                (6, 0),
                (8, 2),
                (8, 4),
                (6, 6),
                (2, 6),
            ],
            &[
                (2, 6),
                (0, 8),
                (0, 10),
                (2, 12),
                (6, 12),
                (8, 10),
                (8, 8),
                (6, 6),
            ],
        ],
    ),
    (
        '9',
        8,
        &[&[
            (1, 12),
            (4, 12),
            (7, 9),
            (8, 6),
            (8, 2),
            (6, 0),
            (2, 0),
            (0, 2),
            (0, 5),
            (2, 7),
            (6, 7),
            (8, 5),
        ]],
    ),
    (
        '%',
        10,
        &[
            &[(9, 0), (1, 12)],
            &[
                (1, 0),
                (3, 0),
                (4, 1),
                (4, 3),
                (3, 4),
                (1, 4),
                (0, 3),
                (0, 1),
                (1, 0),
            ],
            &[
                (7, 8),
                (9, 8),
                (10, 9),
                (10, 11),
                (9, 12),
                (7, 12),
                (6, 11),
                (6, 9),
                (7, 8),
            ],
        ],
    ),
    ('.', 1, &[&[(0, 12), (0, 12)]]),
    (':', 1, &[&[(0, 3), (0, 3)], &[(0, 10), (0, 10)]]),
    ('-', 6, &[&[(0, 6), (6, 6)]]),
    ('>', 7, &[&[(0, 2), (7, 6), (0, 10)]]),
    ('<', 7, &[&[(7, 2), (0, 6), (7, 10)]]),
    ('=', 7, &[&[(0, 4), (7, 4)], &[(0, 8), (7, 8)]]),
    ('!', 1, &[&[(0, 0), (0, 8)], &[(0, 12), (0, 12)]]),
    (
        'k',
        6,
        &[&[(0, 0), (0, 12)], &[(6, 4), (0, 9)], &[(2, 7), (6, 12)]],
    ),
    (
        'M',
        9,
        &[&[(0, 12), (0, 0), (4, 7), (5, 7), (9, 0), (9, 12)]],
    ),
    (
        'G',
        8,
        &[&[
            (8, 2),
            (6, 0),
            (2, 0),
            (0, 2),
            (0, 10),
            (2, 12),
            (6, 12),
            (8, 10),
            (8, 7),
            (5, 7),
        ]],
    ),
];

fn glyph(c: char) -> Option<&'static Glyph> {
    GLYPHS.iter().find(|(of, _, _)| *of == c)
}

/// Returns how wide a text of a height is.
pub(super) fn width(text: &str, height: f32) -> f32 {
    let units: f32 = text.chars().map(advance).sum();
    (units - GAP).max(0.0) * height / GRID_HEIGHT
}

/// Writes a text of a height, with its upper left corner there. Characters that there are not
/// leave a blank.
pub(super) fn write(canvas: &mut Canvas, text: &str, at: (f32, f32), height: f32, ink: Colour) {
    let unit = height / GRID_HEIGHT;
    let mut left = at.0;
    for c in text.chars() {
        let strokes = glyph(c).map_or(&[][..], |(_, _, strokes)| strokes);
        for stroke in strokes {
            for pair in stroke.windows(2) {
                let place =
                    |(x, y): (i8, i8)| (left + f32::from(x) * unit, at.1 + f32::from(y) * unit);
                canvas.line(place(pair[0]), place(pair[1]), height / 7.0, ink);
            }
        }
        left += advance(c) * unit;
    }
}

fn advance(c: char) -> f32 {
    GAP + glyph(c).map_or(BLANK, |(_, width, _)| f32::from(*width))
}
