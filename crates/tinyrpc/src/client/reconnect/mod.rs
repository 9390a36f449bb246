//! Clients that connect again, to one endpoint or to several.
//!
//! A client that is made with [`Connector::with_reconnect`](super::Connector::with_reconnect) keeps its link up: when it
//! breaks it is made again, with growing waits between attempts. One made with
//! [`Connector::connect_any`](super::Connector::connect_any) has several endpoints besides, and takes the best one for
//! each call.
//!
//! ```
//! # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//! use tinyrpc::client::Connector;
//! use tinyrpc::client::reconnect::{Backoff, Balance};
//!
//! let backoff = Backoff::new().with_longest(Duration::from_secs(2));
//! let connector = Connector::new().with_reconnect(backoff);
//! let client = connector.connect("tcp://127.0.0.1:5000").await?;
//! let sum: i64 = client.idempotent().call("add", (1, 2)).await?;
//!
//! let urls = ["http://127.0.0.1:5001/", "http://127.0.0.1:5002/"];
//! let client = connector.connect_any(urls, Balance::LeastLoaded).await?;
//! # Ok(()) }
//! ```
//!
//! # What becomes of calls
//! A call that was surely not sent is sent when there is a connection, within its timeout. A call that may have run is
//! not sent again: it ends with an error of kind [`Lost`](crate::transport::TransportErrorKind::Lost), unless it does no
//! harm twice, which [`Client::idempotent`](crate::Client::idempotent) and
//! [`Reconnect::with_idempotent`] say; then it is made again, on whatever endpoint is best, until its time is up.
//! A call never runs twice otherwise. A batch is made again as a whole, and only if that goes for all that is in it; else
//! each of its calls that was lost says so.
//!
//! # What tells that an endpoint is well
//! Its answers; a batch of which every call was lost has none. A link that breaks, and an exchange whose call does not get
//! through, are left alone for the wait that the [`Backoff`] says, and tried again then; an endpoint where three calls in a
//! row ran out of time is passed over for as long if there are others. [`Client::states`](crate::Client::states) shows how
//! they stand.
//!
//! # What belongs to one connection
//! A [subscription](crate::Client::subscribe) ends with its connection. It is opened again on the next one, and its stream says
//! that there was a [gap](super::SubscriptionErrorKind::Gap) before more items follow.
//! For anything else [`Client::pinned`](crate::Client::pinned) gives a client of just one connection and that
//! connection's generation; the next one has a higher generation, by which one knows that something may be missing.
//!
//! ZeroMQ and RabbitMQ connect again by themselves; here they gain the choice among endpoints, and subscriptions over ZeroMQ
//! are opened again.

mod backoff;
mod client;
mod endpoint;
mod endpoints;
mod keeper;
mod pick;
mod settings;
mod state;

pub use backoff::{Backoff, Waits};
pub(super) use endpoint::{Dialer, Target};
pub(super) use endpoints::{Endpoints, Outcome, may_be_repeated};
pub use settings::{Balance, Reconnect};
pub use state::{State, States};
