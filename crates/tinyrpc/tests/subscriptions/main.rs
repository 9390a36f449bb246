//! Subscriptions: the client against an other side that is written by hand, the serving side as well, and both together.

#![allow(clippy::unwrap_used)]

mod both;
mod client;
mod hostile;
mod links;
mod progress;
mod queued;
mod server;
mod slow;
mod support;
