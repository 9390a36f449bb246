//! Layers stand around every call, and the trace sees every message.

use std::time::{Duration, Instant};

use tinyrpc::layer::{Layer, Next, Timeout};
use tinyrpc::{Call, Context, Direction, Dispatcher, JsonRpc, Outcome, RpcError, Service, blocking};

use super::{Log, ask, call, error, internal, notification, result, service};

fn methods() -> Dispatcher {
    let mut methods = Dispatcher::new();
    let sample = |methods: &mut Dispatcher| {
        methods.register("now", || 1)?;
        methods.register("late", || async {
            tokio::task::yield_now().await;
            2
        })?;
        methods.register("block", blocking(|(): ()| 3))?;
        methods.register("fail", || Err::<(), _>(RpcError::new(9, "own")))?;
        methods.register("panic", || -> i64 { panic!("now") })?;
        methods.register("panic late", || async {
            tokio::task::yield_now().await;
            if true {
                panic!("late")
            }
        })?;
        methods.register("deadline", |cx: Context, (): ()| cx.deadline().is_some_and(|at| at > Instant::now()))?;
        Ok::<_, tinyrpc::dispatch::RegisterError>(())
    };
    sample(&mut methods).expect("the names differ");
    methods
}

/// Says in the log which calls pass and how they end.
struct Watch(Log, &'static str);

impl Layer for Watch {
    fn call(&self, call: Call<'_>, next: Next<'_>) -> Outcome {
        let (log, name, method) = (self.0.clone(), self.1, call.method.to_owned());
        log.add(format!("{name} {method}"));
        next.inspect(call, move |ended| match ended {
            Ok(()) => log.add(format!("{name} {method} ok")),
            Err(error) => log.add(format!("{name} {method} {}", error.code())),
        })
    }
}

#[tokio::test]
async fn no_layer_is_skipped_in_a_batch() {
    let log = Log::default();
    let service = service(methods()).with_layer(Watch(log.clone(), "outer")).with_layer(Watch(log.clone(), "inner"));
    for (method, end) in [
        ("now", "ok"),
        ("late", "ok"),
        ("block", "ok"),
        ("fail", "9"),
        ("unknown", "-32601"),
        ("panic", "-32603"),
        ("panic late", "-32603"),
    ] {
        let expected = [
            format!("outer {method}"),
            format!("inner {method}"),
            format!("inner {method} {end}"),
            format!("outer {method} {end}"),
        ];
        ask(&service, call(method, 1)).await;
        assert_eq!(log.take(), expected);
        ask(&service, notification(method)).await;
        assert_eq!(log.take(), expected);
        ask(&service, format!("[{}]", call(method, 1))).await;
        assert_eq!(log.take(), expected);
        ask(&service, format!("[1,{},{}]", call(method, 1), notification(method))).await;
        let mut both = log.take();
        let mut twice = [expected.clone(), expected.clone()].concat();
        both.sort();
        twice.sort();
        assert_eq!(both, twice);
    }
}

/// Lets nobody call `now`.
struct Guard;

impl Layer for Guard {
    fn call(&self, call: Call<'_>, next: Next<'_>) -> Outcome {
        match call.method {
            "now" => RpcError::new(-32003, "not you").into(),
            "late" => next.defer(call, async { Err::<(), _>(RpcError::new(-32003, "not you either")) }),
            _ => next.defer(call, async { Ok(()) }),
        }
    }
}

#[tokio::test]
async fn a_layer_can_refuse_and_delay() {
    let service = service(methods()).with_layer(Guard);
    let batch = ["now", "late", "block", "fail", "panic", "panic late", "unknown"].map(|method| call(method, 1));
    let replies = [
        error(1, -32003, "not you"),
        error(1, -32003, "not you either"),
        result(1, "3"),
        error(1, 9, "own"),
        internal(1),
        internal(1),
        error(1, -32601, "Method not found"),
    ];
    for (call, reply) in batch.iter().zip(&replies) {
        assert_eq!(ask(&service, call).await.as_ref(), Some(reply));
    }
    assert_eq!(ask(&service, format!("[{}]", batch.join(","))).await.unwrap(), format!("[{}]", replies.join(",")));
}

/// Changes its mind about a call that has succeeded.
struct Regret;

impl Layer for Regret {
    fn call(&self, call: Call<'_>, next: Next<'_>) -> Outcome {
        let _ = next.run(call);
        RpcError::new(-1, "no, after all").into()
    }
}

#[tokio::test]
async fn an_error_replaces_the_reply_that_was_written() {
    let service = service(methods()).with_layer(Regret);
    assert_eq!(ask(&service, call("now", 1)).await.unwrap(), error(1, -1, "no, after all"));
    let batch = format!("[{},{}]", call("now", 1), call("now", 2));
    let replies = format!("[{},{}]", error(1, -1, "no, after all"), error(2, -1, "no, after all"));
    assert_eq!(ask(&service, batch).await.unwrap(), replies);
}

#[tokio::test]
async fn handlers_know_their_deadline() {
    assert_eq!(ask(&service(methods()), call("deadline", 1)).await.unwrap(), result(1, "false"));
    let timed = service(methods()).with_layer(Timeout::new(Duration::from_secs(60)));
    assert_eq!(ask(&timed, call("deadline", 1)).await.unwrap(), result(1, "true"));
    // The earlier one counts, and a layer that waits passes it on.
    let twice = timed.with_layer(Timeout::new(Duration::ZERO)).with_layer(Guard);
    assert_eq!(ask(&twice, call("deadline", 1)).await.unwrap(), result(1, "false"));
}

fn traced(log: &Log) -> Service {
    let log = log.clone();
    Service::new(JsonRpc::new(), methods()).with_trace(move |direction, from, message| {
        let arrow = if direction == Direction::Received { ">" } else { "<" };
        log.add(format!("{from} {arrow} {}", String::from_utf8_lossy(message)));
    })
}

#[tokio::test]
async fn the_trace_sees_every_message_as_it_is() {
    let log = Log::default();
    let service = traced(&log);
    let batch = format!("[{},{},{}]", call("late", 1), notification("now"), call("now", 2));
    for (message, reply) in [
        (call("now", 1), Some(result(1, "1"))),
        (call("late", 1), Some(result(1, "2"))),
        (call("block", 1), Some(result(1, "3"))),
        (call("fail", 1), Some(error(1, 9, "own"))),
        (call("panic late", 1), Some(internal(1))),
        (notification("now"), None),
        (notification("late"), None),
        (format!("[{0},{0}]", notification("late")), None),
        (batch, Some(format!("[{},{}]", result(1, "2"), result(2, "1")))),
        (
            " not JSON".to_owned(),
            Some(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}"#.into()),
        ),
        (String::new(), Some(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}"#.into())),
    ] {
        assert_eq!(ask(&service, &message).await, reply);
        let mut expected = vec![format!("test > {message}")];
        expected.extend(reply.map(|reply| format!("test < {reply}")));
        assert_eq!(log.take(), expected);
    }
}
