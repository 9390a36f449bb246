//! What is known about each peer: how much it has under way, and which replies it has not taken.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use omq_tokio::{Identity, IdentitySocket, Message, Socket};
use tinyrpc_core::{Origin, Protocol};

use super::back::Back;
use super::request::Request;

/// The peers that have sent something, by connection.
#[derive(Default)]
pub(super) struct Peers(HashMap<u64, Peer>);

pub(super) struct Peer {
    pub(super) origin: Arc<Origin>,
    /// How to call it, if it can be called.
    pub(super) back: Option<Back>,
    /// How many of its messages are running.
    pub(super) in_flight: usize,
    /// Replies that ZeroMQ has no room for; the first of them is on its way when `jammed` says so.
    pub(super) waiting: VecDeque<(Identity, Message)>,
    pub(super) waiting_bytes: usize,
    pub(super) jammed: bool,
    /// It takes too little, and is being disconnected.
    pub(super) given_up: bool,
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
    pub(super) fn sender(
        &mut self,
        request: &Request,
        socket: &IdentitySocket,
        protocol: &Arc<dyn Protocol>,
    ) -> &mut Peer {
        let info = request.from.peer_info();
        self.0.entry(info.connection_id).or_insert_with(|| {
            let origin = Origin::new("zmq");
            let origin = match info.peer_address {
                Some(address) => origin.with_address(address.to_string()),
                None => origin,
            };
            let back = request.is_callable().then(|| {
                let (to, delimited) = (request.from.clone(), request.is_delimited());
                Back::new(socket.clone(), to, delimited, Arc::clone(protocol))
            });
            Peer {
                origin: Arc::new(match &back {
                    Some(back) => origin.with_extensions(Box::new(back.clone())),
                    None => origin,
                }),
                back,
                in_flight: 0,
                waiting: VecDeque::new(),
                waiting_bytes: 0,
                jammed: false,
                given_up: false,
                since: socket.connections_generation(),
            }
        })
    }

    pub(super) fn get(&mut self, connection: u64) -> Option<&mut Peer> {
        self.0.get_mut(&connection)
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
        if let Some(back) = &self.back {
            back.close();
        }
    }

    /// Keeps a reply until there is room for it.
    pub(super) fn wait(&mut self, to: Identity, reply: Message) {
        self.waiting_bytes += reply.byte_len();
        self.waiting.push_back((to, reply));
    }

    pub(super) fn next_waiting(&mut self) -> Option<(Identity, Message)> {
        let next = self.waiting.pop_front()?;
        self.waiting_bytes -= next.1.byte_len();
        Some(next)
    }

    /// Drops what waits for it.
    pub(super) fn give_up(&mut self) {
        self.given_up = true;
        self.waiting = VecDeque::new();
        self.waiting_bytes = 0;
    }
}
