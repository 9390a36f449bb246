//! What a mock server does with a call that it expected.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tinyrpc_core::call::Ending;
use tinyrpc_core::message::Params;
use tinyrpc_core::{Call, Handler, Origin, Outcome, Reply, RpcError};
use tokio::sync::Notify;

use crate::peer::Peer;

type Send = dyn Fn(Reply<'_>) -> Result<(), RpcError> + std::marker::Send + Sync;

#[derive(Clone)]
pub(super) enum Action {
    Return(Arc<Send>),
    Fail(RpcError),
    Run(Arc<dyn Handler>),
    Hang,
    Cut,
}

/// Among the extensions of a call's origin: ends the exchange that it came with as if the connection broke.
#[derive(Clone, Default)]
pub(super) struct Scissors(pub(super) Arc<Notify>);

impl Action {
    pub(super) fn value(value: impl Serialize + std::marker::Send + Sync + 'static) -> Self {
        Action::Return(Arc::new(move |reply| reply.send(&value)))
    }

    pub(super) fn take(self, call: Call<'_>, delay: Option<Duration>) -> Outcome {
        match delay {
            None => self.now(call),
            Some(delay) => {
                let (origin, method) = (Arc::clone(call.origin), call.method.to_owned());
                let (raw, codec) = (call.params.raw().to_vec(), call.params.codec());
                let (deadline, trace, reply) = (call.deadline, call.trace.cloned(), call.reply.detach());
                Outcome::Future(Box::pin(async move {
                    tokio::time::sleep(delay).await;
                    let ending = Ending::new();
                    let mut out = reply.buffer();
                    let outcome = {
                        let (params, reply) = (Params::new(&raw, codec), reply.attach(&mut out));
                        let mut call = Call::new(&origin, &method, params, reply).with_ending(&ending);
                        call.deadline = deadline;
                        call.trace = trace.as_ref();
                        self.now(call)
                    };
                    ended(outcome, out).await
                }))
            }
        }
    }

    fn now(self, call: Call<'_>) -> Outcome {
        match self {
            Action::Return(send) => Outcome::Done(send(call.reply)),
            Action::Fail(error) => Outcome::Done(Err(error)),
            Action::Run(handler) => handler.call(call),
            Action::Hang => Outcome::Future(Box::pin(std::future::pending())),
            Action::Cut => match cut(call.origin) {
                Ok(()) => Outcome::Future(Box::pin(std::future::pending())),
                Err(error) => Outcome::Done(Err(error)),
            },
        }
    }
}

/// The reply that an outcome comes to; `out` is where one that is done has written its own.
async fn ended(outcome: Outcome, out: Vec<u8>) -> Result<Vec<u8>, RpcError> {
    match outcome {
        Outcome::Done(done) => done.map(|()| out),
        Outcome::Future(future) => future.await,
        Outcome::Blocking(work) => {
            tokio::task::spawn_blocking(work).await.map_err(RpcError::internal).and_then(|done| done)
        }
        _ => Err(RpcError::internal("the handler did something that the mock server does not know")),
    }
}

fn cut(origin: &Origin) -> Result<(), RpcError> {
    if let Some(Scissors(cut)) = origin.extension() {
        cut.notify_one();
    } else if let Some(peer) = origin.extension::<Peer>() {
        peer.close();
    } else {
        let what = format!("a mock server cannot drop connections of the transport {}", origin.transport());
        return Err(RpcError::application(what));
    }
    Ok(())
}
