//! What the other side streams to us: finds the queue that an item of a subscription belongs to.
//!
//! The driver registers a subscription when it settles the reply that tells its id, so that what follows in the same
//! read finds its queue, whenever the caller's task runs. What comes before the reply is kept, within bounds.

mod early;
mod event;
mod feed;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tinyrpc_core::message::Request;
use tinyrpc_core::{Codec, Id, Payload, RpcError};

pub(crate) use event::Shape;
pub(crate) use feed::{Feed, FeedEnd, Taken};

use crate::transport::TransportError;
use early::Early;
use feed::Pushed;

/// The subscriptions of one end of a link.
#[derive(Default)]
pub(crate) struct Feeds {
    /// Made when there is one, so that a link without costs little.
    state: OnceLock<Box<Mutex<State>>>,
    /// Whether there is any: without, a notification costs no more than this.
    used: AtomicBool,
    /// How many queues reading waits for.
    blocking: AtomicUsize,
}

#[derive(Default)]
struct State {
    /// Those whose call is under way, by its id.
    opening: Vec<(Id<'static>, Arc<Feed>)>,
    open: HashMap<Id<'static>, Vec<Arc<Feed>>>,
    /// How many of both want notifications of this method; the empty name stands for any method.
    methods: HashMap<Box<str>, (usize, Shape)>,
    early: Early,
}

impl State {
    fn want(&mut self, feed: &Feed) {
        self.methods.entry(feed.method.clone().unwrap_or_default()).or_insert((0, feed.shape)).0 += 1;
    }

    fn forget(&mut self, feed: &Feed) {
        let method = feed.method.as_deref().unwrap_or_default();
        if let Some((count, _)) = self.methods.get_mut(method) {
            *count -= 1;
            if *count == 0 {
                self.methods.remove(method);
            }
        }
        if self.opening.is_empty() {
            self.early.clear();
        }
    }

    /// The open subscription that a notification is for: one that wants the method, else one that wants any.
    fn find(&self, key: &Id<'static>, method: &str) -> Option<&Arc<Feed>> {
        let feeds = self.open.get(key)?;
        let named = feeds.iter().find(|feed| feed.method.as_deref() == Some(method));
        named.or_else(|| feeds.iter().find(|feed| feed.method.is_none()))
    }

    fn is_opening(&self, method: &str) -> bool {
        self.opening.iter().any(|(_, feed)| feed.method.as_deref().is_none_or(|wanted| wanted == method))
    }

    /// Takes a feed out, wherever it is.
    fn remove(&mut self, feed: &Arc<Feed>) {
        let before = self.opening.len();
        self.opening.retain(|(_, other)| !Arc::ptr_eq(other, feed));
        let mut found = self.opening.len() < before;
        if let Some(key) = feed.key.get()
            && let Some(feeds) = self.open.get_mut(key)
        {
            let before = feeds.len();
            feeds.retain(|other| !Arc::ptr_eq(other, feed));
            found |= feeds.len() < before;
            if feeds.is_empty() {
                self.open.remove(key);
            }
        }
        if found {
            self.forget(feed);
        }
    }
}

impl Feeds {
    /// Nothing that holds the lock calls foreign code, so a poisoned state is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.get_or_init(Box::default).lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A feed that is known by its key before anything is sent.
    fn open(&self, key: Id<'static>, feed: Arc<Feed>) {
        let mut state = self.lock();
        state.want(&feed);
        // It is set once: the feed is new.
        let _ = feed.key.set(key.clone());
        state.open.entry(key).or_default().push(feed);
        self.used.store(true, Ordering::Release);
    }

    /// A subscription whose call, with this id, is about to be sent.
    fn opening(&self, call: Id<'static>, feed: Arc<Feed>) {
        let mut state = self.lock();
        state.want(&feed);
        state.opening.push((call, feed));
        self.used.store(true, Ordering::Release);
    }

    /// Whether any subscription is open or about to be.
    pub(super) fn is_used(&self) -> bool {
        self.used.load(Ordering::Acquire)
    }

    /// A call has got this result; if it opens a subscription, this tells the subscription's id.
    pub(super) fn answered(&self, call: &Id<'_>, result: &[u8], codec: &'static dyn Codec) {
        if !self.is_used() {
            return;
        }
        let (feed, early, replaced) = {
            let mut state = self.lock();
            let Some(place) = state.opening.iter().position(|(id, _)| id == call) else { return };
            // Without an id it stays there until its subscriber, who sees the result, gives it up.
            let Some(key) = event::key(result, codec) else { return };
            let (_, feed) = state.opening.remove(place);
            feed.identify(key.clone(), Payload::new(Bytes::copy_from_slice(result), codec));
            let early = state.early.take(&key, feed.method.as_deref());
            if state.opening.is_empty() {
                state.early.clear();
            }
            // A medium that connects again may meet a server that counts from the beginning.
            let same = |other: &Arc<Feed>| other.method == feed.method;
            let replaced = state.open.get(&key).and_then(|feeds| feeds.iter().find(|other| same(other)).cloned());
            if let Some(old) = &replaced {
                state.remove(old);
            }
            state.open.entry(key).or_default().push(Arc::clone(&feed));
            (feed, early, replaced)
        };
        if let Some(old) = replaced {
            let error = RpcError::new(0, "the other side has given the same id to another subscription");
            self.end(&old, FeedEnd::Told(Some(error)));
        }
        for event in early {
            match event.what {
                early::What::Item(item) => self.push(&feed, item, event.missed),
                early::What::Dropped => feed.miss(event.missed),
                early::What::End(error) => {
                    feed.miss(event.missed);
                    self.remove(&feed, FeedEnd::Told(error));
                }
            }
        }
    }

