//! What can be chosen about answering requests, on a server of its own and mounted in another.

use std::time::Duration;

use http::StatusCode;

use crate::transport::web::{Cors, NothingOwed};

/// How requests are answered. The same for [`HttpServer`](super::HttpServer) and [`HttpService`](super::HttpService).
///
/// How long a message may be is the service's own limit, [`Limits::with_message`](crate::Limits::with_message).
#[derive(Clone, Debug)]
pub struct HttpSettings {
    pub(super) path: Option<Box<str>>,
    pub(super) any_content_type: bool,
    pub(super) nothing_owed: NothingOwed,
    pub(super) cors: Cors,
    pub(super) body_timeout: Duration,
}

/// The status of an answer that holds nothing.
pub(super) fn status(answer: NothingOwed) -> StatusCode {
    match answer {
        NothingOwed::Ok => StatusCode::OK,
        NothingOwed::NoContent => StatusCode::NO_CONTENT,
        NothingOwed::Accepted => StatusCode::ACCEPTED,
    }
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            path: None,
            any_content_type: false,
            nothing_owed: NothingOwed::default(),
            cors: Cors::off(),
            body_timeout: Duration::from_secs(60),
        }
    }
}

impl HttpSettings {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves this path only, such as `/rpc`; others get 404. Default: every path is served.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        self.path = Some(if path.starts_with('/') { path.into() } else { format!("/{path}").into() });
        self
    }

    /// Whether a message under a media type that no protocol knows is read in the first protocol, as Python's tinyrpc
    /// does with every message; default false: it gets 415.
    ///
    /// Browsers send some media types, such as `text/plain`, to any address without asking it first. Switch this on only
    /// where it does no harm when a web page makes calls.
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

    /// How long the whole body of one request may take to arrive; default 60 s. Then 408 is answered.
    #[must_use]
    pub fn with_body_timeout(mut self, time: Duration) -> Self {
        self.body_timeout = time;
        self
    }
}
