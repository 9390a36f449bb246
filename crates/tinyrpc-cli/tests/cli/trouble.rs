//! Servers that are not there, say nothing, or say nonsense.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Demo, command, finish, server_that_answers, server_that_writes, tinyrpc};

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

/// Whether a terminal would show this as it is.
fn is_harmless(text: &str) -> bool {
    text.chars().all(|sign| sign == '\n' || !(sign.is_control() || ('\u{202a}'..='\u{202e}').contains(&sign)))
}

#[test]
fn what_other_sides_say_does_not_steer_the_terminal() {
    let said = "\u{202e}\u{9b}2Jtxt";
    let error = format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":7,"message":"{said}","data":"{said}"}}}}"#);
    for (head, body) in [("200 OK", error.as_str()), ("404 Not Found\r\nContent-Type: text/plain", said)] {
        let run = tinyrpc(&["call", &server_that_answers(head, body.as_bytes()), "x"]);
        assert!(run.status != Some(0) && run.stderr.contains("2Jtxt"), "{run:?}");
        assert!(is_harmless(&run.stderr), "{run:?}");
    }
    let escaped = r#"{"code":7,"message":"\u202e\u009b2Jtxt","data":"\u202e\u009b2Jtxt"}"#;
    tinyrpc(&["call", &server_that_answers("200 OK", error.as_bytes()), "x"]).returned_error(escaped);

    // What a program says on standard error, and what stands in the log.
    let strange = format!(r#"{{"jsonrpc":"2.0","id":"{said}","result":1}}"#);
    let right = r#"{"jsonrpc":"2.0","id":1,"result":2}"#;
    let script = format!("read -r line; echo '{said}' >&2; echo '{strange}'; echo '{right}'");
    let url = format!("exec:sh -c \"{}\"", script.replace('"', "\\\""));
    let mut command = command(&["call", &url, "x"]);
    command.env("TINYRPC_LOG", "info").stdout(Stdio::piped()).stderr(Stdio::piped());
    let run = finish(command.spawn().unwrap());
    assert_eq!((run.status, &*run.stdout), (Some(0), "2\n"), "{run:?}");
    assert!(run.stderr.contains("unknown id") && run.stderr.matches("2Jtxt").count() >= 2, "{run:?}");
    assert!(is_harmless(&run.stderr), "{run:?}");
}
