//! Which web pages may call from a browser (cross-origin resource sharing).

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue};

/// Which web pages may call. For more than this, wrap the service in a tower middleware of your choice.
#[derive(Clone, Debug, Default)]
pub struct Cors(Allowed);

#[derive(Clone, Debug, Default)]
enum Allowed {
    #[default]
    None,
    Any,
    These(Arc<[Box<str>]>),
}

impl Cors {
    /// None but the server's own: no CORS header is sent. The default.
    #[must_use]
    pub fn off() -> Self {
        Self(Allowed::None)
    }

    /// Every web page, as Python's tinyrpc does. Whatever a browser can reach then can be called by any page it shows.
    #[must_use]
    pub fn any() -> Self {
        Self(Allowed::Any)
    }

    /// The pages of these origins, each like `https://example.org` or `http://localhost:8080`.
    #[must_use]
    pub fn origins<S: Into<String>>(origins: impl IntoIterator<Item = S>) -> Self {
        Self(Allowed::These(origins.into_iter().map(|origin| origin.into().into_boxed_str()).collect()))
    }

    /// What the response to a request with these headers says.
    pub(super) fn grant(&self, request: &HeaderMap) -> Grant {
        match &self.0 {
            Allowed::None => Grant::Silent,
            Allowed::Any => Grant::Any,
            Allowed::These(origins) => match request.get(ORIGIN) {
                Some(origin) if origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()) => {
                    Grant::Origin(origin.clone())
                }
                _ => Grant::Denied,
            },
        }
    }
}

/// What one response says about who may read it.
#[derive(Debug)]
pub(super) enum Grant {
    Silent,
    Any,
    Origin(HeaderValue),
    /// Another origin might have been granted, which caches must know.
    Denied,
}

impl Grant {
    pub(super) fn apply(&self, response: &mut HeaderMap) {
        let origin = match self {
            Grant::Silent => return,
            Grant::Any => HeaderValue::from_static("*"),
            Grant::Origin(origin) => {
                response.insert(VARY, HeaderValue::from_static("Origin"));
                origin.clone()
            }
            Grant::Denied => {
                response.insert(VARY, HeaderValue::from_static("Origin"));
                return;
            }
        };
        response.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("Content-Type, X-Requested-With, Accept, Origin"),
        );
    }

    /// Besides [`apply`](Self::apply), what the answer to a preflight says: that it holds for an hour.
    pub(super) fn apply_to_preflight(&self, response: &mut HeaderMap) {
        if matches!(self, Grant::Any | Grant::Origin(_)) {
            response.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
        }
    }
}
