//! JSON in text frames over WebSocket, as a [`Wire`], on tokio-websockets.

use crate::Failure;
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::io::BufWriter;
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

/// With a buffer, so that the frames of many calls go out in one write.
pub(crate) struct Wire(WebSocketStream<BufWriter<TcpStream>>);

impl Wire {
    pub(crate) async fn open(address: &str) -> Result<Wire, Failure> {
        let mut stream = super::tcp(address).await?;
        let client = ClientBuilder::new().uri(&format!("ws://{address}/"))?;
        // The handshake is not flushed; and nothing comes after it before a call has been made.
        client.connect_on(&mut stream).await?;
        Ok(Wire(client.take_over(BufWriter::with_capacity(16 << 10, stream))))
    }
}

impl super::Wire for Wire {
    fn push(&mut self, message: Vec<u8>) -> Result<(), Failure> {
        Ok(self.0.start_send_unpin(Message::text(message))?)
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.0.flush().await?)
    }

    async fn receive<M>(&mut self, mut message: M) -> Result<(), Failure>
    where
        M: FnMut(&[u8]) -> Result<(), Failure> + Send,
    {
        let mut next = self.0.next().await;
        loop {
            let received = next.ok_or("the server closed the connection")??;
            if received.is_text() {
                message(received.as_payload())?;
            }
            match self.0.next().now_or_never() {
                Some(received) => next = received,
                None => return Ok(()),
            }
        }
    }
}
