//! `mem-allocations PEER CASE ITERATIONS`: as `mem`, with an allocator that counts.

use tinyrpc_bench::{Failure, case::Case, memory};

#[global_allocator]
static ALLOCATOR: tinyrpc_bench::counting::Counting = tinyrpc_bench::counting::Counting;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer, case, iterations] = arguments.as_slice() else {
        return Err("usage: mem-allocations PEER CASE ITERATIONS".into());
    };
    let case = Case::named(case).ok_or_else(|| format!("no case {case}"))?;
    let spent = memory::run(peer, case, iterations.parse()?)?;
    println!("{}", serde_json::to_string(&spent)?);
    Ok(())
}
