//! What can be chosen about answering a request.

use crate::transport::web::{Answering, setters};

/// How a request is answered.
///
/// How long a message may be is the service's own limit, [`Limits::with_message`](crate::Limits::with_message). How long a
/// request may take is for the web server to say.
#[derive(Clone, Debug)]
pub struct CgiSettings {
    pub(super) answering: Answering,
    pub(super) percent_decoding: bool,
}

impl Default for CgiSettings {
    fn default() -> Self {
        Self { answering: Answering::default(), percent_decoding: true }
    }
}

setters!(CgiSettings);

impl CgiSettings {
    /// Whether a body that begins with `%` is percent-decoded first; default true.
    ///
    /// Python's tinyrpc decodes every body, so its clients may send such ones. No message of JSON-RPC or MessagePack-RPC
    /// begins with `%`, so none of theirs is changed. Switch this off for a protocol that has such messages.
    #[must_use]
    pub fn with_percent_decoding(mut self, yes: bool) -> Self {
        self.percent_decoding = yes;
        self
    }
}
