//! A ROUTER and a function, without a library between.

use crate::Failure;
use omq_tokio::{Options, Payload, Socket, SocketType, TrySendError};

/// Answers every message as it comes; batches of them are taken together, as tinyrpc's server does.
pub(super) async fn serve(listening: impl FnOnce(&str), answer: impl Fn(&[u8], &mut Vec<u8>)) -> Result<(), Failure> {
    let socket = Socket::try_new(SocketType::Router, Options::default().router_mandatory(true))?;
    let endpoint = socket.bind("tcp://127.0.0.1:0").await?.to_string();
    listening(endpoint.trim_start_matches("tcp://"));
    let socket = socket.identity_routing()?;
    let (mut messages, mut out) = (Vec::new(), Vec::new());
    loop {
        socket.recv_many_into(64, &mut messages).await?;
        for mut message in messages.drain(..) {
            let (Some(from), Some(body)) = (message.pop_identity(), message.last_payload()) else { continue };
            out.clear();
            answer(body.as_slice(), &mut out);
            message.replace_last_payload(Payload::from_slice(&out));
            match socket.try_send_to(&from, message) {
                Ok(()) => {}
                Err(TrySendError::Full(message)) => socket.send_to(&from, message).await?,
                // A client that hangs up is no failure here.
                Err(_) => {}
            }
        }
    }
}
