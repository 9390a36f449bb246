//! Both ends of a child process's standard input and output call each other: this program is parent and child.

#![allow(clippy::unwrap_used)]

#[path = "symmetric/mutual.rs"]
mod mutual;

use std::process::Command;

use mutual::*;
use tinyrpc::peer::PeerSettings;
use tinyrpc::transport::stream::{Framings, StdioServer, exec};
use tinyrpc::{Client, Server};

const CHILD: &str = "TINYRPC_TEST_CHILD";

/// What the child is told of its settings.
fn settings(kind: &str) -> PeerSettings {
    let [first, second] = narrow();
    match kind {
        "first" => first,
        "second" => second,
        _ => PeerSettings::new(),
    }
}

fn child(kind: &str) -> Client {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(CHILD, kind);
    let link = exec::start(command, &Framings::named("line").unwrap(), 4 << 20).unwrap();
    Client::over_serving(link, service(), settings(kind))
}

async fn parent() {
    let client = child("wide");
    go_deep(&client).await;
    go_at_once(&client).await;
    soon(client.close()).await;
    for kind in ["first", "second"] {
        let client = child(kind);
        be_refused(&client).await;
        soon(client.close()).await;
    }
    println!("test both_ends_of_a_child_call_each_other ... ok");
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match std::env::var(CHILD) {
        Ok(kind) => runtime.block_on(async {
            let transport = StdioServer::new().unwrap().with_peer_settings(settings(&kind));
            Server::new(service()).with_transport(transport).run().await.unwrap();
        }),
        Err(_) => runtime.block_on(parent()),
    }
}
