//! JSON-RPC in ASCII only: whatever is written, by either side, and that it means the same.
#![cfg(feature = "jsonrpc")]

use serde_json::{Value, json};
use tinyrpc_core::codec::{AsciiJson, Json};
use tinyrpc_core::{Id, JsonRpc, Payload, Protocol, RpcError};

const TEXT: &str = "100 % Grüße, 世界, \u{1f980} \u{7f} \u{2028} \" \\ %41";

/// What `write` appends, after something that must stay as it is.
fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = "é%".as_bytes().to_vec();
    write(&mut out);
    out.strip_prefix("é%".as_bytes()).expect("what was there stays").to_vec()
}

#[track_caller]
fn means(message: &[u8], meaning: &Value) {
    let text = String::from_utf8_lossy(message);
    assert!(message.is_ascii() && !message.contains(&b'%'), "{text}");
    assert_eq!(&serde_json::from_slice::<Value>(message).expect("it is JSON"), meaning, "{text}");
}

fn result(protocol: &JsonRpc, id: &Id<'_>, value: &str) -> Vec<u8> {
    written(|out| {
        protocol.open_result(id, out);
        protocol.codec().to_raw(value, out).unwrap();
        protocol.close_result(id, out);
    })
}

#[test]
fn calls_are_escaped() {
    let protocol = JsonRpc::new().with_ascii_only(true);
    let message = written(|out| {
        let params = &mut |out: &mut Vec<u8>| protocol.codec().to_raw(&(TEXT, 5), out);
        protocol.write_request(Some(&Id::Text(TEXT.into())), "größe%", params, out).unwrap();
    });
    means(&message, &json!({"jsonrpc": "2.0", "method": "größe%", "params": [TEXT, 5], "id": TEXT}));
    let message = written(|out| {
        let params = &mut |out: &mut Vec<u8>| protocol.codec().to_raw(&("é%\u{1f980}",), out);
        protocol.write_request(None, "m", params, out).unwrap();
    });
    assert_eq!(message, br#"{"jsonrpc":"2.0","method":"m","params":["\u00e9\u0025\ud83e\udd80"]}"#);
}

#[test]
fn replies_are_escaped() {
    let id = Id::Text(TEXT.into());
    let two = JsonRpc::new().with_ascii_only(true);
    means(&result(&two, &id, TEXT), &json!({"jsonrpc": "2.0", "id": TEXT, "result": TEXT}));
    let one = JsonRpc::v1().with_ascii_only(true);
    means(&result(&one, &id, TEXT), &json!({"result": TEXT, "error": null, "id": TEXT}));
    let error = RpcError::new(99, TEXT).with_data(TEXT);
    let message = written(|out| two.write_error(&id, &error, out));
    means(&message, &json!({"jsonrpc": "2.0", "id": TEXT, "error": {"code": 99, "message": TEXT, "data": TEXT}}));
}

#[test]
fn undecoded_values_keep_their_digits() {
    let raw = "[1.50,123456789012345678901234567890,\"é\"]";
    let json = Payload::new(raw.into(), &Json);
    let mut ascii = Vec::new();
    json.encode_as(&AsciiJson, &mut ascii).unwrap();
    assert_eq!(ascii, br#"[1.50,123456789012345678901234567890,"\u00e9"]"#);
    let mut back = Vec::new();
    Payload::new(ascii.clone().into(), &AsciiJson).encode_as(&Json, &mut back).unwrap();
    assert_eq!(back, ascii);
    // What is no text at all stays out as well.
    let mut broken = Vec::new();
    Payload::new(b"\"\xff\"".to_vec().into(), &Json).encode_as(&AsciiJson, &mut broken).unwrap();
    assert_eq!(broken, br#""\ufffd""#);
}

#[test]
fn nothing_is_escaped_by_default() {
    let plain = result(&JsonRpc::new(), &Id::Number(1), "é%");
    assert_eq!(plain, r#"{"jsonrpc":"2.0","id":1,"result":"é%"}"#.as_bytes());
}
