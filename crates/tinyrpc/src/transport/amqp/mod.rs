//! RabbitMQ (AMQP 0-9-1): calls wait in a queue for whichever worker is free.
//!
//! Any number of worker processes may serve one queue; the broker gives each message to one of them. A worker that dies
//! before it has acknowledged a message does not lose it: the broker gives it to another one. So a method **may run twice**
//! (at least once, not exactly once), while a caller gets at most one reply.
//!
//! Both ends speak with Python's tinyrpc as it is, and connect again by themselves when the broker restarts or the
//! connection is cut. The log tells.
//!
//! # URLs
//! `amqp://user:password@host:port/vhost?queue=NAME`; percent-encoded where needed. Without them: user and password
//! `guest`, port 5672, virtual host `/`. With the feature `tls`, `amqps://…` is the same over TLS, at port 5671. One URL serves both
//! ends, each takes what it needs:
//!
//! | parameter | for | meaning |
//! |---|---|---|
//! | `queue` | both | the queue that the server reads; needed, but by clients that name an exchange and a routing key |
//! | `exchange`, `routing_key` | both | publish there, in place of the default exchange and the queue's name; the server binds its queue |
//! | `durable`, `auto_delete`, `exclusive`, `quorum` | server | `true` or `false` (default): how the queue is declared |
//! | `x-…` | server | arguments of the declaration, such as `x-max-length=1000` |
//! | `prefetch` | server | how many messages it works on at a time; default 64 |
//! | `in_flight` | client | how many calls may be under way at a time; default 1,024 |
//! | `cacert` | both | a PEM file with authorities that `amqps:` trusts besides the system's, or besides those of `with_tls` |
//! | `reply_queue` | client | `true`: replies come through a queue of the client's own, not through direct reply-to |

mod backoff;
mod broker;
mod client;
mod error;
mod metadata;
mod queue;
#[cfg(feature = "tls")]
mod secure;
mod server;
mod url;

pub use client::AmqpClient;
pub use queue::{AmqpQueue, QueueArgument};
pub use server::AmqpServer;
