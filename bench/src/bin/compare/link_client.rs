//! Clients on links: instructions and CPU time of the client per call, with 64 calls at once over one connection.

use crate::Effort;
use crate::cost::Costs;
use crate::goal::Goal;
use crate::program::{Server, has_valgrind, instructions, spent};
use std::collections::HashMap;
use tinyrpc_bench::Failure;
use tinyrpc_bench::link::Medium;

const CONCURRENCY: u64 = 64;
/// Calls of the two counts under callgrind.
const FEW: u64 = 1_000;
const MANY: u64 = 5_000;
/// Calls of one CPU reading: half a second or so.
const PLAIN: u64 = 200_000;

/// Measures and prints the clients of each medium, and gives back the goals.
pub(crate) fn compare(effort: Effort) -> Result<Vec<Goal>, Failure> {
    let mut goals = Vec::new();
    for medium in [Medium::Tcp, Medium::Ws] {
        let costs = measure(medium, effort)?;
        let what = format!("{medium}, {CONCURRENCY} calls at once: CPU, ours / bare");
        goals.push(Goal::at_most(1.5, what, costs.cpu("ours", "bare")).beside("raw", costs.cpu("raw", "bare")));
    }
    Ok(goals)
}

fn measure(medium: Medium, effort: Effort) -> Result<Costs, Failure> {
    let mut servers = HashMap::new();
    for &(_, server) in medium.clients() {
        if !servers.contains_key(server) {
            let words = [medium.name(), server].map(str::to_owned);
            servers.insert(server, Server::start_as("link-server", &words)?);
        }
    }
    let words = |(peer, server): (&str, &str), calls: u64| {
        let words = [medium.name(), peer, &servers[server].address].map(str::to_owned);
        [words.as_slice(), &[CONCURRENCY.to_string(), calls.to_string()]].concat()
    };
    let mut clients = Vec::new();
    for &client in medium.clients() {
        match spent("link-client", &words(client, FEW)) {
            Ok(_) => clients.push(client),
            Err(gap) => println!("{}: left out ({gap})", client.0),
        }
    }
    let mut costs = Costs::default();
    for _ in 0..effort.rounds {
        for &client in &clients {
            let spent = spent("link-client", &words(client, PLAIN / effort.divisor))?;
            costs.of(client.0).cpu_ns.push(spent.cpu_ns as f64 / spent.calls as f64);
        }
    }
    if has_valgrind() {
        for &client in &clients {
            let count = |calls| Ok::<_, Failure>(instructions("link-client", &words(client, calls))? as f64);
            costs.of(client.0).instructions = Some((count(MANY)? - count(FEW)?) / (MANY - FEW) as f64);
        }
    }
    let names: Vec<&str> = medium.clients().iter().map(|(peer, _)| *peer).collect();
    let other = if medium == Medium::Ws { "jsonrpsee" } else { "tarpc-bincode" };
    let title = format!("{medium}, clients, add, {CONCURRENCY} calls at once, per call");
    costs.print(&title, &names, &["raw", "bare", other, "ours"]);
    Ok(costs)
}
