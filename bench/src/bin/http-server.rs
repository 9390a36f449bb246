//! `http-server PEER`: serves the functions over HTTP on a free loopback port until its standard input ends.

use std::io::Read;
use tinyrpc_bench::{Failure, server};
use tokio::net::TcpListener;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer] = arguments.as_slice() else {
        return Err("usage: http-server PEER".into());
    };
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on {}", listener.local_addr()?);
        server::serve(peer, listener).await
    })
}
