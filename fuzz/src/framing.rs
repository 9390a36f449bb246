//! Framings: however the bytes arrive, the same messages come out, and memory stays bounded.

use bytes::{Bytes, BytesMut};
use tinyrpc_alloc_counter::measure;
use tinyrpc_core::framing::{Framing, Header, Json, Length, Line, MessagePack};

/// More than any frame adds to its message: the headers of one.
const FRAME: usize = 8 * 1024 + 2;

/// The first byte picks the framing, the second the limit, the third how the rest arrives, and the rest is the stream.
///
/// # Panics
/// If a promise is broken.
pub fn check(data: &[u8]) {
    let [kind, limit, chunk, stream @ ..] = data else { return };
    let limit = [0, 1, 7, 100, 1000, 1 << 20][usize::from(*limit) % 6];
    let make = || framing(*kind, limit);
    let (at_once, _) = decode(&mut *make(), limit, stream, stream.len().max(1));
    let (in_parts, counts) = measure(|| decode(&mut *make(), limit, stream, 1 + usize::from(*chunk) % 16).0);
    assert_eq!(at_once, in_parts, "the messages depend on how the bytes arrive");
    // What came out, twice for lists that grow, and what waits.
    let delivered: usize = in_parts.messages.iter().map(|message| message.len() + 64).sum();
    let most = 4 * (delivered + limit.min(stream.len()) + FRAME) + 4096;
    assert!(counts.peak <= i64::try_from(most).unwrap_or(i64::MAX), "{} of {most} bytes held", counts.peak);
    carried(&*make(), &mut *framing(*kind, stream.len()), *kind, stream);
}

fn framing(kind: u8, limit: usize) -> Box<dyn Framing> {
    match kind % 5 {
        0 => Box::new(Line::new(limit)),
        1 => Box::new(Header::new(limit)),
        2 => Box::new(Length::new(limit)),
        3 => Box::new(Json::new(limit)),
        _ => Box::new(MessagePack::new(limit)),
    }
}

/// What has come out of a stream.
#[derive(Debug, PartialEq)]
struct Decoded {
    messages: Vec<Bytes>,
    fatal: bool,
}

/// Decodes the stream as it arrives in chunks of this size; also gives how many errors there were.
fn decode(framing: &mut dyn Framing, limit: usize, stream: &[u8], chunk: usize) -> (Decoded, usize) {
    let mut decoded = Decoded { messages: Vec::new(), fatal: false };
    let (mut buffer, mut errors) = (BytesMut::new(), 0);
    let mut chunks = stream.chunks(chunk);
    loop {
        let arrived = chunks.next();
        buffer.extend_from_slice(arrived.unwrap_or_default());
        loop {
            let next = if arrived.is_some() { framing.decode(&mut buffer) } else { framing.finish(&mut buffer) };
            match next {
                Ok(Some(message)) => {
                    assert!(message.len() <= limit, "a message over the limit");
                    decoded.messages.push(message);
                }
                Ok(None) => break,
                Err(error) => {
                    errors += 1;
                    decoded.fatal = error.is_fatal();
                    if decoded.fatal {
                        return (decoded, errors);
                    }
                }
            }
            assert!(decoded.messages.len() + errors <= 2 * stream.len() + 2, "more came out than went in");
        }
        assert!(buffer.len() <= limit.saturating_add(FRAME), "{} bytes wait", buffer.len());
        if arrived.is_none() {
            assert!(buffer.is_empty(), "bytes are left after the end");
            return (decoded, errors);
        }
    }
}

/// A message that a framing takes comes out of it again.
fn carried(writer: &dyn Framing, reader: &mut dyn Framing, kind: u8, message: &[u8]) {
    let mut framed = b"before".to_vec();
    let taken = writer.encode(message, &mut framed);
    let framed = framed.strip_prefix(b"before").expect("what was there stays");
    if taken.is_err() {
        assert!(framed.is_empty(), "nothing half-written is left");
        return;
    }
    // Those that look for the end of a value need one.
    let (message, is_one) = match kind % 5 {
        3 => (message.trim_ascii(), serde_json::from_slice::<serde::de::IgnoredAny>(message).is_ok()),
        4 => {
            let mut rest = message;
            let read = rmpv::decode::read_value(&mut rest).is_ok() && rest.is_empty();
            (message, read && !message.contains(&0xc1))
        }
        _ => (message, true),
    };
    if is_one {
        let (decoded, errors) = decode(reader, message.len().max(1), framed, framed.len().max(1));
        assert_eq!((decoded.messages, errors), (vec![Bytes::copy_from_slice(message)], 0));
    }
}
