//! Many connections at once with calls in flight, and replies in reversed order.

use std::time::Duration;

use tinyrpc::Dispatcher;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::support::{Running, adds, soon};

/// Thousands of calls take their time on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(300);

/// Each with a socket at either end, as many as the system lets this process have, at most.
fn connections(wanted: usize) -> usize {
    let open_files = std::fs::read_to_string("/proc/self/limits").ok().and_then(|limits| {
        let line = limits.lines().find(|line| line.starts_with("Max open files"))?.to_owned();
        line.split_whitespace().nth(3)?.parse::<usize>().ok()
    });
    wanted.min(open_files.unwrap_or(1_024).saturating_sub(200) / 2)
}

/// A folder of a test's own, removed in the end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tinyrpc-links-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// An endpoint of each kind.
    fn urls(&self) -> Vec<String> {
        let mut urls = vec!["tcp://127.0.0.1:0".to_owned(), "ws://127.0.0.1:0/".to_owned()];
        if cfg!(unix) {
            urls.push(format!("unix://{}", self.0.join("socket").display()));
        }
        urls
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left there is not worth a failure.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A method whose calls return when so many have come.
fn meeting(calls: usize) -> (Dispatcher, watch::Sender<usize>) {
    let arrived = watch::Sender::new(0_usize);
    let mut dispatcher = Dispatcher::new();
    let all = arrived.clone();
    dispatcher
        .register("meet", move |(number,): (usize,)| {
            let mut seen = all.subscribe();
            all.send_modify(|arrived| *arrived += 1);
            async move {
                seen.wait_for(|arrived| *arrived >= calls).await.expect("the sender lives");
                number
            }
        })
        .unwrap();
    (dispatcher, arrived)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_connections_with_calls_in_flight() {
    let count = connections(1_000);
    let folder = Folder::new("thousand");
    // One after the other, because each needs most of the sockets that there are.
    for url in folder.urls() {
        let (dispatcher, arrived) = meeting(2 * count);
        let server = Running::serve(&url, "jsonrpc", dispatcher).await;
        // All are there before the first call waits, however long that takes.
        let mut connected = Vec::with_capacity(count);
        for _ in 0..count {
            connected.push(server.client().await.with_timeout(PATIENCE));
        }
        let mut clients = JoinSet::new();
        for (number, client) in connected.into_iter().enumerate() {
            clients.spawn(async move {
                let calls = client.call_all::<usize, _>([("meet", (number,)), ("meet", (number + 1,))]);
                let results = calls.await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
                assert_eq!(results, [number, number + 1]);
                client.close().await;
            });
        }
        while let Some(ended) = clients.join_next().await {
            ended.unwrap();
        }
        assert_eq!(*arrived.borrow(), 2 * count, "{url}");
        println!("{url}: {count} connections");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_in_reversed_order() {
    const TURNS: usize = 100;
    for protocol in ["jsonrpc", "msgpack"] {
        let folder = Folder::new(protocol);
        for url in folder.urls() {
            let server = Running::start(&url, protocol, TURNS).await;
            let client = server.client().await;
            // Each call ends only when all that were made after it have.
            let calls = (1..=TURNS).map(|number| ("turn", (number,)));
            let turns = soon(client.call_all::<usize, _>(calls)).await;
            assert_eq!(turns.into_iter().map(Result::unwrap).collect::<Vec<_>>(), (1..=TURNS).collect::<Vec<_>>());
            adds(&client).await;
            soon(client.close()).await;
        }
    }
}
