//! Which web pages may call from a browser (cross-origin resource sharing).

use std::sync::Arc;

/// The value of `Access-Control-Allow-Methods`.
pub(crate) const ALLOWED_METHODS: &str = "POST";

/// The value of `Access-Control-Allow-Headers`.
pub(crate) const ALLOWED_HEADERS: &str = "Content-Type, X-Requested-With, Accept, Origin";

/// The value of `Access-Control-Max-Age`: how long the answer to a preflight holds.
pub(crate) const PREFLIGHT_SECONDS: &str = "3600";

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

    /// What a request is allowed whose header `Origin` says this; `origin` is not called when nobody asks.
    pub(crate) fn allow<'r>(&self, origin: impl FnOnce() -> Option<&'r [u8]>) -> Allowance {
        match &self.0 {
            Allowed::None => Allowance::Silent,
            Allowed::Any => Allowance::Any,
            Allowed::These(origins) => match origin() {
                Some(origin) if origins.iter().any(|allowed| allowed.as_bytes() == origin) => Allowance::Origin,
                _ => Allowance::Denied,
            },
        }
    }
}

/// What one response says about who may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowance {
    Silent,
    Any,
    /// The origin that asked.
    Origin,
    /// Another origin might have been granted, which caches must know.
    Denied,
}
