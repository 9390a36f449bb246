//! What the tests of streams share: a service, and ways to reach it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tinyrpc::client::Connector;
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::stream::TcpServer;
use tinyrpc::{CallError, Client, Dispatcher, JsonRpc, Server, Service, protocol_named};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// Which framing can carry which protocol.
pub(crate) const PAIRS: [(&str, &str); 7] = [
    ("jsonrpc", "line"),
    ("jsonrpc", "header"),
    ("jsonrpc", "length"),
    ("jsonrpc", "json"),
    ("msgpack", "header"),
    ("msgpack", "length"),
    ("msgpack", "msgpack"),
];

/// Fails instead of hanging.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("this should not take so long")
}

/// `add`, `echo`, `size` of a text, `turn` (the calls return in reversed order, from `turns` to 1), `note` and `notes`
/// (what was noted), `wait` (until `open`).
pub(crate) fn dispatcher(turns: usize) -> Dispatcher {
    let mut dispatcher = Dispatcher::new();
    let turn = watch::Sender::new(turns);
    let gate = watch::Sender::new(false);
    let opened = gate.subscribe();
    let notes = Arc::new(AtomicUsize::new(0));
    let noted = Arc::clone(&notes);
    dispatcher
        .register("add", |(a, b): (i64, i64)| a + b)
        .and_then(|dispatcher| dispatcher.register("echo", |(text,): (String,)| text))
        .and_then(|dispatcher| dispatcher.register("size", |(text,): (String,)| text.len()))
        .and_then(|dispatcher| {
            dispatcher.register("turn", move |(number,): (usize,)| {
                let turn = turn.clone();
                async move {
                    turn.subscribe().wait_for(|now| *now == number).await.expect("the sender lives");
                    turn.send_modify(|now| *now -= 1);
                    number
                }
            })
        })
        .and_then(|dispatcher| {
            dispatcher.register("note", move |(number,): (usize,)| {
                // Only the next one in order counts.
                let _ = notes.compare_exchange(number, number + 1, Ordering::SeqCst, Ordering::SeqCst);
            })
        })
        .and_then(|dispatcher| dispatcher.register("notes", move || noted.load(Ordering::SeqCst)))
        .and_then(|dispatcher| {
            dispatcher.register("wait", move || {
                let mut opened = opened.clone();
                async move { opened.wait_for(|open| *open).await.map(|_| ()).expect("the gate is there") }
            })
        })
        .and_then(|dispatcher| dispatcher.register("open", move || gate.send_replace(true)))
        .expect("the names differ");
    dispatcher
}

pub(crate) fn service() -> Service {
    Service::new(JsonRpc::new(), dispatcher(0))
}

/// A server that runs; dropping it stops it without waiting.
pub(crate) struct Running {
    pub(crate) url: String,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(server: Server) -> Self {
        let url = server.endpoints().concat();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            server.run_until(async { drop(stopped.await) }).await.expect("the server goes on to its end");
        });
        Self { url, stop: Some(stop), task }
    }

    pub(crate) async fn tcp(server: TcpServer, service: Service) -> Self {
        Self::start(Server::new(service).with_transport(server))
    }

    /// On a free port of this machine.
    pub(crate) async fn anywhere() -> Self {
        Self::tcp(TcpServer::bind("127.0.0.1:0").await.unwrap(), service()).await
    }

    pub(crate) fn address(&self) -> &str {
        let rest = self.url.strip_prefix("tcp://").unwrap();
        rest.split_once('?').map_or(rest, |(address, _)| address)
    }

    pub(crate) async fn client(&self, protocol: &str) -> Client {
        let connector = Connector::new().with_protocol(protocol_named(protocol).unwrap());
        soon(connector.connect(&self.url)).await.unwrap()
    }

    pub(crate) async fn raw(&self) -> Raw {
        Raw(BufReader::new(TcpStream::connect(self.address()).await.unwrap()))
    }

    /// Stops it and waits for its end.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        soon(&mut self.task).await.unwrap();
    }

    pub(crate) fn begin_to_stop(&mut self) {
        drop(self.stop.take());
    }

    pub(crate) async fn ended(mut self) {
        soon(&mut self.task).await.unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A connection that does what the test says, with a message on each line.
pub(crate) struct Raw(pub(crate) BufReader<TcpStream>);

impl Raw {
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        soon(self.0.write_all(bytes.as_ref())).await.unwrap();
    }

    /// The next line; `None` at the end, and when the connection broke.
    pub(crate) async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match soon(self.0.read_line(&mut line)).await {
            Ok(count) if count > 0 => Some(line.trim_end().to_owned()),
            _ => None,
        }
    }

    pub(crate) async fn expect(&mut self, line: &str) {
        assert_eq!(self.line().await.as_deref(), Some(line));
    }
}

pub(crate) const CALL: &str = r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}"#;
pub(crate) const RESULT: &str = r#"{"jsonrpc":"2.0","id":1,"result":3}"#;

pub(crate) async fn adds(client: &Client) {
    assert_eq!(soon(client.call::<i64>("add", (1, 2))).await.unwrap(), 3);
}

pub(crate) fn transport_kind(error: &CallError) -> Option<TransportErrorKind> {
    error.transport_error().map(tinyrpc::transport::TransportError::kind)
}
