//! What we stream to the other side: the subscriptions that a link serves, and what of them is to be sent.
//!
//! A subscription's items wait in a queue of their own, from where the driver takes them, in turn, when the link has
//! room. Nothing of a queue is sent before the reply that tells the subscription's id.

mod form;
mod outlet;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use tinyrpc_core::{Id, Incoming, Limits, Message, Protocol, RpcError, code};
use tokio::task::AbortHandle;

pub(crate) use form::{Form, Subscription};
pub(crate) use outlet::Outlet;

use super::slow::Bounds;
use outlet::Then;

/// The subscriptions that one end of a link serves.
#[derive(Default)]
pub(crate) struct Outlets {
    /// Made when there is one, so that a link without costs little.
    state: OnceLock<Box<Mutex<State>>>,
    /// Whether calls are answered on this link, by whom it is told when a reply with an id is out.
    served: AtomicBool,
    ended: AtomicBool,
    /// How many wait for their reply, and how many have something to send: mostly none, and then nothing is locked.
    opening: AtomicUsize,
    ready: AtomicUsize,
}

#[derive(Default)]
struct State {
    /// The newest id.
    last: u64,
    outlets: HashMap<u64, Arc<Outlet>>,
    /// Those whose id has not been told, by the id of the call.
    opening: Vec<(Id<'static>, Arc<Outlet>)>,
    /// Those that have something to send.
    ready: VecDeque<Arc<Outlet>>,
}

impl Outlets {
    /// Nothing that holds the lock calls foreign code, so a poisoned state is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.get_or_init(Box::default).lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls are answered on this link.
    pub(super) fn serve(&self) {
        self.served.store(true, Ordering::SeqCst);
    }

    /// Makes a subscription, whose id is told by the reply to `call`.
    ///
    /// # Errors
    /// When there are `most` already, the link has ended, or calls are answered elsewhere.
    pub(super) fn open(
        &self,
        most: usize,
        call: Id<'static>,
        bounds: Bounds,
        form: impl FnOnce(u64) -> Form,
    ) -> Result<Arc<Outlet>, RpcError> {
        if !self.served.load(Ordering::SeqCst) {
            return Err(needs_link());
        }
        let mut state = self.lock();
        // Writing lets whoever ends the link after this see the state that it is to clear.
        if self.ended.fetch_or(false, Ordering::SeqCst) {
            return Err(RpcError::new(code::TOO_BUSY, "the link is about to end"));
        }
        if state.outlets.len() >= most {
            return Err(RpcError::new(code::TOO_BUSY, "too many subscriptions on this link"));
        }
        state.last += 1;
        let id = state.last;
        let outlet = Arc::new(Outlet::new(form(id), bounds));
        state.outlets.insert(id, Arc::clone(&outlet));
        state.opening.push((call, Arc::clone(&outlet)));
        self.opening.store(state.opening.len(), Ordering::SeqCst);
        Ok(outlet)
    }

    /// A reply has been written: what it opens may send now, unless it is an error.
    #[inline]
    pub(super) fn replied(&self, protocol: &dyn Protocol, reply: &[u8], sent: bool) {
        if self.is_opening() {
            self.find_replied(protocol, reply, sent);
        }
    }

    /// Whether any subscription waits for its reply.
    #[inline]
    fn is_opening(&self) -> bool {
        self.opening.load(Ordering::SeqCst) > 0
    }

    #[cold]
    fn find_replied(&self, protocol: &dyn Protocol, reply: &[u8], sent: bool) {
        let ours = Limits::default().with_message(usize::MAX).with_batch(usize::MAX).with_nesting(usize::MAX);
        let messages = match protocol.read(reply, &ours) {
            Incoming::One(message) => vec![message],
            Incoming::Batch(messages) => messages,
            _ => Vec::new(),
        };
        for message in messages {
            let Message::Answer(answer) = message else { continue };
            let id = answer.id.unwrap_or(Id::Null);
            let outlet = {
                let mut state = self.lock();
                let Some(place) = state.opening.iter().position(|(call, _)| *call == id) else { continue };
                let (_, outlet) = state.opening.remove(place);
                self.opening.store(state.opening.len(), Ordering::SeqCst);
                outlet
            };
            if !sent || answer.outcome.is_err() {
                self.close(outlet.form.id);
            } else if outlet.open() {
                self.schedule(outlet);
            }
        }
    }

    /// A call gets no reply: what it was to open ends.
    pub(super) fn unanswered(&self, call: &Id<'_>) {
        if !self.is_opening() {
            return;
        }
        let opening = self.lock().opening.iter().find(|(id, _)| id == call).map(|(_, outlet)| outlet.form.id);
        if let Some(id) = opening {
            self.close(id);
        }
    }

    fn schedule(&self, outlet: Arc<Outlet>) {
        let mut state = self.lock();
        state.ready.push_back(outlet);
        self.ready.store(state.ready.len(), Ordering::SeqCst);
    }

    /// Takes an item. True when the driver has to be woken.
    pub(super) fn push(&self, outlet: &Arc<Outlet>, message: Bytes, tells: u64) -> bool {
        let news = outlet.push(message, tells);
        if news {
            self.schedule(Arc::clone(outlet));
        }
        news
    }

