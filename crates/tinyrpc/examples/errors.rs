//! Errors with a code, a message and data, typed on both sides; and what a client can tell about the others.

use tinyrpc::transport::memory::Memory;
use tinyrpc::{Client, Dispatcher, JsonRpc, RpcError, Service, TypedError};

#[derive(Debug, PartialEq)]
enum BankError {
    NoFunds { needed: u64 },
    Closed,
}

impl TypedError for BankError {
    fn to_rpc_error(&self) -> RpcError {
        match self {
            Self::NoFunds { needed } => RpcError::new(99, "not enough money").with_data(*needed),
            Self::Closed => RpcError::new(98, "the account is closed"),
        }
    }

    fn from_rpc_error(error: &RpcError) -> Option<Self> {
        match error.code() {
            99 => Some(Self::NoFunds { needed: error.data()?.ok()? }),
            98 => Some(Self::Closed),
            _ => None,
        }
    }
}

fn withdraw((account, amount): (String, u64)) -> Result<u64, BankError> {
    let balance: u64 = 100;
    match account.as_str() {
        "old" => Err(BankError::Closed),
        _ => balance.checked_sub(amount).ok_or_else(|| BankError::NoFunds { needed: amount - balance }),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("withdraw", withdraw)?;
    dispatcher.register("parse", |(text,): (String,)| text.parse::<i64>().map_err(|error| error.to_string()))?;
    dispatcher.register("break", || -> i64 { panic!("nobody else hears this") })?;
    let client = Client::new(Memory::new(Service::new(JsonRpc::new(), dispatcher)), JsonRpc::new());

    let left: u64 = client.call("withdraw", ("mine", 30)).await?;
    println!("left: {left}");

    let error = client.call::<u64>("withdraw", ("mine", 130)).await.expect_err("it should fail");
    println!("{error}");
    assert_eq!(error.typed(), Some(BankError::NoFunds { needed: 30 }));

    // Any error that has a text can be one; its code is then -32000.
    let error = client.call::<i64>("parse", ("x",)).await.expect_err("it should fail");
    println!("{error}");
    assert_eq!(error.rpc_error().map(RpcError::code), Some(-32000));

    // Wrong arguments say which one and why.
    let error = client.call::<u64>("withdraw", ("mine", "all")).await.expect_err("it should fail");
    println!("{error}");
    assert_eq!(error.kind(), tinyrpc::client::CallErrorKind::InvalidParams);

    // A panic costs one reply, and what it said stays on the server.
    std::panic::set_hook(Box::new(|_| {}));
    let error = client.call::<i64>("break", ()).await.expect_err("it should fail");
    println!("{error}");
    assert!(!error.to_string().contains("nobody"));
    Ok(())
}
