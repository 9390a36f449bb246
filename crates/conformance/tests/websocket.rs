//! WebSocket links pass the suite, in either protocol and with messages of either kind.

use tinyrpc::transport::Link;
use tinyrpc::transport::ws::{WsSettings, accept, connect_with};
use tokio::net::TcpListener;

async fn pair(settings: &WsSettings) -> (Link, Link) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("ws://{}/", listener.local_addr().expect("an address"));
    let accepted = async { accept(listener.accept().await.expect("a connection").0, settings).await };
    let (here, there) = tokio::join!(connect_with(&url, settings), accepted);
    (here.expect("a link"), there.expect("a link"))
}

#[tokio::test]
async fn text_for_json() {
    let settings = WsSettings::new();
    tinyrpc_conformance::link_of("jsonrpc", async || pair(&settings).await).await;
}

#[tokio::test]
async fn binary_for_message_pack() {
    let settings = WsSettings::new().with_text(false);
    tinyrpc_conformance::link_of("msgpack", async || pair(&settings).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn binary_for_json_between_threads() {
    let settings = WsSettings::new().with_text(false);
    tinyrpc_conformance::link_of("jsonrpc", async || pair(&settings).await).await;
}
