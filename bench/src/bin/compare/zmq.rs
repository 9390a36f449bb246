//! ZeroMQ servers: CPU time of the server per call, at 1 and at 64 in flight.

use crate::Effort;
use crate::cost::Costs;
use crate::goal::Goal;
use crate::program::{Server, succeed};
use tinyrpc_bench::Failure;
use tinyrpc_bench::zmq::PEERS;

/// Calls of one CPU reading, at these numbers in flight: half a second or so.
const LOADS: [(u64, u64); 2] = [(1, 10_000), (64, 200_000)];

/// Measures and prints both, and gives back the goals.
pub(crate) fn compare(effort: Effort) -> Result<Vec<Goal>, Failure> {
    let mut servers = Vec::new();
    for peer in PEERS {
        // One request shows whether it answers, and rightly.
        let started =
            Server::start_as("zmq-server", &[peer.to_owned()]).and_then(|server| load(peer, &server, 1, 1).map(|()| server));
        match started {
            Ok(server) => servers.push((peer, server)),
            Err(gap) => println!("{peer}: left out ({gap})"),
        }
    }
    let mut goals = Vec::new();
    for (in_flight, calls) in LOADS {
        let mut costs = Costs::default();
        for _ in 0..effort.rounds {
            for (peer, server) in &servers {
                let calls = calls / effort.divisor;
                let before = server.cpu_ns()?;
                load(peer, server, in_flight, calls)?;
                costs.of(peer).cpu_ns.push((server.cpu_ns()? - before) as f64 / calls as f64);
            }
        }
        costs.print(
            &format!("ZeroMQ servers, add(1, 2), {in_flight} in flight, per call"),
            &PEERS,
            &["bare", "handwritten"],
        );
        let what = |pair| format!("{in_flight} in flight: CPU, {pair}");
        let goal = Goal::at_most(1.3, what("ours / handwritten"), costs.cpu("ours", "handwritten"));
        goals.push(goal.beside("bare", costs.cpu("bare", "handwritten")));
        goals.push(Goal::at_most(1.5, what("ours-async / ours"), costs.cpu("ours-async", "ours")));
    }
    Ok(goals)
}

fn load(peer: &str, server: &Server, in_flight: u64, calls: u64) -> Result<(), Failure> {
    succeed("zmq-load", &[peer.to_owned(), server.address.clone(), in_flight.to_string(), calls.to_string()])
}
