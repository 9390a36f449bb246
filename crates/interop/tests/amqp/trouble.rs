//! What goes wrong, and that it ends well: nobody hangs, nobody crashes, nothing runs too late.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lapin::options::{BasicConsumeOptions, BasicPublishOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use tinyrpc::Client;
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::amqp::{AmqpClient, AmqpServer};
use tinyrpc_interop::Broker;

use crate::support::{Cable, broker, dispatcher, kind, log, serve};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_queue_calls_and_notifications_fail_at_once() {
    let Some(broker) = broker() else { return };
    let client = Client::connect(&broker.url("?queue=nobody")).await.unwrap();
    let start = Instant::now();
    let error = client.call::<i64>("add", (1, 2)).await.unwrap_err();
    assert!(error.is_unsent(), "{error}");
    assert!(error.to_string().contains("no queue named `nobody`"), "{error}");
    let all = client.call_all::<i64, _>((0..100).map(|number| ("add", (number, 1)))).await;
    for result in all {
        assert_eq!(kind(result), TransportErrorKind::Unreachable);
    }
    assert_eq!(kind(client.notify("add", (1, 2)).await), TransportErrorKind::Unreachable);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());

    // And when the queue is there, the same client reaches it.
    let server = serve(AmqpServer::bind(&broker.url("?queue=nobody&auto_delete=true")).await.unwrap(), dispatcher());
    assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    client.notify("add", (1, 2)).await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_calls_fail_at_once() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let client = Client::connect(&format!("amqp://127.0.0.1:{port}?queue=q")).await.unwrap();
    let start = Instant::now();
    assert_eq!(kind(client.call::<i64>("add", (1, 2)).await), TransportErrorKind::Unreachable);
    assert_eq!(kind(client.notify("add", (1, 2)).await), TransportErrorKind::Unreachable);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// A channel of the AMQP library alone.
