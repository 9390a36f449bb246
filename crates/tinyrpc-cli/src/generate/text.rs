//! Puts texts of a document into source files in such a way that they stay texts.

use std::fmt::Write as _;

use crate::signs;

/// The lines of documentation, without signs that end a comment, turn lines around or hide.
///
/// Runs of spaces become one, so that Markdown takes nothing for a block of code, which `cargo test` would run.
pub(super) fn lines(docs: &str) -> Vec<String> {
    let plain = |line: &str| {
        let words = line.split(|sign: char| sign.is_whitespace() || is_dangerous(sign)).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join(" ")
    };
    let mut lines: Vec<String> = docs.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).map(plain).collect();
    lines.dedup_by(|a, b| a.is_empty() && b.is_empty());
    let blank = |line: &&String| line.is_empty();
    let (start, end) = (lines.iter().take_while(blank).count(), lines.iter().rev().take_while(blank).count());
    lines.get(start..lines.len().saturating_sub(end)).unwrap_or_default().to_vec()
}

/// Signs that steer terminals or editors, and those that join invisibly.
fn is_dangerous(sign: char) -> bool {
    signs::steers(sign)
        || matches!(sign, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Puts each line between `before` and `after`; a line ends without spaces.
pub(super) fn commented(out: &mut String, lines: &[String], before: &str) {
    for line in lines {
        let line = format!("{before}{line}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

/// A line of Markdown for rustdoc: fences and HTML lose their meaning.
pub(super) fn rustdoc(line: &str) -> String {
    line.replace("```", "\\`\\`\\`").replace("~~~", "\\~\\~\\~").replace('<', "\\<")
}

/// A string literal: printable ASCII, and escapes as `escape` writes them for all else.
fn literal(text: &str, escape: impl Fn(u32) -> String) -> String {
    let mut out = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            ' '..='~' => out.push(sign),
            _ => out.push_str(&escape(sign.into())),
        }
    }
    out.push('"');
    out
}

/// A string literal of Rust or TypeScript, which agree.
pub(super) fn braced(text: &str) -> String {
    literal(text, |code| format!("\\u{{{code:x}}}"))
}

/// A string literal of Python.
pub(super) fn python(text: &str) -> String {
    literal(text, |code| if code > 0xffff { format!("\\U{code:08x}") } else { format!("\\u{code:04x}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_stays_on_its_lines() {
        assert_eq!(lines("\n\n a\u{2028}b\r\n\r\n\r\n    code\t x\u{202e}\n\n"), ["a", "b", "", "code x"]);
        assert!(lines(" \n").is_empty() && lines("").is_empty());
        assert_eq!(rustdoc("> ```rust <b>"), "> \\`\\`\\`rust \\<b>");
    }

    #[test]
    fn literals() {
        assert_eq!(braced("a\"\\\n\0é😀"), r#""a\"\\\n\u{0}\u{e9}\u{1f600}""#);
        assert_eq!(python("a\"\\\n\0é😀"), r#""a\"\\\n\u0000\u00e9\U0001f600""#);
    }
}
