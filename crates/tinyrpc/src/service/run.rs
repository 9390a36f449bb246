//! Runs one call through layers and handler, and keeps its failures to itself.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use tinyrpc_core::call::Ending;
use tinyrpc_core::message::{Message, Request};
use tinyrpc_core::{Call, Id, Metadata, Origin, Outcome, Protocol, Reply, RpcError, code};

use super::pending::Pending;
use super::{Answered, Inner, deadline};
use crate::layer::Next;

/// Runs what a request asks for. What its message says of the time that is left counts from when it `arrived`; `None` is now.
#[inline]
pub(super) fn start(
    inner: &Arc<Inner>,
    protocol: &Arc<dyn Protocol>,
    from: &Arc<Origin>,
    request: &Request<'_>,
    arrived: Option<Instant>,
    out: &mut Vec<u8>,
) -> Answered {
    if !request.params.metadata().is_empty() {
        return start_carrying(inner, protocol, from, request, arrived, out);
    }
    run(inner, protocol, from, request, from.metadata(), out)
}

/// The shorter time counts, and the trace that is closer to the call.
#[cold]
fn start_carrying(
    inner: &Arc<Inner>,
    protocol: &Arc<dyn Protocol>,
    from: &Arc<Origin>,
    request: &Request<'_>,
    arrived: Option<Instant>,
    out: &mut Vec<u8>,
) -> Answered {
    let arrived = arrived.unwrap_or_else(|| tokio::time::Instant::now().into_std());
    let own = protocol.read_metadata(request.params.metadata()).at(arrived);
    let deadline = own.deadline().into_iter().chain(from.metadata().deadline()).min();
    let trace = own.trace().or(from.metadata().trace()).cloned();
    run(inner, protocol, from, request, &own.with_deadline(deadline).with_trace(trace), out)
}

fn run(
    inner: &Arc<Inner>,
    protocol: &Arc<dyn Protocol>,
    from: &Arc<Origin>,
    request: &Request<'_>,
    metadata: &Metadata,
    out: &mut Vec<u8>,
) -> Answered {
    let start = out.len();
    let Request { id, method, params } = request;
    let id = id.as_ref();
    // A notification has nobody who waits for it.
    let deadline = if id.is_some() { metadata.deadline() } else { None };
    if deadline.is_some_and(deadline::has_passed) {
        write_error(protocol, id, &deadline::too_late(), method, out);
        return Answered::Written;
    }
    let ending = Ending::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut call = Call::new(from, method, *params, Reply::new(protocol, id, out)).with_ending(&ending);
        call.deadline = deadline;
        call.trace = metadata.trace();
        Next::new(inner).run(call)
    }))
    .unwrap_or_else(|panic| Outcome::Done(Err(panicked(&*panic))));
    match outcome {
        Outcome::Done(Ok(())) if id.is_some() && out.len() > start => Answered::Written,
        Outcome::Done(Ok(())) if id.is_some() => {
            write_error(protocol, id, &no_reply(), method, out);
            Answered::Written
        }
        Outcome::Done(Ok(())) => Answered::Nothing,
        Outcome::Done(Err(error)) => {
            // A handler that failed half-way may have left a part of its reply.
            out.truncate(start);
            write_error(protocol, id, &error, method, out);
            if id.is_some() { Answered::Written } else { Answered::Nothing }
        }
        Outcome::Future(future) => {
            let future = match deadline {
                Some(deadline) => deadline::bounded(deadline, future),
                None => future,
            };
            let id = id.map(|id| id.reborrow().into_owned());
            let pending = Pending::call(future, Arc::clone(protocol), id, method, ending);
            Answered::Later(pending)
        }
        // `Next` turns what blocks into a future, and no other outcome exists.
        _ => Answered::Nothing,
    }
}

/// Reports a failed call, and appends the reply that says so if one is wanted.
#[cold]
pub(super) fn write_error(
    protocol: &Arc<dyn Protocol>,
    id: Option<&Id<'_>>,
    error: &RpcError,
    method: &str,
    out: &mut Vec<u8>,
) {
    report(error, method);
    let Some(id) = id else { return };
    let start = out.len();
    // Encoding the error's data runs code of the program, which may panic as its handlers may.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| protocol.write_error(id, error, out))) {
        out.truncate(start);
        let error = panicked(&*panic);
        report(&error, method);
        protocol.write_error(id, &error, out);
    }
}

/// The error of a handler that says that it is done and has left no reply.
#[cold]
pub(super) fn no_reply() -> RpcError {
    RpcError::internal("the handler ended without a reply")
}

/// Answers what is no call, if an answer is owed.
pub(super) fn refuse(protocol: &Arc<dyn Protocol>, message: Message<'_>, out: &mut Vec<u8>) -> bool {
    match message {
        Message::Rejected(rejection) => {
            tracing::debug!(error = %chain(&rejection.error), "refused a message");
            if rejection.owed {
                protocol.write_error(&rejection.id, &rejection.error, out);
            }
            rejection.owed
        }
        Message::Answer(answer) => {
            tracing::debug!(id = ?answer.id, "got a reply where only calls are served");
            let error = RpcError::invalid_request("this is a reply, not a call");
            protocol.write_error(&answer.id.unwrap_or(Id::Null), &error, out);
            true
        }
        _ => false,
    }
}

/// What a panic said goes to the log and not to the other side.
#[cold]
pub(super) fn panicked(panic: &(dyn Any + Send)) -> RpcError {
    let what = panic
        .downcast_ref::<&str>()
        .map(|what| (*what).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a handler panicked".to_owned());
    RpcError::internal(format!("panic: {what}"))
}

#[cold]
fn report(error: &RpcError, method: &str) {
    if error.code() == code::INTERNAL_ERROR {
        tracing::error!(method, error = %chain(error), "a call failed inside");
    } else {
        tracing::debug!(method, error = %chain(error), "a call failed");
    }
}

fn chain(error: &RpcError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