    /// Nothing more comes. True when the driver has to be woken.
    pub(super) fn finish(&self, outlet: &Arc<Outlet>, error: Option<&RpcError>) -> bool {
        let news = outlet.finish(error);
        if news {
            self.schedule(Arc::clone(outlet));
        }
        news
    }

    /// Ends a subscription because nobody wants it any more. False when there is none with this id.
    pub(crate) fn close(&self, id: u64) -> bool {
        let outlet = {
            let mut state = self.lock();
            let Some(outlet) = state.outlets.remove(&id) else { return false };
            state.opening.retain(|(_, other)| !Arc::ptr_eq(other, &outlet));
            self.opening.store(state.opening.len(), Ordering::SeqCst);
            outlet
        };
        outlet.close();
        true
    }

    /// The next message to be sent.
    #[inline]
    pub(super) fn next(&self) -> Option<Bytes> {
        if self.ready.load(Ordering::SeqCst) == 0 { None } else { self.next_ready() }
    }

    fn next_ready(&self) -> Option<Bytes> {
        let mut state = self.lock();
        while let Some(outlet) = state.ready.pop_front() {
            let (message, then) = outlet.next();
            match then {
                Then::Goes => state.ready.push_back(outlet),
                Then::Rests => {}
                Then::Over => {
                    state.outlets.remove(&outlet.form.id);
                }
            }
            if message.is_some() {
                self.ready.store(state.ready.len(), Ordering::SeqCst);
                return message;
            }
        }
        self.ready.store(0, Ordering::SeqCst);
        None
    }

    /// Whether any subscription is open.
    pub(super) fn is_used(&self) -> bool {
        self.state.get().is_some() && !self.lock().outlets.is_empty()
    }

    /// Ends all, and gives what is to be sent before the link is closed.
    pub(super) fn take_leave(&self) -> Vec<Bytes> {
        if !self.is_used() {
            return Vec::new();
        }
        let outlets: Vec<_> = self.lock().outlets.values().cloned().collect();
        let error = RpcError::new(code::APPLICATION_ERROR, "the link ends");
        outlets.iter().flat_map(|outlet| outlet.take_all(&error)).collect()
    }

    /// Drops all streams; no new one is taken.
    pub(super) fn end_all(&self) {
        self.ended.swap(true, Ordering::SeqCst);
        if self.state.get().is_none() {
            return;
        }
        let state = {
            let mut state = self.lock();
            self.opening.store(0, Ordering::SeqCst);
            self.ready.store(0, Ordering::SeqCst);
            std::mem::take(&mut *state)
        };
        for outlet in state.outlets.into_values() {
            outlet.close();
        }
    }
}

/// The error of those who want to subscribe where nothing can be sent later.
pub(crate) fn needs_link() -> RpcError {
    let what = "a subscription needs a link, such as WebSocket or TCP: nothing can be sent later over this transport";
    RpcError::new(code::METHOD_NOT_FOUND, what)
}

impl super::Peer {
    /// Starts a subscription: `form` tells how its messages look, `fill` is the task that pushes its items, and `call` the
    /// id of the call whose reply tells the id of the subscription.
    ///
    /// # Errors
    /// When there are too many, or the link has ended.
    pub(crate) fn open_outlet<F: Future<Output = ()> + Send + 'static>(
        &self,
        call: Id<'static>,
        bounds: Bounds,
        form: impl FnOnce(u64) -> Form,
        fill: impl FnOnce(Self, Arc<Outlet>) -> F,
    ) -> Result<Subscription, RpcError> {
        let shared = self.shared();
        let outlet = shared.outlets.open(shared.settings.subscriptions, call, bounds, form)?;
        let id = outlet.form.subscription();
        let task: AbortHandle = tokio::spawn(fill(self.clone(), Arc::clone(&outlet))).abort_handle();
        outlet.set_task(task);
        Ok(id)
    }

    pub(crate) fn push_item(&self, outlet: &Arc<Outlet>, message: Bytes, tells: u64) {
        if self.shared().outlets.push(outlet, message, tells) {
            self.shared().driver.wake();
        }
    }

    pub(crate) fn finish_outlet(&self, outlet: &Arc<Outlet>, error: Option<&RpcError>) {
        if self.shared().outlets.finish(outlet, error) {
            self.shared().driver.wake();
        }
    }

    pub(crate) fn close_outlet(&self, id: u64) -> bool {
        self.shared().outlets.close(id)
    }
}

/// For a link whose driver does not answer the calls.
#[cfg(feature = "zmq")]
impl super::Peer {
    /// Whether any subscription waits for the reply that tells its id.
    pub(crate) fn is_opening(&self) -> bool {
        self.shared().outlets.is_opening()
    }

    /// A reply has been handed over, before anything that the driver will send, or could not be.
    pub(crate) fn replied(&self, reply: &[u8], sent: bool) {
        let shared = self.shared();
        shared.outlets.replied(&*shared.protocol, reply, sent);
        shared.driver.wake();
    }

    /// A call is over and gets no reply.
    pub(crate) fn unanswered(&self, call: &Id<'_>) {
        self.shared().outlets.unanswered(call);
    }
}
