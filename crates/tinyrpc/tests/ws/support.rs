//! A server with a few methods, and a client that sends exactly the frames it is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tinyrpc::transport::ws::{WsServer, WsSettings};
use tinyrpc::transport::{ServerTransport, Shutdown, ShutdownTrigger};
use tinyrpc::{Context, Dispatcher, JsonRpc, Limits, MessagePackRpc, Service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub(crate) const ADD: &[u8] = br#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":7}"#;
pub(crate) const THREE: &[u8] = br#"{"jsonrpc":"2.0","id":7,"result":3}"#;
pub(crate) const NOTE: &[u8] = br#"{"jsonrpc":"2.0","method":"add","params":[1,2]}"#;
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), future).await.expect("in time")
}

/// The service, and the number of entered and the leave to end of its method `hold`.
pub(crate) fn dispatcher() -> (Dispatcher, Arc<Semaphore>, Arc<Semaphore>) {
    let (entered, leave) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    dispatcher.register("echo", |(value,): (String,)| value).unwrap();
    let held = (Arc::clone(&entered), Arc::clone(&leave));
    dispatcher
        .register("hold", move || {
            let (entered, leave) = held.clone();
            async move {
                entered.add_permits(1);
                leave.acquire().await.unwrap().forget();
                "held"
            }
        })
        .unwrap();
    dispatcher
        .register("header", |cx: Context, (name,): (String,)| {
            cx.extension::<http::HeaderMap>()?.get(name).map(|value| value.to_str().unwrap().to_owned())
        })
        .unwrap();
    dispatcher.register("caller", |cx: Context, (): ()| cx.origin().address().map(str::to_owned)).unwrap();
    (dispatcher, entered, leave)
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) entered: Arc<Semaphore>,
    pub(crate) leave: Arc<Semaphore>,
    pub(crate) trigger: ShutdownTrigger,
    pub(crate) task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(WsSettings::new()).await
    }

    pub(crate) async fn with(settings: WsSettings) -> Self {
        Self::build(|server| server.with_settings(settings), |dispatcher| Service::new(JsonRpc::new(), dispatcher))
            .await
    }

    pub(crate) async fn packed(settings: WsSettings) -> Self {
        let service = |dispatcher| Service::new(MessagePackRpc::new(), dispatcher);
        Self::build(|server| server.with_settings(settings), service).await
    }

    pub(crate) async fn limited(bytes: usize) -> Self {
        let limits = Limits::default().with_message(bytes);
        Self::build(|server| server, |dispatcher| Service::new(JsonRpc::new(), dispatcher).with_limits(limits)).await
    }

    pub(crate) async fn build(
        server: impl FnOnce(WsServer) -> WsServer,
        service: impl FnOnce(Dispatcher) -> Service,
    ) -> Self {
        let (dispatcher, entered, leave) = dispatcher();
        let server = server(WsServer::bind("127.0.0.1:0").await.unwrap());
        let address = server.address();
        let (trigger, shutdown) = Shutdown::new();
        let serving = Box::new(server).serve(service(dispatcher), shutdown);
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Self { address, entered, leave, trigger, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }

    pub(crate) async fn connect(&self) -> Raw {
        Raw::open(self.address).await
    }
}

pub(crate) fn request(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\nX-Tenant: blue\r\n"
    )
}

/// A connection without any cleverness.
pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    /// The head of the answer to a request on a connection of its own.
    pub(crate) async fn ask(address: SocketAddr, request: &str) -> String {
        let mut raw = Self(TcpStream::connect(address).await.unwrap());
        raw.0.write_all(format!("{request}\r\n").as_bytes()).await.unwrap();
        raw.head().await
    }

    /// A connection that has shaken hands.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let mut raw = Self(TcpStream::connect(address).await.unwrap());
        raw.0.write_all(format!("{}\r\n", request("/")).as_bytes()).await.unwrap();
        assert!(raw.head().await.starts_with("HTTP/1.1 101 "));
        raw
    }

    /// The head of an HTTP answer.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(soon(self.0.read_u8()).await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    pub(crate) async fn send(&mut self, opcode: u8, payload: &[u8]) {
        self.part(true, opcode, payload).await;
    }

    pub(crate) async fn part(&mut self, last: bool, opcode: u8, payload: &[u8]) {
        self.0.write_all(&frame(last, opcode, payload)).await.unwrap();
    }

    /// The next frame: its opcode and payload. The server neither masks nor fragments.
    pub(crate) async fn receive(&mut self) -> (u8, Vec<u8>) {
        soon(async {
            let first = self.0.read_u8().await.unwrap();
            assert_eq!(first & 0xf0, 0x80);
            let length = match self.0.read_u8().await.unwrap() {
                126 => u64::from(self.0.read_u16().await.unwrap()),
                127 => self.0.read_u64().await.unwrap(),
                length => u64::from(length),
            };
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            self.0.read_exact(&mut payload).await.unwrap();
            (first & 0x0f, payload)
        })
        .await
    }

    /// The connection is closed with this code.
    pub(crate) async fn closed(&mut self, code: u16) {
        let (opcode, payload) = self.receive().await;
        assert_eq!((opcode, payload.get(..2)), (CLOSE, Some(&code.to_be_bytes()[..])), "{payload:?}");
    }

    /// All that comes before the connection ends, which it does.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // How it ends does not matter.
        let _ = soon(self.0.read_to_end(&mut rest)).await;
        rest
    }

    /// Nothing more comes.
    pub(crate) async fn ended(&mut self) {
        let read = soon(self.0.read(&mut [0])).await;
        assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    }
}

pub(crate) fn frame(last: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x5a, 0x01, 0xff, 0x80];
    let mut out = vec![if last { 0x80 | opcode } else { opcode }];
    match payload.len() {
        length @ 0..126 => out.push(0x80 | length as u8),
        length @ 126..65_536 => {
            out.push(0x80 | 126);
            out.extend((length as u16).to_be_bytes());
        }
        length => {
            out.push(0x80 | 127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    out.extend(mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}
