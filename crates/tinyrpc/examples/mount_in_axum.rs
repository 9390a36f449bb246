//! Mounts a service in an existing axum application, beside ordinary routes.

use axum::Router;
use axum::routing::get;
use tinyrpc::transport::http::HttpService;
use tinyrpc::{Client, Context, Dispatcher, JsonRpc, MessagePackRpc, Service};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
    dispatcher.register("who", |cx: Context, (): ()| {
        // Handlers find the headers of their request.
        let headers = cx.extension::<http::HeaderMap>();
        headers.and_then(|headers| headers.get("user-agent")?.to_str().ok()).map(str::to_owned)
    })?;
    let service = Service::new(JsonRpc::new(), dispatcher).with_protocol(MessagePackRpc::new());

    let app =
        Router::new().route("/", get(|| async { "an ordinary page" })).route_service("/rpc", HttpService::new(service));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });

    for protocol in ["jsonrpc", "msgpack"] {
        let client = Client::connect(&format!("http://{address}/rpc?protocol={protocol}")).await?;
        let sum: i64 = client.call("add", (1, 2)).await?;
        let who: String = client.call("who", ()).await?;
        println!("{protocol}: 1 + 2 = {sum}, called by {who}");
        assert_eq!(sum, 3);
    }
    Ok(())
}
