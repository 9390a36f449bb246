//! Protocols, framings, codecs and dispatch: the parts of tinyrpc that do no I/O.
//!
//! Nothing in this crate opens a socket, reads a clock, starts a task or draws a random number. A *protocol* reads and
//! writes messages, a *codec* turns Rust values into the values inside them, a *dispatcher* finds the handler of a
//! method, and a *framing* cuts a byte stream into messages. The `tinyrpc` crate puts them on the network; most users
//! depend on that one and find everything here re-exported.

#![warn(clippy::unwrap_used)]

pub mod call;
pub mod codec;
pub mod dispatch;
mod error;
pub mod framing;
mod id;
#[cfg(feature = "jsonrpc")]
mod json;
mod limits;
pub mod message;
#[cfg(feature = "msgpack")]
mod msgpack;
pub mod protocol;
mod typed_error;

pub use call::{Call, Cancellation, Context, Metadata, Origin, Outcome, Reply, TraceContext, WireMetadata};
pub use codec::{Codec, DecodeError, EncodeError, Payload};
pub use dispatch::{Dispatch, Dispatcher, Handler, State, blocking, describe};
pub use error::{RpcError, code};
pub use id::Id;
pub use limits::Limits;
pub use message::{Incoming, Message};
#[cfg(feature = "jsonrpc")]
pub use protocol::jsonrpc::JsonRpc;
#[cfg(feature = "msgpack")]
pub use protocol::msgpackrpc::MessagePackRpc;
pub use protocol::{Capabilities, Protocol};
pub use typed_error::{MethodError, TypedError};
