//! What a client can be told: ids, timeouts, views, and several calls at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use tinyrpc::client::{CallErrorKind, CallTo, Random, Sequential};
use tinyrpc::transport::{ClientTransport, Outgoing, TransportError};
use tinyrpc::{Client, Id, JsonRpc, call_all};
use tokio::sync::Notify;

use super::{Say, Script};

/// Answers each call with its own id as the result.
fn mirror() -> Script {
    Script::new(|message, _| {
        let message: serde_json::Value = serde_json::from_slice(message).unwrap();
        let id = &message["id"];
        Say::Reply(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{id}}}"#).into())
    })
}

#[tokio::test]
async fn ids_come_from_where_the_program_says() {
    let client = Client::new(mirror(), JsonRpc::new());
    assert_eq!(client.call::<u64>("x", ()).await.unwrap(), 1);
    assert_eq!(client.clone().call::<u64>("x", ()).await.unwrap(), 2);
    let high = client.clone().with_ids(Sequential::starting_at(40));
    assert_eq!(high.call::<u64>("x", ()).await.unwrap(), 40);
    let random = client.clone().with_ids(Random::new());
    let (one, two) = (random.call::<String>("x", ()).await.unwrap(), random.call::<String>("x", ()).await.unwrap());
    assert!(one != two && one.len() == 16);
    let count = AtomicU64::new(0);
    let own = client.with_ids(move || Id::from(format!("a\"{}", count.fetch_add(1, Ordering::Relaxed))));
    assert_eq!(own.call::<String>("x", ()).await.unwrap(), "a\"0");
    assert_eq!(own.call::<String>("x", ()).await.unwrap(), "a\"1");
}

/// Ids that are neither numbers nor strings are matched to the byte.
#[tokio::test]
async fn ids_may_be_anything_that_the_protocol_has() {
    let client = Client::new(mirror(), JsonRpc::new()).with_ids(|| Id::Raw(b"1.5".to_vec().into()));
    assert_eq!(client.call::<f64>("x", ()).await.unwrap(), 1.5);
    let client = Client::new(mirror(), JsonRpc::new()).with_ids(|| Id::Null);
    // A reply without an id can only be to this call, but a careful client does not guess.
    assert!(client.call::<()>("x", ()).await.is_ok());
}

/// Time stands still here, so only the timeout can end the call.
#[tokio::test(start_paused = true)]
async fn a_silent_server_costs_the_timeout() {
    let client = Client::new(Script::new(|_, _| Say::Silence), JsonRpc::new());
    let started = tokio::time::Instant::now();
    let error = client.call::<()>("x", ()).await.unwrap_err();
    assert!(error.is_timeout() && error.kind() == CallErrorKind::Timeout && !error.is_unsent());
    assert_eq!(error.to_string(), "no reply within 30s");
    assert_eq!(started.elapsed().as_secs(), 30);
    let hasty = client.clone().with_timeout(Duration::from_millis(7));
    assert!(hasty.call::<()>("x", ()).await.unwrap_err().is_timeout());
    assert!(hasty.notify("x", ()).await.unwrap_err().is_timeout());
    assert!(started.elapsed() < Duration::from_secs(31));
    let patient = client.with_timeout(Duration::MAX);
    let waiting = tokio::time::timeout(Duration::from_secs(3600), patient.call::<()>("x", ())).await;
    assert!(waiting.is_err(), "no timeout means none");
}

/// A server that answers the first call only after the second has come.
#[derive(Clone, Debug, Default)]
struct Reversed(Arc<Notify>);

