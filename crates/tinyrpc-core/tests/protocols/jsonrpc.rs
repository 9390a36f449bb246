//! JSON-RPC against `serde_json`: the same texts are accepted, and mean the same.

use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;
use tinyrpc_core::message::{Incoming, Message};
use tinyrpc_core::{JsonRpc, Limits, Protocol};

use super::model;
use super::{changed, changes, refusal};

const TELLING: &[u8] = b"[]{}:,\"\\u0deE+-.19 \n\tntfau\x00\x1f\x7f\xc3\xa9\xff";

/// Deeper than anything that is made up here.
fn limits() -> Limits {
    Limits::default().with_nesting(1024)
}

fn is_json(message: &[u8]) -> bool {
    std::str::from_utf8(message).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

fn check(message: &[u8]) {
    let protocol = JsonRpc::new();
    let limits = limits();
    let refused = refusal(&protocol, message, &limits);
    assert_eq!(refused.as_ref().is_some_and(|(code, _)| *code == -32700), !is_json(message));
    if let Some((_, reply)) = refused {
        assert!(is_json(&reply), "the reply is JSON");
    }
    // Where decoding refuses a lone surrogate or a number that is too large, there is nothing to compare with.
    if let Ok(value) = serde_json::from_slice::<Value>(message) {
        assert_eq!(model::actual(&protocol.read(message, &limits)), model::expected(&value));
    }
    for other in [JsonRpc::v1(), JsonRpc::new().with_strict(true), JsonRpc::v1().with_strict(true)] {
        if let Some((code, reply)) = refusal(&other, message, &limits) {
            assert_eq!(code == -32700, !is_json(message));
            assert!(is_json(&reply), "the reply is JSON");
        }
    }
    // The usual limits refuse more, and never otherwise.
    if let Some((code, _)) = refusal(&protocol, message, &Limits::default()) {
        assert!(code == -32700 || refusal(&protocol, message, &limits).is_some());
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".*".prop_map(Into::into),
        Just("2.0".into()),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec!["jsonrpc", "id", "method", "params", "result", "error", "code", "message", "data", "traceparent"])
            .prop_map(str::to_owned),
        1 => ".{0,3}",
    ]
}

/// A message object in the making: members in any order, some twice, values mostly sensible.
fn message() -> impl Strategy<Value = String> {
    let member = prop_oneof![
        6 => Just(("jsonrpc".to_owned(), Value::from("2.0"))),
        4 => prop_oneof![any::<u64>().prop_map(Value::from), ".{0,4}".prop_map(Value::from), value()]
            .prop_map(|id| ("id".to_owned(), id)),
        6 => prop_oneof![4 => "[a-z.]{0,6}".prop_map(Value::from), 1 => value()]
            .prop_map(|method| ("method".to_owned(), method)),
        3 => prop_oneof![prop::collection::vec(value(), 0..3).prop_map(Value::from), value()]
            .prop_map(|params| ("params".to_owned(), params)),
        1 => value().prop_map(|result| ("result".to_owned(), result)),
        1 => value().prop_map(|error| ("error".to_owned(), error)),
        1 => (key(), value()),
    ];
    let space = || prop::sample::select(vec!["", "", "", " ", "\n", "\t \r"]);
    let written = (member, space(), any::<prop::sample::Index>()).prop_map(|((key, value), space, at)| {
        let mut key = serde_json::to_string(&key).expect("a string");
        // Now and then a letter stands as its escape.
        let at = 1 + at.index(40);
        if key.is_char_boundary(at) && key.as_bytes().get(at).is_some_and(u8::is_ascii_alphabetic) {
            let letter = key.remove(at);
            key.insert_str(at, &format!("\\u{:04x}", u32::from(letter)));
        }
        format!("{space}{key}{space}:{space}{value}{space}")
    });
    prop::collection::vec(written, 0..7).prop_map(|members| format!("{{{}}}", members.join(",")))
}

fn messages() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => message(),
        1 => prop::collection::vec(prop_oneof![4 => message(), 1 => value().prop_map(|value| value.to_string())], 0..5)
            .prop_map(|entries| format!("[{}]", entries.join(" ,"))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes(message in prop::collection::vec(any::<u8>(), 0..64)) {
        check(&message);
    }

    #[test]
    fn any_text(message in prop::collection::vec(prop::sample::select(TELLING), 0..32)) {
        check(&message);
    }

    #[test]
    fn messages_that_are_nearly_right(message in messages()) {
        check(message.as_bytes());
    }

    #[test]
    fn messages_that_were_damaged(message in messages(), changes in changes(TELLING)) {
        check(&changed(message.into_bytes(), &changes));
    }
}

/// Every way to be deep: nothing recurses, and nothing is accepted that is too deep.
#[test]
fn a_hundred_thousand_levels() {
    let protocol = JsonRpc::new();
    let depth = 100_000;
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        for (before, after) in [
            ("", ""),
            ("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":1,\"params\":", "}"),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":", "}"),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":", "}"),
            ("{\"jsonrpc\":\"2.0\",\"id\":", "}"),
            ("{\"jsonrpc\":", "}"),
            ("{\"x\":", "}"),
            ("[", "]"),
        ] {
            let whole = format!("{before}{}1{}{after}", open.repeat(depth), close.repeat(depth));
            let cut = format!("{before}{}", open.repeat(depth));
            for message in [whole, cut] {
                for limits in [Limits::default(), Limits::default().with_nesting(usize::MAX)] {
                    let (code, _) = refusal(&protocol, message.as_bytes(), &limits).expect("refused");
                    assert_eq!(code, -32700);
                }
            }
        }
    }
}

/// The limit counts the message's own object and the batch around it.
#[test]
fn the_nesting_limit_is_exact() {
    let limits = Limits::default().with_nesting(5);
    for (levels, inside) in [
        (4, "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":P}"),
        (3, "[{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":P}]"),
    ] {
        let message = |levels: usize| inside.replace('P', &format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
        assert!(refusal(&JsonRpc::new(), message(levels).as_bytes(), &limits).is_none());
        assert!(refusal(&JsonRpc::new(), message(levels + 1).as_bytes(), &limits).is_some());
    }
}

#[test]
fn messages_of_no_known_kind_can_be_told() {
    let unknown = |protocol: JsonRpc, message: &str| match protocol.read(message.as_bytes(), &Limits::default()) {
        Incoming::One(Message::Rejected(rejection)) => rejection.unknown,
        other => panic!("{other:?}"),
    };
    for message in [r#"{"event":"started"}"#, r#"{"notification":1,"params":[]}"#, "{}"] {
        assert!(unknown(JsonRpc::new(), message) && unknown(JsonRpc::v1(), message), "{message}");
    }
    assert!(unknown(JsonRpc::new(), r#"{"jsonrpc":"2.0","event":1}"#));
    for message in [r#"{"jsonrpc":"2.0","id":1}"#, r#"{"id":1}"#, r#"{"jsonrpc":"2.0"}"#, "1", "["] {
        assert!(!unknown(JsonRpc::new(), message), "{message}");
    }
}
