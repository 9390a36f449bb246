//! ZeroMQ servers that answer `add`, each on one thread, and the load for them.

mod raw;

use crate::Failure;
use crate::server::ours;
use omq_tokio::{Message, Options, Socket, SocketType};
use tinyrpc::transport::ServerTransport;
use tinyrpc::transport::zmq::ZmqServer;
use tinyrpc::{JsonRpc, Server, Service};

use crate::case::{Case, Wire};

/// The names of the peers, in the order of the tables.
pub const PEERS: [&str; 4] = ["bare", "handwritten", "ours-async", "ours"];

/// Serves on a free port until the process ends, and says where as `host:port`; must run in a current-thread runtime.
///
/// # Errors
/// When the peer is unknown or cannot start.
pub async fn serve(peer: &str, listening: impl FnOnce(&str)) -> Result<(), Failure> {
    match peer {
        "bare" => raw::serve(listening, |message, out| out.extend_from_slice(message)).await,
        "handwritten" => raw::serve(listening, crate::memory::handwritten::answer).await,
        "ours" => library(ours::dispatcher()?, listening).await,
        "ours-async" => library(ours::asynchronous()?, listening).await,
        name => Err(format!("no server {name}").into()),
    }
}

async fn library(dispatcher: tinyrpc::Dispatcher, listening: impl FnOnce(&str)) -> Result<(), Failure> {
    let transport = ZmqServer::bind("zmq+tcp://127.0.0.1:0").await?;
    listening(transport.endpoint().trim_start_matches("zmq+tcp://"));
    Ok(Server::new(Service::new(JsonRpc::new(), dispatcher)).with_transport(transport).run().await?)
}

/// Sends `requests` calls of `add` from one DEALER, `in_flight` at a time. The first reply is checked.
///
/// # Errors
/// When the reply is not what it should be; `bare` sends back the call, so it is not checked.
pub async fn load(address: &str, in_flight: u64, requests: u64, check: bool) -> Result<(), Failure> {
    let body = Case::Add.request(Wire::Json).ok_or("no request")?;
    let socket = Socket::try_new(SocketType::Dealer, Options::default())?;
    socket.connect(format!("tcp://{address}").as_str()).await?;
    let call = || Message::with_prefix(bytes::Bytes::new(), Message::from_slice(&body));
    for _ in 0..in_flight.min(requests) {
        socket.send(call()).await?;
    }
    for done in 1..=requests {
        let reply = socket.recv().await?;
        if done == 1 && check {
            Case::Add.check(Wire::Json, reply.get(1))?;
        }
        if done + in_flight <= requests {
            socket.send(call()).await?;
        }
    }
    Ok(())
}
