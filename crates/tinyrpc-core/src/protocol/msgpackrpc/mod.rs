//! MessagePack-RPC: arrays `[0, id, method, params]`, `[1, id, error, result]` and `[2, method, params]`.

mod asking;
mod read;
mod write;

use crate::codec::{Codec, EncodeError, MessagePack};
use crate::error::RpcError;
use crate::id::Id;
use crate::limits::Limits;
use crate::message::Incoming;
use crate::protocol::{Capabilities, Protocol, WriteParams};

/// MessagePack-RPC, with errors as `[code, message]`, as Python's tinyrpc writes them.
///
/// Arguments are positional only and there are no batches. Ids of other peers may be any value; error objects of any
/// form are kept whole. A call for a method whose name is not UTF-8 is refused; arguments are not looked into.
#[derive(Clone, Debug, Default)]
pub struct MessagePackRpc {
    error_data: bool,
}

impl MessagePackRpc {
    /// The protocol with its default settings.
    #[must_use]
    pub const fn new() -> Self {
        Self { error_data: false }
    }

    /// Whether errors that have data are always written as `[code, message, data]`; default false: only for callers that
    /// ask for it, because Python's tinyrpc finds no code in them. Both forms are always read.
    ///
    /// A caller asks by the id of its call, which is then one from 0x5000_0000 to 0x5FFF_FFFF, as
    /// [`ask_for_data`](Protocol::ask_for_data) makes them. Who does not know of it sends the id back like any other.
    #[must_use]
    pub const fn with_error_data(mut self, yes: bool) -> Self {
        self.error_data = yes;
        self
    }
}

impl Protocol for MessagePackRpc {
    fn name(&self) -> &'static str {
        "msgpack"
    }

    fn content_type(&self) -> &'static str {
        "application/msgpack"
    }

    fn accepts(&self, content_type: &str) -> bool {
        matches!(
            content_type,
            "application/msgpack" | "application/x-msgpack" | "application/vnd.msgpack" | "application/msgpack-rpc"
        )
    }

    fn capabilities(&self) -> Capabilities {
        let plain = Capabilities::new();
        if self.error_data { plain.with_error_data() } else { plain }
    }

    fn codec(&self) -> &'static dyn Codec {
        &MessagePack
    }

    fn read<'m>(&self, message: &'m [u8], limits: &Limits) -> Incoming<'m> {
        read::read(message, limits)
    }

    fn write_request(
        &self,
        id: Option<&Id<'_>>,
        method: &str,
        params: &mut WriteParams<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let start = out.len();
        let done = write::request(id, method, params, out);
        if done.is_err() {
            out.truncate(start);
        }
        done
    }

    fn open_result(&self, id: &Id<'_>, out: &mut Vec<u8>) {
        write::open_result(id, out);
    }

    fn close_result(&self, _id: &Id<'_>, _out: &mut Vec<u8>) {}

    fn write_error(&self, id: &Id<'_>, error: &RpcError, out: &mut Vec<u8>) {
        write::error(id, error, self.error_data || asking::asks(id), out);
    }

    fn ask_for_data(&self, id: Id<'static>) -> Id<'static> {
        asking::ask(id)
    }
}