async fn channel(broker: &Broker) -> (Connection, Channel) {
    let connection = Connection::connect(&broker.url("%2F"), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

/// How many messages wait in a queue.
async fn waiting(channel: &Channel, queue: &str) -> u32 {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(queue.into(), options, FieldTable::default()).await.unwrap().message_count()
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_is_answered_or_dropped_and_stops_nobody() {
    let Some(broker) = broker() else { return };
    let url = broker.url("?queue=poison");
    let server = serve(AmqpServer::bind(&url).await.unwrap(), dispatcher());
    let (_connection, raw) = channel(broker).await;
    let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
    let replies = raw.queue_declare("".into(), options, FieldTable::default()).await.unwrap();
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let mut answers =
        raw.basic_consume(replies.name().clone(), "".into(), options, FieldTable::default()).await.unwrap();
    let poison: [&[u8]; 6] = [b"{", b"\xff\xfe", b"", b"[1]", br#"{"jsonrpc":"2.0","id":7}"#, &[0xc1; 100]];
    let own = || BasicProperties::default().with_reply_to(replies.name().clone());
    for message in poison {
        for properties in [
            BasicProperties::default(),
            BasicProperties::default().with_content_type("application/msgpack".into()),
            BasicProperties::default().with_reply_to("amq.gen-gone".into()).with_correlation_id("x".into()),
            own().with_correlation_id("mine".into()),
        ] {
            let publish = BasicPublishOptions::default();
            raw.basic_publish("".into(), "poison".into(), publish, message, properties).await.unwrap();
        }
    }
    // Each that says where to answer is answered, in order, under its own correlation id.
    for message in poison {
        let answer = tokio::time::timeout(Duration::from_secs(10), next(&mut answers)).await.unwrap();
        assert_eq!(answer.properties.correlation_id().as_ref().map(|id| id.as_str()), Some("mine"));
        let text = String::from_utf8_lossy(&answer.data).into_owned();
        assert!(text.contains(r#""error":{"code":-32"#), "{message:?}: {text}");
    }
    // A message without a correlation id is answered without one.
    let call = br#"{"jsonrpc":"2.0","id":1,"method":"add","params":[1,2]}"#;
    raw.basic_publish("".into(), "poison".into(), BasicPublishOptions::default(), call, own()).await.unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(10), next(&mut answers)).await.unwrap();
    assert_eq!(answer.data, br#"{"jsonrpc":"2.0","id":1,"result":3}"#);
    assert!(answer.properties.correlation_id().is_none());

    let client = Client::connect(&url).await.unwrap();
    assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    server.stop().await;
    // Nothing was given back to come again.
    assert_eq!(waiting(&raw, "poison").await, 0);
}

async fn next(consumer: &mut lapin::Consumer) -> lapin::message::Delivery {
    let mut consumer = std::pin::pin!(consumer);
    std::future::poll_fn(|cx| futures_util::Stream::poll_next(consumer.as_mut(), cx)).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_time_is_up_does_not_run() {
    let Some(broker) = broker() else { return };
    let url = broker.url("?queue=late");
    // The queue is there, but nobody reads it yet.
    let transport = AmqpServer::bind(&url).await.unwrap();
    let client = Client::connect(&url).await.unwrap();
    let (_connection, raw) = channel(broker).await;
    let hasty = client.clone().with_timeout(Duration::from_millis(500));
    assert!(hasty.call::<()>("count", ()).await.unwrap_err().is_timeout());
    // This one has time, and the notification waits as long as it takes.
    let patient = tokio::spawn({
        let client = client.clone();
        async move { client.call::<()>("count", ()).await }
    });
    client.notify("count", ()).await.unwrap();
    let runs = Arc::new(AtomicU64::new(0));
    let mut served = dispatcher();
    let counter = Arc::clone(&runs);
    served
        .register("count", move |(): ()| {
            counter.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
    // Of the three messages that were sent, the first is gone.
    let end = Instant::now() + Duration::from_secs(10);
    while waiting(&raw, "late").await != 2 {
        assert!(Instant::now() < end);
    }
    let server = serve(transport, served);
    patient.await.unwrap().unwrap();
    // All that was in the queue before this one has run.
    client.call::<i64>("add", (1, 2)).await.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_replies_harm_nobody() {
    let Some(broker) = broker() else { return };
    let url = broker.url("?queue=slow");
    let server = serve(AmqpServer::bind(&url).await.unwrap(), dispatcher());
    let client = Client::connect(&url).await.unwrap();
    client.call::<i64>("add", (1, 2)).await.unwrap();
    let hasty = client.clone().with_timeout(Duration::from_millis(50));
    let late = hasty.call_all::<(), _>((0..10).map(|_| ("sleep", (200,)))).await;
    assert!(late.iter().all(|late| late.as_ref().is_err_and(tinyrpc::CallError::is_timeout)));
    // Its reply comes after theirs.
    client.call::<()>("sleep", (300,)).await.unwrap();
    for number in 0..20 {
        assert_eq!(client.call::<i64>("add", (number, 1)).await.unwrap(), number + 1);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_ends_calls_as_lost_and_is_made_again() {
    let Some(broker) = broker() else { return };
    let log = log();
    let url = broker.url("?queue=cut");
    let cable = Cable::to(broker).await;
    let through = url.replace(&broker.port().to_string(), &cable.port.to_string());
    let begun = Arc::new(tokio::sync::Semaphore::new(0));
    let mut served = dispatcher();
    let tell = Arc::clone(&begun);
    served
        .register("forever", move |(): ()| {
            tell.add_permits(1);
            std::future::pending::<()>()
        })
        .unwrap();
    let server = serve(AmqpServer::bind(&url).await.unwrap(), served);
    let transport = AmqpClient::new(&through).unwrap().with_patience(Duration::from_millis(500));
    let client = Client::new(transport, tinyrpc::JsonRpc::new());

    let calls: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.call::<()>("forever", ()).await })
        })
        .collect();
    begun.acquire_many(10).await.unwrap().forget();
    cable.refuse(true);
    cable.cut();
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(error.transport_error().unwrap().kind(), TransportErrorKind::Lost);
        // It may have run, so that sending it again is not harmless.
        assert!(!error.is_unsent());
    }
    let error = client.call::<i64>("add", (1, 2)).await.unwrap_err();
    assert!(error.is_unsent(), "{error:?}");
    cable.refuse(false);
    let client = client.with_timeout(Duration::from_secs(20));
    let end = Instant::now() + Duration::from_secs(20);
    let sum = loop {
        match client.call::<i64>("add", (1, 2)).await {
            Err(error) if error.is_unsent() && Instant::now() < end => {}
            other => break other,
        }
    };
    assert_eq!(sum.unwrap(), 3);
    let port = cable.port.to_string();
    log.says(&["WARN", &port, "lost the connection to the broker; connecting again"]).await;
    log.says(&["INFO", &port, "connected to the broker again"]).await;
    drop(client);
    // Its calls run for ever, so it is not asked to finish them.
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_cut_off_comes_back() {
    let Some(broker) = broker() else { return };
    let log = log();
    let url = broker.url("?queue=cut-server");
    let cable = Cable::to(broker).await;
    let through = url.replace(&broker.port().to_string(), &cable.port.to_string());
    let runs = Arc::new(AtomicU64::new(0));
    let mut served = dispatcher();
    let counter = Arc::clone(&runs);
    served
        .register("second_time", move |(): ()| {
            let first = counter.fetch_add(1, Ordering::SeqCst) == 0;
            async move {
                if first {
                    std::future::pending::<()>().await;
                }
            }
        })
        .unwrap();
    let server = serve(AmqpServer::bind(&through).await.unwrap(), served);
    let client = Client::connect(&url).await.unwrap();
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.call::<()>("second_time", ()).await }
    });
    while runs.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    cable.cut();
    // The broker gives the call to the server again when that has come back, and the caller gets its reply.
    call.await.unwrap().unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    let port = cable.port.to_string();
    log.says(&["WARN", &port, "lost the connection to the broker; connecting again"]).await;
    log.says(&["INFO", &port, "cut-server", "connected to the broker again"]).await;
    server.stop().await;
}
