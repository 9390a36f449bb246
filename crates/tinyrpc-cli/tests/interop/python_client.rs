//! Unmodified Python tinyrpc calls `tinyrpc demo` over HTTP.

use std::time::Duration;

use tinyrpc_interop::{Row, python_program};

use crate::support::demo;

/// For all scenarios of one way to connect.
const LIMIT: Duration = Duration::from_secs(120);

/// How the Python side connects.
const WAYS: [&[&str]; 3] = [&[], &["--keep-alive"], &["--gevent"]];

#[test]
fn json_rpc() {
    calls("jsonrpc", 30);
}

#[test]
fn message_pack_rpc() {
    calls("msgpack", 20);
}

/// Runs every scenario in every way; there must be at least so many scenarios.
fn calls(protocol: &'static str, least: usize) {
    let row = Row::new("http", protocol, "Python's client, our server");
    let mut scenarios = 0;
    for way in WAYS {
        // A new one each time, so that a notification of the way before is not taken for one of this.
        let demo = demo(protocol);
        let mut arguments = vec![demo.url(), "--protocol", protocol, "--received", "--timeout", "30"];
        arguments.extend(way);
        let Some(finished) = python_program("http_client.py", &arguments, LIMIT) else { return };
        println!("{way:?}\n{}", finished.stdout);
        finished.assert_success();
        scenarios = finished.stdout.lines().count();
        assert!(scenarios >= least, "only {scenarios} scenarios");
    }

    // A server that writes head and body apart costs 44 ms a call here, more than 2 s for the scenario's 50.
    let demo = demo(protocol);
    let arguments = [demo.url(), "--protocol", protocol, "--keep-alive", "--only", "many_calls", "--timeout", "1.5"];
    python_program("http_client.py", &arguments, LIMIT).expect("it ran before").assert_success();
    row.passed(format!("{scenarios} scenarios, each by a connection a call, by one kept alive, and on greenlets"));
}
