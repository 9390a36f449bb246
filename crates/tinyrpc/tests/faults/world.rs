//! Ten thousand operations of all kinds through the proxy.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tinyrpc::client::Connector;
use tinyrpc::{Server, protocol_named};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet, yield_now};

use crate::ledger::{End, Ledger};
use crate::members::{Member, TIMEOUT};
use crate::operations::{calls, loose, ordered, within};
use crate::plan::Random;
use crate::proxy::Proxy;
use crate::services;
use crate::streams::streams;

/// Of the proxy's faults and of what the clients do, unless `TINYRPC_FAULT_SEED` says another one.
const SEED: u64 = 20_250_501;

const KEPT: usize = 4;
const PLAIN: usize = 2;

/// How many operations there are in a round that counts: half of them calls, the rest notifications and items.
const OPERATIONS: u64 = 10_000;

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

struct World {
    seed: u64,
    ledger: Ledger,
    proxy: Proxy,
    members: Vec<Arc<Member>>,
    numbers: Arc<Quota>,
    round: u64,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl World {
    async fn start(seed: u64, protocol: &str) -> Self {
        println!("TINYRPC_FAULT_SEED={seed} ({protocol})");
        let ledger = Ledger::default();
        let service = services::server(&ledger).speaking(protocol_named(protocol).unwrap());
        let server = Server::new(service).bind("tcp://127.0.0.1:0").await.unwrap().with_grace(Duration::ZERO);
        let address = server.endpoints()[0].strip_prefix("tcp://").unwrap().parse().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            server.run_until(stopped).await.unwrap();
        });
        let proxy = Proxy::start(address, seed).await;
        let url = format!("tcp://{}", proxy.address);
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

    /// Does so many operations while connections break, and returns when all that has come to rest.
    async fn round(&mut self, operations: u64) {
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
    async fn close(self) -> Ledger {
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

fn seed() -> u64 {
    std::env::var("TINYRPC_FAULT_SEED").map_or(SEED, |seed| seed.parse().expect("a seed is a number"))
}

/// Prints how all ended, and sees that the faults were many and the rest went well.
fn check(tally: &[((&'static str, End), usize)], done: [u64; 5], operations: u64) {
    let mut kind = "";
    for ((name, end), count) in tally {
        if *name != kind {
            print!("\n{name:>14}:");
            kind = name;
        }
        print!(" {count} {end:?}");
    }
    let [cut, truncated, half, stalled, overtaken] = done;
    println!("\n{cut} cut, {truncated} truncated, {half} half closed, {stalled} stalled, {overtaken} overtaken");
    let of = |wanted: &[End]| -> usize {
        tally.iter().filter(|((name, end), _)| *name != "gap" && wanted.contains(end)).map(|(_, count)| count).sum()
    };
    let all = of(&[End::Good, End::Failed, End::Lost, End::Unsent, End::Timeout, End::GivenUp]) as u64;
    assert!(all >= operations - 10, "only {all} operations");
    assert!(of(&[End::Good, End::Failed]) as u64 > operations / 2, "too little went well");
    assert!(of(&[End::Lost]) as u64 > operations / 200, "too little was lost");
    assert!(done.iter().all(|count| *count > 2), "too few faults");
}

#[test]
fn everything_ends_once_and_in_order_and_leaves_nothing_behind() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (ledger, whole) = tinyrpc_alloc_counter::measure(|| {
        let mut world = runtime.block_on(World::start(seed(), "jsonrpc"));
        // So that what grows to its size and stays there has done so.
        runtime.block_on(world.round(OPERATIONS / 4));
        world.ledger.close();
        let begun = Instant::now();
        let (tally, round) = tinyrpc_alloc_counter::measure(|| {
            runtime.block_on(world.round(OPERATIONS));
            world.ledger.close()
        });
        check(&tally, world.proxy.done(), OPERATIONS);
        println!("{:?}; {} bytes more than before, {} at most", begun.elapsed(), round.held, round.peak);
        assert!(round.held < 32 << 10, "{} bytes are left", round.held);
        runtime.block_on(world.close())
    });
    ledger.close();
    drop(ledger);
    println!("{} bytes in the end", whole.held);
    assert!(whole.held < 16 << 10, "{} bytes are left in the end", whole.held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn among_several_threads_too() {
    let mut world = World::start(seed().wrapping_add(1), "msgpack").await;
    world.round(OPERATIONS).await;
    let done = world.proxy.done();
    let tally = world.close().await.close();
    check(&tally, done, OPERATIONS);
}
