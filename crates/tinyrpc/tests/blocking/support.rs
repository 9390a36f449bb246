//! A server in a thread of its own, since the programs that these tests stand for have no runtime.

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tinyrpc::{Dispatcher, JsonRpc, RpcError, Server, Service};
use tokio::sync::oneshot;

/// Fails instead of waiting for ever.
pub(crate) fn soon(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(30), "this should not take so long");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What was noted.
pub(crate) type Notes = Arc<Mutex<Vec<i64>>>;

pub(crate) fn service() -> (Service, Notes) {
    let (notes, mut dispatcher) = (Notes::default(), Dispatcher::new());
    let noted = Arc::clone(&notes);
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    dispatcher.register("site.add", |(a, b): (i64, i64)| async move { a + b }).unwrap();
    dispatcher.register("note", move |(number,): (i64,)| noted.lock().unwrap().push(number)).unwrap();
    dispatcher.register("fail", |(code,): (i64,)| -> Result<(), RpcError> { Err(RpcError::new(code, "no")) }).unwrap();
    dispatcher.register("never", std::future::pending::<()>).unwrap();
    (Service::new(JsonRpc::new(), dispatcher), notes)
}

/// Dropping it stops the server.
pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) notes: Notes,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn at(url: &str) -> Self {
        let (service, notes) = service();
        let (told, endpoint) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let url = url.to_owned();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let server = Server::new(service).bind(&url).await.unwrap().with_grace(Duration::ZERO);
                told.send(server.endpoints().remove(0)).unwrap();
                let stopped = async {
                    let _ = stopped.await;
                };
                server.run_until(stopped).await.unwrap();
            });
        });
        Self { url: endpoint.recv().unwrap(), notes, stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            ended.unwrap();
        }
    }
}
