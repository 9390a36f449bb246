//! Subscriptions of DEALER peers.

use futures_util::stream::{self, Stream};
use tinyrpc::client::reconnect::Reconnect;
use tinyrpc::client::{Caller, Connector, Subscription, SubscriptionErrorKind};
use tinyrpc::peer::Cancel;
use tinyrpc::progress::{Progress, ProgressForm, ProgressToken};
use tinyrpc::subscription::RegisterSubscription as _;
use tinyrpc::transport::zmq::{ZmqServer, ZmqSettings};
use tinyrpc::{Client, Context, Dispatcher, JsonRpc, Server, Service, protocol_named};
use tokio::sync::mpsc;

use crate::raw_peer::RawPeer;
use crate::support::{Folder, Running, TCP, Watch, bind, soon};

/// A channel as a stream.
fn of<T>(receiver: mpsc::UnboundedReceiver<T>) -> impl Stream<Item = T> {
    stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|item| (item, receiver)) })
}

/// A server, and what feeds each stream of `subscribe_ticks`, in the order in which they are opened.
struct Fed {
    server: Running,
    opened: mpsc::UnboundedReceiver<mpsc::UnboundedSender<u64>>,
}

fn dispatcher() -> (Dispatcher, mpsc::UnboundedReceiver<mpsc::UnboundedSender<u64>>) {
    let (open, opened) = mpsc::unbounded_channel();
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (u64, u64)| a + b).unwrap();
    dispatcher.register("never", std::future::pending::<()>).unwrap();
    dispatcher.register_subscription("subscribe_numbers", |(from, to): (u64, u64)| stream::iter(from..to)).unwrap();
    dispatcher
        .register_subscription("subscribe_later", |(to,): (u64,)| async move {
            tokio::task::yield_now().await;
            stream::iter(0..to)
        })
        .unwrap();
    dispatcher
        .register_subscription("subscribe_ticks", move || {
            let (sender, receiver) = mpsc::unbounded_channel();
            open.send(sender).unwrap();
            of(receiver)
        })
        .unwrap();
    (dispatcher, opened)
}

impl Fed {
    async fn start(url: &str, protocol: &str, settings: ZmqSettings) -> Self {
        let (dispatcher, opened) = dispatcher();
        let service = Service::new(JsonRpc::new(), dispatcher).speaking(protocol_named(protocol).unwrap());
        let server = Server::new(service).with_transport(bind(url, settings).await);
        Self { server: Running::run(server, Watch::default()), opened }
    }

    async fn next(&mut self) -> mpsc::UnboundedSender<u64> {
        soon(self.opened.recv()).await.unwrap()
    }
}

async fn client(server: &Running, protocol: &str) -> Client {
    Client::connect(&format!("{}?protocol={protocol}", server.url)).await.unwrap()
}

async fn item(ticks: &mut Subscription<u64>) -> u64 {
    soon(ticks.next()).await.expect("it goes on").expect("an item")
}

fn open(id: u64, method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params},"id":{id}}}"#)
}

fn result(id: u64, result: impl std::fmt::Display) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
}

fn notice(method: &str, subscription: u64, what: impl std::fmt::Display) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{{"subscription":{subscription},{what}}}}}"#)
}

