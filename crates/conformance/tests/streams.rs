//! Links over byte streams pass the suite, with every framing that can carry the protocol.

use tinyrpc::transport::Link;
use tinyrpc::transport::stream::{Framings, link};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

const PAIRS: [(&str, &str); 7] = [
    ("jsonrpc", "line"),
    ("jsonrpc", "header"),
    ("jsonrpc", "length"),
    ("jsonrpc", "json"),
    ("msgpack", "header"),
    ("msgpack", "length"),
    ("msgpack", "msgpack"),
];

fn end(stream: impl AsyncRead + AsyncWrite + Send + 'static, framing: &str) -> Link {
    let (reader, writer) = tokio::io::split(Box::pin(stream));
    link(reader, writer, &Framings::named(framing).unwrap(), 4 << 20)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for (protocol, framing) in PAIRS {
        tinyrpc_conformance::link_of(protocol, async || {
            let (here, there) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
            (end(here.unwrap(), framing), end(there.unwrap().0, framing))
        })
        .await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn unix() {
    for (protocol, framing) in PAIRS {
        tinyrpc_conformance::link_of(protocol, async || {
            let (here, there) = tokio::net::UnixStream::pair().unwrap();
            (end(here, framing), end(there, framing))
        })
        .await;
    }
}

#[tokio::test]
async fn any_stream() {
    for (protocol, framing) in PAIRS {
        tinyrpc_conformance::link_of(protocol, async || {
            let (here, there) = tokio::io::duplex(1_000);
            (end(here, framing), end(there, framing))
        })
        .await;
    }
}
