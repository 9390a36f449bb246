//! The libraries' clients, each as its constructor makes it.

use crate::Failure;
use crate::client::Caller;
use crate::link::tarpc::{self, FunctionsClient};
use jsonrpsee_core::client::{Client, ClientT};
use jsonrpsee_core::rpc_params;
use jsonrpsee_ws_client::WsClientBuilder;
use std::sync::Arc;
use tokio::net::TcpStream;

#[derive(Clone)]
pub(super) struct Tarpc(FunctionsClient);

impl Tarpc {
    pub(super) fn over(stream: TcpStream) -> Tarpc {
        Tarpc(tarpc::client(stream))
    }
}

impl Caller for Tarpc {
    async fn add(&self, a: i64, b: i64) -> Result<i64, Failure> {
        Ok(self.0.add(::tarpc::context::current(), a, b).await?)
    }
}

#[derive(Clone)]
pub(super) struct Jsonrpsee(Arc<Client>);

impl Jsonrpsee {
    pub(super) async fn connect(address: &str) -> Result<Jsonrpsee, Failure> {
        Ok(Jsonrpsee(Arc::new(WsClientBuilder::default().build(format!("ws://{address}/")).await?)))
    }
}

impl Caller for Jsonrpsee {
    async fn add(&self, a: i64, b: i64) -> Result<i64, Failure> {
        Ok(self.0.request("add", rpc_params![a, b]).await?)
    }
}

/// tinyrpc, with the 30 s timeout of every call among its defaults.
#[derive(Clone)]
pub(super) struct Ours(tinyrpc::Client);

impl Ours {
    pub(super) async fn connect(url: &str) -> Result<Ours, Failure> {
        Ok(Ours(tinyrpc::Client::connect(url).await?))
    }

    /// One that would connect again, and so looks with every call for where it can go.
    pub(super) async fn reconnecting(url: &str) -> Result<Ours, Failure> {
        let connector = tinyrpc::client::Connector::new().with_reconnect(tinyrpc::client::reconnect::Backoff::new());
        Ok(Ours(connector.connect(url).await?))
    }
}

impl Caller for Ours {
    async fn add(&self, a: i64, b: i64) -> Result<i64, Failure> {
        Ok(self.0.call("add", (a, b)).await?)
    }
}
