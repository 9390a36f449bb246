//! Links to child processes pass the suite, and so does standard input and output at the child's end.

use std::process::Command;

use tinyrpc::transport::Link;
use tinyrpc::transport::stream::{Framings, exec, link};
use tokio::net::TcpListener;

/// A link to a child, and one to what the child relays.
async fn pair(mode: &str, framing: &str) -> (Link, Link) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let framings = Framings::named(framing).expect("there is such a framing");
    let mut command = Command::new(env!("CARGO_BIN_EXE_relay"));
    command.args([mode, &listener.local_addr().expect("an address").to_string()]);
    if mode == "messages" {
        command.arg(framing);
    }
    let here = exec::start(command, &framings, 4 << 20).expect("the relay can be started");
    let (reader, writer) = listener.accept().await.expect("the relay connects").0.into_split();
    (here, link(reader, writer, &framings, 4 << 20))
}

#[tokio::test]
async fn a_child_process() {
    for (protocol, framing) in
        [("jsonrpc", "line"), ("jsonrpc", "header"), ("msgpack", "length"), ("msgpack", "msgpack")]
    {
        tinyrpc_conformance::link_of(protocol, async || pair("bytes", framing).await).await;
    }
}

#[tokio::test]
async fn standard_input_and_output() {
    for (protocol, framing) in [("jsonrpc", "line"), ("jsonrpc", "json"), ("msgpack", "header"), ("msgpack", "msgpack")]
    {
        tinyrpc_conformance::link_of(protocol, async || pair("messages", framing).await).await;
    }
}
