//! What came to a mock server.

use std::fmt;

use serde::de::DeserializeOwned;
use tinyrpc_core::{DecodeError, Origin, Payload};

use super::value::{Arguments, Value};

/// A call or notification that came to a mock server.
#[derive(Clone)]
pub struct Received {
    pub(super) method: String,
    pub(super) params: Payload,
    pub(super) value: Value,
    pub(super) notification: bool,
    pub(super) from: String,
    /// Why it was not expected.
    pub(super) surprise: Option<String>,
}

impl Received {
    /// The method's name.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The arguments. None at all are an empty list.
    ///
    /// # Errors
    /// When they are no `T`.
    pub fn params<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        if !self.params.raw().is_empty() {
            return self.params.decode();
        }
        let (codec, mut empty) = (self.params.codec(), Vec::new());
        codec.array(&[], &mut empty).map_err(|error| DecodeError::new(error.to_string()))?;
        codec.from_raw(&empty)
    }

    /// Whether it was a notification, which wants no reply.
    #[must_use]
    pub fn is_notification(&self) -> bool {
        self.notification
    }

    /// Whether an expectation was there for it.
    #[must_use]
    pub fn is_expected(&self) -> bool {
        self.surprise.is_none()
    }

    /// Where it came from: the transport, and the address if there is one.
    #[must_use]
    pub fn from(&self) -> &str {
        &self.from
    }

    pub(super) fn new(method: &str, params: Payload, value: Value, notification: bool, from: &Origin) -> Self {
        let (method, from) = (method.to_owned(), from.to_string());
        Self { method, params, value, notification, from, surprise: None }
    }
}

/// As `add(1, 2)`.
impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.method, Arguments(&self.value))?;
        if self.notification { f.write_str(", a notification") } else { Ok(()) }
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({self}{})", if self.is_expected() { "" } else { ", unexpected" })
    }
}
