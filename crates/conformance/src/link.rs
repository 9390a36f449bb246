//! The suite for links: first the messages alone, then peers on them.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;
use tinyrpc::peer::{Peer, PeerSettings};
use tinyrpc::transport::{Link, TransportError, TransportErrorKind};
use tinyrpc::{Id, Origin, Service, code};
use tokio::task::JoinHandle;

use crate::conversation::{Way, hold};
use crate::served::{Watch, watched};
use crate::soon;
use crate::wire::{Outcome, Wire};

/// Runs the suite with every protocol: `make` is to give the two ends of a new link each time that it is called.
///
/// # Panics
/// When the link does not do what it should.
pub async fn link(make: impl AsyncFn() -> (Link, Link)) {
    for wire in Wire::all() {
        run(&make, &wire).await;
    }
}

/// The same with one protocol, for links that carry no other, such as those that end messages with a newline.
///
/// # Panics
/// When the link does not do what it should, or there is no protocol of this name.
pub async fn link_of(protocol: &str, make: impl AsyncFn() -> (Link, Link)) {
    let wire = Wire::all().into_iter().find(|wire| wire.name() == protocol);
    run(&make, &wire.expect("the suite knows the protocol")).await;
}

/// The suite for servers of links, run with every protocol: `make` is to serve the service that it gets, and to give a
/// link that leads there. The server may run until the runtime ends.
///
/// # Panics
/// When the server or the link does not do what it should.
pub async fn server(make: impl AsyncFn(Service) -> Link) {
    for wire in Wire::all() {
        serve(&make, &wire).await;
    }
}

/// The same with one protocol, which is the first and only one of the service.
///
/// # Panics
/// When the server or the link does not do what it should, or there is no protocol of this name.
pub async fn server_of(protocol: &str, make: impl AsyncFn(Service) -> Link) {
    let wire = Wire::all().into_iter().find(|wire| wire.name() == protocol);
    serve(&make, &wire.expect("the suite knows the protocol")).await;
}

async fn serve(make: &impl AsyncFn(Service) -> Link, wire: &Wire) {
    let (service, watch) = watched();
    let service = service.speaking(Arc::clone(&wire.0));
    let link = soon("making the link", make(service.clone())).await;
    // An end that serves nothing itself.
    let (peer, driver) = Peer::new(link, Arc::clone(&wire.0), None, Origin::new("suite"), PeerSettings::new());
    let (way, driver) = (OverLink { peer, wire: wire.clone() }, tokio::spawn(driver));
    hold(wire, &way, &watch).await;
    soon("the order of notifications", order(wire, &way, &watch)).await;
    way.peer.close();
    soon("closing", driver).await.expect("no panic").expect("closing is no failure");
}

async fn run(make: &impl AsyncFn() -> (Link, Link), wire: &Wire) {
    soon("messages one way", one_way(make, wire)).await;
    soon("a reader that comes late", late_reader(make, wire)).await;
    soon("closing", closing(make, wire)).await;
    soon("dropping", dropping(make, wire)).await;
    conversations(make, wire).await;
    soon("an end that goes away", cut(make, wire)).await;
}

async fn receive(link: &mut Link) -> Option<Result<Bytes, TransportError>> {
    poll_fn(|cx| link.source.poll_recv(cx)).await
}

async fn flush(link: &mut Link) {
    poll_fn(|cx| link.sink.poll_flush(cx)).await.expect("the link takes what is sent");
}

fn messages(wire: &Wire) -> Vec<Bytes> {
    let lengths = (0..200).chain([1_000, 4_095, 4_096, 65_535, 65_536, 70_000, 300_000]);
    lengths.map(|length| wire.call(length as u64, "m", ["ä".repeat(length)])).collect()
}

