//! The other ways to be a client, over RabbitMQ: without async, and with several endpoints.

use std::time::Duration;

use tinyrpc::blocking;
use tinyrpc::client::Connector;
use tinyrpc::client::reconnect::{Backoff, Balance};
use tinyrpc::transport::amqp::AmqpServer;

use crate::support::{broker, dispatcher, serve};

#[test]
fn a_blocking_client_calls_and_can_be_dropped_anywhere() {
    let Some(broker) = broker() else { return };
    let url = broker.url("?queue=blocking");
    let server = blocking::block_on(async { serve(AmqpServer::bind(&url).await.unwrap(), dispatcher()) });
    let client = blocking::Client::connect(&url).unwrap();
    assert_eq!(client.call::<i64>("add", (1, 2)).unwrap(), 3);
    assert_eq!(client.call_all::<i64, _>((0..50).map(|n| ("add", (n, 1)))).len(), 50);
    client.notify("add", (1, 2)).unwrap();
    std::thread::spawn(move || drop(client)).join().unwrap();
    blocking::block_on(server.stop());
}

#[tokio::test]
async fn two_queues_share_the_calls_and_stand_in_for_each_other() {
    let Some(broker) = broker() else { return };
    let urls = ["shared-a", "shared-b"].map(|queue| broker.url(&format!("?queue={queue}")));
    let mut servers = Vec::new();
    for (url, name) in urls.iter().zip(["a", "b"]) {
        let mut dispatcher = dispatcher();
        dispatcher.register("who", move || name).unwrap();
        servers.push(serve(AmqpServer::bind(url).await.unwrap(), dispatcher));
    }
    let backoff = Backoff::new().with_first(Duration::from_millis(5));
    let client = Connector::new().with_reconnect(backoff).connect_any(&urls, Balance::LeastLoaded).await.unwrap();
    let mut names = Vec::new();
    for _ in 0..10 {
        names.push(client.call::<String>("who", ()).await.unwrap());
    }
    assert_eq!(names.iter().filter(|name| *name == "a").count(), 5, "{names:?}");
    for server in servers {
        server.stop().await;
    }
}
