//! A proxy for TCP that breaks connections.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How a proxy treats connections.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    Forward(SocketAddr),
    /// Accepts, and closes at once.
    Refuse,
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    mode: watch::Sender<Mode>,
    /// How many bytes the next connections carry from the server before they are cut, in the middle of a message or not.
    budget: Arc<Mutex<Random>>,
    task: JoinHandle<()>,
}

/// Numbers that look random and are always the same.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

impl Proxy {
    /// Cuts each connection after some number of bytes up to `most`.
    pub(crate) async fn start(mode: Mode, most: u64, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, watched) = watch::channel(mode);
        let budget = Arc::new(Mutex::new(Random(seed)));
        let numbers = Arc::clone(&budget);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let budget = numbers.lock().unwrap().below(most);
                        connections.spawn(carry(accepted.unwrap().0, watched.clone(), budget));
                    }
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Self { address, mode, budget, task }
    }

    /// Cuts what there is, and treats new connections so.
    pub(crate) fn switch(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    pub(crate) fn random(&self, bound: u64) -> u64 {
        self.budget.lock().unwrap().below(bound)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut client: TcpStream, mut mode: watch::Receiver<Mode>, mut budget: u64) {
    let now = *mode.borrow_and_update();
    let Mode::Forward(server) = now else { return };
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let (mut from_client, mut from_server) = ([0; 512], [0; 512]);
    loop {
        let done = tokio::select! {
            _ = mode.changed() => break,
            read = client.read(&mut from_client) => match read {
                Ok(length @ 1..) => server.write_all(&from_client[..length]).await,
                _ => break,
            },
            read = server.read(&mut from_server) => match read {
                Ok(length @ 1..) => {
                    let length = usize::try_from(budget).unwrap_or(usize::MAX).min(length);
                    budget -= length as u64;
                    client.write_all(&from_server[..length]).await
                }
                _ => break,
            },
        };
        if done.is_err() || budget == 0 {
            break;
        }
    }
}
