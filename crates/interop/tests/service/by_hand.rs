//! The written client against a dispatcher by hand, and the written server against a client without types.

use serde::Deserialize;
use serde_json::json;
use tinyrpc::transport::memory::Memory;
use tinyrpc::{CallError, Client, Dispatcher, JsonRpc, MessagePackRpc, Protocol, RpcError, Service};
use tinyrpc_interop::bank::{Bank as _, BankClient, BankError, Vault};

fn client(dispatcher: Dispatcher, protocol: impl Protocol + Clone) -> Client {
    Client::new(Memory::new(Service::new(protocol.clone(), dispatcher)), protocol)
}

#[derive(Deserialize)]
struct Transfer {
    from: String,
    to: String,
    amount: u64,
}

fn by_hand() -> Dispatcher {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("bank.deposit", |(account, amount): (String, u64)| account.len() as u64 + amount).unwrap();
    dispatcher
        .register("bank.withdraw", |(account, amount): (String, u64)| async move {
            match amount {
                0 => Ok(1),
                1 => Err(RpcError::new(98, "who?").with_data(account)),
                2 => Err(RpcError::new(99, "no").with_data(json!({"needed": 7, "account": account, "more": 1}))),
                3 => Err(RpcError::new(99, "no data")),
                _ => Err(RpcError::new(1, "no error of a bank")),
            }
        })
        .unwrap();
    dispatcher
        .register("bank.transfer", |transfer: Transfer| {
            assert_eq!((&*transfer.from, &*transfer.to, transfer.amount), ("a", "b", 3));
        })
        .unwrap();
    dispatcher
}

async fn written_client(bank: BankClient) {
    assert_eq!(bank.deposit("abc".to_owned(), Some(4)).await.unwrap(), 7);
    bank.transfer("a".to_owned(), "b".to_owned(), 3).await.unwrap();
    let withdraw = async |amount| bank.withdraw("abc".to_owned(), amount).await.map_err(|error| error.into_app());
    assert_eq!(withdraw(0).await.unwrap(), 1);
    assert_eq!(withdraw(1).await.unwrap_err().unwrap(), BankError::NoAccount("abc".to_owned()));
    let expected = BankError::NoFunds { account: "abc".to_owned(), needed: 7 };
    assert_eq!(withdraw(2).await.unwrap_err().unwrap(), expected);
    // What does not fit the enum is not forced into it, and nothing of it is lost.
    for (amount, code) in [(3, 99), (4, 1)] {
        let error: CallError = withdraw(amount).await.unwrap_err().unwrap_err();
        assert_eq!(error.rpc_error().unwrap().code(), code);
    }
}

#[tokio::test]
async fn the_written_client_calls_what_was_written_by_hand() {
    written_client(BankClient::new(client(by_hand(), JsonRpc::new()))).await;
    written_client(BankClient::new(client(by_hand(), MessagePackRpc::new()))).await;
}

#[tokio::test]
async fn a_client_without_types_calls_the_written_server() {
    let client = client(Vault::default().into_dispatcher(), JsonRpc::new());
    for (method, params, result) in [
        ("bank.deposit", json!(["mine"]), json!(10)),
        ("bank.deposit", json!({"amount": 5, "account": "mine"}), json!(15)),
        ("bank.withdraw", json!(["mine", 1]), json!(14)),
        ("bank.transfer", json!(["mine", "yours", 4]), json!(null)),
        ("bank.transfer", json!({"from": "mine", "to": "yours", "amount": 1}), json!(null)),
        ("bank.accounts", json!([]), json!([["mine", 9], ["yours", 5]])),
        ("bank.accounts", json!({"start": "y"}), json!([["yours", 5]])),
        ("bank.note", json!(["a call all the same"]), json!(null)),
        ("bank.called", json!([]), json!("bank.called")),
    ] {
        let got: serde_json::Value = client.call(method, &params).await.unwrap();
        assert_eq!(got, result, "{method} {params}");
    }
    let error = client.call::<u64>("bank.withdraw", ("mine", 100)).await.unwrap_err();
    let error = error.rpc_error().unwrap();
    assert_eq!((error.code(), error.message()), (99, "91 more needed on mine"));
    assert_eq!(error.data::<serde_json::Value>().unwrap().unwrap(), json!({"account": "mine", "needed": 91}));
    let error =
        client.call::<()>("bank.transfer", json!({"source": "mine", "to": "b", "amount": 1})).await.unwrap_err();
    assert_eq!(
        error.rpc_error().unwrap().message(),
        "Invalid params: unknown argument `source`, expected `from`, `to`, `amount`"
    );
}
