//! Shows raw messages on standard error.

use std::fmt::Write as _;
use std::io::Write as _;

use tinyrpc::{Direction, Origin};

use crate::signs;

/// Prints a message that a client sent or got.
pub(crate) fn client(direction: Direction, _: &Origin, message: &[u8]) {
    print(direction, "", message);
}

/// Prints a message that a server got or sent, and who the other side is.
pub(crate) fn server(direction: Direction, origin: &Origin, message: &[u8]) {
    print(direction, &format!("{origin} "), message);
}

fn print(direction: Direction, who: &str, message: &[u8]) {
    let arrow = match direction {
        Direction::Received => "<--",
        Direction::Sent => "-->",
    };
    // Tracing must not end what it looks at.
    let _ = writeln!(std::io::stderr(), "{arrow} {who}{}", shown(message));
}

/// Text as text, with what would steer a terminal escaped; anything else in hexadecimal.
fn shown(message: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(message) {
        return signs::one_line(text).into_owned();
    }
    let mut out = String::with_capacity(message.len() * 3);
    for byte in message {
        // Writing to a string cannot fail.
        let _ = write!(out, "{}{byte:02x}", if out.is_empty() { "" } else { " " });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn text_is_text_and_the_rest_is_hexadecimal() {
        assert_eq!(shown("{\"grüße\"}\n\u{1b}[2J".as_bytes()), "{\"grüße\"}\\n\\u{1b}[2J");
        assert_eq!(shown(&[0x94, 0, 1, 0xa3]), "94 00 01 a3");
        assert_eq!(shown(b""), "");
    }
}
