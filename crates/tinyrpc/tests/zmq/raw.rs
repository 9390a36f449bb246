//! Envelopes, the release of REQ peers, and what is no ZeroMQ at all.

use std::sync::Arc;
use std::time::Duration;

use tinyrpc::transport::zmq::ZmqSettings;
use tinyrpc::{Dispatcher, JsonRpc, Server, Service};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::raw_peer::{RawPeer, encode};
use crate::support::{Running, TCP, Watch, soon};

const CALL: &[u8] = br#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":7}"#;
const REPLY: &[u8] = br#"{"jsonrpc":"2.0","id":7,"result":3}"#;
const NOTIFICATION: &[u8] = br#"{"jsonrpc":"2.0","method":"add","params":[1,2]}"#;
const NOTIFICATIONS: &[u8] = br#"[{"jsonrpc":"2.0","method":"add","params":[1,2]}]"#;

#[tokio::test]
async fn the_envelope_comes_back_as_it_was() {
    let server = Running::start(TCP).await;
    let many: Vec<&[u8]> = [b"a".as_slice(); 12].to_vec();
    for (kind, envelope) in [
        ("REQ", vec![b"".as_slice()]),
        ("DEALER", vec![]),
        ("DEALER", vec![b"".as_slice()]),
        ("DEALER", vec![b"one", b"", b"two", b""]),
        ("ROUTER", vec![b"x".repeat(300).leak(), b""]),
        ("DEALER", many),
    ] {
        let mut peer = RawPeer::connect(server.address(), kind).await;
        for _ in 0..2 {
            peer.send(&[&envelope[..], &[CALL]].concat()).await;
            let reply = soon(peer.receive()).await.unwrap();
            assert_eq!(reply, [&envelope[..], &[REPLY]].concat(), "{kind}");
        }
    }
    server.end().await;
}

#[tokio::test]
async fn who_waits_is_released_and_nobody_else() {
    let server = Running::start(TCP).await;
    for message in [NOTIFICATION, NOTIFICATIONS] {
        for (kind, envelope, released) in [
            ("REQ", vec![b"".as_slice()], true),
            // A REQ behind a proxy.
            ("DEALER", vec![b"\0abcd", b""], true),
            ("ROUTER", vec![b"\0abcd", b""], true),
            ("DEALER", vec![b""], false),
            ("DEALER", vec![], false),
            ("DEALER", vec![b"id"], false),
        ] {
            let mut peer = RawPeer::connect(server.address(), kind).await;
            peer.send(&[&envelope[..], &[message]].concat()).await;
            peer.send(&[&envelope[..], &[CALL]].concat()).await;
            if released {
                let release = soon(peer.receive()).await.unwrap();
                assert_eq!(release, [&envelope[..], &[b""]].concat(), "{kind} {envelope:?}");
            }
            let reply = soon(peer.receive()).await.unwrap();
            assert_eq!(reply, [&envelope[..], &[REPLY]].concat(), "{kind} {envelope:?}");
        }
    }
    server.end().await;
}

