//! A server to call, and its end.

use std::sync::Arc;
use std::time::Duration;

use tinyrpc::transport::TransportError;
use tinyrpc::transport::zmq::{ZmqServer, ZmqSettings};
use tinyrpc::{Client, Context, Dispatcher, JsonRpc, MessagePackRpc, Server, Service};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// What the handlers show of themselves.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    pub(crate) began: Arc<Notify>,
    pub(crate) dropped: Arc<Notify>,
}

/// Tells when it is dropped.
struct Tell(Arc<Notify>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

pub(crate) fn service() -> (Service, Watch) {
    let watch = Watch::default();
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    dispatcher.register("echo", |(text,): (String,)| text).unwrap();
    dispatcher.register("from", |context: Context, (): ()| context.origin().to_string()).unwrap();
    dispatcher.register("repeat", |(text, times): (String, usize)| text.repeat(times)).unwrap();
    let open = Arc::new(Notify::new());
    let (began, opened) = (Arc::clone(&watch.began), Arc::clone(&open));
    dispatcher
        .register("wait", move |(value,): (i64,)| {
            let opened = Arc::clone(&opened).notified_owned();
            began.notify_one();
            async move {
                opened.await;
                value
            }
        })
        .unwrap();
    dispatcher.register("open", move |(): ()| open.notify_waiters()).unwrap();
    let seen = watch.clone();
    dispatcher
        .register("never", move |(): ()| {
            let tell = Tell(Arc::clone(&seen.dropped));
            seen.began.notify_one();
            async move {
                let _tell = tell;
                std::future::pending::<()>().await;
            }
        })
        .unwrap();
    (Service::new(JsonRpc::new(), dispatcher).with_protocol(MessagePackRpc::new()), watch)
}

/// Binds. The port of a server that is gone may for a moment be the source port of somebody's connection.
pub(crate) async fn bind(url: &str, settings: ZmqSettings) -> ZmqServer {
    for _ in 0..100 {
        match ZmqServer::bind_with(url, settings.clone()).await {
            Ok(server) => return server,
            Err(error) if error.to_string().contains("cannot listen") && !url.ends_with(":0") => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("{url} is taken");
}

pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) watch: Watch,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), TransportError>>,
}

impl Running {
    pub(crate) async fn start(url: &str) -> Self {
        Self::start_with(url, ZmqSettings::new()).await
    }

    pub(crate) async fn start_with(url: &str, settings: ZmqSettings) -> Self {
        let (service, watch) = service();
        let transport = bind(url, settings).await;
        Self::run(Server::new(service).with_transport(transport), watch)
    }

    pub(crate) fn run(server: Server, watch: Watch) -> Self {
        let server = server.with_grace(Duration::from_secs(5));
        let url = server.endpoints().concat();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.run_until(async { drop(stopped.await) }));
        Self { url, watch, stop, task }
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("zmq+tcp://").unwrap()
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(&self.url).await.unwrap().with_timeout(Duration::from_secs(20))
    }

    /// Asks it to stop, without waiting.
    pub(crate) fn stop(self) -> JoinHandle<Result<(), TransportError>> {
        drop(self.stop);
        self.task
    }

    /// Ends it at once: nobody is told anything.
    pub(crate) async fn abort(self) {
        self.task.abort();
        assert!(soon(self.task).await.unwrap_err().is_cancelled());
    }

    /// Stops it and waits for its end.
    pub(crate) async fn end(self) {
        soon(self.stop()).await.unwrap().unwrap();
    }
}

/// Fails instead of hanging.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("nothing has happened for 30 s")
}

pub(crate) const TCP: &str = "zmq+tcp://127.0.0.1:0";

/// A path for a socket in a folder of its own, which goes with it.
pub(crate) struct Folder(std::path::PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let name = format!("tinyrpc-zmq-{}-{:x}", std::process::id(), number());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.0.join("s")
    }

    pub(crate) fn url(&self) -> String {
        format!("zmq+ipc://{}", self.path().display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Differs from call to call within this process.
fn number() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}
