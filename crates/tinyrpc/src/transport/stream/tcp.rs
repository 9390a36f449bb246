//! Links over TCP.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use tinyrpc_core::Origin;
use tinyrpc_core::call::BoxFuture;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};

use super::serve::{self, Listener, Settings};
use super::settings::setters;
use super::{Framings, link};
use crate::service::Service;
use crate::transport::{Link, ServerTransport, Shutdown, TransportError, TransportErrorKind};

/// When nothing has come for so long, the system asks whether the other side is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// A server that gives every TCP connection to the service as a link.
#[derive(Debug)]
pub struct TcpServer {
    listener: TcpListener,
    address: SocketAddr,
    settings: Settings,
}

setters!(TcpServer);

impl TcpServer {
    /// A server at `address`, such as `127.0.0.1:5000`; port 0 picks a free one.
    ///
    /// # Errors
    /// With [`Setup`](TransportErrorKind::Setup) when the address is unknown or taken.
    pub async fn bind(address: impl ToSocketAddrs) -> Result<Self, TransportError> {
        Self::from_listener(TcpListener::bind(address).await.map_err(cannot_listen)?)
    }

    /// A server on a socket that listens already.
    ///
    /// # Errors
    /// With [`Setup`](TransportErrorKind::Setup) when the socket has no address.
    pub fn from_listener(listener: TcpListener) -> Result<Self, TransportError> {
        let address = listener.local_addr().map_err(cannot_listen)?;
        Ok(Self { listener, address, settings: Settings::default() })
    }

    /// The address, with the real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl ServerTransport for TcpServer {
    fn endpoint(&self) -> String {
        format!("tcp://{}{}", self.address, self.settings.query())
    }

    fn serve(self: Box<Self>, service: Service, shutdown: Shutdown) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move {
            serve::serve(self.listener, self.settings, service, shutdown).await;
            Ok(())
        })
    }
}

impl Listener for TcpListener {
    type Connection = (TcpStream, SocketAddr);
    type Reader = OwnedReadHalf;
    type Writer = OwnedWriteHalf;

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Connection>> {
        TcpListener::poll_accept(self, cx)
    }

    fn split((stream, address): Self::Connection) -> (Self::Reader, Self::Writer, Origin) {
        prepare(&stream);
        let (reader, writer) = stream.into_split();
        (reader, writer, Origin::new("tcp").with_address(address.to_string()))
    }
}

/// Connects to a server at `address`; the link reads messages of at most `longest` bytes.
///
/// # Errors
/// With [`Unreachable`](TransportErrorKind::Unreachable) when nobody listens there.
pub async fn connect(address: impl ToSocketAddrs, framings: &Framings, longest: usize) -> Result<Link, TransportError> {
    let unreachable =
        |error| TransportError::new(TransportErrorKind::Unreachable, "cannot connect over TCP").with_source(error);
    let stream = TcpStream::connect(address).await.map_err(unreachable)?;
    prepare(&stream);
    let (reader, writer) = stream.into_split();
    Ok(link(reader, writer, framings, longest))
}

/// Sends what is written at once, and notices in time when the other side has vanished.
fn prepare(stream: &TcpStream) {
    let keepalive = socket2::TcpKeepalive::new().with_time(KEEPALIVE);
    let prepared = stream.set_nodelay(true).and_then(|()| socket2::SockRef::from(stream).set_tcp_keepalive(&keepalive));
    if let Err(error) = prepared {
        // It works without, only not as well.
        tracing::debug!(%error, "cannot set a socket up");
    }
}

fn cannot_listen(error: io::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, "cannot listen on TCP").with_source(error)
}
