//! The service within another server.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::service::Service as _;
use tinyrpc::transport::http::{HttpService, HttpSettings};
use tinyrpc::{Limits, Service};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{ADD, Raw, THREE, User, request, service, soon};

async fn identify(mut request: Request, next: Next) -> axum::response::Response {
    request.extensions_mut().insert(User("alice"));
    request.extensions_mut().insert(SocketAddr::from(([192, 0, 2, 1], 7)));
    next.run(request).await
}

async fn in_axum(service: Service) -> Raw {
    let rpc = HttpService::new(service).with_settings(HttpSettings::new());
    let app =
        Router::new().route_service("/rpc", rpc).route("/hello", get(|| async { "hello" })).layer(from_fn(identify));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    Raw::new(TcpStream::connect(address).await.unwrap())
}

fn post(body: &str) -> Vec<u8> {
    request("POST /rpc HTTP/1.1\r\nHost: x\r\nX-Tenant: blue\r\nContent-Type: application/json", body)
}

#[tokio::test]
async fn axum_routes_to_it() {
    let mut client = in_axum(service().0).await;
    let response = client.ask(post(ADD)).await;
    assert_eq!((response.status, response.body.as_str()), (200, THREE));
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").await.body, "hello");
    assert_eq!(client.ask("GET /rpc HTTP/1.1\r\nHost: x\r\n\r\n").await.status, 405);
    assert_eq!(client.ask(request("POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: a/b", ADD)).await.status, 415);
    assert_eq!(client.ask(post(ADD)).await.body, THREE);
}

#[tokio::test]
async fn handlers_see_what_middleware_found_out() {
    let mut client = in_axum(service().0).await;
    for (call, result) in [
        (r#""header","params":["x-tenant"]"#, r#""blue""#),
        (r#""user""#, r#""alice""#),
        (r#""caller""#, r#""192.0.2.1:7""#),
    ] {
        let response = client.ask(post(&format!(r#"{{"jsonrpc":"2.0","method":{call},"id":1}}"#))).await;
        assert_eq!(response.body, format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#));
    }
}

#[tokio::test]
async fn limits_hold_in_axum_too() {
    let mut client = in_axum(service().0.with_limits(Limits::default().with_message(100))).await;
    assert_eq!(client.ask(post(&"x".repeat(101))).await.status, 413);
    assert_eq!(client.ask(post(ADD)).await.body, THREE);
}

#[tokio::test]
async fn any_body_will_do() {
    let service = HttpService::new(service().0);
    let body = Full::new(Bytes::from_static(ADD.as_bytes()));
    let response = soon(service.call(http::Request::post("/").body(body).unwrap())).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), THREE);
}
