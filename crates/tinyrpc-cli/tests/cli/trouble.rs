//! Servers that are not there, say nothing, or say nonsense.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::{Demo, server_that_answers, server_that_writes, tinyrpc};

#[test]
fn nobody_there_is_status_3() {
    // Bound and dropped, so that nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    tinyrpc(&["call", &format!("http://{address}/"), "x"]).failed(3, &address.to_string());
}

#[test]
fn no_reply_in_time_is_status_3() {
    // Accepts, as the system does for it, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let start = Instant::now();
    tinyrpc(&["call", &url, "x", "--timeout", "0.2"]).failed(3, "200ms");
    assert!(start.elapsed() < Duration::from_secs(5));

    let (_demo, url) = Demo::start(&[]);
    tinyrpc(&["call", &url, "sleep", "60000", "--timeout", "0.1"]).failed(3, "100ms");
}

#[test]
fn a_broken_connection_is_status_3() {
    tinyrpc(&["call", &server_that_writes(""), "x"]).failed(3, "tinyrpc: ");
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{";
    tinyrpc(&["call", &server_that_writes(half), "x"]).failed(3, "tinyrpc: ");
}

#[test]
fn what_is_no_reply_is_status_4() {
    for (head, body) in [
        ("200 OK", "hello"),
        ("200 OK", ""),
        ("200 OK", r#"{"jsonrpc":"2.0","id":7,"result":null}"#),
        ("200 OK", r#"{"jsonrpc":"2.0","id":1}"#),
        ("404 Not Found\r\nContent-Type: text/html", "<p>nothing here"),
        ("401 Unauthorized", ""),
    ] {
        tinyrpc(&["call", &server_that_answers(head, body.as_bytes()), "x"]).failed(4, "tinyrpc: ");
    }
    tinyrpc(&["call", &server_that_writes("SSH-2.0-OpenSSH_9.2\r\n"), "x"]).failed(4, "tinyrpc: ");
}

#[test]
fn an_error_under_an_http_error_status_is_the_other_sides_error() {
    let body = r#"{"jsonrpc":"2.0","id":1,"error":{"code":7,"message":"m","data":false}}"#;
    let url = server_that_answers("500 Oops\r\nContent-Type: application/json", body.as_bytes());
    tinyrpc(&["call", &url, "x"]).returned_error(r#"{"code":7,"message":"m","data":false}"#);
}
