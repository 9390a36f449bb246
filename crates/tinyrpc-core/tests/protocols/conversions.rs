//! From one encoding into another, as a program does that passes values on.

use proptest::prelude::*;
use serde_json::{Value, json};
use tinyrpc_core::codec::{Codec, Json, MessagePack, Visit};
use tinyrpc_core::{DecodeError, EncodeError, Payload};

use super::round_trips::value;

/// A codec from elsewhere, which is not known to the crate and therefore reached through `erased-serde`.
#[derive(Debug)]
struct Foreign(&'static dyn Codec);

static FOREIGN_JSON: Foreign = Foreign(&Json);
static FOREIGN_MESSAGEPACK: Foreign = Foreign(&MessagePack);

impl Codec for Foreign {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn decode(&self, raw: &[u8], visit: &mut Visit<'_>) -> Result<(), DecodeError> {
        self.0.decode(raw, visit)
    }

    fn encode(&self, value: &dyn erased_serde::Serialize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.0.encode(value, out)
    }
}

fn converted(raw: &[u8], from: &'static dyn Codec, to: &'static dyn Codec) -> Result<Vec<u8>, EncodeError> {
    let mut out = b"before".to_vec();
    let done = Payload::new(raw.to_vec().into(), from).encode_as(to, &mut out);
    let converted = out.strip_prefix(b"before").expect("what was there stays").to_vec();
    assert!(done.is_ok() || converted.is_empty(), "nothing half-written is left");
    done.map(|()| converted)
}

fn targets() -> [&'static dyn Codec; 4] {
    [&Json, &MessagePack, &FOREIGN_JSON, &FOREIGN_MESSAGEPACK]
}

fn decode(codec: &'static dyn Codec, raw: &[u8]) -> Value {
    codec.from_raw(raw).expect("what was written can be read")
}

fn packed() -> impl Strategy<Value = rmpv::Value> {
    let leaf = prop_oneof![
        Just(rmpv::Value::Nil),
        any::<i64>().prop_map(rmpv::Value::from),
        any::<f64>().prop_map(rmpv::Value::from),
        any::<String>().prop_map(rmpv::Value::from),
        any::<Vec<u8>>().prop_map(rmpv::Value::from),
        (any::<i8>(), any::<Vec<u8>>()).prop_map(|(kind, bytes)| rmpv::Value::Ext(kind, bytes)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(rmpv::Value::Array),
            prop::collection::vec((inner.clone(), inner), 0..4).prop_map(rmpv::Value::Map),
        ]
    })
}

proptest! {
    /// From one encoding into the other and back.
    #[test]
    fn conversions(value in value()) {
        let json = Payload::encode(&value, &Json).unwrap();
        let mut packed = Vec::new();
        json.encode_as(&MessagePack, &mut packed).unwrap();
        prop_assert_eq!(decode(&MessagePack, &packed), value.clone());
        let mut back = Vec::new();
        Payload::new(packed.into(), &MessagePack).encode_as(&Json, &mut back).unwrap();
        prop_assert_eq!(decode(&Json, &back), value);
    }

    /// Also what the other encoding cannot express.
    #[test]
    fn nothing_panics(value in packed(), text in r#"(\[|\{"a":)?("\\ud800"|1e999|-0|99999999999999999999999)(\]|\})?"#) {
        let mut raw = Vec::new();
        rmpv::encode::write_value(&mut raw, &value).unwrap();
        for target in targets() {
            let _ = converted(&raw, &MessagePack, target);
            let _ = converted(text.as_bytes(), &Json, target);
        }
    }
}

#[test]
fn what_cannot_be_expressed_is_an_error_that_says_so() {
    for target in targets() {
        if target.name() == "json" {
            for raw in [&b"\x81\x90\x01"[..], b"\x91\x81\x90\x01", b"\x81\xa1a\x81\x91\x01\x02"] {
                let error = converted(raw, &MessagePack, target).unwrap_err();
                assert!(error.to_string().contains("key must be a string"), "{error}");
            }
        } else {
            for raw in [r#""\ud800""#, r#"["\ud800"]"#, r#"{"a":[{"\ud800":1}]}"#] {
                let error = converted(raw.as_bytes(), &Json, target).unwrap_err();
                assert!(error.to_string().contains("hex escape"), "{error}");
            }
            assert!(converted(b"[1e999]", &Json, target).is_err());
        }
    }
}

#[test]
fn what_json_has_not_becomes_the_nearest() {
    for (raw, expected) in [
        (&b"\xc4\x02\x01\xff"[..], json!([1, 255])),
        (b"\xa2\xff\xfe", json!([255, 254])),
        (b"\xd4\x05\x07", json!([5, [7]])),
        (b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", json!(null)),
        (b"\x81\x01\x02", json!({"1": 2})),
    ] {
        for target in [&Json as &dyn Codec, &FOREIGN_JSON] {
            assert_eq!(decode(&Json, &converted(raw, &MessagePack, target).unwrap()), expected, "{raw:x?}");
        }
    }
}

/// What nests deeper than the stack has room for is refused, and not left half-written.
#[test]
fn conversions_do_not_overflow_the_stack() {
    for levels in [200_usize, 1000, 100_000] {
        let json = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let packed = [vec![0x91; levels - 1], vec![0x90]].concat();
        let (mut from_json, mut from_packed) = (b"x".to_vec(), b"x".to_vec());
        let json_done = Payload::new(json.clone().into(), &Json).encode_as(&MessagePack, &mut from_json);
        let packed_done = Payload::new(packed.clone().into(), &MessagePack).encode_as(&Json, &mut from_packed);
        if levels == 200 {
            json_done.unwrap();
            packed_done.unwrap();
            assert_eq!(from_json[1..], packed);
            assert_eq!(from_packed[1..], *json.as_bytes());
        } else {
            assert!(json_done.is_err() && packed_done.is_err());
            assert_eq!((from_json, from_packed), (b"x".to_vec(), b"x".to_vec()));
            let decoded = Payload::new(packed.into(), &MessagePack).decode::<rmpv::Value>();
            assert!(decoded.is_err());
        }
    }
}
