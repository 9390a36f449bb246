//! Talks to an Ethereum node over WebSocket: reads the newest block, and hears of new ones.
//!
//! `cargo run -p tinyrpc --features full --example ethereum URL`, such as `ws://127.0.0.1:8545/`

use std::error::Error;

use serde::Deserialize;
use serde::de::IgnoredAny;
use tinyrpc::Client;

/// What is of interest here of a block's header. Numbers are hexadecimal text.
#[derive(Debug, Deserialize)]
pub(crate) struct Header {
    pub(crate) number: String,
}

impl Header {
    pub(crate) fn number(&self) -> Result<u64, std::num::ParseIntError> {
        u64::from_str_radix(self.number.trim_start_matches("0x"), 16)
    }
}

/// Prints headers until there have been so many. A development node makes blocks when it is told: `mines` tells it.
pub(crate) async fn run(url: &str, headers: usize, mines: bool) -> Result<Vec<u64>, Box<dyn Error>> {
    let node = Client::connect(url).await?;
    let version: String = node.call("web3_clientVersion", ()).await?;
    let newest: Header = node.call("eth_getBlockByNumber", ("latest", false)).await?;
    println!("{version}, at block {}", newest.number()?);

    // The methods that unsubscribe and bring the items, `eth_unsubscribe` and `eth_subscription`, follow from the name.
    let mut stream = node.subscribe::<Header>("eth_subscribe", ("newHeads",)).await?;
    let mut numbers = Vec::new();
    while numbers.len() < headers {
        if mines {
            node.call::<IgnoredAny>("evm_mine", ()).await?;
        }
        let header = stream.next().await.ok_or("the node has ended the stream")??;
        println!("block {}", header.number()?);
        numbers.push(header.number()?);
    }
    stream.unsubscribe().await?;
    Ok(numbers)
}

#[tokio::main]
#[allow(dead_code)] // the tests run the rest of this file against a node of theirs
async fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1) {
        Some(url) => drop(run(&url, 3, std::env::args().any(|argument| argument == "--mine")).await?),
        None => println!("usage: ethereum URL [--mine], such as: ethereum ws://127.0.0.1:8545/"),
    }
    Ok(())
}
