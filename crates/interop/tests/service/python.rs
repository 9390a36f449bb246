//! The typed service and Python's tinyrpc, unmodified, over HTTP.

use std::time::Duration;

use tinyrpc::{Client, JsonRpc, MessagePackRpc, Server, Service};
use tinyrpc_interop::bank::{Bank as _, BankClient, BankError, Vault};
use tinyrpc_interop::{Row, python_peer, python_program};

#[tokio::test(flavor = "multi_thread")]
async fn the_written_client_calls_python() {
    for protocol in ["jsonrpc", "msgpack"] {
        let row = Row::new("http", protocol, "typed client, Python's server");
        let Some(peer) = python_peer("bank_server.py", &["--protocol", protocol]) else { return };
        let client = Client::connect(&format!("{}?protocol={protocol}", peer.url())).await.unwrap();
        let bank = BankClient::new(client.with_timeout(Duration::from_secs(60)));
        let mine = || "mine".to_owned();
        assert_eq!(bank.deposit(mine(), Some(100)).await.unwrap(), 100);
        assert_eq!(bank.deposit(mine(), None).await.unwrap(), 110);
        assert_eq!(bank.withdraw(mine(), 30).await.unwrap(), 80);
        bank.transfer(mine(), "yours".to_owned(), 5).await.unwrap();
        assert_eq!(bank.accounts(None).await.unwrap(), [(mine(), 75), ("yours".to_owned(), 5)]);
        assert_eq!(bank.accounts(Some("y".to_owned())).await.unwrap().len(), 1);
        assert_eq!(bank.close().await.unwrap_err().into_app().unwrap(), BankError::Closed);
        let needed = bank.withdraw(mine(), 100).await.unwrap_err();
        if protocol == "jsonrpc" {
            assert_eq!(needed.into_app().unwrap(), BankError::NoFunds { account: mine(), needed: 25 });
            row.passed("calls, named arguments, defaults, errors of the enum with data");
        } else {
            // That server has no data to give.
            let error = needed.into_app().unwrap_err();
            let error = error.rpc_error().unwrap();
            assert_eq!((error.code(), error.message()), (99, "25 more needed on mine"));
            row.passed("calls, defaults, errors of the enum without data, which that server never sends");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python_calls_the_written_server() {
    let service = Service::new(JsonRpc::new(), Vault::default().into_dispatcher()).with_protocol(MessagePackRpc::new());
    for protocol in ["jsonrpc", "msgpack"] {
        let row = Row::new("http", protocol, "Python's client, typed server");
        let url = format!("http://127.0.0.1:0/?protocol={protocol}");
        let server = Server::new(service.clone()).bind(&url).await.unwrap();
        let endpoint = server.endpoints().remove(0);
        let serving = tokio::spawn(server.run());
        let program = tokio::task::spawn_blocking(move || {
            python_program("bank_client.py", &[&endpoint, "--protocol", protocol], Duration::from_secs(60))
        });
        let Some(finished) = program.await.unwrap() else { return };
        finished.assert_success();
        serving.abort();
        row.passed("calls, keyword arguments, defaults, code, message and data of errors");
    }
}
