//! ZeroMQ, both ends, against each other and against peers written by hand.

mod calls;
mod cancelling;
mod failures;
mod identities;
mod load;
mod raw;
mod raw_peer;
mod slow;
mod streams;
mod support;
