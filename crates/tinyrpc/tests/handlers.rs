//! Every kind of handler, called through a service.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use tinyrpc::{Dispatcher, JsonRpc, Origin, RpcError, Service, State, TypedError, blocking};

async fn reply(dispatcher: Dispatcher, message: &str) -> String {
    let service = Service::new(JsonRpc::new(), dispatcher);
    let reply = service.exchange(Origin::new("test").with_address("me"), message.to_owned()).await;
    reply.map(|reply| String::from_utf8(reply.to_vec()).unwrap()).unwrap_or_default()
}

async fn call(register: impl FnOnce(&mut Dispatcher), params: &str) -> String {
    let mut dispatcher = Dispatcher::new().with_state(AtomicU64::new(41));
    register(&mut dispatcher);
    let message = format!(r#"{{"jsonrpc":"2.0","method":"m","params":{params},"id":1}}"#);
    let reply = reply(dispatcher, &message).await;
    let rest = reply.strip_prefix(r#"{"jsonrpc":"2.0","id":1,"#).expect("a reply to call 1");
    rest.strip_suffix('}').unwrap().to_owned()
}

#[derive(Deserialize)]
struct Difference {
    minuend: i64,
    #[serde(default)]
    subtrahend: i64,
}

#[derive(Serialize)]
struct Point {
    x: i64,
}

#[derive(Debug)]
struct Full;

impl TypedError for Full {
    fn to_rpc_error(&self) -> RpcError {
        RpcError::new(7, "full").with_data(vec![1, 2])
    }
    fn from_rpc_error(error: &RpcError) -> Option<Self> {
        (error.code() == 7).then_some(Self)
    }
}

fn plain((a, b): (i64, i64)) -> i64 {
    a + b
}

async fn asynchronous((a,): (String,)) -> Result<String, RpcError> {
    tokio::task::yield_now().await;
    if a.is_empty() { Err(RpcError::application("empty")) } else { Ok(a) }
}

macro_rules! check {
    ($handler:expr, $params:literal, $expected:literal) => {
        assert_eq!(
            call(
                |d| {
                    d.register("m", $handler).unwrap();
                },
                $params
            )
            .await,
            $expected
        )
    };
}

#[tokio::test]
async fn every_kind_of_handler_can_be_registered() {
    check!(|(a, b): (i64, i64)| a - b, "[5,3]", r#""result":2"#);
    check!(plain, "[5,3]", r#""result":8"#);
    check!(asynchronous, r#"["x"]"#, r#""result":"x""#);
    check!(asynchronous, r#"[""]"#, r#""error":{"code":-32000,"message":"empty"}"#);
    check!(|| "nothing", "[]", r#""result":"nothing""#);
    check!(|| async { ("hello", 5) }, "{}", r#""result":["hello",5]"#);
    check!(|| Point { x: 1 }, "[]", r#""result":{"x":1}"#);
    check!(|(): ()| (), "null", r#""result":null"#);
    check!(|all: Vec<i64>| all.iter().sum::<i64>(), "[1,2,4]", r#""result":7"#);
    check!(|all: BTreeMap<String, i64>| all.len(), r#"{"a":1,"b":2}"#, r#""result":2"#);
    check!(|d: Difference| d.minuend - d.subtrahend, r#"{"subtrahend":23,"minuend":42}"#, r#""result":19"#);
    check!(|d: Difference| d.minuend - d.subtrahend, "[42,23]", r#""result":19"#);
    check!(|d: Difference| d.minuend - d.subtrahend, "[42]", r#""result":42"#);
    check!(|_: ()| Err::<(), _>(Full), "[]", r#""error":{"code":7,"message":"full","data":[1,2]}"#);
    check!(|(ok,): (bool,)| if ok { Ok(1) } else { Err("no".to_owned()) }, "[true]", r#""result":1"#);
    check!(
        |(ok,): (bool,)| if ok { Ok(1) } else { Err("no".to_owned()) },
        "[false]",
        r#""error":{"code":-32000,"message":"no"}"#
    );
    check!(
        |_: ()| async { Err::<(), _>(Point { x: 1 }) },
        "[]",
        r#""error":{"code":-32000,"message":"The method failed","data":{"x":1}}"#
    );
    check!(|p: tinyrpc::Payload| p, r#"[ 1, {"x":1e400}]"#, r#""result":[ 1, {"x":1e400}]"#);
    check!(|cx: tinyrpc::Context, (): ()| cx.origin().address().map(str::to_owned), "[]", r#""result":"me""#);
    check!(
        |State(count): State<AtomicU64>, (by,): (u64,)| count.fetch_add(by, Ordering::Relaxed) + by,
        "[1]",
        r#""result":42"#
    );
    check!(
        |cx: tinyrpc::Context, count: State<AtomicU64>, (): ()| async move {
            format!("{} {}", cx.method(), count.load(Ordering::Relaxed))
        },
        "[]",
        r#""result":"m 41""#
    );
    check!(
        blocking(|(ms,): (u64,)| {
            std::thread::sleep(std::time::Duration::from_millis(ms));
            ms
        }),
        "[1]",
        r#""result":1"#
    );
    check!(
        blocking(|_: tinyrpc::Context, (_,): (u64,)| -> Result<(), RpcError> { panic!("secret") }),
        "[1]",
        r#""error":{"code":-32603,"message":"Internal error"}"#
    );
}

#[tokio::test]
async fn wrong_arguments_are_told_which_and_why() {
    let e = r#""error":{"code":-32602,"message":"Invalid params: "#;
    for (params, why) in [
        ("[1]", "expected 2 arguments, got 1"),
        ("[1,2,3]", "expected 2 arguments, got 3"),
        (r#"[1,"x"]"#, r#"argument 2: invalid type: string \"x\", expected i64"#),
        (r#"{"a":1}"#, "the arguments must be positional, not named"),
    ] {
        let got = call(
            |d| {
                d.register("m", plain).unwrap();
            },
            params,
        )
        .await;
        assert!(got.starts_with(&format!("{e}{why}")), "{params}: {got}");
    }
    for (params, why) in [
        ("[]", "invalid length 0, expected struct Difference with 2 elements"),
        ("{}", "missing field `minuend`"),
        ("[1,2,3]", "expected at most 2 arguments, got 3"),
        (r#"{"minuend":1,"x":2}"#, "unknown argument `x`, expected `minuend`, `subtrahend`"),
        (r#"{"minuend":"1"}"#, r#"argument `minuend`: invalid type: string \"1\", expected i64"#),
        (r#"[1, true]"#, "argument 2 (`subtrahend`): invalid type: boolean `true`, expected i64"),
    ] {
        let got = call(
            |d| {
                d.register("m", |d: Difference| d.minuend).unwrap();
            },
            params,
        )
        .await;
        assert!(got.starts_with(&format!("{e}{why}")), "{params}: {got}");
    }
    let got = call(
        |d| {
            d.register("m", || 1).unwrap();
        },
        "[1]",
    )
    .await;
    assert!(got.starts_with(&format!("{e}expected no arguments, got 1")), "{got}");
}

/// The core needs no runtime, and neither does a service whose handlers need none.
#[test]
fn a_service_works_without_a_runtime() {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    let mut dispatcher = Dispatcher::new();
    dispatcher.register("later", |(a,): (i64,)| async move { a + 1 }).unwrap();
    let service = Service::new(JsonRpc::new(), dispatcher);
    for (message, expected) in [
        (r#"{"jsonrpc":"2.0","method":"later","params":[1],"id":1}"#, Some(r#"{"jsonrpc":"2.0","id":1,"result":2}"#)),
        (r#"{"jsonrpc":"2.0","method":"later","params":[1]}"#, None),
    ] {
        let exchange = pin!(service.exchange(Origin::new("test"), message));
        let Poll::Ready(reply) = exchange.poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("nothing to wait for");
        };
        assert_eq!(reply.as_deref(), expected.map(str::as_bytes));
    }
}
