//! Stepping through a text, and what its strings mean.

use std::borrow::Cow;

use super::*;

#[test]
fn an_envelope_in_one_pass() {
    let text = r#" { "jsonrpc" : "2.0", "method":"a\u0064d","params":[1, 2] ,"id":7 } "#;
    let mut scanner = Scanner::new(text, 8);
    scanner.begin_object().unwrap();
    let mut first = true;
    let mut seen = Vec::new();
    while let Some(key) = scanner.next_key(&mut first).unwrap() {
        let value = match key.plain() {
            Some("method") => scanner.string().unwrap().unescape().unwrap().into_owned(),
            _ => scanner.value().unwrap().to_owned(),
        };
        seen.push((key.raw(), value));
    }
    scanner.end().unwrap();
    let expected = [("jsonrpc", "\"2.0\""), ("method", "add"), ("params", "[1, 2]"), ("id", "7")];
    assert_eq!(seen, expected.map(|(key, value)| (key, value.to_owned())));
}

#[test]
fn expected_members_are_recognised_by_their_spelling() {
    let mut scanner = Scanner::new(r#"{"a":1, "b":"x","c" :3,"d":4}"#, 8);
    scanner.begin_object().unwrap();
    let mut first = true;
    assert!(!scanner.next_is(&mut first, "\"b\":"));
    assert!(scanner.next_is(&mut first, "\"a\":"));
    // In the middle of a member nothing is recognised.
    assert!(!scanner.next_is(&mut first, "\"a\":"));
    assert_eq!(scanner.value(), Ok("1"));
    assert!(scanner.next_is(&mut first, "\"b\":\"x\""));
    assert!(!scanner.next_is(&mut first, "\"c\":"));
    assert_eq!(scanner.next_key(&mut first).unwrap().unwrap().plain(), Some("c"));
    assert_eq!(scanner.value(), Ok("3"));
    assert!(scanner.next_is(&mut first, "\"d\":"));
    assert_eq!(scanner.value(), Ok("4"));
    assert!(!scanner.next_is(&mut first, "\"d\":"));
    assert!(scanner.next_key(&mut first).unwrap().is_none());
    scanner.end().unwrap();
}

#[test]
fn elements_one_by_one() {
    for (text, expected) in [
        ("[]", vec![]),
        (" [ ] ", vec![]),
        ("[ 1 ]", vec!["1"]),
        ("[{\"a\":[]}, [2 ,3],\"x\"]", vec!["{\"a\":[]}", "[2 ,3]", "\"x\""]),
    ] {
        let mut scanner = Scanner::new(text, 8);
        scanner.begin_array().unwrap();
        let mut first = true;
        let mut seen = Vec::new();
        while scanner.next_element(&mut first).unwrap() {
            seen.push(scanner.value().unwrap());
        }
        scanner.end().unwrap();
        assert_eq!(seen, expected);
    }
}

/// Walks the outermost container by hand instead of stepping over it.
fn by_hand(text: &str) -> Result<(), ScanError> {
    let mut scanner = Scanner::new(text, 8);
    let mut first = true;
    if scanner.peek() == Some(b'{') {
        scanner.begin_object()?;
        while scanner.next_key(&mut first)?.is_some() {
            scanner.value()?;
        }
    } else {
        scanner.begin_array()?;
        while scanner.next_element(&mut first)? {
            scanner.value()?;
        }
    }
    scanner.end()
}

#[test]
fn walking_refuses_what_skipping_refuses() {
    let pieces = ["[", "]", "{", "}", ",", ":", "1", "\"a\"", " "];
    for number in 0..pieces.len().pow(5) {
        let inside: String = (0..5u32).map(|place| pieces[number / pieces.len().pow(place) % pieces.len()]).collect();
        for open in ["[", "{"] {
            let text = format!("{open}{inside}");
            assert_eq!(by_hand(&text).is_ok(), whole(&text).is_ok(), "{text}");
        }
    }
}

#[test]
fn the_envelope_counts_as_depth() {
    let mut scanner = Scanner::new("[[],[[]]]", 2);
    scanner.begin_array().unwrap();
    let mut first = true;
    assert!(scanner.next_element(&mut first).unwrap());
    assert_eq!(scanner.value(), Ok("[]"));
    assert!(scanner.next_element(&mut first).unwrap());
    assert_eq!(scanner.value().unwrap_err().kind, ScanErrorKind::TooDeep);
    let none_allowed = Scanner::new("[]", 0).begin_array().unwrap_err();
    assert_eq!(none_allowed.kind, ScanErrorKind::TooDeep);
}

#[test]
fn depth_is_given_back_at_the_end_of_a_container() {
    let text = "[[],[],{},{}]";
    let mut scanner = Scanner::new(text, 2);
    let (mut first, mut count) = (true, 0);
    scanner.begin_array().unwrap();
    while scanner.next_element(&mut first).unwrap() {
        let mut inner = true;
        if scanner.peek() == Some(b'[') {
            scanner.begin_array().unwrap();
            assert!(!scanner.next_element(&mut inner).unwrap());
        } else {
            scanner.begin_object().unwrap();
            assert!(scanner.next_key(&mut inner).unwrap().is_none());
        }
        count += 1;
    }
    assert_eq!(count, 4);
}

#[test]
fn the_wrong_kind_is_named() {
    let mut scanner = Scanner::new(" 7", 8);
    assert_eq!(scanner.string().unwrap_err().to_string(), "expected a string at byte 1");
    assert_eq!(scanner.begin_object().unwrap_err().to_string(), "expected an object at byte 1");
    assert_eq!(scanner.begin_array().unwrap_err().to_string(), "expected an array at byte 1");
    assert_eq!(scanner.value(), Ok("7"));
}

fn unescaped(text: &str) -> Result<Cow<'_, str>, ScanError> {
    Scanner::new(text, 0).string().unwrap().unescape()
}

#[test]
fn escapes_mean_what_they_say() {
    let all = r#""\"\\\/\b\f\n\r\té\u00e9\u0000\uD834\uDd1e end""#;
    let value = "\"\\/\u{8}\u{c}\n\r\téé\0\u{1d11e} end";
    assert_eq!(unescaped(all).unwrap(), value);
}

#[test]
fn plain_strings_are_borrowed() {
    assert!(matches!(unescaped("\"plain é\""), Ok(Cow::Borrowed("plain é"))));
    let string = Scanner::new(r#""a\n""#, 0).string().unwrap();
    assert_eq!((string.plain(), string.raw()), (None, r"a\n"));
}

#[test]
fn half_a_pair_is_no_string() {
    for text in [r#""ab\ud800""#, r#""ab\udc00""#, r#""ab\ud800\u0041""#, r#""ab\ud800x""#, r#""ab\ud800\n""#] {
        let error = unescaped(text).unwrap_err();
        assert_eq!((error.kind, error.offset), (ScanErrorKind::LoneSurrogate, 3), "{text}");
    }
    assert_eq!(unescaped(r#""\ud834\ud834\udd1e""#).unwrap_err().offset, 1);
}
