//! Values that go from one encoding into the other.
#![cfg(all(feature = "jsonrpc", feature = "msgpack"))]

use tinyrpc_core::Payload;
use tinyrpc_core::codec::{Json, MessagePack};

#[test]
fn what_json_cannot_hold_is_an_error_and_leaves_the_buffer_alone() {
    // A map whose key is an array, alone and inside an array.
    for raw in [&b"\x81\x91\x01\x02"[..], b"\x92\x01\x81\x80\x02"] {
        let mut out = b"before".to_vec();
        Payload::new(raw.into(), &MessagePack).encode_as(&Json, &mut out).unwrap_err();
        assert_eq!(out, b"before");
    }
}

#[test]
fn values_that_both_have_are_the_same_in_both() {
    let json = r#"{"a":[1,-1,18446744073709551615,1.5,null,true,"é"],"":{}}"#;
    let (mut there, mut back) = (Vec::new(), Vec::new());
    Payload::new(json.into(), &Json).encode_as(&MessagePack, &mut there).unwrap();
    Payload::new(there.into(), &MessagePack).encode_as(&Json, &mut back).unwrap();
    assert_eq!(String::from_utf8(back).unwrap(), json);
}
