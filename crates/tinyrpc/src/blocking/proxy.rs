//! Views of the methods under a prefix, whose calls wait.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Client;
use crate::client::CallError;

/// Calls methods by the rest of their names.
#[derive(Clone, Debug)]
pub struct Proxy {
    client: Client,
    prefix: String,
}

impl Proxy {
    pub(super) fn new(client: Client, prefix: String) -> Self {
        Self { client, prefix }
    }

    /// Calls the method with the proxy's prefix before its name.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn call<R: DeserializeOwned>(&self, method: &str, params: impl Serialize) -> Result<R, CallError> {
        self.client.call(&self.name(method), params)
    }

    /// A proxy under a longer prefix.
    #[must_use]
    pub fn proxy(&self, prefix: &str) -> Self {
        Self { client: self.client.clone(), prefix: self.name(prefix) }
    }

    /// A proxy whose calls are notifications.
    #[must_use]
    pub fn one_way(self) -> OneWayProxy {
        OneWayProxy(self)
    }

    fn name(&self, method: &str) -> String {
        format!("{}{method}", self.prefix)
    }
}

/// A [`Proxy`] whose calls are notifications: nothing comes back.
#[derive(Clone, Debug)]
pub struct OneWayProxy(Proxy);

impl OneWayProxy {
    /// Notifies the method with the proxy's prefix before its name.
    ///
    /// # Errors
    /// As [`Client::notify`].
    pub fn call(&self, method: &str, params: impl Serialize) -> Result<(), CallError> {
        self.0.client.notify(&self.0.name(method), params)
    }
}
