//! Values that JSON does not have: bytes, extensions, timestamps, and strings that are none.

use rmpv::Value;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_bytes::ByteBuf;
use tinyrpc::{MessagePackRpc, Service};

use super::{answer, ask, methods};

fn message(method: &str, params: &[u8]) -> Vec<u8> {
    let mut message = vec![0x94, 0, 1, 0xa0 | u8::try_from(method.len()).expect("short")];
    message.extend_from_slice(method.as_bytes());
    message.extend_from_slice(params);
    message
}

fn reply(result: &[u8]) -> Vec<u8> {
    [b"\x94\x01\x01\xc0", result].concat()
}

/// B9: every value comes back to the byte.
#[tokio::test]
async fn undecoded_values_come_back_as_they_were() {
    let long = [b"\x91\xc5\x01\x00".to_vec(), vec![7; 256]].concat();
    for params in [
        &b"\x91\xc4\x03\x00\xff\x01"[..],
        &long,
        b"\x91\xd4\x00\x01",
        b"\x91\xd5\x01\x01\x02",
        b"\x91\xd8\x7f0123456789abcdef",
        b"\x91\xc7\x03\x02abc",
        b"\x91\xc8\x00\x03\x85abc",
        // Timestamps of 4, 8 and 12 bytes.
        b"\x91\xd6\xff\x00\x00\x00\x01",
        b"\x91\xd7\xff\x00\x00\x00\x01\x00\x00\x00\x01",
        b"\x91\xc7\x0c\xff\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01",
        // Not the shortest form, not UTF-8, odd keys, keys twice.
        b"\x91\xcd\x00\x01",
        b"\x91\xd9\x02\xff\xfe",
        b"\x91\x83\x01\x02\xc0\x03\x90\x04",
        b"\x91\x82\xa1a\x01\xa1a\x02",
        b"\x91\xca\x7f\xc0\x00\x00",
        b"\xdc\x00\x01\x01",
    ] {
        assert_eq!(answer(message("echo", params)).await, reply(params), "{params:x?}");
    }
}

#[derive(Deserialize)]
struct Buffer {
    name: String,
    text: ByteBuf,
}

fn with_bytes() -> Service {
    let mut methods = methods();
    methods.register("bytes", |(bytes,): (ByteBuf,)| bytes).unwrap();
    methods.register("length", |(_, bytes): (i64, ByteBuf)| bytes.len()).unwrap();
    methods.register("first", |(first, _): (i64, IgnoredAny)| first).unwrap();
    methods.register("text", |(text,): (String,)| text).unwrap();
    methods.register("buffer", |(buffer,): (Buffer,)| (buffer.name, buffer.text)).unwrap();
    methods.register("floats", || (1.5_f32, 1.5_f64)).unwrap();
    methods.register("value", |(value,): (Value,)| value).unwrap();
    Service::new(MessagePackRpc::new(), methods)
}

/// An editor sends the bytes of a file as `str`.
#[tokio::test]
async fn strings_that_are_not_utf8_are_bytes_for_who_asks_for_bytes() {
    let service = with_bytes();
    let got = ask(&service, message("bytes", b"\x91\xa3\xff\x00\xfe")).await.unwrap();
    assert_eq!(got, reply(b"\xc4\x03\xff\x00\xfe"));
    let got = ask(&service, message("bytes", b"\x91\xc4\x03\xff\x00\xfe")).await.unwrap();
    assert_eq!(got, reply(b"\xc4\x03\xff\x00\xfe"));
    let got = ask(&service, message("bytes", b"\x91\xa2ok")).await.unwrap();
    assert_eq!(got, reply(b"\xc4\x02ok"));
    let got = ask(&service, message("length", b"\x92\x05\xd9\x02\xc3\x28")).await.unwrap();
    assert_eq!(got, reply(b"\x02"));
    let buffer = b"\x91\x82\xa4name\xa1n\xa4text\xa2\xff\xff";
    assert_eq!(ask(&service, message("buffer", buffer)).await.unwrap(), reply(b"\x92\xa1n\xc4\x02\xff\xff"));
}

#[tokio::test]
async fn strings_that_are_not_utf8_do_no_harm_beside_others() {
    let service = with_bytes();
    for odd in [&b"\xa2\xff\xff"[..], b"\x91\xa2\xff\xff", b"\x81\xa2\xff\xff\xa2\xff\xff"] {
        let params = [b"\x92\x09", odd].concat();
        assert_eq!(ask(&service, message("first", &params)).await.unwrap(), reply(b"\x09"), "{odd:x?}");
    }
    // Where text is asked for, they are wrong arguments.
    let refused = ask(&service, message("text", b"\x91\xa2\xff\xff")).await.unwrap();
    assert!(String::from_utf8_lossy(&refused).contains("Invalid params: argument 1: "), "{refused:x?}");
}

#[tokio::test]
async fn numbers_keep_their_width_and_sign() {
    let service = with_bytes();
    assert_eq!(
        ask(&service, message("floats", b"\x90")).await.unwrap(),
        reply(b"\x92\xca\x3f\xc0\x00\x00\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00")
    );
    for value in [i64::MIN, -1, 0, i64::MAX] {
        let params = super::pack(Value::Array(vec![value.into()]));
        assert_eq!(ask(&service, message("value", &params)).await.unwrap(), reply(&params[1..]));
    }
    let params = super::pack(Value::Array(vec![u64::MAX.into()]));
    assert_eq!(ask(&service, message("value", &params)).await.unwrap(), reply(&params[1..]));
}

#[tokio::test]
async fn a_long_string_is_served() {
    let params = super::pack(Value::Array(vec!["é".repeat(500_000).into()]));
    assert_eq!(ask(&with_bytes(), message("text", &params)).await.unwrap(), reply(&params[1..]));
}
