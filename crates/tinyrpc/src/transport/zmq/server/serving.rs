//! The one task that serves all peers of a ROUTER.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use omq_tokio::{
    DisconnectReason, Endpoint, Error, Identity, IdentitySocket, Message as Frames, MonitorEvent, MonitorStream,
    MonitorTryRecvError, Payload, TrySendError,
};
use tinyrpc_core::call::BoxFuture;
use tinyrpc_core::{Incoming, Message, Protocol, RpcError, code};

use super::ZmqServer;
use super::peers::{Peers, Present};
use super::request::Request;
use super::running::Running;
use super::settings::ZmqSettings;
use crate::peer::Cancel;
use crate::service::{Answered, Service};
use crate::transport::{Shutdown, TransportError, TransportErrorKind};

/// How many messages are taken before replies and other tasks get their turn.
const BATCH: usize = 64;

/// From how many bytes on a reply is handed over instead of copied.
const HANDED_OVER: usize = 16 << 10;

/// What became of a reply that had to wait for room, and whose it was.
type Sent = (u64, Result<(), Unsent>);

enum Unsent {
    Stalled,
    Failed(Error),
}

pub(super) struct Serving {
    socket: IdentitySocket,
    endpoint: Endpoint,
    monitor: MonitorStream,
    settings: ZmqSettings,
    service: Service,
    protocol: Arc<dyn Protocol>,
    cancel: Option<Arc<Cancel>>,
    peers: Peers,
    running: FuturesUnordered<Running>,
    /// One for each peer whose queue is full.
    sending: FuturesUnordered<BoxFuture<'static, Sent>>,
    changing: BoxFuture<'static, omq_tokio::Result<Present>>,
    received: Vec<Frames>,
    scratch: Vec<u8>,
    draining: bool,
}

impl Serving {
    pub(super) fn new(server: ZmqServer, service: Service) -> Self {
        let ZmqServer { socket, endpoint, monitor, settings } = server;
        let protocol = Arc::clone(&service.protocols()[0]);
        Self {
            cancel: settings.cancel.of(&*protocol),
            changing: Box::pin(Present::after(socket.clone().into_inner(), 0)),
            socket,
            endpoint,
            monitor,
            settings,
            protocol,
            service,
            peers: Peers::default(),
            running: FuturesUnordered::new(),
            sending: FuturesUnordered::new(),
            received: Vec::with_capacity(BATCH),
            scratch: Vec::new(),
            draining: false,
        }
    }

    /// Serves until it is asked to stop, then answers what runs and refuses what comes.
    pub(super) async fn run(mut self, shutdown: Shutdown) -> Result<(), TransportError> {
        {
            let mut draining = pin!(shutdown.draining());
            loop {
                tokio::select! {
                    biased;
                    () = &mut draining => break,
                    done = self.turn() => done?,
                }
            }
        }
        self.draining = true;
        // Whoever is connected already stays so.
        let (socket, endpoint) = (self.socket.clone(), self.endpoint.clone());
        let unbinding = tokio::spawn(async move { socket.unbind(endpoint).await });
        {
            let mut closed = pin!(shutdown.closed());
            while !self.running.is_empty() {
                tokio::select! {
                    biased;
                    () = &mut closed => break,
                    done = self.turn() => done?,
                }
            }
        }
        self.running.clear();
        self.finish().await;
        if let Ok(Err(error)) = unbinding.await {
            tracing::debug!(%error, "a ZeroMQ server stopped listening");
        }
        Ok(())
    }

    /// Refuses what has come already, and sees the last replies off.
    async fn finish(&mut self) {
        let linger = self.settings.linger;
        let replies = async {
            while let Ok(1..) = self.socket.try_recv_many_into(BATCH, &mut self.received) {
                self.receive_all();
                tokio::task::yield_now().await;
            }
            while let Some(sent) = self.sending.next().await {
                self.sent(sent);
            }
        };
        if tokio::time::timeout(linger, replies).await.is_err() {
            tracing::debug!("a peer did not take its replies before the server ended");
        }
        if let Err(error) = self.socket.clone().into_inner().close_with_linger(Some(linger)).await {
            tracing::debug!(%error, "closing a ZeroMQ socket");
        }
    }

