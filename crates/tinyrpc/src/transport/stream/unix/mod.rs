//! Links over unix sockets.

mod file;

use std::io;
use std::path::Path;
use std::task::{Context, Poll};

use tinyrpc_core::Origin;
use tinyrpc_core::call::BoxFuture;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};

use super::serve::{self, Listener, Settings};
use super::settings::setters;
use super::{Framings, link};
use crate::service::Service;
use crate::transport::{Link, ServerTransport, Shutdown, TransportError, TransportErrorKind};
use file::SocketFile;

/// A server that gives every connection to a unix socket to the service as a link.
///
/// Handlers find the process at the other end among the extensions of their call's origin:
/// `context.extension::<tokio::net::unix::UCred>()`. The socket's file is removed when the server ends.
#[derive(Debug)]
pub struct UnixServer {
    listener: UnixListener,
    file: SocketFile,
    settings: Settings,
}

setters!(UnixServer);

impl UnixServer {
    /// A server at `path`, to which only processes of the same user can connect, until
    /// [`with_mode`](Self::with_mode) says otherwise.
    ///
    /// The file of a socket on which nobody listens any more is replaced.
    ///
    /// # Errors
    /// With [`Setup`](TransportErrorKind::Setup) when somebody listens there, something else is there, or the file cannot
    /// be made.
    pub async fn bind(path: impl AsRef<Path>) -> Result<Self, TransportError> {
        let path = path.as_ref();
        let (listener, file) = file::listen(path).await.map_err(|error| cannot_listen(path, error))?;
        Ok(Self { listener, file, settings: Settings::default() })
    }

    /// Who may connect, as the mode of the socket's file; default `0o600`, the same user.
    ///
    /// # Errors
    /// With [`Setup`](TransportErrorKind::Setup) when the mode cannot be changed.
    pub fn with_mode(self, mode: u32) -> Result<Self, TransportError> {
        file::set_mode(self.path(), mode).map_err(|error| cannot_listen(self.path(), error))?;
        Ok(self)
    }

    /// Where the socket is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

impl ServerTransport for UnixServer {
    fn endpoint(&self) -> String {
        let path = self.path();
        let slashes = if path.is_absolute() { "//" } else { "" };
        format!("unix:{slashes}{}{}", path.display(), self.settings.query())
    }

    fn serve(self: Box<Self>, service: Service, shutdown: Shutdown) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move {
            let listening = Listening { listener: self.listener, _file: self.file };
            serve::serve(listening, self.settings, service, shutdown).await;
            Ok(())
        })
    }
}

/// Removes the file when listening ends.
struct Listening {
    listener: UnixListener,
    _file: SocketFile,
}

impl Listener for Listening {
    type Connection = UnixStream;
    type Reader = OwnedReadHalf;
    type Writer = OwnedWriteHalf;

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Connection>> {
        self.listener.poll_accept(cx).map_ok(|(stream, _)| stream)
    }

    fn split(stream: Self::Connection) -> (Self::Reader, Self::Writer, Origin) {
        let origin = Origin::new("unix");
        let origin = match stream.peer_cred() {
            Ok(process) => origin.with_extension(process),
            Err(_) => origin,
        };
        let (reader, writer) = stream.into_split();
        (reader, writer, origin)
    }
}

/// Connects to the server at `path`; the link reads messages of at most `longest` bytes.
///
/// # Errors
/// With [`Unreachable`](TransportErrorKind::Unreachable) when nobody listens there.
pub async fn connect(path: impl AsRef<Path>, framings: &Framings, longest: usize) -> Result<Link, TransportError> {
    let path = path.as_ref();
    let unreachable = |error| {
        let what = format!("cannot connect to {}", path.display());
        TransportError::new(TransportErrorKind::Unreachable, what).with_source(error)
    };
    let (reader, writer) = UnixStream::connect(path).await.map_err(unreachable)?.into_split();
    Ok(link(reader, writer, framings, longest))
}

fn cannot_listen(path: &Path, error: io::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, format!("cannot listen at {}", path.display())).with_source(error)
}
