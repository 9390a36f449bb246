//! Links within the process, found by a name as in `inproc://name`.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use tinyrpc_core::Origin;
use tinyrpc_core::call::BoxFuture;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::pair;
use crate::peer::PeerSettings;
use crate::service::Service;
use crate::transport::{Link, ServerTransport, Shutdown, TransportError, TransportErrorKind};

/// How much each direction of a link holds, in bytes.
const CAPACITY: usize = 256 << 10;

/// How many links may wait to be accepted.
const BACKLOG: usize = 128;

static SERVERS: LazyLock<Mutex<HashMap<String, mpsc::Sender<Link>>>> = LazyLock::new(Mutex::default);

/// Nothing that holds the lock can panic half-way.
fn servers() -> MutexGuard<'static, HashMap<String, mpsc::Sender<Link>>> {
    SERVERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves links from within the process, under a name that is free again when the server is dropped.
#[derive(Debug)]
pub struct NamedServer {
    name: Name,
    links: mpsc::Receiver<Link>,
    peer: PeerSettings,
}

#[derive(Debug)]
struct Name(String);

impl Drop for Name {
    fn drop(&mut self) {
        servers().remove(&self.0);
    }
}

impl NamedServer {
    /// A server under `name`.
    ///
    /// # Errors
    /// With [`Setup`](TransportErrorKind::Setup) when another one has it.
    pub fn bind(name: impl Into<String>) -> Result<Self, TransportError> {
        let name = name.into();
        let (sender, links) = mpsc::channel(BACKLOG);
        let mut servers = servers();
        if servers.contains_key(&name) {
            return Err(setup(format!("there is a server at inproc://{name} already")));
        }
        servers.insert(name.clone(), sender);
        Ok(Self { name: Name(name), links, peer: PeerSettings::new() })
    }

    /// The settings of every link.
    #[must_use]
    pub fn with_peer_settings(mut self, settings: PeerSettings) -> Self {
        self.peer = settings;
        self
    }

    pub(crate) fn bind_url(url: &str) -> Result<Self, TransportError> {
        Self::bind(name_of(url)?)
    }
}

impl ServerTransport for NamedServer {
    fn endpoint(&self) -> String {
        format!("inproc://{}", self.name.0)
    }

    fn serve(self: Box<Self>, service: Service, shutdown: Shutdown) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move {
            let Self { name, mut links, peer } = *self;
            let mut running = JoinSet::new();
            loop {
                tokio::select! {
                    biased;
                    () = shutdown.draining() => break,
                    Some(_) = running.join_next() => {}
                    Some(link) = links.recv() => {
                        let (service, shutdown, peer) = (service.clone(), shutdown.clone(), peer.clone());
                        running.spawn(async move {
                            service.link_until(&shutdown, Origin::new("inproc"), link, peer).await;
                        });
                    }
                }
            }
            drop((name, links));
            while running.join_next().await.is_some() {}
            Ok(())
        })
    }
}

/// A link to the server under `name`.
///
/// # Errors
/// With [`Unreachable`](TransportErrorKind::Unreachable) when there is none.
pub async fn connect(name: &str) -> Result<Link, TransportError> {
    let nobody =
        || TransportError::new(TransportErrorKind::Unreachable, format!("there is no server at inproc://{name}"));
    let server = servers().get(name).cloned().ok_or_else(nobody)?;
    let (here, there) = pair(CAPACITY);
    server.send(there).await.map_err(|_| nobody())?;
    Ok(here)
}

pub(crate) async fn connect_url(url: &str) -> Result<Link, TransportError> {
    connect(name_of(url)?).await
}

fn name_of(url: &str) -> Result<&str, TransportError> {
    let rest = url.split_once("://").map(|(_, name)| name).filter(|name| !name.is_empty());
    rest.ok_or_else(|| setup(format!("`{url}` should look like `inproc://name`")))
}

fn setup(what: String) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, what)
}
