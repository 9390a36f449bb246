//! What is known about each peer: who it is, how much it has under way, and how it is reached.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use omq_tokio::Socket;
use tinyrpc_core::Origin;

use super::back::Back;
use super::out::Out;
use super::request::Request;
use super::shared::Shared;

/// The peers that have sent something, by connection.
#[derive(Default)]
pub(super) struct Peers(HashMap<u64, Peer>);

pub(super) struct Peer {
    pub(super) origin: Arc<Origin>,
    /// Where all that is for it goes.
    pub(super) out: Arc<Out>,
    /// How to call it, if it can be called.
    pub(super) back: Option<Back>,
    /// How many of its messages are running.
    pub(super) in_flight: usize,
    /// How often connections had come or gone when it was first seen.
    since: u64,
}

/// The connections there are, and how often they had come or gone before they were counted.
pub(super) struct Present {
    pub(super) generation: u64,
    pub(super) connections: HashSet<u64>,
}

impl Present {
    /// Waits until connections have come or gone since `seen`.
    pub(super) async fn after(socket: Socket, seen: u64) -> omq_tokio::Result<Self> {
        let generation = socket.connections_changed(seen).await?;
        let connections = socket.connections().await?;
        Ok(Self { generation, connections: connections.iter().map(|status| status.connection_id).collect() })
    }
}

impl Peers {
    /// The peer that a message came from.
    pub(super) fn sender(&mut self, request: &Request, shared: &Arc<Shared>) -> &mut Peer {
        let info = request.from.peer_info();
        self.0.entry(info.connection_id).or_insert_with(|| {
            let origin = || match info.peer_address {
                Some(address) => Origin::new("zmq").with_address(address.to_string()),
                None => Origin::new("zmq"),
            };
            let out = Arc::new(Out::new(Arc::clone(shared), request.from.clone(), origin()));
            let back =
                request.is_callable().then(|| Back::new(Arc::clone(shared), Arc::clone(&out), request.is_delimited()));
            let origin = match &back {
                Some(back) => origin().with_extensions(Box::new(back.clone())),
                None => origin(),
            };
            let since = shared.socket.connections_generation();
            Peer { origin: Arc::new(origin), out, back, in_flight: 0, since }
        })
    }

    pub(super) fn get(&mut self, connection: u64) -> Option<&mut Peer> {
        self.0.get_mut(&connection)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Peer> {
        self.0.values()
    }

    /// Forgets the peers that have gone. True when one of them had anything running.
    pub(super) fn keep(&mut self, present: &Present) -> bool {
        let mut running = false;
        self.0.retain(|connection, peer| {
            // One that was first seen after the count may be missing from it.
            let stays = present.connections.contains(connection) || peer.since > present.generation;
            running |= !stays && peer.in_flight > 0;
            if !stays {
                peer.lose();
            }
            stays
        });
        running
    }

    pub(super) fn contains(&self, connection: u64) -> bool {
        self.0.contains_key(&connection)
    }
}

/// Handlers that run on must not wait for it.
impl Drop for Peers {
    fn drop(&mut self) {
        self.0.values().for_each(Peer::lose);
    }
}

impl Peer {
    /// It is gone.
    fn lose(&self) {
        self.out.close();
        if let Some(back) = &self.back {
            back.close();
        }
    }
}