    /// Waits for anything to happen, and deals with it. Nothing is lost when it is dropped.
    async fn turn(&mut self) -> Result<(), TransportError> {
        tokio::task::consume_budget().await;
        let room = self.running.len() < self.settings.total_in_flight;
        tokio::select! {
            biased;
            Some((request, reply)) = self.running.next(), if !self.running.is_empty() => self.done(request, reply),
            Some(sent) = self.sending.next(), if !self.sending.is_empty() => self.sent(sent),
            present = &mut self.changing => self.changed(present.map_err(broken)?),
            received = self.socket.recv_many_into(BATCH, &mut self.received), if room => {
                received.map_err(broken)?;
                self.receive_all();
            }
        }
        Ok(())
    }

    fn receive_all(&mut self) {
        let mut received = std::mem::take(&mut self.received);
        for message in received.drain(..) {
            match Request::new(message) {
                Some(request) => self.receive(request),
                None => tracing::debug!("a ZeroMQ message without a frame came"),
            }
        }
        self.received = received;
    }

    fn receive(&mut self, mut request: Request) {
        let body = request.take_body();
        let peer = self.peers.sender(&request, &self.socket, &self.protocol);
        if peer.given_up {
            return;
        }
        let protocol = Arc::clone(&self.protocol);
        let incoming = protocol.read(body.as_slice(), self.service.limits());
        if holds_replies(&incoming) && peer.back.as_ref().is_some_and(|back| back.receive(body.as_bytes())) {
            return;
        }
        if let Incoming::One(Message::Request(notice)) = &incoming
            && let Some(cancel) = self.cancel.as_ref().filter(|cancel| cancel.is(notice))
        {
            if let Some(id) = cancel.call(notice) {
                let error = cancel.error();
                let _ = self.running.iter_mut().any(|running| running.cancel(&request, &id, error.as_ref()));
            }
            return self.release(request);
        }
        let refused = match () {
            () if self.draining => Some("shutting down"),
            () if peer.in_flight >= self.settings.calls_in_flight => Some("too many calls in flight"),
            () => None,
        };
        self.scratch.clear();
        if let Some(why) = refused {
            let error = || RpcError::new(code::TOO_BUSY, why);
            if self.service.turn_away(&*self.protocol, body.as_slice(), error, &mut self.scratch) {
                return self.reply_scratch(request);
            }
        }
        let origin = Arc::clone(&peer.origin);
        match self.service.answer_read(&protocol, &origin, body.as_slice(), incoming, &mut self.scratch) {
            Answered::Written => self.reply_scratch(request),
            Answered::Nothing => self.release(request),
            Answered::Later(pending) => {
                if let Some(peer) = self.peers.get(request.connection()) {
                    peer.in_flight += 1;
                }
                self.running.push(Running::new(pending, request));
            }
        }
    }

    /// A call has ended.
    fn done(&mut self, request: Option<Request>, reply: Vec<u8>) {
        let Some(request) = request else { return };
        if let Some(peer) = self.peers.get(request.connection()) {
            peer.in_flight = peer.in_flight.saturating_sub(1);
        }
        match reply.is_empty() {
            true => self.release(request),
            false => self.reply(request, Payload::from_bytes(reply.into())),
        }
    }

    /// Nothing is owed, but some peers wait for something all the same.
    fn release(&mut self, request: Request) {
        if request.must_be_released() {
            self.reply(request, Payload::new());
        }
    }

    fn reply_scratch(&mut self, request: Request) {
        let body = match self.scratch.len() {
            ..HANDED_OVER => Payload::from_slice(&self.scratch),
            _ => Payload::from_bytes(Bytes::from(std::mem::take(&mut self.scratch))),
        };
        self.reply(request, body);
    }

