//! Runs futures on the calling thread, with a runtime in the background that wakes them.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use futures_util::{Stream, StreamExt as _};
use tokio::runtime::{Builder, EnterGuard, Handle, Runtime, RuntimeFlavor};

/// Runs `future` to its end on this thread.
///
/// Sockets, timers and tasks that it makes belong to the runtime in the background, also when the thread is one of
/// another runtime. Unlike tokio's own, it may so be called anywhere.
///
/// ```
/// # use tinyrpc::{Client, Dispatcher, JsonRpc, Service, blocking, transport::memory::Memory};
/// # let mut dispatcher = Dispatcher::new();
/// # dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
/// # let transport = Memory::new(Service::new(JsonRpc::new(), dispatcher));
/// let client = Client::new(transport, JsonRpc::new()); // an async one
/// let sum = blocking::block_on(client.call::<i64>("add", (1, 2)))?;
/// assert_eq!(sum, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// When the system has no thread or no file descriptor left for the runtime, and when the future panics.
pub fn block_on<F: Future>(future: F) -> F::Output {
    // A runtime that a program has made on such a thread is its own affair.
    let several = || Handle::try_current().is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
    if OWN.get() && several() {
        // Sockets and timers go on in another thread meanwhile; nobody else would ever wake this one.
        tokio::task::block_in_place(|| wait_for(future))
    } else {
        wait_for(future)
    }
}

thread_local! {
    /// Whether this is a thread of the runtime in the background.
    static OWN: Cell<bool> = const { Cell::new(false) };
}

fn wait_for<F: Future>(future: F) -> F::Output {
    let _entered = enter();
    // Within a task of another runtime its budget would count, and never come back while this thread does not return.
    let mut future = pin!(tokio::task::unconstrained(future));
    let signal = Arc::new(Signal { thread: thread::current(), given: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&signal));
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        signal.wait();
    }
}

/// The items of a stream, for which the thread waits one by one.
pub fn iterate<S: Stream + Unpin>(stream: S) -> Iter<S> {
    Iter(stream)
}

/// What [`iterate`] gives.
pub struct Iter<S>(S);

impl<S> Iter<S> {
    /// The stream, with what it has not given yet.
    pub fn into_inner(self) -> S {
        self.0
    }
}

impl<S: Stream + Unpin> Iterator for Iter<S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        block_on(self.0.next())
    }
}

impl<S> fmt::Debug for Iter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iter")
    }
}

/// Wakes one call of `block_on`. That a thread can be unparked is not enough: a handler that the future runs may wait
/// itself on the same thread, and would take what was meant for its caller.
struct Signal {
    thread: Thread,
    given: AtomicBool,
}

impl Signal {
    fn wait(&self) {
        while !self.given.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.given.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Makes the runtime in the background the one of this thread.
pub(super) fn enter() -> EnterGuard<'static> {
    runtime().enter()
}

/// The same where it can be done: not in a thread that is about to end and has given up its variables.
pub(super) fn try_enter() -> Option<EnterGuard<'static>> {
    let ending = Handle::try_current().is_err_and(|error| error.is_thread_local_destroyed());
    (!ending).then(enter)
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| start().expect("the system should have a thread and a few file descriptors left"))
}

/// A runtime with one thread that drives it as long as the program runs. It is one that can have several, so that another
/// one takes over while a task blocks that thread.
fn start() -> std::io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).thread_name("tinyrpc-blocking").enable_all();
    builder.on_thread_start(|| OWN.set(true)).build()
}
