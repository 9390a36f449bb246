//! Says why an answer is no reply.

use std::fmt;

use http::HeaderValue;
use http::header::{LOCATION, WWW_AUTHENTICATE};
use http::response::Parts;

use crate::transport::signs::steers;
use crate::transport::{TransportError, TransportErrorKind};

/// How many characters of an answer are quoted.
const QUOTED: usize = 200;

/// The error for an answer with this head and this beginning of a body.
pub(super) fn error(head: &Parts, body: &[u8], peer: impl fmt::Display) -> TransportError {
    let mut what = format!("{peer} answered HTTP {}", head.status);
    if head.status.is_redirection() {
        if let Some(location) = head.headers.get(LOCATION) {
            what += &format!(" to {}; redirects are not followed", text(location));
        }
    } else if let Some(scheme) = head.headers.get(WWW_AUTHENTICATE) {
        what += &format!(" (it wants {})", text(scheme));
    }
    let quoted = excerpt(body);
    if !quoted.is_empty() {
        what += &format!(": {quoted}");
    }
    TransportError::new(TransportErrorKind::Refused, what)
}

fn text(value: &HeaderValue) -> String {
    excerpt(value.as_bytes())
}

/// The beginning of a text on one line, without what could steer a terminal.
pub(super) fn excerpt(text: &[u8]) -> String {
    let mut quoted = String::new();
    // Four bytes are the longest character.
    let text = String::from_utf8_lossy(text.get(..QUOTED * 8).unwrap_or(text)).into_owned();
    for word in text.split(|sign: char| sign.is_whitespace() || steers(sign)).filter(|word| !word.is_empty()) {
        if !quoted.is_empty() {
            quoted.push(' ');
        }
        quoted.push_str(word);
    }
    if let Some((end, _)) = quoted.char_indices().nth(QUOTED) {
        quoted.truncate(end);
        quoted.push('…');
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_and_harmless() {
        assert_eq!(excerpt("  a\r\n\tb\x1b[31mc\x00\u{202e} ".as_bytes()), "a b [31mc");
        assert_eq!(excerpt(&[0xff, b'a']), "\u{fffd}a");
        let long = excerpt("é".repeat(5000).as_bytes());
        assert_eq!(long.chars().count(), QUOTED + 1);
        assert!(long.ends_with("é…"));
    }
}
