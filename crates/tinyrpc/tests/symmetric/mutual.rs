//! Two ends that call each other, whatever carries their messages.

use std::future::Future;
use std::time::Duration;

use futures_util::future::join_all;
use tinyrpc::client::{CallError, Caller};
use tinyrpc::peer::PeerSettings;
use tinyrpc::{Client, Dispatcher, JsonRpc, RpcError, Service, code};

/// How deep the ends call each other.
const DEPTH: u64 = 100;

/// How many do at once.
const AT_ONCE: usize = 1_000;

/// Fails instead of hanging.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("this should not take so long")
}

/// `down` calls the caller's `down` until it has come to the ground, and counts the way.
pub(crate) fn dispatcher() -> Dispatcher {
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register("down", |caller: Caller, (depth,): (u64,)| async move {
            match depth {
                0 => Ok(0),
                _ => caller.call::<u64>("down", (depth - 1,)).await.map(|below| below + 1).map_err(as_it_came),
            }
        })
        .unwrap();
    dispatcher
}

/// The other side's error, or what was wrong on the way.
pub(crate) fn as_it_came(error: CallError) -> RpcError {
    error.rpc_error().cloned().unwrap_or_else(|| RpcError::application(error.to_string()))
}

/// What both ends serve.
pub(crate) fn service() -> Service {
    Service::new(JsonRpc::new(), dispatcher())
}

/// With room for one call at a time, of the other side's or of one's own.
pub(crate) fn narrow() -> [PeerSettings; 2] {
    [PeerSettings::new().with_calls_in_flight(1), PeerSettings::new().with_own_calls(1).with_calls_in_flight(2)]
}

pub(crate) async fn go_deep(client: &Client) {
    assert_eq!(soon(client.call::<u64>("down", (DEPTH,))).await.unwrap(), DEPTH);
}

pub(crate) async fn go_at_once(client: &Client) {
    let calls = join_all((0..AT_ONCE).map(|_| client.call::<u64>("down", (1,))));
    for reply in soon(calls).await {
        assert_eq!(reply.unwrap(), 1);
    }
}

/// `client` is the end of a link on which there is no room for a nested call.
pub(crate) async fn be_refused(client: &Client) {
    let error = soon(client.call::<u64>("down", (DEPTH,))).await.unwrap_err();
    let error = error.rpc_error().expect("the other side says so");
    assert_eq!((error.code(), error.message()), (code::TOO_BUSY, "too many calls in flight"));
    // And it goes on.
    assert_eq!(soon(client.call::<u64>("down", (1,))).await.unwrap(), 1);
}
