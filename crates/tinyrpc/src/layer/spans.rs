//! A tracing span around every call.

use tinyrpc_core::{Call, Outcome, TraceContext};
use tracing::Instrument as _;

use super::{Layer, Next};

/// Opens a `tracing` span called `rpc` around every call, with the fields `method` and `from`, and logs how it ended.
/// Where the caller named the trace that the call belongs to, `trace` is its id, and `parent` that of the caller's span.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spans;

impl Layer for Spans {
    fn call(&self, call: Call<'_>, next: Next<'_>) -> Outcome {
        let trace = call.trace;
        let (id, parent) = (trace.map(TraceContext::trace_id), trace.map(TraceContext::parent_id));
        let span = tracing::info_span!("rpc", method = call.method, from = %call.origin, trace = id, parent);
        let inside = span.clone();
        let outcome = span.in_scope(|| {
            next.inspect(call, move |ended| match ended {
                Ok(()) => tracing::info!(parent: &inside, "done"),
                Err(error) => tracing::info!(parent: &inside, code = error.code(), "failed: {}", error.message()),
            })
        });
        match outcome {
            Outcome::Future(future) => Outcome::Future(Box::pin(future.instrument(span))),
            outcome => outcome,
        }
    }
}