#[tokio::test]
async fn broken_messages_are_answered() {
    let server = Running::start(TCP).await;
    let mut peer = RawPeer::connect(server.address(), "REQ").await;
    for broken in [b"".as_slice(), b"{", b"\xff\xfe", b"[1]", b"null"] {
        peer.send(&[b"", broken]).await;
        let reply = soon(peer.receive()).await.unwrap();
        assert_eq!(reply[0], b"");
        assert!(String::from_utf8_lossy(&reply[1]).contains(r#""error":"#), "{broken:?}: {reply:?}");
    }
    server.end().await;
}

#[tokio::test]
async fn what_is_no_zeromq_harms_nobody() {
    let server = Running::start(TCP).await;
    let mut open = Vec::new();
    for garbage in [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        vec![0xff; 4096],
        vec![0; 4096],
        b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL".to_vec(),
        vec![],
    ] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(&garbage).await.unwrap();
        open.push(stream);
    }
    let sum: i64 = server.client().await.call("add", (1, 2)).await.unwrap();
    assert_eq!(sum, 3);
    // Those whose greeting can be no greeting are closed, not kept.
    let mut read = Vec::new();
    soon(open[0].read_to_end(&mut read)).await.ok();
    server.end().await;
}

#[tokio::test]
async fn what_is_too_long_costs_the_connection_before_it_comes() {
    let server = Running::start_with(TCP, ZmqSettings::new().with_max_message(10_000)).await;
    let client = server.client().await;
    for announced in [100_000_u64, 1 << 40, 1 << 60, u64::MAX >> 1, u64::MAX] {
        let mut peer = RawPeer::connect(server.address(), "DEALER").await;
        let mut head = vec![0x02];
        head.extend(announced.to_be_bytes());
        peer.0.write_all(&head).await.unwrap();
        assert_eq!(soon(peer.receive()).await, None, "{announced}");
    }
    // Many small frames are one long message.
    let mut peer = RawPeer::connect(server.address(), "DEALER").await;
    let frames = vec![b"0123456789".as_slice(); 10_000];
    let _ = peer.0.write_all(&encode(&frames)).await;
    assert_eq!(soon(peer.receive()).await, None);
    let text = "x".repeat(9_000);
    assert_eq!(client.call::<String>("echo", (&text,)).await.unwrap(), text);
    server.end().await;
}

#[tokio::test]
async fn a_peer_that_goes_away_takes_its_calls_along() {
    let server = Running::start(TCP).await;
    let mut peer = RawPeer::connect(server.address(), "DEALER").await;
    peer.send(&[br#"{"jsonrpc":"2.0","method":"never","id":1}"#]).await;
    soon(server.watch.began.notified()).await;
    drop(peer);
    soon(server.watch.dropped.notified()).await;
    assert_eq!(server.client().await.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    server.end().await;
}

#[tokio::test]
async fn a_handler_that_panics_when_its_peer_goes_away_harms_nobody() {
    struct Panics(Arc<Notify>);
    impl Drop for Panics {
        fn drop(&mut self) {
            self.0.notify_one();
            panic!("dropped");
        }
    }
    let (mut dispatcher, began, dropped) = (Dispatcher::new(), Arc::new(Notify::new()), Arc::new(Notify::new()));
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    let (begins, drops) = (Arc::clone(&began), Arc::clone(&dropped));
    dispatcher
        .register("never", move || {
            begins.notify_one();
            let panics = Panics(Arc::clone(&drops));
            async move {
                let _panics = panics;
                std::future::pending::<()>().await;
            }
        })
        .unwrap();
    let server = Server::new(Service::new(JsonRpc::new(), dispatcher)).bind(TCP).await.unwrap();
    let server = Running::run(server, Watch::default());
    let client = server.client().await;
    let mut peer = RawPeer::connect(server.address(), "DEALER").await;
    for _ in 0..3 {
        peer.send(&[br#"{"jsonrpc":"2.0","method":"never","id":1}"#]).await;
        soon(began.notified()).await;
    }
    drop(peer);
    soon(dropped.notified()).await;
    assert_eq!(soon(client.call::<i64>("add", (1, 2))).await.unwrap(), 3);
    server.end().await;
}

#[tokio::test]
async fn behind_a_proxy_everybody_cancels_calls_of_their_own() {
    let server = Running::start(TCP).await;
    let mut proxy = RawPeer::connect(server.address(), "DEALER").await;
    let call = br#"{"jsonrpc":"2.0","method":"wait","params":[5],"id":1}"#;
    let cancel = br#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}"#;
    // Ids tell apart the calls of one client only.
    proxy.send(&[b"bob", b"", call]).await;
    proxy.send(&[b"ada", b"", call]).await;
    proxy.send(&[b"eve", b"", cancel]).await;
    proxy.send(&[b"bob", b"", cancel]).await;
    proxy.send(&[b"ada", b"", br#"{"jsonrpc":"2.0","method":"open","id":2}"#]).await;
    let mut replies = Vec::new();
    while replies.len() < 3 {
        let frames: Vec<_> = soon(proxy.receive()).await.unwrap().into_iter().map(String::from_utf8).collect();
        let [who, _, reply] = frames.try_into().unwrap();
        // What came back for the cancellation says nothing.
        if let (who, reply) = (who.unwrap(), reply.unwrap())
            && !reply.is_empty()
        {
            replies.push((who, reply.contains("-32800")));
        }
    }
    replies.sort();
    let expected = [("ada", false), ("ada", false), ("bob", true)].map(|(who, cancelled)| (who.to_owned(), cancelled));
    assert_eq!(replies, expected);
    server.end().await;
}

#[tokio::test]
async fn a_peer_that_never_reads_is_given_up_and_the_others_are_served() {
    let settings = ZmqSettings::new().with_backlog(1 << 20).with_stall(Duration::from_secs(60));
    let server = Running::start_with(TCP, settings).await;
    let client = server.client().await;
    let mut peer = RawPeer::connect(server.address(), "DEALER").await;
    let call = encode(&[br#"{"jsonrpc":"2.0","method":"repeat","params":["0123456789",10000],"id":1}"#]);
    // 100 KB each: 40 MB are more than the system's buffers, the 128 replies of ZeroMQ's queue and the backlog.
    let flood = async {
        for _ in 0..400 {
            if peer.0.write_all(&call).await.is_err() {
                return true;
            }
            assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
        }
        false
    };
    assert!(soon(flood).await, "it was never given up");
    server.end().await;
}

#[tokio::test]
async fn a_peer_that_reads_nothing_for_too_long_is_given_up() {
    let server = Running::start_with(TCP, ZmqSettings::new().with_stall(Duration::from_millis(200))).await;
    let mut peer = RawPeer::connect(server.address(), "DEALER").await;
    // 60 MB: more than the system's buffers and the 128 replies of ZeroMQ's queue, and less than the backlog besides.
    let call = br#"{"jsonrpc":"2.0","method":"repeat","params":["0123456789",30000],"id":1}"#;
    for _ in 0..200 {
        peer.send(&[call]).await;
    }
    // Reading would take the replies; writing tells as well that the connection has gone.
    let more = encode(&[b"", b""]);
    soon(async {
        while peer.0.write_all(&more).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    server.end().await;
}

#[tokio::test]
async fn a_peer_that_reads_late_gets_everything() {
    let server = Running::start(TCP).await;
    let mut peer = RawPeer::connect(server.address(), "DEALER").await;
    let calls = 300;
    for id in 0..calls {
        let call = format!(r#"{{"jsonrpc":"2.0","method":"repeat","params":["0123456789",5000],"id":{id}}}"#);
        peer.send(&[call.as_bytes()]).await;
    }
    // By then all have been answered, or wait for room.
    assert_eq!(server.client().await.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    for id in 0..calls {
        let reply = soon(peer.receive()).await.unwrap();
        assert!(reply[0].starts_with(format!(r#"{{"jsonrpc":"2.0","id":{id},"#).as_bytes()), "{id}");
        assert!(reply[0].len() > 50_000);
    }
    server.end().await;
}

#[tokio::test]
async fn calls_of_one_peer_are_bounded() {
    let server = Running::start_with(TCP, ZmqSettings::new().with_calls_in_flight(2)).await;
    let mut peer = RawPeer::connect(server.address(), "DEALER").await;
    for id in 1..=3 {
        peer.send(&[format!(r#"{{"jsonrpc":"2.0","method":"wait","params":[{id}],"id":{id}}}"#).as_bytes()]).await;
    }
    let refused = soon(peer.receive()).await.unwrap().concat();
    assert_eq!(
        String::from_utf8(refused).unwrap(),
        r#"{"jsonrpc":"2.0","id":3,"error":{"code":-32001,"message":"too many calls in flight"}}"#
    );
    // What does not wait is served all the same, from another peer.
    server.client().await.call::<()>("open", ()).await.unwrap();
    for _ in 0..2 {
        assert!(soon(peer.receive()).await.unwrap().concat().ends_with(b"}"));
    }
    server.end().await;
}
