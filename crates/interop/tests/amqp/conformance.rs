//! RabbitMQ passes the suite that every exchange has to pass.

use std::sync::atomic::{AtomicUsize, Ordering};

use tinyrpc::transport::amqp::{AmqpClient, AmqpServer};
use tinyrpc::{Server, Service};
use tinyrpc_interop::Broker;

use crate::support::broker;

/// Serves on a queue of its own; `more` is added to the client's URL.
async fn serve(broker: &Broker, service: Service, more: &str) -> AmqpClient {
    static QUEUES: AtomicUsize = AtomicUsize::new(0);
    let number = QUEUES.fetch_add(1, Ordering::Relaxed);
    // The suite leaves calls that never end, for which no place must be missing afterwards.
    let url = broker.url(&format!("?queue=conformance-{number}&prefetch=1000"));
    let server = AmqpServer::bind(&url).await.expect("the broker is ready");
    tokio::spawn(Server::new(service).with_transport(server).run());
    AmqpClient::new(&format!("{url}{more}")).expect("the URL can be used")
}

#[tokio::test(flavor = "multi_thread")]
async fn direct_replies() {
    let Some(broker) = broker() else { return };
    tinyrpc_conformance::exchange_untold(async |service| serve(broker, service, "").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_on_a_queue() {
    let Some(broker) = broker() else { return };
    tinyrpc_conformance::exchange_untold(async |service| serve(broker, service, "&reply_queue=true").await).await;
}
