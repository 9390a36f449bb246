//! Notifications, items of subscriptions and nested calls over WebSocket: CPU time at both ends, and how many a second.

use crate::Effort;
use crate::program::{Server, printed};
use crate::sample::Sample;
use crate::table::{Table, percent, times, whole};
use tinyrpc_bench::Failure;
use tinyrpc_bench::streams::{Flow, PEERS, Streamed};

/// How many of each go into one reading: half a second or so.
const COUNT: u64 = 200_000;

/// Something that is measured: a peer and what it moves.
struct Case {
    name: &'static str,
    peer: &'static str,
    flow: Flow,
    client: Sample,
    server: Sample,
    /// By the clock.
    wall: Sample,
}

impl Case {
    fn new(name: &'static str, peer: &'static str, flow: Flow) -> Case {
        Case { name, peer, flow, client: Sample::default(), server: Sample::default(), wall: Sample::default() }
    }
}

/// Measures and prints each flow. The project has no goals for these.
pub(crate) fn compare(effort: Effort) -> Result<(), Failure> {
    for (title, flow) in [
        ("items of a subscription, per item", Flow::Items),
        ("notifications, 64 at once, per notification", Flow::Notifications),
    ] {
        let cases = PEERS.into_iter().map(|peer| Case::new(peer, peer, flow));
        print(title, &measure(cases.collect(), effort)?);
    }
    let cases = [Case::new("call", "ours", Flow::Calls), Case::new("nested call", "ours", Flow::Nested)];
    print("calls of ours, 64 at once, per call of the client", &measure(cases.into(), effort)?);
    Ok(())
}

fn measure(cases: Vec<Case>, effort: Effort) -> Result<Vec<Case>, Failure> {
    let mut started = Vec::new();
    for case in cases {
        let server = Server::start_as("streams-server", &[case.peer.to_owned()])?;
        // Shows whether all of it arrives.
        match moved(&case, &server, COUNT / effort.divisor) {
            Ok(_) => started.push((case, server)),
            Err(gap) => println!("{}: left out ({gap})", case.name),
        }
    }
    for _ in 0..effort.rounds {
        for (case, server) in &mut started {
            let count = COUNT / effort.divisor;
            let before = server.cpu_ns()?;
            let streamed = moved(case, server, count)?;
            case.server.push((server.cpu_ns()? - before) as f64 / count as f64);
            case.client.push(streamed.spent.cpu_ns as f64 / count as f64);
            case.wall.push(streamed.wall_ns as f64 / count as f64);
        }
    }
    Ok(started.into_iter().map(|(case, _)| case).collect())
}

fn moved(case: &Case, server: &Server, count: u64) -> Result<Streamed, Failure> {
    let words = [case.peer, case.flow.name(), &server.address, &count.to_string()].map(str::to_owned);
    printed("streams-client", &words)
}

/// Each beside the first one.
fn print(title: &str, cases: &[Case]) {
    let Some(first) = cases.first() else { return };
    let over = format!("/ {}", first.name);
    let mut table = Table::new(&["peer", "client CPU ns", &over, "server CPU ns", &over, "a second", "spread"]);
    for case in cases {
        table.row(vec![
            case.name.to_owned(),
            whole(case.client.median()),
            times(case.client.over(&first.client)),
            whole(case.server.median()),
            times(case.server.over(&first.server)),
            whole(case.wall.median().map(|wall| 1e9 / wall)),
            percent(case.wall.spread()),
        ]);
    }
    table.print(&format!("WebSocket, {title}"));
}
