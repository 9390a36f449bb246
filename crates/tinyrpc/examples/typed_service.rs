//! A service written as a trait: its server, its client and its errors are typed; and the same by hand, which either end
//! can be exchanged for.

use std::collections::HashMap;
use std::sync::Mutex;

use serde::Deserialize;
use tinyrpc::transport::memory::Memory;
use tinyrpc::{Client, Dispatcher, JsonRpc, RpcError, Service, TypedCallError};

#[derive(Debug, PartialEq, RpcError)]
enum BankError {
    #[rpc(code = 98, message = "there is no account `{account}`")]
    NoAccount { account: String },
    #[rpc(code = 99, message = "{needed} more needed")]
    NoFunds { needed: u64 },
}

/// Keeps money.
#[tinyrpc::service(prefix = "bank.")]
trait Bank {
    /// Puts money in, and says how much there is then.
    fn deposit(&self, account: String, amount: u64) -> u64;

    /// Takes money out, everything if `amount` is left out, and says how much is left.
    async fn withdraw(&self, account: String, amount: Option<u64>) -> Result<u64, BankError>;

    /// For the log; nobody waits for it.
    #[rpc(notification)]
    fn note(&self, text: String);
}

#[derive(Default)]
struct Vault {
    accounts: Mutex<HashMap<String, u64>>,
}

impl Bank for Vault {
    fn deposit(&self, account: String, amount: u64) -> u64 {
        let mut accounts = self.accounts.lock().unwrap();
        let balance = accounts.entry(account).or_default();
        *balance += amount;
        *balance
    }

    async fn withdraw(&self, account: String, amount: Option<u64>) -> Result<u64, BankError> {
        let mut accounts = self.accounts.lock().unwrap();
        let balance = accounts.get_mut(&account).ok_or(BankError::NoAccount { account })?;
        let amount = amount.unwrap_or(*balance);
        *balance = balance.checked_sub(amount).ok_or_else(|| BankError::NoFunds { needed: amount - *balance })?;
        Ok(*balance)
    }

    fn note(&self, text: String) {
        println!("noted: {text}");
    }
}

/// The server side by hand: what the macro writes, but for the documentation.
fn by_hand() -> Result<Dispatcher, Box<dyn std::error::Error>> {
    #[derive(Deserialize)]
    struct Withdraw {
        account: String,
        #[serde(default)]
        amount: Option<u64>,
    }

    let bank = std::sync::Arc::new(Vault::default());
    let mut dispatcher = Dispatcher::new();
    let shared = bank.clone();
    dispatcher.register("bank.deposit", move |(account, amount): (String, u64)| shared.deposit(account, amount))?;
    dispatcher.register("bank.withdraw", move |arguments: Withdraw| {
        let bank = bank.clone();
        async move { bank.withdraw(arguments.account, arguments.amount).await }
    })?;
    dispatcher.register("bank.note", |(text,): (String,)| println!("noted: {text}"))?;
    Ok(dispatcher)
}

async fn try_out(dispatcher: Dispatcher) -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(Memory::new(Service::new(JsonRpc::new(), dispatcher)), JsonRpc::new());
    let bank = BankClient::new(client.clone());

    assert_eq!(bank.deposit("mine".to_owned(), 100).await?, 100);
    assert_eq!(bank.withdraw("mine".to_owned(), Some(30)).await?, 70);
    bank.note("done".to_owned()).await?;

    // The error is the enum again, with its fields.
    match bank.withdraw("mine".to_owned(), Some(100)).await {
        Err(TypedCallError::App(error)) => {
            println!("{error}");
            assert_eq!(error, BankError::NoFunds { needed: 30 });
        }
        other => return Err(format!("{other:?}").into()),
    }

    // A client without types calls the same methods, by position or by name.
    let error = client.call::<u64>("bank.withdraw", HashMap::from([("account", "yours")])).await.unwrap_err();
    assert_eq!(error.typed(), Some(BankError::NoAccount { account: "yours".to_owned() }));
    assert_eq!(client.call::<u64>("bank.withdraw", ("mine",)).await?, 0);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    try_out(Vault::default().into_dispatcher()).await?;
    try_out(by_hand()?).await
}
