//! WebSocket servers by hand on two libraries, and jsonrpsee's.

use crate::Failure;
use crate::memory::handwritten::answer;
use crate::server::jsonrpsee::module;
use futures_util::{FutureExt, SinkExt, StreamExt};
use jsonrpsee_server::{Server, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite;
use tokio_websockets::{Message, ServerBuilder};

/// Room for a small reply.
const REPLY: usize = 128;

/// tokio-websockets; replies to all messages that have come go out together.
pub(super) async fn gathered(stream: TcpStream, answer: fn(&[u8], &mut Vec<u8>)) -> Result<(), Failure> {
    let (_, mut socket) = ServerBuilder::new().accept(stream).await?;
    while let Some(message) = socket.next().await {
        let mut next = Some(message);
        while let Some(message) = next {
            let message = message?;
            if message.is_text() {
                let mut out = Vec::with_capacity(REPLY);
                answer(message.as_payload(), &mut out);
                if !out.is_empty() {
                    socket.feed(Message::text(out)).await?;
                }
            }
            next = socket.next().now_or_never().flatten();
        }
        socket.flush().await?;
    }
    Ok(())
}

/// tungstenite as most use it: each reply is sent at once.
pub(super) async fn flushed(stream: TcpStream) -> Result<(), Failure> {
    let mut socket = tokio_tungstenite::accept_async(stream).await?;
    while let Some(message) = socket.next().await {
        if let tungstenite::Message::Text(text) = message? {
            let mut out = Vec::with_capacity(REPLY);
            answer(text.as_bytes(), &mut out);
            if !out.is_empty() {
                socket.send(tungstenite::Message::text(String::from_utf8(out)?)).await?;
            }
        }
    }
    Ok(())
}

/// jsonrpsee's server, WebSocket only, everything else as its builder makes it.
pub(super) async fn jsonrpsee(listener: TcpListener) -> Result<(), Failure> {
    let config = ServerConfig::builder().ws_only().build();
    let server = Server::builder().set_config(config).build_from_tcp(listener.into_std()?)?;
    server.start(module()?).stopped().await;
    Ok(())
}