    /// Takes a notification if it is one of a subscription.
    pub(super) fn deliver(&self, request: &Request<'_>) -> bool {
        if !self.is_used() || request.id.is_some() {
            return false;
        }
        let method = &*request.method;
        let known = {
            let state = self.lock();
            let known = state.methods.get(method).map(|(_, shape)| *shape);
            if known.is_none() && !state.methods.contains_key("") {
                return false;
            }
            known
        };
        let Some(event) = event::read(request.params, known) else { return false };
        let codec = request.params.codec();
        // Copied, so that a small item does not keep the whole read alive that it came in.
        let payload = |raw: &[u8]| Payload::new(Bytes::copy_from_slice(raw), codec);
        let feed = {
            let mut state = self.lock();
            match state.find(&event.key, method) {
                Some(feed) => Arc::clone(feed),
                None if state.is_opening(method) => {
                    let what = match event.what {
                        event::What::Item(raw) => early::What::Item(payload(raw)),
                        event::What::End(error) => early::What::End(error),
                    };
                    let (key, missed) = (event.key, event.missed);
                    let size = method.len() + request.params.raw().len();
                    state.early.push(early::Event { method: method.into(), key, what, missed, size });
                    return true;
                }
                None => return false,
            }
        };
        match event.what {
            event::What::Item(raw) => self.push(&feed, payload(raw), event.missed),
            event::What::End(error) => {
                feed.miss(event.missed);
                self.remove(&feed, FeedEnd::Told(error));
            }
        }
        true
    }

    fn push(&self, feed: &Arc<Feed>, item: Payload, missed: u64) {
        match feed.push(item, missed) {
            Pushed::Taken => {}
            Pushed::Blocks => {
                self.blocking.fetch_add(1, Ordering::SeqCst);
            }
            Pushed::TooSlow => {
                let farewell = feed.take_farewell();
                self.remove(feed, FeedEnd::TooSlow);
                if let (Some(farewell), Some(id)) = (farewell, feed.id()) {
                    farewell(id.clone());
                }
            }
        }
    }

    /// Whether the link must not be read, because a queue is full that nothing may be lost from.
    pub(super) fn block(&self) -> bool {
        self.blocking.load(Ordering::SeqCst) > 0
    }

    /// The next thing for the subscriber of `feed`. True when the link may be read again.
    fn poll_take(&self, feed: &Feed, cx: &mut Context<'_>) -> Poll<(Taken, bool)> {
        feed.poll_take(cx).map(|(taken, relieved)| (taken, relieved && self.relieve()))
    }

    fn relieve(&self) -> bool {
        self.blocking.fetch_sub(1, Ordering::SeqCst) == 1
    }

    /// Takes a feed out for this reason. True when the link may be read again.
    fn remove(&self, feed: &Arc<Feed>, end: FeedEnd) -> bool {
        {
            let mut state = self.lock();
            state.remove(feed);
            self.used.store(!state.methods.is_empty(), Ordering::Release);
        }
        self.end(feed, end)
    }

    fn end(&self, feed: &Feed, end: FeedEnd) -> bool {
        feed.finish(end) && self.relieve()
    }

    /// Ends all that are open: the link is gone, or what the other side knew about it.
    pub(super) fn end_all(&self, why: impl Fn() -> TransportError) {
        if !self.is_used() {
            return;
        }
        let open = {
            let mut state = self.lock();
            let open: Vec<_> = std::mem::take(&mut state.open).into_values().flatten().collect();
            open.iter().for_each(|feed| state.forget(feed));
            self.used.store(!state.methods.is_empty(), Ordering::Release);
            open
        };
        for feed in open {
            self.end(&feed, FeedEnd::Link(why()));
        }
    }
}

impl super::Peer {
    /// A subscription whose call, with this id, is about to be made.
    pub(crate) fn await_feed(&self, call: Id<'static>, feed: &Arc<Feed>) {
        self.shared().feeds.opening(call, Arc::clone(feed));
    }

    /// A feed of what comes under this key.
    pub(crate) fn open_feed(&self, key: Id<'static>, feed: &Arc<Feed>) {
        self.shared().feeds.open(key, Arc::clone(feed));
        self.hand_over_feed(feed);
    }

    /// The next thing for a subscriber.
    pub(crate) fn poll_feed(&self, feed: &Feed, cx: &mut Context<'_>) -> Poll<Taken> {
        self.shared().feeds.poll_take(feed, cx).map(|(taken, relieved)| {
            self.read_again(relieved);
            taken
        })
    }

    /// The subscriber has got the subscription, and its policy counts. Until then the link waits where it is too slow.
    pub(crate) fn hand_over_feed(&self, feed: &Feed) {
        let feeds = &self.shared().feeds;
        self.read_again(feed.hand_over() && feeds.relieve());
    }

    /// Nobody takes the items of this subscription any more.
    pub(crate) fn close_feed(&self, feed: &Arc<Feed>) {
        self.read_again(self.shared().feeds.remove(feed, FeedEnd::Known));
    }

    fn read_again(&self, yes: bool) {
        if yes {
            self.shared().driver.wake();
        }
    }
}
