//! `tinyrpc demo`: where it listens, and how it stops.

use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Demo, command, finish, tinyrpc};

#[test]
fn it_serves_several_endpoints_each_in_its_protocol() {
    let demo = Demo::with_arguments(&[
        "demo",
        "--listen",
        "http://127.0.0.1:0/",
        "--listen",
        "http://127.0.0.1:0/?protocol=msgpack",
    ]);
    let (both, msgpack) = (demo.url(), demo.url());
    assert_ne!(both, msgpack);
    tinyrpc(&["call", &both, "add", "1", "2", "--protocol", "jsonrpc"]).gave("3");
    tinyrpc(&["call", &both, "add", "1", "2", "--protocol", "msgpack"]).gave("3");
    tinyrpc(&["call", &msgpack, "add", "1", "2", "--protocol", "msgpack"]).gave("3");
    assert_ne!(tinyrpc(&["call", &msgpack, "add", "1", "2", "--protocol", "jsonrpc"]).status, Some(0));
}

#[test]
fn one_protocol_when_asked() {
    let (_demo, url) = Demo::start(&["--protocol", "jsonrpc"]);
    tinyrpc(&["call", &url, "add", "1", "2"]).gave("3");
    assert_ne!(tinyrpc(&["call", &url, "add", "1", "2", "--protocol", "msgpack"]).status, Some(0));
}

#[test]
fn the_trace_shows_both_directions() {
    let (demo, url) = Demo::start(&["--trace"]);
    tinyrpc(&["call", &url, "add", "1", "2"]).gave("3");
    let (received, sent) = (demo.error_line(), demo.error_line());
    assert!(received.starts_with("<-- http 127.0.0.1:"), "{received}");
    assert!(received.ends_with(r#" {"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}"#), "{received}");
    assert!(sent.starts_with("--> http 127.0.0.1:"), "{sent}");
    assert!(sent.ends_with(r#" {"jsonrpc":"2.0","id":1,"result":3}"#), "{sent}");
}

#[test]
fn an_address_that_is_taken_is_refused() {
    let (_demo, url) = Demo::start(&[]);
    tinyrpc(&["demo", "--listen", &url]).failed(3, "in use");
    tinyrpc(&["demo", "--listen", "nonsense"]).failed(2, "nonsense");
    tinyrpc(&["demo", "--listen", "http://127.0.0.1:0/", "--protocol", "soap"]).failed(2, "soap");
    tinyrpc(&["demo", "--concurrency", "0"]).failed(2, "concurrency");
}

#[test]
fn concurrency_bounds_what_runs_at_once() {
    let (_demo, url) = Demo::start(&["--concurrency", "1"]);
    let start = Instant::now();
    let sleep = || command(&["call", &url, "sleep", "300"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let sleepers = [sleep().unwrap(), sleep().unwrap()];
    for sleeper in sleepers {
        finish(sleeper).gave("null");
    }
    assert!(start.elapsed() >= Duration::from_millis(600), "both ran at once: {:?}", start.elapsed());
}

#[cfg(unix)]
#[test]
fn a_signal_lets_running_calls_end() {
    for signal in ["INT", "TERM"] {
        let (demo, url) = Demo::start(&["--trace"]);
        let sleeper =
            command(&["call", &url, "sleep", "500"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        assert!(demo.error_line().contains("sleep"));
        demo.signal(signal);
        finish(sleeper).gave("null");
        let (status, rest) = demo.end();
        assert_eq!((status.code(), rest), (Some(0), Vec::new()), "after SIG{signal}");
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_it_at_once() {
    let (demo, url) = Demo::start(&["--trace"]);
    let address = url.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
    let sleeper =
        command(&["call", &url, "sleep", "60000"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert!(demo.error_line().contains("sleep"));
    let start = Instant::now();
    demo.signal("INT");
    // Two signals that come too close together count as one. After the first, nothing is accepted any more.
    while TcpStream::connect(&address).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(8), "it still accepts connections");
        std::thread::yield_now();
    }
    demo.signal("INT");
    let (status, _) = demo.end();
    assert_eq!(status.code(), Some(130));
    // The grace period is 10 s.
    assert!(start.elapsed() < Duration::from_secs(9), "{:?}", start.elapsed());
    finish(sleeper).failed(3, "");
}
