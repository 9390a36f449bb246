//! Messages that are lent from a stream's buffer: the same as those that are given, whatever comes in whatever pieces.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::stream::{Framings, link};
use tokio::io::{AsyncRead, ReadBuf};

/// Gives these pieces one by one, with nothing to be had before each.
struct Pieces(VecDeque<Vec<u8>>, bool);

impl AsyncRead for Pieces {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.1 = !self.1;
        if self.1 {
            return Poll::Pending;
        }
        if let Some(mut piece) = self.0.pop_front() {
            let rest = piece.split_off(piece.len().min(into.remaining()));
            into.put_slice(&piece);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

type Read = (Result<Vec<u8>, TransportErrorKind>, bool);

/// All that a stream of these pieces holds, each message asked for in the way that `lends` says.
fn read(framing: &str, pieces: &[&[u8]], mut lends: impl FnMut() -> bool) -> Vec<Read> {
    let pieces = Pieces(pieces.iter().map(|piece| piece.to_vec()).collect(), false);
    let mut source = link(pieces, tokio::io::sink(), &Framings::named(framing).unwrap(), LONGEST).source;
    let (mut all, mut context) = (Vec::new(), Context::from_waker(Waker::noop()));
    for _ in 0..100_000 {
        let polled = match lends() {
            true => source.poll_lend(&mut context).map(|lent| lent.map(|lent| lent.map(|lent| lent.to_vec()))),
            false => source.poll_recv(&mut context).map(|given| given.map(|given| given.map(|given| given.to_vec()))),
        };
        match polled {
            Poll::Pending => {}
            Poll::Ready(None) => return all,
            Poll::Ready(Some(read)) => {
                let read = read.map_err(|error| error.kind());
                all.push((read, source.may_be_cut()));
            }
        }
    }
    panic!("{framing} does not end")
}

/// The longest message, in bytes.
const LONGEST: usize = 40;

fn stream(framing: &str, random: &mut fastrand::Rng) -> Vec<u8> {
    let mut stream = Vec::new();
    for _ in 0..random.usize(..40) {
        let length = if random.u8(..20) == 0 { random.usize(..30_000) } else { random.usize(..50) };
        match framing {
            "line" => {
                let texts: [&[u8]; 7] = [b"[", b"{", b"[]\r", b"", b" \t", b"\r", b"x"];
                stream.extend_from_slice(texts[random.usize(..texts.len())]);
                stream.extend(std::iter::repeat_n(b'y', if random.bool() { length } else { 0 }));
                stream.extend_from_slice(if random.u8(..5) == 0 { b"\r\n" } else { b"\n" });
            }
            "length" => {
                stream.extend_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
                stream.extend(std::iter::repeat_n(b'y', length));
            }
            _ => {
                let texts: [&[u8]; 7] = [
                    b"\x92\x01\x90",
                    b"\x94\x00\x07\xa1m\x90",
                    b"\xc0",
                    b"\x81\x01\x02",
                    b"\x91\xd9\x02xx",
                    b"\xdc\x00\x00",
                    b"\xa2yy",
                ];
                stream.extend_from_slice(texts[random.usize(..texts.len())]);
                if random.bool() {
                    stream.extend_from_slice(b"\xda");
                    stream.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
                    stream.extend(std::iter::repeat_n(b'y', length));
                }
            }
        }
    }
    // The end may be missing.
    stream.truncate(stream.len() - random.usize(..=stream.len().min(3)));
    stream
}

#[test]
fn what_is_lent_is_what_is_given() {
    let mut random = fastrand::Rng::with_seed(7);
    for framing in ["line", "length", "msgpack"] {
        let mut lent = 0;
        for _ in 0..2_000 {
            let stream = stream(framing, &mut random);
            let (mut pieces, mut rest) = (Vec::new(), &stream[..]);
            while !rest.is_empty() {
                let most = rest.len().min(if random.bool() { 20 } else { 20_000 });
                let (piece, after) = rest.split_at(random.usize(1..=most));
                pieces.push(piece);
                rest = after;
            }
            let given = read(framing, &pieces, || false);
            assert_eq!(read(framing, &pieces, || true), given);
            assert_eq!(read(framing, &pieces, || random.bool()), given);
            lent += given.iter().filter(|(read, _)| read.is_ok()).count();
        }
        assert!(lent > 1_000, "{framing}: {lent} messages");
    }
}
