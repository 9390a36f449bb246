//! Ids come back as they were sent, or as null when they are none.

use super::{answer, ask, error, invalid_request, methods, result};
use tinyrpc::{JsonRpc, Service};

fn call_with(id: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"sum","params":[1],"id":{id}}}"#)
}

#[tokio::test]
async fn every_string_number_and_null_is_echoed() {
    let long = format!("\"{}\"", "x".repeat(1000));
    let digits = "9".repeat(5000);
    for id in [
        "0",
        "1",
        "-1",
        "null",
        "1.5",
        "1.0",
        "-0",
        "-0.0",
        "1e3",
        "1E+400",
        "0.1000",
        "2147483648",
        "9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "\"\"",
        "\"a\"",
        "\"é\u{1f600}\"",
        "\"1\"",
        &long,
        &digits,
        r#""a\"b\\c\n""#,
    ] {
        assert_eq!(answer(call_with(id)).await, result(id, "1"));
    }
}

#[tokio::test]
async fn escapes_in_string_ids_keep_their_meaning() {
    for (id, echoed) in [
        (r#""\u0041""#, "\"A\""),
        (r#""\/""#, "\"/\""),
        (r#""\ud83d\ude00""#, "\"\u{1f600}\""),
        (r#""\u0000""#, r#""\u0000""#),
        // Half of a surrogate pair is no text, but it is an id all the same.
        (r#""\ud800""#, r#""\ud800""#),
    ] {
        assert_eq!(answer(call_with(id)).await, result(echoed, "1"));
    }
}

#[tokio::test]
async fn what_cannot_be_an_id_is_refused() {
    for id in ["true", "false", "[]", "[1]", "{}", r#"{"a":1}"#] {
        assert_eq!(answer(call_with(id)).await, invalid_request("null"), "{id}");
        let in_batch = answer(format!("[{}]", call_with(id))).await;
        assert_eq!(in_batch, format!("[{}]", invalid_request("null")), "{id}");
        // Not even when the message is broken in another way besides, or is no call at all.
        for broken in [
            format!(r#"{{"jsonrpc":"2.0","id":{id}}}"#),
            format!(r#"{{"jsonrpc":"1","method":"sum","id":{id}}}"#),
            format!(r#"{{"jsonrpc":"2.0","result":1,"id":{id}}}"#),
        ] {
            assert_eq!(answer(&broken).await, invalid_request("null"), "{broken}");
        }
    }
}

/// A1: a null id is answered, also in a batch, unless the setting says that it is a notification.
#[tokio::test]
async fn a_null_id_is_a_call_by_default_and_a_notification_by_setting() {
    let call = call_with("null");
    assert_eq!(answer(&call).await, result("null", "1"));
    assert_eq!(answer(format!("[{call}]")).await, format!("[{}]", result("null", "1")));
    let compatible = Service::new(JsonRpc::new().with_null_id_as_notification(true), methods());
    assert_eq!(ask(&compatible, &call).await, None);
    assert_eq!(ask(&compatible, format!("[{call},{call}]")).await, None);
    let mixed = ask(&compatible, format!("[{call},{}]", call_with("2"))).await.unwrap();
    assert_eq!(mixed, format!("[{}]", result("2", "1")));
}

/// A4: without a method there is an id to answer to all the same.
#[tokio::test]
async fn the_id_is_kept_when_the_rest_is_wrong() {
    assert_eq!(answer(r#"{"jsonrpc":"2.0","id":4}"#).await, invalid_request("4"));
    assert_eq!(answer(r#"{"jsonrpc":"2.0","method":7,"id":"x"}"#).await, invalid_request("\"x\""));
    assert_eq!(answer(r#"{"method":"sum","id":1.50}"#).await, invalid_request("1.50"));
    let refused = error("5", -32602, "Invalid params: `params` must be an array or an object");
    assert_eq!(answer(r#"{"jsonrpc":"2.0","method":"sum","params":1,"id":5}"#).await, refused);
}

#[tokio::test]
async fn a_reply_is_no_call() {
    let reply = answer(r#"{"jsonrpc":"2.0","id":3,"result":1}"#).await;
    assert_eq!(reply, invalid_request("3"));
    let reply = answer(r#"{"jsonrpc":"2.0","error":{"code":1,"message":""}}"#).await;
    assert_eq!(reply, invalid_request("null"));
}
