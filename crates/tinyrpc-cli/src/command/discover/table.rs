//! A table that fits the terminal: cells are wrapped, and where that leaves too little it becomes a list.

use std::io::{self, IsTerminal as _};

use unicode_width::UnicodeWidthStr as _;

use crate::signs;

/// What stands between columns.
const GAP: usize = 2;
/// Below this many columns a table of four is unreadable.
const NARROWEST: usize = 60;
/// A column is not made narrower than this as long as the first one can give.
const FEW: usize = 10;

/// The width to keep to: what `COLUMNS` says, or the terminal. None when nobody says.
pub(super) fn width() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(terminal_size::Width(width), _)| usize::from(width));
    said.or_else(|| io::stdout().is_terminal().then(terminal).flatten()).filter(|width| *width > 0)
}

/// On one line, and without what a terminal would obey.
pub(super) fn clean(text: &str) -> String {
    let words: Vec<_> = text.split(|sign: char| sign.is_whitespace() || signs::steers(sign)).collect();
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

pub(super) struct Table<const N: usize> {
    head: [&'static str; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(super) fn new(head: [&'static str; N]) -> Self {
        Self { head, rows: Vec::new() }
    }

    pub(super) fn add(&mut self, row: [String; N]) {
        self.rows.push(row.map(|cell| clean(&cell)));
    }

    pub(super) fn lines(&self, width: Option<usize>) -> Vec<String> {
        match width {
            Some(width) if width < NARROWEST => self.list(width),
            _ => self.table(width.unwrap_or(usize::MAX)),
        }
    }

    fn table(&self, width: usize) -> Vec<String> {
        let rows: Vec<_> = std::iter::once(self.head.map(str::to_owned)).chain(self.rows.iter().cloned()).collect();
        let natural: [usize; N] =
            std::array::from_fn(|column| rows.iter().map(|row| row[column].width()).max().unwrap_or(0));
        let widths = fitted(natural, width.saturating_sub(GAP * (N - 1)));
        rows.iter().flat_map(|row| laid_out(row, &widths)).collect()
    }

    /// One method after the other, each cell on lines of its own.
    fn list(&self, width: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for row in &self.rows {
            for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let (label, indent) = match column {
                    0 => (String::new(), 0),
                    _ => (format!("{}: ", self.head[column].to_lowercase()), GAP),
                };
                let room = width.saturating_sub(indent);
                let indented = |line: String| format!("{:indent$}{line}", "");
                lines.extend(wrapped(&format!("{label}{cell}"), room).into_iter().map(indented));
            }
        }
        lines
    }
}

/// Takes from the widest columns what is too much; from the first one, whose names people copy, last.
fn fitted<const N: usize>(mut widths: [usize; N], room: usize) -> [usize; N] {
    while widths.iter().fold(0_usize, |sum, width| sum.saturating_add(*width)) > room {
        let others = widths.iter_mut().skip(1).max().filter(|width| **width > FEW);
        let widest = match others {
            Some(widest) => Some(widest),
            None => widths.iter_mut().max(),
        };
        let Some(widest) = widest.filter(|width| **width > 1) else { break };
        *widest -= 1;
    }
    widths
}

/// The lines of one row.
fn laid_out<const N: usize>(row: &[String; N], widths: &[usize; N]) -> Vec<String> {
    let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| wrapped(cell, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let line = |at: usize| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let text = cell.get(at).map_or("", String::as_str);
            line.push_str(text);
            line.extend(std::iter::repeat_n(' ', (width + GAP).saturating_sub(text.width())));
        }
        line.trim_end().to_owned()
    };
    (0..height).map(line).collect()
}

/// Cuts at spaces, and inside a word only if it is wider than a whole line.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let wide = word.width();
        if used > 0 && used + 1 + wide > width {
            lines.push(String::new());
            used = 0;
        } else if used > 0 {
            lines.last_mut().into_iter().for_each(|line| line.push(' '));
            used += 1;
        }
        for sign in word.chars() {
            let wide = unicode_width::UnicodeWidthChar::width(sign).unwrap_or(0);
            if used > 0 && used + wide > width {
                lines.push(String::new());
                used = 0;
            }
            lines.last_mut().into_iter().for_each(|line| line.push(sign));
            used += wide;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<3> {
        let mut table = Table::new(["METHOD", "ARGUMENTS", "SUMMARY"]);
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        table.add(row(["add", "a: integer, b: integer", "Adds two integers, as long as the sum fits."]));
        table.add(row(["überlang", "", "日本語の説明"]));
        table
    }

    #[test]
    fn without_a_width_nothing_is_wrapped() {
        assert_eq!(
            table().lines(None),
            [
                "METHOD    ARGUMENTS               SUMMARY",
                "add       a: integer, b: integer  Adds two integers, as long as the sum fits.",
                "überlang                          日本語の説明",
            ]
        );
    }

    #[test]
    fn it_fits_any_width() {
        for width in 1..120 {
            let lines = table().lines(Some(width));
            let widest = lines.iter().map(|line| line.width()).max().unwrap();
            // A sign of two columns, or an indented one, needs what it needs.
            assert!(widest <= width.max(4), "{width}: {lines:#?}");
            let kept: String = lines.concat().split_whitespace().collect();
            assert!(kept.contains("überlang") && kept.contains("日本語の説明"), "{width}: {lines:#?}");
        }
        assert_eq!(
            table().lines(Some(60)),
            [
                "METHOD    ARGUMENTS               SUMMARY",
                "add       a: integer, b: integer  Adds two integers, as long",
                "                                  as the sum fits.",
                "überlang                          日本語の説明",
            ]
        );
        assert_eq!(table().lines(Some(30))[..2], ["add", "  arguments: a: integer, b:"]);
    }

    #[test]
    fn names_stay_whole_where_they_can() {
        assert_eq!(fitted([38, 60, 20, 80], 100), [38, 21, 20, 21]);
        assert_eq!(fitted([90, 60, 20, 80], 100), [70, 10, 10, 10]);
        assert_eq!(fitted([3, 3], 1), [1, 1]);
    }

    #[test]
    fn what_a_terminal_would_obey_is_taken_out() {
        assert_eq!(clean(" a\x1b[31m\tb\n\u{9b}c\u{202e} "), "a [31m b c");
    }
}
