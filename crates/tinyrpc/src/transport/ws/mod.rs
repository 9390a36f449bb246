//! WebSocket: links to browsers, and through whatever lets only HTTP pass.
//!
//! Messages are text when the protocol is one of text, as JSON-RPC is, and binary otherwise; either is accepted. In a
//! protocol that is not text, text messages need not be UTF-8, because some clients send all that they have as text. Empty
//! messages mean nothing and are skipped.
//!
//! A server says in the header `Rpc-Cancel` of its handshake by which notification calls are cancelled. Clients send none
//! to servers that do not say so, unless they were told to
//! ([`PeerSettings::with_cancel`](crate::peer::PeerSettings::with_cancel), `?cancel=lsp`) or the server has sent a call or
//! notification of its own: Python tinyrpc's server gets stuck on any notification.

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
