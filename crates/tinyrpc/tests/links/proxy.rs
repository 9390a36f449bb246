//! Stands between a client and a server: cuts their connections at a byte, or lets bytes through one by one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How many bytes a connection lets through before it is cut, and how many at a time.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// From the client to the server.
    pub(crate) up: usize,
    /// From the server to the client.
    pub(crate) down: usize,
    pub(crate) piece: usize,
}

impl Plan {
    /// Everything passes.
    pub(crate) const OPEN: Self = Self { up: usize::MAX, down: usize::MAX, piece: 4_096 };
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    /// What has passed, up and down.
    pub(crate) passed: Arc<[AtomicUsize; 2]>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(to: SocketAddr, plan: Plan) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let passed: Arc<[AtomicUsize; 2]> = Arc::default();
        let counted = Arc::clone(&passed);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, to, plan, Arc::clone(&counted)));
            }
        });
        Self { address, passed, task }
    }

    pub(crate) fn passed(&self) -> [usize; 2] {
        [0, 1].map(|way| self.passed[way].load(Ordering::SeqCst))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn relay(client: TcpStream, to: SocketAddr, plan: Plan, passed: Arc<[AtomicUsize; 2]>) {
    let server = TcpStream::connect(to).await.unwrap();
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let up = pump(from_client, to_server, plan.up, plan.piece, &passed[0]);
    let down = pump(from_server, to_client, plan.down, plan.piece, &passed[1]);
    // Whoever is done first because it was cut takes the other along.
    let (mut up, mut down) = (std::pin::pin!(up), std::pin::pin!(down));
    tokio::select! {
        cut = &mut up => if !cut { down.await; },
        cut = &mut down => if !cut { up.await; },
    }
}

/// Whether it was cut, and did not come to an end.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    allowed: usize,
    piece: usize,
    passed: &AtomicUsize,
) -> bool {
    let (mut left, mut bytes) = (allowed, vec![0; piece]);
    while left > 0 {
        let most = piece.min(left);
        let count = from.read(&mut bytes[..most]).await.unwrap_or(0);
        if count == 0 || to.write_all(&bytes[..count]).await.is_err() {
            let _ = to.shutdown().await;
            return false;
        }
        passed.fetch_add(count, Ordering::SeqCst);
        left -= count;
    }
    true
}
