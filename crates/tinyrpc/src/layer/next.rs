//! The rest of the way to the handler.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use futures_util::FutureExt as _;
use tinyrpc_core::call::Ending;
use tinyrpc_core::message::Params;
use tinyrpc_core::{Call, Outcome, RpcError};

use crate::service::Inner;

/// The layers that are still to come, and the handler.
#[derive(Clone)]
pub struct Next<'n> {
    inner: &'n Arc<Inner>,
    passed: usize,
}

impl<'n> Next<'n> {
    pub(crate) fn new(inner: &'n Arc<Inner>) -> Self {
        Self { inner, passed: 0 }
    }

    /// Goes on with the call now. The outcome is never [`Outcome::Blocking`]: what blocks has been started elsewhere and
    /// is awaited by the future.
    #[inline]
    pub fn run(self, call: Call<'_>) -> Outcome {
        let Self { inner, passed } = self;
        if let Some(layer) = inner.layers.get(passed) {
            return layer.call(call, Next { inner, passed: passed + 1 });
        }
        let Some(handler) = inner.dispatch.find(call.method) else {
            return RpcError::method_not_found().into();
        };
        match handler.call(call) {
            Outcome::Blocking(work) => Outcome::Future(Box::pin(async move {
                match tokio::task::spawn_blocking(work).await {
                    Ok(result) => result,
                    Err(error) => Err(RpcError::internal(error)),
                }
            })),
            outcome => outcome,
        }
    }

    /// Goes on with the call when `ready` says so; what `ready` gives is held until the call has ended, and an error from
    /// it is the call's reply.
    pub fn defer<Guard: Send + 'static>(
        self,
        call: Call<'_>,
        ready: impl Future<Output = Result<Guard, RpcError>> + Send + 'static,
    ) -> Outcome {
        let (inner, passed) = (Arc::clone(self.inner), self.passed);
        let (origin, method, deadline) = (Arc::clone(call.origin), call.method.to_owned(), call.deadline);
        let trace = call.trace.cloned();
        let (params, codec) = (call.params.raw().to_vec(), call.params.codec());
        let reply = call.reply.detach();
        Outcome::Future(Box::pin(async move {
            let _guard = ready.await?;
            let ending = Ending::new();
            let mut out = reply.buffer();
            let outcome = {
                let reply = reply.attach(&mut out);
                let params = Params::new(&params, codec);
                let mut call = Call::new(&origin, &method, params, reply).with_ending(&ending);
                call.deadline = deadline;
                call.trace = trace.as_ref();
                Next { inner: &inner, passed }.run(call)
            };
            match outcome {
                Outcome::Done(done) => done.map(|()| out),
                Outcome::Future(future) => future.await,
                _ => Err(RpcError::internal("a layer returned an outcome that nobody knows")),
            }
        }))
    }

    /// Goes on with the call now, and looks at how it ended: at once, or when its future is done. Not called for a call
    /// that is cancelled. A handler that panics has ended with "Internal error".
    pub fn inspect(self, call: Call<'_>, ended: impl FnOnce(Result<(), &RpcError>) + Send + 'static) -> Outcome {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.run(call)));
        match outcome {
            Ok(Outcome::Done(done)) => {
                ended(done.as_ref().copied());
                Outcome::Done(done)
            }
            Ok(Outcome::Future(future)) => Outcome::Future(Box::pin(async move {
                match AssertUnwindSafe(future).catch_unwind().await {
                    Ok(result) => {
                        ended(result.as_ref().map(drop));
                        result
                    }
                    Err(panic) => {
                        ended(Err(&RpcError::internal("a handler panicked")));
                        resume_unwind(panic)
                    }
                }
            })),
            Ok(other) => other,
            Err(panic) => {
                ended(Err(&RpcError::internal("a handler panicked")));
                resume_unwind(panic)
            }
        }
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Next({} of {} layers passed)", self.passed, self.inner.layers.len())
    }
}
