//! Programs that move messages themselves, at either end: replies go where their messages came from.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tinyrpc::transport::callback::{CallbackClient, CallbackServer};
use tinyrpc::transport::{Expect, TransportError, TransportErrorKind};
use tinyrpc::{Client, Context, Dispatcher, JsonRpc, MessagePackRpc, Origin, Service};
use tokio::sync::Semaphore;

/// What a program knows of a sender.
#[derive(Clone, Debug, PartialEq)]
struct Pigeon(&'static str);

/// Where each reply went, and what it was.
type Written = Receiver<(Option<Pigeon>, String)>;

/// The server, what it writes, and the gate of its method `wait`.
fn server() -> (CallbackServer, Written, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    dispatcher.register("panic", |(): ()| -> () { panic!("as it should") }).unwrap();
    dispatcher
        .register("who", |cx: Context, (): ()| {
            let pigeon = cx.extension::<Pigeon>().map(|pigeon| pigeon.0);
            (cx.origin().to_string(), pigeon)
        })
        .unwrap();
    let opened = Arc::clone(&gate);
    dispatcher
        .register("wait", move |cx: Context, (): ()| {
            let opened = Arc::clone(&opened);
            async move {
                opened.acquire().await.unwrap().forget();
                cx.extension::<Pigeon>().map(|pigeon| pigeon.0)
            }
        })
        .unwrap();
    let (write, written) = channel();
    let service = Service::new(JsonRpc::new(), dispatcher);
    let server = CallbackServer::new(service, move |from, reply| {
        let reply = String::from_utf8(reply.to_vec()).unwrap();
        // A test that has seen enough does not read on.
        let _ = write.send((from.extension::<Pigeon>().cloned(), reply));
    });
    (server, written, gate)
}

fn from(pigeon: &'static str) -> Origin {
    Origin::new("pigeon").with_address("loft 7").with_extension(Pigeon(pigeon))
}

fn call(method: &str, id: u32) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","id":{id}}}"#)
}

fn result(id: u32, result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
}

