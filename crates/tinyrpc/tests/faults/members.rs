//! The clients: some connect again by themselves, others are made anew whenever their connection is gone.

use std::sync::Mutex;
use std::time::Duration;

use tinyrpc::Client;
use tinyrpc::client::Connector;
use tinyrpc::client::reconnect::{Backoff, Reconnect};

/// How long a call may take, unless it is meant to run out of time.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct Member {
    pub(crate) id: usize,
    url: String,
    connector: Connector,
    kind: Kind,
}

enum Kind {
    Kept(Client),
    Plain(Mutex<Plain>),
}

#[derive(Default)]
struct Plain {
    client: Option<Client>,
    generation: u64,
}

impl Member {
    pub(crate) async fn kept(id: usize, url: &str, connector: Connector, seed: u64) -> Self {
        let (first, longest) = (Duration::from_millis(1), Duration::from_millis(20));
        let backoff = Backoff::new().with_first(first).with_longest(longest).with_seed(seed);
        // The first connection may break like any other.
        let settings = Reconnect::from(backoff).with_lazy_start(true);
        let client = connector.clone().with_reconnect(settings).connect(url).await.unwrap().with_timeout(TIMEOUT);
        Self { id, url: url.to_owned(), connector, kind: Kind::Kept(client) }
    }

    pub(crate) fn plain(id: usize, url: &str, connector: Connector) -> Self {
        Self { id, url: url.to_owned(), connector, kind: Kind::Plain(Mutex::default()) }
    }

    pub(crate) fn is_kept(&self) -> bool {
        matches!(self.kind, Kind::Kept(_))
    }

    /// The client as its user has it.
    pub(crate) async fn client(&self) -> Client {
        match &self.kind {
            Kind::Kept(client) => client.clone(),
            Kind::Plain(_) => self.pinned().await.0,
        }
    }

    /// A client of one connection, and which one it is.
    pub(crate) async fn pinned(&self) -> (Client, u64) {
        let plain = match &self.kind {
            Kind::Kept(client) => return client.pinned().await.unwrap(),
            Kind::Plain(plain) => plain,
        };
        loop {
            let before = {
                let plain = plain.lock().unwrap();
                if let Some(client) = &plain.client {
                    return (client.clone(), plain.generation);
                }
                plain.generation
            };
            // The proxy always accepts, but may have hung up already.
            let Ok(client) = self.connector.connect(&self.url).await else { continue };
            let mut plain = plain.lock().unwrap();
            // Of several that make one at once, one has been the first.
            if plain.client.is_none() && plain.generation == before {
                *plain = Plain { client: Some(client.with_timeout(TIMEOUT)), generation: before + 1 };
            }
        }
    }

    /// An operation has found the connection to be gone.
    pub(crate) fn gone(&self) {
        // The one that there is now may be a newer one, but making one more does no harm.
        if let Kind::Plain(plain) = &self.kind {
            plain.lock().unwrap().client = None;
        }
    }

    /// Nobody uses it for now.
    pub(crate) async fn rest(&self) {
        match &self.kind {
            Kind::Kept(_) => {}
            Kind::Plain(plain) => {
                let client = plain.lock().unwrap().client.take();
                if let Some(client) = client {
                    client.close().await;
                }
            }
        }
    }

    pub(crate) async fn close(&self) {
        match &self.kind {
            Kind::Kept(client) => client.clone().close().await,
            Kind::Plain(_) => self.rest().await,
        }
    }
}
