//! `http-client PEER ADDRESS CONCURRENCY CALLS`: calls `add` over HTTP, many at a time, and prints what it spent.

use tinyrpc_bench::{Failure, client};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer, address, concurrency, calls] = arguments.as_slice() else {
        return Err("usage: http-client PEER ADDRESS CONCURRENCY CALLS".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let spent = runtime.block_on(client::run(peer, address, concurrency.parse()?, calls.parse()?))?;
    println!("{}", serde_json::to_string(&spent)?);
    Ok(())
}