/// No runtime is needed, and nothing has to be waited for.
#[test]
fn synchronous_calls_are_answered_before_it_returns() {
    let (server, written, _) = server();
    for (pigeon, id) in [("Alice", 1), ("Bob", 2)] {
        server.receive_now(from(pigeon), call("who", id));
        let reply = result(id, &format!(r#"["pigeon loft 7","{pigeon}"]"#));
        assert_eq!(written.try_recv().unwrap(), (Some(Pigeon(pigeon)), reply));
    }
    server.receive_now(from("Alice"), "nonsense");
    let (to, error) = written.try_recv().unwrap();
    assert!(to == Some(Pigeon("Alice")) && error.contains("-32700"), "{error}");
    server.receive_now(from("Bob"), call("panic", 3));
    assert!(written.try_recv().unwrap().1.contains("-32603"));
    // Nothing is owed for these.
    server.receive_now(from("Alice"), r#"{"jsonrpc":"2.0","method":"add","params":[1,2]}"#);
    server.receive_now(from("Alice"), r#"[{"jsonrpc":"2.0","method":"add","params":[1,2]}]"#);
    assert!(written.try_recv().is_err());
}

#[tokio::test]
async fn asynchronous_calls_are_answered_when_they_end_to_whoever_made_them() {
    let (server, written, gate) = server();
    server.receive_now(from("Alice"), call("wait", 1));
    server.receive_now(from("Bob"), call("who", 2));
    assert_eq!(written.try_recv().unwrap().0, Some(Pigeon("Bob")));
    assert!(written.try_recv().is_err(), "the first still waits");
    gate.add_permits(1);
    let first = tokio::task::spawn_blocking(move || written.recv_timeout(Duration::from_secs(20))).await.unwrap();
    assert_eq!(first.unwrap(), (Some(Pigeon("Alice")), result(1, r#""Alice""#)));
}

#[tokio::test]
async fn a_message_can_be_waited_for() {
    let (server, written, gate) = server();
    let both = async { tokio::join!(server.receive(from("Alice"), call("wait", 1)), async { gate.add_permits(1) }) };
    both.await;
    assert_eq!(written.try_recv().unwrap(), (Some(Pigeon("Alice")), result(1, r#""Alice""#)));
    // A notification that nobody waits for runs on: it takes the next permit.
    tokio::select! {
        biased;
        () = server.receive(from("Bob"), r#"{"jsonrpc":"2.0","method":"wait"}"#) => panic!("the gate is closed"),
        () = tokio::task::yield_now() => {}
    }
    gate.add_permits(1);
    while gate.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(written.try_recv().is_err());

    // Whoever gives up cancels the call: nobody takes the permit, and nothing is written.
    tokio::select! {
        biased;
        () = server.receive(from("Alice"), call("wait", 2)) => panic!("the gate is closed"),
        () = tokio::task::yield_now() => {}
    }
    gate.add_permits(1);
    server.receive(from("Bob"), call("wait", 3)).await;
    assert_eq!(written.try_recv().unwrap().1, result(3, r#""Bob""#));
}

#[test]
fn clones_serve_from_several_threads() {
    let (server, written, _) = server();
    let threads = (0..4).map(|thread| {
        let server = server.clone();
        std::thread::spawn(move || {
            for id in 0..100 {
                server.receive_now(from("Alice"), call("who", thread * 100 + id));
            }
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().unwrap();
    }
    let mut replies: Vec<_> = written.try_iter().map(|(_, reply)| reply).collect();
    replies.sort_unstable();
    replies.dedup();
    assert_eq!(replies.len(), 400);
}

/// The messages that went out, and whether a reply was to come.
type Sent = Mutex<Vec<(Bytes, Expect)>>;

/// A client whose messages a server gets, in this process; every message that went out is kept.
fn client(packed: bool) -> (Client, Arc<Sent>) {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    dispatcher.register("text", |(length,): (usize,)| "x".repeat(length)).unwrap();
    let service = Service::new(JsonRpc::new(), dispatcher).with_protocol(MessagePackRpc::new());
    let sent: Arc<Sent> = Arc::default();
    let kept = Arc::clone(&sent);
    let transport = CallbackClient::new_with(move |outgoing| {
        assert!(outgoing.deadline.is_some_and(|deadline| deadline > Instant::now()));
        kept.lock().unwrap().push((outgoing.message.clone(), outgoing.expect));
        let service =
            service.protocol_for(Some(outgoing.content_type)).cloned().map(|one| service.clone().speaking(one));
        let message = outgoing.message;
        async move {
            let lost = || TransportError::new(TransportErrorKind::Lost, "the pigeon knows no such language");
            Ok(service.ok_or_else(lost)?.exchange(Origin::new("pigeon"), message).await)
        }
    });
    let client =
        if packed { Client::new(transport, MessagePackRpc::new()) } else { Client::new(transport, JsonRpc::new()) };
    (client, sent)
}

#[tokio::test]
async fn a_client_says_whether_it_waits_for_a_reply() {
    for packed in [false, true] {
        let (client, sent) = client(packed);
        assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
        client.notify("add", (1, 2)).await.unwrap();
        let sent = std::mem::take(&mut *sent.lock().unwrap());
        assert_eq!(sent.iter().map(|(_, expect)| *expect).collect::<Vec<_>>(), [Expect::Reply, Expect::Nothing]);
        assert_eq!(sent[0].0[0], if packed { 0x94 } else { b'{' });
    }
}

#[tokio::test]
async fn replies_are_bounded_and_late_ones_are_given_up() {
    let (client, _) = client(false);
    let small = client.with_limits(tinyrpc::Limits::default().with_message(1_000));
    let error = small.call::<String>("text", (2_000,)).await.unwrap_err();
    assert_eq!(error.transport_error().unwrap().kind(), TransportErrorKind::TooLarge);
    assert_eq!(small.call::<i64>("add", (1, 2)).await.unwrap(), 3);

    let dropped = Arc::new(());
    let held = Arc::clone(&dropped);
    let never = CallbackClient::new(move |_| {
        let held = Arc::clone(&held);
        async move {
            let _held = held;
            std::future::pending().await
        }
    });
    let client = Client::new(never, JsonRpc::new()).with_timeout(Duration::from_millis(20));
    assert!(client.call::<i64>("add", (1, 2)).await.unwrap_err().is_timeout());
    assert_eq!(Arc::strong_count(&dropped), 2, "the function's future is dropped");
}