impl ClientTransport for Reversed {
    fn exchange(
        &self,
        outgoing: Outgoing<'_>,
    ) -> tinyrpc::call::BoxFuture<'_, Result<Option<bytes::Bytes>, TransportError>> {
        let message: serde_json::Value = serde_json::from_slice(&outgoing.message).unwrap();
        Box::pin(async move {
            let (id, method) = (&message["id"], message["method"].as_str().unwrap());
            match method {
                "last" => self.0.notify_one(),
                "bad" => return Ok(Some(format!(r#"{{"id":{id},"error":"bad"}}"#).into())),
                _ => {
                    self.0.notified().await;
                    self.0.notify_one();
                }
            }
            Ok(Some(format!(r#"{{"id":{id},"result":"{method}"}}"#).into()))
        })
    }
}

#[tokio::test]
async fn calls_run_at_once_and_their_results_keep_the_order() {
    let client = Client::new(Reversed::default(), JsonRpc::new()).with_timeout(Duration::from_secs(10));
    let results = client.call_all::<String, _>([("first", ()), ("bad", ()), ("second", ()), ("last", ())]).await;
    assert_eq!(results[0].as_ref().unwrap(), "first");
    assert_eq!(results[1].as_ref().unwrap_err().rpc_error().unwrap().message(), "bad");
    assert_eq!(results[2].as_ref().unwrap(), "second");
    assert_eq!(results[3].as_ref().unwrap(), "last");
    assert!(client.call_all::<String, ()>(Vec::<(&str, ())>::new()).await.is_empty());
}

#[tokio::test]
async fn calls_through_several_clients_keep_the_order() {
    let shared = Reversed::default();
    let clients = [
        Client::new(shared.clone(), JsonRpc::new()),
        Client::new(shared, JsonRpc::v1()),
        Client::new(mirror(), JsonRpc::new()).with_ids(|| Id::from("mirrored")),
    ];
    let results: Vec<String> = call_all([
        CallTo::new(&clients[0], "first", ()),
        CallTo::new(&clients[2], "x", (1, 2)),
        CallTo::new(&clients[1], "second", vec![1]),
        CallTo::new(&clients[0], "last", ()),
    ])
    .await
    .into_iter()
    .map(Result::unwrap)
    .collect();
    assert_eq!(results, ["first", "mirrored", "second", "last"]);
}

#[tokio::test]
async fn a_proxy_puts_its_prefix_before_names() {
    let script = mirror();
    let client = Client::new(script.clone(), JsonRpc::new());
    let site = client.proxy("site.");
    site.call::<u64>("title", ()).await.unwrap();
    site.proxy("users.").call::<u64>("count", (1,)).await.unwrap();
    client.proxy("").call::<u64>("plain", ()).await.unwrap();
    site.proxy("log.").one_way().call("note", ("text",)).await.unwrap();
    let expected = [
        r#"{"jsonrpc":"2.0","method":"site.title","id":1}"#,
        r#"{"jsonrpc":"2.0","method":"site.users.count","params":[1],"id":2}"#,
        r#"{"jsonrpc":"2.0","method":"plain","id":3}"#,
        r#"{"jsonrpc":"2.0","method":"site.log.note","params":["text"]}"#,
    ];
    assert_eq!(script.sent(), expected);
}

#[tokio::test]
async fn arguments_are_written_as_the_specification_wants() {
    #[derive(Serialize)]
    struct Named {
        a: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        b: Option<i64>,
    }
    let script = mirror();
    let client = Client::new(script.clone(), JsonRpc::new());
    let _: u64 = client.call("m", Named { a: 1, b: None }).await.unwrap();
    let _: u64 = client.call("m", Named { a: 1, b: Some(2) }).await.unwrap();
    let _: u64 = client.call("m", vec!["\u{e9}\n"]).await.unwrap();
    let _: u64 = client.call("q\"\n\u{e9}", ()).await.unwrap();
    let _: u64 = client.call("m", None::<Named>).await.unwrap();
    assert_eq!(
        script.sent(),
        [
            r#"{"jsonrpc":"2.0","method":"m","params":{"a":1},"id":1}"#,
            r#"{"jsonrpc":"2.0","method":"m","params":{"a":1,"b":2},"id":2}"#,
            r#"{"jsonrpc":"2.0","method":"m","params":["é\n"],"id":3}"#,
            r#"{"jsonrpc":"2.0","method":"q\"\né","id":4}"#,
            r#"{"jsonrpc":"2.0","method":"m","id":5}"#,
        ]
    );
    for refused in [serde_json::json!(5), serde_json::json!("x"), serde_json::json!(true)] {
        let error = client.call::<u64>("m", refused).await.unwrap_err();
        assert_eq!(error.kind(), CallErrorKind::Arguments);
        assert!(error.to_string().contains("write `(value,)`"), "{error}");
    }
    assert_eq!(script.sent().len(), 5);
}

#[tokio::test]
async fn the_trace_sees_both_directions() {
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let client = Client::new(mirror(), JsonRpc::new()).with_trace(move |direction, _, message| {
        log.lock().unwrap().push((direction, String::from_utf8(message.to_vec()).unwrap()));
    });
    client.call::<u64>("x", ()).await.unwrap();
    let expected = [
        (tinyrpc::Direction::Sent, r#"{"jsonrpc":"2.0","method":"x","id":1}"#.to_owned()),
        (tinyrpc::Direction::Received, r#"{"jsonrpc":"2.0","id":1,"result":1}"#.to_owned()),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

/// It compiles only if they can.
#[tokio::test]
async fn whatever_a_client_does_can_be_done_in_a_task_of_its_own() {
    let client = Client::new(mirror(), JsonRpc::new());
    let task = tokio::spawn(async move {
        client.notify("x", (1,)).await?;
        client.notify_payload("x", None).await?;
        client.proxy("y.").one_way().call("x", ()).await?;
        let mut batch = client.batch();
        batch.notify("x", ());
        batch.send().await?;
        client.call_payload("x", None).await?;
        client.proxy("y.").call::<u64>("x", ()).await
    });
    assert_eq!(task.await.unwrap().unwrap(), 2);
}
