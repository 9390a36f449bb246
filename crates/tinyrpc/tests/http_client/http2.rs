//! HTTP/2 without negotiation.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tinyrpc::transport::http::HttpClient;
use tinyrpc::transport::{ClientTransport, TransportErrorKind};
use tokio::net::TcpListener;

use crate::raw::{Server, call, settle, text, within};

async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!(request.uri().path(), "/rpc");
    assert_eq!(request.headers()["content-type"], "application/json");
    assert!(!request.headers().contains_key("host"));
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    Ok(Response::new(Full::new(body)))
}

#[tokio::test]
async fn calls_at_once_share_a_connection_and_a_broken_one_is_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let client = HttpClient::new(&format!("http://{}/rpc", listener.local_addr().expect("bound"))).expect("a good URL");
    let client = client.with_http2();
    let connection = async || {
        let stream = listener.accept().await.expect("accept").0;
        http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service_fn(echo)).await
    };
    within(async {
        for _ in 0..2 {
            let calls = (0..50).map(|n| {
                let client = &client;
                async move { assert_eq!(text(client.exchange(call(&n.to_string())).await), n.to_string()) }
            });
            tokio::select! {
                _ = futures_util::future::join_all(calls) => {}
                ended = connection() => panic!("one connection is enough: {ended:?}"),
            }
            // The server's end has been dropped.
            settle().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_of_http_1_is_told_apart() {
    let server = Server::bind().await;
    let client = server.client().with_http2();
    let serve = async {
        let mut connection = server.accept().await;
        connection.fill().await;
        connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        connection
    };
    let (reply, _connection) = within(async { tokio::join!(client.exchange(call("?")), serve) }).await;
    let error = reply.expect_err("no HTTP/2");
    assert_eq!(error.kind(), TransportErrorKind::Invalid, "{error:?}");
}