async fn expect(peer: &mut RawPeer, envelope: &[&[u8]], message: &str) {
    let frames = soon(peer.receive()).await.expect("the connection holds");
    assert_eq!(frames, [envelope, &[message.as_bytes()]].concat(), "{}", String::from_utf8_lossy(&frames.concat()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_subscribe_unsubscribe_and_go_away() {
    let folder = Folder::new();
    for (url, protocol) in [(TCP, "jsonrpc"), (TCP, "jsonrpc1"), (TCP, "msgpack"), (&*folder.url(), "msgpack")] {
        let mut fed = Fed::start(url, protocol, ZmqSettings::new()).await;
        let (one, two) = (client(&fed.server, protocol).await, client(&fed.server, protocol).await);
        // Each has ids of its own.
        let mut first = soon(one.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
        let feeds_first = fed.next().await;
        let mut second = soon(two.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
        let feeds_second = fed.next().await;
        assert_eq!((first.id().decode::<u64>().unwrap(), second.id().decode::<u64>().unwrap()), (1, 1));
        for number in 0..100 {
            feeds_first.send(number).unwrap();
            feeds_second.send(1_000 + number).unwrap();
        }
        for number in 0..100 {
            assert_eq!((item(&mut first).await, item(&mut second).await), (number, 1_000 + number));
        }
        // All of a stream and its end.
        let mut numbers = soon(one.subscribe::<u64>("subscribe_numbers", (0, 1_000))).await.unwrap();
        for number in 0..1_000 {
            assert_eq!(item(&mut numbers).await, number);
        }
        assert!(soon(numbers.next()).await.is_none());

        drop(first);
        soon(feeds_first.closed()).await;
        feeds_second.send(5).unwrap();
        assert_eq!(item(&mut second).await, 5);
        soon(second.unsubscribe()).await.unwrap();
        assert!(feeds_second.is_closed());
        assert_eq!(soon(one.call::<u64>("add", (1, 2))).await.unwrap(), 3);

        let gone = soon(two.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
        let feeds_gone = fed.next().await;
        soon(two.close()).await;
        soon(feeds_gone.closed()).await;
        drop(gone);
        drop(one);
        fed.server.end().await;
    }
}

#[tokio::test]
async fn the_reply_comes_first_under_either_envelope() {
    let mut fed = Fed::start(TCP, "jsonrpc", ZmqSettings::new()).await;
    for envelope in [&[][..], &[b"".as_slice()]] {
        let mut peer = RawPeer::connect(fed.server.address(), "DEALER").await;
        for (id, method, params) in [(1, "subscribe_numbers", "[0,3]"), (2, "subscribe_later", "[3]")] {
            peer.send(&[envelope, &[open(id, method, params).as_bytes()]].concat()).await;
            expect(&mut peer, envelope, &result(id, id)).await;
            let carries = method.strip_prefix("subscribe_").unwrap();
            for number in 0..3 {
                expect(&mut peer, envelope, &notice(carries, id, format!(r#""result":{number}"#))).await;
            }
            expect(&mut peer, envelope, &notice(carries, id, r#""error":null"#)).await;
        }
        peer.send(&[envelope, &[open(3, "subscribe_ticks", "[]").as_bytes()]].concat()).await;
        expect(&mut peer, envelope, &result(3, 3)).await;
        let feed = fed.next().await;
        feed.send(8).unwrap();
        expect(&mut peer, envelope, &notice("ticks", 3, r#""result":8"#)).await;
        for (id, there) in [(4, true), (5, false)] {
            peer.send(&[envelope, &[open(id, "unsubscribe_ticks", "[3]").as_bytes()]].concat()).await;
            expect(&mut peer, envelope, &result(id, there)).await;
        }
        soon(feed.closed()).await;
        // One that is gone without a word.
        peer.send(&[envelope, &[open(6, "subscribe_ticks", "[]").as_bytes()]].concat()).await;
        let feed = fed.next().await;
        drop(peer);
        soon(feed.closed()).await;
    }
    fed.server.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_item_overtakes_its_reply() {
    let fed = Fed::start(TCP, "jsonrpc", ZmqSettings::new()).await;
    let peers = (0..3).map(|_| {
        let address = fed.server.address().to_owned();
        tokio::spawn(async move {
            let mut peer = RawPeer::connect(&address, "DEALER").await;
            for id in 1..=500 {
                let (method, carries) = match id % 2 {
                    0 => ("subscribe_numbers", "numbers"),
                    _ => ("subscribe_later", "later"),
                };
                let params = if id % 2 == 0 { "[0,2]" } else { "[2]" };
                peer.send(&[open(id, method, params).as_bytes()]).await;
                expect(&mut peer, &[], &result(id, id)).await;
                for number in 0..2 {
                    expect(&mut peer, &[], &notice(carries, id, format!(r#""result":{number}"#))).await;
                }
                expect(&mut peer, &[], &notice(carries, id, r#""error":null"#)).await;
            }
        })
    });
    for peer in peers.collect::<Vec<_>>() {
        soon(peer).await.unwrap();
    }
    fed.server.end().await;
}

#[tokio::test]
async fn in_a_batch_the_reply_comes_first_too() {
    let fed = Fed::start(TCP, "jsonrpc", ZmqSettings::new()).await;
    let mut peer = RawPeer::connect(fed.server.address(), "DEALER").await;
    let batch = format!("[{},{}]", open(1, "subscribe_numbers", "[4,5]"), open(2, "never", "[]"));
    peer.send(&[batch.as_bytes()]).await;
    // The batch is still waited for, and the items of its subscription with it.
    peer.send(&[open(3, "add", "[1,2]").as_bytes()]).await;
    expect(&mut peer, &[], &result(3, 3)).await;
    peer.send(&[br#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":2}}"#]).await;
    let cancelled = r#"{"jsonrpc":"2.0","id":2,"error":{"code":-32800,"message":"Request cancelled"}}"#;
    expect(&mut peer, &[], &format!("[{},{cancelled}]", result(1, 1))).await;
    expect(&mut peer, &[], &notice("numbers", 1, r#""result":4"#)).await;
    expect(&mut peer, &[], &notice("numbers", 1, r#""error":null"#)).await;
    fed.server.end().await;
}

/// A layer that waits when the handler is done, so that a subscription is open before its reply is there.
struct Hold;

impl tinyrpc::layer::Layer for Hold {
    fn call(&self, call: tinyrpc::Call<'_>, next: tinyrpc::layer::Next<'_>) -> tinyrpc::Outcome {
        let held = call.method.starts_with("subscribe");
        match next.run(call) {
            tinyrpc::Outcome::Future(future) if held => tinyrpc::Outcome::Future(Box::pin(async move {
                let reply = future.await;
                std::future::pending::<()>().await;
                reply
            })),
            other => other,
        }
    }
}

#[tokio::test]
async fn what_is_cancelled_before_its_reply_is_closed() {
    for cancel in [Cancel::lsp(), Cancel::mcp()] {
        let (mut dispatcher, _opened) = dispatcher();
        let (open_later, mut opened) = mpsc::unbounded_channel();
        dispatcher
            .register_subscription("subscribe_slowly", move || {
                let (sender, receiver) = mpsc::unbounded_channel::<u64>();
                open_later.send(sender).unwrap();
                async move { of(receiver) }
            })
            .unwrap();
        let settings = ZmqSettings::new().with_cancel(Some(cancel.clone()));
        let service = Service::new(JsonRpc::new(), dispatcher).with_layer(Hold);
        let server = Server::new(service).with_transport(ZmqServer::bind_with(TCP, settings).await.unwrap());
        let server = Running::run(server, Watch::default());
        let mut peer = RawPeer::connect(server.address(), "DEALER").await;
        peer.send(&[open(1, "subscribe_slowly", "[]").as_bytes()]).await;
        let feed = soon(opened.recv()).await.unwrap();
        peer.send(&[open(2, "add", "[1,2]").as_bytes()]).await;
        expect(&mut peer, &[], &result(2, 3)).await;
        let (method, argument) = match cancel == Cancel::lsp() {
            true => ("$/cancelRequest", "id"),
            false => ("notifications/cancelled", "requestId"),
        };
        let notice = format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{{"{argument}":1}}}}"#);
        peer.send(&[notice.as_bytes()]).await;
        soon(feed.closed()).await;
        server.end().await;
    }
}

#[tokio::test]
async fn who_takes_nothing_but_replies_is_refused() {
    let fed = Fed::start(TCP, "jsonrpc", ZmqSettings::new()).await;
    for (kind, envelope) in [
        ("REQ", vec![b"".as_slice()]),
        ("ROUTER", vec![b""]),
        // Behind a proxy.
        ("DEALER", vec![b"\0abcd", b""]),
        ("DEALER", vec![b"id"]),
    ] {
        let mut peer = RawPeer::connect(fed.server.address(), kind).await;
        for id in 1..3 {
            for method in ["subscribe_numbers", "subscribe_later"] {
                peer.send(&[&envelope[..], &[open(id, method, "[0,1]").as_bytes()]].concat()).await;
                let reply = soon(peer.receive()).await.unwrap().pop().unwrap();
                let reply = String::from_utf8(reply).unwrap();
                assert!(reply.contains("-32601") && reply.contains("needs a link"), "{kind} {envelope:?}: {reply}");
            }
        }
        peer.send(&[&envelope[..], &[open(3, "add", "[1,2]").as_bytes()]].concat()).await;
        expect(&mut peer, &envelope, &result(3, 3)).await;
    }
    fed.server.end().await;
}

#[tokio::test]
async fn there_is_a_bound_on_subscriptions() {
    let mut fed = Fed::start(TCP, "jsonrpc", ZmqSettings::new().with_subscriptions(2)).await;
    let (one, two) = (client(&fed.server, "jsonrpc").await, client(&fed.server, "jsonrpc").await);
    let subscribe = |client: Client| async move { soon(client.subscribe::<u64>("subscribe_ticks", ())).await };
    let kept = [subscribe(one.clone()).await.unwrap(), subscribe(one.clone()).await.unwrap()];
    let refused = subscribe(one.clone()).await.unwrap_err();
    assert_eq!(refused.rpc_error().map(|error| error.code()), Some(-32001), "{refused}");
    // It is one for each peer.
    subscribe(two.clone()).await.unwrap();
    let [first, _second] = kept;
    let feed = fed.next().await;
    soon(first.unsubscribe()).await.unwrap();
    soon(feed.closed()).await;
    subscribe(one).await.unwrap();
    fed.server.end().await;
}

#[tokio::test]
async fn a_server_that_stops_tells_its_subscribers() {
    let mut fed = Fed::start(TCP, "jsonrpc", ZmqSettings::new()).await;
    let client = client(&fed.server, "jsonrpc").await;
    let mut ticks = soon(client.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
    let feed = fed.next().await;
    feed.send(1).unwrap();
    assert_eq!(item(&mut ticks).await, 1);
    for number in 2..100 {
        feed.send(number).unwrap();
    }
    fed.server.end().await;
    let mut last = 1;
    let error = loop {
        match soon(ticks.next()).await.expect("it ends with a reason") {
            Ok(number) => assert_eq!(number, std::mem::replace(&mut last, number) + 1),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), SubscriptionErrorKind::Failed, "{error}");
    assert_eq!(error.rpc_error().unwrap().message(), "the link ends");
    soon(feed.closed()).await;
}

/// The socket connects again by itself, but what the server knew is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_gone_is_noticed_and_its_successor_is_asked_again() {
    let mut fed = Fed::start(TCP, "jsonrpc", ZmqSettings::new()).await;
    let url = fed.server.url.clone();
    let plain = client(&fed.server, "jsonrpc").await;
    let again = Connector::new().with_reconnect(Reconnect::new()).connect(&url).await.unwrap();
    let mut lost = soon(plain.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
    let feeds_lost = fed.next().await;
    let mut renewed = soon(again.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
    let mut feeds_renewed = fed.next().await;
    feeds_lost.send(1).unwrap();
    assert_eq!(item(&mut lost).await, 1);
    for round in 0..3 {
        feeds_renewed.send(round).unwrap();
        assert_eq!(item(&mut renewed).await, round);
        // As if it had crashed: nobody is told anything.
        fed.server.abort().await;
        soon(feeds_renewed.closed()).await;
        fed = Fed::start(&url, "jsonrpc", ZmqSettings::new()).await;
        let gap = soon(renewed.next()).await.unwrap().unwrap_err();
        assert_eq!(gap.kind(), SubscriptionErrorKind::Gap, "{gap}");
        feeds_renewed = fed.next().await;
    }
    let error = soon(lost.next()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), SubscriptionErrorKind::Lost, "{error}");
    assert!(soon(lost.next()).await.is_none());
    let mut ticks = soon(plain.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
    fed.next().await.send(9).unwrap();
    assert_eq!(item(&mut ticks).await, 9);
    drop((plain, again));
    fed.server.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_of_progress_come_before_the_reply() {
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register("work", |cx: Context, (steps, token): (u64, ProgressToken)| async move {
            let progress = Progress::new(&cx, Some(token));
            for step in 0..steps {
                progress.report(step).await;
            }
            steps
        })
        .unwrap();
    let server = Server::new(Service::new(JsonRpc::new(), dispatcher)).bind(TCP).await.unwrap();
    let server = Running::run(server, Watch::default());
    let client = client(&server, "jsonrpc").await;
    for _ in 0..500 {
        let mut seen = Vec::new();
        let call = client.call_with_progress::<u64, u64, _>(
            ProgressForm::Lsp,
            "work",
            |token| (3, token),
            |step| seen.push(step),
        );
        assert_eq!(soon(call).await.unwrap(), 3);
        assert_eq!(seen, [0, 1, 2]);
    }
    drop(client);
    server.end().await;
}

/// Nothing would come of it: what a peer notifies goes to the service.
#[tokio::test]
async fn a_handler_that_subscribes_at_its_peer_is_told_at_once_that_it_cannot() {
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register("ask", |caller: Caller, (): ()| async move {
            let opened = caller.subscribe::<u64>("subscribe_numbers", (0, 5)).await;
            opened.map(drop).expect_err("nothing to be opened").to_string()
        })
        .unwrap();
    let server =
        Server::new(Service::new(JsonRpc::new(), dispatcher)).with_transport(bind(TCP, ZmqSettings::new()).await);
    let server = Running::run(server, Watch::default());
    let (own, _opened) = self::dispatcher();
    let connecting = Connector::new().with_service(Service::new(JsonRpc::new(), own));
    let client = connecting.connect(&server.url).await.unwrap();
    let why: String = soon(client.call("ask", ())).await.unwrap();
    assert!(why.contains("a ZeroMQ server cannot subscribe at its peers"), "{why}");
}
