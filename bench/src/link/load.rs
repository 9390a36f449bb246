//! Loads a server on a link from one raw connection: what has been answered is called anew in one write.

use super::Medium;
use super::speech::Speech;
use crate::Failure;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

/// Sends `calls` calls of `add` over one connection, `in_flight` at a time after the first, which is alone and checked.
///
/// # Errors
/// When the connection or a reply is not what it should be.
pub async fn run(medium: Medium, peer: &str, address: &str, in_flight: u64, calls: u64) -> Result<(), Failure> {
    let speech = Speech::new(medium, peer);
    match medium {
        Medium::Unix => call(UnixStream::connect(address).await?, speech, in_flight, calls).await,
        Medium::Tcp | Medium::Ws => {
            let mut stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            if medium == Medium::Ws {
                open(&mut stream, address).await?;
            }
            call(stream, speech, in_flight, calls).await
        }
    }
}

async fn call<S>(mut stream: S, mut speech: Speech, in_flight: u64, calls: u64) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut unread, mut out) = (Vec::with_capacity(64 << 10), Vec::new());
    let (mut sent, mut answered) = (0, 0);
    while answered < calls {
        let allowed = if answered == 0 { 1 } else { in_flight };
        while sent < calls && sent - answered < allowed {
            speech.call(&mut out)?;
            sent += 1;
        }
        stream.write_all(&out).await?;
        out.clear();
        if stream.read_buf(&mut unread).await? == 0 {
            return Err("the server closed the connection".into());
        }
        let mut done = 0;
        while let Some(length) = speech.reply(&unread[done..])? {
            done += length;
            answered += 1;
        }
        unread.drain(..done);
    }
    if unread.is_empty() { Ok(()) } else { Err("bytes after the last reply".into()) }
}

/// The WebSocket handshake; only that the server switches is looked at.
async fn open(stream: &mut TcpStream, address: &str) -> Result<(), Failure> {
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    if head.starts_with(b"HTTP/1.1 101 ") { Ok(()) } else { Err(String::from_utf8_lossy(&head).into()) }
}
