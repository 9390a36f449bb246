//! Calls whose time is up.

use std::pin::pin;
use std::sync::mpsc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tinyrpc::client::Connector;
use tinyrpc::transport::memory;
use tinyrpc::{Client, Limits};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use tinyrpc::peer::PeerSettings;
use tinyrpc::{Dispatcher, JsonRpc, Service};

use crate::support::*;

const SHORT: Duration = Duration::from_millis(20);

#[tokio::test]
async fn each_call_has_its_own_time() {
    let (here, there) = memory::pair(1 << 16);
    let client = Client::over(here, JsonRpc::new());
    let mut other = Raw(there);
    let of = |timeout| client.clone().with_timeout(timeout);
    let (long, short) = (of(Duration::from_secs(60)), of(SHORT));
    // The short one comes second, so whoever watches has to be told to look sooner.
    let waits = tokio::spawn(async move { long.call::<u8>("wait", ()).await });
    other.expect(r#"{"jsonrpc":"2.0","method":"wait","id":1}"#).await;
    assert!(soon(short.call::<u8>("late", ())).await.unwrap_err().is_timeout());
    other.expect(r#"{"jsonrpc":"2.0","method":"late","id":2}"#).await;
    other.expect(r#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":2}}"#).await;
    assert!(soon(short.call::<u8>("late", ())).await.unwrap_err().is_timeout());
    // A reply that comes too late is nobody's, and the link goes on.
    other.send(result(2, "2")).await;
    other.send(result(1, "1")).await;
    assert_eq!(soon(waits).await.unwrap().unwrap(), 1);
    assert!(of(Duration::ZERO).call::<u8>("never", ()).await.unwrap_err().is_timeout());
    other.expect(r#"{"jsonrpc":"2.0","method":"late","id":3}"#).await;
    other.expect(r#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":3}}"#).await;
    drop((client, short));
    assert_eq!(other.receive().await, None, "nothing of the last call went out");
}

#[tokio::test]
async fn what_was_too_late_to_be_sent_is_not_sent() {
    let (here, there) = memory::pair(1 << 16);
    let settings = PeerSettings::new().with_one_in_flight(true).with_cancel(None);
    let client = Client::over_with(here, json(), Limits::default(), settings);
    let mut other = Raw(there);
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.call::<u8>("first", ()).await }
    });
    other.expect(r#"{"jsonrpc":"2.0","method":"first","id":1}"#).await;
    assert!(soon(client.clone().with_timeout(SHORT).call::<u8>("second", ())).await.unwrap_err().is_timeout());
    other.send(result(1, "1")).await;
    assert_eq!(soon(first).await.unwrap().unwrap(), 1);
    let third = tokio::spawn(async move { client.call::<u8>("third", ()).await });
    other.expect(r#"{"jsonrpc":"2.0","method":"third","id":3}"#).await;
    other.send(result(3, "3")).await;
    assert_eq!(soon(third).await.unwrap().unwrap(), 3);
}

/// It must not block, but if it does it holds up no caller for longer than the caller wants.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_holds_the_link_up_does_not_hold_up_the_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("tcp://{}", listener.local_addr().unwrap());
    let (entered, entering) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let mut dispatcher = Dispatcher::new();
    let block = move || {
        entered.send(()).unwrap();
        let _ = gate.lock().unwrap().recv_timeout(Duration::from_secs(20));
    };
    dispatcher.register("block", block).unwrap();
    let connecting = Connector::new().with_service(Service::new(JsonRpc::new(), dispatcher));
    let (client, accepted) = soon(async { tokio::join!(connecting.connect(&url), listener.accept()) }).await;
    let (client, mut other) = (client.unwrap(), BufReader::new(accepted.unwrap().0));
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.call::<u8>("first", ()).await }
    });
    let mut line = String::new();
    soon(other.read_line(&mut line)).await.unwrap();
    other.write_all(format!("{}\n", result(1, "1")).as_bytes()).await.unwrap();
    assert_eq!(soon(first).await.unwrap().unwrap(), 1);
    other.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"block\"}\n").await.unwrap();
    tokio::task::spawn_blocking(move || entering.recv_timeout(Duration::from_secs(20))).await.unwrap().unwrap();
    let short = client.clone().with_timeout(SHORT);
    assert!(soon(short.call::<u8>("late", ())).await.unwrap_err().is_timeout());
    // Nor when the link is to be closed, for which the driver has to go on.
    let closing = pin!(client.close());
    let Either::Left((late, _)) = soon(select(pin!(short.call::<u8>("later", ())), closing)).await else {
        panic!("the link cannot be closed yet");
    };
    assert!(late.unwrap_err().is_timeout());
    // The driver is still where it was.
    open.send(()).unwrap();
}
