//! An Ethereum development node over WebSocket and HTTP: calls, batches, errors, subscriptions, and its restart.

use std::process::Command;
use std::time::Duration;

use tinyrpc::client::reconnect::Backoff;
use tinyrpc::client::{Connector, SubscriptionErrorKind};
use tinyrpc::{Client, RpcError};
use tinyrpc_interop::{Peer, Row, installed};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[path = "../../../tinyrpc/examples/ethereum.rs"]
mod example;

/// Starts the node within a program that says where it listens.
const NODE: &str = "
    const node = require(process.argv[1]).server({ logging: { quiet: true }, wallet: { totalAccounts: 2 } });
    node.listen(0, '127.0.0.1').then(
        () => console.log(`listening on ws://127.0.0.1:${node.address().port}/`),
        error => { console.error(String(error)); process.exit(1); });
    // It ends with the test, even if that is killed.
    process.stdin.on('end', () => process.exit()).resume();";

fn node() -> Option<Peer> {
    let (program, package) = (installed("node")?, installed("ganache/dist/node/core.js")?);
    Some(Peer::start(Command::new(program).arg("-e").arg(NODE).arg(package)))
}

#[tokio::test]
async fn the_example_hears_of_blocks() {
    let Some(node) = node() else { return };
    let numbers = example::run(node.url(), 3, true).await.expect("the node makes blocks");
    assert_eq!(numbers, [1, 2, 3]);
}

async fn calls(client: &Client) {
    let accounts: Vec<String> = client.call("eth_accounts", ()).await.expect("accounts");
    assert_eq!(accounts.len(), 2);

    let mut batch = client.batch();
    let balance = batch.call::<String>("eth_getBalance", (&accounts[0], "latest"));
    let nothing = batch.call::<String>("eth_nothing", ());
    let block = batch.call::<String>("eth_blockNumber", ());
    let mut replies = batch.send().await.expect("a reply to the batch");
    assert_eq!(replies.take(balance).expect("a balance"), "0x3635c9adc5dea00000");
    let error = replies.take(nothing).expect_err("there is no such method");
    assert!(error.rpc_error().is_some_and(|error| error.message().contains("eth_nothing")), "{error}");
    assert!(replies.take(block).expect("a number").starts_with("0x"));

    let transfer = serde_json::json!({"from": accounts[0], "to": accounts[1], "value": "0xffffffffffffffffffff"});
    let error = client.call::<String>("eth_sendTransaction", (transfer,)).await.expect_err("there is not that much");
    assert!(error.is_remote(), "{error:?}");
    assert!(error.rpc_error().is_some_and(|error| error.message().contains("insufficient funds")), "{error}");

    let numbers = (0..64).map(|_| client.call::<String>("eth_chainId", ()));
    for number in futures_util::future::join_all(numbers).await {
        assert_eq!(number.expect("a result"), "0x539");
    }
}

#[tokio::test]
async fn it_is_called_over_web_socket_and_http() {
    let Some(node) = node() else { return };
    let row = Row::new("WebSocket", "jsonrpc", "our client, Ethereum node");
    for url in [node.url().to_owned(), node.url().replace("ws:", "http:")] {
        let client = Client::connect(&url).await.expect("the node listens");
        calls(&client).await;
    }
    row.passed("calls, batches, errors, 64 at once; over HTTP as well");
}

/// Two subscriptions at once, one of which is ended; errors of subscribing.
#[tokio::test]
async fn subscriptions_are_told_apart_and_ended() {
    let Some(node) = node() else { return };
    let client = Client::connect(node.url()).await.expect("the node listens");
    let mut heads = client.subscribe::<example::Header>("eth_subscribe", ("newHeads",)).await.expect("a stream");
    let mut pending = client.subscribe::<String>("eth_subscribe", ("newPendingTransactions",)).await.expect("a stream");

    let accounts: Vec<String> = client.call("eth_accounts", ()).await.expect("accounts");
    let transfer = serde_json::json!({"from": accounts[0], "to": accounts[1], "value": "0x1"});
    let hash: String = client.call("eth_sendTransaction", (transfer,)).await.expect("a transaction");
    assert_eq!(pending.next().await.expect("an item").expect("no gap"), hash);
    assert_eq!(heads.next().await.expect("an item").expect("no gap").number().expect("a number"), 1);

    pending.unsubscribe().await.expect("the node knows it");
    client.call::<String>("evm_mine", ()).await.expect("a block");
    assert_eq!(heads.next().await.expect("an item").expect("no gap").number().expect("a number"), 2);

    let error = client.subscribe::<String>("eth_subscribe", ("nonsense",)).await.expect_err("there is no such thing");
    assert!(error.rpc_error().map(RpcError::code).is_some(), "{error:?}");
}

/// Passes connections on to whichever node there is.
async fn relay(nodes: watch::Receiver<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let address = nodes.borrow().clone();
            tokio::spawn(async move {
                if let Ok(mut node) = TcpStream::connect(address).await {
                    // Either side may be gone at any time.
                    let _ = copy_bidirectional(&mut client, &mut node).await;
                }
            });
        }
    });
    format!("ws://{address}/")
}

/// When the node is gone and there is another one, the stream goes on and says that there was a gap.
#[tokio::test]
async fn a_stream_outlives_the_node() {
    let (Some(first), Some(second)) = (node(), node()) else { return };
    let (address, nodes) = watch::channel(first.address().to_owned());
    let backoff = Backoff::new().with_first(Duration::from_millis(20)).with_longest(Duration::from_millis(200));
    let connector = Connector::new().with_reconnect(backoff);
    let client = connector.connect(&relay(nodes).await).await.expect("the node listens");
    let mut heads = client.subscribe::<example::Header>("eth_subscribe", ("newHeads",)).await.expect("a stream");
    client.call::<String>("evm_mine", ()).await.expect("a block");
    assert_eq!(heads.next().await.expect("an item").expect("no gap").number().expect("a number"), 1);

    address.send_replace(second.address().to_owned());
    first.kill();
    let gap = heads.next().await.expect("the stream goes on").expect_err("a gap");
    assert_eq!(gap.kind(), SubscriptionErrorKind::Gap, "{gap:?}");
    client.call::<String>("evm_mine", ()).await.expect("a block");
    assert_eq!(heads.next().await.expect("an item").expect("no gap").number().expect("a number"), 1);
}
