//! Servers in memory that can be cut off, and a dialer that does what a test says.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tinyrpc::client::Connector;
use tinyrpc::client::reconnect::{Backoff, Reconnect, State};
use tinyrpc::transport::{Link, TransportError, TransportErrorKind, memory};
use tinyrpc::{CallError, Client, Dispatcher, JsonRpc, Origin, Service};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Fails instead of hanging.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(3_600), future).await.expect("this should not take so long")
}

/// How often a handler ran with which number.
#[derive(Clone, Default)]
pub(crate) struct Runs(Arc<Mutex<HashMap<u64, usize>>>);

impl Runs {
    pub(crate) fn of(&self, number: u64) -> usize {
        self.0.lock().unwrap().get(&number).copied().unwrap_or(0)
    }

    fn add(&self, number: u64) {
        *self.0.lock().unwrap().entry(number).or_default() += 1;
    }
}

/// `run(n)` counts and gives `n`; `hold(n)` counts and does not return before the sender says `true`; `who` gives `name`.
pub(crate) fn service(name: &'static str, runs: &Runs) -> (Service, watch::Sender<bool>) {
    let (open, opened) = watch::channel(false);
    let mut dispatcher = Dispatcher::new();
    let (ran, held) = (runs.clone(), runs.clone());
    dispatcher.register("who", move || name).unwrap();
    dispatcher
        .register("run", move |(number,): (u64,)| {
            ran.add(number);
            number
        })
        .unwrap();
    dispatcher
        .register("hold", move |(number,): (u64,)| {
            held.add(number);
            let mut opened = opened.clone();
            async move {
                if opened.wait_for(|open| *open).await.is_err() {
                    std::future::pending::<()>().await;
                }
                number
            }
        })
        .unwrap();
    (Service::new(JsonRpc::new(), dispatcher), open)
}

/// What happens with an attempt to connect. When nothing is planned, it succeeds.
pub(crate) enum Plan {
    Refuse,
    /// Connects, and is cut before anything goes over it.
    Flap,
    Misuse,
}

/// Makes links to a service.
#[derive(Clone)]
pub(crate) struct Dialer {
    service: Service,
    plans: Arc<Mutex<VecDeque<Plan>>>,
    /// When attempts were made.
    pub(crate) attempts: Arc<Mutex<Vec<Instant>>>,
    serving: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Dialer {
    pub(crate) fn new(service: Service) -> Self {
        Self { service, plans: Arc::default(), attempts: Arc::default(), serving: Arc::default() }
    }

    pub(crate) fn plan(&self, plans: impl IntoIterator<Item = Plan>) {
        self.plans.lock().unwrap().extend(plans);
    }

    pub(crate) async fn connect(&self, settings: impl Into<Reconnect>) -> Result<Client, TransportError> {
        let dialer = self.clone();
        let connector = Connector::new().with_reconnect(settings);
        connector.connect_by(move || std::future::ready(dialer.dial())).await
    }

    fn dial(&self) -> Result<Link, TransportError> {
        self.attempts.lock().unwrap().push(Instant::now());
        let (here, there) = memory::pair(65_536);
        match self.plans.lock().unwrap().pop_front() {
            None => {
                let service = self.service.clone();
                let served = tokio::spawn(async move { service.link(Origin::new("test"), there).await });
                self.serving.lock().unwrap().push(served);
                Ok(here)
            }
            Some(Plan::Flap) => Ok(here),
            Some(Plan::Refuse) => Err(TransportError::new(TransportErrorKind::Unreachable, "nobody listens")),
            Some(Plan::Misuse) => Err(TransportError::new(TransportErrorKind::Setup, "no such address")),
        }
    }

    /// Cuts all links; calls on them are dropped.
    pub(crate) async fn cut(&self) {
        let serving = std::mem::take(&mut *self.serving.lock().unwrap());
        for served in serving {
            served.abort();
            let _ = served.await;
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.attempts.lock().unwrap().len()
    }
}

pub(crate) fn backoff() -> Backoff {
    Backoff::new().with_jitter(0.0)
}

pub(crate) fn kind(error: &CallError) -> TransportErrorKind {
    error.transport_error().unwrap_or_else(|| panic!("{error} is no transport's error")).kind()
}

pub(crate) async fn until(client: &Client, wanted: impl Fn(&State) -> bool) -> State {
    soon(client.states().unwrap().wait_for(wanted)).await.unwrap()
}

/// A call that is under way: its handler has begun.
pub(crate) async fn hold(client: &Client, runs: &Runs, number: u64) -> JoinHandle<Result<u64, CallError>> {
    let (client, before) = (client.clone(), runs.of(number));
    let call = tokio::spawn(async move { client.call("hold", (number,)).await });
    soon(async {
        while runs.of(number) == before {
            tokio::task::yield_now().await;
        }
    })
    .await;
    call
}
