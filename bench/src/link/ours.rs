//! tinyrpc's servers on links with their defaults, with sync handlers and with async ones that never wait.

use super::Medium;
use crate::Failure;
use crate::server::ours::{asynchronous, dispatcher};
use std::path::PathBuf;
use tinyrpc::transport::ServerTransport;
use tinyrpc::transport::stream::{TcpServer, UnixServer};
use tinyrpc::transport::ws::WsServer;
use tinyrpc::{JsonRpc, MessagePackRpc, Server, Service};
use tokio::net::TcpListener;

/// Whether a peer is one of these.
pub(super) fn is(peer: &str) -> bool {
    service(peer).is_ok()
}

fn service(peer: &str) -> Result<Service, Failure> {
    Ok(match peer {
        "ours" => Service::new(JsonRpc::new(), dispatcher()?),
        "ours-async" => Service::new(JsonRpc::new(), asynchronous()?),
        "ours-msgpack" => Service::new(MessagePackRpc::new(), dispatcher()?),
        "ours-msgpack-async" => Service::new(MessagePackRpc::new(), asynchronous()?),
        name => return Err(format!("no server {name}").into()),
    })
}

pub(super) async fn serve(medium: Medium, peer: &str, listener: TcpListener) -> Result<(), Failure> {
    match medium {
        Medium::Ws => run(peer, WsServer::from_listener(listener)?).await,
        _ => run(peer, TcpServer::from_listener(listener)?).await,
    }
}

pub(super) async fn serve_unix(peer: &str, path: PathBuf, listening: impl FnOnce(&str)) -> Result<(), Failure> {
    let transport = UnixServer::bind(&path).await?;
    listening(&path.display().to_string());
    run(peer, transport).await
}

async fn run(peer: &str, transport: impl ServerTransport) -> Result<(), Failure> {
    Ok(Server::new(service(peer)?).with_transport(transport).run().await?)
}
