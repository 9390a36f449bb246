//! Runs futures on the calling thread, with a runtime in the background that wakes them.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use futures_util::{Stream, StreamExt as _};
use tokio::runtime::{Builder, EnterGuard, Handle};

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

fn runtime() -> &'static Handle {
    static RUNTIME: OnceLock<Handle> = OnceLock::new();
    RUNTIME.get_or_init(|| start().expect("the system should have a thread and a few file descriptors left"))
}

/// A thread that does nothing but drive a runtime, as long as the program runs.
fn start() -> std::io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("tinyrpc-blocking".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}
