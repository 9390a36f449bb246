//! Ten thousand calls that are given up, over a real connection.

use std::future::pending;
use std::time::Duration;

use tinyrpc::{Client, Dispatcher, JsonRpc, Server, Service};
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::ledger::Ledger;

const CALLS: usize = 10_000;
const AT_ONCE: usize = 500;

/// Makes and gives up so many calls, and returns when their handlers are gone.
async fn give_up(client: &Client, ledger: &Ledger, running: &watch::Sender<usize>, calls: usize) {
    for _ in 0..calls / AT_ONCE {
        let mut tasks = JoinSet::new();
        for _ in 0..AT_ONCE {
            let client = client.clone();
            tasks.spawn(async move { client.call::<()>("wait", ()).await });
        }
        running.subscribe().wait_for(|running| *running == AT_ONCE).await.unwrap();
        tasks.abort_all();
        while let Some(ended) = tasks.join_next().await {
            assert!(ended.unwrap_err().is_cancelled());
        }
        ledger.nothing_lives().await;
        running.send_replace(0);
        // It is answered after all that was said about the others.
        client.call::<()>("now", ()).await.unwrap();
    }
}

#[test]
fn cancelled_calls_leave_nothing_behind() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let ledger = Ledger::default();
    let running = watch::Sender::new(0);
    let mut dispatcher = Dispatcher::new();
    let (own, count) = (ledger.clone(), running.clone());
    dispatcher
        .register("wait", move || {
            let live = own.live();
            count.send_modify(|running| *running += 1);
            async move {
                let _live = live;
                pending::<()>().await;
            }
        })
        .unwrap();
    dispatcher.register("now", || ()).unwrap();
    let client = runtime.block_on(async {
        let server = Server::new(Service::new(JsonRpc::new(), dispatcher)).bind("tcp://127.0.0.1:0").await.unwrap();
        let url = server.endpoints().concat();
        tokio::spawn(server.run());
        Client::connect(&url).await.unwrap().with_timeout(Duration::from_secs(60))
    });
    let go = |calls| runtime.block_on(give_up(&client, &ledger, &running, calls));
    go(2 * AT_ONCE);
    let ((), counts) = tinyrpc_alloc_counter::measure(|| go(CALLS));
    println!("{} bytes more than before, {} at most", counts.held, counts.peak);
    assert!(counts.held < 4_096, "{} bytes are left", counts.held);
}
