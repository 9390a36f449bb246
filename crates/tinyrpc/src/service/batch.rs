//! Answers batches: every entry goes through the layers on its own, and replies keep the order of their calls.

use std::sync::Arc;

use futures_util::future::join_all;
use tinyrpc_core::message::Message;
use tinyrpc_core::protocol::BatchSyntax;
use tinyrpc_core::{Origin, Protocol};

use super::pending::Pending;
use super::run::{self, Started};
use super::{Answered, Inner};

pub(super) fn answer(
    inner: &Arc<Inner>,
    protocol: &Arc<dyn Protocol>,
    from: &Arc<Origin>,
    messages: Vec<Message<'_>>,
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
            Message::Request(request) => match run::start(inner, protocol, from, request, out) {
                Started::Nothing => false,
                Started::Written => true,
                Started::Later(pending) => {
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
        return Answered::Later(Pending::new(finish(syntax, ready, waiting)));
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
async fn finish(syntax: BatchSyntax, ready: Vec<u8>, waiting: Vec<(usize, Pending)>) -> Vec<u8> {
    let (positions, pending): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
    let late = join_all(pending).await;
    let mut out = Vec::with_capacity(ready.len() + late.iter().map(|reply| reply.len() + 1).sum::<usize>());
    out.extend_from_slice(syntax.open);
    let mut taken = syntax.open.len();
    for (position, reply) in positions.into_iter().zip(&late) {
        append(&mut out, syntax, &ready[taken..position]);
        taken = position;
        append(&mut out, syntax, reply);
    }
    append(&mut out, syntax, &ready[taken..]);
    if out.len() == syntax.open.len() {
        return Vec::new();
    }
    out.extend_from_slice(syntax.close);
    out
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
