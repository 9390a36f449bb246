//! HTTP/2, by prior knowledge.

use http::{Request, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::support::{ADD, HOLD, Server, THREE, soon, take};

async fn connect(server: &Server) -> SendRequest<Full<Bytes>> {
    let tcp = TcpStream::connect(server.address).await.unwrap();
    let (send, connection) = handshake(TokioExecutor::new(), TokioIo::new(tcp)).await.unwrap();
    tokio::spawn(connection);
    send
}

fn post(body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let body = Full::new(body.into());
    Request::post("http://x/").header("content-type", "application/json").body(body).unwrap()
}

async fn ask(send: &mut SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> (StatusCode, Bytes) {
    let response = soon(send.send_request(request)).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    let status = response.status();
    (status, soon(response.into_body().collect()).await.unwrap().to_bytes())
}

#[tokio::test]
async fn calls_share_a_connection_and_refusals_keep_it() {
    let server = Server::limited(100_000).await;
    let mut client = connect(&server).await;
    assert_eq!(ask(&mut client, post(ADD)).await, (StatusCode::OK, THREE.into()));

    let mut other = client.clone();
    let held = tokio::spawn(async move { ask(&mut other, post(HOLD)).await });
    take(&server.hold.entered).await;
    assert_eq!(ask(&mut client, post(ADD)).await.1, THREE);

    let (status, body) = ask(&mut client, post("x".repeat(200_000))).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(body.starts_with(b"{\"jsonrpc\""));
    assert_eq!(ask(&mut client, post("{")).await.0, StatusCode::OK);
    let get = Request::get("http://x/").body(Full::default()).unwrap();
    assert_eq!(ask(&mut client, get).await.0, StatusCode::METHOD_NOT_ALLOWED);
    let text = Request::post("http://x/").header("content-type", "text/plain").body(Full::from("x")).unwrap();
    assert_eq!(ask(&mut client, text).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    server.hold.leave.add_permits(1);
    assert!(held.await.unwrap().1.ends_with(b"\"held\"}"));
}

#[tokio::test]
async fn a_dropped_request_cancels_its_call_alone() {
    let server = Server::start().await;
    let mut client = connect(&server).await;
    {
        let request = client.send_request(post(HOLD));
        tokio::select! {
            _ = request => panic!("answered without leave"),
            () = take(&server.hold.entered) => {}
        }
    }
    take(&server.hold.cancelled).await;
    assert_eq!(ask(&mut client, post(ADD)).await.1, THREE);
}

#[tokio::test]
async fn a_shutdown_lets_running_calls_finish() {
    let server = Server::start().await;
    let mut client = connect(&server).await;
    let mut other = client.clone();
    let held = tokio::spawn(async move { ask(&mut other, post(HOLD)).await });
    take(&server.hold.entered).await;
    server.trigger.drain();
    server.hold.leave.add_permits(1);
    assert!(held.await.unwrap().1.ends_with(b"\"held\"}"));
    soon(server.task).await.unwrap();
    soon(client.ready()).await.unwrap_err();
}
