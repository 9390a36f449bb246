//! Clients that serve: when their links end, and what handlers can reach where there is no link.

use std::sync::Arc;

use tinyrpc::client::{Caller, Connector};
use tinyrpc::peer::{Order, PeerSettings};
use tinyrpc::transport::memory::{Memory, pair};
use tinyrpc::transport::{Shutdown, TransportErrorKind};
use tinyrpc::{Client, Context, Dispatcher, JsonRpc, MessagePackRpc, Origin, RpcError, Service};
use tokio::sync::Notify;

use crate::mutual::*;

#[tokio::test]
async fn the_link_closes_when_the_last_client_is_dropped() {
    let (here, there) = pair(1_000);
    let begun = Arc::new(Notify::new());
    let open = Arc::new(Notify::new());
    let mut dispatcher = dispatcher();
    let (began, opened) = (Arc::clone(&begun), Arc::clone(&open));
    dispatcher
        .register("wait", move |caller: Caller, (): ()| {
            let (began, opened) = (Arc::clone(&began), Arc::clone(&opened));
            async move {
                began.notify_one();
                opened.notified().await;
                // Calling back still works.
                caller.call::<u64>("down", (0,)).await.map_err(as_it_came)
            }
        })
        .unwrap();
    let client = Client::over_serving(here, Service::new(JsonRpc::new(), dispatcher), PeerSettings::new());
    let other = Client::over_serving(there, service(), PeerSettings::new());
    let clone = client.clone();
    drop(client);
    assert_eq!(soon(other.call::<u64>("down", (4,))).await.unwrap(), 4);
    let (running, ()) = soon(async {
        tokio::join!(other.call::<u64>("wait", ()), async {
            begun.notified().await;
            drop(clone);
            // Nothing new is taken.
            loop {
                match other.call::<u64>("down", (0,)).await {
                    Ok(_) => tokio::task::yield_now().await,
                    Err(error) => {
                        assert_eq!(error.rpc_error().map(RpcError::code), Some(tinyrpc::code::TOO_BUSY));
                        break;
                    }
                }
            }
            open.notify_one();
        })
    })
    .await;
    assert_eq!(running.unwrap(), 0, "what was running has been answered");
    // And then the link closes, of itself.
    let ended = soon(async {
        loop {
            let error = other.call::<u64>("down", (0,)).await.unwrap_err();
            match error.transport_error() {
                Some(error) => break error.kind(),
                None => assert_eq!(error.rpc_error().map(RpcError::code), Some(tinyrpc::code::TOO_BUSY)),
            }
        }
    });
    assert!([TransportErrorKind::Unreachable, TransportErrorKind::Lost].contains(&ended.await));
}

/// A handler's client is no reason to keep a link open, on either side.
#[tokio::test]
async fn clients_of_handlers_do_not_keep_it_open() {
    let (here, there) = pair(1_000);
    let (sender, mut kept) = tokio::sync::mpsc::unbounded_channel();
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("keep", move |cx: Context, (): ()| sender.send(Client::from_context(&cx)).unwrap()).unwrap();
    let client = Client::over_serving(here, Service::new(JsonRpc::new(), dispatcher), PeerSettings::new());
    let other = Client::over(there, JsonRpc::new());
    soon(other.call::<()>("keep", ())).await.unwrap();
    let kept = kept.recv().await.unwrap().unwrap();
    assert!(soon(kept.call::<()>("x", ())).await.unwrap_err().is_method_not_found());
    drop(client);
    let error = loop {
        match soon(kept.call::<()>("x", ())).await {
            Err(error) if error.is_method_not_found() => tokio::task::yield_now().await,
            other => break other.unwrap_err(),
        }
    };
    assert_eq!(error.transport_error().unwrap().kind(), TransportErrorKind::Closed, "{error}");
}