/// Whatever is sent comes out whole and in order, however it is flushed.
async fn one_way(make: &impl AsyncFn() -> (Link, Link), wire: &Wire) {
    let (mut here, mut there) = make().await;
    let all = messages(wire);
    let sending = async {
        for (index, message) in all.iter().enumerate() {
            here.sink.send(message).expect("the link carries this message");
            if index % 7 == 0 {
                flush(&mut here).await;
            }
        }
        flush(&mut here).await;
        assert_eq!(here.sink.buffered(), 0, "after a flush nothing is left");
    };
    let receiving = async {
        for (index, expected) in all.iter().enumerate() {
            // It may be lent instead.
            if index % 5 < 2 {
                let same = poll_fn(|cx| {
                    let lent = there.source.poll_lend(cx);
                    lent.map(|lent| lent.expect("the link goes on").expect("the message is good")[..] == expected[..])
                });
                assert!(same.await, "a message of {} bytes was lent changed", expected.len());
                continue;
            }
            // Whoever polls and gives up loses nothing.
            let polled = poll_fn(|cx| std::task::Poll::Ready(there.source.poll_recv(cx))).await;
            let message = match polled {
                std::task::Poll::Ready(message) => message,
                std::task::Poll::Pending => receive(&mut there).await,
            };
            let message = message.expect("the link goes on").expect("the message is good");
            assert!(message == *expected, "a message of {} bytes came out changed", expected.len());
        }
    };
    tokio::join!(sending, receiving);
    // The other direction is another one.
    let reply = wire.call(1, "back", ());
    there.sink.send(&reply).expect("the link carries this message");
    let (_, back) = tokio::join!(flush(&mut there), receive(&mut here));
    assert_eq!(back.expect("the link goes on").expect("the message is good"), reply);
}

/// Nothing is lost while nobody reads, and the sender is held up at last.
async fn late_reader(make: &impl AsyncFn() -> (Link, Link), wire: &Wire) {
    let (mut here, mut there) = make().await;
    let message = wire.call(1, "m", ["x".repeat(60_000)]);
    let mut sent = 0_usize;
    // No medium between two ends holds this much.
    let bound = (256 << 20) / message.len();
    while sent < bound {
        here.sink.send(&message).expect("the link carries this message");
        sent += 1;
        let mut full = true;
        for _ in 0..100 {
            if poll_fn(|cx| std::task::Poll::Ready(here.sink.poll_flush(cx))).await.is_ready() {
                full = false;
                break;
            }
            tokio::task::yield_now().await;
        }
        if full {
            break;
        }
    }
    assert!(sent < bound, "a reader that does not read must hold the sender up");
    assert!(here.sink.buffered() > 0, "what the medium does not take counts as buffered");
    let receiving = async {
        for _ in 0..sent {
            let received = receive(&mut there).await.expect("the link goes on").expect("the message is good");
            assert!(received == message);
        }
    };
    tokio::join!(flush(&mut here), receiving);
}

/// The other end gets all that was sent, and then the end.
async fn closing(make: &impl AsyncFn() -> (Link, Link), wire: &Wire) {
    let (mut here, mut there) = make().await;
    let all = messages(wire);
    let sending = async {
        for message in &all {
            here.sink.send(message).expect("the link carries this message");
        }
        poll_fn(|cx| here.sink.poll_close(cx)).await.expect("the link can be closed");
    };
    let receiving = async {
        for expected in &all {
            let message = receive(&mut there).await.expect("the rest is to come").expect("the message is good");
            assert!(message == *expected, "a message of {} bytes came out changed", expected.len());
        }
        assert!(receive(&mut there).await.is_none(), "an end that was closed comes to an end");
    };
    tokio::join!(sending, receiving);
    if let Err(error) = there.sink.send(&wire.call(1, "m", ())) {
        is_gone(&error);
    }
}

/// The error says that the other side is gone. That this one was closed would be another matter.
fn is_gone(error: &TransportError) {
    let gone = matches!(error.kind(), TransportErrorKind::Lost | TransportErrorKind::Unreachable);
    assert!(gone, "the other side is gone, and not: {error:?}");
}

/// An end that is dropped ends the other one, as a break or as an end.
async fn dropping(make: &impl AsyncFn() -> (Link, Link), wire: &Wire) {
    let (here, mut there) = make().await;
    drop(here);
    assert!(!matches!(receive(&mut there).await, Some(Ok(_))), "nothing was sent");
    // Writing may succeed at first, but not for ever.
    let message = wire.call(1, "m", ["x".repeat(60_000)]);
    for _ in 0..1_000 {
        let sent = match there.sink.send(&message) {
            Ok(()) => poll_fn(|cx| there.sink.poll_flush(cx)).await,
            refused => refused,
        };
        if let Err(error) = sent {
            return is_gone(&error);
        }
        tokio::task::yield_now().await;
    }
    panic!("60 MB were written to nobody");
}

