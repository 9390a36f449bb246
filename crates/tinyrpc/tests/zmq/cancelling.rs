//! Cancellations, and what becomes of messages that are refused.

use std::sync::{Arc, Mutex};

use tinyrpc::client::{Caller, Connector};
use tinyrpc::transport::zmq::{ZmqServer, ZmqSettings};
use tinyrpc::{Dispatcher, JsonRpc, Server, Service};
use tokio::sync::Notify;

use crate::raw_peer::RawPeer;
use crate::support::{Running, TCP, Watch, soon};

const NEVER: &[u8] = br#"{"jsonrpc":"2.0","method":"never","id":1}"#;
const CANCELLED: &str = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32800,"message":"Request cancelled"}}"#;

async fn text(peer: &mut RawPeer) -> String {
    String::from_utf8(soon(peer.receive()).await.unwrap().pop().unwrap()).unwrap()
}

#[tokio::test]
async fn a_cancellation_in_a_batch_counts() {
    let server = Running::start(TCP).await;
    let mut peer = RawPeer::connect(server.address(), "DEALER").await;
    let cancel = r#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}"#;
    let add = r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":2}"#;
    peer.send(&[NEVER]).await;
    soon(server.watch.began.notified()).await;
    peer.send(&[format!("[{add},{cancel},{cancel}]").as_bytes()]).await;
    let mut replies = [text(&mut peer).await, text(&mut peer).await];
    replies.sort();
    assert_eq!(replies, [r#"[{"jsonrpc":"2.0","id":2,"result":3}]"#, CANCELLED]);
    soon(server.watch.dropped.notified()).await;

    // With nothing else in it nothing is owed, but who may be a REQ behind a proxy is released.
    for (envelope, released) in [(&[b"".as_slice()][..], false), (&[b"ada", b""], true)] {
        peer.send(&[envelope, &[NEVER]].concat()).await;
        soon(server.watch.began.notified()).await;
        peer.send(&[envelope, &[format!("[{cancel}]").as_bytes()]].concat()).await;
        let mut replies = vec![text(&mut peer).await];
        if released {
            replies.push(text(&mut peer).await);
            replies.sort();
            assert_eq!(replies.remove(0), "");
        }
        assert_eq!(replies, [CANCELLED]);
        soon(server.watch.dropped.notified()).await;
    }
    server.end().await;
}

#[tokio::test]
async fn the_notifications_of_a_batch_whose_calls_are_refused_run() {
    let server = Running::start_with(TCP, ZmqSettings::new().with_calls_in_flight(1)).await;
    let mut peer = RawPeer::connect(server.address(), "DEALER").await;
    peer.send(&[br#"{"jsonrpc":"2.0","method":"wait","params":[7],"id":1}"#]).await;
    soon(server.watch.began.notified()).await;
    let batch = r#"[{"jsonrpc":"2.0","method":"add","params":[1,2],"id":2},{"jsonrpc":"2.0","method":"open"}]"#;
    peer.send(&[batch.as_bytes()]).await;
    let refused = r#"[{"jsonrpc":"2.0","id":2,"error":{"code":-32001,"message":"too many calls in flight"}}]"#;
    assert_eq!(text(&mut peer).await, refused);
    assert_eq!(text(&mut peer).await, r#"{"jsonrpc":"2.0","id":1,"result":7}"#, "the notification has run");
    server.end().await;
}

/// Calls in both directions, and that one of them is given up.
#[tokio::test]
async fn the_trace_hook_sees_what_handlers_send_and_all_that_comes() {
    let (seen, asked) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(Notify::new()));
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register("ask", |caller: Caller, (): ()| async move { caller.call::<String>("name", ()).await.unwrap() })
        .unwrap();
    let began = Arc::clone(&asked);
    dispatcher
        .register("never", move || {
            began.notify_one();
            std::future::pending::<()>()
        })
        .unwrap();
    let sees = Arc::clone(&seen);
    let service = Service::new(JsonRpc::new(), dispatcher).with_trace(move |direction, from, message| {
        assert!(from.to_string().starts_with("zmq"), "{from}");
        sees.lock().unwrap().push(format!("{direction:?} {}", String::from_utf8_lossy(message)));
    });
    let server = Server::new(service).with_transport(ZmqServer::bind(TCP).await.unwrap());
    let server = Running::run(server, Watch::default());
    let mut own = Dispatcher::new();
    own.register("name", || "Ada").unwrap();
    let client = Connector::new().with_service(Service::new(JsonRpc::new(), own)).connect(&server.url).await.unwrap();
    assert_eq!(soon(client.call::<String>("ask", ())).await.unwrap(), "Ada");
    tokio::select! {
        never = client.call::<()>("never", ()) => panic!("{never:?}"),
        () = soon(asked.notified()) => {}
    }
    // Answered after the cancellation has come.
    soon(client.call::<()>("nothing", ())).await.unwrap_err();
    let mut lines = seen.lock().unwrap().clone();
    let cancel = lines.iter().position(|line| line.contains("$/cancelRequest")).expect("the cancellation is seen");
    assert!(lines.remove(cancel).starts_with("Received"));
    let methods: Vec<_> = lines.iter().map(|line| line.replace(r#""jsonrpc":"2.0","#, "")).collect();
    assert_eq!(
        methods[..5],
        [
            r#"Received {"method":"ask","id":1}"#,
            r#"Sent {"method":"name","id":1}"#,
            r#"Received {"id":1,"result":"Ada"}"#,
            r#"Sent {"id":1,"result":"Ada"}"#,
            r#"Received {"method":"never","id":2}"#,
        ]
    );
    drop(client);
    server.end().await;
}
