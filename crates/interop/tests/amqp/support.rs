//! One broker for all tests of this file, what they serve, and what is logged.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tinyrpc::transport::{ServerTransport, TransportError, TransportErrorKind};
use tinyrpc::{CallError, Context, Dispatcher, JsonRpc, MessagePackRpc, Server, Service};
use tinyrpc_interop::Broker;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// The broker, which ends with the process; `None` when RabbitMQ is not installed.
pub(crate) fn broker() -> Option<&'static Broker> {
    static BROKER: OnceLock<Option<Broker>> = OnceLock::new();
    BROKER.get_or_init(Broker::start).as_ref()
}

pub(crate) fn dispatcher() -> Dispatcher {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    dispatcher.register("echo", |(text,): (String,)| text).unwrap();
    dispatcher.register("origin", |cx: Context, (): ()| cx.origin().to_string()).unwrap();
    dispatcher
        .register("sleep", |(ms,): (u64,)| async move { tokio::time::sleep(Duration::from_millis(ms)).await })
        .unwrap();
    dispatcher
}

/// A server in this process.
pub(crate) struct Serving {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), TransportError>>,
}

/// Serves both protocols, JSON-RPC first.
pub(crate) fn serve(transport: impl ServerTransport, dispatcher: Dispatcher) -> Serving {
    let service = Service::new(JsonRpc::new(), dispatcher).with_protocol(MessagePackRpc::new());
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::new(service).with_transport(transport);
    let task = tokio::spawn(server.run_until(async {
        let _ = stopped.await;
    }));
    Serving { stop, task }
}

impl Serving {
    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        self.task.await.unwrap().unwrap();
    }
}

/// What went wrong with the transport.
pub(crate) fn kind<T: std::fmt::Debug>(result: Result<T, CallError>) -> TransportErrorKind {
    let error = result.unwrap_err();
    error.transport_error().unwrap_or_else(|| panic!("{error:?}")).kind()
}

/// A way to the broker that can be cut.
pub(crate) struct Cable {
    pub(crate) port: u16,
    cuts: watch::Sender<u32>,
    refusing: &'static AtomicBool,
}

impl Cable {
    pub(crate) async fn to(broker: &Broker) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, to) = (listener.local_addr().unwrap().port(), broker.port());
        let refusing: &'static AtomicBool = Box::leak(Box::default());
        let cuts = watch::Sender::new(0);
        let seen = cuts.subscribe();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                if refusing.load(Ordering::SeqCst) {
                    continue;
                }
                let mut far = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                let mut seen = seen.clone();
                seen.mark_unchanged();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = seen.changed() => {}
                    }
                });
            }
        });
        Self { port, cuts, refusing }
    }

    /// Cuts all connections there are.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Lets no new connection through, or lets them again.
    pub(crate) fn refuse(&self, refuse: bool) {
        self.refusing.store(refuse, Ordering::SeqCst);
    }
}

/// What the library has logged in this process, since this was called first.
pub(crate) fn log() -> &'static Log {
    static LOG: Log = Log(Mutex::new(Vec::new()));
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        tracing_subscriber::fmt().with_ansi(false).with_writer(|| &LOG).init();
    });
    &LOG
}

pub(crate) struct Log(Mutex<Vec<u8>>);

impl Log {
    /// Waits for a line that says all of this.
    pub(crate) async fn says(&self, words: &[&str]) {
        let said = || {
            let text = self.0.lock().unwrap();
            String::from_utf8_lossy(&text).lines().any(|line| words.iter().all(|word| line.contains(word)))
        };
        let waiting = async {
            while !said() {
                // Nothing tells when something is logged.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(20), waiting).await.is_ok(), "the log does not say {words:?}");
    }
}

impl io::Write for &Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
