// Written by `tinyrpc generate rust`; changes are lost when it is written again.
// Needs the crates `tinyrpc`, `serde` (with the feature `derive`) and `serde_json`.
//
// Members of a struct that the service sends beyond those named here are ignored. Of a member that may be null and
// may be missing, both are read as `None`, which is written as missing.

//! tinyrpc demo 0.1.0
//!
//! A sample service to try things on.

#![allow(clippy::all, clippy::pedantic, dead_code, missing_debug_implementations, missing_docs, non_camel_case_types)]
#![allow(rustdoc::all, unreachable_pub)]

/// A user.
#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
pub struct User {
    /// The name.
    pub user: String,
}

/// Calls the methods of tinyrpc demo.
#[derive(Clone, Debug)]
pub struct TinyrpcDemoClient {
    client: ::tinyrpc::Client,
}

impl TinyrpcDemoClient {
    /// Calls them by way of `client`.
    pub fn new(client: ::tinyrpc::Client) -> Self {
        Self { client }
    }

    /// Adds two integers.
    ///
    /// Fails when the result does not fit in 64 bits.
    ///
    /// Arguments:
    /// - `a`: `minimum`: `-9223372036854775808`, `maximum`: `18446744073709551615`
    /// - `b`: `minimum`: `-9223372036854775808`, `maximum`: `18446744073709551615`
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn add(&self, a: i64, b: i64) -> Result<i64, ::tinyrpc::CallError> {
        self.client.call("add", (a, b)).await
    }

    /// Gives back its argument, unchanged.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn echo(&self, value: &::serde_json::Value) -> Result<::serde_json::Value, ::tinyrpc::CallError> {
        self.client.call("echo", (value,)).await
    }

    /// Fails with the error that it is told.
    ///
    /// Arguments:
    /// - `data`: Goes with the error.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn fail(&self, code: i64, message: &str, data: Option<&::serde_json::Value>) -> Result<(), ::tinyrpc::CallError> {
        let given = if data.is_some() { 3 } else { 2 };
        match given {
            2 => self.client.call("fail", (code, message)).await,
            _ => self.client.call("fail", (code, message, data)).await,
        }
    }

    /// Gives a word and a number.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn get_data(&self) -> Result<(String, i64), ::tinyrpc::CallError> {
        self.client.call("get_data", ()).await
    }

    /// Is remembered for `received`.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn notify_hello(&self, arguments: impl ::serde::Serialize) -> Result<(), ::tinyrpc::CallError> {
        self.client.notify("notify_hello", arguments).await
    }

    /// Is remembered for `received`.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn notify_sum(&self, arguments: impl ::serde::Serialize) -> Result<(), ::tinyrpc::CallError> {
        self.client.notify("notify_sum", arguments).await
    }

    /// Lists the newest notifications that ran, each as its method and its arguments.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn received(&self) -> Result<Vec<(String, ::serde_json::Value)>, ::tinyrpc::CallError> {
        self.client.call("received", ()).await
    }

    /// Gives the text backwards.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn reverse_string(&self, s: &str) -> Result<String, ::tinyrpc::CallError> {
        self.client.call("reverse_string", (s,)).await
    }

    /// Gives what is known of a user.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn site_get_user_info(&self, user: &str) -> Result<User, ::tinyrpc::CallError> {
        self.client.call("site.get_user_info", (user,)).await
    }

    /// Takes its time.
    ///
    /// Arguments:
    /// - `ms`: How long, in milliseconds; at most 60,000.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn sleep(&self, ms: u64) -> Result<(), ::tinyrpc::CallError> {
        self.client.call("sleep", (ms,)).await
    }

    /// Subscribes to 0, 1, 2 and so on. Gives the id that the items carry; needs a link.
    ///
    /// Arguments:
    /// - `interval_ms`: Between two; at most 60,000.
    /// - `count`: How many; else no end.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn subscribe_ticks(&self, interval_ms: u64, count: Option<u64>) -> Result<::serde_json::Value, ::tinyrpc::CallError> {
        let given = if count.is_some() { 2 } else { 1 };
        match given {
            1 => self.client.call("subscribe_ticks", (interval_ms,)).await,
            _ => self.client.call("subscribe_ticks", (interval_ms, count)).await,
        }
    }

    /// Subtracts one integer from another.
    ///
    /// Fails when the result does not fit in 64 bits.
    ///
    /// Arguments:
    /// - `minuend`: What is subtracted from. `minimum`: `-9223372036854775808`, `maximum`: `18446744073709551615`
    /// - `subtrahend`: What is subtracted. `minimum`: `-9223372036854775808`, `maximum`: `18446744073709551615`
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn subtract(&self, minuend: i64, subtrahend: i64) -> Result<i64, ::tinyrpc::CallError> {
        self.client.call("subtract", (minuend, subtrahend)).await
    }

    /// Adds any number of integers.
    ///
    /// Fails when the result does not fit in 64 bits.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn sum(&self, arguments: impl ::serde::Serialize) -> Result<i64, ::tinyrpc::CallError> {
        self.client.call("sum", arguments).await
    }

    /// Ends a subscription. Tells whether there was one.
    ///
    /// Arguments:
    /// - `subscription`: Its id.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn unsubscribe_ticks(&self, subscription: &::serde_json::Value) -> Result<bool, ::tinyrpc::CallError> {
        self.client.call("unsubscribe_ticks", (subscription,)).await
    }

    /// Is remembered for `received`.
    ///
    /// # Errors
    ///
    /// When the call fails, or its result is not of the expected type.
    pub async fn update(&self, arguments: impl ::serde::Serialize) -> Result<(), ::tinyrpc::CallError> {
        self.client.notify("update", arguments).await
    }
}
