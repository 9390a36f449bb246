//! Follows the frames of a connection while they are read: knows when nothing of a message is outstanding, and makes binary
//! frames of text frames for protocols that are not text.
//!
//! The frame reader insists on UTF-8 in text. Python tinyrpc's client sends everything as text, MessagePack as well.

/// Where in the stream of frames the next byte is.
#[derive(Debug)]
pub(super) struct Frames {
    /// Whether text is to be taken for binary.
    bare: bool,
    /// The part of a frame's head that has been seen; without the mask, which is skipped with the payload.
    head: [u8; 10],
    seen: usize,
    /// How much of the frame is still to come after its head.
    rest: u64,
    /// Whether parts of a message are still to come.
    fragmented: bool,
}

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const FIRST_CONTROL: u8 = 8;
const FIN: u8 = 0x80;

impl Frames {
    /// `bare` says whether text is to be taken for binary.
    pub(super) fn new(bare: bool) -> Self {
        Self { bare, head: [0; 10], seen: 0, rest: 0, fragmented: false }
    }

    /// Whether all that has come are whole messages.
    pub(super) fn is_between_messages(&self) -> bool {
        self.seen == 0 && self.rest == 0 && !self.fragmented
    }

    /// Goes through bytes that were read, in place.
    pub(super) fn pass(&mut self, mut bytes: &mut [u8]) {
        while !bytes.is_empty() {
            let skip = usize::try_from(self.rest).unwrap_or(usize::MAX).min(bytes.len());
            if skip > 0 {
                self.rest -= skip as u64;
                bytes = &mut bytes[skip..];
                continue;
            }
            if self.bare && self.seen == 0 && bytes[0] & 0x0f == TEXT {
                bytes[0] = bytes[0] & 0xf0 | BINARY;
            }
            self.head[self.seen] = bytes[0];
            self.seen += 1;
            bytes = &mut bytes[1..];
            self.end_of_head();
        }
    }

    fn end_of_head(&mut self) {
        let Some(short) = (self.seen >= 2).then_some(self.head[1] & 0x7f) else { return };
        let extended = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if self.seen < 2 + extended {
            return;
        }
        let length = match extended {
            0 => u64::from(short),
            _ => self.head[2..2 + extended].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
        };
        let mask = if self.head[1] & 0x80 != 0 { 4 } else { 0 };
        // A length beyond the limit ends the connection in the frame reader.
        self.rest = length.saturating_add(mask);
        if self.head[0] & 0x0f < FIRST_CONTROL {
            self.fragmented = self.head[0] & FIN == 0;
        }
        self.seen = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_byte_of_a_text_frame_changes_however_it_is_cut() {
        let mut frames = vec![0x81, 0x85, 1, 2, 3, 4, 0x81, 0x81, 0x81, 0x81, 0x81];
        frames.extend([0x89, 0x00, 0x01, 0x00, 0x80, 0x01, 0x81]);
        frames.extend([0x81, 126, 0, 200]);
        frames.extend([0x81; 200]);
        frames.extend([0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        frames.extend(std::iter::repeat_n(0x81, 65_536));
        frames.extend([0x81, 0]);
        let mut expected = frames.clone();
        for (at, to) in [(0, 0x82), (13, 0x02), (18, 0x82), (222, 0x82), (65_768, 0x82)] {
            expected[at] = to;
        }
        for size in [1, 2, 3, 7, 4_096, frames.len()] {
            let (mut followed, mut given) = (Frames::new(true), frames.clone());
            given.chunks_mut(size).for_each(|bytes| followed.pass(bytes));
            assert!(given == expected, "in pieces of {size}");
            let mut left = frames.clone();
            Frames::new(false).pass(&mut left);
            assert!(left == frames, "text stays text where it is wanted");
        }
    }

    #[test]
    fn the_end_of_a_message_is_known() {
        let mut frames = Frames::new(false);
        assert!(frames.is_between_messages());
        // A message in two parts, with a ping between them, and a masked one.
        let mut bytes = vec![0x01, 0x01, b'a', 0x89, 0x00, 0x80, 0x01, b'b', 0x82, 0x81, 1, 2, 3, 4, b'c'];
        let mut between = Vec::new();
        for (at, byte) in bytes.iter_mut().enumerate() {
            frames.pass(std::slice::from_mut(byte));
            if frames.is_between_messages() {
                between.push(at);
            }
        }
        assert_eq!(between, [7, 14]);
    }
}
