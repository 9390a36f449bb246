//! A server that answers as it was told, and remembers what it was asked.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tinyrpc_core::{Call, Codec, Dispatch, Handler, Outcome, Payload, Protocol, RpcError, code};
use tokio::sync::{oneshot, watch};

use super::action::Action;
use super::exchange::Fragile;
use super::expectation::{Expectation, Pattern, Rule};
use super::received::Received;
use super::report::Report;
use super::value::Value;
use crate::Client;
use crate::server::Server;
use crate::service::Service;
use crate::transport::TransportError;

/// A server for tests of what calls it: it is told which calls to [`expect`](Self::expect) and what to do with them,
/// [records](Self::calls) what comes, and [`verify`](Self::verify) says whether that was what was expected.
///
/// A call that nobody expected is answered with "Method not found", or with "Invalid params" if only its arguments are
/// not those expected; the error's message says more. Clones are the same server.
#[derive(Clone)]
pub struct MockServer {
    service: Service,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// How much has come.
    count: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    journal: Vec<Received>,
    in_order: bool,
}

impl MockServer {
    /// A server that expects nothing. It speaks JSON-RPC, and MessagePack-RPC where that is asked for, as far as they are
    /// built in.
    #[cfg(any(feature = "jsonrpc", feature = "msgpack"))]
    #[must_use]
    #[allow(clippy::new_without_default)] // a mock server is no value that something else would be made of
    pub fn new() -> Self {
        #[cfg(feature = "jsonrpc")]
        let mock = Self::speaking(tinyrpc_core::JsonRpc::new());
        #[cfg(not(feature = "jsonrpc"))]
        let mock = Self::speaking(tinyrpc_core::MessagePackRpc::new());
        #[cfg(all(feature = "jsonrpc", feature = "msgpack"))]
        let mock = Self { service: mock.service.with_protocol(tinyrpc_core::MessagePackRpc::new()), ..mock };
        mock
    }

    /// A server that expects nothing and speaks this protocol.
    #[must_use]
    pub fn speaking(protocol: impl Protocol) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), count: watch::Sender::new(0) });
        Self { service: Service::new(protocol, Answering(Arc::clone(&shared))), shared }
    }

    /// Expects the calls in the order in which they are told; default: those of different methods come in any order.
    #[must_use]
    pub fn in_order(self) -> Self {
        self.shared.lock().in_order = true;
        self
    }

    /// Expects a call or notification of `method`.
    pub fn expect(&self, method: impl Into<String>) -> Expectation<'_> {
        let index = {
            let mut state = self.shared.lock();
            state.rules.push(Rule::new(method.into()));
            state.rules.len() - 1
        };
        Expectation::new(self, index)
    }

    /// A client in memory, which calls the server directly.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::sharing(Arc::new(Fragile(self.service.clone())), Arc::clone(&self.service.protocols()[0]))
    }

    /// A client in memory over a link.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn linked_client(&self) -> Client {
        super::linked_client(&self.service)
    }

    /// The service, to be mounted somewhere.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Serves at a URL that [`Server::bind`] takes, such as `tcp://127.0.0.1:0`, until what it gives is dropped.
    ///
    /// # Errors
    /// When the address cannot be used.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn serve(&self, url: &str) -> Result<Running, TransportError> {
        let server = Server::new(self.service.clone()).bind(url).await?.with_grace(Duration::ZERO);
        let url = server.endpoints().remove(0);
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            if let Err(error) = server.run_until(stopped).await {
                tracing::warn!(%error, "a mock server failed");
            }
        });
        Ok(Running { url, _stop: stop })
    }

    /// Everything that came, in the order in which it did, expected or not.
    #[must_use]
    pub fn calls(&self) -> Vec<Received> {
        self.shared.lock().journal.clone()
    }

    /// Waits until `count` calls and notifications have come in all, and gives them. Useful for notifications, whose
    /// sender does not hear that they came. It has no time limit of its own. Cancel safe.
    pub async fn received(&self, count: usize) -> Vec<Received> {
        // The sender is here, in `self`.
        let _ = self.shared.count.subscribe().wait_for(|came| *came >= count).await;
        self.calls()
    }

    /// Says whether everything came that was expected, and nothing else.
    ///
    /// # Errors
    /// When not: what is missing, and what came.
    pub fn check(&self) -> Result<(), Report> {
        let (patterns, journal) = {
            let state = self.shared.lock();
            (state.patterns(), state.journal.clone())
        };
        let codec = self.service.protocols()[0].codec();
        let missing = patterns.iter().filter(|wanted| !wanted.is_met());
        let missing: Vec<_> = missing
            .map(|wanted| format!("{}, expected {}, came {}", wanted.describe(codec), wanted.times, times(wanted.came)))
            .collect();
        let unexpected = journal.iter().filter(|received| !received.is_expected()).count();
        if missing.is_empty() && unexpected == 0 {
            return Ok(());
        }
        let came = journal.iter().map(|received| match &received.surprise {
            Some(why) => format!("{received}: {why}"),
            None => received.to_string(),
        });
        Err(Report { missing, came: came.collect(), unexpected })
    }

    /// Panics unless everything came that was expected, and nothing else.
    ///
    /// # Panics
    /// With a report of what is missing and what came, when [`check`](Self::check) fails.
    #[track_caller]
    pub fn verify(&self) {
        if let Err(report) = self.check() {
            panic!("{report}");
        }
    }

    pub(super) fn change(&self, index: usize, change: impl FnOnce(&mut Rule)) {
        if let Some(rule) = self.shared.lock().rules.get_mut(index) {
            change(rule);
        }
    }
}

