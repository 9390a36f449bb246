//! Notifications and subscriptions over WebSocket, and calls whose handlers call back: each peer's server and client.

mod bare;
mod jsonrpsee;
mod ours;

use crate::{Failure, Reading, Spent};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// The names of the peers, in the order of the tables.
pub const PEERS: [&str; 3] = ["bare", "jsonrpsee", "ours"];

/// How many notifications or calls are made at once.
const AT_ONCE: u64 = 64;

/// A client that takes longer than this hangs.
const LONGEST: Duration = Duration::from_secs(300);

/// What goes over the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Items of one subscription, numbers, from the server to the client.
    Items,
    /// Notifications from the client to the server, many at once, and one call at their end.
    Notifications,
    /// Calls of an async method that never waits.
    Calls,
    /// Calls of a method that calls one of the client's before it returns.
    Nested,
}

impl Flow {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Flow::Items => "items",
            Flow::Notifications => "notifications",
            Flow::Calls => "calls",
            Flow::Nested => "nested",
        }
    }

    /// The one of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Flow, Failure> {
        let mut all = [Flow::Items, Flow::Notifications, Flow::Calls, Flow::Nested].into_iter();
        all.find(|flow| flow.name() == name).ok_or_else(|| format!("no flow {name}").into())
    }
}

/// What a client measured.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub struct Streamed {
    /// What it spent itself.
    pub spent: Spent,
    /// How long it took by the clock, in nanoseconds.
    pub wall_ns: u64,
}

/// Serves on a free port until the process ends, and says where: `host:port`. Must run in a current-thread runtime.
///
/// # Errors
/// When the peer is unknown or cannot start.
pub async fn serve(peer: &str, listening: impl FnOnce(&str)) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    listening(&listener.local_addr()?.to_string());
    match peer {
        "bare" => bare::serve(listener).await,
        "jsonrpsee" => jsonrpsee::serve(listener).await,
        "ours" => ours::serve(listener).await,
        name => Err(format!("no server {name}").into()),
    }
}

/// Moves `count` of something over one connection to the server of the same peer at `address` (host:port).
///
/// # Errors
/// When the peer has no such flow, or something is missing, wrong or out of order.
pub async fn run(peer: &str, flow: Flow, address: &str, count: u64) -> Result<Streamed, Failure> {
    let running = async {
        match peer {
            "bare" => measure(&mut bare::Client::connect(address).await?, flow, count).await,
            "jsonrpsee" => measure(&mut jsonrpsee::Client::connect(address).await?, flow, count).await,
            "ours" => measure(&mut ours::Client::connect(address).await?, flow, count).await,
            name => Err(format!("no client {name}").into()),
        }
    };
    tokio::time::timeout(LONGEST, running).await?
}

/// One end that is measured.
trait Mover {
    async fn go(&mut self, flow: Flow, count: u64) -> Result<(), Failure>;
}

/// What is used first has been used when the reading starts.
async fn measure(mover: &mut impl Mover, flow: Flow, count: u64) -> Result<Streamed, Failure> {
    mover.go(flow, 2 * AT_ONCE).await?;
    let begun = Instant::now();
    let reading = Reading::start()?;
    mover.go(flow, count).await?;
    let spent = reading.spent(count)?;
    Ok(Streamed { spent, wall_ns: u64::try_from(begun.elapsed().as_nanos())? })
}

/// The notifications or calls that are made together, one number of them after the other.
fn bursts(count: u64) -> impl Iterator<Item = u64> {
    (0..count).step_by(AT_ONCE as usize).map(move |done| AT_ONCE.min(count - done))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;
    use tokio::task::LocalSet;

    #[test]
    fn every_peer_moves_what_it_can() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let flows = PEERS.into_iter().flat_map(|peer| [(peer, Flow::Items), (peer, Flow::Notifications)]);
        for (peer, flow) in flows.chain([("ours", Flow::Calls), ("ours", Flow::Nested)]) {
            let tasks = LocalSet::new();
            let (listening, address) = oneshot::channel();
            tasks.spawn_local(async move {
                serve(peer, |address| drop(listening.send(address.to_owned()))).await.unwrap();
            });
            let moved = tasks.run_until(async { run(peer, flow, &address.await.unwrap(), 1_000).await });
            let streamed = runtime.block_on(moved).unwrap_or_else(|why| panic!("{peer}, {flow:?}: {why}"));
            assert_eq!(streamed.spent.calls, 1_000);
        }
    }
}
