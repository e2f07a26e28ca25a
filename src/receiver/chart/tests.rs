//! Charts, pixel by pixel where it matters.

use super::*;

fn chart() -> Chart {
    let minute = |text: &str| text.parse::<Minute>().unwrap();
    let value = |n: i32| -> Decimal { n.to_string().parse().unwrap() };
    let mut values: Vec<Option<Decimal>> = (0..45).map(|n| Some(value(1 + n % 3))).collect();
    values.extend((0..15).map(|n| Some(value(12 + 2 * n))));
    values[20] = None;
    values[22] = None;
    Chart {
        alert: "a1b2".to_owned(),
        name: "5xx".to_owned(),
        begin: minute("2026-11-22T09:14:00Z"),
        values,
        is_percent: true,
        threshold: Some(Threshold {
            comparator: ">".to_owned(),
            value: value(10),
        }),
        firing: Some((
            minute("2026-11-22T10:00:00Z"),
            minute("2026-11-22T10:13:00Z"),
        )),
    }
}

/// Takes a picture of ours apart: its size, and its pixels.
fn decoded(png: &[u8]) -> (usize, usize, Vec<[u8; 3]>) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| {
        let number = u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        usize::try_from(number).unwrap()
    };
    let (width, height) = (number(16), number(20));
    assert_eq!(&png[24..29], [8, 2, 0, 0, 0]);
    let length = number(33);
    assert_eq!(&png[37..41], b"IDAT");
    let packed = &png[41..41 + length];
    let mut rows = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(packed), &mut rows).unwrap();
    let mut above = vec![0_u8; width * 3];
    let mut pixels = Vec::new();
    for row in rows.chunks(width * 3 + 1) {
        assert_eq!(row[0], 2);
        for (up, difference) in above.iter_mut().zip(&row[1..]) {
            *up = up.wrapping_add(*difference);
        }
        pixels.extend(above.chunks(3).map(|p| [p[0], p[1], p[2]]));
    }
    assert_eq!(pixels.len(), width * height);
    (width, height, pixels)
}

#[test]
fn a_chart_has_values_threshold_and_firing_span_where_they_belong() {
    let (width, _, pixels) = decoded(&chart().png());
    let at = |x: usize, y: usize| pixels[y * width + x];
    let is = |colour: Colour| [colour.0, colour.1, colour.2];
    // Before it fired the field is paper, while it fired it is shaded, outside it is paper.
    assert_eq!(at(300, 30), is(PAPER));
    assert_eq!(at(620, 30), is(FIRING));
    assert_eq!(at(300, 325), is(PAPER));
    // Of a scale to 40 %, the threshold of 10 % is at a quarter of the field's height.
    let y = 210;
    let red = (200..700).filter(|x| at(*x, y) == is(THRESHOLD)).count();
    assert!((200..450).contains(&red), "{red}");
    let blue = pixels.iter().filter(|p| **p == is(VALUE)).count();
    assert!((1_000..6_000).contains(&blue), "{blue}");
    // There are labels beside and below the field.
    let ink = |xs: std::ops::Range<usize>, ys: std::ops::Range<usize>| {
        ys.flat_map(|y| xs.clone().map(move |x| (x, y)))
            .filter(|(x, y)| at(*x, *y) == is(INK))
            .count()
    };
    assert!(ink(0..90, 0..300) > 200);
    assert!(ink(100..720, 285..330) > 300);
}

#[test]
fn the_same_numbers_are_the_same_picture_and_a_small_one() {
    let png = chart().png();
    assert_eq!(png, chart().png());
    assert!(png.len() < 30_000, "{}", png.len());
}

#[test]
fn whatever_the_numbers_are_there_is_a_picture_of_the_size() {
    let huge: Decimal = "999999999".parse().unwrap();
    let minute: Minute = "2026-11-22T10:00:00Z".parse().unwrap();
    let cases: [Vec<Option<Decimal>>; 5] = [
        Vec::new(),
        vec![None],
        vec![Some(huge)],
        vec![Some(Decimal::ZERO), None, Some(huge)],
        vec![Some(huge); MINUTES_MAX],
    ];
    for values in cases {
        let chart = Chart {
            values,
            firing: Some((minute, minute)),
            ..chart()
        };
        let (width, height, _) = decoded(&chart.png());
        assert_eq!((width, height), (WIDTH, HEIGHT));
    }
    let empty = Chart {
        values: vec![None; 60],
        ..chart()
    };
    assert!(!empty.is_worth_showing());
    assert!(chart().is_worth_showing());
}

#[test]
fn every_character_of_a_label_can_be_written() {
    for c in "0123456789%.:-<>=!kMG".chars() {
        let mut canvas = Canvas::new(40, 40, PAPER);
        glyphs::write(&mut canvas, &c.to_string(), (4.0, 4.0), 22.0, INK);
        assert!(canvas.pixels().iter().any(|b| *b < 0x60), "{c}");
    }
}