#[tokio::test]
async fn both_kinds_of_clients_share_the_ids() {
    let (here, there) = pair(1_000);
    let mut dispatcher = dispatcher();
    dispatcher
        .register("ask", |caller: Caller, (depth,): (u64,)| async move {
            caller.call::<u64>("down", (depth,)).await.map_err(as_it_came)
        })
        .unwrap();
    let service = Service::new(MessagePackRpc::new(), dispatcher);
    let one = Client::over_serving(here, service.clone(), PeerSettings::new());
    let two = Client::over_serving(there, service, PeerSettings::new());
    let all = |client: Client| async move {
        futures_util::future::join_all((0..200).map(|_| client.call::<u64>("ask", (3,)))).await
    };
    let (ones, twos) = soon(async { tokio::join!(all(one), all(two)) }).await;
    for reply in ones.into_iter().chain(twos) {
        assert_eq!(reply.unwrap(), 3);
    }
}

#[tokio::test]
async fn where_nobody_can_be_called_back_the_error_says_so() {
    let client = Client::new(Memory::new(service()), JsonRpc::new());
    assert_eq!(client.call::<u64>("down", (0,)).await.unwrap(), 0);
    let error = client.call::<u64>("down", (1,)).await.unwrap_err();
    let why = error.rpc_error().unwrap().message();
    assert!(why.contains("cannot be called back: over memory"), "{why}");
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("can", |cx: Context, (): ()| Client::from_context(&cx).is_some()).unwrap();
    let client = Client::new(Memory::new(Service::new(JsonRpc::new(), dispatcher)), JsonRpc::new());
    assert!(!client.call::<bool>("can", ()).await.unwrap());
}

#[tokio::test]
async fn nothing_is_served_to_where_no_calls_come_from() {
    let connector = Connector::new().with_service(service());
    for url in ["http://127.0.0.1:9/", "amqp://127.0.0.1:9/?queue=q"] {
        let error = connector.connect(url).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Setup, "{error}");
    }
}

/// What comes back to a handler that runs alone starts at once: only what the other side begins has to wait.
#[tokio::test]
async fn a_handler_that_runs_alone_can_call_back() {
    for order in [Order::OneByOne, Order::AfterNotifications] {
        let (here, there) = pair(1_000);
        let settings = PeerSettings::new().with_order(order);
        let one = Client::over_serving(here, service(), settings.clone());
        let two = Client::over_serving(there, service(), settings);
        assert_eq!(soon(one.call::<u64>("down", (1,))).await.unwrap(), 1);
        assert_eq!(soon(two.call::<u64>("down", (1,))).await.unwrap(), 1);
    }
}

/// The server's end is a task of `Service::link_until`.
#[tokio::test]
async fn a_server_that_drains_lets_nested_calls_finish() {
    let (here, there) = pair(1_000);
    let (trigger, shutdown) = Shutdown::new();
    let begun = Arc::new(Notify::new());
    let open = Arc::new(Notify::new());
    let mut own = dispatcher();
    let (began, opened) = (Arc::clone(&begun), Arc::clone(&open));
    own.register("gate", move || {
        let (began, opened) = (Arc::clone(&began), Arc::clone(&opened));
        async move {
            began.notify_one();
            opened.notified().await;
            7
        }
    })
    .unwrap();
    let mut served = Dispatcher::new();
    served
        .register(
            "ask",
            |caller: Caller, (): ()| async move { caller.call::<u64>("gate", ()).await.map_err(as_it_came) },
        )
        .unwrap();
    let served = Service::new(JsonRpc::new(), served);
    let link = tokio::spawn(async move {
        served.link_until(&shutdown, Origin::new("test"), there, PeerSettings::new()).await;
    });
    let client = Client::over_serving(here, Service::new(JsonRpc::new(), own), PeerSettings::new());
    let (reply, ()) = soon(async {
        tokio::join!(client.call::<u64>("ask", ()), async {
            begun.notified().await;
            trigger.drain();
            open.notify_one();
        })
    })
    .await;
    assert_eq!(reply.unwrap(), 7);
    soon(link).await.unwrap();
}
