//! Several calls at once, to one server or to several.

use std::fmt;

use futures_util::future::join_all;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tinyrpc_core::call::BoxFuture;

use super::{CallError, Client};

/// A call that has not been made yet, for [`call_all`].
pub struct CallTo<R>(BoxFuture<'static, Result<R, CallError>>);

impl<R: DeserializeOwned> CallTo<R> {
    /// A call of `method` through `client`.
    pub fn new(client: &Client, method: impl Into<String>, params: impl Serialize + Send + Sync + 'static) -> Self {
        let (client, method) = (client.clone(), method.into());
        Self(Box::pin(async move { client.call(&method, params).await }))
    }
}

impl<R> fmt::Debug for CallTo<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallTo")
    }
}

/// Makes all calls concurrently, also through different clients; results come in the order of the calls.
pub async fn call_all<R>(calls: impl IntoIterator<Item = CallTo<R>>) -> Vec<Result<R, CallError>> {
    join_all(calls.into_iter().map(|call| call.0)).await
}
