//! Servers that are not there, go away, or come back.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tinyrpc::peer::PeerSettings;
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::zmq::{ZmqClient, ZmqSettings};
use tinyrpc::{CallError, Client, Dispatcher, JsonRpc, Limits, Server, Service};
use tokio::task::JoinSet;

use crate::support::{Running, TCP, Watch, bind, soon};

fn kind(error: &CallError) -> Option<TransportErrorKind> {
    Some(error.transport_error()?.kind())
}

/// A URL where nobody listens.
async fn nobody() -> String {
    let server = Running::start(TCP).await;
    let url = server.url.clone();
    server.end().await;
    url
}

async fn impatient(url: &str) -> Client {
    let link = ZmqClient::new(url).with_connect_timeout(Duration::from_millis(300)).link().await.unwrap();
    Client::over_with(link, Arc::new(JsonRpc::new()), Limits::default(), PeerSettings::new())
}

#[tokio::test]
async fn nobody_listens() {
    let url = nobody().await;
    let client = impatient(&url).await;
    for _ in 0..2 {
        let error = soon(client.call::<i64>("add", (1, 2))).await.unwrap_err();
        assert_eq!(kind(&error), Some(TransportErrorKind::Unreachable), "{error}");
        assert!(error.is_unsent());
        assert!(error.to_string().contains(&url), "{error}");
        let error = soon(client.notify("add", (1, 2))).await.unwrap_err();
        assert!(error.is_unsent(), "{error}");
    }
    // Its own time may be up before that.
    let client = Client::connect(&url).await.unwrap().with_timeout(Duration::from_millis(50));
    assert!(client.call::<i64>("add", (1, 2)).await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_server_that_comes_later_gets_what_waits_and_nothing_that_was_given_up() {
    let url = nobody().await;
    let client = Client::connect(&url).await.unwrap();
    let short = client.clone().with_timeout(Duration::from_millis(50));
    assert!(short.call::<i64>("never", ()).await.unwrap_err().is_timeout());
    assert!(short.notify("never", ()).await.unwrap_err().is_timeout());
    let waiting = tokio::spawn(async move { client.call::<i64>("add", (1, 2)).await });
    let server = Running::start(&url).await;
    assert_eq!(soon(waiting).await.unwrap().unwrap(), 3);
    let began = tokio::time::timeout(Duration::from_millis(50), server.watch.began.notified()).await;
    assert!(began.is_err(), "a call that was given up has been run");
    server.end().await;
}

/// Ends a server at once, as a crash would: its runtime goes with it.
fn crash(server: Crashing) -> String {
    drop(server.stop);
    server.thread.join().unwrap();
    server.url
}

struct Crashing {
    url: String,
    stop: std::sync::mpsc::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

/// A server on a runtime of its own.
fn start_elsewhere(url: &str) -> Crashing {
    let (started, starting) = std::sync::mpsc::channel();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let url = url.to_owned();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = runtime.block_on(Running::start(&url));
        started.send(server.url.clone()).unwrap();
        let _ = stopped.recv();
        runtime.shutdown_background();
    });
    Crashing { url: starting.recv().unwrap(), stop, thread }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_under_way_are_lost_with_the_server_and_the_next_ones_reach_its_successor() {
    let mut server = start_elsewhere(TCP);
    let client = Client::connect(&server.url).await.unwrap();
    for _ in 0..3 {
        let never = tokio::spawn({
            let client = client.clone();
            async move { client.call::<()>("never", ()).await }
        });
        // Answered after the first has been sent.
        assert_eq!(soon(client.call::<i64>("add", (1, 2))).await.unwrap(), 3);
        let url = crash(server);
        let error = soon(never).await.unwrap().unwrap_err();
        assert_eq!(kind(&error), Some(TransportErrorKind::Lost), "{error}");
        assert!(error.to_string().contains(&url), "{error}");
        let waiting = tokio::spawn({
            let client = client.clone();
            async move { client.call::<i64>("add", (2, 3)).await }
        });
        server = start_elsewhere(&url);
        assert_eq!(soon(waiting).await.unwrap().unwrap(), 5);
    }
    crash(server);
}

#[tokio::test]
async fn a_server_that_stops_answers_what_runs_and_refuses_what_comes() {
    let server = Running::start(TCP).await;
    let (client, watch) = (server.client().await, server.watch.clone());
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.call::<i64>("wait", (5,)).await }
    });
    soon(watch.began.notified()).await;
    let ended = server.stop();
    let refused = loop {
        match soon(client.call::<i64>("add", (1, 2))).await {
            Ok(_) => tokio::task::yield_now().await,
            Err(error) => break error,
        }
    };
    assert_eq!(refused.rpc_error().map(|error| error.code()), Some(-32001), "{refused}");
    // Notifications still run, and this one lets the call end.
    client.notify("open", ()).await.unwrap();
    assert_eq!(soon(waiting).await.unwrap().unwrap(), 5);
    soon(ended).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_was_handed_over_is_sent_though_the_client_goes() {
    let server = Running::start(TCP).await;
    for _ in 0..20 {
        let client = server.client().await;
        client.notify("wait", (1,)).await.unwrap();
        drop(client);
        soon(server.watch.began.notified()).await;
        server.client().await.call::<()>("open", ()).await.unwrap();
    }
    server.end().await;
}

