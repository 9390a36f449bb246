//! The format by example, and agreement with rmpv on everything else.

use proptest::prelude::*;
use rmpv::Value;

use super::*;

fn whole(bytes: &[u8], max_depth: usize) -> Result<&[u8], ReadError> {
    Reader::new(bytes, max_depth).value()
}

fn kind(bytes: &[u8]) -> ReadErrorKind {
    whole(bytes, 128).unwrap_err().kind
}

#[test]
fn every_marker_has_the_length_of_the_specification() {
    for marker in 0..=255u8 {
        // Announced lengths and counts are all zero.
        let bytes = [&[marker][..], &[0; 40]].concat();
        let length = match marker {
            0x80..=0x8f => 1 + 2 * usize::from(marker - 0x80),
            0x90..=0x9f => 1 + usize::from(marker - 0x90),
            0xa0..=0xbf => 1 + usize::from(marker - 0xa0),
            0xc1 => {
                assert_eq!(kind(&bytes), ReadErrorKind::Reserved);
                continue;
            }
            0xcc | 0xd0 | 0xc4 | 0xd9 => 2,
            0xcd | 0xd1 | 0xc5 | 0xda | 0xc7 | 0xd4 | 0xdc | 0xde => 3,
            0xc8 | 0xd5 => 4,
            0xca | 0xce | 0xd2 | 0xc6 | 0xdb | 0xdd | 0xdf => 5,
            0xc9 | 0xd6 => 6,
            0xcb | 0xcf | 0xd3 => 9,
            0xd7 => 10,
            0xd8 => 18,
            _ => 1,
        };
        assert_eq!(whole(&bytes, 1), Ok(&bytes[..length]), "{marker:#x}");
        for cut in 0..length {
            let error = whole(&bytes[..cut], 1).unwrap_err();
            assert_eq!((error.kind, error.offset), (ReadErrorKind::Incomplete, cut), "{marker:#x}");
        }
    }
}

#[test]
fn announced_lengths_are_no_reason_to_allocate() {
    for marker in [0xc6, 0xc9, 0xdb, 0xdd, 0xdf] {
        assert_eq!(kind(&[marker, 0xff, 0xff, 0xff, 0xff, 1, 2]), ReadErrorKind::Incomplete);
    }
    let nested = [0xdd, 0xff, 0xff, 0xff, 0xff].repeat(100);
    assert_eq!(kind(&nested), ReadErrorKind::Incomplete);
}

#[test]
fn depth_is_counted_up_to_the_limit() {
    for depth in [1, 2, 7, 8, 9, 10, 63, 200] {
        let arrays = [vec![0x91; depth - 1], vec![0x90]].concat();
        let pairs = [[0x92, 0x01].repeat(depth - 1), vec![0x91, 0x05]].concat();
        let maps = [[0x81, 0xc0].repeat(depth), vec![0xc0]].concat();
        for bytes in [&arrays, &pairs, &maps] {
            assert_eq!(whole(bytes, depth), Ok(&bytes[..]));
            let error = whole(bytes, depth - 1).unwrap_err();
            assert_eq!(error.kind, ReadErrorKind::TooDeep);
        }
    }
}

#[test]
fn a_hundred_thousand_levels_cost_no_stack() {
    let bytes = [vec![0x91; 100_000], vec![0xc0]].concat();
    assert_eq!(kind(&bytes), ReadErrorKind::TooDeep);
    assert_eq!(whole(&bytes, 100_000), Ok(&bytes[..]));
}

#[test]
fn an_envelope_in_one_pass() {
    let message = b"\x94\x00\xcc\xc8\xa3add\x92\x01\x02!";
    let mut reader = Reader::new(message, 4);
    assert_eq!(reader.array_len(), Ok(4));
    assert_eq!(reader.value(), Ok(&b"\x00"[..]));
    assert_eq!(reader.peek(), Some(0xcc));
    assert_eq!(reader.value(), Ok(&b"\xcc\xc8"[..]));
    assert_eq!(reader.value(), Ok(&b"\xa3add"[..]));
    assert_eq!(reader.value(), Ok(&b"\x92\x01\x02"[..]));
    assert_eq!((reader.position(), reader.rest()), (message.len() - 1, &b"!"[..]));
}

