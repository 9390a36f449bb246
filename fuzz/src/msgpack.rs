//! MessagePack-RPC: accepts what `rmpv` accepts, hands on what it would hand on, and answers in MessagePack.

use rmpv::Value;
use tinyrpc_alloc_counter::measure;
use tinyrpc_core::codec::{Codec, Json, MessagePack};
use tinyrpc_core::message::{Incoming, Message};
use tinyrpc_core::{Limits, MessagePackRpc, Payload, Protocol};

use crate::{allowed, is_parse_error, rejections};

/// Reads the bytes as a message.
///
/// # Panics
/// If a promise is broken.
pub fn check(message: &[u8]) {
    let protocol = MessagePackRpc::new();
    let (incoming, counts) = measure(|| protocol.read(message, &Limits::default()));
    assert!(counts.peak <= allowed(message.len()), "{} bytes held", counts.peak);
    let value = parse(message);
    match &value {
        None => assert!(is_parse_error(&incoming), "accepted what is not MessagePack"),
        // `rmpv` takes the marker that the format never uses for nil, and goes deeper than the limit.
        Some(value) if is_parse_error(&incoming) => {
            assert!(message.contains(&0xc1) || depth(value) > 127, "refused what is MessagePack");
        }
        Some(_) => {}
    }
    for rejection in rejections(&incoming) {
        let mut reply = b"before".to_vec();
        protocol.write_error(&rejection.id, &rejection.error, &mut reply);
        assert!(parse(reply.strip_prefix(b"before").expect("what was there stays")).is_some());
    }
    let Incoming::One(read) = &incoming else { panic!("there are no batches") };
    match read {
        Message::Request(request) => {
            let value = value.expect("a request is MessagePack");
            let items = value.as_array().expect("a request is an array");
            let params = items.last().expect("a request has params");
            if request.params.raw().is_empty() {
                assert_eq!(params, &Value::Array(Vec::new()));
            } else {
                raw(request.params.raw(), params);
            }
            assert_eq!(items[items.len() - 2].as_str(), Some(&*request.method));
            if let Some(id) = &request.id {
                let mut reply = Vec::new();
                protocol.open_result(id, &mut reply);
                reply.push(0xc0);
                protocol.close_result(id, &mut reply);
                let reply = parse(&reply).expect("a reply is MessagePack");
                assert!(same(&reply[1], &items[1]));
            }
        }
        Message::Answer(answer) => {
            if let Ok(result) = answer.outcome {
                raw(result, &value.expect("a reply is MessagePack")[3]);
            }
        }
        _ => {}
    }
}

/// The one value that the bytes hold, if they are that.
fn parse(bytes: &[u8]) -> Option<Value> {
    let mut rest = bytes;
    let value = rmpv::decode::read_value_with_max_depth(&mut rest, 1024).ok()?;
    rest.is_empty().then_some(value)
}

/// How many arrays and maps stand inside each other.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(items) => 1 + items.iter().map(|(key, value)| depth(key).max(depth(value))).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether two values are the same; NaN is here the same as itself.
fn same(one: &Value, other: &Value) -> bool {
    format!("{one:?}") == format!("{other:?}")
}

/// What stands undecoded in a message is one value, and the right one.
fn raw(raw: &[u8], expected: &Value) {
    assert!(same(&parse(raw).expect("what is handed on is MessagePack"), expected));
    let codec: &dyn Codec = &MessagePack;
    // None of these may panic, nor recurse too deep.
    let _ = codec.from_raw::<serde_json::Value>(raw);
    let _ = codec.from_raw::<(String, i64, Vec<u8>)>(raw);
    let _ = codec.items(raw);
    let _ = Payload::new(raw.to_vec().into(), &MessagePack).encode_as(&Json, &mut Vec::new());
}
