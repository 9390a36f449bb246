//! Signs in what other sides say that must not reach a log or an error.

/// Whether a terminal would obey this sign instead of showing it: a control, or one that turns the direction of what follows,
/// so that it reads otherwise than it is.
pub(crate) fn steers(sign: char) -> bool {
    let turns = matches!(sign, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}')
}
