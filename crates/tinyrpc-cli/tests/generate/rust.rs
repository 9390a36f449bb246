//! Generated Rust: what stands in `golden` is what the command writes, and passes arguments as the document says.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tinyrpc::dispatch::from_fn;
use tinyrpc::transport::memory::Memory;
use tinyrpc::{Call, Client, Dispatcher, JsonRpc, Outcome, Payload, Service};

use crate::golden::everything::{Color, EverythingClient, Kept, KeptMixed, Named, Node, Shape, Side, Tree};
use crate::support::{EVERYTHING, demo, generated};

/// With `TINYRPC_WRITE_GOLDEN=1` the files are written anew.
#[track_caller]
fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generate/golden").join(name);
    if std::env::var("TINYRPC_WRITE_GOLDEN").as_deref() == Ok("1") {
        fs::write(&path, text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap();
    let first = golden.lines().zip(text.lines()).find(|(golden, text)| golden != text);
    assert!(golden == text, "{name} differs, first in {first:?}; TINYRPC_WRITE_GOLDEN=1 writes it anew");
}

#[test]
fn the_compiled_clients_are_what_the_command_writes() {
    check("everything.rs", &generated("rust", EVERYTHING));
    check("demo.rs", &generated("rust", demo().url()));
}

/// A client of a service that answers every call with the arguments it got, and the values kept.
fn client() -> EverythingClient {
    let mut dispatcher = Dispatcher::new();
    for name in ["either", "by.position", "by-name", "all-by-name", "any"] {
        let echo = |call: Call<'_>| {
            let raw = if call.params.raw().is_empty() { b"\"none\"".as_slice() } else { call.params.raw() };
            let params = Payload::new(raw.to_vec().into(), call.params.codec());
            Outcome::Done(call.reply.send_payload(&params))
        };
        dispatcher.register(name, from_fn(echo)).unwrap();
    }
    dispatcher.register("keep", |(value,): (Value,)| value).unwrap();
    dispatcher.register("log", |(_,): (String,)| ()).unwrap();
    EverythingClient::new(Client::new(Memory::new(Service::new(JsonRpc::new(), dispatcher)), JsonRpc::new()))
}

#[tokio::test]
#[allow(deprecated)]
async fn arguments_are_passed_as_the_document_says() {
    let client = client();
    assert_eq!(client.either(1, None, None).await.unwrap(), json!([1]));
    assert_eq!(client.either(1, Some("a"), None).await.unwrap(), json!([1, "a"]));
    assert_eq!(client.either(1, Some("a"), Some(&Color::DarkBlue)).await.unwrap(), json!([1, "a", "dark blue"]));
    // What is left out between others can be left out by name only.
    assert_eq!(client.either(1, None, Some(&Color::Red)).await.unwrap(), json!({"first": 1, "third": "red"}));

    assert_eq!(client.by_position(None, &[1.5], None, None).await.unwrap(), json!([null, [1.5]]));
    assert_eq!(client.by_position(Some("a"), &[], None, Some("z")).await.unwrap(), json!(["a", [], null, "z"]));

    let node = Node { label: "n".to_owned(), children: None, next: None };
    assert_eq!(client.by_name(&node, None).await.unwrap(), json!({"self": {"label": "n"}}));
    assert_eq!(client.by_name(&node, Some(3)).await.unwrap(), json!({"self": {"label": "n"}, "odd name": 3}));
    assert_eq!(client.all_by_name(4).await.unwrap(), json!({"n": 4}));
    assert_eq!(client.any(()).await.unwrap(), json!("none"));
    assert_eq!(client.any((1, 2)).await.unwrap(), json!([1, 2]));
    assert_eq!(client.any(json!({"a": 1})).await.unwrap(), json!({"a": 1}));
    client.log("text").await.unwrap();
}

#[tokio::test]
async fn values_come_back_as_they_were() {
    let client = client();
    let text = json!({
        "pair": ["a", 1], "mixed": "dark blue", "tree": [[], [[]]], "shape": {"kind": "circle", "radius": 0.5},
        "named": {"id": u64::MAX, "name": "n", "since": 5}, "by_name": {"x": -1}, "class": true, "odd-name": 2,
        "link": {"next": {"next": {}}}, "side": {"left": 1},
        "more": "kept",
    });
    let value: Kept = serde_json::from_value(text.clone()).unwrap();
    assert_eq!(value.mixed, Some(KeptMixed::Color(Color::DarkBlue)));
    assert!(matches!(&value.shape, Shape::Circle(circle) if (circle.radius - 0.5).abs() < 1e-9));
    assert!(matches!(&value.named, Some(Named::Closed(closed)) if closed.since == 5 && closed.id == u64::MAX));
    assert_eq!(value.tree, Tree(vec![Tree(vec![]), Tree(vec![Tree(vec![])])]));
    assert_eq!((value.odd_name, value.rest["more"].as_str()), (Some(2), "kept"));
    let back = client.keep(&value).await.unwrap();
    assert_eq!(back, value);
    assert_eq!(serde_json::to_value(&back).unwrap(), text);

    for (mixed, expected) in [
        (json!("words"), Some(KeptMixed::Text("words".to_owned()))),
        (json!(7), Some(KeptMixed::Integer(7))),
        (Value::Null, None),
    ] {
        let mut text = text.clone();
        text["mixed"] = mixed;
        assert_eq!(serde_json::from_value::<Kept>(text).unwrap().mixed, expected);
    }
    // What a newer service sends besides is ignored, but where it tells alternatives apart it counts.
    assert!(serde_json::from_value::<Node>(json!({"label": "a", "other": 1})).is_ok());
    let right: Side = serde_json::from_value(json!({"right": 1})).unwrap();
    assert!(matches!(right, Side::Right(right) if right.right == Some(1)));
}
