//! HTTP clients: instructions and CPU time of the client per call, with 64 calls at once.

use crate::Effort;
use crate::cost::Costs;
use crate::goal::Goal;
use crate::program::{Server, has_valgrind, instructions, spent};
use tinyrpc_bench::Failure;
use tinyrpc_bench::client::PEERS;

const CONCURRENCY: u64 = 64;
/// Calls of the two counts under callgrind.
const FEW: u64 = 1_000;
const MANY: u64 = 4_000;
/// Calls of one CPU reading: half a second or so.
const PLAIN: u64 = 20_000;

/// Measures and prints every client, and gives back the goals.
pub(crate) fn compare(effort: Effort) -> Result<Vec<Goal>, Failure> {
    // The same server for all, and one that echoes any id.
    let server = Server::start("handwritten")?;
    let words =
        |peer: &str, calls: u64| [peer.to_owned(), server.address.clone(), CONCURRENCY.to_string(), calls.to_string()];
    let mut peers = Vec::new();
    for peer in PEERS {
        match spent("http-client", &words(peer, FEW)) {
            Ok(_) => peers.push(peer),
            Err(gap) => println!("{peer}: left out ({gap})"),
        }
    }
    let mut costs = Costs::default();
    for _ in 0..effort.rounds {
        for &peer in &peers {
            let spent = spent("http-client", &words(peer, PLAIN / effort.divisor))?;
            costs.of(peer).cpu_ns.push(spent.cpu_ns as f64 / spent.calls as f64);
        }
    }
    if has_valgrind() {
        for &peer in &peers {
            let few = instructions("http-client", &words(peer, FEW))?;
            let many = instructions("http-client", &words(peer, MANY))?;
            costs.of(peer).instructions = Some((many as f64 - few as f64) / (MANY - FEW) as f64);
        }
    }
    let title = format!("HTTP clients, add, {CONCURRENCY} calls at once, per call");
    costs.print(&title, &PEERS, &["handwritten", "jsonrpsee"]);
    let what = |unit| format!("{CONCURRENCY} calls at once: {unit}, ours / handwritten");
    Ok(vec![
        Goal::at_most(1.15, what("CPU"), costs.cpu("ours", "handwritten")),
        Goal::at_most(1.15, what("instructions"), costs.instructions("ours", "handwritten")),
    ])
}