fn times(count: usize) -> String {
    super::Times::from(count).to_string()
}

impl Shared {
    /// Nothing that holds the lock calls code of the test, which may want to look at the mock server itself.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what came, and gives what is to be done about it.
    fn take(&self, mut received: Received, codec: &'static dyn Codec) -> Result<(Action, Option<Duration>), RpcError> {
        loop {
            let (patterns, in_order) = {
                let state = self.lock();
                (state.patterns(), state.in_order)
            };
            let found = find(&patterns, in_order, &received, codec);
            let mut state = self.lock();
            let found = match found {
                Ok(index) => match state.rules.get_mut(index).filter(|rule| rule.pattern.has_room()) {
                    Some(rule) => {
                        rule.pattern.came += 1;
                        Ok((rule.queue.pop_front().unwrap_or_else(|| rule.action.clone()), rule.delay))
                    }
                    // Another call has taken it meanwhile, so that it will not be found again.
                    None => continue,
                },
                Err(error) => Err(error),
            };
            received.surprise = found.as_ref().err().map(|error| error.message().to_owned());
            state.journal.push(received);
            return found;
        }
    }
}

impl State {
    fn patterns(&self) -> Vec<Pattern> {
        self.rules.iter().map(|rule| rule.pattern.clone()).collect()
    }
}

/// The expectation that a call meets, or why there is none.
fn find(
    patterns: &[Pattern],
    in_order: bool,
    received: &Received,
    codec: &'static dyn Codec,
) -> Result<usize, RpcError> {
    let mut near = Vec::new();
    for (index, wanted) in patterns.iter().enumerate() {
        let is_same = *wanted.method == *received.method;
        if is_same && wanted.has_room() && wanted.fits(received) {
            return Ok(index);
        }
        if is_same {
            near.push(format!("{}, {}", wanted.describe(codec), wanted.times));
        }
        if in_order && !wanted.is_met() {
            let what = format!("unexpected: {} is to come first", wanted.describe(codec));
            return Err(RpcError::new(code::INVALID_REQUEST, what));
        }
    }
    Err(if near.is_empty() {
        RpcError::new(code::METHOD_NOT_FOUND, "unexpected: no call of this method is expected")
    } else {
        RpcError::new(code::INVALID_PARAMS, format!("unexpected: expected is {}", near.join("; ")))
    })
}

/// Finds one handler for everything, which looks at the method itself.
struct Answering(Arc<Shared>);

impl Dispatch for Answering {
    fn find(&self, _: &str) -> Option<&dyn Handler> {
        Some(self)
    }
}

impl Handler for Answering {
    fn call(&self, call: Call<'_>) -> Outcome {
        let (raw, codec) = (call.params.raw(), call.params.codec());
        let params = Payload::new(raw.to_vec().into(), codec);
        let value = Value::params(raw, codec);
        let received = Received::new(call.method, params, value, !call.reply.is_wanted(), call.origin);
        let found = self.0.take(received, codec);
        self.0.count.send_modify(|count| *count += 1);
        match found {
            Ok((action, delay)) => action.take(call, delay),
            Err(error) => {
                let what = format!("{}: {}", call.method, error.message());
                Outcome::Done(Err(RpcError::new(error.code(), what)))
            }
        }
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("MockServer").field("expected", &state.rules.len()).field("calls", &state.journal).finish()
    }
}

/// A mock server that serves at a URL, until this is dropped.
#[derive(Debug)]
pub struct Running {
    url: String,
    _stop: oneshot::Sender<()>,
}

impl Running {
    /// The URL that clients use, with the real port.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}
