//! HTTP clients that call `add`: each peer in one thread, many calls at once, against one and the same server.

mod handwritten;
mod jsonrpsee;
mod ours;

use crate::{Failure, Reading, Spent};
use std::cell::Cell;
use std::rc::Rc;
use tokio::task::LocalSet;

/// The names of the peers, in the order of the tables.
pub const PEERS: [&str; 4] = ["handwritten", "handwritten-timeout", "jsonrpsee", "ours"];

/// A client that tasks of one thread share.
pub(crate) trait Caller: Clone + 'static {
    /// Calls `add(a, b)` and gives back what the server said.
    async fn add(&self, a: i64, b: i64) -> Result<i64, Failure>;
}

/// Makes `calls` calls with the client of that name, `concurrency` at a time, to the server at `address` (host:port).
///
/// Connections are made, and each task has had one call answered, before the reading starts.
///
/// # Errors
/// When the peer is unknown, a call fails or an answer is wrong.
pub async fn run(peer: &str, address: &str, concurrency: u64, calls: u64) -> Result<Spent, Failure> {
    let url = format!("http://{address}/");
    match peer {
        "handwritten" => measure(handwritten::Client::new(&url, None)?, concurrency, calls).await,
        "handwritten-timeout" => {
            measure(handwritten::Client::new(&url, Some(handwritten::TIMEOUT))?, concurrency, calls).await
        }
        "jsonrpsee" => measure(jsonrpsee::Client::new(&url)?, concurrency, calls).await,
        "ours" => measure(ours::Client::new(&url)?, concurrency, calls).await,
        name => Err(format!("no client {name}").into()),
    }
}

/// Connections are made, and each task has had a call answered, before the reading starts.
pub(crate) async fn measure<C: Caller>(client: C, concurrency: u64, calls: u64) -> Result<Spent, Failure> {
    // Twice, so that every task finds a pooled connection afterwards.
    repeat(&client, concurrency, 2 * concurrency).await?;
    let reading = Reading::start()?;
    repeat(&client, concurrency, calls).await?;
    reading.spent(calls)
}

async fn repeat<C: Caller>(client: &C, concurrency: u64, calls: u64) -> Result<(), Failure> {
    let left = Rc::new(Cell::new(calls));
    let tasks = LocalSet::new();
    let running: Vec<_> = (0..concurrency).map(|_| tasks.spawn_local(work(client.clone(), Rc::clone(&left)))).collect();
    tasks.await;
    for task in running {
        task.await??;
    }
    Ok(())
}

async fn work<C: Caller>(client: C, left: Rc<Cell<u64>>) -> Result<(), Failure> {
    while left.get() > 0 {
        left.set(left.get() - 1);
        let a = left.get() as i64;
        let sum = client.add(a, 2).await?;
        if sum != a + 2 {
            return Err(format!("add({a}, 2) gave {sum}").into());
        }
    }
    Ok(())
}
