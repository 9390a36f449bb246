//! WebSocket servers by hand on two libraries, and jsonrpsee's.

use crate::Failure;
use crate::memory::handwritten::answer;
use crate::server::jsonrpsee::module;
use futures_util::{FutureExt, SinkExt, StreamExt};
use jsonrpsee_server::{Server, ServerConfig};
use tokio::io::BufWriter;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite;
use tokio_websockets::{Message, ServerBuilder};

/// Room for a small reply.
const REPLY: usize = 128;

/// tokio-websockets; replies to all messages that have come go out together.
///
/// Messages are collected first, because to look for the next one sends what has been fed; and a buffer below makes one
/// write of the frames.
pub(super) async fn gathered(stream: TcpStream, answer: fn(&[u8], &mut Vec<u8>)) -> Result<(), Failure> {
    let stream = BufWriter::with_capacity(16 << 10, stream);
    let (_, mut socket) = ServerBuilder::new().accept(stream).await?;
    // The answer to the handshake.
    socket.flush().await?;
    let mut messages = Vec::new();
    while let Some(message) = socket.next().await {
        messages.push(message?);
        while let Some(Some(message)) = socket.next().now_or_never() {
            messages.push(message?);
        }
        for message in messages.drain(..).filter(Message::is_text) {
            let mut out = Vec::with_capacity(REPLY);
            answer(message.as_payload(), &mut out);
            if !out.is_empty() {
                socket.feed(Message::text(out)).await?;
            }
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
