//! Cuts what a child writes to standard error into lines, and keeps the last ones.

use std::collections::VecDeque;

use crate::transport::signs::steers;

/// How many lines are kept.
const LINES: usize = 10;

/// How much of a line is kept, in bytes.
const LONGEST: usize = 400;

/// The last lines. Takes little memory, whatever is written.
#[derive(Debug, Default)]
pub(super) struct Tail {
    lines: VecDeque<String>,
    /// The line that has not ended, as far as it is kept.
    open: Vec<u8>,
}

impl Tail {
    /// Adds what was written; `log` sees each line that it ends.
    pub(super) fn add(&mut self, written: &[u8], mut log: impl FnMut(&str)) {
        for part in written.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST.saturating_sub(self.open.len());
            let line = part.strip_suffix(b"\n").unwrap_or(part);
            self.open.extend_from_slice(line.get(..room.min(line.len())).unwrap_or_default());
            if line.len() < part.len() {
                self.end_line(&mut log);
            }
        }
    }

    /// Ends the last line.
    pub(super) fn end(&mut self, log: impl FnMut(&str)) {
        if !self.open.is_empty() {
            self.end_line(log);
        }
    }

    fn end_line(&mut self, mut log: impl FnMut(&str)) {
        let line: String = String::from_utf8_lossy(&self.open).chars().filter(|next| !steers(*next)).collect();
        self.open.clear();
        log(&line);
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// The last lines as one; empty when nothing was written.
    pub(super) fn text(&self) -> String {
        let lines: Vec<_> = self.lines.iter().map(String::as_str).filter(|line| !line.trim().is_empty()).collect();
        lines.join(" | ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_and_the_last_ones_kept() {
        let (mut tail, mut logged) = (Tail::default(), Vec::new());
        for part in ["o", "ne\ntwo", "\r\n\n\x1b[31mthr", "ee\u{202e}"] {
            tail.add(part.as_bytes(), |line| logged.push(line.to_owned()));
        }
        tail.end(|line| logged.push(line.to_owned()));
        assert_eq!(logged, ["one", "two", "", "[31mthree"]);
        assert_eq!(tail.text(), "one | two | [31mthree");
        for number in 0..100 {
            tail.add(format!("{number}\n").as_bytes(), |_| {});
        }
        assert_eq!(tail.text(), "90 | 91 | 92 | 93 | 94 | 95 | 96 | 97 | 98 | 99");
    }

    #[test]
    fn endless_lines_take_no_memory() {
        let mut tail = Tail::default();
        for _ in 0..1_000 {
            tail.add(&[b'x'; 10_000], |_| {});
        }
        tail.add(b"\n", |line| assert_eq!(line.len(), LONGEST));
        assert!(tail.open.capacity() <= 2 * LONGEST);
    }
}
