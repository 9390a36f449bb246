//! Several calls in one message, each with its own typed result or error.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tinyrpc_core::message::{Answer, Incoming, Message};
use tinyrpc_core::{EncodeError, Id, Payload, RpcError};

use super::backend::{Backend, Carrier};
use super::deadline::Deadline;
use super::metadata::Written;
use super::receive::{self, share};
use super::reconnect::{Outcome, may_be_repeated};
use super::{CallError, Client};
use crate::transport::{Expect, TransportError};

/// A batch in the making.
///
/// ```
/// # use tinyrpc::{Client, Dispatcher, JsonRpc, Service, transport::memory::Memory};
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// # let mut dispatcher = Dispatcher::new();
/// # dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
/// # dispatcher.register("hello", |(who,): (String,)| format!("hello {who}"))?;
/// # let client = Client::new(Memory::new(Service::new(JsonRpc::new(), dispatcher)), JsonRpc::new());
/// let mut batch = client.batch();
/// let sum = batch.call::<i64>("add", (1, 2));
/// let greeting = batch.call::<String>("hello", ("world",));
/// batch.notify("hello", ("nobody",));
///
/// let mut replies = batch.send().await?;
/// assert_eq!(replies.take(sum)?, 3);
/// assert_eq!(replies.take(greeting)?, "hello world");
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Debug)]
#[must_use = "a batch does nothing until it is sent"]
pub struct Batch<'c> {
    client: &'c Client,
    message: Vec<u8>,
    /// What is in it, where metadata is to be written into it.
    written: Vec<Written>,
    slots: Vec<Slot>,
    /// Whether all that is in it may run twice.
    twice: bool,
}

/// One call of a batch.
#[derive(Debug)]
enum Slot {
    Waiting(Id<'static>),
    Ended(Result<Payload, CallError>),
    Taken,
}

impl Slot {
    fn id(&self) -> Option<Id<'static>> {
        match self {
            Slot::Waiting(id) => Some(id.clone()),
            _ => None,
        }
    }
}

/// What came back for a batch.
enum Came {
    /// One message.
    Reply(Bytes),
    /// Something for each call, in their order.
    Each(Vec<Result<Result<Payload, RpcError>, TransportError>>),
}

/// Any reply is an answer. What became of the calls that got none decides whether the batch is made again.
impl Outcome for Came {
    fn is_answered(&self) -> bool {
        match self {
            Came::Reply(_) => true,
            Came::Each(replies) => replies.iter().any(Result::is_ok),
        }
    }

    fn failure(&self, repeatable: bool) -> Option<CallError> {
        let Came::Each(replies) = self else { return None };
        let failures = || {
            let errors = replies.iter().filter_map(|reply| reply.as_ref().err());
            errors.map(|error| CallError::transport(TransportError::new(error.kind(), error.to_string())))
        };
        failures().find(|error| may_be_repeated(error, repeatable)).or_else(|| failures().next())
    }
}

/// Stands for a call in a batch, whose result is an `R`.
pub struct Entry<R> {
    index: usize,
    result: PhantomData<fn() -> R>,
}

impl<'c> Batch<'c> {
    pub(super) fn new(client: &'c Client) -> Self {
        Self { client, message: Vec::new(), written: Vec::new(), slots: Vec::new(), twice: true }
    }

    /// Adds a call. If its arguments cannot be sent, its entry will say so, and the others are sent all the same.
    pub fn call<R: DeserializeOwned>(&mut self, method: &str, params: impl Serialize) -> Entry<R> {
        let codec = self.client.inner.protocol.codec();
        let index = self.add_call(method, &mut |out| codec.to_raw(&params, out));
        Entry { index, result: PhantomData }
    }

    /// Adds a call with arguments that are encoded already, whose result is wanted undecoded.
    pub fn call_payload(&mut self, method: &str, params: Option<&Payload>) -> Entry<Payload> {
        let codec = self.client.inner.protocol.codec();
        let index = self.add_call(method, &mut |out| params.map_or(Ok(()), |params| params.encode_as(codec, out)));
        Entry { index, result: PhantomData }
    }

