//! Python calls `tinyrpc demo` over ZeroMQ.

use std::time::Duration;

use tinyrpc::Client;
use tinyrpc_interop::{Row, python_peer, python_program};

use super::TCP;
use crate::support::demo_at;

/// For all scenarios.
const LIMIT: Duration = Duration::from_secs(120);

#[test]
fn json_rpc() {
    calls("jsonrpc", 30);
}

#[test]
fn message_pack_rpc() {
    calls("msgpack", 20);
}

/// Runs every scenario, of which there must be at least so many.
fn calls(protocol: &'static str, least: usize) {
    let row = Row::new("zmq", protocol, "Python's client, our server");
    let demo = demo_at(TCP, protocol);
    let arguments = [demo.url(), "--protocol", protocol, "--received", "--timeout", "30"];
    let Some(finished) = python_program("zmq_client.py", &arguments, LIMIT) else { return };
    println!("{}", finished.stdout);
    finished.assert_success();
    let scenarios = finished.stdout.lines().count();
    assert!(scenarios >= least, "only {scenarios} scenarios");
    row.passed(format!("{scenarios} scenarios, notifications and 16 clients at once among them"));
}

#[test]
fn envelopes() {
    let folder = std::env::temp_dir().join(format!("tinyrpc-zmq-interop-{}", std::process::id()));
    std::fs::create_dir(&folder).expect("the folder is ours");
    for url in [TCP, &format!("zmq+ipc://{}/s", folder.display())] {
        let demo = demo_at(url, "jsonrpc");
        let Some(finished) = python_program("zmq_envelopes.py", &[demo.url()], LIMIT) else { break };
        println!("{}", finished.stdout);
        finished.assert_success();
    }
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

#[tokio::test]
async fn clients_that_are_killed_while_they_wait_harm_nobody() {
    let demo = demo_at(TCP, "jsonrpc");
    let client = Client::connect(demo.url()).await.expect("the URL can be used");
    for _ in 0..5 {
        let Some(hanging) = python_peer("zmq_envelopes.py", &[demo.url(), "--hang"]) else { return };
        assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
        drop(hanging);
        assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    }
}
