//! What the connections are made of, on both sides of the proxy.

use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::PathBuf;
#[cfg(unix)]
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};

/// How clients and server speak.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Medium {
    Tcp,
    #[cfg(unix)]
    Unix,
    /// Its handshakes break as well.
    WebSocket,
}

/// Where connections come to.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Tcp(SocketAddr),
    #[cfg(unix)]
    Unix(PathBuf),
}

pub(crate) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// Lets what is closed next be reset, where that differs from any other end.
    fn reset(&self) {}
}

impl Stream for TcpStream {
    fn reset(&self) {
        // What is closed with nothing to wait for is reset.
        let _ = self.set_zero_linger();
    }
}

#[cfg(unix)]
impl Stream for UnixStream {}

impl Medium {
    /// A URL to bind a server to.
    pub(crate) fn to_bind(self) -> String {
        match self {
            Medium::Tcp => "tcp://127.0.0.1:0".to_owned(),
            #[cfg(unix)]
            Medium::Unix => format!("unix://{}", socket().display()),
            Medium::WebSocket => "ws://127.0.0.1:0/".to_owned(),
        }
    }

    /// The place that a URL of this medium names.
    pub(crate) fn place(self, url: &str) -> Place {
        let (_, place) = url.split_once("://").unwrap();
        match self {
            Medium::Tcp | Medium::WebSocket => Place::Tcp(place.trim_end_matches('/').parse().unwrap()),
            #[cfg(unix)]
            Medium::Unix => Place::Unix(place.into()),
        }
    }

    /// The URL of a place.
    pub(crate) fn url(self, place: &Place) -> String {
        match (self, place) {
            (Medium::WebSocket, Place::Tcp(address)) => format!("ws://{address}/"),
            (_, Place::Tcp(address)) => format!("tcp://{address}"),
            #[cfg(unix)]
            (_, Place::Unix(path)) => format!("unix://{}", path.display()),
        }
    }
}

impl Place {
    /// Another place of the same kind, and what listens there.
    pub(crate) async fn listen_beside(&self) -> (Self, Listener) {
        match self {
            Place::Tcp(_) => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                (Place::Tcp(listener.local_addr().unwrap()), Listener::Tcp(listener))
            }
            #[cfg(unix)]
            Place::Unix(_) => {
                let path = socket();
                let listener = UnixListener::bind(&path).unwrap();
                (Place::Unix(path), Listener::Unix(listener))
            }
        }
    }

    pub(crate) async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Place::Tcp(address) => at_once(TcpStream::connect(address).await?),
            #[cfg(unix)]
            Place::Unix(path) => Box::new(UnixStream::connect(path).await?),
        })
    }

    /// Nothing listens there any more.
    pub(crate) fn leave(&self) {
        #[cfg(unix)]
        if let Place::Unix(path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Listener {
    pub(crate) async fn accept(&self) -> Box<dyn Stream> {
        match self {
            Listener::Tcp(listener) => at_once(listener.accept().await.unwrap().0),
            #[cfg(unix)]
            Listener::Unix(listener) => Box::new(listener.accept().await.unwrap().0),
        }
    }
}

fn at_once(stream: TcpStream) -> Box<dyn Stream> {
    stream.set_nodelay(true).unwrap();
    Box::new(stream)
}

/// A path of its own.
#[cfg(unix)]
fn socket() -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("tinyrpc-faults-{}-{number}", std::process::id()))
}
