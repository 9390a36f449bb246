//! A TCP connection that is secure or not, and the two sides' ways to one. Without the feature `tls` none is.

#[cfg(any(feature = "http-server", feature = "ws"))]
mod acceptor;
#[cfg(any(feature = "amqp", feature = "http-client", feature = "ws"))]
mod security;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

#[cfg(any(feature = "http-server", feature = "ws"))]
pub(crate) use acceptor::Acceptor;
#[cfg(any(feature = "amqp", feature = "http-client", feature = "ws"))]
pub(crate) use security::Security;

#[derive(Debug)]
pub(crate) enum MaybeTls {
    Plain(TcpStream),
    /// Boxed, because most are plain.
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::TlsStream<TcpStream>>),
}

/// Does the same with either kind of connection.
macro_rules! either {
    ($this:expr, $stream:ident => $work:expr) => {
        match $this {
            MaybeTls::Plain($stream) => $work,
            #[cfg(feature = "tls")]
            MaybeTls::Tls($stream) => $work,
        }
    };
}

impl MaybeTls {
    #[cfg(feature = "http-client")]
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.get_ref().0,
        }
    }

    /// Tells those who handle a request who is at the other end.
    #[cfg(any(feature = "http-server", feature = "ws"))]
    #[allow(clippy::unused_self)] // without TLS
    pub(crate) fn peer(&self) -> Peer {
        #[cfg(feature = "tls")]
        if let Self::Tls(stream) = self
            && let tokio_rustls::TlsStream::Server(stream) = &**stream
        {
            return Peer(Some(super::tls::TlsPeer::of(stream.get_ref().1)));
        }
        Peer::default()
    }
}

/// Who is at the other end, as far as TLS tells.
#[cfg(any(feature = "http-server", feature = "ws"))]
#[derive(Clone, Debug, Default)]
pub(crate) struct Peer(#[cfg(feature = "tls")] Option<super::tls::TlsPeer>);

#[cfg(any(feature = "http-server", feature = "ws"))]
impl Peer {
    /// Puts it where handlers find it.
    #[cfg_attr(not(feature = "tls"), allow(clippy::unused_self))]
    pub(crate) fn tell<B>(&self, request: &mut http::Request<B>) {
        #[cfg(feature = "tls")]
        if let Some(peer) = &self.0 {
            request.extensions_mut().insert(peer.clone());
        }
        #[cfg(not(feature = "tls"))]
        let _ = request;
    }
}

impl AsyncRead for MaybeTls {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        either!(self.get_mut(), stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for MaybeTls {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        either!(self.get_mut(), stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self.get_mut(), stream => Pin::new(stream).poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        either!(self, stream => stream.is_write_vectored())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self.get_mut(), stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self.get_mut(), stream => Pin::new(stream).poll_shutdown(cx))
    }
}

#[cfg(not(feature = "tls"))]
fn not_built_in() -> super::TransportError {
    let what = "https://, wss:// and amqps:// need TLS: build tinyrpc with its feature `tls`";
    super::TransportError::new(super::TransportErrorKind::Setup, what)
}