/// A peer on one end of the link, as a way to the service on the other end.
struct OverLink {
    peer: Peer,
    wire: Wire,
}

impl Way for OverLink {
    async fn call(&self, id: u64, message: Bytes) -> Outcome {
        self.peer.call(Id::Number(id), message).await.expect("the call is answered")
    }

    async fn notify(&self, message: Bytes) {
        self.peer.notify(message).await.expect("the notification is sent");
    }

    async fn batch(&self, ids: &[u64], message: Bytes) -> Vec<Outcome> {
        let ids = ids.iter().map(|id| Id::Number(*id)).collect();
        let replies = self.peer.batch(ids, message).await.expect("the batch is sent");
        replies.into_iter().map(|reply| reply.expect("each call is answered")).collect()
    }

    /// A link only has to carry on: its framing may find that this is no message before anybody can answer. It must be
    /// a whole value for those that end messages where values end.
    async fn broken(&self, _: Bytes) {
        let nonsense = match self.wire.name() {
            "jsonrpc" => Bytes::from_static(b"[]"),
            _ => Bytes::from_static(b"\x90"),
        };
        let error = self.peer.call(Id::Number(1), nonsense).await.expect("it is answered");
        assert_eq!(error.expect_err("by an error").code(), code::INVALID_REQUEST);
    }
}

type Driver = JoinHandle<Result<(), TransportError>>;

fn start(link: Link, wire: &Wire, service: Service) -> (OverLink, Driver) {
    let settings = PeerSettings::new();
    let (peer, driver) = Peer::new(link, Arc::clone(&wire.0), Some(service), Origin::new("suite"), settings);
    (OverLink { peer, wire: wire.clone() }, tokio::spawn(driver))
}

struct Pair {
    one: (OverLink, Driver),
    two: (OverLink, Driver),
    /// What is served at the end of `one`, and at that of `two`.
    watches: (Watch, Watch),
}

async fn peers(make: &impl AsyncFn() -> (Link, Link), wire: &Wire) -> Pair {
    let (here, there) = soon("making the link", make()).await;
    let ((served_here, watch_here), (served_there, watch_there)) = (watched(), watched());
    let (one, two) = (start(here, wire, served_here), start(there, wire, served_there));
    Pair { one, two, watches: (watch_here, watch_there) }
}

/// One end serves the other, and then both do at once.
async fn conversations(make: &impl AsyncFn() -> (Link, Link), wire: &Wire) {
    let Pair { one, two, watches } = peers(make, wire).await;
    hold(wire, &one.0, &watches.1).await;
    tokio::join!(hold(wire, &one.0, &watches.1), hold(wire, &two.0, &watches.0));
    soon("the order of notifications", order(wire, &one.0, &watches.1)).await;
    one.0.peer.close();
    soon("closing", one.1).await.expect("no panic").expect("closing is no failure");
    soon("being closed", two.1).await.expect("no panic").expect("being closed is no failure");
    assert!(two.0.peer.is_closed());
}

/// A call finds the notifications done that were sent before it.
async fn order(wire: &Wire, way: &OverLink, watch: &Watch) {
    let before = watch.heard_now();
    for round in 1..=50 {
        way.notify(wire.notification("hear", ())).await;
        let heard = way.call(round, wire.call(round, "heard", ())).await;
        assert_eq!(crate::wire::value::<u64>(heard), before as u64 + round);
    }
}

/// Calls that wait when the other end goes away end with an error.
async fn cut(make: &impl AsyncFn() -> (Link, Link), wire: &Wire) {
    let Pair { one, two, watches } = peers(make, wire).await;
    let call = one.0.peer.call(Id::Number(1), wire.call(1, "never", ()));
    let cutting = async {
        // The other end is surely at work on what it got before.
        one.0.notify(wire.notification("hear", ())).await;
        watches.1.heard(1).await;
        two.1.abort();
    };
    let (reply, ()) = tokio::join!(call, cutting);
    assert!(reply.is_err(), "a lost connection ends the call");
    let _ = one.1.await.expect("no panic");
}
