//! The same texts to this scanner and to serde_json: both accept or both refuse, and strings mean the same.

use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::*;

/// Whether serde_json finds the text grammatical.
///
/// Asked through `IgnoredAny` and `RawValue`, which know no nesting limit and do not decode strings. Decoding refuses
/// lone surrogates, which RFC 8259's grammar lets pass (section 8.2) and so does this scanner; `unescape` refuses them.
fn serde_accepts(text: &str) -> bool {
    let ignored = serde_json::from_str::<IgnoredAny>(text).is_ok();
    let raw = serde_json::from_str::<&RawValue>(text);
    assert_eq!(raw.is_ok(), ignored, "{text:?}");
    ignored
}

fn same_verdict(text: &str) {
    let ours = whole_within(text, usize::MAX);
    assert_eq!(ours.is_ok(), serde_accepts(text), "{text:?}: {ours:?}");
    if let (Ok(ours), Ok(raw)) = (ours, serde_json::from_str::<&RawValue>(text)) {
        assert_eq!(ours, raw.get());
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(8, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::hash_map(any::<String>(), inner, 0..8)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

fn text_of(value: &serde_json::Value, pretty: bool) -> String {
    match pretty {
        true => serde_json::to_string_pretty(value).unwrap(),
        false => serde_json::to_string(value).unwrap(),
    }
}

/// Bytes that mean something to the grammar, so that mutations hit its corners.
fn telling_char() -> impl Strategy<Value = char> {
    prop::sample::select(
        "[]{}:,\"\\/bfnrtu0123456789abcdefABCDEF+-.eE \n\t\r\u{1}\u{e9}truefalsn".chars().collect::<Vec<_>>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn generated_json_is_accepted_whole(value in json(), pretty: bool) {
        let text = text_of(&value, pretty);
        prop_assert_eq!(whole_within(&text, 9), Ok(&text[..]));
        let padded = format!(" \r\n\t{text} \n");
        prop_assert_eq!(whole_within(&padded, 9), Ok(&text[..]));
    }

    #[test]
    fn mutated_json_gets_the_same_verdict(
        value in json(), pretty: bool,
        edits in prop::collection::vec((any::<prop::sample::Index>(), telling_char(), 0..3u8), 1..4),
    ) {
        let mut chars: Vec<char> = text_of(&value, pretty).chars().collect();
        for (place, new, how) in edits {
            let at = place.index(chars.len() + 1);
            match how {
                0 => chars.insert(at, new),
                1 if at < chars.len() => chars[at] = new,
                _ if at < chars.len() => drop(chars.remove(at)),
                _ => {}
            }
        }
        same_verdict(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn telling_noise_gets_the_same_verdict(chars in prop::collection::vec(telling_char(), 0..12)) {
        same_verdict(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn number_like_noise_gets_the_same_verdict(text in "-?[0-9]{0,3}[.]?[0-9]{0,2}[eE]?[+-]?[0-9]{0,2}") {
        same_verdict(&text);
    }

    #[test]
    fn random_text_gets_the_same_verdict(text: String) {
        same_verdict(&text);
        same_verdict(&format!("\"{text}\""));
    }

    #[test]
    fn strings_mean_the_same(inner in "([a-z\u{e9}]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4}|\\\\u[dD][89a-fA-F][0-9a-f]{2}){0,12}") {
        let text = format!("\"{inner}\"");
        let ours = Scanner::new(&text, 0).string().unwrap().unescape();
        let theirs = serde_json::from_str::<String>(&text);
        prop_assert_eq!(ours.ok().map(String::from), theirs.ok());
    }
}
