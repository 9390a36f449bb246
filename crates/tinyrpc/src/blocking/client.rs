//! The client whose methods wait.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tinyrpc_core::{Limits, Origin, Payload, Protocol};

use super::{Batch, Proxy, block_on, runtime};
use crate::client::{CallError, CallTo, Connector, IdGenerator};
use crate::trace::Direction;
use crate::transport::{ClientTransport, Link, TransportError};

/// Calls methods on the other side, and waits for what comes back. Cheap to clone; clones share the connection, and any
/// number of threads may use it at the same time.
///
/// Everything is as with the async [`Client`](crate::Client), which does the work: arguments, timeouts, errors.
/// Dropping it never waits. See the [module](mod@crate::blocking) for where it can be used.
///
/// # Panics
/// Any method when the system has no thread or no file descriptor left for the thread in the background.
#[derive(Clone)]
pub struct Client {
    /// Always there, but for the end of `drop`.
    inner: Option<crate::Client>,
}

impl Client {
    /// A client of the endpoint at a URL, such as `http://127.0.0.1:5000/`, `tcp://127.0.0.1:5000` or
    /// `exec:COMMAND ARG…`: those that [`Client::connect`](crate::Client::connect) takes. Whoever starts a command had
    /// better [`close`](Self::close) the client before the program ends: without, the command only finds its input closed.
    ///
    /// # Errors
    /// When the URL cannot be used, nothing built in serves such URLs, or a link to it could not be made.
    pub fn connect(url: &str) -> Result<Self, TransportError> {
        Self::connect_with(&Connector::new(), url)
    }

    /// The same with the settings of a [`Connector`].
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_with(connector: &Connector, url: &str) -> Result<Self, TransportError> {
        block_on(connector.connect(url)).map(Self::from)
    }

    /// A client that speaks `protocol` over `transport`.
    pub fn new(transport: impl ClientTransport, protocol: impl Protocol) -> Self {
        crate::Client::new(transport, protocol).into()
    }

    /// A client that speaks `protocol` over a link, which the thread in the background drives.
    ///
    /// A link on sockets must have been made in [`block_on`], or in a runtime that goes on running.
    pub fn over(link: Link, protocol: impl Protocol) -> Self {
        let _entered = runtime::enter();
        crate::Client::over(link, protocol).into()
    }

    /// How long a call may take, from here to its reply; default 30 s. For a single call:
    /// `client.clone().with_timeout(…).call(…)`.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        self.map(|client| client.with_timeout(timeout))
    }

    /// Where the ids of calls come from.
    #[must_use]
    pub fn with_ids(self, ids: impl IdGenerator) -> Self {
        self.map(|client| client.with_ids(ids))
    }

    /// Bounds replies.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        self.map(|client| client.with_limits(limits))
    }

    /// Shows every raw message to `trace`, in both directions, on whatever thread moves it.
    #[must_use]
    pub fn with_trace(self, trace: impl Fn(Direction, &Origin, &[u8]) + Send + Sync + 'static) -> Self {
        self.map(|client| client.with_trace(trace))
    }

    /// A view of this client whose calls do no harm if they run twice; see
    /// [`Client::idempotent`](crate::Client::idempotent).
    #[must_use]
    pub fn idempotent(&self) -> Self {
        self.as_async().idempotent().into()
    }

    /// The protocol that the client speaks.
    #[must_use]
    pub fn protocol(&self) -> &Arc<dyn Protocol> {
        self.as_async().protocol()
    }

    /// The async client that does the work. What it is asked for has to run under [`block_on`].
    #[must_use]
    pub fn as_async(&self) -> &crate::Client {
        self.inner.as_ref().expect("the client is taken out in `drop` only")
    }

    /// Calls a method and waits for its result.
    ///
    /// # Errors
    /// [`CallError`] says whose fault it was.
    pub fn call<R: DeserializeOwned>(&self, method: &str, params: impl Serialize) -> Result<R, CallError> {
        block_on(self.as_async().call(method, params))
    }

    /// Calls a method with arguments that are encoded already, and gives the result undecoded.
    ///
    /// # Errors
    /// [`CallError`] says whose fault it was.
    pub fn call_payload(&self, method: &str, params: Option<&Payload>) -> Result<Payload, CallError> {
        block_on(self.as_async().call_payload(method, params))
    }

    /// Sends a notification: the method runs, and nothing comes back. Returns when the other side has the message, on a
    /// link when it has been handed over: a program that ends then had better [`close`](Self::close) the client.
    ///
    /// # Errors
    /// When the notification could not be sent; never because of what the method did.
    pub fn notify(&self, method: &str, params: impl Serialize) -> Result<(), CallError> {
        block_on(self.as_async().notify(method, params))
    }

    /// Sends a notification with arguments that are encoded already.
    ///
    /// # Errors
    /// As [`notify`](Self::notify).
    pub fn notify_payload(&self, method: &str, params: Option<&Payload>) -> Result<(), CallError> {
        block_on(self.as_async().notify_payload(method, params))
    }

    /// Starts a batch: several calls and notifications in one message.
    pub fn batch(&self) -> Batch<'_> {
        Batch::new(self.as_async().batch())
    }

    /// Makes several calls at the same time, each in a message of its own; results come in the order of the calls.
    pub fn call_all<R: DeserializeOwned, P: Serialize>(
        &self,
        calls: impl IntoIterator<Item = (impl AsRef<str>, P)>,
    ) -> Vec<Result<R, CallError>> {
        block_on(self.as_async().call_all(calls))
    }

    /// A view of the methods whose names start with `prefix`, such as `site.`; the empty prefix gives all of them.
    #[must_use]
    pub fn proxy(&self, prefix: impl Into<String>) -> Proxy {
        Proxy::new(self.clone(), prefix.into())
    }

    /// Closes the link of this client and of its clones, and returns when it is gone; what was sent before goes out
    /// first, and calls that other threads wait for end with an error. It takes some seconds at most. Without a link
    /// there is nothing to close.
    pub fn close(self) {
        block_on(self.as_async().clone().close());
    }

    fn map(mut self, change: impl FnOnce(crate::Client) -> crate::Client) -> Self {
        self.inner = self.inner.take().map(change);
        self
    }
}

/// A client that is driven already goes on in its own runtime, which must be another thread's.
impl From<crate::Client> for Client {
    fn from(client: crate::Client) -> Self {
        Self { inner: Some(client) }
    }
}

/// Some media want to be closed where there is a runtime.
impl Drop for Client {
    fn drop(&mut self) {
        let _entered = runtime::try_enter();
        self.inner = None;
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Makes all calls at the same time, also through different clients, and waits for all; results come in the order of the
/// calls. `CallTo::new` takes what [`Client::as_async`] gives.
pub fn call_all<R>(calls: impl IntoIterator<Item = CallTo<R>>) -> Vec<Result<R, CallError>> {
    block_on(crate::client::call_all(calls))
}
