//! Peers that choose their identity, and others that choose the same one.

use tinyrpc::transport::zmq::ZmqSettings;

use crate::raw_peer::RawPeer;
use crate::support::{Running, TCP, soon};

fn call(id: usize, method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params},"id":{id}}}"#)
}

async fn receive(peer: &mut RawPeer) -> Option<String> {
    let frames = soon(peer.receive()).await?;
    Some(String::from_utf8(frames.concat()).unwrap())
}

/// Has so much to read that some of it waits in the server.
async fn jam(peer: &mut RawPeer, server: &Running) {
    // 60 MB: more than the system's buffers and the 128 replies of ZeroMQ's queue.
    for id in 0..200 {
        peer.send(&[call(id, "repeat", r#"["0123456789", 30000]"#).as_bytes()]).await;
    }
    peer.send(&[call(200, "wait", "[1]").as_bytes()]).await;
    soon(server.watch.began.notified()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_peer_never_goes_to_its_successor() {
    let server = Running::start_with(TCP, ZmqSettings::new().with_backlog(64 << 20)).await;
    for _ in 0..5 {
        let mut old = RawPeer::connect_as(server.address(), "DEALER", b"same").await;
        jam(&mut old, &server).await;
        let mut new = RawPeer::connect_as(server.address(), "DEALER", b"same").await;
        // Also what the handlers of the old one return only now.
        server.client().await.call::<()>("open", ()).await.unwrap();
        for id in 1_000..1_010 {
            new.send(&[call(id, "add", "[1,2]").as_bytes()]).await;
            let reply = receive(&mut new).await.expect("the connection holds");
            assert_eq!(reply.get(..80).unwrap_or(&reply), format!(r#"{{"jsonrpc":"2.0","id":{id},"result":3}}"#));
        }
    }
    server.end().await;
}

#[tokio::test]
async fn a_reply_may_be_longer_than_all_that_may_wait() {
    let server = Running::start_with(TCP, ZmqSettings::new().with_backlog(1_000)).await;
    let mut peer = RawPeer::connect_as(server.address(), "DEALER", b"name").await;
    for id in 0..3 {
        peer.send(&[call(id, "repeat", r#"["0123456789", 30000]"#).as_bytes()]).await;
        let reply = receive(&mut peer).await.expect("the connection holds");
        assert!(reply.len() > 300_000 && reply.contains(&format!(r#""id":{id},"#)));
    }
    server.end().await;
}
