//! The suite for transports that pair one reply with one message.

use std::sync::Arc;

use bytes::Bytes;
use tinyrpc::transport::{ClientTransport, Expect, Outgoing, TransportErrorKind};
use tinyrpc::{Id, Service, code};

use crate::conversation::{Way, hold};
use crate::served::watched;
use crate::soon;
use crate::wire::{Outcome, Wire, value};

/// Runs the suite with every protocol: `make` is to serve the service that it gets, which picks the protocol by the
/// media type, and to give a transport that leads there. The server may run until the runtime ends.
///
/// # Panics
/// When the transport does not do what it should.
pub async fn exchange<T: ClientTransport>(make: impl AsyncFn(Service) -> T) {
    for wire in Wire::all() {
        run(&make, &wire, true).await;
    }
}

/// The same for a medium that does not tell when nothing comes back, such as a message queue: whoever waits for a reply to
/// a notification there waits until he gives up.
///
/// # Panics
/// When the transport does not do what it should.
pub async fn exchange_untold<T: ClientTransport>(make: impl AsyncFn(Service) -> T) {
    for wire in Wire::all() {
        run(&make, &wire, false).await;
    }
}

/// The same with one protocol, which is the first and only one of the service, for transports without media types.
///
/// # Panics
/// When the transport does not do what it should, or there is no protocol of this name.
pub async fn exchange_of<T: ClientTransport>(protocol: &str, make: impl AsyncFn(Service) -> T) {
    let wire = Wire::all().into_iter().find(|wire| wire.name() == protocol).expect("the suite knows the protocol");
    run(&async |service: Service| make(service.speaking(Arc::clone(&wire.0))).await, &wire, true).await;
}

async fn run<T: ClientTransport>(make: &impl AsyncFn(Service) -> T, wire: &Wire, told: bool) {
    let (service, watch) = watched();
    let transport = soon("making the transport", make(service)).await;
    let way = Exchange { transport, wire: wire.clone() };
    hold(wire, &way, &watch).await;
    soon("limits", limits(wire, &way)).await;
    soon("what is expected", expectations(&way, told)).await;
}

struct Exchange<T> {
    transport: T,
    wire: Wire,
}

impl<T: ClientTransport> Exchange<T> {
    fn outgoing(&self, message: Bytes) -> Outgoing<'static> {
        Outgoing::new(message, self.wire.0.content_type())
    }

    async fn exchange(&self, message: Bytes) -> Option<Bytes> {
        let reply = self.transport.exchange(self.outgoing(message)).await;
        reply.expect("the exchange should succeed")
    }
}

impl<T: ClientTransport> Way for Exchange<T> {
    async fn call(&self, id: u64, message: Bytes) -> Outcome {
        let reply = self.exchange(message).await.expect("a call has a reply");
        let mut replies = self.wire.read(&reply);
        assert_eq!(replies.len(), 1);
        let (answered, outcome) = replies.remove(0);
        assert_eq!(answered, Some(Id::Number(id)));
        outcome
    }

    async fn notify(&self, message: Bytes) {
        let mut outgoing = self.outgoing(message);
        outgoing.expect = Expect::Nothing;
        let reply = self.transport.exchange(outgoing).await.expect("the exchange should succeed");
        assert_eq!(reply, None, "a notification has no reply");
    }

    async fn batch(&self, ids: &[u64], message: Bytes) -> Vec<Outcome> {
        if ids.is_empty() {
            self.notify(message).await;
            return Vec::new();
        }
        let reply = self.exchange(message).await.expect("a batch with calls has a reply");
        let mut replies = self.wire.read(&reply);
        assert_eq!(replies.len(), ids.len());
        let mut ordered = Vec::new();
        for id in ids {
            let place = replies.iter().position(|(answered, _)| *answered == Some(Id::Number(*id)));
            ordered.push(replies.remove(place.expect("each call has a reply")).1);
        }
        ordered
    }

    async fn broken(&self, message: Bytes) {
        let reply = self.exchange(message).await.expect("a broken message has a reply");
        let (id, outcome) = self.wire.read(&reply).remove(0);
        assert!(id.is_none_or(|id| id.is_null()));
        assert_eq!(outcome.expect_err("the reply is an error").code(), code::PARSE_ERROR);
    }
}

async fn limits<T: ClientTransport>(wire: &Wire, way: &Exchange<T>) {
    let message = wire.call(1, "repeat", ("x", 1_000));
    let length = way.exchange(message.clone()).await.expect("a call has a reply").len();
    let mut outgoing = way.outgoing(message.clone());
    outgoing.limit = length;
    let whole = way.transport.exchange(outgoing).await.expect("a reply as long as allowed is read");
    assert_eq!(whole.map(|reply| reply.len()), Some(length));
    let mut outgoing = way.outgoing(message);
    outgoing.limit = length - 1;
    let error = way.transport.exchange(outgoing).await.expect_err("a reply longer than allowed is not read");
    assert_eq!(error.kind(), TransportErrorKind::TooLarge);
    assert_eq!(value::<u64>(way.call(1, wire.call(1, "echo", [1])).await), 1);
}

/// A reply that was not expected is dropped, and one that does not come is no error.
async fn expectations<T: ClientTransport>(way: &Exchange<T>, told: bool) {
    way.notify(way.wire.call(1, "echo", [1])).await;
    let notification = way.wire.notification("hear", ());
    let silence = way.exchange(notification.clone());
    if told {
        assert_eq!(silence.await, None);
        if let Some(batch) = way.wire.batch(&[notification.clone(), notification]) {
            assert_eq!(way.exchange(batch).await, None);
        }
    } else {
        // It goes on waiting while others are served.
        tokio::select! {
            biased;
            reply = silence => assert_eq!(reply, None),
            reply = way.call(1, way.wire.call(1, "later", [1])) => assert_eq!(value::<u64>(reply), 1),
        }
    }
    assert_eq!(value::<u64>(way.call(2, way.wire.call(2, "echo", [2])).await), 2);
}
