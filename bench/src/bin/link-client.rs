//! `link-client MEDIUM PEER ADDRESS CONCURRENCY CALLS`: calls `add` over tcp or ws, many at a time, and prints what it
//! spent.

use tinyrpc_bench::Failure;
use tinyrpc_bench::link::{Medium, client};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [medium, peer, address, concurrency, calls] = arguments.as_slice() else {
        return Err("usage: link-client MEDIUM PEER ADDRESS CONCURRENCY CALLS".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let called = client::run(Medium::named(medium)?, peer, address, concurrency.parse()?, calls.parse()?);
    println!("{}", serde_json::to_string(&runtime.block_on(called)?)?);
    Ok(())
}
