//! Texts that are not JSON, hardly JSON, or JSON that is hard to hold.

use super::{answer, ask, methods, parse_error, result, service};
use tinyrpc::{JsonRpc, Limits, Service};

fn call(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params},"id":1}}"#)
}

/// A6.
#[tokio::test]
async fn other_encodings_are_parse_errors() {
    let message = call("sum", "[1]");
    let wide: Vec<u16> = message.encode_utf16().collect();
    let little: Vec<u8> = wide.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = wide.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
    let latin = b"{\"jsonrpc\":\"2.0\",\"method\":\"gr\xfc\xdfe\",\"id\":1}".to_vec();
    for bytes in [
        marked(b"\xff\xfe", &little),
        marked(b"\xfe\xff", &big),
        marked(b"\xef\xbb\xbf", message.as_bytes()),
        little,
        big,
        latin,
        b"\xff".to_vec(),
        b"{\"jsonrpc\":\"2.0\",\"method\":\"sum\",\"params\":[\"\xed\xa0\x80\"],\"id\":1}".to_vec(),
        b"{\"jsonrpc\":\"2.0\",\"method\":\"sum\",\"params\":[\"\xc0\xaf\"],\"id\":1}".to_vec(),
    ] {
        assert_eq!(answer(&bytes).await, parse_error(), "{bytes:x?}");
    }
}

#[tokio::test]
async fn what_is_not_json_is_a_parse_error() {
    let good = call("sum", "[1]");
    for text in [
        "", " ", "\0", "nul", "{", "[", "]", "{]", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "\"\\x\"", "'a'", "1 2", "+1",
        ".5", "01",
    ] {
        assert_eq!(answer(text).await, parse_error(), "{text:?}");
    }
    for params in [
        "[NaN]",
        "[Infinity]",
        "[-Infinity]",
        "[1,]",
        "{\"a\":1,}",
        "[01]",
        "[1.]",
        "[.1]",
        "[1e]",
        "[+1]",
        "[0x1]",
        "['a']",
        "[\"\t\"]",
        "[\"\\u12\"]",
        "[tru]",
        "[1]]",
        "[1}",
        "[//\n1]",
        "{a:1}",
        "[\"\u{1}\"]",
    ] {
        assert_eq!(answer(call("echo", params)).await, parse_error(), "{params}");
    }
    assert_eq!(answer(format!("{good}{good}")).await, parse_error());
    assert_eq!(answer(format!("{good},")).await, parse_error());
    assert_eq!(answer(format!("[{good}]x")).await, parse_error());
    for cut in 0..good.len() {
        assert_eq!(answer(&good[..cut]).await, parse_error(), "cut at {cut}");
    }
    for scalar in ["1", "\"x\"", "null", "true", "-1.5e3"] {
        assert_eq!(answer(scalar).await, super::invalid_request("null"), "{scalar}");
    }
}

/// A12, A13: what is not decoded is not changed.
#[tokio::test]
async fn undecoded_values_come_back_as_they_were() {
    let digits = "7".repeat(10_000);
    for params in [
        "[1e999,-1E-999,0.10,1.0,-0]",
        "[123456789012345678901234567890]",
        r#"["\ud800","\uD83D\uDE00","😀","\/"]"#,
        r#"{"a":1,"a":2}"#,
        "[ 1,\n2 ]",
        "[\"\u{2028}\u{7f}\"]",
        &format!("[{digits}]"),
    ] {
        assert_eq!(answer(call("echo", params)).await, result("1", params));
    }
}

/// A12: JSON has no number that is not finite, so none is ever written.
#[tokio::test]
async fn what_is_not_finite_is_written_as_null() {
    let mut methods = methods();
    methods.register("odd", || [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5]).unwrap();
    let service = Service::new(JsonRpc::new(), methods);
    assert_eq!(ask(&service, call("odd", "[]")).await.unwrap(), result("1", "[null,null,null,0.5]"));
}

