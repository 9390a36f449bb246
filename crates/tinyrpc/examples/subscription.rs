//! Streams: a server whose handlers return streams, a client that subscribes to them, and what ends a subscription.

use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use tinyrpc::client::Subscribe;
use tinyrpc::peer::SlowConsumer;
use tinyrpc::subscription::{Offer, RegisterSubscription as _};
use tinyrpc::{Client, Dispatcher, JsonRpc, RpcError, Server, Service};

/// A handler takes arguments as any other does, and returns a stream.
fn ticks((interval_ms,): (u64,)) -> impl Stream<Item = u64> {
    let clock = tokio::time::interval(Duration::from_millis(interval_ms));
    stream::unfold((clock, 0), |(mut clock, number)| async move {
        clock.tick().await;
        Some((number, (clock, number + 1)))
    })
}

/// It may refuse, and its stream may fail on the way.
fn prices((symbol,): (String,)) -> Result<impl Stream<Item = Result<f64, RpcError>>, RpcError> {
    if symbol != "TINY" {
        return Err(RpcError::new(404, "there is no such symbol"));
    }
    Ok(stream::iter([Ok(1.5), Ok(1.25), Err(RpcError::new(503, "the market is closed"))]))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register_subscription("subscribe_ticks", ticks)?;
    // The names are free, and so is what happens when items come faster than the link carries them.
    let offer = Offer::new("market_subscribe").with_notification("market_price").with_queue(16);
    dispatcher.register_subscription(offer.with_slow_consumer(SlowConsumer::DropOldest), prices)?;

    let server = Server::new(Service::new(JsonRpc::new(), dispatcher)).bind("tcp://127.0.0.1:0").await?;
    let url = server.endpoints()[0].clone();
    tokio::spawn(server.run());

    let client = Client::connect(&url).await?;
    let mut ticks = client.subscribe::<u64>("subscribe_ticks", (10,)).await?;
    let first: Vec<u64> = ticks.by_ref().take(3).map(Result::unwrap_or_default).collect().await;
    println!("ticks: {first:?}");
    assert_eq!(first, [0, 1, 2]);
    // Dropping it would do the same without waiting.
    ticks.unsubscribe().await?;

    let prices = Subscribe::new("market_subscribe").with_slow_consumer(SlowConsumer::Close);
    let mut prices = client.subscribe::<f64>(prices, ("TINY",)).await?;
    while let Some(price) = prices.next().await {
        match price {
            Ok(price) => println!("price: {price}"),
            Err(error) => {
                println!("{error}");
                assert_eq!(error.rpc_error().map(RpcError::code), Some(503));
            }
        }
    }

    let error = client.subscribe::<f64>("market_subscribe", ("HUGE",)).await.expect_err("there is no such symbol");
    println!("{error}");
    client.close().await;
    Ok(())
}
