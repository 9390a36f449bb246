//! A ZeroMQ peer by hand: ZMTP 3.0 with the NULL mechanism, written from its specification (RFC 23).

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) struct RawPeer(pub(crate) TcpStream);

impl RawPeer {
    /// Connects as a socket of this type, such as `REQ`.
    pub(crate) async fn connect(address: &str, kind: &str) -> Self {
        Self::connect_as(address, kind, b"").await
    }

    /// The same with an identity of its own choice; empty: none.
    pub(crate) async fn connect_as(address: &str, kind: &str, identity: &[u8]) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut greeting = [0_u8; 64];
        greeting[0] = 0xff;
        greeting[9] = 0x7f;
        greeting[10] = 3;
        greeting[12..16].copy_from_slice(b"NULL");
        stream.write_all(&greeting).await.unwrap();
        let mut theirs = [0_u8; 64];
        stream.read_exact(&mut theirs).await.unwrap();
        let mut ready = b"\x05READY\x0bSocket-Type".to_vec();
        ready.extend(u32::try_from(kind.len()).unwrap().to_be_bytes());
        ready.extend(kind.as_bytes());
        if !identity.is_empty() {
            ready.extend(b"\x08Identity");
            ready.extend(u32::try_from(identity.len()).unwrap().to_be_bytes());
            ready.extend(identity);
        }
        let mut peer = Self(stream);
        peer.0.write_all(&[0x04, u8::try_from(ready.len()).unwrap()]).await.unwrap();
        peer.0.write_all(&ready).await.unwrap();
        let (flags, command) = peer.frame().await.unwrap();
        assert_eq!(flags & 0x04, 0x04, "READY is a command");
        assert!(command.starts_with(b"\x05READY"), "{command:?}");
        peer
    }

    pub(crate) async fn send(&mut self, frames: &[&[u8]]) {
        self.0.write_all(&encode(frames)).await.unwrap();
    }

    /// The next message; `None` when the connection has ended.
    pub(crate) async fn receive(&mut self) -> Option<Vec<Vec<u8>>> {
        let mut frames = Vec::new();
        loop {
            let (flags, body) = self.frame().await?;
            if flags & 0x04 != 0 {
                continue;
            }
            frames.push(body);
            if flags & 0x01 == 0 {
                return Some(frames);
            }
        }
    }

    async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let flags = self.0.read_u8().await.ok()?;
        let length = match flags & 0x02 {
            0 => u64::from(self.0.read_u8().await.ok()?),
            _ => self.0.read_u64().await.ok()?,
        };
        let mut body = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut body).await.ok()?;
        Some((flags, body))
    }
}

/// A message as it goes over the wire.
pub(crate) fn encode(frames: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, frame) in frames.iter().enumerate() {
        let more = u8::from(index + 1 < frames.len());
        match u8::try_from(frame.len()) {
            Ok(length) => out.extend([more, length]),
            Err(_) => {
                out.push(more | 0x02);
                out.extend((frame.len() as u64).to_be_bytes());
            }
        }
        out.extend(*frame);
    }
    out
}
