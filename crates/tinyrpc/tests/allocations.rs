//! How often a call allocates, and how much; each bound is what was measured.
#![cfg(all(feature = "jsonrpc", feature = "msgpack"))]

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tinyrpc::call::BoxFuture;
use tinyrpc::peer::PeerSettings;
use tinyrpc::transport::{ClientTransport, Expect, Outgoing, Shutdown, TransportError};
use tinyrpc::{Answered, Client, Dispatcher, JsonRpc, MessagePackRpc, Origin, Protocol, Service};
use tinyrpc_alloc_counter::{Counting, Counts, measure};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Ready when it is polled the second time.
fn one_turn() -> impl Future<Output = ()> {
    let mut turns = 0;
    std::future::poll_fn(move |context| {
        turns += 1;
        context.waker().wake_by_ref();
        if turns > 1 { Poll::Ready(()) } else { Poll::Pending }
    })
}

/// Polls until it is ready, with no runtime that would allocate for itself.
fn finish<R>(future: impl Future<Output = R>) -> R {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1000 {
        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return result;
        }
    }
    panic!("it should be ready after a few turns")
}

fn methods() -> Dispatcher {
    let mut methods = Dispatcher::new();
    methods.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    methods
        .register("late", |(a, b): (i64, i64)| async move {
            one_turn().await;
            a + b
        })
        .unwrap();
    methods.register("echo", |(text,): (String,)| text).unwrap();
    methods
}

/// A service, and what a transport keeps at hand for it.
struct Server {
    service: Service,
    protocol: Arc<dyn Protocol>,
    origin: Arc<Origin>,
}

impl Server {
    fn new(protocol: impl Protocol) -> Self {
        let service = Service::new(protocol, methods());
        let protocol = Arc::clone(&service.protocols()[0]);
        Self { service, protocol, origin: Arc::new(Origin::new("test")) }
    }

    /// Answers once to warm up, and once more to count. The buffer is reused, as transports do.
    fn counts(&self, message: &[u8], replies: bool) -> Counts {
        let mut out = Vec::new();
        let mut answer = || {
            out.clear();
            match self.service.answer(&self.protocol, &self.origin, message, &mut out) {
                Answered::Later(pending) => out.extend(finish(pending)),
                Answered::Written | Answered::Nothing => {}
                other => panic!("{other:?}"),
            }
            assert_eq!(!out.is_empty(), replies);
        };
        answer();
        let ((), counts) = measure(answer);
        assert_eq!(counts.held, 0, "something is kept");
        counts
    }
}

fn json_call(method: &str) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":[1,2],"id":7}}"#).into()
}

fn json_batch(method: &str, id: &str) -> Vec<u8> {
    let call = format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":[1,2]{id}}}"#);
    format!("[{}]", vec![call; 100].join(",")).into()
}

