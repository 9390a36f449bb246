//! Clients, the proxy and a server, and what they do together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tinyrpc::client::Connector;
use tinyrpc::{Server, protocol_named};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet, yield_now};

use crate::ledger::{End, Ledger};
use crate::media::Medium;
use crate::members::{Member, TIMEOUT};
use crate::operations::{calls, loose, ordered, within};
use crate::plan::Random;
use crate::proxy::Proxy;
use crate::services;
use crate::streams::streams;

const KEPT: usize = 4;
const PLAIN: usize = 2;

/// Counts what is to be done, or what has been.
#[derive(Debug, Default)]
pub(crate) struct Quota(AtomicU64);

impl Quota {
    pub(crate) fn new(count: u64) -> Arc<Self> {
        Arc::new(Self(count.into()))
    }

    /// Takes so many; false when not so many are left.
    pub(crate) fn take(&self, count: u64) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(count)).is_ok()
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }

    /// 0, 1, 2, …
    pub(crate) fn count(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

pub(crate) struct World {
    seed: u64,
    pub(crate) ledger: Ledger,
    pub(crate) proxy: Proxy,
    members: Vec<Arc<Member>>,
    numbers: Arc<Quota>,
    round: u64,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl World {
    pub(crate) async fn start(seed: u64, medium: Medium, protocol: &str) -> Self {
        println!("TINYRPC_FAULT_SEED={seed} ({protocol} over {medium:?})");
        let ledger = Ledger::default();
        let service = services::server(&ledger).speaking(protocol_named(protocol).unwrap());
        let server = Server::new(service).bind(&medium.to_bind()).await.unwrap().with_grace(Duration::ZERO);
        let place = medium.place(&server.endpoints()[0]);
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            server.run_until(stopped).await.unwrap();
        });
        let proxy = Proxy::start(place, seed, if protocol == "msgpack" { 3 } else { 1 }).await;
        let url = medium.url(&proxy.place);
        let connector = Connector::new()
            .with_protocol(protocol_named(protocol).unwrap())
            .with_service(services::client(&ledger).speaking(protocol_named(protocol).unwrap()));
        let mut members = Vec::new();
        for id in 0..KEPT {
            members.push(Arc::new(Member::kept(id, &url, connector.clone(), seed.wrapping_add(id as u64)).await));
        }
        for id in KEPT..KEPT + PLAIN {
            members.push(Arc::new(Member::plain(id, &url, connector.clone())));
        }
        Self { seed, ledger, proxy, members, numbers: Arc::default(), round: 0, stop, serving }
    }

    /// Does so many operations while connections break, half of them calls, the rest notifications and items. Returns
    /// when all that has come to rest.
    pub(crate) async fn round(&mut self, operations: u64) {
        self.proxy.calm(false);
        self.round += 1;
        let [call, order, free, item] = [2, 8, 8, 4].map(|part| Quota::new(operations / part));
        let mut tasks = JoinSet::new();
        for member in &self.members {
            let random = |task: u64| Random::new(self.seed, ((self.round * 64 + member.id as u64) << 32) + task);
            for task in 0..4 {
                tasks.spawn(calls(self.ledger.clone(), Arc::clone(member), random(task), Arc::clone(&call)));
            }
            let (ledger, own) = (|| self.ledger.clone(), || Arc::clone(member));
            tasks.spawn(ordered(ledger(), own(), random(5), Arc::clone(&order), self.round));
            tasks.spawn(loose(ledger(), own(), Arc::clone(&free), Arc::clone(&self.numbers)));
            tasks.spawn(streams(ledger(), own(), random(6), Arc::clone(&item)));
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
        self.proxy.calm(true);
        for member in &self.members {
            member.rest().await;
        }
        // Those that connect again can be used.
        for member in self.members.iter().filter(|member| member.is_kept()) {
            let (client, key) = (member.client().await.idempotent(), self.ledger.begin(true));
            assert_eq!(client.call::<u64>("echo", (key,)).await.unwrap(), services::answer(key));
            self.ledger.end("echo at rest", key, End::Good, 0, 0);
        }
        let rest = async {
            self.ledger.nothing_lives().await;
            self.proxy.open().wait_for(|open| *open == KEPT).await.unwrap();
        };
        within(&self.ledger, "coming to rest", TIMEOUT, rest).await;
        for _ in 0..200 {
            yield_now().await;
        }
    }

    /// Closes all clients, then the server; nothing of either is left.
    pub(crate) async fn close(self) -> Ledger {
        for member in &self.members {
            within(&self.ledger, "closing", TIMEOUT, member.close()).await;
        }
        drop(self.members);
        let mut open = self.proxy.open();
        within(&self.ledger, "the last connection", TIMEOUT, open.wait_for(|open| *open == 0)).await.unwrap();
        let _ = self.stop.send(());
        within(&self.ledger, "stopping", TIMEOUT, self.serving).await.unwrap();
        within(&self.ledger, "the last handler", TIMEOUT, self.ledger.nothing_lives()).await;
        self.ledger
    }
}
