//! What tests of other programs are made with.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use tinyrpc::testing::{self, MockServer};
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::{CallError, Client, Context, Dispatcher, JsonRpc, MessagePackRpc, Protocol, RpcError, Service, code};

#[derive(Serialize)]
struct Who {
    name: String,
    age: u8,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Part {
    Text(&'static str),
    Number(i64),
}
use Part::{Number, Text};

fn mocks() -> [MockServer; 2] {
    [MockServer::new(), MockServer::speaking(MessagePackRpc::new())]
}

fn clients(mock: &MockServer) -> [Client; 2] {
    [mock.client(), mock.linked_client()]
}

fn report(mock: &MockServer) -> String {
    mock.check().unwrap_err().to_string()
}

#[tokio::test]
async fn a_service_has_clients_in_one_line() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    dispatcher.register("where", |cx: Context, (): ()| cx.origin().to_string()).unwrap();
    let service = Service::new(MessagePackRpc::new(), dispatcher);
    for client in [testing::client(&service), testing::linked_client(&service)] {
        assert_eq!(client.protocol().name(), MessagePackRpc::new().name());
        assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
        assert_eq!(client.call::<String>("where", ()).await.unwrap(), "memory");
    }
}

#[tokio::test]
async fn expected_calls_are_answered_as_told() {
    for mock in mocks() {
        for client in clients(&mock) {
            mock.expect("add").with((1, 2)).returns(3);
            mock.expect("nothing").with(());
            mock.expect("fail").fails(RpcError::new(7, "no").with_data(vec![1]));
            mock.expect("double").matching(|(n,): (i64,)| n > 10).answers(|(n,): (i64,)| async move { 2 * n });

            assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
            if client.protocol().capabilities().named_params {
                mock.expect("greet").with(Who { name: "Ada".to_owned(), age: 36 }).returns("hello");
                let who = BTreeMap::from([("name", Text("Ada")), ("age", Number(36))]);
                assert_eq!(client.call::<String>("greet", who).await.unwrap(), "hello");
            }
            client.call::<()>("nothing", ()).await.unwrap();
            let error = client.call::<()>("fail", (1, "x", [1.5])).await.unwrap_err();
            let error = error.rpc_error().unwrap();
            assert_eq!((error.code(), error.message()), (7, "no"));
            if let Some(data) = error.data::<Vec<i64>>() {
                assert_eq!(data.unwrap(), [1]);
            }
            assert_eq!(client.call::<i64>("double", (11,)).await.unwrap(), 22);
            mock.verify();
        }
        assert!(mock.calls().len() >= 8);
    }
}

#[tokio::test]
async fn unexpected_calls_get_a_clear_error_and_fail_the_test() {
    for mock in mocks() {
        mock.expect("add").with((1, 2)).returns(3);
        let client = mock.client();
        let error = client.call::<i64>("sub", (1, 2)).await.unwrap_err();
        assert!(error.is_method_not_found(), "{error}");
        assert!(error.to_string().contains("sub: unexpected"), "{error}");
        let error = client.call::<i64>("add", (1, "two")).await.unwrap_err();
        assert_eq!(error.rpc_error().unwrap().code(), code::INVALID_PARAMS);
        assert!(error.to_string().contains("expected is add(1, 2), once"), "{error}");

        assert_eq!(
            report(&mock),
            "the mock server was not called as expected\n  \
             missing: add(1, 2), expected once, came never\n  \
             2 calls were not expected\n\
             what came:\n  \
             1. sub(1, 2): unexpected: no call of this method is expected\n  \
             2. add(1, \"two\"): unexpected: expected is add(1, 2), once"
        );
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| mock.verify())).unwrap_err();
        assert_eq!(*panicked.downcast::<String>().unwrap(), report(&mock));

        let calls = mock.calls();
        assert_eq!((calls[0].method(), calls[0].from()), ("sub", "memory"));
        assert!(!calls[0].is_expected() && !calls[0].is_notification());
        assert_eq!(calls[1].params::<(i64, String)>().unwrap(), (1, "two".to_owned()));
    }
    let silent = MockServer::new();
    silent.expect("ping").times(2..);
    assert!(report(&silent).ends_with("missing: ping(…), expected at least 2 times, came never\nnothing came"));
}

#[tokio::test]
async fn times_are_kept() {
    let mock = MockServer::new();
    mock.expect("twice").times(2);
    mock.expect("some").times(1..=3);
    mock.expect("free").times(..);
    mock.expect("never").times(0);
    let client = mock.client();
    let calls = |method: &'static str| {
        let client = client.clone();
        async move { client.call::<()>(method, ()).await }
    };
    calls("twice").await.unwrap();
    assert!(report(&mock).contains("twice(…), expected 2 times, came once"));
    calls("twice").await.unwrap();
    calls("some").await.unwrap();
    mock.verify();
    calls("some").await.unwrap();
    calls("some").await.unwrap();
    for _ in 0..10 {
        calls("free").await.unwrap();
    }
    mock.verify();
    for method in ["twice", "some", "never"] {
        assert!(calls(method).await.is_err(), "{method}");
    }
    assert!(report(&mock).contains("3 calls were not expected"));
}

