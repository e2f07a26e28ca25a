//! Tables for a screen of 80 columns.

use std::io::{self, Write as _};

/// How wide a table is at the most, in characters.
const WIDTH: usize = 80;
/// The least that a column is cut to, so that it still says something.
const CELL_MIN: usize = 8;

/// Prints rows under their heads. Where they are too wide, the widest column is cut.
///
/// # Errors
///
/// Standard output is closed.
pub fn print<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines(heads, rows) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn lines<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> Vec<String> {
    let mut widths = heads.map(|head| head.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let between = 2 * N.saturating_sub(1);
    while WIDTH < widths.iter().sum::<usize>() + between {
        let Some(widest) = widths.iter_mut().max().filter(|w| CELL_MIN < **w) else {
            break;
        };
        *widest -= 1;
    }
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let cut = cut(cell, width);
            let pad = width - cut.chars().count();
            line.push_str(&cut);
            line.extend(std::iter::repeat_n(' ', pad + 2));
        }
        line.trim_end().to_owned()
    };
    let head = line(heads).to_uppercase();
    let rows = rows
        .iter()
        .map(|row| line(std::array::from_fn(|at| row[at].as_str())));
    std::iter::once(head).chain(rows).collect()
}

/// Returns a text on one line, with `…` where it is cut.
fn cut(text: &str, width: usize) -> String {
    let mut line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if width < line.chars().count() {
        line = line.chars().take(width.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}

/// Returns the beginning of an id by which a person names it.
pub fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_a_screen_and_the_widest_column_gives_way() {
        let rows = [
            ["a".to_owned(), "x".repeat(100), "short".to_owned()],
            ["b".to_owned(), "y\u{1b}[31m".to_owned(), String::new()],
        ];
        let lines = lines(["id", "what", "end"], &rows);
        assert_eq!(lines[0], format!("{:<4}{:<71}END", "ID", "WHAT"));
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
        assert!(lines[1].contains("…  short"), "{}", lines[1]);
        assert!(lines[2].starts_with("b   y [31m"), "{}", lines[2]);
    }

    #[test]
    fn many_wide_columns_are_not_cut_to_nothing() {
        let rows = [std::array::from_fn::<_, 12, _>(|_| "z".repeat(30))];
        let lines = lines([""; 12], &rows);
        assert!(lines[1].starts_with("zzzzzzz…  zzzzzzz…"));
    }
}