#[test]
fn heads_in_every_width() {
    for count in [0u32, 15, 16, 65535, 65536, u32::MAX] {
        let mut bytes = Vec::new();
        rmp::encode::write_array_len(&mut bytes, count).unwrap();
        assert_eq!(Reader::new(&bytes, 0).array_len(), Ok(count));
        bytes.clear();
        rmp::encode::write_map_len(&mut bytes, count).unwrap();
        assert_eq!(Reader::new(&bytes, 0).map_len(), Ok(count));
    }
}

#[test]
fn the_wrong_kind_is_named_and_not_consumed() {
    let mut reader = Reader::new(&[0xc0], 0);
    assert_eq!(reader.array_len().unwrap_err().to_string(), "expected an array at byte 0");
    assert_eq!(reader.map_len().unwrap_err().to_string(), "expected a map at byte 0");
    assert_eq!(reader.value(), Ok(&[0xc0][..]));
    assert_eq!(reader.map_len().unwrap_err().to_string(), "the value is cut off at byte 1");
    assert_eq!(kind(&[0xc1]), ReadErrorKind::Reserved);
}

fn value() -> impl Strategy<Value = Value> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..300);
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-40..300i32).prop_map(Value::from),
        any::<f32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        bytes().prop_map(Value::Binary),
        (any::<i8>(), bytes()).prop_map(|(tag, data)| Value::Ext(tag, data)),
        prop::sample::select(vec![1usize, 2, 4, 8, 16]).prop_map(|n| Value::Ext(-1, vec![7; n])),
    ];
    leaf.prop_recursive(6, 64, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::Array),
            prop::collection::vec((inner.clone(), inner), 0..20).prop_map(Value::Map),
        ]
    })
}

fn written(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, value).unwrap();
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn generated_values_are_stepped_over_whole(value in value(), trailing: Vec<u8>) {
        let bytes = written(&value);
        let all = [&bytes[..], &trailing].concat();
        prop_assert_eq!(whole(&all, 8), Ok(&bytes[..]));
        let cut = bytes.len() - 1;
        prop_assert_eq!(whole(&bytes[..cut], 8).unwrap_err().kind, ReadErrorKind::Incomplete);
    }

    // rmpv reads the reserved marker as nil and so lets it pass; the specification says "never used", and so do we.
    #[test]
    fn random_bytes_get_the_same_verdict(mut bytes: Vec<u8>) {
        bytes.iter_mut().filter(|byte| **byte == 0xc1).for_each(|byte| *byte = 0x93);
        let ours = whole(&bytes, 1000);
        let mut left = &bytes[..];
        let theirs = rmpv::decode::read_value_ref(&mut left);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} {:?}", ours, theirs);
        if let Ok(ours) = ours {
            prop_assert_eq!(ours.len(), bytes.len() - left.len());
        }
    }

    #[test]
    fn mutated_values_get_the_same_verdict(value in value(), at: prop::sample::Index, new: u8) {
        prop_assume!(new != 0xc1);
        let mut bytes = written(&value);
        let at = at.index(bytes.len());
        bytes[at] = new;
        let mut left = &bytes[..];
        let theirs = rmpv::decode::read_value_ref(&mut left);
        let ours = whole(&bytes, 1000);
        // A mutation may bring a reserved marker from inside a string out into the open.
        prop_assume!(ours.is_ok() || ours.as_ref().unwrap_err().kind != ReadErrorKind::Reserved);
        prop_assert_eq!(ours.map(<[u8]>::len).ok(), theirs.ok().map(|_| bytes.len() - left.len()));
    }
}
