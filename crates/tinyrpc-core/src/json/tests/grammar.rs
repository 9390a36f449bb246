//! RFC 8259, rule by rule.

use super::*;

fn accepts(texts: &[&str]) {
    for text in texts {
        assert_eq!(whole(text), Ok(text.trim()), "{text}");
    }
}

fn refuses(texts: &[&str]) {
    for text in texts {
        assert!(whole(text).is_err(), "{text}");
    }
}

#[test]
fn words() {
    accepts(&["true", "false", "null", " \t\r\n null \t\r\n "]);
    refuses(&["", " ", "True", "nul", "nulll", "tru e", "undefined", "NaN", "Infinity"]);
    refuses(&["\u{a0}null", "\u{feff}null", "null\u{c}", "\u{b}null", "null\0"]);
}

#[test]
fn numbers() {
    accepts(&["0", "-0", "7", "10", "-12", "0.5", "-0.50", "1e5", "1E+5", "0e-0", "1.25e300"]);
    accepts(&["123456789012345678901234567890", "1e999999"]);
    refuses(&["-", "+1", "01", "-01", "00", "1.", ".5", "1.e1", "1e", "1e+", "--1", "0x1", "1_0"]);
    refuses(&["-Infinity", "1a", "1 2", "0e", "0.e", "-a", "１"]);
}

#[test]
fn strings() {
    accepts(&[r#""""#, r#""a""#, r#""\"\\\/\b\f\n\r\t""#, r#""\u00e9\uD834\udd1e""#]);
    accepts(&["\"\u{7f}\u{e9}\u{2028}\u{1d11e}\"", r#""a longer string than eight bytes""#]);
    refuses(&[r#"""#, r#""a"#, r#""\"#, r#""\""#, r#""\x41""#, r#""\u12""#, r#""\u12g4""#, r#""\U0041""#]);
    refuses(&["\"a\nb\"", "\"\0\"", "\"a long enough string \u{1f}\"", "'a'", r#""a"b"#]);
}

#[test]
fn every_control_character_must_be_escaped() {
    for code in 0..0x20u8 {
        let text = format!("\"{}\"", char::from(code));
        assert!(whole(&text).is_err(), "{code}");
        let text = format!("\"long enough for words {}\"", char::from(code));
        assert!(whole(&text).is_err(), "{code}");
    }
}

#[test]
fn lone_surrogates_are_grammatical() {
    accepts(&[r#""\ud800""#, r#""\udc00\ud800""#, r#"{"\udfff":1}"#]);
}

#[test]
fn arrays() {
    accepts(&["[]", "[ ]", "[1]", "[1,2]", " [ 1 , [ ] , {} ] ", "[[[[]]],[]]"]);
    refuses(&["[", "]", "[,]", "[1,]", "[,1]", "[1 2]", "[1,,2]", "[1}", "[}", "[1]]", "[1"]);
    refuses(&["[\"a\":1]", "[]]", "[1,", "[[]"]);
}

#[test]
fn objects() {
    accepts(&["{}", "{ }", r#"{"a":1}"#, r#"{"a":1,"a":2}"#, r#" { "a" : [ { } ] , "" : null } "#]);
    refuses(&["{", "}", "{,}", r#"{"a"}"#, r#"{"a":}"#, r#"{"a":1,}"#, r#"{,"a":1}"#, r#"{a:1}"#]);
    refuses(&[r#"{1:1}"#, r#"{"a" 1}"#, r#"{"a"::1}"#, r#"{"a":1 "b":2}"#, r#"{"a":1]"#, "{]", r#"{"a"#]);
    refuses(&["{null:1}", r#"{"a":1}}"#, r#"{"a",1}"#, "[{]}"]);
}

#[test]
fn comments_are_refused() {
    refuses(&["/**/1", "1//", "[1,/* */2]", "#1"]);
}

#[test]
fn errors_say_what_and_where() {
    let said = |text: &str| whole(text).unwrap_err().to_string();
    assert_eq!(said("[1 2]"), "expected `,` or `]` at byte 3");
    assert_eq!(said(r#"{"a" 1}"#), "expected `:` at byte 5");
    assert_eq!(said(r#"{"a":1,}"#), "expected a key in quotes at byte 7");
    assert_eq!(said("nuLl"), "expected null at byte 2");
    assert_eq!(said(r#"["\q"]"#), "expected one of `\"\\/bfnrtu` at byte 3");
    assert_eq!(said(r#""\u12x4""#), "expected four hexadecimal digits at byte 5");
    assert_eq!(said("1 1"), "expected the end of the text at byte 2");
    assert_eq!(said("[1,"), "unexpected end of text at byte 3");
    assert_eq!(said("\"a\n\""), "expected an escape, not a bare control character, at byte 2");
}

#[test]
fn a_text_that_only_stops_early_says_so() {
    let text = r#"{"a\u00e9": [true, -1.5e+3, "x"], "b": {"c": null}}"#;
    for end in 0..text.len() {
        assert_eq!(kind(&text[..end]), ScanErrorKind::UnexpectedEnd, "{}", &text[..end]);
    }
}

#[test]
fn depth_is_counted_up_to_the_limit() {
    for depth in [1, 2, 63, 64, 65, 127, 128, 129, 200] {
        let arrays = "[".repeat(depth) + &"]".repeat(depth);
        let objects = "{\"k\":".repeat(depth) + "1" + &"}".repeat(depth);
        for text in [&arrays, &objects] {
            assert_eq!(whole_within(text, depth), Ok(&text[..]));
            assert_eq!(whole_within(text, depth - 1).unwrap_err().kind, ScanErrorKind::TooDeep);
        }
    }
}

#[test]
fn each_level_closes_with_its_own_bracket() {
    // Every mixture of the two kinds around the places where the inline levels run over.
    for depth in 60..200usize {
        let kinds = (0..depth).map(|level| level * level % 7 < 3);
        let opening: String = kinds.clone().map(|object| if object { "{\"\":" } else { "[" }).collect();
        let closing: String = kinds.rev().map(|object| if object { '}' } else { ']' }).collect();
        let good = format!("{opening}0{closing}");
        assert_eq!(whole_within(&good, depth), Ok(&good[..]));
        let wrong = closing.replacen(']', "}", 1);
        assert!(whole_within(&format!("{opening}0{wrong}"), depth).is_err());
    }
}

#[test]
fn a_hundred_thousand_levels_cost_no_stack() {
    for open in ["[", "{\"a\":", "[{\"a\":"] {
        let text = open.repeat(100_000);
        assert_eq!(kind(&text), ScanErrorKind::TooDeep);
        assert_eq!(whole_within(&text, usize::MAX).unwrap_err().kind, ScanErrorKind::UnexpectedEnd);
    }
    let closed = "[".repeat(100_000) + &"]".repeat(100_000);
    assert_eq!(whole_within(&closed, 100_000), Ok(&closed[..]));
}
