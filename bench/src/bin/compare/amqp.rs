//! RabbitMQ servers: CPU time of the server per call, at 1 and at 64 in flight, on a broker that is started for it.

use crate::Effort;
use crate::cost::Costs;
use crate::goal::Goal;
use crate::program::{Server, succeed};
use std::path::Path;
use std::process::Command;
use tinyrpc_bench::Failure;
use tinyrpc_bench::amqp::PEERS;
use tinyrpc_interop::Broker;

/// Calls of one CPU reading, at these numbers in flight.
const LOADS: [(u64, u64); 2] = [(1, 2_000), (64, 20_000)];
/// Python's server is that much slower, and gets as many calls less.
const FEWER: u64 = 10;
const PYTHON: &str = "python";

/// Measures and prints both, and gives back the goals.
pub(crate) fn compare(effort: Effort) -> Result<Vec<Goal>, Failure> {
    let Some(broker) = Broker::start() else { return Err("there is no RabbitMQ to be started".into()) };
    let url = broker.url("%2F");
    let mut servers = Vec::new();
    for peer in PEERS.into_iter().chain([PYTHON]) {
        let started = match peer {
            PYTHON => python(&url),
            _ => Server::start_as("amqp-server", &[peer, &url, peer].map(str::to_owned)),
        };
        // One call shows whether it answers, and rightly.
        match started.and_then(|server| load(&url, peer, 1, 1).map(|()| server)) {
            Ok(server) => servers.push((peer, server)),
            Err(gap) => println!("{peer}: left out ({gap})"),
        }
    }
    let mut goals = Vec::new();
    for (in_flight, calls) in LOADS {
        let mut costs = Costs::default();
        for _ in 0..effort.rounds {
            for (peer, server) in &servers {
                let calls = calls / effort.divisor / if *peer == PYTHON { FEWER } else { 1 };
                let before = server.cpu_ns()?;
                load(&url, peer, in_flight, calls)?;
                costs.of(peer).cpu_ns.push((server.cpu_ns()? - before) as f64 / calls as f64);
            }
        }
        let names: Vec<&str> = PEERS.into_iter().chain([PYTHON]).collect();
        let title = format!("RabbitMQ servers, add(1, 2), {in_flight} in flight, per call");
        costs.print(&title, &names, &["bare", "bare-confirms", PYTHON]);
        let what = format!("RabbitMQ, {in_flight} in flight: CPU, ours / bare");
        let goal = Goal::at_most(1.2, what, costs.cpu("ours", "bare"));
        goals.push(goal.beside("bare-confirms", costs.cpu("bare-confirms", "bare")));
    }
    Ok(goals)
}

/// Unmodified Python tinyrpc, with a prefetch of 1: without, it loses messages that come together.
fn python(url: &str) -> Result<Server, Failure> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let python = repository.join(".venv/bin/python");
    if !python.exists() {
        return Err("run scripts/setup.sh, which makes .venv".into());
    }
    let mut command = Command::new(python);
    command.args(["-u", "-B"]).arg(repository.join("interop/peers/amqp_server.py")).args([url, PYTHON]);
    Server::launch(command)
}

fn load(url: &str, queue: &str, in_flight: u64, calls: u64) -> Result<(), Failure> {
    succeed("amqp-load", &[url.to_owned(), queue.to_owned(), in_flight.to_string(), calls.to_string()])
}
