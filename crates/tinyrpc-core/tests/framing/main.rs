//! What every framing owes its callers, run over all of ours and over one written here as a stranger would.

mod each;
mod toy;

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use tinyrpc_core::framing::*;

/// A framing under test, and the messages that it can carry.
#[derive(Debug, Clone, Copy)]
struct Subject {
    make: fn(usize) -> Box<dyn Framing>,
    /// A message of about so many bytes.
    message: fn(usize) -> Vec<u8>,
    /// Whether a last message needs nothing after it.
    ends_with_stream: bool,
}

fn json_text(size: usize) -> Vec<u8> {
    match size {
        0 => b"[]".to_vec(),
        1 => b"7".to_vec(),
        2 => b"{\"a\\\"}]\": [{\"b\": null}, \"\\\\\", \"[{\", -1.5e3]}".to_vec(),
        3 => b"\"x\"".to_vec(),
        _ if size.is_multiple_of(2) => format!("[\"{}\"]", "y".repeat(size - 4)).into_bytes(),
        _ => format!("[{}0]", "[1],".repeat(size / 4)).into_bytes(),
    }
}

#[cfg(feature = "msgpack")]
fn msgpack_value(size: usize) -> Vec<u8> {
    use rmpv::Value;
    let value = match size {
        0 => Value::Array(vec![]),
        1 => Value::from(7),
        2 => Value::Map(vec![(Value::from("a"), Value::Ext(-1, vec![0; 12])), (Value::Nil, Value::F64(1.5))]),
        3 => Value::Binary(vec![0xc1; 3]),
        _ if size.is_multiple_of(2) => Value::Array(vec![Value::from("y".repeat(size))]),
        _ => Value::Array(vec![Value::Array(vec![Value::from(1)]); size / 2]),
    };
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &value).expect("a vector takes all");
    bytes
}

fn subjects() -> Vec<Subject> {
    let json = |make, ends_with_stream| Subject { make, message: json_text, ends_with_stream };
    vec![
        json(|limit| Box::new(Line::new(limit)), true),
        json(|limit| Box::new(Header::new(limit)), false),
        json(|limit| Box::new(Length::new(limit)), false),
        json(|limit| Box::new(Json::new(limit)), true),
        json(|limit| Box::new(toy::Nul::new(limit)), false),
        #[cfg(feature = "msgpack")]
        Subject { make: |limit| Box::new(MessagePack::new(limit)), message: msgpack_value, ends_with_stream: true },
    ]
}

fn framed<'a>(framing: &dyn Framing, messages: impl IntoIterator<Item = &'a Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::new();
    for message in messages {
        framing.encode(message, &mut out).expect("a message this framing carries");
    }
    out
}

type Outcome = Result<Bytes, FrameErrorKind>;

/// A connection that reads what it is fed.
struct Reading {
    framing: Box<dyn Framing>,
    buffer: BytesMut,
    seen: Vec<Outcome>,
    /// What may be left in the buffer between reads.
    bound: usize,
    /// Whether a fatal error has ended it.
    dead: bool,
}

impl Reading {
    fn new(subject: Subject, limit: usize) -> Self {
        Self::of((subject.make)(limit), limit)
    }

    fn of(framing: Box<dyn Framing>, limit: usize) -> Self {
        // The frame around a message, of which headers are the longest.
        let bound = limit + 8 * 1024 + 2;
        Self { framing, buffer: BytesMut::new(), seen: Vec::new(), bound, dead: false }
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        self.drain(|framing, buffer| {
            let peeked =
                framing.peek(buffer).map(|frame| (buffer[frame.message].to_vec(), buffer[frame.end..].to_vec()));
            let decoded = framing.decode(buffer);
            if let Some((message, rest)) = peeked {
                assert_eq!(decoded.as_ref().ok().and_then(Option::as_deref), Some(&message[..]), "{framing:?}");
                assert_eq!(buffer[..], rest[..], "{framing:?}");
            }
            decoded
        });
        assert!(self.buffer.len() <= self.bound, "{} bytes kept by {:?}", self.buffer.len(), self.framing);
    }

