//! What travels with a call in its message: it is read as it was written, and no call is lost over what is wrong with it.

use proptest::prelude::*;
use tinyrpc_core::message::{Incoming, Message, Request};
use tinyrpc_core::{Capabilities, Id, JsonRpc, Limits, MessagePackRpc, Protocol, TraceContext, WireMetadata};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NO_ARGUMENTS: &[i64] = &[];

fn carrying() -> Vec<Box<dyn Protocol>> {
    vec![
        Box::new(JsonRpc::new().with_metadata(true)),
        Box::new(JsonRpc::new().with_metadata(true).with_strict(true)),
        Box::new(JsonRpc::new().with_metadata(true).with_ascii_only(true)),
        Box::new(JsonRpc::v1().with_metadata(true)),
    ]
}

fn written(protocol: &dyn Protocol, id: Option<&Id<'_>>, metadata: &WireMetadata, out: &mut Vec<u8>) {
    let arguments = &mut |out: &mut Vec<u8>| protocol.codec().to_raw(&[1, 2][..], out);
    protocol.write_request(id, "add", arguments, out).unwrap();
    protocol.write_metadata(metadata, out);
}

fn requests<'m>(protocol: &dyn Protocol, message: &'m [u8]) -> Vec<Request<'m>> {
    let messages = match protocol.read(message, &Limits::default()) {
        Incoming::One(one) => vec![one],
        Incoming::Batch(all) => all,
        other => panic!("{other:?}"),
    };
    let request = |message| match message {
        Message::Request(request) => request,
        other => panic!("{other:?}"),
    };
    messages.into_iter().map(request).collect()
}

/// What the protocol makes of the one call in a message.
fn read(protocol: &dyn Protocol, message: &[u8]) -> WireMetadata {
    let requests = requests(protocol, message);
    let [request] = &requests[..] else { panic!("{requests:?}") };
    match request.params.metadata() {
        [] => WireMetadata::new(),
        raw => protocol.read_metadata(raw),
    }
}

fn call_with(members: &str) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","method":"m","params":[1],"id":1{members}}}"#).into_bytes()
}

fn metadata() -> impl Strategy<Value = WireMetadata> {
    let trace = ("[0-9a-f]{31}[1-9a-f]", "[1-9a-f][0-9a-f]{15}", prop::option::of("[ -~\t]{0,40}"));
    let trace = trace.prop_map(|(trace, span, state)| {
        let parent = format!("00-{trace}-{span}-01");
        TraceContext::parse(&parent, state.as_deref()).expect("it is valid")
    });
    let timeout = prop_oneof![0..=WireMetadata::LONGEST, 0..5_000_u64];
    (prop::option::of(timeout), prop::option::of(trace))
        .prop_map(|(timeout, trace)| WireMetadata::new().with_timeout_ms(timeout).with_trace(trace))
}

