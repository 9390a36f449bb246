//! Servers on links (TCP, unix sockets, WebSocket) that answer `add`: each peer behind one thread.

pub mod load;
mod msgpack;
mod ours;
mod speech;
mod stream;
mod tarpc;
mod ws;

use crate::Failure;
use crate::memory::handwritten::answer;
use std::fmt;
use std::path::PathBuf;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

/// What carries the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// TCP on the loopback interface.
    Tcp,
    /// A unix socket.
    Unix,
    /// WebSocket over TCP.
    Ws,
}

impl Medium {
    /// The name on the command line and in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Medium::Tcp => "tcp",
            Medium::Unix => "unix",
            Medium::Ws => "ws",
        }
    }

    /// The medium of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Medium, Failure> {
        let mut all = [Medium::Tcp, Medium::Unix, Medium::Ws].into_iter();
        all.find(|medium| medium.name() == name).ok_or_else(|| format!("no medium {name}").into())
    }

    /// The names of the servers, in the order of the tables.
    pub fn servers(self) -> &'static [&'static str] {
        match self {
            Medium::Tcp => &[
                "bare",
                "handwritten",
                "ours-async",
                "ours",
                "handwritten-msgpack",
                "ours-msgpack-async",
                "ours-msgpack",
                "tarpc-bincode",
                "tarpc-json",
            ],
            Medium::Unix => &["bare", "handwritten", "ours-async", "ours", "handwritten-msgpack", "ours-msgpack"],
            Medium::Ws => &["bare", "handwritten", "tungstenite", "jsonrpsee", "ours-async", "ours"],
        }
    }
}

impl fmt::Display for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Medium::Tcp => "TCP",
            Medium::Unix => "unix sockets",
            Medium::Ws => "WebSocket",
        })
    }
}

/// Serves on a free address until the process ends, and says where: `host:port`, or a path. Must run in a current-thread
/// runtime.
///
/// # Errors
/// When the peer is unknown or cannot start.
pub async fn serve(medium: Medium, peer: &str, listening: impl FnOnce(&str)) -> Result<(), Failure> {
    if medium == Medium::Unix {
        let path = socket_path();
        if ours::is(peer) {
            return ours::serve_unix(peer, path, listening).await;
        }
        let listener = UnixListener::bind(&path)?;
        listening(&path.display().to_string());
        loop {
            let (stream, _) = listener.accept().await?;
            spawn::<UnixStream>(peer, stream)?;
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    listening(&listener.local_addr()?.to_string());
    match (medium, peer) {
        (_, peer) if ours::is(peer) => ours::serve(medium, peer, listener).await,
        (Medium::Ws, "jsonrpsee") => ws::jsonrpsee(listener).await,
        _ => loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            match medium {
                Medium::Ws => spawn_ws(peer, stream)?,
                _ => spawn::<TcpStream>(peer, stream)?,
            }
        },
    }
}

/// The socket that this process makes, if it makes one.
pub fn socket_path() -> PathBuf {
    std::env::temp_dir().join(format!("tinyrpc-bench-{}.sock", std::process::id()))
}

/// A task for a connection. A client that hangs up is no failure here.
fn spawn<S>(peer: &str, stream: S) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match peer {
        "bare" => drop(tokio::spawn(stream::echo(stream))),
        "handwritten" => drop(tokio::spawn(stream::serve(stream, stream::lines))),
        "handwritten-msgpack" => drop(tokio::spawn(stream::serve(stream, msgpack::answer_all))),
        "tarpc-bincode" => drop(tokio::spawn(tarpc::serve_bincode(stream))),
        "tarpc-json" => drop(tokio::spawn(tarpc::serve_json(stream))),
        name => return Err(format!("no server {name}").into()),
    }
    Ok(())
}

fn spawn_ws(peer: &str, stream: TcpStream) -> Result<(), Failure> {
    match peer {
        "bare" => drop(tokio::spawn(ws::gathered(stream, |message, out| out.extend_from_slice(message)))),
        "handwritten" => drop(tokio::spawn(ws::gathered(stream, answer))),
        "tungstenite" => drop(tokio::spawn(ws::flushed(stream))),
        name => return Err(format!("no server {name}").into()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;
    use tokio::task::LocalSet;

    #[test]
    fn every_server_answers_one_call_and_many() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for medium in [Medium::Tcp, Medium::Unix, Medium::Ws] {
            for &peer in medium.servers() {
                let tasks = LocalSet::new();
                let (listening, address) = oneshot::channel();
                tasks.spawn_local(async move {
                    let told = |address: &str| drop(listening.send(address.to_owned()));
                    serve(medium, peer, told).await.unwrap();
                });
                let loaded = tasks.run_until(async {
                    let address = address.await.unwrap();
                    load::run(medium, peer, &address, 1, 2).await?;
                    load::run(medium, peer, &address, 64, 1_000).await
                });
                runtime.block_on(loaded).unwrap_or_else(|why| panic!("{medium}, {peer}: {why}"));
                drop(tasks);
                let _ = std::fs::remove_file(socket_path());
            }
        }
    }
}
