//! tinyrpc's server and client with their defaults; the client waits for whoever takes the items, so that none is dropped.

use super::{Flow, bursts};
use crate::{Failure, methods};
use futures_util::future::try_join_all;
use futures_util::stream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tinyrpc::client::{Caller, Connector, Subscribe};
use tinyrpc::peer::SlowConsumer;
use tinyrpc::subscription::RegisterSubscription as _;
use tinyrpc::transport::ws::WsServer;
use tinyrpc::{Dispatcher, JsonRpc, RpcError, Server, Service};
use tokio::net::TcpListener;

pub(super) async fn serve(listener: TcpListener) -> Result<(), Failure> {
    let mut dispatcher = Dispatcher::new();
    let ticks = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&ticks);
    dispatcher.register("tick", move |(more,): (u64,)| {
        count.fetch_add(more, Ordering::Relaxed);
    })?;
    dispatcher.register("ticks", move |(_,): (u64,)| ticks.swap(0, Ordering::Relaxed))?;
    dispatcher.register("add", |(a, b): (i64, i64)| async move { methods::add(a, b) })?;
    dispatcher.register("nested", |caller: Caller, (a, b): (i64, i64)| async move {
        caller.call::<i64>("add", (a, b)).await.map_err(RpcError::internal)
    })?;
    dispatcher.register_subscription("subscribe_numbers", |(count,): (u64,)| stream::iter(0..count))?;
    let server = Server::new(Service::new(JsonRpc::new(), dispatcher));
    Ok(server.with_transport(WsServer::from_listener(listener)?).run().await?)
}

pub(super) struct Client(tinyrpc::Client);

impl Client {
    pub(super) async fn connect(address: &str) -> Result<Client, Failure> {
        let mut dispatcher = Dispatcher::new();
        dispatcher.register("add", |(a, b): (i64, i64)| methods::add(a, b))?;
        let connector = Connector::new().with_service(Service::new(JsonRpc::new(), dispatcher));
        Ok(Client(connector.connect(&format!("ws://{address}/")).await?))
    }

    async fn call(&self, method: &str, count: u64) -> Result<(), Failure> {
        for burst in bursts(count) {
            let sums = try_join_all((0..burst).map(|_| self.0.call::<i64>(method, (1, 2)))).await?;
            if sums.iter().any(|sum| *sum != 3) {
                return Err("a wrong sum".into());
            }
        }
        Ok(())
    }
}

impl super::Mover for Client {
    async fn go(&mut self, flow: Flow, count: u64) -> Result<(), Failure> {
        match flow {
            Flow::Items => {
                let to = Subscribe::new("subscribe_numbers").with_slow_consumer(SlowConsumer::Wait);
                let mut numbers = self.0.subscribe::<u64>(to, (count,)).await?;
                for expected in 0..count {
                    let number = numbers.next().await.ok_or("the stream ended")??;
                    if number != expected {
                        return Err(format!("item {number} instead of {expected}").into());
                    }
                }
                if numbers.next().await.is_some() { Err("more than asked for".into()) } else { Ok(()) }
            }
            Flow::Notifications => {
                for burst in bursts(count) {
                    try_join_all((0..burst).map(|_| self.0.notify("tick", (1,)))).await?;
                }
                let come: u64 = self.0.call("ticks", (0,)).await?;
                if come == count { Ok(()) } else { Err(format!("{come} of {count} have come").into()) }
            }
            Flow::Calls => self.call("add", count).await,
            Flow::Nested => self.call("nested", count).await,
        }
    }
}
