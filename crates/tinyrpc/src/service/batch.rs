//! Answers batches: every entry goes through the layers on its own, and replies keep the order of their calls.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tinyrpc_core::message::Message;
use tinyrpc_core::protocol::BatchSyntax;
use tinyrpc_core::{Id, Origin, Protocol, RpcError};

use super::pending::{Cancellable, Pending};
use super::run;
use super::{Answered, Inner};

pub(super) fn answer(
    inner: &Arc<Inner>,
    protocol: &Arc<dyn Protocol>,
    from: &Arc<Origin>,
    messages: Vec<Message<'_>>,
    arrived: Option<Instant>,
    out: &mut Vec<u8>,
) -> Answered {
    let Some(syntax) = protocol.capabilities().batch else {
        tracing::error!(protocol = protocol.name(), "a protocol without batches read one");
        return Answered::Nothing;
    };
    let start = out.len();
    // Where in `out` the reply of each call that is still running belongs.
    let mut waiting: Vec<(usize, Pending)> = Vec::new();
    out.extend_from_slice(syntax.open);
    let mut any = false;
    for message in messages {
        let before = out.len();
        if any {
            out.extend_from_slice(syntax.separator);
        }
        let written = match message {
            Message::Request(request) => match run::start(inner, protocol, from, &request, arrived, out) {
                Answered::Nothing => false,
                Answered::Written => true,
                Answered::Later(pending) => {
                    waiting.push((before, pending));
                    false
                }
            },
            other => run::refuse(protocol, other, out),
        };
        if written {
            any = true;
        } else {
            out.truncate(before);
        }
    }
    if !waiting.is_empty() {
        let ready = out.split_off(start);
        let waiting = waiting.into_iter().map(|(position, pending)| (position - start, pending)).collect();
        return Answered::Later(Pending::batch(Batch::new(syntax, ready, waiting)));
    }
    if any {
        out.extend_from_slice(syntax.close);
        Answered::Written
    } else {
        out.truncate(start);
        Answered::Nothing
    }
}

/// Waits for the calls that are still running, all at once, and puts their replies where they belong.
pub(super) struct Batch {
    syntax: BatchSyntax,
    ready: Vec<u8>,
    running: FuturesUnordered<Entry>,
    /// Where in `ready` each reply belongs that comes late, and the reply.
    late: Vec<(usize, Vec<u8>)>,
}

/// A call that is still running.
struct Entry {
    index: usize,
    call: Cancellable,
}

impl Future for Entry {
    type Output = (usize, Vec<u8>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = ready!(Pin::new(&mut self.call).poll(cx));
        Poll::Ready((self.index, reply))
    }
}

impl Batch {
    fn new(syntax: BatchSyntax, ready: Vec<u8>, waiting: Vec<(usize, Pending)>) -> Self {
        let mut late = Vec::with_capacity(waiting.len());
        let running = FuturesUnordered::new();
        for (index, (position, pending)) in waiting.into_iter().enumerate() {
            late.push((position, Vec::new()));
            running.push(Entry { index, call: Cancellable::new(pending) });
        }
        Self { syntax, ready, running, late }
    }

    /// As for a single call.
    pub(super) fn cancel(&mut self, id: &Id<'_>, error: Option<&RpcError>) -> bool {
        self.running.iter_mut().any(|entry| entry.call.cancel(id, error))
    }

    fn finish(&self) -> Vec<u8> {
        let Self { syntax, ready, late, .. } = self;
        let mut out = Vec::with_capacity(ready.len() + late.iter().map(|(_, reply)| reply.len() + 1).sum::<usize>());
        out.extend_from_slice(syntax.open);
        let mut taken = syntax.open.len();
        for (position, reply) in late {
            append(&mut out, *syntax, &ready[taken..*position]);
            taken = *position;
            append(&mut out, *syntax, reply);
        }
        append(&mut out, *syntax, &ready[taken..]);
        if out.len() == syntax.open.len() {
            return Vec::new();
        }
        out.extend_from_slice(syntax.close);
        out
    }
}

impl Future for Batch {
    type Output = Vec<u8>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<u8>> {
        while let Some((index, reply)) = ready!(self.running.poll_next_unpin(cx)) {
            self.late[index].1 = reply;
        }
        Poll::Ready(self.finish())
    }
}

/// Appends replies, which may start with a separator or need one.
fn append(out: &mut Vec<u8>, syntax: BatchSyntax, replies: &[u8]) {
    let replies = replies.strip_prefix(syntax.separator).unwrap_or(replies);
    if replies.is_empty() {
        return;
    }
    if out.len() > syntax.open.len() {
        out.extend_from_slice(syntax.separator);
    }
    out.extend_from_slice(replies);
}
