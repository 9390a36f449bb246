//! Several endpoints that connect call by call.

#![cfg(all(feature = "http-client", feature = "http-server"))]

use std::time::Duration;

use tinyrpc::client::Connector;
use tinyrpc::client::reconnect::{Backoff, Balance, Reconnect, State};
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::{Client, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::support::{Runs, kind, service, soon};

struct Running {
    url: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(name: &'static str, url: &str, runs: &Runs) -> Self {
        let server = Server::new(service(name, runs).0).bind(url).await.unwrap().with_grace(Duration::ZERO);
        let url = server.endpoints().remove(0);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            server.run_until(stopped).await.unwrap();
        });
        Self { url, stop, task }
    }

    async fn stop(self) -> String {
        let _ = self.stop.send(());
        self.task.await.unwrap();
        self.url
    }
}

fn backoff() -> Backoff {
    Backoff::new().with_first(Duration::from_millis(5)).with_longest(Duration::from_millis(50))
}

async fn who(client: &Client) -> String {
    soon(client.call::<String>("who", ())).await.unwrap()
}

const ANY: &str = "http://127.0.0.1:0/";

#[tokio::test]
async fn failover_moves_on_and_comes_back() {
    let runs = Runs::default();
    let (a, b) = (Running::start("a", ANY, &runs).await, Running::start("b", ANY, &runs).await);
    let urls = [a.url.clone(), b.url.clone()];
    let connector = Connector::new().with_reconnect(backoff());
    let client = connector.connect_any(&urls, Balance::Failover).await.unwrap();
    assert_eq!(who(&client).await, "a");
    let url = a.stop().await;
    for _ in 0..20 {
        // Not even the first is lost: the connection that lay idle is known to be closed, and a new one is refused.
        assert_eq!(who(&client.idempotent()).await, "b");
    }
    let endpoints = client.states().unwrap().endpoints();
    assert!(matches!(&endpoints[0], (first, State::Disconnected { .. }) if *first == url), "{endpoints:?}");
    let a = Running::start("a", &url, &runs).await;
    soon(async {
        while who(&client).await != "a" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert!(client.states().unwrap().endpoints()[0].1.is_connected());
    a.stop().await;
    b.stop().await;
}

#[tokio::test]
async fn calls_spread() {
    let runs = Runs::default();
    let (a, b) = (Running::start("a", ANY, &runs).await, Running::start("b", ANY, &runs).await);
    let client = Connector::new().connect_any([&a.url, &b.url], Balance::LeastLoaded).await.unwrap();
    let mut names = Vec::new();
    for _ in 0..10 {
        names.push(who(&client).await);
    }
    assert_eq!(names.iter().filter(|name| *name == "a").count(), 5, "{names:?}");
    a.stop().await;
    b.stop().await;
}

#[tokio::test]
async fn a_call_waits_for_a_server_that_is_not_there_yet_or_fails_at_once() {
    let runs = Runs::default();
    let url = Running::start("a", ANY, &runs).await.stop().await;
    let client = Connector::new().with_reconnect(backoff()).connect(&url).await.unwrap();
    let waiting = client.clone();
    let waiting = tokio::spawn(async move { waiting.call::<u64>("run", (1,)).await });
    soon(client.states().unwrap().wait_for(|state| matches!(state, State::Disconnected { attempt: 3, .. }))).await;
    let server = Running::start("a", &url, &runs).await;
    assert_eq!(soon(waiting).await.unwrap().unwrap(), 1);
    assert_eq!(runs.of(1), 1);
    let url = server.stop().await;

    let settings = Reconnect::from(backoff()).with_waiting(false);
    let client = Connector::new().with_reconnect(settings).connect(&url).await.unwrap();
    let error = soon(client.call::<u64>("run", (2,))).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::Unreachable);
}

#[cfg(feature = "tcp")]
#[tokio::test]
async fn a_link_that_comes_first_is_tried_before_an_exchange_that_needs_no_connection() {
    let runs = Runs::default();
    let (a, b) = (Running::start("a", "tcp://127.0.0.1:0", &runs).await, Running::start("b", ANY, &runs).await);
    let urls = [a.url.clone(), b.url.clone()];
    let connector = Connector::new().with_reconnect(backoff());
    let client = connector.connect_any(&urls, Balance::Failover).await.unwrap();
    assert_eq!(who(&client).await, "a");
    let lost = tokio::spawn({
        let client = client.clone();
        async move { client.call::<u64>("hold", (1,)).await }
    });
    soon(async {
        while runs.of(1) == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    a.stop().await;
    assert_eq!(kind(&soon(lost).await.unwrap().unwrap_err()), TransportErrorKind::Lost);
    assert_eq!(who(&client).await, "b");
    let client = connector.connect_any(&urls, Balance::Failover).await.unwrap();
    assert_eq!(who(&client).await, "b");
    b.stop().await;
}

/// Reads requests and gives `answer` to each; counts them.
async fn raw(answer: &'static str) -> (String, watch::Receiver<usize>, AbortOnDrop) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (count, counted) = watch::channel(0);
    let task = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            // The request is here when its body's last brace is.
            while !request.ends_with(b"}") {
                if stream.read_buf(&mut request).await.unwrap() == 0 {
                    break;
                }
            }
            count.send_modify(|count| *count += 1);
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, counted, AbortOnDrop(task))
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[tokio::test]
async fn what_may_have_run_is_not_sent_elsewhere() {
    let runs = Runs::default();
    let b = Running::start("b", ANY, &runs).await;
    let (cuts, received, _task) = raw("").await;
    let urls = [cuts, b.url.clone()];
    let connector = Connector::new().with_reconnect(backoff());
    let client = connector.connect_any(&urls, Balance::Failover).await.unwrap();
    let error = soon(client.call::<u64>("run", (1,))).await.unwrap_err();
    assert_eq!((kind(&error), *received.borrow(), runs.of(1)), (TransportErrorKind::Lost, 1, 0));

    let client = connector.connect_any(&urls, Balance::Failover).await.unwrap().idempotent();
    assert_eq!(soon(client.call::<u64>("run", (2,))).await.unwrap(), 2);
    assert!(*received.borrow() > 1);
    assert_eq!(runs.of(2), 1);
    b.stop().await;
}

#[tokio::test]
async fn one_that_refuses_is_passed_over_and_alone_it_is_asked_again_at_once() {
    let runs = Runs::default();
    let b = Running::start("b", ANY, &runs).await;
    let (busy, received, _task) =
        raw("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    let connector = Connector::new().with_reconnect(Backoff::new().with_first(Duration::from_secs(600)));
    let client = connector.connect_any([&busy, &b.url], Balance::Failover).await.unwrap().idempotent();
    let error = soon(client.call::<String>("who", ())).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::Refused);
    assert_eq!(who(&client).await, "b");
    assert_eq!(*received.borrow(), 1);

    let alone = connector.connect(&busy).await.unwrap();
    for _ in 0..3 {
        assert_eq!(kind(&soon(alone.call::<String>("who", ())).await.unwrap_err()), TransportErrorKind::Refused);
    }
    assert_eq!(*received.borrow(), 4);
    b.stop().await;
}
