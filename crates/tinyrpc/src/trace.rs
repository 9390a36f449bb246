//! The trace hook: a look at every raw message, as Python's tinyrpc has it.

use tinyrpc_core::Origin;

/// A function that sees every raw message.
pub type Trace = dyn Fn(Direction, &Origin, &[u8]) + Send + Sync;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It came from the other side.
    Received,
    /// It is about to go to the other side.
    Sent,
}
