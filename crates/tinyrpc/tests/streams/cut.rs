//! Connections that are cut at every place of an exchange.

use std::sync::Arc;

use tinyrpc::peer::PeerSettings;
use tinyrpc::transport::stream::{Framings, link};
use tinyrpc::transport::{Shutdown, TransportErrorKind};
use tinyrpc::{Client, Id, Limits, Origin, Protocol, RpcError, protocol_named};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::support::{PAIRS, service, soon, transport_kind};

const CALLS: usize = 3;

/// What goes over the wire, and where each message ends.
struct Wire {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

fn wire(framing: &str, messages: impl IntoIterator<Item = Vec<u8>>) -> Wire {
    let framing = Framings::named(framing).unwrap().make(0);
    let mut wire = Wire { bytes: Vec::new(), ends: Vec::new() };
    for message in messages {
        framing.encode(&message, &mut wire.bytes).unwrap();
        wire.ends.push(wire.bytes.len());
    }
    wire
}

fn calls(protocol: &dyn Protocol) -> Vec<Vec<u8>> {
    let call = |id| {
        let mut out = Vec::new();
        let params = &mut |out: &mut Vec<u8>| protocol.codec().to_raw(&(1, 2), out);
        protocol.write_request(Some(&Id::Number(id)), "add", params, &mut out).unwrap();
        out
    };
    (1..=CALLS as u64).map(call).collect()
}

fn replies(protocol: &dyn Protocol) -> Vec<Vec<u8>> {
    let reply = |id: u64| {
        let mut out = Vec::new();
        if id == 2 {
            protocol.write_error(&Id::Number(id), &RpcError::new(99, "no"), &mut out);
        } else {
            protocol.open_result(&Id::Number(id), &mut out);
            protocol.codec().to_raw(&3, &mut out).unwrap();
            protocol.close_result(&Id::Number(id), &mut out);
        }
        out
    };
    // In reversed order, as any server may.
    (1..=CALLS as u64).rev().map(reply).collect()
}

fn client(end: DuplexStream, framing: &str, protocol: &Arc<dyn Protocol>) -> Client {
    let (reader, writer) = tokio::io::split(end);
    let link = link(reader, writer, &Framings::named(framing).unwrap(), 4 << 20);
    Client::over_with(link, Arc::clone(protocol), Limits::default(), PeerSettings::new())
}

#[tokio::test]
async fn every_call_ends_wherever_the_replies_are_cut() {
    for (name, framing) in PAIRS {
        let protocol = protocol_named(name).unwrap();
        let (asked, answered) = (wire(framing, calls(&*protocol)), wire(framing, replies(&*protocol)));
        for cut in 0..=answered.bytes.len() {
            let (here, mut there) = tokio::io::duplex(10_000);
            let client = client(here, framing, &protocol);
            let server = async {
                let mut read = vec![0; asked.bytes.len()];
                there.read_exact(&mut read).await.unwrap();
                assert!(read == asked.bytes);
                there.write_all(&answered.bytes[..cut]).await.unwrap();
                drop(there);
            };
            let calls = client.call_all::<i64, _>((0..CALLS).map(|_| ("add", (1, 2))));
            let (ended, ()) = soon(async { tokio::join!(calls, server) }).await;
            let whole = answered.ends.iter().filter(|end| **end <= cut).count();
            // The last line needs no end, nor does the last value when nothing but white space follows.
            let tolerated = answered.ends.iter().filter(|end| **end - 1 <= cut).count();
            let (mut got, mut lost) = (0, 0);
            for result in ended {
                match result {
                    Ok(sum) => {
                        assert_eq!(sum, 3);
                        got += 1;
                    }
                    Err(error) if error.is_remote() => got += 1,
                    Err(error) => {
                        assert_eq!(transport_kind(&error), Some(TransportErrorKind::Lost), "{error}");
                        lost += 1;
                    }
                }
            }
            assert_eq!(got + lost, CALLS);
            assert!(got == whole || got == tolerated, "{name} {framing}: {got} of {whole} replies when cut at {cut}");
        }
    }
}

#[tokio::test]
async fn a_server_answers_what_was_whole_wherever_the_calls_are_cut() {
    for (name, framing) in PAIRS {
        let protocol = protocol_named(name).unwrap();
        let asked = wire(framing, calls(&*protocol));
        let service = service().speaking(Arc::clone(&protocol));
        for cut in 0..=asked.bytes.len() {
            let (here, mut there) = tokio::io::duplex(10_000);
            let (reader, writer) = tokio::io::split(here);
            let serving =
                service.link(Origin::new("test"), link(reader, writer, &Framings::named(framing).unwrap(), 4 << 20));
            let asking = async {
                there.write_all(&asked.bytes[..cut]).await.unwrap();
                there.shutdown().await.unwrap();
                let mut read = Vec::new();
                there.read_to_end(&mut read).await.unwrap();
                read
            };
            let ((), read) = soon(async { tokio::join!(serving, asking) }).await;
            let whole = asked.ends.iter().filter(|end| **end <= cut).count();
            let tolerated = asked.ends.iter().filter(|end| **end - 1 <= cut).count();
            let mut framing = Framings::named(framing).unwrap().make(4 << 20);
            let (mut read, mut count) = (bytes::BytesMut::from(&read[..]), 0);
            while let Some(message) = framing.decode(&mut read).unwrap() {
                // A part of a line is no message, and not answered as one that is wrong.
                assert!(!message.windows(5).any(|part| part == b"error"), "{name} {cut}: {message:?}");
                count += 1;
            }
            assert!(count == whole || count == tolerated, "{name} {cut}: {count} of {whole} calls were answered");
        }
    }
}

/// A part of a line says nothing to those who cut it, but is news to those who wrote it as their last one.
#[tokio::test]
async fn a_last_line_that_is_wrong_is_answered_where_a_link_is_closed_by_halves() {
    for (halves, last, answered) in
        [(true, "{\"json", true), (false, "{\"json", false), (true, "{\"json\n", true), (false, "{\"json\n", true)]
    {
        let (here, mut there) = tokio::io::duplex(10_000);
        let (reader, writer) = tokio::io::split(here);
        let link = link(reader, writer, &Framings::named("line").unwrap(), 4 << 20);
        let settings = PeerSettings::new().with_answers_after_end(halves);
        let (_trigger, shutdown) = Shutdown::new();
        let service = service();
        let serving = service.link_until(&shutdown, Origin::new("test"), link, settings);
        let asking = async {
            there.write_all(last.as_bytes()).await.unwrap();
            there.shutdown().await.unwrap();
            let mut read = String::new();
            there.read_to_string(&mut read).await.unwrap();
            read
        };
        let ((), read) = soon(async { tokio::join!(serving, asking) }).await;
        assert_eq!(read.contains("-32700"), answered, "{halves} {last:?}: {read}");
    }
}

/// What is left of a later message must not end an earlier call as if that could not be read.
#[tokio::test]
async fn a_call_under_way_is_lost_when_another_one_is_cut() {
    let service = service();
    let (here, mut front) = tokio::io::duplex(10_000);
    let (mut back, there) = tokio::io::duplex(10_000);
    let protocol = protocol_named("jsonrpc").unwrap();
    let client = client(here, "line", &protocol);
    let (reader, writer) = tokio::io::split(there);
    let served = link(reader, writer, &Framings::named("line").unwrap(), 4 << 20);
    let serving = service.link(Origin::new("test"), served);
    let between = async {
        // The call, whole, and a part of what could have come after it.
        let mut read = [0; 1_000];
        let count = front.read(&mut read).await.unwrap();
        back.write_all(&read[..count]).await.unwrap();
        back.write_all(&read[..count / 2]).await.unwrap();
        back.shutdown().await.unwrap();
        let mut replies = Vec::new();
        back.read_to_end(&mut replies).await.unwrap();
        front.write_all(&replies).await.unwrap();
        drop(front);
    };
    let call = client.call::<()>("wait", ());
    let (ended, (), ()) = soon(async { tokio::join!(call, between, serving) }).await;
    assert_eq!(transport_kind(&ended.unwrap_err()), Some(TransportErrorKind::Lost));
}
