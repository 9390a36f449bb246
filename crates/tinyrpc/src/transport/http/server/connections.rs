//! The connections of one server: starts them, watches them and ends them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::{Id, JoinSet};

use super::activity::{Activity, Order, Watched};
use super::connection::{self, Common};

/// Dropping it ends all connections.
#[derive(Debug)]
pub(super) struct Connections {
    common: Arc<Common>,
    tasks: JoinSet<()>,
    watched: HashMap<Id, Watched>,
}

impl Connections {
    pub(super) fn new(common: Common) -> Self {
        Self { common: Arc::new(common), tasks: JoinSet::new(), watched: HashMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn start(&mut self, tcp: TcpStream, peer: SocketAddr) {
        let activity = Arc::new(Activity::default());
        let serve = connection::serve(tcp, peer, Arc::clone(&self.common), Arc::clone(&activity));
        let task = self.tasks.spawn(serve).id();
        self.watched.insert(task, Watched::new(activity));
    }

    /// Returns when a connection has ended; never when there is none. Cancel safe.
    pub(super) async fn ended(&mut self) {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => {
                if error.is_panic() {
                    tracing::error!(%error, "a connection failed inside");
                }
                error.id()
            }
            None => return std::future::pending().await,
        };
        self.watched.remove(&id);
    }

    /// Ends the connections whose next request is overdue.
    pub(super) fn check(&mut self, head_timeout: Duration, idle_timeout: Duration) {
        let now = Instant::now();
        for watched in self.watched.values_mut() {
            watched.check(now, head_timeout, idle_timeout);
        }
    }

    /// Lets every connection answer what it has been asked, and end then.
    pub(super) fn finish(&self) {
        for watched in self.watched.values() {
            watched.give(Order::Finish);
        }
    }

    /// Ends all connections and waits until they are gone.
    pub(super) async fn end(mut self) {
        self.tasks.shutdown().await;
    }
}