#[test]
fn a_synchronous_call_allocates_nothing() {
    let json = Server::new(JsonRpc::new());
    assert_eq!(json.counts(&json_call("add"), true).calls, 0);
    assert_eq!(json.counts(br#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":"text"}"#, true).calls, 0);
    assert_eq!(json.counts(br#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":-1.50}"#, true).calls, 0);
    let packed = Server::new(MessagePackRpc::new());
    assert_eq!(packed.counts(b"\x94\x00\x07\xa3add\x92\x01\x02", true).calls, 0);
    let old = Server::new(JsonRpc::v1());
    assert_eq!(old.counts(br#"{"method":"add","params":[1,2],"id":7}"#, true).calls, 0);
}

#[test]
fn a_notification_allocates_nothing() {
    let json = Server::new(JsonRpc::new());
    assert_eq!(json.counts(br#"{"jsonrpc":"2.0","method":"add","params":[1,2]}"#, false).calls, 0);
    let packed = Server::new(MessagePackRpc::new());
    assert_eq!(packed.counts(b"\x93\x02\xa3add\x92\x01\x02", false).calls, 0);
}

/// The handler's future, the method's name for the log, the reply.
#[test]
fn an_asynchronous_call_allocates_little() {
    let json = Server::new(JsonRpc::new());
    let counts = json.counts(&json_call("late"), true);
    assert!(counts.calls <= 3 && counts.bytes <= 250, "{counts:?}");
    let packed = Server::new(MessagePackRpc::new());
    let counts = packed.counts(b"\x94\x00\x07\xa4late\x92\x01\x02", true);
    assert!(counts.calls <= 3 && counts.bytes <= 250, "{counts:?}");
}

#[test]
fn a_batch_allocates_its_list_of_calls() {
    let json = Server::new(JsonRpc::new());
    let counts = json.counts(&json_batch("add", r#","id":1"#), true);
    assert!(counts.calls <= 6 && counts.bytes <= 12_000, "{counts:?}");
    let counts = json.counts(&json_batch("add", ""), false);
    assert!(counts.calls <= 6 && counts.bytes <= 12_000, "{counts:?}");
    let counts = json.counts(&json_batch("late", r#","id":1"#), true);
    // One more each, for waiting on all of them at once.
    assert!(counts.calls <= 100 * 4 + 25 && counts.bytes <= 80_000, "{counts:?}");
}

/// The text itself, and the buffer of the reply.
#[test]
fn a_long_text_is_copied_no_more_than_it_must() {
    const LENGTH: u64 = 1 << 20;
    let text = "x".repeat(1 << 20);
    let message = format!(r#"{{"jsonrpc":"2.0","method":"echo","params":["{text}"],"id":7}}"#);
    let json = Server::new(JsonRpc::new());
    // Into a reused buffer: the argument.
    let counts = json.counts(message.as_bytes(), true);
    assert!(counts.calls <= 1 && counts.bytes <= LENGTH, "{counts:?}");
    // Into a new one: the reply as well, whose buffer has doubled for the two bytes after the text. That costs addresses
    // and no copy.
    let (message, origin) = (Bytes::from(message), Arc::clone(&json.origin));
    let (reply, counts) = measure(|| finish(json.service.exchange(origin, message)));
    assert!(counts.bytes <= 3 * LENGTH + 1000, "{counts:?}");
    assert_eq!(reply.unwrap().len(), text.len() + 36);

    let packed = [b"\x94\x00\x07\xa4echo\x91\xdb\x00\x10\x00\x00", text.as_bytes()].concat();
    let counts = Server::new(MessagePackRpc::new()).counts(&packed, true);
    assert!(counts.calls <= 1 && counts.bytes <= LENGTH, "{counts:?}");
}

/// Answers at once with what was made beforehand.
#[derive(Debug)]
struct Ready(Bytes);

impl ClientTransport for Ready {
    fn exchange(&self, outgoing: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let reply = (outgoing.expect == Expect::Reply).then(|| self.0.clone());
        Box::pin(std::future::ready(Ok(reply)))
    }
}

fn client_counts<R>(reply: Vec<u8>, protocol: impl Protocol, work: impl AsyncFn(Client) -> R) -> Counts {
    // The same id each time, so that the same reply fits.
    let client = Client::new(Ready(reply.into()), protocol).with_ids(|| 7.into());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        work(client.clone()).await;
        let (_, counts) = measure(|| finish(work(client)));
        counts
    })
}

/// The message, the owner that lets it be shared, and the transport's own future.
#[test]
fn a_client_allocates_little() {
    let json = br#"{"jsonrpc":"2.0","id":7,"result":3}"#.to_vec();
    let counts = client_counts(json.clone(), JsonRpc::new(), async |client| {
        assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    });
    assert!(counts.calls <= 3 && counts.bytes <= 250, "{counts:?}");

    let counts = client_counts(b"\x94\x01\x07\xc0\x03".to_vec(), MessagePackRpc::new(), async |client| {
        assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    });
    assert!(counts.calls <= 3 && counts.bytes <= 250, "{counts:?}");

    let counts = client_counts(json, JsonRpc::new(), async |client| client.notify("add", (1, 2)).await.unwrap());
    assert!(counts.calls <= 3 && counts.bytes <= 250, "{counts:?}");
}

#[test]
fn a_clients_batch_allocates_little_a_call() {
    let one = r#"{"jsonrpc":"2.0","id":7,"result":3}"#;
    let reply = format!("[{}]", vec![one; 100].join(",")).into_bytes();
    let counts = client_counts(reply, JsonRpc::new(), async |client| {
        let mut batch = client.batch();
        let entries: Vec<_> = (0..100).map(|_| batch.call::<i64>("add", (1, 2))).collect();
        let mut replies = batch.send().await.unwrap();
        for entry in entries {
            assert_eq!(replies.take(entry).unwrap(), 3);
        }
    });
    assert!(counts.calls <= 26 && counts.bytes <= 30_000, "{counts:?}");
}

/// The text in the message, whose buffer doubles for the bytes after the text, and the text that came back.
#[test]
fn a_client_copies_long_texts_no_more_than_it_must() {
    const LENGTH: u64 = 1 << 20;
    let text = "x".repeat(1 << 20);
    let reply = format!(r#"{{"jsonrpc":"2.0","id":7,"result":"{text}"}}"#).into_bytes();
    let counts = client_counts(reply, JsonRpc::new(), async |client| {
        assert_eq!(client.call::<String>("echo", (&text,)).await.unwrap().len(), text.len());
    });
    assert!(counts.bytes <= 3 * LENGTH + 1000, "{counts:?}");
}

/// On either side of a link, and in between.
#[test]
fn ten_thousand_cancelled_calls_keep_nothing() {
    let mut methods = Dispatcher::new();
    methods.register("never", |(_,): (String,)| std::future::pending::<()>()).unwrap();
    methods.register("now", || 1).unwrap();
    let service = Service::new(JsonRpc::new(), methods);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let client = runtime.block_on(async {
        let (here, there) = tinyrpc::transport::memory::pair(1 << 20);
        tokio::spawn(async move { service.link(Origin::new("test"), there).await });
        Client::over(here, JsonRpc::new())
    });
    // A hundred at a time.
    let cancelled = async |times: usize| {
        let text = "x".repeat(1_000);
        for _ in 0..times {
            let mut calls: Vec<_> = (0..100).map(|_| Box::pin(client.call::<()>("never", (&text,)))).collect();
            for call in &mut calls {
                let polled = std::future::poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await;
                assert!(polled.is_pending());
            }
            assert_eq!(client.call::<i64>("now", ()).await.unwrap(), 1);
            drop(calls);
            assert_eq!(client.call::<i64>("now", ()).await.unwrap(), 1);
        }
    };
    runtime.block_on(cancelled(20));
    let ((), counts) = measure(|| runtime.block_on(cancelled(100)));
    // A megabyte went to and fro a hundred times.
    assert!(counts.bytes > 10 << 20, "{counts:?}");
    assert!(counts.held.abs() < 10_000, "{counts:?}");
}

/// One after another, so that no reply waits to be sent when the next message comes.
#[test]
fn a_link_keeps_nothing_of_what_is_over() {
    let service = Service::new(JsonRpc::new(), methods());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (_trigger, never) = Shutdown::new();
    for settings in [PeerSettings::new(), PeerSettings::new().with_calls_in_flight(usize::MAX)] {
        let mut link = runtime.block_on(async {
            let (here, there) = tinyrpc::transport::memory::pair(1 << 20);
            tokio::spawn(service.link_until(&never, Origin::new("test"), there, settings));
            here
        });
        let mut answered = async |message: &[u8], times: usize| {
            for _ in 0..times {
                link.sink.send(message).unwrap();
                std::future::poll_fn(|cx| link.sink.poll_flush(cx)).await.unwrap();
                std::future::poll_fn(|cx| link.source.poll_recv(cx)).await.unwrap().unwrap();
            }
        };
        for message in [&json_call("late"), &b"[1]"[..]] {
            runtime.block_on(answered(message, 100));
            let ((), counts) = measure(|| runtime.block_on(answered(message, 5_000)));
            assert!(counts.held.abs() < 1_000, "{counts:?}");
        }
    }
}
