//! Subscribers that do not take their items, under each policy, and what others notice of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::stream;
use serde_json::Value;
use tinyrpc::client::Subscribe;
use tinyrpc::peer::SlowConsumer;
use tinyrpc::subscription::{Offer, RegisterSubscription as _};
use tinyrpc::transport::zmq::{ZmqServer, ZmqSettings};
use tinyrpc::{Client, Dispatcher, JsonRpc, Server, Service};

use crate::raw_peer::RawPeer;
use crate::support::{Running, TCP, Watch, soon};

/// More than the system's buffers and all queues between hold: 40 MB.
const ITEMS: u64 = 4_000;
const PADDING: usize = 10_000;

/// What is there to be sent while nobody reads: the system's buffers, 128 messages in ZeroMQ's queue, 256 KiB of the link.
const MOST: u64 = 2_000;

/// A server whose stream counts how many items it has given, and tells when it is dropped.
struct Counted {
    server: Running,
    given: Arc<AtomicU64>,
    dropped: Arc<tokio::sync::Notify>,
}

struct Tell(Arc<tokio::sync::Notify>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Counted {
    async fn start(offer: Offer, settings: ZmqSettings) -> Self {
        let (given, dropped) = (Arc::new(AtomicU64::new(0)), Arc::new(tokio::sync::Notify::new()));
        let mut dispatcher = Dispatcher::new();
        dispatcher.register("add", |(a, b): (u64, u64)| a + b).unwrap();
        let (counts, tells) = (Arc::clone(&given), Arc::clone(&dropped));
        dispatcher
            .register_subscription(offer, move |(items,): (u64,)| {
                let (counts, tell) = (Arc::clone(&counts), Tell(Arc::clone(&tells)));
                stream::iter((0..items).map(move |number| {
                    let _tell = &tell;
                    counts.fetch_add(1, Ordering::SeqCst);
                    (number, "x".repeat(PADDING))
                }))
            })
            .unwrap();
        let service = Service::new(JsonRpc::new(), dispatcher);
        let server = Server::new(service).with_transport(ZmqServer::bind_with(TCP, settings).await.unwrap());
        Self { server: Running::run(server, Watch::default()), given, dropped }
    }

    /// A peer that has subscribed and reads nothing more.
    async fn subscriber(&self, items: u64) -> RawPeer {
        let mut peer = RawPeer::connect(self.server.address(), "DEALER").await;
        let open = format!(r#"{{"jsonrpc":"2.0","method":"subscribe_ticks","params":[{items}],"id":1}}"#);
        peer.send(&[open.as_bytes()]).await;
        let reply = soon(peer.receive()).await.unwrap().concat();
        assert_eq!(String::from_utf8(reply).unwrap(), r#"{"jsonrpc":"2.0","id":1,"result":1}"#);
        peer
    }

    /// Calls of another client are answered all the time, until the stream has given so many, or gives no more.
    async fn others_are_served(&self, given: u64) {
        let client = self.client().await;
        let mut before = u64::MAX;
        soon(async {
            loop {
                for _ in 0..200 {
                    assert_eq!(client.call::<u64>("add", (1, 2)).await.unwrap(), 3);
                }
                let now = self.given.load(Ordering::SeqCst);
                if now >= given || now == before {
                    break;
                }
                before = now;
            }
        })
        .await;
    }

    async fn client(&self) -> Client {
        Client::connect(&self.server.url).await.unwrap().with_timeout(Duration::from_secs(20))
    }
}

/// Reads to the end of the subscription: how many items there were, how many were said to be missing, and its error.
async fn read_all(peer: &mut RawPeer) -> (u64, u64, Value) {
    let (mut items, mut dropped, mut last) = (0, 0, None);
    loop {
        let message = soon(peer.receive()).await.expect("the connection holds").concat();
        let message: Value = serde_json::from_slice(&message).unwrap();
        let params = &message["params"];
        dropped += params["dropped"].as_u64().unwrap_or(0);
        if let Some(error) = params.get("error") {
            return (items, dropped, error.clone());
        }
        let number = params["result"][0].as_u64().unwrap();
        assert!(last.is_none_or(|last| number > last), "{number} after {last:?}");
        last = Some(number);
        items += 1;
    }
}

#[tokio::test]
async fn waiting_stops_the_source_and_loses_nothing() {
    let counted = Counted::start(Offer::new("subscribe_ticks"), ZmqSettings::new()).await;
    let mut peer = counted.subscriber(ITEMS).await;
    counted.others_are_served(ITEMS).await;
    let given = counted.given.load(Ordering::SeqCst);
    assert!(given < MOST, "{given} items are kept for a peer that does not read");
    assert_eq!(read_all(&mut peer).await, (ITEMS, 0, Value::Null));
    counted.server.end().await;
}

#[tokio::test]
async fn dropping_the_oldest_tells_how_many() {
    let offer = Offer::new("subscribe_ticks").with_slow_consumer(SlowConsumer::DropOldest).with_queue(20);
    let counted = Counted::start(offer, ZmqSettings::new()).await;
    let mut peer = counted.subscriber(ITEMS).await;
    counted.others_are_served(ITEMS).await;
    soon(counted.dropped.notified()).await;
    let (items, dropped, error) = read_all(&mut peer).await;
    assert_eq!((items + dropped, error), (ITEMS, Value::Null));
    assert!((20..MOST).contains(&items), "{items}");
    counted.server.end().await;
}

#[tokio::test]
async fn closing_says_why() {
    let offer = Offer::new("subscribe_ticks").with_slow_consumer(SlowConsumer::Close).with_queue(20);
    let counted = Counted::start(offer, ZmqSettings::new()).await;
    let mut peer = counted.subscriber(ITEMS).await;
    soon(counted.dropped.notified()).await;
    counted.others_are_served(0).await;
    let (items, dropped, error) = read_all(&mut peer).await;
    assert_eq!((dropped, &error["code"]), (1, &Value::from(-32001)), "{error}");
    assert!(items < MOST && counted.given.load(Ordering::SeqCst) < MOST, "{items}");
    counted.server.end().await;
}

#[tokio::test]
async fn a_peer_that_reads_nothing_for_too_long_loses_its_subscriptions_and_its_connection() {
    for policy in [SlowConsumer::Wait, SlowConsumer::DropOldest] {
        let settings = ZmqSettings::new().with_stall(Duration::from_millis(200));
        let counted = Counted::start(Offer::new("subscribe_ticks").with_slow_consumer(policy), settings).await;
        let mut peer = counted.subscriber(u64::MAX).await;
        soon(counted.dropped.notified()).await;
        // What the system's buffers hold, and then nothing.
        soon(async { while peer.receive().await.is_some() {} }).await;
        let client = counted.client().await;
        assert_eq!(soon(client.call::<u64>("add", (1, 2))).await.unwrap(), 3);
        drop(client);
        counted.server.end().await;
    }
}

/// On one thread, where nobody is served by chance.
#[tokio::test]
async fn a_stream_without_an_end_keeps_no_call_waiting() {
    let counted = Counted::start(Offer::new("subscribe_ticks"), ZmqSettings::new()).await;
    let client = counted.client().await;
    let to = Subscribe::new("subscribe_ticks").with_slow_consumer(SlowConsumer::DropOldest);
    let mut ticks = soon(client.subscribe::<(u64, String)>(to, (u64::MAX,))).await.unwrap();
    let other = counted.client().await;
    for client in [&client, &other, &client, &other] {
        let before = counted.given.load(Ordering::SeqCst);
        assert_eq!(soon(client.call::<u64>("add", (1, 2))).await.unwrap(), 3);
        let passed = counted.given.load(Ordering::SeqCst) - before;
        assert!(passed < 2 * MOST, "{passed} items went before a call");
        soon(ticks.next()).await.unwrap().ok();
    }
    drop(ticks);
    soon(counted.dropped.notified()).await;
    drop((client, other));
    counted.server.end().await;
}

/// Its replies stand between the items, in their order.
#[tokio::test]
async fn a_slow_reader_gets_its_replies_among_the_items() {
    // Much less time than all takes: what counts is whether it reads anything.
    let settings = ZmqSettings::new().with_stall(Duration::from_secs(5));
    let counted = Counted::start(Offer::new("subscribe_ticks"), settings).await;
    let mut peer = counted.subscriber(u64::MAX).await;
    counted.others_are_served(u64::MAX).await;
    for call in 2..5_u64 {
        let add = format!(r#"{{"jsonrpc":"2.0","method":"add","params":[1,2],"id":{call}}}"#);
        peer.send(&[add.as_bytes()]).await;
        counted.others_are_served(0).await;
        let mut items = 0_u64;
        let reply = format!(r#"{{"jsonrpc":"2.0","id":{call},"result":3}}"#);
        while soon(peer.receive()).await.expect("it is not given up").concat() != reply.as_bytes() {
            items += 1;
            assert!(items < MOST, "the reply waits behind items that came later");
        }
    }
    drop(peer);
    soon(counted.dropped.notified()).await;
    counted.server.end().await;
}
