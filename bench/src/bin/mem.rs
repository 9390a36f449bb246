//! `mem PEER CASE ITERATIONS`: sends one request through a peer in memory, again and again; run under callgrind.

use tinyrpc_bench::{Failure, case::Case, memory};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer, case, iterations] = arguments.as_slice() else {
        return Err("usage: mem PEER CASE ITERATIONS".into());
    };
    let case = Case::named(case).ok_or_else(|| format!("no case {case}"))?;
    let spent = memory::run(peer, case, iterations.parse()?)?;
    println!("{}", serde_json::to_string(&spent)?);
    Ok(())
}
