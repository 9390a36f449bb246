//! A typed service, to be served and called in every way there is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tinyrpc::{Context, RpcError};
use tokio::sync::watch;

/// What the bank refuses.
#[derive(Clone, Debug, PartialEq, RpcError)]
#[non_exhaustive]
pub enum BankError {
    /// There is too little.
    #[rpc(code = 99, message = "{needed} more needed on {account}")]
    NoFunds {
        /// On which account.
        account: String,
        /// How much.
        needed: u64,
    },
    /// There is no such account.
    #[rpc(code = 98, message = "there is no account {0}")]
    NoAccount(String),
    /// Nothing can be done now.
    #[rpc(code = 97, message = "the bank is closed")]
    Closed,
}

/// Keeps money.
#[tinyrpc::service(prefix = "bank.")]
pub trait Bank {
    /// Puts money in.
    fn deposit(&self, account: String, #[rpc(default = 10)] amount: u64) -> u64;

    /// Takes money out.
    async fn withdraw(&self, account: String, amount: u64) -> Result<u64, BankError>;

    /// Both, with names on the wire where there can be.
    #[rpc(params = "named")]
    async fn transfer(&self, #[rpc(name = "from")] source: String, to: String, amount: u64) -> Result<(), BankError>;

    /// Fails without data.
    fn close(&self) -> Result<(), BankError>;

    /// A result of some depth, blocking.
    #[rpc(blocking)]
    fn accounts(&self, start: Option<String>) -> Vec<(String, u64)>;

    /// For the log.
    #[rpc(notification)]
    fn note(&self, text: String);

    /// Returns once so many notes have come.
    async fn notes(&self, count: usize) -> Vec<String>;

    /// The name that the method was called by.
    fn called(&self, context: Context) -> String;
}

/// A [`Bank`] in memory.
#[derive(Debug)]
pub struct Vault {
    accounts: Mutex<HashMap<String, u64>>,
    notes: Arc<watch::Sender<Vec<String>>>,
}

impl Default for Vault {
    fn default() -> Self {
        Self { accounts: Mutex::default(), notes: Arc::new(watch::Sender::new(Vec::new())) }
    }
}

impl Vault {
    fn take(&self, account: &str, amount: u64) -> Result<u64, BankError> {
        let mut accounts = self.accounts.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let Some(balance) = accounts.get_mut(account) else { return Err(BankError::NoAccount(account.to_owned())) };
        match balance.checked_sub(amount) {
            Some(left) => {
                *balance = left;
                Ok(left)
            }
            None => Err(BankError::NoFunds { account: account.to_owned(), needed: amount - *balance }),
        }
    }
}

impl Bank for Vault {
    fn deposit(&self, account: String, amount: u64) -> u64 {
        let mut accounts = self.accounts.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let balance = accounts.entry(account).or_default();
        *balance += amount;
        *balance
    }

    async fn withdraw(&self, account: String, amount: u64) -> Result<u64, BankError> {
        tokio::task::yield_now().await;
        self.take(&account, amount)
    }

    async fn transfer(&self, source: String, to: String, amount: u64) -> Result<(), BankError> {
        self.take(&source, amount)?;
        self.deposit(to, amount);
        Ok(())
    }

    fn close(&self) -> Result<(), BankError> {
        Err(BankError::Closed)
    }

    fn accounts(&self, start: Option<String>) -> Vec<(String, u64)> {
        let accounts = self.accounts.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let start = start.unwrap_or_default();
        let mut all: Vec<_> = accounts
            .iter()
            .filter(|(name, _)| name.starts_with(&start))
            .map(|(name, sum)| (name.clone(), *sum))
            .collect();
        all.sort();
        all
    }

    fn note(&self, text: String) {
        self.notes.send_modify(|notes| notes.push(text));
    }

    async fn notes(&self, count: usize) -> Vec<String> {
        let mut seen = self.notes.subscribe();
        // The sender lives as long as this does.
        seen.wait_for(|notes| notes.len() >= count).await.map(|notes| notes.clone()).unwrap_or_default()
    }

    fn called(&self, context: Context) -> String {
        context.method().to_owned()
    }
}
