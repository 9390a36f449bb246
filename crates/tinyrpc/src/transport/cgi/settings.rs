//! What can be chosen about answering a request.

use super::{Cors, NothingOwed};

/// How a request is answered.
///
/// How long a message may be is the service's own limit, [`Limits::with_message`](crate::Limits::with_message). How long a
/// request may take is for the web server to say.
#[derive(Clone, Debug)]
pub struct CgiSettings {
    pub(super) any_content_type: bool,
    pub(super) nothing_owed: NothingOwed,
    pub(super) cors: Cors,
    pub(super) percent_decoding: bool,
}

impl Default for CgiSettings {
    fn default() -> Self {
        Self {
            any_content_type: false,
            nothing_owed: NothingOwed::default(),
            cors: Cors::off(),
            percent_decoding: true,
        }
    }
}

impl CgiSettings {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a message under a media type that no protocol knows is read in the first protocol, as Python's tinyrpc
    /// does with every message; default false: it gets 415.
    ///
    /// Some hosts call a request without a Content-Type `text/plain`, among them the one in Python's standard library;
    /// Python's tinyrpc client sends none. Browsers send `text/plain` to any address without asking it first, so switch
    /// this on only where it does no harm when a web page makes calls.
    #[must_use]
    pub fn with_any_content_type(mut self, yes: bool) -> Self {
        self.any_content_type = yes;
        self
    }

    /// The answer to a message that is owed no reply; default 200 with an empty body.
    #[must_use]
    pub fn with_nothing_owed(mut self, answer: NothingOwed) -> Self {
        self.nothing_owed = answer;
        self
    }

    /// Which web pages may call; default none.
    #[must_use]
    pub fn with_cors(mut self, cors: Cors) -> Self {
        self.cors = cors;
        self
    }

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
