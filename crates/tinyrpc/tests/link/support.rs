//! What the tests of links share: messages, a hand-written other side, and a bound on waiting.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tinyrpc::peer::{Peer, PeerSettings};
use tinyrpc::transport::{Link, TransportError, TransportErrorKind};
use tinyrpc::{Dispatcher, Id, JsonRpc, Origin, Payload, Protocol, RpcError, Service};
use tokio::task::JoinHandle;

pub(crate) type Reply = Result<Result<Payload, RpcError>, TransportError>;

/// Fails instead of hanging.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("this should not take so long")
}

pub(crate) fn protocols() -> Vec<Arc<dyn Protocol>> {
    vec![
        Arc::new(JsonRpc::new()),
        #[cfg(feature = "msgpack")]
        Arc::new(tinyrpc::MessagePackRpc::new()),
    ]
}

pub(crate) fn json() -> Arc<dyn Protocol> {
    Arc::new(JsonRpc::new())
}

fn request(protocol: &dyn Protocol, id: Option<u64>, method: &str, params: &impl Serialize) -> Bytes {
    let mut out = Vec::new();
    let id = id.map(Id::Number);
    protocol
        .write_request(id.as_ref(), method, &mut |out| protocol.codec().to_raw(params, out), &mut out)
        .expect("the arguments can be encoded");
    out.into()
}

/// A call, encoded.
pub(crate) fn call(protocol: &dyn Protocol, id: u64, method: &str, params: impl Serialize) -> Bytes {
    request(protocol, Some(id), method, &params)
}

/// A notification, encoded.
pub(crate) fn notification(protocol: &dyn Protocol, method: &str, params: impl Serialize) -> Bytes {
    request(protocol, None, method, &params)
}

/// Calls over a handle, and decodes the result.
pub(crate) async fn ask<T: DeserializeOwned>(
    peer: &Peer,
    protocol: &dyn Protocol,
    id: u64,
    method: &str,
    params: impl Serialize,
) -> T {
    let reply = soon(peer.call(id.into(), call(protocol, id, method, params))).await;
    reply.unwrap().unwrap().decode().unwrap()
}

pub(crate) fn kind(reply: Reply) -> TransportErrorKind {
    reply.expect_err("there should be no reply").kind()
}

pub(crate) fn value<T: DeserializeOwned>(reply: Reply) -> T {
    reply.unwrap().unwrap().decode().unwrap()
}

pub(crate) fn code(reply: Reply) -> i64 {
    reply.unwrap().expect_err("the reply should be an error").code()
}

pub(crate) fn origin() -> Origin {
    Origin::new("test")
}

/// A peer whose driver runs in a task.
pub(crate) fn start(
    link: Link,
    protocol: Arc<dyn Protocol>,
    dispatcher: Option<Dispatcher>,
    settings: PeerSettings,
) -> (Peer, JoinHandle<Result<(), TransportError>>) {
    let service = dispatcher.map(|dispatcher| Service::new(JsonRpc::new(), dispatcher));
    start_service(link, protocol, service, settings)
}

/// The same with a service, which can serve both ends.
pub(crate) fn start_service(
    link: Link,
    protocol: Arc<dyn Protocol>,
    service: Option<Service>,
    settings: PeerSettings,
) -> (Peer, JoinHandle<Result<(), TransportError>>) {
    let (peer, driver) = Peer::new(link, protocol, service, origin(), settings);
    (peer, tokio::spawn(driver))
}

/// An end of a link that does only what the test says.
pub(crate) struct Raw(pub(crate) Link);

impl Raw {
    pub(crate) async fn send(&mut self, message: impl AsRef<[u8]>) {
        self.0.sink.send(message.as_ref()).unwrap();
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

    pub(crate) async fn close(&mut self) {
        soon(poll_fn(|cx| self.0.sink.poll_close(cx))).await.unwrap();
    }
}

pub(crate) fn result(id: u64, result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
}

pub(crate) fn error(id: &str, code: i64) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":"no"}}}}"#)
}

/// Lets every task that can go on do so: tests run on one thread.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Polls once.
pub(crate) async fn poll_now<F: Future>(future: F) -> Poll<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}
