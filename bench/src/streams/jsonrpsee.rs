//! jsonrpsee's server and client over WebSocket. Its server reads notifications and runs nothing for them.

use super::{Flow, bursts};
use crate::Failure;
use futures_util::future::try_join_all;
use jsonrpsee_core::client::{ClientT, SubscriptionClientT};
use jsonrpsee_core::rpc_params;
use jsonrpsee_server::types::ErrorObjectOwned;
use jsonrpsee_server::{RpcModule, Server, ServerConfig};
use jsonrpsee_ws_client::WsClientBuilder;
use tokio::net::TcpListener;

/// Room for all items: a subscription that lags by more than its buffer, 1,024 items by default, is ended by the client.
const ALL: usize = 1 << 20;

pub(super) async fn serve(listener: TcpListener) -> Result<(), Failure> {
    let mut module = RpcModule::new(());
    module.register_method("tick", |_, _, _| -> Result<(), ErrorObjectOwned> { Ok(()) })?;
    module.register_method("ticks", |_, _, _| -> Result<u64, ErrorObjectOwned> { Ok(0) })?;
    module.register_subscription(
        "subscribe_numbers",
        "numbers",
        "unsubscribe_numbers",
        |params, pending, _, _| async move {
            let (count,): (u64,) = params.parse()?;
            let sink = pending.accept().await?;
            for number in 0..count {
                sink.send(serde_json::value::to_raw_value(&number)?).await?;
            }
            // An end that the server tells would be one more item.
            sink.closed().await;
            Ok::<(), jsonrpsee_core::SubscriptionError>(())
        },
    )?;
    let config = ServerConfig::builder().ws_only().build();
    let server = Server::builder().set_config(config).build_from_tcp(listener.into_std()?)?;
    server.start(module).stopped().await;
    Ok(())
}

pub(super) struct Client(jsonrpsee_core::client::Client);

impl Client {
    pub(super) async fn connect(address: &str) -> Result<Client, Failure> {
        let builder = WsClientBuilder::default().max_buffer_capacity_per_subscription(ALL);
        Ok(Client(builder.build(format!("ws://{address}/")).await?))
    }
}

impl super::Mover for Client {
    async fn go(&mut self, flow: Flow, count: u64) -> Result<(), Failure> {
        match flow {
            Flow::Items => {
                let opened = self.0.subscribe("subscribe_numbers", rpc_params![count], "unsubscribe_numbers");
                let mut numbers = opened.await?;
                for expected in 0..count {
                    let number: u64 = numbers.next().await.ok_or("the stream ended")??;
                    if number != expected {
                        return Err(format!("item {number} instead of {expected}").into());
                    }
                }
                Ok(numbers.unsubscribe().await?)
            }
            Flow::Notifications => {
                for burst in bursts(count) {
                    try_join_all((0..burst).map(|_| self.0.notification("tick", rpc_params![1]))).await?;
                }
                let _: u64 = self.0.request("ticks", rpc_params![0]).await?;
                Ok(())
            }
            Flow::Calls | Flow::Nested => Err("it cannot call back".into()),
        }
    }
}
