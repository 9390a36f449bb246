//! A server that sends what the test says, and nothing else.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use tinyrpc::transport::http::HttpClient;
use tinyrpc::transport::{ClientTransport, Expect, Outgoing, TransportError, TransportErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Ends a test that would hang. No test takes anywhere near as long.
pub(crate) async fn within<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), test).await.expect("the test hangs")
}

pub(crate) struct Server(TcpListener);

impl Server {
    pub(crate) async fn bind() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("loopback"))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.0.local_addr().expect("bound"))
    }

    pub(crate) fn client(&self) -> HttpClient {
        HttpClient::new(&self.url()).expect("a good URL")
    }

    pub(crate) async fn accept(&self) -> Connection {
        Connection { stream: self.0.accept().await.expect("accept").0, read: Vec::new() }
    }

    /// Answers one request with these bytes and gives what the client makes of them.
    pub(crate) async fn once(answer: impl AsRef<[u8]>) -> Result<Option<Bytes>, TransportError> {
        Self::once_for(call("?"), answer).await
    }

    pub(crate) async fn once_for(
        message: Outgoing<'_>,
        answer: impl AsRef<[u8]>,
    ) -> Result<Option<Bytes>, TransportError> {
        let server = Self::bind().await;
        let client = server.client();
        let serve = async {
            let mut connection = server.accept().await;
            connection.request().await.expect("a request");
            connection.send(answer).await;
            // Dropped here, which closes it.
        };
        within(async { tokio::join!(client.exchange(message), serve).0 }).await
    }
}

pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Request {
    /// Request line and headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Connection {
    /// The next request; `None` when the client closed the connection.
    pub(crate) async fn request(&mut self) -> Option<Request> {
        loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head = String::from_utf8(self.read[..end].to_vec()).expect("ASCII").to_ascii_lowercase();
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .map_or(0, |length| length.parse::<usize>().expect("a number"));
                let body = end + 4..end + 4 + length;
                if self.read.len() >= body.end {
                    let body = String::from_utf8(self.read[body].to_vec()).expect("UTF-8");
                    self.read.drain(..end + 4 + length);
                    return Some(Request { head, body });
                }
            }
            if self.fill().await == 0 {
                assert!(self.read.is_empty(), "half a request");
                return None;
            }
        }
    }

    /// Reads once; gives how many bytes came.
    pub(crate) async fn fill(&mut self) -> usize {
        self.read.reserve(64 << 10);
        self.stream.read_buf(&mut self.read).await.unwrap_or(0)
    }

    pub(crate) fn unread(&self) -> &[u8] {
        &self.read
    }

    /// Sends bytes, if the client still listens.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Returns when the client has closed the connection.
    pub(crate) async fn closed(&mut self) {
        while self.fill().await > 0 {}
    }

    /// Answers requests with their own body until the client closes. Gives how many there were.
    pub(crate) async fn echo(mut self) -> usize {
        let mut served = 0;
        while let Some(request) = self.request().await {
            self.send(ok(&request.body)).await;
            served += 1;
        }
        served
    }
}

/// A good answer.
pub(crate) fn ok(body: &str) -> String {
    answer("200 OK", "Content-Type: application/json\r\n", body)
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

pub(crate) fn call(message: &str) -> Outgoing<'static> {
    Outgoing::new(Bytes::copy_from_slice(message.as_bytes()), "application/json")
}

pub(crate) fn notification() -> Outgoing<'static> {
    let mut outgoing = call("!");
    outgoing.expect = Expect::Nothing;
    outgoing
}

pub(crate) fn text(reply: Result<Option<Bytes>, TransportError>) -> String {
    String::from_utf8(reply.expect("a reply").expect("not empty").to_vec()).expect("UTF-8")
}

/// Asserts what kind of error it is, and that its message says this.
#[track_caller]
pub(crate) fn assert_error(
    result: Result<Option<Bytes>, TransportError>,
    kind: TransportErrorKind,
    says: &str,
) -> TransportError {
    let error = result.expect_err("an error");
    assert_eq!(error.kind(), kind, "{error:?}");
    assert!(error.to_string().contains(says), "{error}");
    error
}

/// Has the runtime learn what happened to its sockets before: it tells in the order in which it happened.
pub(crate) async fn settle() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    let (near, far) = tokio::join!(TcpStream::connect(address), listener.accept());
    let (mut near, mut far) = (near.expect("connect"), far.expect("accept").0);
    for _ in 0..3 {
        near.write_all(b"x").await.expect("write");
        far.read_u8().await.expect("read");
    }
}