    fn finish(&mut self) {
        self.drain(|framing, buffer| framing.finish(buffer));
        assert!(self.buffer.is_empty(), "{:?}", self.framing);
    }

    fn drain(&mut self, mut next: impl FnMut(&mut dyn Framing, &mut BytesMut) -> Result<Option<Bytes>, FrameError>) {
        for _ in 0..1_000_000 {
            if self.dead {
                return self.buffer.clear();
            }
            match next(&mut *self.framing, &mut self.buffer) {
                Ok(Some(message)) => self.seen.push(Ok(message)),
                Ok(None) => return,
                Err(error) => {
                    self.seen.push(Err(error.kind()));
                    self.dead = error.is_fatal();
                }
            }
        }
        panic!("{:?} does not come to an end", self.framing);
    }
}

fn good(messages: &[Vec<u8>]) -> Vec<Outcome> {
    messages.iter().map(|message| Ok(Bytes::copy_from_slice(message))).collect()
}

#[test]
fn messages_arrive_as_they_were_sent_however_the_bytes_do() {
    for subject in subjects() {
        let messages: Vec<_> = (0..60).chain([200, 1001, 5000]).map(subject.message).collect();
        for chunk in [1, 2, 3, 7, 64, 4096, usize::MAX] {
            let mut reading = Reading::new(subject, 1 << 16);
            let bytes = framed(&*reading.framing, &messages);
            bytes.chunks(chunk.min(bytes.len())).for_each(|chunk| reading.feed(chunk));
            reading.finish();
            assert_eq!(reading.seen, good(&messages), "{chunk} {:?}", reading.framing);
        }
    }
}

#[test]
fn a_stream_that_stops_early_loses_only_its_last_message() {
    for subject in subjects() {
        let messages: Vec<_> = [2, 1, 5, 0, 8].map(subject.message).into();
        let framing = (subject.make)(100);
        let ends: Vec<_> = (0..=5).map(|count| framed(&*framing, &messages[..count]).len()).collect();
        let bytes = framed(&*framing, &messages);
        for cut in 0..=bytes.len() {
            let mut reading = Reading::new(subject, 100);
            reading.feed(&bytes[..cut]);
            reading.finish();
            let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            assert_eq!(reading.seen[..whole], good(&messages[..whole]), "{cut} {framing:?}");
            let more = &reading.seen[whole..];
            let at_end = ends.contains(&cut);
            match more {
                [] => assert!(at_end || framing.name() == "json", "{cut} {framing:?}"),
                // A last message that needs nothing after it, or on a line part of one.
                [Ok(part)] => assert!(subject.ends_with_stream && messages[whole].starts_with(part)),
                [Err(kind)] => assert!(*kind == FrameErrorKind::CutOff && !at_end, "{cut} {framing:?}"),
                _ => panic!("{cut} {framing:?} {more:?}"),
            }
        }
    }
}

#[test]
fn a_message_too_large_costs_itself_only() {
    for subject in subjects() {
        for size in [101, 102, 103, 104, 200, 1000, 1001, 100_000, 100_001] {
            let (large, small) = ((subject.message)(size), (subject.message)(40));
            assert!(large.len() > 100 && small.len() <= 100);
            let sent = [&small, &large, &small, &large, &large, &small];
            for chunk in [1, 5, 99, 1000, usize::MAX] {
                let mut reading = Reading::new(subject, 100);
                let bytes = framed(&*reading.framing, sent);
                bytes.chunks(chunk.min(bytes.len())).for_each(|chunk| reading.feed(chunk));
                reading.finish();
                let lost = || Err(FrameErrorKind::TooLarge);
                let kept = || Ok(Bytes::copy_from_slice(&small));
                let expected = [kept(), lost(), kept(), lost(), lost(), kept()];
                assert_eq!(reading.seen, expected, "{size} {chunk} {:?}", reading.framing);
            }
        }
    }
}

