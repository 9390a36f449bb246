//! What a protocol writes it reads back as the same.

use proptest::prelude::*;
use serde_json::Value;
use tinyrpc_core::message::{Answer, Incoming, Message};
use tinyrpc_core::{Codec, Id, JsonRpc, Limits, MessagePackRpc, Protocol, RpcError};

fn protocols() -> Vec<Box<dyn Protocol>> {
    vec![
        Box::new(JsonRpc::new()),
        Box::new(JsonRpc::new().with_strict(true)),
        Box::new(JsonRpc::v1()),
        Box::new(MessagePackRpc::new()),
        Box::new(MessagePackRpc::new().with_error_data(true)),
    ]
}

fn id() -> impl Strategy<Value = Id<'static>> {
    prop_oneof![any::<u64>().prop_map(Id::from), any::<String>().prop_map(Id::from), (0..300_u64).prop_map(Id::from)]
}

/// Values that mean the same in both encodings.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        // Such as survive reading by serde_json, which is inexact in the last digit.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn decode(codec: &'static dyn Codec, raw: &[u8]) -> Value {
    codec.from_raw(raw).expect("what was written can be read")
}

fn answer<'m>(protocol: &dyn Protocol, message: &'m [u8]) -> Answer<'m> {
    match protocol.read(message, &Limits::default()) {
        Incoming::One(Message::Answer(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn requests(id in prop::option::of(id()), method in any::<String>(), params in prop::collection::vec(value(), 0..4), before in any::<Vec<u8>>()) {
        for protocol in protocols() {
            let mut out = before.clone();
            protocol.write_request(id.as_ref(), &method, &mut |out| protocol.codec().to_raw(&params, out), &mut out).unwrap();
            prop_assert!(out.starts_with(&before));
            let Incoming::One(Message::Request(request)) = protocol.read(&out[before.len()..], &Limits::default()) else {
                panic!("a request was written")
            };
            prop_assert_eq!(&request.id, &id);
            prop_assert_eq!(&*request.method, &*method);
            let got = if request.params.raw().is_empty() { Value::Array(vec![]) } else { decode(protocol.codec(), request.params.raw()) };
            prop_assert_eq!(got, Value::from(params.clone()));
        }
    }

    #[test]
    fn named_params(method in any::<String>(), params in prop::collection::btree_map(any::<String>(), value(), 1..4)) {
        for protocol in protocols() {
            let mut out = b"before".to_vec();
            let written = protocol.write_request(None, &method, &mut |out| protocol.codec().to_raw(&params, out), &mut out);
            if protocol.capabilities().named_params {
                let Incoming::One(Message::Request(request)) = protocol.read(&out[6..], &Limits::default()) else {
                    panic!("a request was written")
                };
                let expected = serde_json::to_value(&params).unwrap();
                prop_assert_eq!(decode(protocol.codec(), request.params.raw()), expected);
            } else {
                prop_assert!(written.is_err());
                prop_assert_eq!(&out[..], b"before");
            }
        }
    }

    #[test]
    fn results(id in id(), result in value()) {
        for protocol in protocols() {
            let mut out = Vec::new();
            protocol.open_result(&id, &mut out);
            protocol.codec().to_raw(&result, &mut out).unwrap();
            protocol.close_result(&id, &mut out);
            let answer = answer(&*protocol, &out);
            prop_assert_eq!(answer.id.as_ref(), Some(&id));
            prop_assert_eq!(decode(protocol.codec(), answer.outcome.unwrap()), result.clone());
        }
    }

    #[test]
    fn errors(id in id(), code in any::<i64>(), message in any::<String>(), data in prop::option::of(value())) {
        for protocol in protocols() {
            let mut error = RpcError::new(code, message.clone());
            if let Some(data) = data.clone() {
                error = error.with_data(data);
            }
            let mut out = Vec::new();
            protocol.write_error(&id, &error, &mut out);
            let answer = answer(&*protocol, &out);
            prop_assert_eq!(answer.id.as_ref(), Some(&id));
            let error = answer.outcome.unwrap_err();
            prop_assert_eq!((error.code(), error.message(), error.raw().is_none()), (code, &*message, true));
            let got = error.data::<Value>().map(Result::unwrap);
            let expected = if protocol.capabilities().error_data { data.clone() } else { None };
            prop_assert_eq!(got, expected);
        }
    }

    /// A null id is an answer to nobody in particular.
    #[test]
    fn errors_without_an_id(code in any::<i64>()) {
        for protocol in protocols() {
            let mut out = Vec::new();
            protocol.write_error(&Id::Null, &RpcError::new(code, "m"), &mut out);
            let answer = answer(&*protocol, &out);
            prop_assert_eq!(answer.id, Some(Id::Null));
            prop_assert_eq!(answer.outcome.unwrap_err().code(), code);
        }
    }
}
