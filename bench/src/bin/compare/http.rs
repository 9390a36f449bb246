//! HTTP servers: instructions and CPU time of the server per request, at three numbers of connections.

use crate::Effort;
use crate::cost::Costs;
use crate::goal::Goal;
use crate::program::{Server, has_valgrind, succeed};
use tinyrpc_bench::Failure;
use tinyrpc_bench::server::PEERS;

const CONNECTIONS: [u64; 3] = [1, 16, 64];
/// Requests of the two counts under callgrind.
const FEW: u64 = 1_000;
const MANY: u64 = 4_000;
/// Requests of one CPU reading: half a second or so.
const PLAIN: u64 = 20_000;

/// Measures and prints every number of connections, and gives back the goals.
pub(crate) fn compare(effort: Effort) -> Result<Vec<Goal>, Failure> {
    let mut servers = Vec::new();
    for peer in PEERS {
        // One request shows whether it answers, and rightly.
        let started = Server::start(peer).and_then(|server| load(&server, 1, 1).map(|()| server));
        match started {
            Ok(server) => servers.push((peer, server)),
            Err(gap) => println!("{peer}: left out ({gap})"),
        }
    }
    let mut goals = Vec::new();
    for connections in CONNECTIONS {
        let mut costs = Costs::default();
        for _ in 0..effort.rounds {
            for (peer, server) in &servers {
                costs.of(peer).cpu_ns.push(cpu_ns(server, connections, PLAIN / effort.divisor)?);
            }
        }
        if has_valgrind() {
            for (peer, _) in &servers {
                let few = instructions(peer, connections, FEW)?;
                let many = instructions(peer, connections, MANY)?;
                costs.of(peer).instructions = Some((many as f64 - few as f64) / (MANY - FEW) as f64);
            }
        }
        let plural = if connections == 1 { "" } else { "s" };
        let title = format!("HTTP servers, add(1, 2), {connections} connection{plural}, per request");
        costs.print(&title, &PEERS, &["bare", "handwritten", "jsonrpsee"]);
        for (limit, base) in [(1.1, "handwritten"), (0.6, "jsonrpsee")] {
            let what = |unit| format!("{connections} connection{plural}: {unit}, ours / {base}");
            let instructions = Goal::at_most(limit, what("instructions"), costs.instructions("ours", base));
            goals.push(instructions.beside("bare", costs.instructions("bare", base)));
            let cpu = Goal::at_most(limit, what("CPU"), costs.cpu("ours", base));
            goals.push(cpu.beside("bare", costs.cpu("bare", base)));
        }
    }
    Ok(goals)
}

fn load(server: &Server, connections: u64, requests: u64) -> Result<(), Failure> {
    succeed("http-load", &[server.address.clone(), connections.to_string(), requests.to_string()])
}

fn cpu_ns(server: &Server, connections: u64, requests: u64) -> Result<f64, Failure> {
    let before = server.cpu_ns()?;
    load(server, connections, requests)?;
    Ok((server.cpu_ns()? - before) as f64 / requests as f64)
}

fn instructions(peer: &str, connections: u64, requests: u64) -> Result<u64, Failure> {
    let server = Server::start_counted("http-server", &[peer.to_owned()])?;
    load(&server, connections, requests)?;
    server.instructions()
}
