//! Where Python's tinyrpc goes wrong, and we must not; the numbers are those of the compatibility notes.

use std::collections::BTreeMap;

use rmpv::Value;
use tinyrpc::Service;

use super::{answer, ask, call, error, invalid_request, methods, parse_error, result, service};

/// B1: id 0 is an id like any other, also when the call fails.
#[tokio::test]
async fn b1_id_zero_is_answered() {
    assert_eq!(answer(call(0.into(), "none", vec![])).await, error(0.into(), -32601, "Method not found"));
    assert_eq!(answer(call(0.into(), "fail", vec![7.into(), "x".into()])).await, error(0.into(), 7, "x"));
    assert_eq!(answer(call(0.into(), "nothing", vec![])).await, result(0.into(), Value::Nil));
}

/// B2 is about ids and stands with them. B3: what cannot be read is answered with a null id.
#[tokio::test]
async fn b3_errors_without_an_id() {
    assert_eq!(answer(b"\x94\x00").await, b"\x94\x01\xc0\x92\xd1\x80\x44\xabParse error\xc0");
    assert_eq!(answer(b"\x90").await, b"\x94\x01\xc0\x92\xd1\x80\xa8\xafInvalid request\xc0");
}

/// B4: a notification is not answered, whatever is wrong with it.
#[tokio::test]
async fn b4_broken_notifications_are_not_answered() {
    for message in [
        &b"\x93\x02\xa3add\x01"[..],
        b"\x93\x02\xa3add\x80",
        b"\x93\x02\xa3add\xc0",
        b"\x93\x02\xa4none\x90",
        b"\x93\x02\xc4\x03add\x90",
        b"\x93\x02\xa2\xff\xff\x90",
        b"\x93\x02\x07\x90",
        b"\x93\x02\xa3add\x91\x01",
        b"\x93\x02\xa4late\x91\xa1x",
        b"\x93\x02\xa4fail\x92\x01\xa1x",
    ] {
        assert_eq!(ask(&service(), message).await, None, "{message:x?}");
    }
}

/// B5: params are an array.
#[tokio::test]
async fn b5_named_params_are_refused() {
    for params in [&b"\x80"[..], b"\x81\xa1a\x01", b"\xde\x00\x00", b"\xc0", b"\x01", b"\xa1x", b"\xc2"] {
        let reply = answer([b"\x94\x00\x05\xa3add", params].concat()).await;
        assert_eq!(reply, error(5.into(), -32602, "Invalid params: they must be an array"), "{params:x?}");
    }
}

/// Wrong arguments are told by number and kind, as in JSON-RPC.
#[tokio::test]
async fn wrong_arguments_are_invalid_params() {
    for (params, why) in [
        (vec![1.into()], "expected 2 arguments, got 1"),
        (vec![], "expected 2 arguments, got 0"),
        (vec![1.into(), 2.into(), 3.into()], "expected 2 arguments, got 3"),
    ] {
        let reply = answer(call(1.into(), "add", params)).await;
        assert_eq!(reply, error(1.into(), -32602, &format!("Invalid params: {why}")));
    }
    let reply = answer(call(1.into(), "add", vec![1.into(), "x".into()])).await;
    let reply = String::from_utf8_lossy(&reply).into_owned();
    assert!(reply.contains("Invalid params: argument 2: "), "{reply}");
}

/// B6 and B7 are the client's. B8: one message, of UTF-8 where it matters.
#[tokio::test]
async fn b8_trailing_bytes_and_odd_methods() {
    let good = call(1.into(), "add", vec![1.into(), 2.into()]);
    assert_eq!(answer([&good[..], b"\xc0"].concat()).await, parse_error());
    assert_eq!(answer([&good[..], &good[..]].concat()).await, parse_error());
    assert_eq!(answer(b"\x94\x00\x01\xc4\x03add\x90").await, invalid_request(1.into()));
    assert_eq!(answer(b"\x94\x00\x01\x07\x90").await, invalid_request(1.into()));
    assert_eq!(answer(b"\x94\x00\x01\xa2\xff\xff\x90").await, invalid_request(1.into()));
}

/// B9: false and 0.0 are not 0.
#[tokio::test]
async fn b9_the_type_is_an_integer() {
    for kind in [&b"\xc2"[..], b"\xca\0\0\0\0", b"\xcb\0\0\0\0\0\0\0\0", b"\xc0", b"\xa0", b"\xc4\x00", b"\xd4\x00\x00"]
    {
        let message = [b"\x94", kind, b"\x01\xa7nothing\x90"].concat();
        assert_eq!(answer(&message).await, invalid_request(Value::Nil), "{kind:x?}");
    }
}

/// A7: a result that cannot be written is one internal error.
#[tokio::test]
async fn what_cannot_be_written_is_an_internal_error() {
    struct Broken;
    impl serde::Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::{Error, SerializeTuple};
            serializer.serialize_tuple(2)?.serialize_element("half of")?;
            Err(S::Error::custom("no more"))
        }
    }
    let mut methods = methods();
    methods.register("broken", || Broken).unwrap();
    methods.register("broken late", || async { Broken }).unwrap();
    methods.register("keys", || BTreeMap::from([((1, 2), 3)])).unwrap();
    let service = Service::new(tinyrpc::MessagePackRpc::new(), methods);
    for method in ["broken", "broken late"] {
        let reply = ask(&service, call(1.into(), method, vec![])).await.unwrap();
        assert_eq!(reply, error(1.into(), -32603, "Internal error"));
    }
    // Any value can be a key here.
    let keys = Value::Map(vec![(Value::Array(vec![1.into(), 2.into()]), 3.into())]);
    assert_eq!(ask(&service, call(1.into(), "keys", vec![])).await.unwrap(), result(1.into(), keys));
}
