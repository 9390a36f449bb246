//! What a server makes of the time that a call says, and of what is no time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use tinyrpc::client::CallErrorKind;
use tinyrpc::layer::{Layer, Next, Spans};
use tinyrpc::peer::{Order, Peer, PeerSettings};
use tinyrpc::transport::memory::{Memory, pair};
use tinyrpc::{Call, Client, Dispatcher, JsonRpc, Metadata, Origin, Outcome, Service, TraceContext};
use tokio::sync::Notify;

use crate::support::*;

async fn answer(service: &Service, origin: Origin, message: &str) -> String {
    let reply = soon(service.exchange(origin, message.to_owned())).await;
    reply.map_or_else(String::new, |reply| String::from_utf8(reply.to_vec()).unwrap())
}

const LATE: &str = r#""error":{"code":-32002,"message":"The caller waits no longer"}}"#;

#[tokio::test]
async fn what_comes_too_late_does_not_run() {
    let ran = Arc::new(AtomicUsize::new(0));
    let mut dispatcher = Dispatcher::new();
    let count = Arc::clone(&ran);
    dispatcher.register("hit", move || count.fetch_add(1, Ordering::SeqCst)).unwrap();
    let service = Service::new(JsonRpc::new(), dispatcher);
    let answer = async |message: &str| answer(&service, Origin::new("test"), message).await;
    let late = answer(r#"{"jsonrpc":"2.0","method":"hit","id":1,"rpc-timeout-ms":0}"#).await;
    assert_eq!(late, format!(r#"{{"jsonrpc":"2.0","id":1,{LATE}"#));
    assert_eq!(ran.load(Ordering::SeqCst), 0);
    // In a batch each call has its own time.
    let batch =
        r#"[{"jsonrpc":"2.0","method":"hit","id":1,"rpc-timeout-ms":0},{"jsonrpc":"2.0","method":"hit","id":2}]"#;
    let both = format!(r#"[{{"jsonrpc":"2.0","id":1,{LATE},{{"jsonrpc":"2.0","id":2,"result":0}}]"#);
    assert_eq!(answer(batch).await, both);
    // A notification has nobody who waits.
    assert_eq!(answer(r#"{"jsonrpc":"2.0","method":"hit","rpc-timeout-ms":0}"#).await, "");
    assert_eq!(ran.load(Ordering::SeqCst), 2);
}

/// Drops what it is in when nobody waits any more, and says so.
#[tokio::test(start_paused = true)]
async fn a_handler_is_dropped_when_nobody_waits_any_more() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("never", std::future::pending::<()>).unwrap();
    dispatcher.register("now", || 1).unwrap();
    let service = Service::new(JsonRpc::new(), dispatcher).with_layer(Spans);
    let began = tokio::time::Instant::now();
    let never = r#"{"jsonrpc":"2.0","method":"never","id":1,"rpc-timeout-ms":5000}"#;
    let late = format!(r#"{{"jsonrpc":"2.0","id":1,{LATE}"#);
    assert_eq!(answer(&service, Origin::new("test"), never).await, late);
    assert_eq!(began.elapsed().as_secs(), 5);
    let batch = format!(r#"[{never},{{"jsonrpc":"2.0","method":"now","id":2}}]"#);
    let both = format!(r#"[{late},{{"jsonrpc":"2.0","id":2,"result":1}}]"#);
    assert_eq!(answer(&service, Origin::new("test"), &batch).await, both);
    assert_eq!(began.elapsed().as_secs(), 10);
}

/// The shorter time counts, and the trace that is closer to the call.
#[tokio::test]
async fn messages_and_headers_may_both_say_it() {
    let service = service(JsonRpc::new());
    let other = "00-00000000000000000000000000000001-0000000000000001-00";
    for (in_message, in_header) in [(5_000, 60_000), (60_000, 5_000)] {
        let metadata = Metadata::new()
            .with_deadline(Some(Instant::now() + Duration::from_millis(in_header)))
            .with_trace(TraceContext::parse(other, None));
        let own = format!(r#","traceparent":"{PARENT}""#);
        for (members, parent) in [("", other), (&*own, PARENT)] {
            let call = format!(r#"{{"jsonrpc":"2.0","method":"seen","id":1,"rpc-timeout-ms":{in_message}{members}}}"#);
            let origin = Origin::new("test").with_metadata(metadata.clone());
            let reply: serde_json::Value = serde_json::from_str(&answer(&service, origin, &call).await).unwrap();
            let (left, trace): Seen = serde_json::from_value(reply["result"].clone()).unwrap();
            assert!(left.unwrap() <= 5_000, "{left:?}");
            assert_eq!(trace.as_deref(), Some(parent));
        }
    }
}

#[tokio::test]
async fn what_is_not_valid_costs_no_call() {
    let service = service(JsonRpc::new());
    for time in ["-1", "1.5", "1e9", "10000000000", "99999999999999999999999", "\"5\"", "null", "[[[]]]", "{\"a\":0}"] {
        let call =
            format!(r#"{{"jsonrpc":"2.0","method":"seen","id":1,"rpc-timeout-ms":{time},"traceparent":{time}}}"#);
        let reply = answer(&service, Origin::new("test"), &call).await;
        assert_eq!(reply, r#"{"jsonrpc":"2.0","id":1,"result":[null,null]}"#, "{time}");
    }
    // The longest that is understood.
    let call = r#"{"jsonrpc":"2.0","method":"seen","id":1,"rpc-timeout-ms":9999999999}"#;
    let reply = answer(&service, Origin::new("test"), call).await;
    assert!(reply.contains("[99999"), "{reply}");
}

/// The time that a call waits for its turn counts.
#[tokio::test(start_paused = true)]
async fn time_passes_in_the_queue_too() {
    let ran = Arc::new(AtomicUsize::new(0));
    let gate = Arc::new(Notify::new());
    let mut dispatcher = Dispatcher::new();
    let (count, open) = (Arc::clone(&ran), Arc::clone(&gate));
    dispatcher.register("hit", move || count.fetch_add(1, Ordering::SeqCst)).unwrap();
    dispatcher
        .register("block", move || {
            let open = Arc::clone(&open);
            async move { open.notified().await }
        })
        .unwrap();
    let service = Service::new(JsonRpc::new(), dispatcher);
    let (here, there) = pair(10_000);
    let settings = PeerSettings::new().with_order(Order::OneByOne);
    let (_served, driver) = Peer::new(there, Arc::new(JsonRpc::new()), Some(service), Origin::new("test"), settings);
    tokio::spawn(driver);
    let (peer, driver) = Peer::new(here, Arc::new(JsonRpc::new()), None, Origin::new("test"), PeerSettings::new());
    tokio::spawn(driver);
    let call = |id: u64, rest: &str| peer.call(id.into(), format!(r#"{{"jsonrpc":"2.0","id":{id},{rest}}}"#).into());
    let (blocked, late, early, ()) = tokio::join!(
        call(1, r#""method":"block""#),
        call(2, r#""method":"hit","rpc-timeout-ms":5000"#),
        call(3, r#""method":"hit","rpc-timeout-ms":15000"#),
        async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            gate.notify_one();
        }
    );
    blocked.unwrap().unwrap();
    assert_eq!(late.unwrap().unwrap_err().code(), -32002);
    assert_eq!(early.unwrap().unwrap().decode::<usize>().unwrap(), 0);
    assert_eq!(ran.load(Ordering::SeqCst), 1);
}

/// Who knows that the time is up first makes no difference to the caller.
#[tokio::test]
async fn a_late_call_is_a_timeout() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("never", std::future::pending::<()>).unwrap();
    let url = serve("tcp://127.0.0.1:0", Service::new(JsonRpc::new(), dispatcher)).await;
    let client = Client::connect(&format!("{url}?metadata=on")).await.unwrap();
    for milliseconds in 1..30 {
        let client = client.clone().with_timeout(Duration::from_millis(milliseconds));
        assert_eq!(soon(client.call::<()>("never", ())).await.unwrap_err().kind(), CallErrorKind::Timeout);
    }
}

/// Nor in a batch.
#[tokio::test(start_paused = true)]
async fn a_late_batch_is_a_timeout() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("never", std::future::pending::<()>).unwrap();
    let (here, there) = pair(10_000);
    let service = Service::new(JsonRpc::new(), dispatcher);
    let exchange = Client::new(Memory::new(service.clone()), JsonRpc::new().with_metadata(true));
    tokio::spawn(async move { service.link(Origin::new("test"), there).await });
    for client in [Client::over(here, JsonRpc::new().with_metadata(true)), exchange] {
        let client = client.with_timeout(Duration::from_secs(1));
        let mut batch = client.batch();
        let entries = [batch.call::<()>("never", ()), batch.call("never", ())];
        let mut sent = Box::pin(batch.send());
        assert!(std::future::poll_fn(|cx| Poll::Ready(sent.as_mut().poll(cx))).await.is_pending());
        // The answer comes before anybody looks whether the time is up.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let mut replies = sent.await.unwrap();
        for entry in entries {
            let error = replies.take(entry).unwrap_err();
            assert_eq!(error.kind(), CallErrorKind::Timeout, "{error:?}");
        }
    }
}

/// Whatever a message says, its handler runs where nobody tells the time.
#[test]
fn without_timers_a_call_has_no_end() {
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register("later", || async {
            tokio::task::yield_now().await;
            1
        })
        .unwrap();
    let service = Service::new(JsonRpc::new(), dispatcher);
    let call = r#"{"jsonrpc":"2.0","method":"later","id":1,"rpc-timeout-ms":5000}"#;
    let timeless = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let reply = timeless.block_on(service.exchange(Origin::new("test"), call));
    assert_eq!(reply.unwrap(), r#"{"jsonrpc":"2.0","id":1,"result":1}"#);
}

/// Lets each call wait a moment, and opens a span of its own if it has one.
struct Waits(Option<TraceContext>);

impl Layer for Waits {
    fn call(&self, call: Call<'_>, next: Next<'_>) -> Outcome {
        // A name of its own, since the trace lives shorter than the call that came.
        let mut call = call;
        if let Some(span) = &self.0 {
            call.trace = Some(span);
        }
        next.defer(call, async {
            tokio::task::yield_now().await;
            Ok(())
        })
    }
}

#[tokio::test]
async fn layers_pass_it_on() {
    let own = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba90bbb-01";
    for (layer, parent) in [(Waits(None), PARENT), (Waits(TraceContext::parse(own, None)), own)] {
        let service = service(JsonRpc::new()).with_layer(layer);
        let call =
            format!(r#"{{"jsonrpc":"2.0","method":"seen","id":1,"rpc-timeout-ms":9999,"traceparent":"{PARENT}"}}"#);
        let reply = answer(&service, Origin::new("test"), &call).await;
        assert!(reply.contains(parent) && reply.contains(r#""result":[99"#), "{reply}");
    }
}
