//! What can be chosen about answering a request, by whichever way it came from the web.

use super::{Cors, NothingOwed};

/// The part that the settings of HTTP and CGI share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answering {
    pub(crate) any_content_type: bool,
    pub(crate) nothing_owed: NothingOwed,
    pub(crate) cors: Cors,
}

/// Adds setters to settings whose field `answering` holds [`Answering`].
macro_rules! setters {
    ($settings:ident) => {
        impl $settings {
            /// The defaults.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            /// Whether a message under a media type that no protocol knows is read in the first protocol, as Python's
            /// tinyrpc does with every message; default false: it gets 415.
            ///
            /// Browsers send some media types, such as `text/plain`, to any address without asking it first. Switch this on
            /// only where it does no harm when a web page makes calls. Some CGI hosts, among them the one in Python's
            /// standard library, call a request without a Content-Type `text/plain`, and Python's tinyrpc client sends none.
            #[must_use]
            pub fn with_any_content_type(mut self, yes: bool) -> Self {
                self.answering.any_content_type = yes;
                self
            }

            /// The answer to a message that is owed no reply; default 200 with an empty body.
            #[must_use]
            pub fn with_nothing_owed(mut self, answer: $crate::transport::web::NothingOwed) -> Self {
                self.answering.nothing_owed = answer;
                self
            }

            /// Which web pages may call; default none but the server's own.
            #[must_use]
            pub fn with_cors(mut self, cors: $crate::transport::web::Cors) -> Self {
                self.answering.cors = cors;
                self
            }
        }
    };
}

pub(crate) use setters;
