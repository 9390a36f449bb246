//! Deadlines and traces that travel in the messages of calls, where a medium has no headers.
#![allow(clippy::unwrap_used)]

mod arriving;
mod hops;
mod media;
mod settings;
mod support;
mod writing;
