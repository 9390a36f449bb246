//! Protocols, framings, codecs and dispatch: the parts of tinyrpc that do no I/O.

#[cfg(feature = "jsonrpc")]
#[allow(dead_code, unused_imports)] // its reader comes with the protocol
pub(crate) mod json;

#[cfg(feature = "msgpack")]
#[allow(dead_code, unused_imports)] // its reader comes with the protocol
pub(crate) mod msgpack;
