//! Two peers on a link, and peers against an other side that is written by hand.

#![allow(clippy::unwrap_used)]

mod calls;
mod cancelling;
mod ending;
mod flow;
mod order;
mod strange;
mod support;
#[cfg(feature = "tcp")]
mod time;
