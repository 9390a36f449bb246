//! The one task that serves all peers of a ROUTER.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use omq_tokio::{
    DisconnectReason, Endpoint, Error, Message as Frames, MonitorEvent, MonitorStream, MonitorTryRecvError, Payload,
};
use tinyrpc_core::call::BoxFuture;
use tinyrpc_core::{Incoming, Message, RpcError, code};

use super::ZmqServer;
use super::out::From;
use super::peers::{Peers, Present};
use super::request::Request;
use super::running::{Done, Running};
use super::shared::Shared;
use crate::peer::Cancel;
use crate::service::{Answered, Service};
use crate::trace::Direction;
use crate::transport::{Shutdown, TransportError, TransportErrorKind};

/// How many messages are taken before replies and other tasks get their turn.
const BATCH: usize = 64;

/// From how many bytes on a reply is handed over instead of copied.
const HANDED_OVER: usize = 16 << 10;

pub(super) struct Serving {
    shared: Arc<Shared>,
    endpoint: Endpoint,
    monitor: MonitorStream,
    cancel: Option<Arc<Cancel>>,
    peers: Peers,
    running: FuturesUnordered<Running>,
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
            shared: Arc::new(Shared { socket, service, protocol, settings }),
            endpoint,
            monitor,
            peers: Peers::default(),
            running: FuturesUnordered::new(),
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
        let (socket, endpoint) = (self.shared.socket.clone(), self.endpoint.clone());
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

    /// Refuses what has come already, ends the links, and sees the last messages off.
    async fn finish(&mut self) {
        let linger = self.shared.settings.linger;
        let rest = async {
            while let Ok(1..) = self.shared.socket.try_recv_many_into(BATCH, &mut self.received) {
                self.receive_all();
                tokio::task::yield_now().await;
            }
            let links = || self.peers.all().filter_map(|peer| peer.back.as_ref()?.link());
            // All are told at once that their subscriptions end.
            links().for_each(crate::peer::Peer::close);
            for link in links() {
                link.closed().await;
            }
            for peer in self.peers.all() {
                peer.out.emptied().await;
            }
        };
        if tokio::time::timeout(linger, rest).await.is_err() {
            tracing::debug!("a peer did not take all that was for it before the server ended");
        }
        if let Err(error) = self.shared.socket.clone().into_inner().close_with_linger(Some(linger)).await {
            tracing::debug!(%error, "closing a ZeroMQ socket");
        }
    }

    /// Waits for anything to happen, and deals with it. Nothing is lost when it is dropped.
    async fn turn(&mut self) -> Result<(), TransportError> {
        tokio::task::consume_budget().await;
        let room = self.running.len() < self.shared.settings.total_in_flight;
        tokio::select! {
            biased;
            Some(done) = self.running.next(), if !self.running.is_empty() => self.done(done),
            present = &mut self.changing => self.changed(present.map_err(broken)?),
            received = self.shared.socket.recv_many_into(BATCH, &mut self.received), if room => {
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
        let Shared { service, protocol, settings, .. } = &*Arc::clone(&self.shared);
        let peer = self.peers.sender(&request, &self.shared);
        if peer.out.is_closed() {
            return;
        }
        service.trace(Direction::Received, &peer.origin, body.as_slice());
        let mut incoming = protocol.read(body.as_slice(), service.limits());
        if holds_replies(&incoming) && peer.back.as_ref().is_some_and(|back| back.receive(body.as_bytes())) {
            return;
        }
        if let Some(cancel) = self.cancel.as_ref().filter(|cancel| cancel.is_in(&incoming)) {
            let error = cancel.error();
            let rest = cancel.take(incoming, |id| {
                let found = self.running.iter_mut().any(|running| running.cancel(&request, &id, error.as_ref()));
                if let (true, None, Some(back)) = (found, &error, &peer.back) {
                    back.unanswered(&id);
                }
            });
            incoming = match rest {
                Some(rest) => rest,
                None => return self.release(request),
            };
        }
        let refused = match () {
            () if self.draining => Some("shutting down"),
            () if peer.in_flight >= settings.calls_in_flight => Some("too many calls in flight"),
            () => None,
        };
        let origin = Arc::clone(&peer.origin);
        self.scratch.clear();
        if let Some(why) = refused {
            let error = || RpcError::new(code::TOO_BUSY, why);
            if service.turn_away(&**protocol, body.as_slice(), error, &mut self.scratch) {
                let connection = request.connection();
                self.reply_scratch(request);
                // They are not refused: nobody would hear of it.
                if let Some(notifications) = notifications(incoming)
                    && let Answered::Later(pending) =
                        service.respond(protocol, &origin, notifications, None, &mut self.scratch)
                {
                    self.go_on(Running::answered(pending, connection));
                }
                return;
            }
        }
        match service.respond(protocol, &origin, incoming, None, &mut self.scratch) {
            Answered::Written => self.reply_scratch(request),
            Answered::Nothing => self.release(request),
            Answered::Later(pending) => self.go_on(Running::new(pending, request)),
        }
    }

    fn go_on(&mut self, running: Running) {
        if let Some(peer) = self.peers.get(running.connection()) {
            peer.in_flight += 1;
        }
        self.running.push(running);
    }

    /// Handlers have ended.
    fn done(&mut self, Done { connection, request, reply }: Done) {
        if let Some(peer) = self.peers.get(connection) {
            peer.in_flight = peer.in_flight.saturating_sub(1);
        }
        match request {
            None => {}
            Some(request) if reply.is_empty() => self.release(request),
            Some(request) => self.reply(request, Payload::from_bytes(reply.into())),
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
        let Some(peer) = self.peers.get(request.connection()) else { return };
        let opening = peer.back.as_ref().filter(|back| back.is_opening()).map(|back| (back, body.clone()));
        let sent = peer.out.send(request.reply(body), From::Server);
        // All that the link sends from now on comes after it.
        if let Some((back, reply)) = opening {
            back.replied(reply.as_slice(), sent);
        }
    }

    /// Connections have come or gone.
    fn changed(&mut self, present: Present) {
        self.changing = Box::pin(Present::after(self.shared.socket.clone().into_inner(), present.generation));
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

/// The notifications of a batch.
fn notifications(incoming: Incoming<'_>) -> Option<Incoming<'_>> {
    let Incoming::Batch(mut messages) = incoming else { return None };
    messages.retain(|message| matches!(message, Message::Request(request) if request.id.is_none()));
    (!messages.is_empty()).then_some(Incoming::Batch(messages))
}

fn broken(error: Error) -> TransportError {
    TransportError::new(TransportErrorKind::Closed, "the ZeroMQ socket is closed").with_source(error)
}
