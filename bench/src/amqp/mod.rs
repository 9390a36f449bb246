//! RabbitMQ servers that answer `add`, each on one thread and one queue, and the load for them.

mod bare;

use crate::Failure;
use crate::case::{Case, Wire};
use crate::server::ours;
use futures_util::StreamExt;
use lapin::options::{BasicConsumeOptions, BasicPublishOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Connection, ConnectionProperties};
use std::time::Duration;
use tinyrpc::transport::amqp::AmqpServer;
use tinyrpc::{JsonRpc, Server, Service};

/// The names of the peers, in the order of the tables.
pub const PEERS: [&str; 5] = ["bare", "bare-concurrent", "bare-confirms", "ours-async", "ours"];

/// How many messages a server works on at a time: tinyrpc's default.
const PREFETCH: u16 = 64;

/// Every reply must come within this time.
const LONGEST: Duration = Duration::from_secs(300);

/// Serves a queue of the broker at `url` until the process ends, and says when it does; must run in a current-thread
/// runtime.
///
/// # Errors
/// When the peer is unknown or cannot start.
pub async fn serve(peer: &str, url: &str, queue: &str, listening: impl FnOnce(&str)) -> Result<(), Failure> {
    match peer {
        "bare" => bare::one_by_one(url, queue, listening).await,
        "bare-concurrent" => bare::concurrent(url, queue, false, listening).await,
        "bare-confirms" => bare::concurrent(url, queue, true, listening).await,
        "ours" => library(ours::dispatcher()?, url, queue, listening).await,
        "ours-async" => library(ours::asynchronous()?, url, queue, listening).await,
        name => Err(format!("no server {name}").into()),
    }
}

async fn library(
    dispatcher: tinyrpc::Dispatcher,
    url: &str,
    queue: &str,
    listening: impl FnOnce(&str),
) -> Result<(), Failure> {
    let transport = AmqpServer::bind(&format!("{url}?queue={queue}")).await?;
    listening(queue);
    Ok(Server::new(Service::new(JsonRpc::new(), dispatcher)).with_transport(transport).run().await?)
}

/// Sends `calls` calls of `add` to the queue, `in_flight` at a time, and takes the replies through direct reply-to. The
/// first reply is checked.
///
/// # Errors
/// When the broker, or a reply, is not what it should be.
pub async fn load(url: &str, queue: &str, in_flight: u64, calls: u64) -> Result<(), Failure> {
    tokio::time::timeout(LONGEST, call(url, queue, in_flight, calls)).await?
}

async fn call(url: &str, queue: &str, in_flight: u64, calls: u64) -> Result<(), Failure> {
    let body = Case::Add.request(Wire::Json).ok_or("no request")?;
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let direct = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let reply_to = "amq.rabbitmq.reply-to";
    let mut replies = channel.basic_consume(reply_to.into(), "".into(), direct, FieldTable::default()).await?;
    let (mut sent, mut answered) = (0_u64, 0_u64);
    while answered < calls {
        while sent < calls && sent - answered < in_flight {
            let properties =
                BasicProperties::default().with_reply_to(reply_to.into()).with_correlation_id(sent.to_string().into());
            channel.basic_publish("".into(), queue.into(), BasicPublishOptions::default(), &body, properties).await?;
            sent += 1;
        }
        let reply = replies.next().await.ok_or("the broker ended the delivery")??;
        if answered == 0 {
            Case::Add.check(Wire::Json, Some(&reply.data))?;
        }
        answered += 1;
    }
    Ok(())
}
