//! Byte streams without a library between: an echo, and a loop that answers all that has come with one write.

use crate::memory::handwritten::answer;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How much is read at once, in bytes.
const BUFFER: usize = 16 << 10;

/// The floor: sends back whatever comes, and nobody looks at it.
pub(super) async fn echo<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..read]).await?;
    }
}

/// Lets `answer` take whole messages from what has been read; it says how many bytes they had.
pub(super) async fn serve<S, A>(mut stream: S, answer: A) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(&[u8], &mut Vec<u8>) -> io::Result<usize>,
{
    let (mut unread, mut out) = (Vec::with_capacity(BUFFER), Vec::new());
    loop {
        if stream.read_buf(&mut unread).await? == 0 {
            return Ok(());
        }
        let answered = answer(&unread, &mut out)?;
        unread.drain(..answered);
        stream.write_all(&out).await?;
        out.clear();
    }
}

/// JSON-RPC in lines, with the function that the in-memory benchmark measures.
pub(super) fn lines(unread: &[u8], out: &mut Vec<u8>) -> io::Result<usize> {
    let mut answered = 0;
    while let Some(length) = memchr::memchr(b'\n', &unread[answered..]) {
        let before = out.len();
        answer(&unread[answered..answered + length], out);
        if out.len() > before {
            out.push(b'\n');
        }
        answered += length + 1;
    }
    Ok(answered)
}
