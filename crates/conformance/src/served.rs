//! The service that the suites call.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tinyrpc::codec::Items;
use tinyrpc::{Dispatcher, JsonRpc, MessagePackRpc, Payload, RpcError, Service};
use tokio::sync::Notify;

/// What the suites see of the service's handlers.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    heard: Arc<AtomicUsize>,
    hearing: Arc<Notify>,
    waiting: Arc<AtomicUsize>,
}

impl Watch {
    /// Returns when so many notifications have run.
    pub(crate) async fn heard(&self, count: usize) {
        loop {
            let more = self.hearing.notified();
            if self.heard.load(Ordering::SeqCst) >= count {
                return;
            }
            more.await;
        }
    }

    pub(crate) fn heard_now(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }

    pub(crate) fn waiting_now(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Returns when so many calls of `wait` have begun.
    pub(crate) async fn waiting(&self, count: usize) {
        loop {
            let more = self.hearing.notified();
            if self.waiting.load(Ordering::SeqCst) >= count {
                return;
            }
            more.await;
        }
    }
}

/// A service like the one that the suites call, for trying a transport out.
///
/// It speaks JSON-RPC and MessagePack-RPC and has `echo`, `later` (the same, asynchronous), `repeat` (a text that many
/// times), `fail`, `panic`, `panic_later`, `hear`, `heard`, `wait`, `open` (lets every `wait` return) and `never`.
#[must_use]
pub fn service() -> Service {
    watched().0
}

pub(crate) fn watched() -> (Service, Watch) {
    let mut dispatcher = Dispatcher::new();
    let watch = Watch::default();
    let gate = Arc::new(Notify::new());
    register(&mut dispatcher, &watch, &gate).expect("the names of the suite's methods differ");
    (Service::new(JsonRpc::new(), dispatcher).with_protocol(MessagePackRpc::new()), watch)
}

/// The first argument as it came.
fn first(params: &Payload) -> Result<Payload, RpcError> {
    match params.items() {
        Ok(Items::Array(items)) if items.len() == 1 => {
            Ok(Payload::new(Bytes::copy_from_slice(items[0]), params.codec()))
        }
        _ => Err(RpcError::invalid_params("expected one argument")),
    }
}

fn register(dispatcher: &mut Dispatcher, watch: &Watch, gate: &Arc<Notify>) -> Result<(), Box<dyn std::error::Error>> {
    dispatcher.register("echo", |params: Payload| first(&params))?;
    dispatcher.register("later", |params: Payload| async move {
        tokio::task::yield_now().await;
        first(&params)
    })?;
    dispatcher.register("repeat", |(text, times): (String, usize)| text.repeat(times))?;
    dispatcher.register("fail", |(): ()| Err::<(), _>(RpcError::new(99, "mißlungen")))?;
    dispatcher.register("panic", |(): ()| -> () { panic!("the suite's handler panics, as it should") })?;
    dispatcher.register("panic_later", |(): ()| async {
        tokio::task::yield_now().await;
        if true {
            panic!("the suite's handler panics, as it should");
        }
    })?;
    let (heard, hearing) = (Arc::clone(&watch.heard), Arc::clone(&watch.hearing));
    dispatcher.register("hear", move |(): ()| {
        heard.fetch_add(1, Ordering::SeqCst);
        hearing.notify_waiters();
    })?;
    let heard = Arc::clone(&watch.heard);
    dispatcher.register("heard", move |(): ()| heard.load(Ordering::SeqCst))?;
    let (waiting, began, closed) = (Arc::clone(&watch.waiting), Arc::clone(&watch.hearing), Arc::clone(gate));
    dispatcher.register("wait", move |(): ()| {
        let opened = Arc::clone(&closed).notified_owned();
        waiting.fetch_add(1, Ordering::SeqCst);
        began.notify_waiters();
        opened
    })?;
    let gate = Arc::clone(gate);
    dispatcher.register("open", move |(): ()| gate.notify_waiters())?;
    dispatcher.register("never", |(): ()| std::future::pending::<()>())?;
    Ok(())
}