#[test]
fn the_limit_itself_is_allowed() {
    for subject in subjects() {
        for size in 4..200 {
            let message = (subject.message)(size);
            for (limit, expected) in [
                (message.len(), Ok(Bytes::copy_from_slice(&message))),
                (message.len() - 1, Err(FrameErrorKind::TooLarge)),
            ] {
                for chunk in [1, usize::MAX] {
                    let mut reading = Reading::new(subject, limit);
                    let bytes = framed(&*reading.framing, [&message]);
                    bytes.chunks(chunk.min(bytes.len())).for_each(|chunk| reading.feed(chunk));
                    reading.finish();
                    assert_eq!(reading.seen, std::slice::from_ref(&expected), "{size} {:?}", reading.framing);
                }
            }
        }
    }
}

#[test]
fn a_large_message_that_is_refused_takes_no_memory() {
    const CHUNK: usize = 64 * 1024;
    for subject in subjects() {
        // One long string, and very many small values.
        for size in [64 << 20, (16 << 20) + 1] {
            let mut reading = Reading::new(subject, 4096);
            let bytes = framed(&*reading.framing, [&(subject.message)(size), &(subject.message)(0)]);
            for chunk in bytes.chunks(CHUNK) {
                reading.feed(chunk);
                let room = reading.buffer.capacity();
                assert!(room <= 4 * (CHUNK + reading.bound), "{room} bytes held by {:?}", reading.framing);
            }
            reading.finish();
            let expected = [Err(FrameErrorKind::TooLarge), Ok((subject.message)(0).into())];
            assert_eq!(reading.seen, expected, "{:?}", reading.framing);
        }
    }
}

#[test]
fn a_refused_message_that_never_ends_is_no_second_error() {
    for subject in subjects() {
        let mut reading = Reading::new(subject, 100);
        let bytes = framed(&*reading.framing, [&(subject.message)(1000)]);
        reading.feed(&bytes[..500]);
        reading.finish();
        assert_eq!(reading.seen, [Err(FrameErrorKind::TooLarge)], "{:?}", reading.framing);
    }
}

#[test]
fn framing_what_cannot_be_framed_leaves_the_output_alone() {
    for subject in subjects() {
        let framing = (subject.make)(100);
        for message in [&b""[..], b" ", b"a\nb", b"a\r", b"a\0b"] {
            let mut out = b"before".to_vec();
            match framing.encode(message, &mut out) {
                Ok(()) => assert!(out.len() > b"before".len()),
                Err(error) => {
                    assert_eq!(error.kind(), FrameErrorKind::Unencodable);
                    assert!(!error.is_fatal());
                    assert_eq!(out, b"before");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn random_chunks_make_no_difference(
        sizes in prop::collection::vec(0..300usize, 0..20),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        for subject in subjects() {
            let messages: Vec<_> = sizes.iter().copied().map(subject.message).collect();
            let mut reading = Reading::new(subject, 10_000);
            let bytes = framed(&*reading.framing, &messages);
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            cuts.windows(2).for_each(|pair| reading.feed(&bytes[pair[0]..pair[1]]));
            reading.finish();
            prop_assert_eq!(&reading.seen, &good(&messages), "{:?}", reading.framing);
        }
    }

    #[test]
    fn noise_gets_the_same_treatment_however_it_arrives(
        pieces in prop::collection::vec(prop_oneof![
            any::<u8>().prop_map(|byte| vec![byte]),
            prop::sample::select(&b"[]{}\"\\ \n\r,1t:\0\x01\x91\xc1\xd9\xdd"[..]).prop_map(|byte| vec![byte]),
            Just(b"Content-Length: 3\r\n".to_vec()),
            Just(b"\r\n".to_vec()),
        ], 0..60),
        limit in 0..40usize,
        chunk in 1..9usize,
    ) {
        let bytes = pieces.concat();
        for subject in subjects() {
            // Which error a hopeless message gets may depend on how much of it was seen at once; the messages may not.
            let messages = |chunk: usize| {
                let mut reading = Reading::new(subject, limit);
                bytes.chunks(chunk).for_each(|chunk| reading.feed(chunk));
                reading.finish();
                reading.seen.into_iter().flatten().collect::<Vec<_>>()
            };
            let expected = messages(1);
            prop_assert!(expected.iter().all(|message| message.len() <= limit));
            prop_assert_eq!(&messages(chunk), &expected, "{:?}", subject);
            prop_assert_eq!(&messages(1000), &expected, "{:?}", subject);
        }
    }
}
