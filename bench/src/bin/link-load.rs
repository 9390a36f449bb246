//! `link-load MEDIUM PEER ADDRESS IN-FLIGHT CALLS`: loads a server on a link with calls of `add` over one connection.

use tinyrpc_bench::Failure;
use tinyrpc_bench::link::{Medium, load};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [medium, peer, address, in_flight, calls] = arguments.as_slice() else {
        return Err("usage: link-load MEDIUM PEER ADDRESS IN-FLIGHT CALLS".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(load::run(Medium::named(medium)?, peer, address, in_flight.parse()?, calls.parse()?))
}
