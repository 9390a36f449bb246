//! What the server and its clients serve.

use futures_util::stream::{self, Stream};
use tinyrpc::client::Caller;
use tinyrpc::subscription::{Offer, RegisterSubscription as _};
use tinyrpc::{Context, Dispatcher, JsonRpc, RpcError, Service};
use tokio::task::yield_now;
use tokio::time::{Duration, sleep};

use crate::ledger::Ledger;

/// What `echo` makes of a key, so that a result tells which call it belongs to.
pub(crate) fn answer(key: u64) -> u64 {
    key.wrapping_mul(1_000_003) % 1_000_000_007
}

pub(crate) const FAILS: i64 = 77;
pub(crate) const NOT_CALLED_BACK: i64 = 78;

pub(crate) fn server(ledger: &Ledger) -> Service {
    let mut dispatcher = Dispatcher::new();
    let own = ledger.clone();
    dispatcher
        .register("echo", move |(key,): (u64,)| {
            own.run(key);
            answer(key)
        })
        .unwrap();
    let own = ledger.clone();
    dispatcher
        .register("fail", move |(key,): (u64,)| {
            own.run(key);
            Err::<(), _>(RpcError::new(FAILS, format!("call {key}")))
        })
        .unwrap();
    let own = ledger.clone();
    dispatcher
        .register("slow", move |(key, micros): (u64, u64)| {
            own.run(key);
            let live = own.live();
            async move {
                let _live = live;
                sleep(Duration::from_micros(micros)).await;
                answer(key)
            }
        })
        .unwrap();
    let own = ledger.clone();
    dispatcher
        .register("nested", move |caller: Caller, (key,): (u64,)| {
            own.run(key);
            let live = own.live();
            async move {
                let _live = live;
                let back = caller.call::<u64>("mirror", (key,)).await;
                back.map_err(|error| RpcError::new(NOT_CALLED_BACK, error.to_string()))
            }
        })
        .unwrap();
    let own = ledger.clone();
    dispatcher
        .register("tell", move |caller: Caller, (key, times): (u64, u64)| {
            own.run(key);
            let live = own.live();
            async move {
                let _live = live;
                for number in 0..times {
                    if let Err(error) = caller.notify("told", (key, number)).await {
                        return Err(RpcError::new(NOT_CALLED_BACK, error.to_string()));
                    }
                }
                Ok(answer(key))
            }
        })
        .unwrap();
    notifications(&mut dispatcher, ledger);
    let own = ledger.clone();
    dispatcher
        .register_subscription(Offer::new("subscribe_ticks").with_queue(16), move |(opening, length): (u64, u64)| {
            own.run(opening);
            ticks(own.clone(), opening, length)
        })
        .unwrap();
    Service::new(JsonRpc::new(), dispatcher)
}

fn notifications(dispatcher: &mut Dispatcher, ledger: &Ledger) {
    let own = ledger.clone();
    dispatcher
        .register("ordered", move |(client, connection, number): (usize, u64, u64)| {
            let (own, live) = (own.clone(), own.live());
            async move {
                let _live = live;
                // Whatever came after it has to wait.
                for _ in 0..number % 3 {
                    yield_now().await;
                }
                own.in_order(client, connection, number);
            }
        })
        .unwrap();
    let own = ledger.clone();
    dispatcher.register("come", move |(client, connection): (usize, u64)| own.come(client, connection)).unwrap();
    let own = ledger.clone();
    dispatcher
        .register("loose", move |cx: Context, (client, number): (usize, u64)| {
            own.loose(cx.origin().address(), client, number);
        })
        .unwrap();
}

/// The numbers up to `length`, each with whose they are.
fn ticks(ledger: Ledger, opening: u64, length: u64) -> impl Stream<Item = (u64, u64)> {
    let live = ledger.live();
    stream::unfold((live, 0), move |(live, number)| async move {
        if number == length {
            return None;
        }
        match number % 16 {
            7 => sleep(Duration::from_millis(1)).await,
            0 | 3 => yield_now().await,
            _ => {}
        }
        Some(((opening, number), (live, number + 1)))
    })
}

pub(crate) fn client(ledger: &Ledger) -> Service {
    let mut dispatcher = Dispatcher::new();
    let own = ledger.clone();
    dispatcher
        .register("mirror", move |(key,): (u64,)| {
            own.back(key);
            let live = own.live();
            async move {
                let _live = live;
                yield_now().await;
                answer(key)
            }
        })
        .unwrap();
    let own = ledger.clone();
    dispatcher.register("told", move |(key, number): (u64, u64)| own.told(key, number)).unwrap();
    Service::new(JsonRpc::new(), dispatcher)
}
