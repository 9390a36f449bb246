//! Tells a client that speaks plain HTTP to a secure server what is wrong, in words that it understands.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, sink};
use tokio::net::TcpStream;
use tokio::time::timeout;

const ANSWER: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 54\r\nConnection: close\r\n\r\n\
this server speaks TLS: call it by https:// or wss://\n";

/// The most that is read of the request, in bytes, and for how long, so that the client gets to read the answer.
const REQUEST: u64 = 64 << 10;
const LINGER: Duration = Duration::from_secs(2);

/// Whether the first byte is that of an HTTP request, which a TLS handshake never is.
pub(super) async fn is_http(tcp: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    Ok(tcp.peek(&mut first).await? == 1 && first[0].is_ascii_uppercase())
}

pub(super) async fn refuse(mut tcp: TcpStream) -> io::Result<()> {
    tcp.write_all(ANSWER).await?;
    tcp.shutdown().await?;
    // How it ends does not matter.
    let _ = timeout(LINGER, copy(&mut tcp.take(REQUEST), &mut sink())).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_length_is_right() {
        let answer = std::str::from_utf8(super::ANSWER).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{}", body.len());
    }
}