#[tokio::test]
async fn sequences_follow_one_another() {
    let mock = MockServer::new();
    mock.expect("next").returns_each([1, 2]);
    mock.expect("next").fails(RpcError::application("exhausted")).times(1..);
    let client = mock.client();
    assert_eq!(client.call::<i64>("next", ()).await.unwrap(), 1);
    assert_eq!(client.call::<i64>("next", ()).await.unwrap(), 2);
    for _ in 0..2 {
        assert!(client.call::<i64>("next", ()).await.unwrap_err().to_string().contains("exhausted"));
    }
    mock.verify();

    let mock = MockServer::new().in_order();
    mock.expect("open").returns(());
    mock.expect("look").times(0..=1);
    mock.expect("close").returns(());
    let client = mock.client();
    let error = client.call::<()>("close", ()).await.unwrap_err();
    assert!(error.to_string().contains("open(…) is to come first"), "{error}");
    client.call::<()>("open", ()).await.unwrap();
    client.call::<()>("close", ()).await.unwrap();
    assert!(!report(&mock).contains("missing"));
}

#[tokio::test]
async fn arguments_are_compared_by_their_worth() {
    for mock in mocks() {
        let client = mock.client();
        let map = |entries: [(&'static str, f64); 2]| (BTreeMap::from(entries),);
        mock.expect("m").with(map([("a", 1.0), ("b", 0.5)])).returns("floats");
        mock.expect("m").with((u64::MAX,)).returns("large");
        mock.expect("m").with((Some(true), None::<i64>)).returns("options");
        let entries = BTreeMap::from([("b", 0.5_f32), ("a", 1.0)]);
        assert_eq!(client.call::<String>("m", (entries,)).await.unwrap(), "floats");
        assert_eq!(client.call::<String>("m", (u64::MAX,)).await.unwrap(), "large");
        assert!(client.call::<String>("m", (true,)).await.is_err());
        assert_eq!(client.call::<String>("m", (true, ())).await.unwrap(), "options");
    }
}

#[tokio::test]
async fn notifications_are_recorded_and_can_be_awaited() {
    for mock in mocks() {
        for client in clients(&mock) {
            let before = mock.calls().len();
            mock.expect("note").times(2);
            client.notify("note", (1,)).await.unwrap();
            client.notify("note", (2,)).await.unwrap();
            let calls = mock.received(before + 2).await;
            assert!(calls[before].is_notification());
            assert_eq!(calls[before + 1].params::<(i64,)>().unwrap(), (2,));
            assert_eq!(calls[before].to_string(), "note(1), a notification");
        }
        mock.verify();
    }
}

#[tokio::test(start_paused = true)]
async fn replies_can_be_late_missing_or_cut_off() {
    for mock in mocks() {
        for client in clients(&mock) {
            mock.expect("slow").after(Duration::from_secs(5)).returns(1);
            mock.expect("slow").after(Duration::from_secs(5)).answers(|(n,): (i64,)| n + 1);
            mock.expect("slow").after(Duration::from_secs(5)).fails(RpcError::new(7, "no"));
            let before = tokio::time::Instant::now();
            assert_eq!(client.call::<i64>("slow", (1,)).await.unwrap(), 1);
            assert_eq!(client.call::<i64>("slow", (1,)).await.unwrap(), 2);
            assert_eq!(client.call::<i64>("slow", (1,)).await.unwrap_err().rpc_error().unwrap().code(), 7);
            assert_eq!(before.elapsed().as_secs(), 15);

            mock.expect("hang").never_replies();
            assert!(client.call::<()>("hang", ()).await.unwrap_err().is_timeout());

            mock.expect("cut").drops_connection();
            let error = client.call::<()>("cut", ()).await.unwrap_err();
            assert_eq!(error.transport_error().map(|error| error.kind()), Some(TransportErrorKind::Lost), "{error}");
            mock.verify();
        }
    }
}

#[tokio::test]
async fn it_serves_at_a_url() {
    let mock = MockServer::new();
    mock.expect("add").with((1, 2)).returns(3).times(2);
    mock.expect("cut").drops_connection();
    let (json, msgpack) = (
        mock.serve("tcp://127.0.0.1:0").await.unwrap(),
        mock.serve("tcp://127.0.0.1:0?protocol=msgpack").await.unwrap(),
    );
    let client = Client::connect(json.url()).await.unwrap();
    assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    let packed = Client::connect(&format!("{}?protocol=msgpack", msgpack.url())).await.unwrap();
    assert_eq!(packed.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    let error: CallError = client.call::<()>("cut", ()).await.unwrap_err();
    assert_eq!(error.transport_error().map(|error| error.kind()), Some(TransportErrorKind::Lost), "{error}");
    assert!(mock.calls()[0].from().starts_with("tcp 127.0.0.1:"), "{}", mock.calls()[0].from());
    mock.verify();

    let url = json.url().to_owned();
    drop(json);
    tokio::time::timeout(Duration::from_secs(30), async {
        while Client::connect(&url).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("it should stop listening");
}

#[cfg(all(feature = "http-client", feature = "http-server"))]
#[tokio::test]
async fn where_a_connection_cannot_be_dropped_the_error_says_so() {
    let mock = MockServer::new();
    mock.expect("cut").drops_connection();
    let running = mock.serve("http://127.0.0.1:0/").await.unwrap();
    let error = Client::connect(running.url()).await.unwrap().call::<()>("cut", ()).await.unwrap_err();
    assert!(error.to_string().contains("cannot drop connections of the transport http"), "{error}");
}

#[test]
fn it_can_be_mounted_and_shown() {
    let mock = MockServer::speaking(JsonRpc::new());
    mock.expect("a");
    assert_eq!(mock.service().protocols().len(), 1);
    assert_eq!(format!("{mock:?}"), "MockServer { expected: 1, calls: [] }");
}

/// The mock server is free while code of the test runs: matchers, and what encodes arguments.
#[test]
fn a_matcher_may_look_at_the_mock_server() {
    struct Looks(MockServer);

    impl Serialize for Looks {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u64(self.0.calls().len() as u64)
        }
    }

    let mock = MockServer::new();
    let other = mock.clone();
    mock.expect("next").times(..).matching(move |(n,): (usize,)| {
        other.expect("hint").times(..);
        other.calls().len() == n
    });
    mock.expect("same").with((Looks(mock.clone()),)).returns(true);
    let client = mock.client();
    let calls = async move {
        client.call::<()>("next", (0,)).await.unwrap();
        client.call::<()>("next", (1,)).await.unwrap();
        assert!(client.call::<()>("next", (7,)).await.is_err());
        assert!(client.call::<bool>("same", (7,)).await.is_err());
        client.call::<bool>("same", (4,)).await.unwrap()
    };
    // On a thread of its own, so that one that waits for itself fails the test.
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        done.send(runtime.block_on(calls)).unwrap();
    });
    assert!(ended.recv_timeout(Duration::from_secs(20)).expect("it should not hang"));
    mock.expect("same").with((Looks(mock.clone()),));
    assert!(report(&mock).contains("missing: same(5), expected once"), "{}", report(&mock));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_at_the_same_time_are_counted_each() {
    let mock = MockServer::new();
    mock.expect("first").times(20).matching(|(_,): (u64,)| true).returns(1);
    mock.expect("first").times(20).returns(2);
    let callers: Vec<_> = (0..40).map(|n| (n, mock.client())).collect();
    let callers = callers
        .into_iter()
        .map(|(n, client)| tokio::spawn(async move { client.call::<u64>("first", (n,)).await.unwrap() }));
    let mut sum = 0;
    for caller in callers.collect::<Vec<_>>() {
        sum += caller.await.unwrap();
    }
    assert_eq!(sum, 20 + 40);
    mock.verify();
}

#[tokio::test(start_paused = true)]
async fn a_late_handler_learns_the_deadline_and_that_its_call_is_over() {
    let mock = MockServer::new();
    let (seen, mut sight) = tokio::sync::mpsc::unbounded_channel();
    mock.expect("slow").after(Duration::from_secs(5)).answers(move |cx: Context, (): ()| {
        seen.send(cx.clone()).unwrap();
        std::future::pending::<()>()
    });
    let client = mock.linked_client().with_timeout(Duration::from_secs(9));
    assert!(client.call::<()>("slow", ()).await.unwrap_err().is_timeout());
    let context = sight.recv().await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), context.cancelled()).await.expect("it is over");

    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    let metadata = tinyrpc::Metadata::new().with_deadline(Some(deadline));
    let origin = tinyrpc::Origin::new("test").with_metadata(metadata);
    mock.expect("when").after(Duration::from_secs(1)).answers(|cx: Context, (): ()| cx.deadline().is_some());
    let call = r#"{"jsonrpc":"2.0","method":"when","id":1}"#;
    let reply = mock.service().exchange(origin, call.as_bytes().to_vec()).await.unwrap();
    assert_eq!(reply, r#"{"jsonrpc":"2.0","id":1,"result":true}"#);
}

#[tokio::test(start_paused = true)]
async fn a_late_handler_learns_the_trace_of_its_message() {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mock = MockServer::new();
    let trace = |cx: Context, (): ()| cx.trace().map(|trace| trace.traceparent().to_owned());
    mock.expect("now").answers(trace);
    mock.expect("late").after(Duration::from_secs(1)).answers(trace);
    for method in ["now", "late"] {
        let call = format!(r#"{{"jsonrpc":"2.0","method":"{method}","id":1,"traceparent":"{parent}"}}"#);
        let reply = mock.service().exchange(tinyrpc::Origin::new("test"), call).await.unwrap();
        assert_eq!(reply, format!(r#"{{"jsonrpc":"2.0","id":1,"result":"{parent}"}}"#), "{method}");
    }
}