#[tokio::test]
async fn integers_are_exact() {
    let mut methods = methods();
    methods.register("signed", |(a,): (i64,)| a).unwrap();
    methods.register("unsigned", |(a,): (u64,)| a).unwrap();
    methods.register("large", |(a,): (i128,)| a).unwrap();
    let service = Service::new(JsonRpc::new(), methods);
    for (method, number) in [
        ("signed", "-9223372036854775808"),
        ("unsigned", "18446744073709551615"),
        ("large", "-170141183460469231731687303715884105728"),
        ("decode", "[18446744073709551615,-9223372036854775808]"),
    ] {
        let params = if method == "decode" { number.to_owned() } else { format!("[{number}]") };
        assert_eq!(ask(&service, call(method, &params)).await.unwrap(), result("1", number));
    }
    for (method, number) in [("signed", "9223372036854775808"), ("unsigned", "-1"), ("unsigned", "1.5")] {
        let reply = ask(&service, call(method, &format!("[{number}]"))).await.unwrap();
        assert!(reply.contains("\"code\":-32602"), "{reply}");
    }
}

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

/// A14.
#[tokio::test]
async fn deep_values_are_served_as_deep_as_the_limit_allows() {
    let deep = Service::new(JsonRpc::new(), methods()).with_limits(Limits::default().with_nesting(1000));
    for method in ["echo", "decode"] {
        assert_eq!(ask(&deep, call(method, &nested(900))).await.unwrap(), result("1", &nested(900)));
        assert_eq!(ask(&deep, call(method, &nested(999))).await.unwrap(), result("1", &nested(999)));
        assert_eq!(ask(&deep, call(method, &nested(1000))).await.unwrap(), parse_error());
        // The object of the message is one level itself.
        assert_eq!(answer(call(method, &nested(127))).await, result("1", &nested(127)));
        assert_eq!(answer(call(method, &nested(128))).await, parse_error());
    }
}

/// The deepest that can be set, through every way of decoding, on a thread of the usual size.
#[tokio::test]
async fn the_deepest_setting_fits_the_stack() {
    let mut methods = methods();
    methods.register("pair", |(_, _): (serde_json::Value, i64)| ()).unwrap();
    let deepest = Service::new(JsonRpc::new(), methods).with_limits(Limits::default().with_nesting(usize::MAX));
    let levels = deepest.limits().nesting();
    let inner = nested(levels - 1);
    assert_eq!(ask(&deepest, call("decode", &inner)).await.unwrap(), result("1", &inner));
    assert_eq!(ask(&deepest, call("decode", &nested(levels))).await.unwrap(), parse_error());
    let objects = format!("{}1{}", "{\"a\":".repeat(levels - 1), "}".repeat(levels - 1));
    assert_eq!(ask(&deepest, call("decode", &objects)).await.unwrap(), result("1", &objects));
    // Finding out which argument is wrong decodes once more, where it fits the stack.
    let wrong = ask(&deepest, call("pair", &format!("[{},\"x\"]", nested(levels - 2)))).await.unwrap();
    assert!(wrong.contains(r#""code":-32602"#) && wrong.contains("expected i64"), "{wrong}");
    let wrong = ask(&deepest, call("pair", &format!("[{},\"x\"]", nested(200)))).await.unwrap();
    assert!(wrong.contains("argument 2"), "{wrong}");
}

#[tokio::test]
async fn a_hundred_thousand_levels_are_refused() {
    for opening in ["[", "{\"a\":", "[{\"a\":"] {
        let text = opening.repeat(100_000);
        assert_eq!(answer(&text).await, parse_error());
        assert_eq!(answer(call("decode", &text)).await, parse_error());
    }
    assert_eq!(answer(nested(100_000)).await, parse_error());
    assert_eq!(answer(call("decode", &nested(100_000))).await, parse_error());
}

#[tokio::test]
async fn a_message_may_be_as_long_as_the_limit() {
    let message = call("sum", "[1]");
    let exact = Service::new(JsonRpc::new(), methods()).with_limits(Limits::default().with_message(message.len()));
    assert_eq!(ask(&exact, &message).await.unwrap(), result("1", "1"));
    assert_eq!(ask(&exact, format!("{message} ")).await.unwrap(), super::invalid_request("null"));
    let text = format!("[\"{}\"]", "é".repeat(500_000));
    assert_eq!(ask(&service(), call("decode", &text)).await.unwrap(), result("1", &text));
}
