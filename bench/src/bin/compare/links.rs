//! Servers on links: instructions and CPU time of the server per call, at 1 and at 64 in flight on one connection.

use crate::Effort;
use crate::cost::Costs;
use crate::goal::Goal;
use crate::program::{Server, has_valgrind, succeed};
use tinyrpc_bench::Failure;
use tinyrpc_bench::link::Medium;

/// Calls of one CPU reading, at these numbers in flight: half a second or so.
const LOADS: [(u64, u64); 2] = [(1, 20_000), (64, 200_000)];
/// Calls of the two counts under callgrind.
const FEW: u64 = 1_000;
const MANY: u64 = 5_000;

/// TCP and unix sockets, both protocols.
pub(crate) fn compare_streams(effort: Effort) -> Result<Vec<Goal>, Failure> {
    let mut goals = Vec::new();
    for medium in [Medium::Tcp, Medium::Unix] {
        for (in_flight, costs) in measure(medium, effort, &["bare", "handwritten", "handwritten-msgpack"])? {
            let beside_handwritten = [("ours", "handwritten"), ("ours-msgpack", "handwritten-msgpack")];
            goals.extend(at_most(1.3, medium, in_flight, &costs, &beside_handwritten));
            let mut beside_sync = vec![("ours-async", "ours")];
            if medium == Medium::Tcp {
                beside_sync.push(("ours-msgpack-async", "ours-msgpack"));
            }
            goals.extend(at_most(1.5, medium, in_flight, &costs, &beside_sync));
        }
    }
    Ok(goals)
}

/// WebSocket.
pub(crate) fn compare_ws(effort: Effort) -> Result<Vec<Goal>, Failure> {
    let mut goals = Vec::new();
    for (in_flight, costs) in measure(Medium::Ws, effort, &["bare", "handwritten", "jsonrpsee"])? {
        goals.extend(at_most(1.5, Medium::Ws, in_flight, &costs, &[("ours", "handwritten")]));
        goals.extend(at_most(0.25, Medium::Ws, in_flight, &costs, &[("ours", "jsonrpsee")]));
        goals.extend(at_most(1.5, Medium::Ws, in_flight, &costs, &[("ours-async", "ours")]));
    }
    Ok(goals)
}

fn at_most(limit: f64, medium: Medium, in_flight: u64, costs: &Costs, pairs: &[(&str, &str)]) -> Vec<Goal> {
    let goals = pairs.iter().map(|(peer, base)| {
        let what = format!("{medium}, {in_flight} in flight: CPU, {peer} / {base}");
        let goal = Goal::at_most(limit, what, costs.cpu(peer, base));
        if base.contains("handwritten") { goal.beside("bare", costs.cpu("bare", base)) } else { goal }
    });
    goals.collect()
}

/// Measures and prints every server of a medium, at each number in flight.
fn measure(medium: Medium, effort: Effort, bases: &[&str]) -> Result<Vec<(u64, Costs)>, Failure> {
    let words = |peer: &str| [medium.name().to_owned(), peer.to_owned()];
    let mut servers = Vec::new();
    for &peer in medium.servers() {
        // One call shows whether it answers, and rightly.
        let started = Server::start_as("link-server", &words(peer));
        match started.and_then(|server| load(medium, peer, &server, 1, 1).map(|()| server)) {
            Ok(server) => servers.push((peer, server)),
            Err(gap) => println!("{peer}: left out ({gap})"),
        }
    }
    let mut measured = Vec::new();
    for (in_flight, calls) in LOADS {
        let mut costs = Costs::default();
        for _ in 0..effort.rounds {
            for (peer, server) in &servers {
                let calls = calls / effort.divisor;
                let before = server.cpu_ns()?;
                load(medium, peer, server, in_flight, calls)?;
                costs.of(peer).cpu_ns.push((server.cpu_ns()? - before) as f64 / calls as f64);
            }
        }
        if has_valgrind() {
            for &(peer, _) in &servers {
                let count = |calls| {
                    let server = Server::start_counted("link-server", &words(peer))?;
                    load(medium, peer, &server, in_flight, calls)?;
                    server.instructions()
                };
                costs.of(peer).instructions = Some((count(MANY)? as f64 - count(FEW)? as f64) / (MANY - FEW) as f64);
            }
        }
        costs.print(&format!("{medium}, servers, add(1, 2), {in_flight} in flight, per call"), medium.servers(), bases);
        measured.push((in_flight, costs));
    }
    Ok(measured)
}

fn load(medium: Medium, peer: &str, server: &Server, in_flight: u64, calls: u64) -> Result<(), Failure> {
    let words = [medium.name(), peer, &server.address].map(str::to_owned);
    succeed("link-load", &[words.as_slice(), &[in_flight.to_string(), calls.to_string()]].concat())
}
