//! `streams-server PEER`: serves a subscription and notifications over WebSocket on a free loopback port until its standard
//! input ends.

use std::io::Read;
use tinyrpc_bench::{Failure, streams};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer] = arguments.as_slice() else {
        return Err("usage: streams-server PEER".into());
    };
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(streams::serve(peer, |address| println!("listening on {address}")))
}
