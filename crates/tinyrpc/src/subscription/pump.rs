//! The task of one subscription: takes the items of its stream as long as there is room for them.

use std::future::poll_fn;
use std::sync::Arc;

use tinyrpc_core::{RpcError, code};

use super::items::Items;
use crate::peer::Peer;
use crate::peer::outlets::Outlet;

pub(super) async fn run(peer: Peer, outlet: Arc<Outlet>, mut items: Box<dyn Items>) {
    let mut unfinished = Unfinished { peer, outlet, error: Some(RpcError::internal("the stream panicked")) };
    let Unfinished { peer, outlet, .. } = &unfinished;
    let end = loop {
        if !poll_fn(|cx| outlet.poll_room(cx)).await {
            // Nobody is left who would want to know.
            break None;
        }
        match poll_fn(|cx| items.poll_write(cx, outlet)).await {
            Some(Ok((message, tells))) => peer.push_item(outlet, message, tells),
            Some(Err(error)) => {
                report(&error);
                break Some(error);
            }
            None => break None,
        }
        // A stream that is always ready must leave time for others.
        tokio::task::coop::consume_budget().await;
    };
    unfinished.error = end;
}

/// Tells the other side how the stream has ended, even if that was by a panic.
struct Unfinished {
    peer: Peer,
    outlet: Arc<Outlet>,
    error: Option<RpcError>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.peer.finish_outlet(&self.outlet, self.error.as_ref());
    }
}

fn report(error: &RpcError) {
    let source = std::error::Error::source(error).map(ToString::to_string);
    if error.code() == code::INTERNAL_ERROR {
        tracing::error!(%error, source, "a stream failed inside");
    } else {
        tracing::debug!(%error, source, "a stream failed");
    }
}
