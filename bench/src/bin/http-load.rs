//! `http-load ADDRESS CONNECTIONS REQUESTS`: loads a server with calls of `add`, one in flight per connection.

use tinyrpc_bench::{Failure, load};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, connections, requests] = arguments.as_slice() else {
        return Err("usage: http-load ADDRESS CONNECTIONS REQUESTS".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(load::run(address, connections.parse()?, requests.parse()?))
}
