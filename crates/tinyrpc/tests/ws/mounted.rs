//! The service within another server.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use tinyrpc::transport::Shutdown;
use tinyrpc::transport::ws::WsService;
use tinyrpc::{Client, JsonRpc, Service};
use tokio::net::TcpListener;

use crate::support::{dispatcher, soon};

async fn identify(mut request: Request, next: Next) -> axum::response::Response {
    request.extensions_mut().insert(SocketAddr::from(([192, 0, 2, 1], 7)));
    next.run(request).await
}

#[tokio::test]
async fn axum_routes_to_it() {
    let (trigger, shutdown) = Shutdown::new();
    let rpc = WsService::new(Service::new(JsonRpc::new(), dispatcher().0)).with_shutdown(shutdown);
    let app =
        Router::new().route_service("/rpc", rpc).route("/hello", get(|| async { "hello" })).layer(from_fn(identify));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });

    assert!(soon(Client::connect(&format!("ws://{address}/hello"))).await.is_err());
    let client = soon(Client::connect(&format!("ws://{address}/rpc"))).await.unwrap();
    assert_eq!(soon(client.call::<i64>("add", (1, 2))).await.unwrap(), 3);
    assert_eq!(soon(client.call::<String>("caller", ())).await.unwrap(), "192.0.2.1:7");
    trigger.drain();
    // The connection is closed, sooner or later; a call then fails instead of waiting.
    soon(async { while client.call::<i64>("add", (1, 2)).await.is_ok() {} }).await;
}
