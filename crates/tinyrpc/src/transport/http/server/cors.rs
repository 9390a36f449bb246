//! Writes into a response which web pages may read it.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue};

use crate::transport::web::{ALLOWED_HEADERS, ALLOWED_METHODS, Allowance, Cors, PREFLIGHT_SECONDS};

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
    /// What the response to a request with these headers says.
    pub(super) fn new(cors: &Cors, request: &HeaderMap) -> Self {
        let origin = || request.get(ORIGIN);
        match cors.allow(|| origin().map(HeaderValue::as_bytes)) {
            Allowance::Silent => Self::Silent,
            Allowance::Any => Self::Any,
            Allowance::Origin => origin().map_or(Self::Denied, |origin| Self::Origin(origin.clone())),
            Allowance::Denied => Self::Denied,
        }
    }

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
        response.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(ALLOWED_METHODS));
        response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOWED_HEADERS));
    }

    /// Besides [`apply`](Self::apply), what the answer to a preflight says: that it holds for an hour.
    pub(super) fn apply_to_preflight(&self, response: &mut HeaderMap) {
        if matches!(self, Grant::Any | Grant::Origin(_)) {
            response.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_SECONDS));
        }
    }
}
