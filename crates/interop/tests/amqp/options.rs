//! How queues can be declared and reached.

use tinyrpc::Client;
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::amqp::{AmqpQueue, AmqpServer};

use crate::support::{broker, dispatcher, kind, serve};

#[tokio::test(flavor = "multi_thread")]
async fn queues_are_declared_as_asked() {
    let Some(broker) = broker() else { return };
    for options in
        ["durable=true", "exclusive=true", "auto_delete=true", "quorum=true", "x-max-length=100&x-expires=60000"]
    {
        let url = broker.url(&format!("?queue={}&{options}", options.replace(['=', '&'], "-")));
        let server = serve(AmqpServer::bind(&url).await.unwrap(), dispatcher());
        let client = Client::connect(&url).await.unwrap();
        assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3, "{options}");
        // Whoever declares it otherwise is refused, so these options did reach the broker.
        let plain = AmqpQueue::new(options.replace(['=', '&'], "-"));
        let error = AmqpServer::bind_queue(&url, plain).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Setup, "{options}: {error}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_with_a_routing_key_reaches_the_queue() {
    let Some(broker) = broker() else { return };
    let url = broker.url("?queue=bound&exchange=amq.topic&routing_key=rpc.%23");
    let server = serve(AmqpServer::bind(&url).await.unwrap(), dispatcher());
    let client = Client::connect(&broker.url("?exchange=amq.topic&routing_key=rpc.add")).await.unwrap();
    assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    client.notify("add", (1, 2)).await.unwrap();
    let astray = Client::connect(&broker.url("?exchange=amq.topic&routing_key=other")).await.unwrap();
    assert_eq!(kind(astray.call::<i64>("add", (1, 2)).await), TransportErrorKind::Unreachable);
    let nowhere = Client::connect(&broker.url("?exchange=none&routing_key=other")).await.unwrap();
    assert_eq!(kind(nowhere.call::<i64>("add", (1, 2)).await), TransportErrorKind::Unreachable);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_is_told() {
    let Some(broker) = broker() else { return };
    let url = broker.url("?queue=secret").replace("//", "//guest:wrong@");
    let client = Client::connect(&url).await.unwrap();
    assert_eq!(kind(client.call::<i64>("add", (1, 2)).await), TransportErrorKind::Refused);
    let error = AmqpServer::bind(&url).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Refused);
    assert!(!error.to_string().contains("wrong"), "{error}");
}
