//! Follows the frames of a connection while they are read: knows when nothing of a message is outstanding, finds the end of
//! one that is too long, and makes binary frames of text frames for protocols that are not text.
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
    /// Whether that frame is a part of a message.
    is_data: bool,
    /// Whether parts of a message are still to come.
    fragmented: bool,
    /// How long the message is, as far as heads have told, and how long it may be; in bytes.
    length: u64,
    limit: u64,
    too_long: bool,
}

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const FIRST_CONTROL: u8 = 8;
const FIN: u8 = 0x80;

impl Frames {
    /// `bare` says whether text is to be taken for binary, `limit` how long a message may be.
    pub(super) fn new(bare: bool, limit: usize) -> Self {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let (is_data, fragmented, too_long) = (false, false, false);
        Self { bare, head: [0; 10], seen: 0, rest: 0, is_data, fragmented, length: 0, limit, too_long }
    }

    /// Whether all that has come are whole messages.
    pub(super) fn is_between_messages(&self) -> bool {
        self.seen == 0 && self.rest == 0 && !self.fragmented
    }

    /// Goes through bytes that were read, in place. Gives how many of them are for the reader: all, unless a message is found
    /// to be too long. Then the last is the end of the head of the frame that is too much, and what comes is to be
    /// [skipped](Self::skip).
    pub(super) fn pass(&mut self, bytes: &mut [u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() && !self.skips(&bytes[at..]) {
            let payload = usize::try_from(self.rest).unwrap_or(usize::MAX).min(bytes.len() - at);
            if payload > 0 {
                self.rest -= payload as u64;
                at += payload;
                continue;
            }
            if self.bare && self.seen == 0 && bytes[at] & 0x0f == TEXT {
                bytes[at] = bytes[at] & 0xf0 | BINARY;
            }
            self.take(bytes[at]);
            at += 1;
        }
        at
    }

    /// Whether a message that is too long has not come to its end.
    pub(super) fn is_too_long(&self) -> bool {
        self.too_long
    }

    /// Whether what comes next, of which this is known, is to be [skipped](Self::skip).
    pub(super) fn skips(&self, next: &[u8]) -> bool {
        let is_control = match (self.rest, self.seen) {
            (0, 0) => next.first().is_some_and(|first| is_control(*first)),
            (0, _) => is_control(self.head[0]),
            _ => !self.is_data,
        };
        self.too_long && !is_control
    }

    /// Goes through bytes of a message that is too long. Gives how many of them belong to it, and its length so far: the rest
    /// is for the reader, either because it is over or because a control frame stands between its parts.
    pub(super) fn skip(&mut self, bytes: &[u8]) -> (usize, u64) {
        let mut at = 0;
        while at < bytes.len() && self.too_long {
            let payload = usize::try_from(self.rest).unwrap_or(usize::MAX).min(bytes.len() - at);
            if payload > 0 {
                self.rest -= payload as u64;
                at += payload;
            } else if self.seen == 0 && is_control(bytes[at]) {
                break;
            } else {
                self.take(bytes[at]);
                at += 1;
            }
            if self.seen == 0 && self.rest == 0 && !self.fragmented {
                self.too_long = false;
            }
        }
        (at, self.length)
    }

    /// One more byte of a head.
    fn take(&mut self, byte: u8) {
        self.head[self.seen] = byte;
        self.seen += 1;
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
        self.rest = length.saturating_add(mask);
        self.seen = 0;
        self.is_data = !is_control(self.head[0]);
        if self.is_data {
            let before = if self.head[0] & 0x0f == CONTINUATION { self.length } else { 0 };
            self.length = before.saturating_add(length);
            self.too_long |= self.length > self.limit;
            self.fragmented = self.head[0] & FIN == 0;
        }
    }
}

fn is_control(first: u8) -> bool {
    first & 0x0f >= FIRST_CONTROL
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
            let (mut followed, mut given) = (Frames::new(true, 1 << 20), frames.clone());
            given.chunks_mut(size).for_each(|bytes| assert_eq!(followed.pass(bytes), bytes.len()));
            assert!(given == expected, "in pieces of {size}");
            let mut left = frames.clone();
            Frames::new(false, 1 << 20).pass(&mut left);
            assert!(left == frames, "text stays text where it is wanted");
        }
    }

    #[test]
    fn the_end_of_a_message_is_known() {
        let mut frames = Frames::new(false, 1 << 20);
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

    #[test]
    fn a_message_that_is_too_long_is_found_and_skipped_however_it_is_cut() {
        // Allowed; too long at once; too long in its second part, with a ping before and after that; allowed.
        let allowed = [0x82, 4, 1, 2, 3, 4];
        let parts = [&[0x02, 3, 1, 2, 3, 0x89, 1, 9, 0x00, 0x82, 1, 2, 3, 4, 8, 8, 0x8a, 0, 0x80, 0][..]].concat();
        let stream = [&allowed[..], &[0x82, 126, 0, 200], &[7; 200], &parts, &allowed].concat();
        let passed =
            [&allowed[..], &[0x82, 126, 0, 200], &[0x02, 3, 1, 2, 3, 0x89, 1, 9, 0x00, 0x82], &[0x8a, 0], &allowed];
        for size in [1, 2, 3, 7, 50, stream.len()] {
            let (mut frames, mut reader, mut lengths) = (Frames::new(false, 4), Vec::new(), Vec::new());
            for piece in stream.chunks(size) {
                let mut piece = piece.to_vec();
                while !piece.is_empty() {
                    if frames.skips(&piece) {
                        let (skipped, length) = frames.skip(&piece);
                        piece.drain(..skipped);
                        if !frames.is_too_long() {
                            lengths.push(length);
                        }
                    }
                    let taken = frames.pass(&mut piece);
                    reader.extend(piece.drain(..taken));
                }
            }
            assert_eq!((reader, lengths), (passed.concat(), vec![200, 5]), "in pieces of {size}");
            assert!(frames.is_between_messages());
        }
    }
}
