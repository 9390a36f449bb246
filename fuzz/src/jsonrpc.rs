//! JSON-RPC: accepts what `serde_json` accepts, hands on what it would hand on, and answers in JSON.

use serde::de::IgnoredAny;
use serde_json::Value;
use tinyrpc_alloc_counter::measure;
use tinyrpc_core::codec::{Codec, Json, MessagePack};
use tinyrpc_core::message::{Incoming, Message};
use tinyrpc_core::{Id, JsonRpc, Limits, Payload, Protocol, TraceContext, WireMetadata};

use crate::{allowed, is_parse_error, rejections};

/// Reads the bytes as a message in every mode.
///
/// # Panics
/// If a promise is broken.
pub fn check(message: &[u8]) {
    let grammatical = is_json(message);
    // `serde_json` gives up at 128 levels where it decodes, so deeper messages are compared by grammar alone.
    let value = serde_json::from_slice::<Value>(message).ok();
    for protocol in [JsonRpc::new(), JsonRpc::new().with_strict(true), JsonRpc::v1()] {
        let limits = Limits::default();
        let (incoming, counts) = measure(|| protocol.read(message, &limits));
        assert!(counts.peak <= allowed(message.len()), "{} bytes held", counts.peak);
        // The only other reason to refuse a text is its nesting.
        if !grammatical {
            assert!(is_parse_error(&incoming), "accepted what is not JSON");
        } else if value.is_some() {
            assert!(!is_parse_error(&incoming), "refused what is JSON");
        }
        for rejection in rejections(&incoming) {
            let mut reply = b"before".to_vec();
            protocol.write_error(&rejection.id, &rejection.error, &mut reply);
            assert!(is_json(reply.strip_prefix(b"before").expect("what was there stays")));
        }
        match &incoming {
            Incoming::One(read) => part(&protocol, read, value.as_ref()),
            Incoming::Batch(messages) => {
                let values = value.as_ref().map(|value| value.as_array().expect("a batch is an array"));
                assert!(values.is_none_or(|values| values.len() == messages.len()));
                for (at, read) in messages.iter().enumerate() {
                    part(&protocol, read, values.map(|values| &values[at]));
                }
            }
            _ => panic!("messages come alone or in batches"),
        }
    }
}

fn is_json(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

fn part(protocol: &JsonRpc, message: &Message<'_>, value: Option<&Value>) {
    match message {
        Message::Request(request) => {
            raw(request.params.raw(), value.map(|value| &value["params"]));
            if let Some(value) = value {
                assert_eq!(value["method"].as_str(), Some(&*request.method));
            }
            if let Some(id) = &request.id {
                let mut reply = Vec::new();
                protocol.open_result(id, &mut reply);
                reply.push(b'0');
                protocol.close_result(id, &mut reply);
                assert!(is_json(&reply));
                echoed(protocol, id, &reply, value);
            }
            metadata(protocol, request.params.metadata(), value);
            rewritten(protocol, request.id.as_ref(), &request.method, request.params.raw());
        }
        Message::Answer(answer) => {
            if let Ok(result) = answer.outcome {
                raw(result, value.map(|value| &value["result"]));
            }
        }
        _ => {}
    }
}

/// What travelled with a call is what valid members say.
fn metadata(protocol: &JsonRpc, raw: &[u8], value: Option<&Value>) {
    let read = if raw.is_empty() { WireMetadata::new() } else { protocol.read_metadata(raw) };
    if let Some(value) = value {
        let time = value["rpc-timeout-ms"].as_u64().filter(|time| *time <= WireMetadata::LONGEST);
        assert_eq!(read.timeout_ms(), time);
        let state = value["tracestate"].as_str();
        let trace = value["traceparent"].as_str().and_then(|parent| TraceContext::parse(parent, state));
        assert_eq!(read.trace(), trace.as_ref());
    }
}

/// What stands undecoded in a message is one value, and the right one.
fn raw(raw: &[u8], expected: Option<&Value>) {
    if raw.is_empty() {
        assert!(expected.is_none_or(Value::is_null));
        return;
    }
    assert!(is_json(raw));
    if let Some(expected) = expected {
        assert_eq!(serde_json::from_slice::<Value>(raw).ok().as_ref(), Some(expected));
    }
    let codec: &dyn Codec = &Json;
    // None of these may panic, nor recurse too deep.
    let _ = codec.from_raw::<Value>(raw);
    let _ = codec.items(raw);
    let _ = Payload::new(raw.to_vec().into(), &Json).encode_as(&MessagePack, &mut Vec::new());
}

/// A reply has the id of its call.
fn echoed(protocol: &JsonRpc, id: &Id<'_>, reply: &[u8], value: Option<&Value>) {
    let Incoming::One(Message::Answer(answer)) = protocol.read(reply, &Limits::default()) else {
        panic!("a reply was written")
    };
    assert_eq!(answer.id.as_ref(), Some(id));
    if let (Some(value), Ok(reply)) = (value, serde_json::from_slice::<Value>(reply)) {
        assert_eq!(value["id"], reply["id"]);
    }
}

/// A request that is written again is the same one.
fn rewritten(protocol: &JsonRpc, id: Option<&Id<'_>>, method: &str, params: &[u8]) {
    let mut written = Vec::new();
    let mut write = |out: &mut Vec<u8>| {
        out.extend_from_slice(params);
        Ok(())
    };
    protocol.write_request(id, method, &mut write, &mut written).expect("these were read");
    let Incoming::One(Message::Request(again)) = protocol.read(&written, &Limits::default()) else {
        panic!("a request was written")
    };
    assert_eq!((again.id.as_ref(), &*again.method), (id, method));
}
