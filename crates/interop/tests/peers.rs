//! The peers themselves: that they start, answer as Python's tinyrpc does, and end with their test.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tinyrpc_interop::{Peer, odd_servers, python_peer, python_program};

/// Posts a body by hand and returns the whole answer.
fn post(peer: &Peer, path: &str, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(peer.address()).expect("the peer accepts");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time limit can be set");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        peer.address(),
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).expect("the peer reads");
    // A server may keep the connection open if the client does not end it.
    stream.shutdown(std::net::Shutdown::Write).expect("the connection is open");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap_or_else(|error| panic!("no answer: {error}; {}", peer.stderr()));
    answer
}

/// Splits an answer after its headers.
fn head_and_body(answer: &[u8]) -> (String, &[u8]) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an empty line") + 4;
    (String::from_utf8_lossy(&answer[..end]).into_owned(), &answer[end..])
}

#[test]
fn python_serves_json_rpc() {
    let Some(peer) = python_peer("http_server.py", &["--protocol", "jsonrpc"]) else {
        return;
    };
    let answer = post(&peer, "/", br#"{"jsonrpc": "2.0", "method": "add", "params": [1, 2], "id": 1}"#);
    let (head, body) = head_and_body(&answer);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\nContent-Type: application/json\r\n"), "{head}");
    assert_eq!(body, br#"{"jsonrpc": "2.0", "id": 1, "result": 3}"#);
}

#[test]
fn python_serves_message_pack_rpc() {
    let Some(peer) = python_peer("http_server.py", &["--protocol", "msgpack"]) else {
        return;
    };
    let answer = post(&peer, "/", b"\x94\x00\x01\xa3add\x92\x01\x02");
    assert_eq!(head_and_body(&answer).1, b"\x94\x01\x01\xc0\x03");
}

#[test]
fn python_sends_errors_with_code_and_data() {
    let Some(peer) = python_peer("http_server.py", &[]) else {
        return;
    };
    let answer =
        post(&peer, "/", br#"{"jsonrpc": "2.0", "method": "fail", "params": [99, "no", {"n": 5}], "id": "a"}"#);
    assert_eq!(
        head_and_body(&answer).1,
        br#"{"jsonrpc": "2.0", "id": "a", "error": {"message": "no", "code": 99, "data": {"n": 5}}}"#
    );
}

#[test]
fn python_client_passes_its_scenarios_against_python() {
    let Some(peer) = python_peer("http_server.py", &["--max-content-length", "10000000"]) else {
        return;
    };
    // Without those that stick, which take their whole time each.
    let scenarios = ["positional", "named", "batch", "error_with_code_and_data", "large_strings", "non_ascii"];
    let mut args = vec![peer.url(), "--peer", "python", "--timeout", "30"];
    args.extend(scenarios.iter().flat_map(|name| ["--only", name]));
    let finished = python_program("http_client.py", &args, Duration::from_secs(60)).expect("the server had its Python");
    finished.assert_success();
    assert_eq!(finished.stdout.lines().count(), scenarios.len(), "{}", finished.stdout);
}

#[test]
fn python_client_reports_what_fails() {
    // A server that answers each call with its own params fails every scenario that computes something.
    let Some(peer) = odd_servers() else { return };
    let url = format!("{}plain", peer.url());
    let args = [url.as_str(), "--only", "positional"];
    let Some(finished) = python_program("http_client.py", &args, Duration::from_secs(60)) else {
        return;
    };
    assert_eq!(finished.status.code(), Some(1), "{finished:?}");
    assert!(finished.stdout.contains(r#"{"scenario": "positional", "ok": false"#), "{finished:?}");
}

#[test]
fn odd_servers_answer_by_path() {
    let Some(peer) = odd_servers() else { return };
    let call = br#"{"jsonrpc": "2.0", "method": "echo", "params": [7], "id": 1}"#;
    let answer = post(&peer, "/reply-under-404", call);
    let (head, body) = head_and_body(&answer);
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert_eq!(body, br#"{"jsonrpc": "2.0", "id": 1, "result": [7]}"#);
    assert!(post(&peer, "/close", call).is_empty());
}

#[test]
fn a_peer_ends_when_dropped() {
    let Some(peer) = odd_servers() else { return };
    let address = peer.address().to_owned();
    drop(peer);
    assert!(TcpStream::connect(address).is_err());
}
