//! The callback transport: a client and a server that hand their messages to functions of the program.

use std::sync::Mutex;

use bytes::Bytes;
use tinyrpc::transport::callback::{CallbackClient, CallbackServer};
use tinyrpc::{Origin, Service};
use tokio::sync::oneshot;

/// Where the reply to one message goes. It comes with the message, and so back with the reply.
type Slot = Mutex<Option<oneshot::Sender<Bytes>>>;

/// A client whose messages a server in this process gets.
pub(super) fn transport(service: Service) -> CallbackClient {
    let server = CallbackServer::new(service, |from, reply| {
        let slot = from.extension::<Slot>().and_then(|slot| slot.lock().ok()?.take());
        if let Some(slot) = slot {
            // Whoever waited may have gone.
            let _ = slot.send(reply);
        }
    });
    CallbackClient::new(move |message| {
        let (slot, reply) = oneshot::channel::<Bytes>();
        let from = Origin::new("callback").with_extension(Slot::new(Some(slot)));
        server.receive_now(from, message);
        // The slot is dropped with its message when no reply is owed.
        async move { Ok(reply.await.ok()) }
    })
}
