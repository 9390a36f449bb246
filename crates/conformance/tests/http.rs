//! HTTP passes the suite, in both versions.

use tinyrpc::transport::TransportError;
use tinyrpc::transport::http::{HttpClient, HttpServer};
use tinyrpc::{Server, Service};

async fn serve(service: Service) -> Result<HttpClient, TransportError> {
    let server = Server::new(service).with_transport(HttpServer::bind("127.0.0.1:0").await?);
    let client = HttpClient::new(&server.endpoints()[0])?;
    tokio::spawn(server.run());
    Ok(client)
}

#[tokio::test]
async fn http_1() {
    tinyrpc_conformance::exchange(async |service| serve(service).await.expect("a loopback port is free")).await;
}

#[tokio::test]
async fn http_2() {
    tinyrpc_conformance::exchange(async |service| serve(service).await.expect("a loopback port is free").with_http2())
        .await;
}