#[tokio::test]
async fn a_reply_that_is_too_long_is_said_to_be() {
    let server = Running::start(TCP).await;
    let link = ZmqClient::new(&server.url).with_max_message(50_000).link().await.unwrap();
    let client = Client::over(link, JsonRpc::new());
    let error = soon(client.call::<String>("repeat", ("0123456789", 100_000))).await.unwrap_err();
    assert_eq!(kind(&error), Some(TransportErrorKind::Lost), "{error}");
    assert_eq!(soon(client.call::<i64>("add", (1, 2))).await.unwrap(), 3);
    server.end().await;
}

/// What the callers of a service know of their calls.
#[derive(Default)]
struct Told {
    lost: HashSet<u64>,
    /// Calls that ran when their caller had been told already that they are lost.
    late: Vec<u64>,
}

/// A server whose `run(key)` tells when it runs too late.
async fn telling(url: &str, told: &Arc<Mutex<Told>>) -> Running {
    let told = Arc::clone(told);
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register("run", move |(key,): (u64,)| {
            let mut told = told.lock().unwrap();
            if told.lost.contains(&key) {
                told.late.push(key);
            }
        })
        .unwrap();
    let service = Service::new(JsonRpc::new(), dispatcher);
    let transport = bind(url, ZmqSettings::new()).await;
    Running::run(Server::new(service).with_transport(transport), Watch::default())
}

/// On one thread, where it is certain what has been noticed when a call is handed over.
#[tokio::test]
async fn a_call_that_is_lost_is_not_run_by_the_next_server() {
    let told = Arc::<Mutex<Told>>::default();
    let mut server = telling(TCP, &told).await;
    let url = server.url.clone();
    let client = Client::connect(&url).await.unwrap();
    let mut key = 0;
    for _ in 0..20 {
        let again = tokio::spawn({
            let (url, told) = (url.clone(), Arc::clone(&told));
            async move {
                server.abort().await;
                telling(&url, &told).await
            }
        });
        // Calls are made all the time, whether others are answered or not.
        let mut calls = JoinSet::new();
        while !again.is_finished() {
            key += 1;
            let (client, told) = (client.clone(), Arc::clone(&told));
            calls.spawn(async move {
                if let Err(error) = client.call::<()>("run", (key,)).await {
                    assert_eq!(kind(&error), Some(TransportErrorKind::Lost), "{error}");
                    told.lock().unwrap().lost.insert(key);
                }
            });
            tokio::task::yield_now().await;
        }
        server = again.await.unwrap();
        while let Some(ended) = soon(calls.join_next()).await {
            ended.unwrap();
        }
        soon(client.call::<()>("run", (0,))).await.unwrap();
        let late = std::mem::take(&mut told.lock().unwrap().late);
        assert!(late.is_empty(), "{} calls were run when they had been lost", late.len());
    }
    assert!(told.lock().unwrap().lost.len() > 20, "too little was lost");
    drop(client);
    server.end().await;
}
