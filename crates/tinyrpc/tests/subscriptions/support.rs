//! What the tests of subscriptions share: a hand-written other side, a stream that the test feeds, a bound on waiting.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use tinyrpc::client::{Subscription, SubscriptionError};
use tinyrpc::peer::PeerSettings;
use tinyrpc::subscription::{Offer, RegisterSubscription as _};
use tinyrpc::transport::{Link, Shutdown, ShutdownTrigger, memory};
use tinyrpc::{Client, Dispatcher, JsonRpc, Limits, Origin, Protocol, Service};
use tokio::sync::mpsc;

/// Fails instead of hanging.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("this should not take so long")
}

/// Lets every task that can go on do so: tests run on one thread.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// An end of a link that does only what the test says.
pub(crate) struct Raw(pub(crate) Link);

impl Raw {
    /// Messages that arrive in one read.
    pub(crate) async fn send(&mut self, messages: &[&str]) {
        for message in messages {
            self.0.sink.send(message.as_bytes()).unwrap();
        }
        self.flush().await;
    }

    pub(crate) async fn flush(&mut self) {
        soon(poll_fn(|cx| self.0.sink.poll_flush(cx))).await.unwrap();
    }

    /// The next message; `None` when the link has ended.
    pub(crate) async fn receive(&mut self) -> Option<String> {
        let message = soon(poll_fn(|cx| self.0.source.poll_recv(cx))).await?;
        Some(String::from_utf8(message.unwrap().to_vec()).unwrap())
    }

    pub(crate) async fn expect(&mut self, message: &str) {
        assert_eq!(self.receive().await.as_deref(), Some(message));
    }
}

/// A client, and its other side.
pub(crate) fn client(capacity: usize) -> (Client, Raw) {
    let (here, there) = memory::pair(capacity);
    (Client::over(here, JsonRpc::new()), Raw(there))
}

/// The usual call, which a client makes first, and its reply.
pub(crate) const OPEN: &str = r#"{"jsonrpc":"2.0","method":"subscribe_ticks","id":1}"#;
pub(crate) const OPENED: &str = r#"{"jsonrpc":"2.0","id":1,"result":7}"#;

pub(crate) fn item(id: &str, value: impl std::fmt::Display) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"ticks","params":{{"subscription":{id},"result":{value}}}}}"#)
}

pub(crate) fn end(id: &str, error: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"ticks","params":{{"subscription":{id},"error":{error}}}}}"#)
}

pub(crate) type Next<T> = Option<Result<T, SubscriptionError>>;

pub(crate) async fn next<T: serde::de::DeserializeOwned>(subscription: &mut Subscription<T>) -> Next<T> {
    soon(subscription.next()).await
}

/// The next item, which is there.
pub(crate) async fn value<T: serde::de::DeserializeOwned>(subscription: &mut Subscription<T>) -> T {
    next(subscription).await.expect("there is an item").expect("there is an item")
}

/// Streams that the test feeds: each subscription's sender comes out of `opened`, and knows when its stream is dropped.
pub(crate) struct Fed {
    pub(crate) dispatcher: Dispatcher,
    pub(crate) opened: mpsc::UnboundedReceiver<mpsc::UnboundedSender<u64>>,
}

pub(crate) fn fed(offer: Offer) -> Fed {
    let (open, opened) = mpsc::unbounded_channel();
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (u64, u64)| a + b).unwrap();
    dispatcher
        .register_subscription(offer, move || {
            let (sender, receiver) = mpsc::unbounded_channel();
            open.send(sender).unwrap();
            of(receiver)
        })
        .unwrap();
    Fed { dispatcher, opened }
}

/// A channel as a stream.
pub(crate) fn of<T>(receiver: mpsc::UnboundedReceiver<T>) -> impl Stream<Item = T> {
    stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|item| (item, receiver)) })
}

pub(crate) fn numbers(offer: impl Into<Offer>) -> Dispatcher {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (u64, u64)| a + b).unwrap();
    dispatcher.register_subscription(offer, |(from, to): (u64, u64)| stream::iter(from..to)).unwrap();
    dispatcher
}

/// Serves a dispatcher at one end of a link, and gives the other one and what ends the service.
pub(crate) fn serve_with(
    dispatcher: Dispatcher,
    protocol: Arc<dyn Protocol>,
    settings: PeerSettings,
    capacity: usize,
) -> (Link, ShutdownTrigger) {
    let (here, there) = memory::pair(capacity);
    let service = Service::new(JsonRpc::new(), dispatcher).speaking(protocol);
    let (trigger, shutdown) = Shutdown::new();
    tokio::spawn(async move { service.link_until(&shutdown, Origin::new("memory"), there, settings).await });
    (here, trigger)
}

pub(crate) fn serve(dispatcher: Dispatcher) -> (Raw, ShutdownTrigger) {
    let (here, trigger) = serve_with(dispatcher, Arc::new(JsonRpc::new()), PeerSettings::new(), 65_536);
    (Raw(here), trigger)
}

/// A client of a served dispatcher.
pub(crate) fn connect(dispatcher: Dispatcher, protocol: Arc<dyn Protocol>) -> (Client, ShutdownTrigger) {
    let (link, trigger) = serve_with(dispatcher, Arc::clone(&protocol), PeerSettings::new(), 65_536);
    (Client::over_with(link, protocol, Limits::default(), PeerSettings::new()), trigger)
}

pub(crate) fn protocols() -> Vec<Arc<dyn Protocol>> {
    vec![
        Arc::new(JsonRpc::new()),
        Arc::new(JsonRpc::v1()),
        #[cfg(feature = "msgpack")]
        Arc::new(tinyrpc::MessagePackRpc::new()),
    ]
}
