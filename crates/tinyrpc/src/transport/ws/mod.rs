//! WebSocket: links to browsers, and through whatever lets only HTTP pass.
//!
//! Messages are text when the protocol is one of text, as JSON-RPC is, and binary otherwise; either is accepted. In a
//! protocol that is not text, text messages need not be UTF-8, because some clients send all that they have as text. Empty
//! messages mean nothing and are skipped.

mod accept;
mod client;
mod connections;
mod frames;
mod handshake;
mod keep_alive;
mod link;
mod one_by_one;
mod origin;
mod reader;
mod server;
mod service;
mod settings;
mod socket;
mod target;
mod upgraded;
mod wire;

pub use accept::accept;
pub use client::{connect, connect_with};
pub use server::WsServer;
pub use service::WsService;
pub use settings::WsSettings;

pub use super::web::Cors;
use super::{TransportError, TransportErrorKind};

fn lost(what: impl Into<String>) -> TransportError {
    TransportError::new(TransportErrorKind::Lost, what)
}

fn setup(what: impl Into<String>) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, what)
}
