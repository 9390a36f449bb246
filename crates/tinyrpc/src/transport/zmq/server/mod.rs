//! The server: a ROUTER that any number of peers call.

mod back;
mod out;
mod peers;
mod request;
mod running;
mod serving;
mod settings;
mod shared;

use omq_tokio::{Endpoint, IdentitySocket, MonitorStream, Options, Socket, SocketType};
use tinyrpc_core::call::BoxFuture;

pub use settings::ZmqSettings;

use super::{ENVELOPE, HEARTBEAT, QUEUED, address, setup};
use crate::service::Service;
use crate::transport::{ServerTransport, Shutdown, TransportError};
use serving::Serving;

/// A ZeroMQ server: a ROUTER for REQ and DEALER peers, directly or through proxies.
///
/// The last frame of what comes is the message, and its reply goes back under the same envelope. A message that owes no
/// reply gets none, with one exception: a REQ peer would wait for ever and is released with an empty frame. So is
/// what may be a REQ behind a proxy.
///
/// It answers in the service's first protocol. Synchronous handlers run one after the other, on the task that serves;
/// asynchronous ones concurrently. When a peer goes away its calls are cancelled; its notifications run on. A peer that
/// does not read its replies is given up, as [`ZmqSettings`] say, and holds up nobody else. One that comes with an identity
/// that another one has chosen takes its place: the connection of that one is closed, and what was for it goes to nobody.
///
/// To a DEALER that is connected directly there is also a way back, as on a link: handlers can call it, with a
/// [`Caller`](crate::client::Caller) for instance, and it can [subscribe](crate::subscription). Its messages carry an empty
/// frame first if the DEALER's first one did. A REQ takes nothing but its reply, and who is behind a proxy cannot be told
/// from others there; calls back to them fail, and their subscriptions are refused.
///
/// Subscriptions end when the peer unsubscribes or goes away, which heartbeats tell within a minute if nothing else does,
/// or reads nothing for [too long](ZmqSettings::with_stall). When the server stops they are told so.
#[derive(Debug)]
pub struct ZmqServer {
    socket: IdentitySocket,
    endpoint: Endpoint,
    monitor: MonitorStream,
    settings: ZmqSettings,
}

impl ZmqServer {
    /// A server at `zmq+tcp://host:port`, where port 0 picks a free one and host `*` stands for all addresses, or at
    /// `zmq+ipc:///path`. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when the URL cannot be used.
    pub async fn bind(url: &str) -> Result<Self, TransportError> {
        Self::bind_with(url, ZmqSettings::default()).await
    }

    /// As [`bind`](Self::bind), with settings.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub async fn bind_with(url: &str, settings: ZmqSettings) -> Result<Self, TransportError> {
        let endpoint = address::parse(url)?;
        if let Some(file) = address::file(&endpoint) {
            replaceable(file)?;
        }
        let options = Options::default()
            .router_mandatory(true)
            .send_hwm(QUEUED)
            .recv_hwm(QUEUED)
            .max_message_size(settings.max_message.saturating_add(ENVELOPE))
            .linger(settings.linger)
            .heartbeat_interval(HEARTBEAT)
            .heartbeat_timeout(HEARTBEAT * 2);
        let cannot = |error: omq_tokio::Error| setup(format!("cannot listen at {url}")).with_source(error);
        let socket = Socket::try_new(SocketType::Router, options).map_err(cannot)?;
        let monitor = socket.monitor();
        let endpoint = socket.bind(endpoint).await.map_err(cannot)?;
        let socket = socket.identity_routing().map_err(cannot)?;
        Ok(Self { socket, endpoint, monitor, settings })
    }
}

/// The library replaces whatever is at the path of a socket. That is right for a socket that an earlier server left.
#[cfg(unix)]
fn replaceable(file: &std::path::Path) -> Result<(), TransportError> {
    use std::os::unix::fs::FileTypeExt as _;
    match std::fs::symlink_metadata(file) {
        Ok(found) if !found.file_type().is_socket() => {
            Err(setup(format!("cannot listen at {}: it is there already and no socket", file.display())))
        }
        _ if std::os::unix::net::UnixStream::connect(file).is_ok() => {
            Err(setup(format!("cannot listen at {}: another server does", file.display())))
        }
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn replaceable(_: &std::path::Path) -> Result<(), TransportError> {
    Ok(())
}

impl ServerTransport for ZmqServer {
    fn endpoint(&self) -> String {
        address::url(&self.endpoint)
    }

    fn serve(self: Box<Self>, service: Service, shutdown: Shutdown) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move { Serving::new(*self, service).run(shutdown).await })
    }
}
