//! A server that is cut off and restarted under load: every call ends, once, and runs as often as its end says.

#![cfg(feature = "tcp")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tinyrpc::client::Connector;
use tinyrpc::client::reconnect::{Backoff, Balance};
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::stream::TcpServer;
use tinyrpc::{Client, Server};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use crate::proxy::{Mode, Proxy};
use crate::support::{Runs, kind, service, soon};

const TASKS: u64 = 8;
const CALLS: u64 = 250;

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(name: &'static str, runs: &Runs) -> Self {
        let (service, _open) = service(name, runs);
        let server = Server::new(service).bind("tcp://127.0.0.1:0").await.unwrap().with_grace(Duration::ZERO);
        let address = server.endpoints()[0].strip_prefix("tcp://").unwrap().parse().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            server.run_until(stopped).await.unwrap();
        });
        Self { address, stop, task }
    }

    async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.unwrap();
    }
}

fn backoff() -> Backoff {
    Backoff::new().with_first(Duration::from_millis(1)).with_longest(Duration::from_millis(20)).with_seed(1)
}

/// Makes many calls, every second one idempotent, and checks how each ended. Each end is told.
async fn load(client: Client, runs: Runs, told: mpsc::UnboundedSender<()>) -> [usize; 3] {
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (client, runs, told) = (client.clone(), runs.clone(), told.clone());
        tasks.spawn(async move {
            let mut ends = [0; 3];
            for call in 0..CALLS {
                let number = task * CALLS + call;
                let idempotent = call % 2 == 0;
                let client = if idempotent { client.idempotent() } else { client.clone() };
                let end = client.call::<u64>("run", (number,)).await;
                let ran = runs.of(number);
                assert!(ran <= 1 || idempotent, "call {number} ran {ran} times");
                match end {
                    Ok(result) => {
                        assert_eq!(result, number);
                        assert!(ran >= 1);
                        ends[0] += 1;
                    }
                    Err(error) => {
                        assert!(!idempotent, "call {number} may be made again: {error}");
                        assert_eq!(kind(&error), TransportErrorKind::Lost, "{error}");
                        ends[1 + ran] += 1;
                    }
                }
                told.send(()).unwrap();
            }
            ends
        });
    }
    let mut sum = [0; 3];
    while let Some(ends) = tasks.join_next().await {
        for (sum, end) in sum.iter_mut().zip(ends.unwrap()) {
            *sum += end;
        }
    }
    sum
}

#[tokio::test]
async fn no_call_runs_twice_or_hangs_while_its_server_comes_and_goes() {
    let runs = Runs::default();
    let mut server = Running::start("a", &runs).await;
    let proxy = Arc::new(Proxy::start(Mode::Forward(server.address), 4_000, 11).await);
    let connector = Connector::new().with_reconnect(backoff());
    let client = connector.connect(&format!("tcp://{}", proxy.address)).await.unwrap();
    let (told, mut ended) = mpsc::unbounded_channel();
    let load = tokio::spawn(load(client, runs.clone(), told));

    let (mut count, mut next, mut restarts) = (0, 100, 0);
    while soon(ended.recv()).await.is_some() {
        count += 1;
        if count < next {
            continue;
        }
        next += 100;
        if proxy.random(3) == 0 {
            proxy.switch(Mode::Refuse);
            server.stop().await;
            server = Running::start("a", &runs).await;
            restarts += 1;
        }
        proxy.switch(Mode::Forward(server.address));
    }
    let [good, lost, lost_after] = soon(load).await.unwrap();
    assert_eq!(good + lost + lost_after, usize::try_from(TASKS * CALLS).unwrap());
    assert!(good > 1_000, "{good} good, {lost} lost before and {lost_after} after they ran");
    assert!(lost + lost_after > 0 && restarts > 2, "{lost} + {lost_after} lost, {restarts} restarts: too few faults");
    server.stop().await;
}

#[tokio::test]
async fn calls_move_to_the_endpoint_that_holds() {
    for balance in [Balance::Failover, Balance::LeastLoaded] {
        let runs = Runs::default();
        let (a, b) = (Running::start("a", &runs).await, Running::start("b", &runs).await);
        let flapping = Proxy::start(Mode::Forward(a.address), 600, 5).await;
        let urls = [format!("tcp://{}", flapping.address), format!("tcp://{}", b.address)];
        let client = Connector::new().with_reconnect(backoff()).connect_any(&urls, balance).await.unwrap();
        let (told, _ended) = mpsc::unbounded_channel();
        let [good, lost, lost_after] = soon(load(client, runs.clone(), told)).await;
        assert!(good > 1_500, "{balance:?}: {good} good, {lost} + {lost_after} lost");
        a.stop().await;
        b.stop().await;
    }
}

/// Nobody listens for a while: the port is closed.
#[tokio::test]
async fn a_server_that_starts_late_or_again_is_found() {
    let runs = Runs::default();
    let first = TcpServer::bind("127.0.0.1:0").await.unwrap();
    let url = tinyrpc::transport::ServerTransport::endpoint(&first);
    drop(first);
    let connector =
        Connector::new().with_reconnect(tinyrpc::client::reconnect::Reconnect::from(backoff()).with_lazy_start(true));
    let client = connector.connect(&url).await.unwrap();
    let early = client.clone();
    let early = tokio::spawn(async move { early.call::<u64>("run", (1,)).await });
    for number in 2..4 {
        let server = Server::new(service("a", &runs).0).bind(&url).await.unwrap().with_grace(Duration::ZERO);
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.run_until(async {
            let _ = stopped.await;
        }));
        assert_eq!(soon(client.call::<u64>("run", (number,))).await.unwrap(), number);
        drop(stop);
        soon(task).await.unwrap().unwrap();
    }
    assert_eq!(soon(early).await.unwrap().unwrap(), 1);
    assert_eq!((runs.of(1), runs.of(2), runs.of(3)), (1, 1, 1));
}