    /// Adds a notification. If its arguments cannot be sent, it is left out and the error returned.
    ///
    /// # Errors
    /// When the arguments cannot be sent in this protocol.
    pub fn try_notify(&mut self, method: &str, params: impl Serialize) -> Result<(), CallError> {
        let codec = self.client.inner.protocol.codec();
        self.add(None, method, &mut |out| codec.to_raw(&params, out)).map_err(CallError::arguments)
    }

    /// Adds a notification; one whose arguments cannot be sent is logged and left out.
    pub fn notify(&mut self, method: &str, params: impl Serialize) {
        if let Err(error) = self.try_notify(method, params) {
            tracing::warn!(method, %error, "left a notification out of a batch");
        }
    }

    /// Adds a notification with arguments that are encoded already.
    ///
    /// # Errors
    /// When the arguments cannot be sent in this protocol.
    pub fn notify_payload(&mut self, method: &str, params: Option<&Payload>) -> Result<(), CallError> {
        let codec = self.client.inner.protocol.codec();
        let write = &mut |out: &mut Vec<u8>| params.map_or(Ok(()), |params| params.encode_as(codec, out));
        self.add(None, method, write).map_err(CallError::arguments)
    }

    /// How many calls there are; notifications do not count.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.slots.len()
    }

    /// Sends the batch and waits for all replies, which are matched to their calls by id.
    ///
    /// # Errors
    /// When the batch as a whole failed: it could not be sent, nothing sensible came back, or the other side refused it.
    /// What is wrong with single calls stands in their entries; over a link that is also that they were lost, be it all of
    /// them.
    pub async fn send(mut self) -> Result<Replies, CallError> {
        let protocol = &*self.client.inner.protocol;
        let Some(syntax) = protocol.capabilities().batch else {
            let why = format!("{} has no batches; use `call_all`", protocol.name());
            return Err(CallError::arguments(EncodeError::new(why)));
        };
        if self.message.is_empty() {
            return Ok(Replies { slots: self.slots });
        }
        self.message.extend_from_slice(syntax.close);
        let message: Bytes = std::mem::take(&mut self.message).into();
        if !self.slots.iter().any(|slot| matches!(slot, Slot::Waiting(_))) {
            let written = self.client.inner.carries_metadata.then_some(&*self.written);
            self.client.send_only(self.twice, message, written).await?;
            return Ok(Replies { slots: self.slots });
        }
        let deadline = Deadline::after(self.client.patience());
        let came = match &self.client.inner.backend {
            Backend::One(carrier) => self.send_over(carrier, deadline, message).await?,
            Backend::Any(endpoints, _) => {
                let this = &self;
                let attempt = |carrier| {
                    let message = message.clone();
                    async move { this.send_over(&carrier, deadline, message).await }
                };
                endpoints.run(deadline, self.twice, attempt).await?
            }
        };
        match came {
            Came::Reply(reply) => self.receive(deadline, &reply)?,
            Came::Each(replies) => {
                let mut replies = replies.into_iter();
                for slot in self.slots.iter_mut().filter(|slot| matches!(slot, Slot::Waiting(_))) {
                    *slot = Slot::Ended(match replies.next() {
                        Some(Ok(result)) => result.map_err(|error| told(deadline, error)),
                        Some(Err(error)) => Err(CallError::transport(error)),
                        None => Err(CallError::invalid_reply("the reply to the batch lacks this call")),
                    });
                }
            }
        }
        Ok(Replies { slots: self.slots })
    }

    async fn send_over(&self, carrier: &Carrier, deadline: Deadline, message: Bytes) -> Result<Came, CallError> {
        let message = match self.client.inner.carries_metadata {
            true => self.client.carrying_each(deadline, message, &self.written),
            false => message,
        };
        match carrier {
            Carrier::Exchange(transport) => {
                let reply = self.client.exchange(&**transport, deadline, message, Expect::Reply).await?;
                let Some(reply) = reply.filter(|reply| !reply.is_empty()) else {
                    return Err(CallError::invalid_reply("the other side sent an empty reply to a batch with calls"));
                };
                Ok(Came::Reply(reply))
            }
            Carrier::Link(peer, _) => {
                let ids = self.slots.iter().filter_map(Slot::id).collect();
                let replies = deadline.hold(peer.batch(ids, message)).await?.map_err(CallError::transport)?;
                Ok(Came::Each(replies))
            }
        }
    }

    fn add_call(&mut self, method: &str, params: &mut dyn FnMut(&mut Vec<u8>) -> Result<(), EncodeError>) -> usize {
        let id = self.client.inner.ids.next_id();
        let slot = match self.add(Some(&id), method, params) {
            Ok(()) => Slot::Waiting(id),
            Err(error) => Slot::Ended(Err(CallError::arguments(error))),
        };
        self.slots.push(slot);
        self.slots.len() - 1
    }

    fn add(
        &mut self,
        id: Option<&Id<'_>>,
        method: &str,
        params: &mut dyn FnMut(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let protocol = &*self.client.inner.protocol;
        self.twice &= self.client.may_run_twice(method);
        let before = self.message.len();
        if let Some(syntax) = protocol.capabilities().batch {
            self.message.extend_from_slice(if before == 0 { syntax.open } else { syntax.separator });
        }
        let done = protocol.write_request(id, method, params, &mut self.message);
        if done.is_err() {
            self.message.truncate(before);
        } else if self.client.inner.carries_metadata {
            self.written.push(Written { end: self.message.len(), waits: id.is_some() });
        }
        done
    }

    fn receive(&mut self, deadline: Deadline, reply: &Bytes) -> Result<(), CallError> {
        let inner = &self.client.inner;
        let messages = match inner.protocol.read(reply, &inner.limits) {
            Incoming::Batch(messages) => messages,
            Incoming::One(Message::Answer(Answer { id: None | Some(Id::Null), outcome: Err(error) })) => {
                return Err(told(deadline, error));
            }
            Incoming::One(Message::Rejected(rejection)) => return Err(receive::not_a_reply(&rejection, reply)),
            Incoming::One(message) => vec![message],
            _ => return Err(CallError::invalid_reply("the reply to a batch is of an unknown kind")),
        };
        // An error about an entry that the other side could not read has no id.
        let mut unread: Option<RpcError> = None;
        for message in messages {
            let Message::Answer(answer) = message else {
                tracing::warn!("the reply to a batch holds an entry that is no reply");
                continue;
            };
            let id = answer.id.unwrap_or(Id::Null);
            let slot = self.slots.iter_mut().find(|slot| matches!(slot, Slot::Waiting(own) if *own == id));
            match (slot, answer.outcome) {
                (Some(slot), outcome) => {
                    let payload = outcome.map(|raw| Payload::new(share(reply, raw), inner.protocol.codec()));
                    *slot = Slot::Ended(payload.map_err(|error| told(deadline, error)));
                }
                (None, Err(error)) if id.is_null() => unread = Some(error),
                (None, _) => tracing::warn!(%id, "the reply to a batch answers a call that was not in it"),
            }
        }
        for slot in &mut self.slots {
            if matches!(slot, Slot::Waiting(_)) {
                *slot = Slot::Ended(Err(match &unread {
                    Some(error) => CallError::remote(error.clone()),
                    None => CallError::invalid_reply("the reply to the batch lacks this call"),
                }));
            }
        }
        Ok(())
    }
}

