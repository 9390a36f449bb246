//! A service on an endpoint of any kind, and clients of it.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tinyrpc::client::Connector;
use tinyrpc::{Client, Dispatcher, JsonRpc, RpcError, Server, Service, protocol_named};
use tokio::sync::{oneshot, watch};

/// Fails instead of hanging.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("this should not take so long")
}

/// An endpoint that is served until this is dropped.
pub(crate) struct Running {
    pub(crate) url: String,
    protocol: &'static str,
    _stop: oneshot::Sender<()>,
}

impl Running {
    /// Serves `add`, `echo`, `fail`, and `turn`, whose calls return in reversed order, from `turns` to 1.
    pub(crate) async fn start(url: &str, protocol: &'static str, turns: usize) -> Self {
        let mut dispatcher = Dispatcher::new();
        let turn = watch::Sender::new(turns);
        dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
        dispatcher.register("echo", |(text,): (String,)| text).unwrap();
        dispatcher.register("fail", |(): ()| Err::<(), _>(RpcError::new(99, "no"))).unwrap();
        dispatcher
            .register("turn", move |(number,): (usize,)| {
                let turn = turn.clone();
                async move {
                    turn.subscribe().wait_for(|now| *now == number).await.expect("the sender lives");
                    turn.send_modify(|now| *now -= 1);
                    number
                }
            })
            .unwrap();
        Self::serve(url, protocol, dispatcher).await
    }

    pub(crate) async fn serve(url: &str, protocol: &'static str, dispatcher: Dispatcher) -> Self {
        let service = Service::new(JsonRpc::new(), dispatcher).speaking(protocol_named(protocol).unwrap());
        let server = Server::new(service).bind(url).await.unwrap();
        let url = server.endpoints().concat();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run_until(async { drop(stopped.await) }));
        Self { url, protocol, _stop: stop }
    }

    /// Where it listens, if that is a port.
    pub(crate) fn address(&self) -> SocketAddr {
        let (_, rest) = self.url.split_once("://").unwrap();
        rest.split(['/', '?']).next().unwrap().parse().unwrap()
    }

    pub(crate) fn connector(&self) -> Connector {
        Connector::new().with_protocol(protocol_named(self.protocol).unwrap())
    }

    pub(crate) async fn client(&self) -> Client {
        soon(self.connector().connect(&self.url)).await.unwrap()
    }

    /// The URL of what stands between it and its clients.
    pub(crate) fn by_way_of(&self, address: SocketAddr) -> String {
        self.url.replace(&self.address().to_string(), &address.to_string())
    }
}

pub(crate) async fn adds(client: &Client) {
    assert_eq!(soon(client.call::<i64>("add", (1, 2))).await.unwrap(), 3);
}
