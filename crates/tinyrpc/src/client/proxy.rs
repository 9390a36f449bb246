//! Views of the methods under a prefix.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CallError, Client};

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
    pub async fn call<R: DeserializeOwned>(&self, method: &str, params: impl Serialize) -> Result<R, CallError> {
        self.client.call(&self.name(method), params).await
    }

    /// Notifies the method with the proxy's prefix before its name.
    ///
    /// # Errors
    /// As [`Client::notify`].
    pub async fn notify(&self, method: &str, params: impl Serialize) -> Result<(), CallError> {
        self.client.notify(&self.name(method), params).await
    }

    /// Whether the client's protocol can pass arguments by name.
    #[must_use]
    pub fn takes_named(&self) -> bool {
        self.client.protocol().capabilities().named_params
    }

    /// The client that makes the calls.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A proxy whose methods have `prefix` before the prefix that they have already.
    #[must_use]
    pub fn under(self, prefix: &str) -> Self {
        Self { prefix: format!("{prefix}{}", self.prefix), client: self.client }
    }

    /// A proxy under a longer prefix.
    #[must_use]
    pub fn proxy(&self, prefix: &str) -> Self {
        Self { client: self.client.clone(), prefix: self.name(prefix).into_owned() }
    }

    /// A proxy whose calls are notifications.
    #[must_use]
    pub fn one_way(self) -> OneWayProxy {
        OneWayProxy(self)
    }

    fn name<'m>(&self, method: &'m str) -> Cow<'m, str> {
        match &*self.prefix {
            "" => Cow::Borrowed(method),
            prefix => Cow::Owned(format!("{prefix}{method}")),
        }
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
    pub async fn call(&self, method: &str, params: impl Serialize) -> Result<(), CallError> {
        self.0.notify(method, params).await
    }
}
