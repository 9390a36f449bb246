//! JSON in lines over TCP, as a [`Wire`].

use crate::Failure;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How much is read at once, in bytes.
const BUFFER: usize = 16 << 10;

pub(super) struct Wire {
    stream: TcpStream,
    unread: Vec<u8>,
    out: Vec<u8>,
}

impl Wire {
    pub(super) fn over(stream: TcpStream) -> Wire {
        Wire { stream, unread: Vec::with_capacity(BUFFER), out: Vec::new() }
    }
}

impl super::Wire for Wire {
    fn push(&mut self, message: Vec<u8>) -> Result<(), Failure> {
        self.out.extend_from_slice(&message);
        self.out.push(b'\n');
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        self.stream.write_all(&self.out).await?;
        self.out.clear();
        Ok(())
    }

    async fn receive<M>(&mut self, mut message: M) -> Result<(), Failure>
    where
        M: FnMut(&[u8]) -> Result<(), Failure> + Send,
    {
        if self.stream.read_buf(&mut self.unread).await? == 0 {
            return Err("the server closed the connection".into());
        }
        let mut done = 0;
        while let Some(length) = memchr::memchr(b'\n', &self.unread[done..]) {
            message(&self.unread[done..done + length])?;
            done += length + 1;
        }
        self.unread.drain(..done);
        Ok(())
    }
}
