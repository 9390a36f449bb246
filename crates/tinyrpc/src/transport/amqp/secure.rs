//! Connections to a broker over TLS. The AMQP library asks its runtime for connections; this runtime gives secure ones, so
//! that there is one way to TLS in the house.

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use async_rs::traits::Reactor;
use async_rs::util::RuntimeParts;
use async_rs::{Runtime, Tokio};
use futures_util::Stream;
use futures_util::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

use crate::transport::tls::TlsClient;

/// The part of a runtime that connects to one broker.
#[derive(Clone, Debug)]
pub(super) struct Secure {
    tokio: Tokio,
    tls: TlsClient,
    host: String,
    port: u16,
}

impl Secure {
    /// A runtime for connections to this broker alone. To be called within tokio.
    pub(super) fn runtime(tls: TlsClient, host: &str, port: u16) -> Runtime<RuntimeParts<Tokio, Self>> {
        let tokio = Tokio::current();
        let secure = Self { tokio: tokio.clone(), tls, host: host.to_owned(), port };
        Runtime::new(RuntimeParts::new(tokio, secure))
    }
}

impl Reactor for Secure {
    type TcpStream = Compat<TlsStream<TcpStream>>;
    type Sleep = <Tokio as Reactor>::Sleep;

    /// Nobody asks for this: the library makes no sockets itself.
    fn register<H: Read + Write + Send + 'static>(
        &self,
        _: H,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        Err::<Self::TcpStream, _>(io::ErrorKind::Unsupported.into())
    }

    fn sleep(&self, time: Duration) -> Self::Sleep {
        self.tokio.sleep(time)
    }

    fn interval(&self, time: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.tokio.interval(time)
    }

    fn tcp_connect_addr(
        &self,
        address: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::TcpStream>> + Send + 'static {
        let (tls, host, port) = (self.tls.clone(), self.host.clone(), self.port);
        async move {
            let tcp = TcpStream::connect(address).await?;
            tcp.set_nodelay(true)?;
            // AMQP has no name in ALPN.
            Ok(tls.connect(tcp, &host, port, None).await.map_err(io::Error::other)?.compat())
        }
    }
}
