//! The least that one can call from many places: callers queue messages, one task moves them and wakes callers by id.
//!
//! No timeouts, limits or bounds, and when the connection ends all that is said is that it did.

use super::{Reply, Request, Wire};
use crate::Failure;
use crate::client::Caller;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};

#[derive(Clone)]
pub(super) struct Client(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    queued: Notify,
}

#[derive(Default)]
struct State {
    last_id: u64,
    out: Vec<Vec<u8>>,
    waiting: HashMap<u64, oneshot::Sender<Result<Box<RawValue>, Failure>>>,
}

impl Client {
    pub(super) fn over<W: Wire>(mut wire: W) -> Client {
        let shared = Arc::new(Shared::default());
        let driven = Arc::clone(&shared);
        tokio::spawn(async move {
            let ended = driven.drive(&mut wire).await;
            // Callers find their channels closed.
            driven.lock().waiting.clear();
            ended
        });
        Client(shared)
    }

    async fn call<P: Serialize, R: DeserializeOwned>(&self, method: &'static str, params: P) -> Result<R, Failure> {
        let (reply, replied) = oneshot::channel();
        {
            let mut state = self.0.lock();
            state.last_id += 1;
            let id = state.last_id;
            state.out.push(Request::message(method, params, id)?);
            state.waiting.insert(id, reply);
        }
        self.0.queued.notify_one();
        Ok(serde_json::from_str(replied.await??.get())?)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn drive<W: Wire>(&self, wire: &mut W) -> Result<(), Failure> {
        loop {
            tokio::select! {
                () = self.queued.notified() => {
                    let out = std::mem::take(&mut self.lock().out);
                    for message in out {
                        wire.push(message)?;
                    }
                    wire.flush().await?;
                }
                received = wire.receive(|message| self.settle(message)) => received?,
            }
        }
    }

    fn settle(&self, message: &[u8]) -> Result<(), Failure> {
        let reply = Reply::read(message)?;
        if let Some(caller) = self.lock().waiting.remove(&reply.id) {
            let _ = caller.send(reply.result().map(ToOwned::to_owned));
        }
        Ok(())
    }
}

impl Caller for Client {
    async fn add(&self, a: i64, b: i64) -> Result<i64, Failure> {
        self.call("add", (a, b)).await
    }
}
