//! Stands between clients and a server, and does to each connection what its plan says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::media::{Listener, Place, Stream};
use crate::plan::{Fault, Plan, Way};

/// How long a connection waits to be overtaken, when no other one comes.
const OVERTAKEN_WITHIN: Duration = Duration::from_millis(10);

pub(crate) struct Proxy {
    pub(crate) place: Place,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    to: Place,
    seed: u64,
    shorter: u64,
    calm: AtomicBool,
    /// How many connections have come to the server.
    arrived: watch::Sender<u64>,
    open: watch::Sender<usize>,
    /// Connections that were cut, truncated, half closed, stalled, overtaken by another one.
    done: [AtomicU64; 5],
}

impl Proxy {
    /// A proxy to what listens at a place, for messages so many times shorter than those of JSON-RPC.
    pub(crate) async fn start(to: Place, seed: u64, shorter: u64) -> Self {
        let (place, listener) = to.listen_beside().await;
        let shared = Arc::new(Shared {
            to,
            seed,
            shorter,
            calm: AtomicBool::new(false),
            arrived: watch::Sender::new(0),
            open: watch::Sender::new(0),
            done: Default::default(),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { place, shared, task }
    }

    /// Whether the connections from now on are left in peace.
    pub(crate) fn calm(&self, yes: bool) {
        self.shared.calm.store(yes, Ordering::SeqCst);
    }

    /// How many connections there are.
    pub(crate) fn open(&self) -> watch::Receiver<usize> {
        self.shared.open.subscribe()
    }

    /// How many connections were cut, truncated, half closed, stalled, and overtaken by another one.
    pub(crate) fn done(&self) -> [u64; 5] {
        [0, 1, 2, 3, 4].map(|index| self.shared.done[index].load(Ordering::SeqCst))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.place.leave();
    }
}

async fn accept(listener: Listener, shared: Arc<Shared>) {
    let (mut connections, mut number) = (JoinSet::new(), 0);
    loop {
        tokio::select! {
            client = listener.accept() => {
                let plan = match shared.calm.load(Ordering::SeqCst) {
                    true => Plan::calm(),
                    false => Plan::of(shared.seed, number, shared.shorter),
                };
                number += 1;
                shared.open.send_modify(|open| *open += 1);
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    relay(client, plan, &shared).await;
                    shared.open.send_modify(|open| *open -= 1);
                });
            }
            Some(ended) = connections.join_next() => ended.unwrap(),
        }
    }
}

/// How the way of the bytes in one direction ended.
enum End {
    /// Its sender was done, or its receiver gone; the receiver knows.
    Over,
    Cut,
    Truncated,
}

async fn relay(mut client: Box<dyn Stream>, plan: Plan, shared: &Shared) {
    if plan.overtaken {
        let mut arrived = shared.arrived.subscribe();
        let before = *arrived.borrow_and_update();
        if timeout(OVERTAKEN_WITHIN, arrived.wait_for(|count| *count > before)).await.is_ok() {
            shared.done[4].fetch_add(1, Ordering::SeqCst);
        }
    }
    let Ok(mut server) = shared.to.connect().await else { return };
    shared.arrived.send_modify(|count| *count += 1);
    let end = {
        let (mut from_client, mut to_client) = split(&mut client);
        let (mut from_server, mut to_server) = split(&mut server);
        let mut up = std::pin::pin!(pump(&mut from_client, &mut to_server, plan.up, &shared.done));
        let mut down = std::pin::pin!(pump(&mut from_server, &mut to_client, plan.down, &shared.done));
        tokio::select! {
            end = &mut up => match end {
                End::Over => down.await,
                broken => broken,
            },
            end = &mut down => match end {
                End::Over => up.await,
                broken => broken,
            },
        }
    };
    match end {
        End::Over => {}
        End::Cut => {
            client.reset();
            server.reset();
        }
        End::Truncated => {
            let _ = tokio::join!(client.shutdown(), server.shutdown());
            // Reading on keeps the system from resetting the connection, which could lose what was let through.
            let rest = async { tokio::join!(swallow(&mut client), swallow(&mut server)) };
            let _ = timeout(Duration::from_millis(100), rest).await;
        }
    }
}

async fn pump(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    mut way: Way,
    done: &[AtomicU64; 5],
) -> End {
    let mut bytes = vec![0; way.piece];
    while way.after > 0 {
        let most = usize::try_from(way.after).unwrap_or(usize::MAX).min(way.piece);
        let count = from.read(&mut bytes[..most]).await.unwrap_or(0);
        if count == 0 {
            let _ = to.shutdown().await;
            return End::Over;
        }
        if let Some(delay) = way.delay() {
            sleep(delay).await;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return End::Over;
        }
        way.after -= count as u64;
    }
    let count = |index: usize| done[index].fetch_add(1, Ordering::SeqCst);
    match way.fault {
        // It has no end.
        Fault::None => End::Over,
        Fault::Cut => {
            count(0);
            End::Cut
        }
        Fault::Truncate => {
            count(1);
            End::Truncated
        }
        Fault::HalfClose => {
            count(2);
            let _ = to.shutdown().await;
            swallow(from).await;
            End::Over
        }
        Fault::Stall(time) => {
            count(3);
            sleep(time).await;
            End::Cut
        }
    }
}

async fn swallow(from: &mut (impl AsyncRead + Unpin)) {
    let mut bytes = [0; 1_024];
    while from.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
}
