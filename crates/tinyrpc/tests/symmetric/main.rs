//! Both ends of a link call each other, on every medium that is one.

#![allow(clippy::unwrap_used)]

mod media;
mod mutual;
mod serving;
mod zmq;
