//! MessagePack-RPC against `rmpv`: the same messages are accepted, and mean the same.

use proptest::prelude::*;
use rmpv::Value;
use tinyrpc_core::message::{Incoming, Message};
use tinyrpc_core::{Id, Limits, MessagePackRpc, Protocol};

use super::{changed, changes, refusal};

const TELLING: &[u8] = b"\x00\x01\x02\x7f\x80\x81\x90\x91\x92\x93\x94\x95\xa0\xa1\xa3\xc0\xc1\xc2\xc4\xc7\xca\xcb\xcc\xcd\xce\xcf\xd0\xd1\xd3\xd4\xd9\xda\xdb\xdc\xdd\xde\xdf\xe0\xff";

fn limits() -> Limits {
    Limits::default().with_nesting(1024)
}

/// The one value that the bytes hold, if they are that. `rmpv` keeps what follows a string that is not UTF-8.
fn parse(bytes: &[u8]) -> Option<Value> {
    let mut rest = bytes;
    let value = rmpv::decode::read_value(&mut rest).ok()?;
    // `rmpv` reads the marker that the format never uses as nil.
    rest.is_empty().then_some(value)
}

fn pack(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, value).expect("written to memory");
    bytes
}

/// What a message is, in few words.
#[derive(Debug, PartialEq)]
enum Meaning {
    Call(Value, String, Value),
    Notification(String, Value),
    Result(Value, Value),
    Error(Value),
    Refused(Value, i64),
    Ignored,
}

fn expected(message: &Value) -> Meaning {
    let items = message.as_array().map(Vec::as_slice).unwrap_or_default();
    let request = |id: Option<&Value>, method: &Value, params: &Value| {
        let code = if method.as_str().is_none() {
            -32600
        } else if params.is_array() {
            let (method, params) = (method.as_str().unwrap_or_default().to_owned(), params.clone());
            return match id {
                Some(id) => Meaning::Call(id.clone(), method, params),
                None => Meaning::Notification(method, params),
            };
        } else {
            -32602
        };
        id.map_or(Meaning::Ignored, |id| Meaning::Refused(id.clone(), code))
    };
    match (items.first().and_then(Value::as_u64), items) {
        (Some(0), [_, id, method, params]) => request(Some(id), method, params),
        (Some(2), [_, method, params]) => request(None, method, params),
        (Some(1), [_, id, Value::Nil, result]) => Meaning::Result(id.clone(), result.clone()),
        (Some(1), [_, id, _, _]) => Meaning::Error(id.clone()),
        // A call of the wrong length still has its id.
        (Some(0), [_, id, ..]) => Meaning::Refused(id.clone(), -32600),
        _ => Meaning::Refused(Value::Nil, -32600),
    }
}

fn actual(incoming: &Incoming<'_>) -> Meaning {
    let value = |raw: &[u8]| parse(raw).expect("what is handed on is MessagePack");
    let id = |id: &Id<'_>| {
        let mut reply = Vec::new();
        MessagePackRpc::new().open_result(id, &mut reply);
        reply.push(0xc0);
        value(&reply)[1].clone()
    };
    let Incoming::One(message) = incoming else { panic!("there are no batches") };
    match message {
        Message::Request(request) => {
            let raw = request.params.raw();
            let params = if raw.is_empty() { Value::Array(Vec::new()) } else { value(raw) };
            match &request.id {
                Some(own) => Meaning::Call(id(own), request.method.to_string(), params),
                None => Meaning::Notification(request.method.to_string(), params),
            }
        }
        Message::Answer(answer) => {
            let id = id(answer.id.as_ref().expect("there is always an id"));
            match answer.outcome {
                Ok(result) => Meaning::Result(id, value(result)),
                Err(_) => Meaning::Error(id),
            }
        }
        Message::Rejected(rejection) if rejection.owed => Meaning::Refused(id(&rejection.id), rejection.error.code()),
        Message::Rejected(_) => Meaning::Ignored,
        _ => panic!("there are no other messages"),
    }
}

fn check(message: &[u8]) {
    let protocol = MessagePackRpc::new();
    let limits = limits();
    if let Some((_, reply)) = refusal(&protocol, message, &limits) {
        assert!(parse(&reply).is_some(), "the reply is MessagePack");
    }
    let incoming = protocol.read(message, &limits);
    // Python's parser takes the reserved marker for nothing either.
    if let Some(value) = parse(message) {
        let parse_error = Meaning::Refused(Value::Nil, -32700);
        match actual(&incoming) {
            refused if refused == parse_error => assert!(message.contains(&0xc1), "{value}"),
            meaning => assert_eq!(meaning, expected(&value)),
        }
    } else {
        assert_eq!(actual(&incoming), Meaning::Refused(Value::Nil, -32700));
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f32>().prop_filter("NaN is equal to nothing", |number| !number.is_nan()).prop_map(Value::from),
        any::<f64>().prop_filter("NaN is equal to nothing", |number| !number.is_nan()).prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::from),
        (any::<i8>(), prop::collection::vec(any::<u8>(), 0..20)).prop_map(|(kind, bytes)| Value::Ext(kind, bytes)),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((inner.clone(), inner), 0..3).prop_map(Value::Map),
        ]
    })
}

fn message() -> impl Strategy<Value = Value> {
    let kind = || prop_oneof![8 => (0..3_u8).prop_map(Value::from), 1 => value()];
    let method = || prop_oneof![4 => "[a-z.]{0,40}".prop_map(Value::from), 1 => value()];
    let params = || prop_oneof![4 => prop::collection::vec(value(), 0..4).prop_map(Value::Array), 1 => value()];
    prop_oneof![
        (kind(), value(), method(), params()).prop_map(|(kind, id, method, params)| vec![kind, id, method, params]),
        (kind(), method(), params()).prop_map(|(kind, method, params)| vec![kind, method, params]),
        (Just(Value::from(1)), value(), prop_oneof![Just(Value::Nil), value()], value())
            .prop_map(|(kind, id, error, result)| vec![kind, id, error, result]),
        prop::collection::vec(value(), 0..6),
    ]
    .prop_map(Value::Array)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes(message in prop::collection::vec(any::<u8>(), 0..64)) {
        check(&message);
    }

    #[test]
    fn any_markers(message in prop::collection::vec(prop::sample::select(TELLING), 0..32)) {
        check(&message);
    }

    #[test]
    fn messages_that_are_nearly_right(message in message()) {
        check(&pack(&message));
    }

    #[test]
    fn messages_that_were_damaged(message in message(), changes in changes(TELLING)) {
        check(&changed(pack(&message), &changes));
    }
}

#[test]
fn a_hundred_thousand_levels() {
    let protocol = MessagePackRpc::new();
    for open in [&b"\x91"[..], b"\x81\x01", b"\x81", b"\x92\x01", b"\xdc\x00\x01", b"\xdf\x00\x00\x00\x01\x01"] {
        for before in [
            &b""[..],
            b"\x94\x00\x01\xa1m",
            b"\x94\x01\x01\xc0",
            b"\x94\x01\x01",
            b"\x94\x00",
            b"\x93\x02\xa1m",
            b"\xdc\x00\x04\x00\x01\xa1m",
        ] {
            let cut = [before, &open.repeat(100_000)].concat();
            let whole = [&cut[..], &[0x01; 100_000]].concat();
            for message in [whole, cut] {
                for limits in [Limits::default(), Limits::default().with_nesting(usize::MAX)] {
                    assert_eq!(refusal(&protocol, &message, &limits).expect("refused").0, -32700);
                }
            }
        }
    }
}
