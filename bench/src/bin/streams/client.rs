//! Clients that subscribe and count what comes.

use std::io::Write as _;

use futures_util::{SinkExt as _, StreamExt as _};
use jsonrpsee_core::client::{Subscription, SubscriptionClientT as _};
use jsonrpsee_core::rpc_params;
use tinyrpc::client::Subscribe;
use tinyrpc::peer::SlowConsumer;
use tinyrpc_bench::Failure;
use tokio_websockets::{ClientBuilder, Message};

pub(crate) const ALL: [&str; 3] = ["tinyrpc", "jsonrpsee", "bare"];

/// Takes so many items from the server at this address, and says that it has.
pub(crate) async fn run(who: &str, address: &str, items: u64) -> Result<(), Failure> {
    let url = format!("ws://{address}/");
    match who {
        "tinyrpc" => {
            let client = tinyrpc::Client::connect(&url).await?;
            let to = Subscribe::new("subscribe_numbers").with_slow_consumer(SlowConsumer::Wait);
            let mut numbers = client.subscribe::<u64>(to, (items,)).await?;
            for expected in 0..items {
                check(expected, numbers.next().await.ok_or("too few")??)?;
            }
            done()
        }
        "jsonrpsee" => {
            // Room for all: it gives up a subscription that is not taken fast enough.
            let room = usize::try_from(items)? + 1;
            let client = jsonrpsee_ws_client::WsClientBuilder::default();
            let client = client.max_buffer_capacity_per_subscription(room).build(&url).await?;
            let mut numbers: Subscription<u64> =
                client.subscribe("subscribe_numbers", rpc_params![items], "unsubscribe_numbers").await?;
            for expected in 0..items {
                check(expected, numbers.next().await.ok_or("too few")??)?;
            }
            done()
        }
        "bare" => {
            let (mut socket, _) = ClientBuilder::new().uri(&url)?.connect().await?;
            let call = format!(r#"{{"jsonrpc":"2.0","method":"subscribe_numbers","params":[{items}],"id":1}}"#);
            socket.send(Message::text(call)).await?;
            // The reply, and the items.
            for _ in 0..=items {
                let message = socket.next().await.ok_or("too few")??;
                if message.as_payload().len() < 30 {
                    return Err("this is no item".into());
                }
            }
            done()
        }
        _ => Err("no such client".into()),
    }
}

fn check(expected: u64, got: u64) -> Result<(), Failure> {
    if expected == got { Ok(()) } else { Err(format!("{got} instead of {expected}").into()) }
}

/// Says so, and lets the one who measures read the clocks before the end.
fn done() -> Result<(), Failure> {
    if std::env::args().nth(1).as_deref() != Some("read") {
        return Ok(());
    }
    println!("done");
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(())
}
