//! A link made of the two directions of any byte stream.

use tokio::io::{AsyncRead, AsyncWrite};

use super::Framings;
use super::sink::Sink;
use super::source::Source;
use crate::transport::Link;

/// A link that reads messages of at most `longest` bytes from `reader`, and writes to `writer`.
///
/// A message over the limit is dropped as it arrives and costs that message only, where the framing can find the next one.
/// While nothing is under way the link holds no buffers. Closing it shuts `writer` down and drops it.
///
/// ```
/// # use tinyrpc::{Client, JsonRpc, transport::stream::{Framings, link}};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let (here, mut there) = tokio::io::duplex(1024);
/// let (reader, writer) = tokio::io::split(here);
/// let client = Client::over(link(reader, writer, &Framings::named("line")?, 4 << 20), JsonRpc::new());
///
/// tokio::spawn(async move {
///     use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
///     let call = br#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}"#;
///     there.read_exact(&mut vec![0; call.len() + 1]).await?;
///     there.write_all(b"{\"jsonrpc\":\"2.0\",\"result\":3,\"id\":1}\n").await
/// });
/// assert_eq!(client.call::<i64>("add", (1, 2)).await?, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
pub fn link<R, W>(reader: R, writer: W, framings: &Framings, longest: usize) -> Link
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    Link::new(Sink::new(writer, framings.make(longest)), Source::new(reader, framings.make(longest)))
}