proptest! {
    #[test]
    fn what_is_written_is_read(metadata in metadata(), id in prop::option::of(any::<u64>()), before in any::<Vec<u8>>()) {
        let id = id.map(Id::from);
        for protocol in carrying() {
            prop_assert!(protocol.capabilities().metadata);
            let mut out = before.clone();
            written(&*protocol, id.as_ref(), &metadata, &mut out);
            prop_assert!(out.starts_with(&before));
            let message = &out[before.len()..];
            prop_assert_eq!(read(&*protocol, message), metadata.clone());
            let request = &requests(&*protocol, message)[0];
            prop_assert_eq!((&request.id, &*request.method, request.params.raw()), (&id, "add", &b"[1,2]"[..]));
            // A reader with the default settings understands it too.
            if protocol.name() == "jsonrpc" {
                prop_assert_eq!(read(&JsonRpc::new(), message), metadata.clone());
            }
        }
    }

    /// Whatever stands there, it is the same call, and no more than what is valid counts.
    #[test]
    fn no_value_loses_the_call(
        names in prop::collection::vec(prop::sample::select(vec!["rpc-timeout-ms", "traceparent", "tracestate", "x"]), 1..5),
        values in prop::collection::vec(super::round_trips::value(), 5),
        place in 0..5_usize,
    ) {
        let own = [r#""jsonrpc":"2.0""#, r#""method":"m""#, r#""params":[1]"#, r#""id":7"#];
        let mut members: Vec<String> = own.iter().map(ToString::to_string).collect();
        for (name, value) in names.iter().zip(&values) {
            members.insert(place.min(members.len()), format!("\"{name}\":{value}"));
        }
        let message = format!("{{{}}}", members.join(",")).into_bytes();
        for protocol in [JsonRpc::new(), JsonRpc::new().with_metadata(true), JsonRpc::new().with_metadata(false)] {
            let request = &requests(&protocol, &message)[0];
            prop_assert_eq!((&request.id, &*request.method, request.params.raw()), (&Some(Id::from(7)), "m", &b"[1]"[..]));
            // Members are inserted before those that came earlier, so the first of a name is the last.
            let timeout = names.iter().zip(&values).find(|(name, _)| **name == "rpc-timeout-ms");
            let timeout = timeout.and_then(|(_, value)| value.as_u64()).filter(|time| *time <= WireMetadata::LONGEST);
            let read = read(&protocol, &message);
            prop_assert_eq!(read.trace(), None);
            let heeded = !request.params.metadata().is_empty();
            prop_assert_eq!(read.timeout_ms(), timeout.filter(|_| heeded));
        }
    }
}

#[test]
fn the_wire_form_is_this() {
    let trace = TraceContext::parse(PARENT, Some("a=\"1\",b=%"));
    let metadata = WireMetadata::new().with_timeout_ms(Some(1_500)).with_trace(trace);
    let form = |protocol: JsonRpc, id| {
        let mut out = Vec::new();
        written(&protocol, id, &metadata, &mut out);
        String::from_utf8(out).unwrap()
    };
    let members = format!(r#""rpc-timeout-ms":1500,"traceparent":"{PARENT}","tracestate":"a=\"1\",b=%""#);
    let id = Id::from(7);
    let two = JsonRpc::new().with_metadata(true);
    let call = format!(r#"{{"jsonrpc":"2.0","method":"add","params":[1,2],"id":7,{members}}}"#);
    assert_eq!(form(two.clone(), Some(&id)), call);
    let one = format!(r#"{{"method":"add","params":[1,2],"id":null,{members}}}"#);
    assert_eq!(form(JsonRpc::v1().with_metadata(true), None), one);
    assert_eq!(form(two.with_ascii_only(true), Some(&id)), call.replace('%', "\\u0025"));
    // Nothing to say.
    let mut out = Vec::new();
    written(&JsonRpc::new().with_metadata(true), Some(&id), &WireMetadata::new(), &mut out);
    assert_eq!(out, br#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":7}"#);
}

#[test]
fn what_is_not_valid_is_not_there() {
    let protocol = JsonRpc::new().with_metadata(true);
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let long = format!("\"{}\"", "x".repeat(100_000));
    for value in [
        "-1",
        "-0",
        "1.5",
        "1e3",
        "1E3",
        "1500.0",
        "10000000000",
        "99999999999999999999999999",
        "\"1500\"",
        "null",
        "true",
        "[1500]",
        "{\"ms\":1500}",
        "{}",
        "\"\"",
        &deep,
        &long,
    ] {
        let message = call_with(&format!(",\"rpc-timeout-ms\":{value}"));
        assert_eq!(read(&protocol, &message), WireMetadata::new(), "{value}");
    }
    for value in ["null", "7", "\"\"", "\"00-x\"", "[\"a\"]", "{}", r#""\ud800""#, &format!("\"{PARENT}-x\""), &long] {
        let message = call_with(&format!(",\"traceparent\":{value},\"tracestate\":\"a=1\""));
        assert_eq!(read(&protocol, &message), WireMetadata::new(), "{value}");
        let state = call_with(&format!(",\"traceparent\":\"{PARENT}\",\"tracestate\":{value}"));
        assert_eq!(read(&protocol, &state).trace().map(TraceContext::traceparent), Some(PARENT), "{value}");
    }
    // One that is wrong does not spoil the others.
    let both = call_with(&format!(",\"rpc-timeout-ms\":-1,\"traceparent\":\"{PARENT}\""));
    assert_eq!(read(&protocol, &both).trace().unwrap().traceparent(), PARENT);
}

#[test]
fn any_place_and_any_spelling_will_do() {
    let protocol = JsonRpc::new();
    let wanted = WireMetadata::new().with_timeout_ms(Some(5)).with_trace(TraceContext::parse(PARENT, None));
    let parent = format!("\"{PARENT}\"");
    for message in [
        format!(r#"{{"rpc-timeout-ms":5,"jsonrpc":"2.0","traceparent":{parent},"method":"m"}}"#),
        format!(r#" {{ "traceparent" : {parent} , "method" : "m" , "jsonrpc" : "2.0" , "rpc-timeout-ms" : 5 }} "#),
        format!(
            r#"{{"jsonrpc":"2.0","method":"m","x":{{"traceparent":1}},"rpc-timeout-ms":5,"traceparent":{parent}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","method":"m","\u0072pc-timeout-ms":5,"traceparent":{}}}"#,
            parent.replace('-', "\\u002d")
        ),
        // Of members that stand twice the last one counts.
        format!(r#"{{"jsonrpc":"2.0","rpc-timeout-ms":-7,"method":"m","traceparent":{parent},"rpc-timeout-ms":5}}"#),
    ] {
        assert_eq!(read(&protocol, message.as_bytes()), wanted, "{message}");
    }
    let twice = call_with(r#","rpc-timeout-ms":5,"rpc-timeout-ms":"no""#);
    assert_eq!(read(&protocol, &twice), WireMetadata::new());
}

#[test]
fn each_call_of_a_batch_has_its_own() {
    let protocol = JsonRpc::new().with_metadata(true);
    let batch = format!(
        r#"[{{"jsonrpc":"2.0","method":"a","id":1,"rpc-timeout-ms":1}},{{"jsonrpc":"2.0","method":"b","id":2}},{{"jsonrpc":"2.0","method":"c","traceparent":"{PARENT}"}}]"#
    );
    let requests = requests(&protocol, batch.as_bytes());
    let read = |request: &Request<'_>| protocol.read_metadata(request.params.metadata());
    assert_eq!(read(&requests[0]), WireMetadata::new().with_timeout_ms(Some(1)));
    assert_eq!(requests[1].params.metadata(), b"");
    assert_eq!(read(&requests[2]), WireMetadata::new().with_trace(TraceContext::parse(PARENT, None)));
}

#[test]
fn a_setting_says_whether_they_count() {
    let message = call_with(",\"rpc-timeout-ms\":5");
    let counts = |protocol: &JsonRpc| read(protocol, &message).timeout_ms() == Some(5);
    assert!(counts(&JsonRpc::new()) && counts(&JsonRpc::new().with_metadata(true)));
    assert!(!counts(&JsonRpc::new().with_metadata(false)));
    // Who is strict refuses what it has not asked for.
    let refuses =
        |protocol: JsonRpc| super::refusal(&protocol.with_strict(true), &message, &Limits::default()).is_some();
    assert!(refuses(JsonRpc::new()) && refuses(JsonRpc::new().with_metadata(false)));
    assert!(!refuses(JsonRpc::new().with_metadata(true)));
    // A message of another kind does not become a call by it.
    let event = br#"{"traceparent":"x"}"#;
    let read = JsonRpc::new().read(event, &Limits::default());
    assert!(matches!(read, Incoming::One(Message::Rejected(rejection)) if rejection.unknown));
}

#[test]
fn protocols_without_a_place_for_it_say_so() {
    let packed = MessagePackRpc::new();
    assert!(!packed.capabilities().metadata && packed.carrying_metadata(true).is_none());
    let mut out = Vec::new();
    let nothing = &mut |out: &mut Vec<u8>| packed.codec().to_raw(NO_ARGUMENTS, out);
    packed.write_request(Some(&Id::from(1)), "m", nothing, &mut out).unwrap();
    let before = out.clone();
    packed.write_metadata(&WireMetadata::new().with_timeout_ms(Some(5)), &mut out);
    assert_eq!(out, before);
    let carrying = |protocol: &dyn Protocol, yes| protocol.carrying_metadata(yes).map(|made| made.capabilities());
    let says = |capabilities: Option<Capabilities>| capabilities.map(|capabilities| capabilities.metadata);
    assert_eq!(says(carrying(&JsonRpc::new(), true)), Some(true));
    assert_eq!(says(carrying(&JsonRpc::v1().with_metadata(true), false)), Some(false));
}
