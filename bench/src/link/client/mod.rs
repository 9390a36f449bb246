//! Clients on links that call `add`: each peer in one thread, many calls at once over one connection.

mod bare;
mod lines;
mod others;
mod raw;
pub(crate) mod sockets;

use super::Medium;
use crate::client::measure;
use crate::{Failure, Spent};
use serde_json::value::RawValue;
use tokio::net::TcpStream;

impl Medium {
    /// The names of the clients with the servers that they call, in the order of the tables.
    pub fn clients(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Medium::Tcp => &[
                ("raw", "handwritten"),
                ("bare", "handwritten"),
                ("tarpc-bincode", "tarpc-bincode"),
                ("ours", "handwritten"),
                ("ours-reconnect", "handwritten"),
                ("ours-msgpack", "handwritten-msgpack"),
            ],
            Medium::Unix => &[],
            Medium::Ws => &[
                ("raw", "handwritten"),
                ("bare", "handwritten"),
                ("jsonrpsee", "handwritten"),
                ("ours", "handwritten"),
                ("ours-reconnect", "handwritten"),
            ],
        }
    }
}

/// Makes `calls` calls with the client of that name, `concurrency` at a time, to the server at `address` (host:port).
///
/// # Errors
/// When there is no such client, a call fails or an answer is wrong.
pub async fn run(medium: Medium, peer: &str, address: &str, concurrency: u64, calls: u64) -> Result<Spent, Failure> {
    match (medium, peer) {
        (Medium::Tcp, "raw") => raw::measure(lines::Wire::over(tcp(address).await?), concurrency, calls).await,
        (Medium::Ws, "raw") => raw::measure(sockets::Wire::open(address).await?, concurrency, calls).await,
        (Medium::Tcp, "bare") => {
            measure(bare::Client::over(lines::Wire::over(tcp(address).await?)), concurrency, calls).await
        }
        (Medium::Ws, "bare") => {
            measure(bare::Client::over(sockets::Wire::open(address).await?), concurrency, calls).await
        }
        (Medium::Tcp, "tarpc-bincode") => measure(others::Tarpc::over(tcp(address).await?), concurrency, calls).await,
        (Medium::Ws, "jsonrpsee") => measure(others::Jsonrpsee::connect(address).await?, concurrency, calls).await,
        (Medium::Tcp | Medium::Ws, "ours" | "ours-reconnect" | "ours-msgpack") => {
            let protocol = if peer == "ours-msgpack" { "msgpack" } else { "jsonrpc" };
            let url = format!("{}://{address}?protocol={protocol}", medium.name());
            let client = match peer {
                "ours-reconnect" => others::Ours::reconnecting(&url).await?,
                _ => others::Ours::connect(&url).await?,
            };
            measure(client, concurrency, calls).await
        }
        _ => Err(format!("no client {peer} over {medium}").into()),
    }
}

async fn tcp(address: &str) -> Result<TcpStream, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A duplex medium of messages, as thin as can be.
pub(crate) trait Wire: Send + 'static {
    /// Adds a message to those that go out together.
    fn push(&mut self, message: Vec<u8>) -> Result<(), Failure>;

    /// Sends them.
    fn flush(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Waits until messages have come, and gives each to `message`. Cancel safe.
    fn receive<M>(&mut self, message: M) -> impl Future<Output = Result<(), Failure>> + Send
    where
        M: FnMut(&[u8]) -> Result<(), Failure> + Send;
}

/// A call as the wires that are written by hand send it.
#[derive(serde::Serialize)]
struct Request<P> {
    jsonrpc: &'static str,
    method: &'static str,
    params: P,
    id: u64,
}

impl<P: serde::Serialize> Request<P> {
    fn message(method: &'static str, params: P, id: u64) -> Result<Vec<u8>, Failure> {
        Ok(serde_json::to_vec(&Request { jsonrpc: "2.0", method, params, id })?)
    }
}

/// What comes back.
#[derive(serde::Deserialize)]
struct Reply<'a> {
    id: u64,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

impl<'a> Reply<'a> {
    fn read(message: &'a [u8]) -> Result<Reply<'a>, Failure> {
        Ok(serde_json::from_str(std::str::from_utf8(message)?)?)
    }

    fn result(&self) -> Result<&'a RawValue, Failure> {
        match (self.result, self.error) {
            (Some(result), None) => Ok(result),
            (_, Some(error)) => Err(error.get().into()),
            (None, None) => Err("neither result nor error".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;
    use tokio::task::LocalSet;

    #[test]
    fn every_client_makes_its_calls() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for medium in [Medium::Tcp, Medium::Ws] {
            for &(peer, server) in medium.clients() {
                let tasks = LocalSet::new();
                let (listening, address) = oneshot::channel();
                tasks.spawn_local(async move {
                    let told = |address: &str| drop(listening.send(address.to_owned()));
                    super::super::serve(medium, server, told).await.unwrap();
                });
                let called = tasks.run_until(async { run(medium, peer, &address.await.unwrap(), 8, 100).await });
                let spent = runtime.block_on(called).unwrap_or_else(|why| panic!("{medium}, {peer}: {why}"));
                assert_eq!(spent.calls, 100);
            }
        }
    }
}