/// What the other side says of a call. It may know when we give up, and be the first to say that it is so.
fn told(deadline: Deadline, error: RpcError) -> CallError {
    let error = CallError::remote(error);
    if error.is_late() && deadline.has_passed() { CallError::timeout(deadline.timeout()) } else { error }
}

/// The replies to a batch.
#[derive(Debug)]
pub struct Replies {
    slots: Vec<Slot>,
}

impl Replies {
    /// The result of one call.
    ///
    /// # Errors
    /// When that call failed. Also when the entry is of another batch.
    pub fn take<R: DeserializeOwned>(&mut self, entry: Entry<R>) -> Result<R, CallError> {
        self.payload(entry.index)?.decode().map_err(CallError::wrong_type)
    }

    /// The result of one call, undecoded.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn take_payload<R>(&mut self, entry: Entry<R>) -> Result<Payload, CallError> {
        self.payload(entry.index)
    }

    fn payload(&mut self, index: usize) -> Result<Payload, CallError> {
        match self.slots.get_mut(index).map(|slot| std::mem::replace(slot, Slot::Taken)) {
            Some(Slot::Ended(result)) => result,
            _ => Err(CallError::invalid_reply("the entry is not of this batch")),
        }
    }
}

impl<R> fmt::Debug for Entry<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", self.index)
    }
}
