//! `streams-client PEER FLOW ADDRESS COUNT`: moves items or notifications, or makes calls, and prints what it spent.

use tinyrpc_bench::Failure;
use tinyrpc_bench::streams::{self, Flow};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer, flow, address, count] = arguments.as_slice() else {
        return Err("usage: streams-client PEER FLOW ADDRESS COUNT".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let moved = streams::run(peer, Flow::named(flow)?, address, count.parse()?);
    println!("{}", serde_json::to_string(&runtime.block_on(moved)?)?);
    Ok(())
}
