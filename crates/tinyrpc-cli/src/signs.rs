//! Keeps what other sides say from steering the terminal that it is shown on.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

/// Signs that a terminal obeys instead of showing them: controls, and those that turn the direction of what follows, so that
/// it reads otherwise than it is.
pub(crate) fn steers(sign: char) -> bool {
    let turns = matches!(sign, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}')
}

/// Text with such signs escaped.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, steers, |sign, out| out.extend(sign.escape_default()))
}

/// The same with the ends of lines as they are.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |sign| steers(sign) && sign != '\n', |sign, out| out.extend(sign.escape_default()))
}

/// JSON with such signs escaped, which is the same JSON. `json` must be valid: then they stand in strings only, ends of lines
/// aside.
pub(crate) fn json(json: &str) -> Cow<'_, str> {
    let escape = |sign: char, out: &mut String| {
        // Writing to a string cannot fail. None of them needs more than four digits.
        let _ = write!(out, "\\u{:04x}", u32::from(sign));
    };
    escaped(json, |sign| steers(sign) && !matches!(sign, '\n' | '\r' | '\t'), escape)
}

fn escaped(text: &str, steers: impl Fn(char) -> bool, escape: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(&steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for sign in text.chars() {
        if steers(sign) {
            escape(sign, &mut out);
        } else {
            out.push(sign);
        }
    }
    Cow::Owned(out)
}

/// Writes what the log says to standard error. It gives whole lines.
pub(crate) struct Log;

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(lines(&String::from_utf8_lossy(text)).as_bytes())?;
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TURNS: &str =
        "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";

    #[test]
    fn what_would_steer_a_terminal_is_escaped() {
        assert_eq!(lines("usage\nmore"), "usage\nmore");
        assert_eq!(lines("closed: \u{1b}]0;x\u{7}\u{9b}é"), "closed: \\u{1b}]0;x\\u{7}\\u{9b}é");
        assert_eq!(one_line("a\nb\u{202e}c\u{2028}"), "a\\nb\\u{202e}c\\u{2028}");
        for sign in TURNS.chars() {
            assert_eq!(one_line(&sign.to_string()), sign.escape_default().to_string());
        }
        // What joins letters is a part of words.
        let words = "👩\u{200d}👧 نامه\u{200c}ای";
        assert_eq!(one_line(words), words);
    }

    #[test]
    fn json_stays_the_same_json() {
        let text = format!("{{\n  \"a\": \"\u{9b}2J\u{7f}{TURNS}ä\"\n}}");
        let shown = json(&text);
        assert!(shown.chars().all(|sign| sign == '\n' || !steers(sign)), "{shown}");
        assert!(
            shown.starts_with("{\n  \"a\": \"\\u009b2J\\u007f\\u061c\\u200e") && shown.ends_with("ä\"\n}"),
            "{shown}"
        );
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&shown), value(&text));
    }
}
