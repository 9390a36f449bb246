//! The WebSocket transport, spoken to byte by byte and through clients.

mod frames;
mod handshake;
mod lifetime;
mod mounted;
mod served;
mod support;
