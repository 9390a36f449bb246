//! What can be chosen about answering requests, on a server of its own and mounted in another.

use std::time::Duration;

use http::StatusCode;

use crate::transport::web::{Answering, NothingOwed, setters};

/// How requests are answered. The same for [`HttpServer`](super::HttpServer) and [`HttpService`](super::HttpService).
///
/// How long a message may be is the service's own limit, [`Limits::with_message`](crate::Limits::with_message).
#[derive(Clone, Debug)]
pub struct HttpSettings {
    pub(super) path: Option<Box<str>>,
    pub(super) answering: Answering,
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
        Self { path: None, answering: Answering::default(), body_timeout: Duration::from_secs(60) }
    }
}

setters!(HttpSettings);

impl HttpSettings {
    /// Serves this path only, such as `/rpc`; others get 404. Default: every path is served.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        self.path = Some(if path.starts_with('/') { path.into() } else { format!("/{path}").into() });
        self
    }

    /// How long the whole body of one request may take to arrive; default 60 s. Then 408 is answered.
    #[must_use]
    pub fn with_body_timeout(mut self, time: Duration) -> Self {
        self.body_timeout = time;
        self
    }
}
