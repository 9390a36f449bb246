//! A server with a few methods, and a client that sends exactly the bytes it is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tinyrpc::transport::http::{HttpServer, HttpSettings};
use tinyrpc::transport::{ServerTransport, Shutdown, ShutdownTrigger};
use tinyrpc::{Context, Dispatcher, JsonRpc, Limits, RpcError, Service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub(crate) const ADD: &str = r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":7}"#;
pub(crate) const THREE: &str = r#"{"jsonrpc":"2.0","id":7,"result":3}"#;
pub(crate) const HOLD: &str = r#"{"jsonrpc":"2.0","method":"hold","id":7}"#;

/// What the method `hold` does: it says that it runs, waits for leave, and says when it is dropped instead.
#[derive(Clone)]
pub(crate) struct Hold {
    pub(crate) entered: Arc<Semaphore>,
    pub(crate) leave: Arc<Semaphore>,
    pub(crate) cancelled: Arc<Semaphore>,
}

struct Dropped(Option<Arc<Semaphore>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(cancelled) = self.0.take() {
            cancelled.add_permits(1);
        }
    }
}

impl Hold {
    fn new() -> Self {
        let closed = || Arc::new(Semaphore::new(0));
        Self { entered: closed(), leave: closed(), cancelled: closed() }
    }

    async fn run(self) -> &'static str {
        let mut dropped = Dropped(Some(self.cancelled));
        self.entered.add_permits(1);
        self.leave.acquire().await.unwrap().forget();
        dropped.0 = None;
        "held"
    }
}

pub(crate) async fn take(permits: &Semaphore) {
    soon(permits.acquire()).await.unwrap().forget();
}

pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), future).await.expect("in time")
}

pub(crate) fn service() -> (Service, Hold, Arc<AtomicUsize>) {
    let (hold, hits) = (Hold::new(), Arc::new(AtomicUsize::new(0)));
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    dispatcher.register("echo", |(value,): (String,)| value).unwrap();
    let counted = Arc::clone(&hits);
    dispatcher
        .register("hit", move || {
            counted.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
    let held = hold.clone();
    dispatcher.register("hold", move || held.clone().run()).unwrap();
    dispatcher
        .register("header", |cx: Context, (name,): (String,)| {
            let headers = cx.extension::<http::HeaderMap>().ok_or_else(|| RpcError::application("no headers"))?;
            Ok::<_, RpcError>(headers.get(name).map(|value| value.to_str().unwrap().to_owned()))
        })
        .unwrap();
    dispatcher.register("left", |cx: Context, (): ()| cx.deadline().map(left)).unwrap();
    dispatcher
        .register("trace", |cx: Context, (): ()| {
            cx.trace().map(|trace| (trace.traceparent().to_owned(), trace.tracestate().map(str::to_owned)))
        })
        .unwrap();
    dispatcher.register("caller", |cx: Context, (): ()| cx.origin().address().map(str::to_owned)).unwrap();
    dispatcher.register("uri", |cx: Context, (): ()| cx.extension::<http::Uri>().map(ToString::to_string)).unwrap();
    dispatcher
        .register("user", |cx: Context, (): ()| cx.extension::<http::Extensions>()?.get::<User>().map(|user| user.0))
        .unwrap();
    (Service::new(JsonRpc::new(), dispatcher), hold, hits)
}

/// In milliseconds.
fn left(deadline: std::time::Instant) -> u64 {
    deadline.saturating_duration_since(std::time::Instant::now()).as_millis() as u64
}

/// What a middleware might have found out.
#[derive(Clone)]
pub(crate) struct User(pub(crate) &'static str);

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) hold: Hold,
    pub(crate) hits: Arc<AtomicUsize>,
    pub(crate) trigger: ShutdownTrigger,
    pub(crate) task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(|server| server, |service| service).await
    }

    pub(crate) async fn set(settings: HttpSettings) -> Self {
        Self::with(|server| server.with_settings(settings), |service| service).await
    }

    pub(crate) async fn limited(bytes: usize) -> Self {
        Self::with(|server| server, |service| service.with_limits(Limits::default().with_message(bytes))).await
    }

    pub(crate) async fn with(
        server: impl FnOnce(HttpServer) -> HttpServer,
        change: impl FnOnce(Service) -> Service,
    ) -> Self {
        let (service, hold, hits) = service();
        let server = server(HttpServer::bind("127.0.0.1:0").await.unwrap());
        let address = server.address();
        let (trigger, shutdown) = Shutdown::new();
        let serving = Box::new(server).serve(change(service), shutdown);
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Self { address, hold, hits, trigger, task }
    }

    pub(crate) async fn connect(&self) -> Raw {
        Raw::new(TcpStream::connect(self.address).await.unwrap())
    }
}

pub(crate) struct Raw {
    pub(crate) tcp: TcpStream,
    read: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

pub(crate) fn post(body: impl AsRef<[u8]>) -> Vec<u8> {
    request("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json", body)
}

/// `head` without its end, and a body with its length.
pub(crate) fn request(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("{head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

impl Raw {
    pub(crate) fn new(tcp: TcpStream) -> Self {
        Self { tcp, read: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        soon(self.tcp.write_all(bytes.as_ref())).await.unwrap();
    }

    pub(crate) async fn ask(&mut self, bytes: impl AsRef<[u8]>) -> Response {
        self.send(bytes).await;
        self.response().await
    }

    /// Whether the connection still serves.
    pub(crate) async fn lives(&mut self) {
        assert_eq!(self.ask(post(ADD)).await.body, THREE, "the connection goes on");
    }

    pub(crate) async fn response(&mut self) -> Response {
        let head = self.head().await;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut response = Response { status, head, body: String::new() };
        let length = response.header("content-length").map_or(0, |length| length.parse().unwrap());
        response.body = String::from_utf8(self.bytes(length).await).unwrap();
        response
    }

    pub(crate) async fn head(&mut self) -> String {
        let end = loop {
            match self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => assert!(self.more().await, "ended within a head: {:?}", String::from_utf8_lossy(&self.read)),
            }
        };
        String::from_utf8(self.read.drain(..end).collect()).unwrap()
    }

    pub(crate) async fn bytes(&mut self, length: usize) -> Vec<u8> {
        while self.read.len() < length {
            assert!(self.more().await, "ended within a body");
        }
        self.read.drain(..length).collect()
    }

    /// Whether the server has sent nothing so far.
    pub(crate) fn nothing_yet(&self) -> bool {
        self.tcp.try_read(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    /// Sends as long as the connection stands.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.tcp.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Reads all that comes before the server ends the connection.
    pub(crate) async fn until_end(&mut self) {
        while soon(self.tcp.read_buf(&mut self.read)).await.is_ok_and(|length| length > 0) {}
    }

    async fn more(&mut self) -> bool {
        soon(self.tcp.read_buf(&mut self.read)).await.unwrap() > 0
    }

    /// Waits for the server to end the connection without another word.
    pub(crate) async fn ends(&mut self) {
        let ended = soon(self.tcp.read_buf(&mut self.read)).await;
        assert!(!ended.is_ok_and(|length| length > 0), "got {:?}", String::from_utf8_lossy(&self.read));
    }
}
