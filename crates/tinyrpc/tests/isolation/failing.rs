//! Handlers and other parts of a program that panic, or that do not keep their word.

use std::panic::panic_any;

use tinyrpc::dispatch::{Handler, from_fn};
use tinyrpc::layer::{Layer, Next};
use tinyrpc::{Call, Dispatch, Dispatcher, JsonRpc, Outcome, Service, blocking};

use super::{ask, call, internal, notification, result, service};

const BAD: [&str; 9] = [
    "panic",
    "panic late",
    "panic at once",
    "panic blocking",
    "panic odd",
    "no reply",
    "no reply late",
    "no bytes",
    "layer",
];

fn methods() -> Dispatcher {
    let mut methods = Dispatcher::new();
    let sample = |methods: &mut Dispatcher| {
        methods.register("good", || 1)?;
        methods.register("good late", || async {
            tokio::task::yield_now().await;
            2
        })?;
        methods.register("panic", || -> i64 { panic!("secret") })?;
        methods.register("panic odd", || -> i64 { panic_any(5_u8) })?;
        methods.register("panic late", || async {
            tokio::task::yield_now().await;
            let secret = "secret".to_owned();
            if !secret.is_empty() {
                panic!("{secret}");
            }
            0
        })?;
        methods.register("panic at once", || async {
            let nothing = String::new();
            nothing.parse::<i64>().expect("secret")
        })?;
        methods.register("panic blocking", blocking(|(): ()| -> i64 { panic!("secret") }))?;
        // Handlers made by hand that say that they are done and have written nothing.
        methods.register("no reply", from_fn(|_| Outcome::Done(Ok(()))))?;
        methods.register("no reply late", from_fn(|_| Outcome::Future(Box::pin(async { Ok(Vec::new()) }))))?;
        methods.register("no bytes", from_fn(|_| Outcome::Blocking(Box::new(|| Ok(Vec::new())))))?;
        methods.register("layer", || 0)?;
        Ok::<_, tinyrpc::dispatch::RegisterError>(())
    };
    sample(&mut methods).expect("the names differ");
    methods
}

struct Panics;

impl Layer for Panics {
    fn call(&self, call: Call<'_>, next: Next<'_>) -> Outcome {
        assert_ne!(call.method, "layer");
        next.run(call)
    }
}

fn services() -> [Service; 3] {
    let plain = service(methods()).with_layer(Panics);
    [plain.clone(), plain.clone().with_concurrency(1), plain.with_concurrency(2)]
}

#[tokio::test]
async fn it_costs_one_internal_error() {
    for service in services() {
        for bad in BAD {
            for _ in 0..3 {
                assert_eq!(ask(&service, call(bad, 7)).await.unwrap(), internal(7), "{bad}");
            }
            assert_eq!(ask(&service, notification(bad)).await, None, "{bad}");
            assert_eq!(ask(&service, call("good", 1)).await.unwrap(), result(1, "1"));
        }
    }
}

#[tokio::test]
async fn it_costs_one_entry_of_a_batch() {
    for service in services() {
        for bad in BAD {
            for others in [["good", "good"], ["good late", "good"], ["good", "good late"], ["good late", "good late"]] {
                let entries = [call(others[0], 1), call(bad, 2), notification(bad), call(others[1], 3)];
                let value = |name: &str| if name == "good" { "1" } else { "2" };
                let replies = [result(1, value(others[0])), internal(2), result(3, value(others[1]))];
                let reply = ask(&service, format!("[{}]", entries.join(","))).await.unwrap();
                assert_eq!(reply, format!("[{}]", replies.join(",")), "{bad} {others:?}");
            }
            let only = [call(bad, 1), call(bad, 2)].join(",");
            assert_eq!(ask(&service, format!("[{only}]")).await.unwrap(), format!("[{},{}]", internal(1), internal(2)));
            assert_eq!(ask(&service, format!("[{}]", notification(bad))).await, None);
        }
    }
}

/// A dispatcher of the program's own.
struct Panicky;

impl Dispatch for Panicky {
    fn find(&self, _: &str) -> Option<&dyn Handler> {
        panic!("while looking for a method")
    }
}

#[tokio::test]
async fn a_dispatcher_that_panics_costs_the_call() {
    let service = Service::new(JsonRpc::new(), Panicky);
    assert_eq!(ask(&service, call("x", 1)).await.unwrap(), internal(1));
    assert_eq!(ask(&service, format!("[{}]", call("x", 1))).await.unwrap(), format!("[{}]", internal(1)));
}

/// The panic comes after a part of the reply has been written, and other replies stand in the buffer already.
#[tokio::test]
async fn nothing_half_written_is_left() {
    struct Half;
    impl serde::Serialize for Half {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeTuple;
            serializer.serialize_tuple(2)?.serialize_element("half of it")?;
            panic!("before the other half")
        }
    }
    let mut methods = methods();
    methods.register("half", || Half).unwrap();
    let service = service(methods);
    let mut out = b"what was there before".to_vec();
    let protocol = service.protocols()[0].clone();
    let origin = tinyrpc::Origin::new("test").into();
    let answered = service.answer(&protocol, &origin, call("half", 1).as_bytes(), &mut out);
    assert!(matches!(answered, tinyrpc::Answered::Written));
    assert_eq!(String::from_utf8(out).unwrap(), format!("what was there before{}", internal(1)));
}
