//! tinyrpc itself: a service with its default limits, reached through its public ways in.
//!
//! `Answer` is what transports call, with a new buffer for each reply or with one for all, and with the functions
//! registered as sync or as async handlers. `Exchange` is the one line that a user writes: `Bytes` in, `Bytes` out.

use super::{Peer, ready};
use crate::Failure;
use crate::case::{Case, Wire};
use crate::server::ours::{asynchronous, dispatcher};
use bytes::Bytes;
use std::marker::PhantomData;
use std::sync::Arc;
use tinyrpc::{Answered, Dispatcher, JsonRpc, MessagePackRpc, Origin, Protocol, Service};

/// Room for a small reply, the same that the hand-written peers take.
const REPLY: usize = 128;

/// A protocol of ours.
pub(super) trait Speaks {
    const WIRE: Wire;

    fn service(dispatcher: Dispatcher) -> Service;
}

/// JSON-RPC 2.0.
pub(super) struct Json;

impl Speaks for Json {
    const WIRE: Wire = Wire::Json;

    fn service(dispatcher: Dispatcher) -> Service {
        Service::new(JsonRpc::new(), dispatcher)
    }
}

/// MessagePack-RPC.
pub(super) struct MsgPack;

impl Speaks for MsgPack {
    const WIRE: Wire = Wire::MsgPack;

    fn service(dispatcher: Dispatcher) -> Service {
        Service::new(MessagePackRpc::new(), dispatcher)
    }
}

/// `Service::answer`.
pub(super) struct Answer<S> {
    service: Service,
    protocol: Arc<dyn Protocol>,
    from: Arc<Origin>,
    /// One buffer for all replies, or a new one for each.
    kept: Option<Vec<u8>>,
    speaks: PhantomData<S>,
}

impl<S: Speaks> Answer<S> {
    /// Sync handlers, a new buffer for each reply.
    pub(super) fn fresh() -> Result<Answer<S>, Failure> {
        Answer::new(dispatcher()?, None)
    }

    /// Sync handlers, one buffer for all replies.
    pub(super) fn reused() -> Result<Answer<S>, Failure> {
        Answer::new(dispatcher()?, Some(Vec::with_capacity(REPLY)))
    }

    /// Async handlers that are ready at once, a new buffer for each reply.
    ///
    /// Calls only: notifications of async handlers become tasks of a runtime, and there is none here.
    pub(super) fn asynchronous(case: Case) -> Result<Answer<S>, Failure> {
        match case {
            Case::Notify => Err("needs a runtime".into()),
            _ => Answer::new(asynchronous()?, None),
        }
    }

    fn new(dispatcher: Dispatcher, kept: Option<Vec<u8>>) -> Result<Answer<S>, Failure> {
        let service = S::service(dispatcher);
        let protocol = service.protocols().first().cloned().ok_or("a service without a protocol")?;
        Ok(Answer { service, protocol, from: Arc::new(Origin::new("bench")), kept, speaks: PhantomData })
    }
}

impl<S: Speaks> Peer for Answer<S> {
    const WIRE: Wire = S::WIRE;

    fn answer(&mut self, request: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut fresh = Vec::new();
        let out = match &mut self.kept {
            Some(kept) => {
                kept.clear();
                kept
            }
            None => {
                fresh.reserve(REPLY);
                &mut fresh
            }
        };
        match self.service.answer(&self.protocol, &self.from, request, out) {
            Answered::Written => sink(out),
            Answered::Later(pending) => {
                if let Some(reply) = ready(pending) {
                    sink(&reply);
                }
            }
            _ => {}
        }
    }
}

/// `Service::exchange`.
pub(super) struct Exchange {
    service: Service,
    from: Arc<Origin>,
    /// The request as a transport hands it over; cloning it copies nothing.
    request: Bytes,
}

impl Exchange {
    pub(super) fn new(case: Case) -> Result<Exchange, Failure> {
        let request = case.request(Wire::Json).ok_or("no such message")?.into();
        Ok(Exchange { service: Json::service(dispatcher()?), from: Arc::new(Origin::new("bench")), request })
    }
}

impl Peer for Exchange {
    const WIRE: Wire = Wire::Json;

    fn answer(&mut self, _: &[u8], sink: &mut dyn FnMut(&[u8])) {
        if let Some(Some(reply)) = ready(self.service.exchange(Arc::clone(&self.from), self.request.clone())) {
            sink(&reply);
        }
    }
}