    fn reply(&mut self, request: Request, body: Payload) {
        let connection = request.connection();
        let Some(peer) = self.peers.get(connection).filter(|peer| !peer.given_up) else { return };
        let (to, reply) = request.reply(body);
        if !peer.jammed {
            match self.socket.try_send_to(&to, reply) {
                Ok(()) => {}
                Err(TrySendError::Full(reply)) => {
                    peer.jammed = true;
                    self.sending.push(send(&self.socket, to, reply, self.settings.stall));
                }
                Err(error) => tracing::debug!(%error, "a reply could not be sent"),
            }
            return;
        }
        peer.wait(to, reply);
        if peer.waiting_bytes > self.settings.backlog {
            self.give_up(connection, "too many replies wait for it");
        }
    }

    /// A reply that had to wait has been sent, or not.
    fn sent(&mut self, (connection, sent): Sent) {
        match sent {
            Ok(()) => {}
            Err(Unsent::Stalled) => return self.give_up(connection, "it has read nothing for too long"),
            Err(Unsent::Failed(error)) => tracing::debug!(%error, "a reply could not be sent"),
        }
        let Some(peer) = self.peers.get(connection) else { return };
        while let Some((to, reply)) = peer.next_waiting() {
            match self.socket.try_send_to(&to, reply) {
                Ok(()) => {}
                Err(TrySendError::Full(reply)) => {
                    return self.sending.push(send(&self.socket, to, reply, self.settings.stall));
                }
                Err(error) => tracing::debug!(%error, "a reply could not be sent"),
            }
        }
        peer.jammed = false;
    }

    /// Closes the connection of a peer that does not take its replies, which tells it that some are lost.
    fn give_up(&mut self, connection: u64, why: &str) {
        let Some(peer) = self.peers.get(connection) else { return };
        tracing::warn!(from = %peer.origin, why, "closing the connection of a ZeroMQ peer that does not read");
        peer.give_up();
        let socket = self.socket.clone();
        tokio::spawn(async move {
            if let Err(error) = socket.disconnect_peer(connection).await {
                tracing::debug!(%error, "closing a connection");
            }
        });
    }

    /// Connections have come or gone.
    fn changed(&mut self, present: Present) {
        self.changing = Box::pin(Present::after(self.socket.clone().into_inner(), present.generation));
        if self.peers.keep(&present) {
            // What runs for nobody ends here.
            let running = std::mem::take(&mut self.running);
            self.running = running.into_iter().filter(|running| self.peers.contains(running.connection())).collect();
        }
        loop {
            match self.monitor.try_recv() {
                Ok(MonitorEvent::Disconnected { peer, reason: DisconnectReason::Error(reason), .. }) => {
                    let address = peer.peer_address.map(|address| address.to_string());
                    tracing::info!(address, reason, "a connection to a ZeroMQ peer broke");
                }
                Ok(MonitorEvent::HandshakeFailed { peer_ident, reason, .. }) => {
                    tracing::debug!(peer = %peer_ident, reason, "this is no ZeroMQ peer");
                }
                Ok(_) | Err(MonitorTryRecvError::Lagged(_)) => {}
                Err(_) => break,
            }
        }
    }
}

/// Whether these are replies to calls of ours, and nothing else.
fn holds_replies(incoming: &Incoming<'_>) -> bool {
    match incoming {
        Incoming::One(message) => matches!(message, Message::Answer(_)),
        Incoming::Batch(messages) => messages.iter().all(|message| matches!(message, Message::Answer(_))),
        _ => false,
    }
}

/// Sends a reply when there is room for it.
fn send(socket: &IdentitySocket, to: Identity, reply: Frames, stall: Duration) -> BoxFuture<'static, Sent> {
    let (socket, connection) = (socket.clone(), to.peer_info().connection_id);
    Box::pin(async move {
        let sent = match tokio::time::timeout(stall, socket.send_to(&to, reply)).await {
            Ok(sent) => sent.map_err(Unsent::Failed),
            Err(_) => Err(Unsent::Stalled),
        };
        (connection, sent)
    })
}

fn broken(error: Error) -> TransportError {
    TransportError::new(TransportErrorKind::Closed, "the ZeroMQ socket is closed").with_source(error)
}
