//! The examples of JSON-RPC 2.0 §7, all of them.

use super::{answer, ask, error, invalid_request, parse_error, result, service};

async fn nothing_for(message: &str) {
    assert_eq!(ask(&service(), message).await, None, "{message}");
}

#[tokio::test]
async fn positional_params() {
    let reply = answer(r#"{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}"#).await;
    assert_eq!(reply, result("1", "19"));
    let reply = answer(r#"{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}"#).await;
    assert_eq!(reply, result("2", "-19"));
}

#[tokio::test]
async fn named_params() {
    let message = r#"{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}"#;
    assert_eq!(answer(message).await, result("3", "19"));
    let message = r#"{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}"#;
    assert_eq!(answer(message).await, result("4", "19"));
}

#[tokio::test]
async fn notifications() {
    nothing_for(r#"{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}"#).await;
    nothing_for(r#"{"jsonrpc": "2.0", "method": "foobar"}"#).await;
}

#[tokio::test]
async fn a_method_that_does_not_exist() {
    let reply = answer(r#"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#).await;
    assert_eq!(reply, error("\"1\"", -32601, "Method not found"));
}

#[tokio::test]
async fn invalid_json() {
    let reply = answer(r#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#).await;
    assert_eq!(reply, parse_error());
}

#[tokio::test]
async fn an_invalid_request_object() {
    let reply = answer(r#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#).await;
    assert_eq!(reply, invalid_request("null"));
}

#[tokio::test]
async fn a_batch_of_invalid_json() {
    let message = r#"[
        {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
        {"jsonrpc": "2.0", "method"
    ]"#;
    assert_eq!(answer(message).await, parse_error());
}

#[tokio::test]
async fn an_empty_array() {
    assert_eq!(answer("[]").await, invalid_request("null"));
}

#[tokio::test]
async fn an_invalid_batch_that_is_not_empty() {
    assert_eq!(answer("[1]").await, format!("[{}]", invalid_request("null")));
}

#[tokio::test]
async fn an_invalid_batch() {
    let one = invalid_request("null");
    assert_eq!(answer("[1,2,3]").await, format!("[{one},{one},{one}]"));
}

#[tokio::test]
async fn a_batch() {
    let message = r#"[
        {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
        {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
        {"foo": "boo"},
        {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        {"jsonrpc": "2.0", "method": "get_data", "id": "9"}
    ]"#;
    let replies = [
        result("\"1\"", "7"),
        result("\"2\"", "19"),
        invalid_request("null"),
        error("\"5\"", -32601, "Method not found"),
        result("\"9\"", r#"["hello",5]"#),
    ];
    assert_eq!(answer(message).await, format!("[{}]", replies.join(",")));
}

#[tokio::test]
async fn a_batch_of_notifications() {
    nothing_for(
        r#"[
        {"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
        {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}
    ]"#,
    )
    .await;
}
