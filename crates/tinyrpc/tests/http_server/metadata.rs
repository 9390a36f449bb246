//! What travels beside a call: the time that is left, and the trace.

use std::sync::atomic::Ordering;

use crate::support::{HOLD, Server, THREE, post, request, take};

fn with(headers: &str, body: &str) -> Vec<u8> {
    request(&format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{headers}"), body)
}

#[tokio::test]
async fn a_handler_is_dropped_when_nobody_waits_any_more() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let response = client.ask(with("Rpc-Timeout-Ms: 30", HOLD)).await;
    let late = r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32002,"message":"The caller waits no longer"}}"#;
    assert_eq!((response.status, response.body.as_str()), (200, late));
    take(&server.hold.cancelled).await;
    // In a batch each call has its own reply.
    let add = r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":7}"#;
    let response = client.ask(with("Rpc-Timeout-Ms: 30", &format!("[{HOLD},{add}]"))).await;
    assert_eq!(response.body, format!("[{late},{THREE}]"));
    take(&server.hold.cancelled).await;
}

#[tokio::test]
async fn what_comes_too_late_does_not_run() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let hit = r#"{"jsonrpc":"2.0","method":"hit","id":1}"#;
    let response = client.ask(with("rpc-timeout-ms: 0", hit)).await;
    assert!(response.body.contains("-32002"), "{}", response.body);
    assert_eq!(server.hits.load(Ordering::SeqCst), 0);
    // A notification has nobody who waits.
    let response = client.ask(with("rpc-timeout-ms: 0", r#"{"jsonrpc":"2.0","method":"hit"}"#)).await;
    assert_eq!((response.status, response.body.as_str()), (200, ""));
    assert_eq!(server.hits.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_is_no_time_is_none() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for odd in ["", "-1", "+1", "1.5", "1s", "soon", "10000000000", "99999999999999999999999", "0x10"] {
        client.send(with(&format!("Rpc-Timeout-Ms: {odd}"), HOLD)).await;
        take(&server.hold.entered).await;
        server.hold.leave.add_permits(1);
        let response = client.response().await;
        assert!(response.body.contains(r#""result":"held""#), "{odd}: {}", response.body);
    }
    client.lives().await;
    assert_eq!(client.ask(post(r#"{"jsonrpc":"2.0","method":"left","id":1}"#)).await.body, LEFT_NONE);
    // The longest that is understood.
    let response = client.ask(with("Rpc-Timeout-Ms: 9999999999", r#"{"jsonrpc":"2.0","method":"left","id":1}"#)).await;
    assert!(response.body.contains("99999"), "{}", response.body);
}

const LEFT_NONE: &str = r#"{"jsonrpc":"2.0","id":1,"result":null}"#;

#[tokio::test]
async fn handlers_see_the_trace() {
    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let server = Server::start().await;
    let mut client = server.connect().await;
    let call = r#"{"jsonrpc":"2.0","method":"trace","id":1}"#;
    let mut seen = async |headers: &str| client.ask(with(headers, call)).await.body;
    let whole = format!("TraceParent: {PARENT}\r\nTraceState: a=1\r\nTraceState: b=2");
    assert_eq!(seen(&whole).await, format!(r#"{{"jsonrpc":"2.0","id":1,"result":["{PARENT}","a=1,b=2"]}}"#));
    let parent = format!("traceparent: {PARENT}");
    assert_eq!(seen(&parent).await, format!(r#"{{"jsonrpc":"2.0","id":1,"result":["{PARENT}",null]}}"#));
    for nothing in ["X: y", "tracestate: a=1", "traceparent: 00-00-00-00", "traceparent:"] {
        assert_eq!(seen(nothing).await, LEFT_NONE);
    }
}
