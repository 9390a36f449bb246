//! The service that the tests share.

use std::sync::Mutex;

use tinyrpc::transport::memory::Memory;
use tinyrpc::{Client, Context, Dispatcher, JsonRpc, RpcError, Service};

#[derive(Clone, Debug, RpcError)]
pub(crate) enum BankError {
    #[rpc(code = 99, message = "{needed} more needed on {account}")]
    NoFunds { needed: u64, account: String },
    #[rpc(code = 98, message = "there is no account {0:?}")]
    NoAccount(String),
    /// Closed for good.
    #[rpc(code = 97, message = "closed")]
    Closed,
    #[rpc(code = 96, message = "between {0} and {1}")]
    OutOfRange(i64, i64),
    #[rpc(transparent)]
    Other(RpcError),
}

/// Keeps money.
#[tinyrpc::service(prefix = "bank.")]
pub(crate) trait Bank {
    /// Takes money out.
    ///
    /// Returns what is left.
    async fn withdraw(
        &self,
        /// Whose money.
        account: String,
        amount: u64,
    ) -> Result<u64, BankError>;

    fn fail(&self, how: String) -> Result<(), BankError>;

    /// A method without a result is a call all the same.
    async fn wait(&self);

    #[rpc(notification)]
    fn note(&self, text: String);

    fn notes(&self) -> Vec<String>;

    #[rpc(name = "caller")]
    fn who(&self, context: Context, greeting: String) -> String;

    fn list(&self, start: u32, #[rpc(default = 10)] limit: u32, filter: Option<String>) -> String;

    #[rpc(params = "named")]
    fn named(&self, #[rpc(name = "type")] kind: String, #[rpc(default)] size: u32) -> String;

    #[rpc(blocking)]
    fn slow(&self, text: String) -> Result<String, String>;

    #[deprecated = "use `withdraw`"]
    #[rpc(name = "old")]
    fn old(&self) -> u64 {
        7
    }

    #[cfg(any())]
    fn absent(&self, nothing: Nowhere);

    fn partly(&self, here: u32, #[cfg(any())] gone: Nowhere) -> u32;

    #[rpc(skip)]
    fn not_public(&self) -> &'static str {
        "not public"
    }
}

#[derive(Default)]
pub(crate) struct Vault {
    pub(crate) notes: Mutex<Vec<String>>,
}

impl Bank for Vault {
    async fn withdraw(&self, account: String, amount: u64) -> Result<u64, BankError> {
        tokio::task::yield_now().await;
        match account.as_str() {
            "mine" if amount <= 100 => Ok(100 - amount),
            "mine" => Err(BankError::NoFunds { needed: amount - 100, account }),
            _ => Err(BankError::NoAccount(account)),
        }
    }

    fn fail(&self, how: String) -> Result<(), BankError> {
        Err(match how.as_str() {
            "closed" => BankError::Closed,
            "range" => BankError::OutOfRange(-1, 1),
            _ => BankError::Other(RpcError::new(5, how).with_data(true)),
        })
    }

    async fn wait(&self) {
        tokio::task::yield_now().await;
    }

    fn note(&self, text: String) {
        self.notes.lock().unwrap().push(text);
    }

    fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }

    fn who(&self, context: Context, greeting: String) -> String {
        format!("{greeting} {}", context.method())
    }

    fn list(&self, start: u32, limit: u32, filter: Option<String>) -> String {
        format!("{start} {limit} {filter:?}")
    }

    fn named(&self, kind: String, size: u32) -> String {
        format!("{kind} {size}")
    }

    fn slow(&self, text: String) -> Result<String, String> {
        if text.is_empty() { Err("nothing".to_owned()) } else { Ok(text) }
    }

    fn partly(&self, here: u32) -> u32 {
        here
    }
}

pub(crate) fn client(dispatcher: Dispatcher) -> Client {
    Client::new(Memory::new(Service::new(JsonRpc::new(), dispatcher)), JsonRpc::new())
}
