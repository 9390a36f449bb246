//! Several endpoints, in memory: which one a call goes to.

use std::collections::HashMap;
use std::time::Duration;

use tinyrpc::client::Connector;
use tinyrpc::client::reconnect::{Balance, State};
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::{Client, Server};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::{Runs, backoff, kind, service, soon};

/// A server that is killed rather than stopped.
struct Running {
    url: String,
    open: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(name: &'static str, test: &str, runs: &Runs) -> Self {
        let url = format!("inproc://{test}-{name}");
        let (service, open) = service(name, runs);
        let server = Server::new(service).bind(&url).await.unwrap();
        let task = tokio::spawn(async move { server.run().await.unwrap() });
        Self { url, open, task }
    }

    async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

async fn who(client: &Client) -> String {
    soon(client.call::<String>("who", ())).await.unwrap()
}

fn states(client: &Client) -> Vec<State> {
    client.states().unwrap().endpoints().into_iter().map(|(_, state)| state).collect()
}

#[tokio::test(start_paused = true)]
async fn failover_takes_the_first_that_is_well_and_comes_back() {
    let runs = Runs::default();
    let test = "failover";
    let (a, b) = (Running::start("a", test, &runs).await, Running::start("b", test, &runs).await);
    let urls = [a.url.clone(), b.url.clone(), "inproc://failover-c".to_owned()];
    let client = Connector::new().with_reconnect(backoff()).connect_any(&urls, Balance::Failover).await.unwrap();
    assert_eq!(who(&client).await, "a");
    assert_eq!(states(&client)[1..], [State::Standby, State::Standby]);

    a.kill().await;
    assert_eq!(who(&client).await, "b");
    assert_eq!(states(&client)[2], State::Standby, "it was not needed");
    let a = Running::start("a", test, &runs).await;
    soon(async {
        while who(&client).await != "a" {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;

    a.kill().await;
    b.kill().await;
    let error = client.clone().with_timeout(Duration::from_secs(5)).call::<String>("who", ()).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::Unreachable);
    let c = Running::start("c", test, &runs).await;
    assert_eq!(who(&client).await, "c");
    c.kill().await;
}

#[tokio::test(start_paused = true)]
async fn failover_begins_with_the_first_that_can_be_reached() {
    let runs = Runs::default();
    let b = Running::start("b", "begins", &runs).await;
    let urls = ["inproc://begins-a".to_owned(), b.url.clone()];
    let connector = Connector::new().with_reconnect(backoff());
    let client = connector.connect_any(&urls, Balance::Failover).await.unwrap();
    assert_eq!(who(&client).await, "b");
    b.kill().await;
    let error = connector.connect_any(&urls, Balance::LeastLoaded).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn calls_go_where_the_fewest_are_under_way() {
    let (runs, mut running) = (Runs::default(), Vec::new());
    for name in ["a", "b", "c"] {
        running.push(Running::start(name, "least", &runs).await);
    }
    let urls: Vec<_> = running.iter().map(|server| server.url.clone()).collect();
    let client = Connector::new().connect_any(&urls, Balance::LeastLoaded).await.unwrap();
    client.states().unwrap().wait_for(|_| states(&client).iter().all(State::is_connected)).await.unwrap();

    // One after the other: they take turns.
    let mut counts = HashMap::<String, usize>::new();
    for _ in 0..30 {
        *counts.entry(who(&client).await).or_default() += 1;
    }
    assert_eq!(counts.values().collect::<Vec<_>>(), [&10, &10, &10]);

    // Calls that are held up spread evenly, and go on where they are let go.
    let held: Vec<_> = (0..30)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move { client.call::<u64>("hold", (number,)).await })
        })
        .collect();
    soon(async {
        while (0..30).map(|number| runs.of(number)).sum::<usize>() < 30 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    running[1].open.send_replace(true);
    let mut ended = 0;
    soon(async {
        while ended != 10 {
            tokio::task::yield_now().await;
            ended = held.iter().filter(|call| call.is_finished()).count();
            assert!(ended <= 10, "{ended} calls went to one of three");
        }
    })
    .await;
    for _ in 0..9 {
        assert_eq!(who(&client).await, "b", "the others have ten calls under way");
    }
    for server in &running {
        server.open.send_replace(true);
    }
    for call in held {
        soon(call).await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn one_of_several_that_dies_costs_its_own_calls_only() {
    let (runs, mut running) = (Runs::default(), Vec::new());
    for name in ["a", "b"] {
        running.push(Running::start(name, "dies", &runs).await);
    }
    let urls: Vec<_> = running.iter().map(|server| server.url.clone()).collect();
    let client = Connector::new().connect_any(&urls, Balance::LeastLoaded).await.unwrap();
    client.states().unwrap().wait_for(|_| states(&client).iter().all(State::is_connected)).await.unwrap();
    let calls: Vec<_> = (0..20)
        .map(|number| {
            let client = if number % 4 < 2 { client.clone() } else { client.idempotent() };
            tokio::spawn(async move { client.call::<u64>("hold", (number,)).await })
        })
        .collect();
    soon(async {
        while (0..20).map(|number| runs.of(number)).sum::<usize>() < 20 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    running.remove(0).kill().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    running[0].open.send_replace(true);
    let (mut lost, mut again) = (0, 0);
    for (number, call) in (0_u64..).zip(calls) {
        match soon(call).await.unwrap() {
            Ok(_) if runs.of(number) == 2 => again += 1,
            Ok(_) => assert_eq!(runs.of(number), 1),
            Err(error) => {
                assert_eq!((kind(&error), runs.of(number)), (TransportErrorKind::Lost, 1));
                assert!(number % 4 < 2, "an idempotent call is made again");
                lost += 1;
            }
        }
    }
    assert_eq!(lost + again, 10);
    assert!(lost > 0 && again > 0, "{lost} lost, {again} made again");
    for _ in 0..5 {
        assert_eq!(who(&client).await, "b");
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_never_answers_is_passed_over_for_a_while() {
    let runs = Runs::default();
    let (a, b) = (Running::start("a", "silent", &runs).await, Running::start("b", "silent", &runs).await);
    b.open.send_replace(true);
    let urls = [a.url.clone(), b.url.clone()];
    let client = Connector::new().with_reconnect(backoff()).connect_any(&urls, Balance::Failover).await.unwrap();
    let hasty = client.with_timeout(Duration::from_millis(20));
    for number in 0..3 {
        assert!(hasty.call::<u64>("hold", (number,)).await.unwrap_err().is_timeout());
    }
    assert_eq!(who(&hasty).await, "b");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(who(&hasty).await, "a");
}
