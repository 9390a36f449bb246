//! The same service trait over every transport and both protocols.

use std::time::Duration;

use tinyrpc::transport::memory::Memory;
use tinyrpc::{Client, JsonRpc, MessagePackRpc, Server, Service, TypedCallError, protocol_named};
use tinyrpc_interop::Broker;
use tinyrpc_interop::bank::{Bank as _, BankClient, BankError, Vault};

/// Everything that the client can do.
pub(crate) async fn try_out(bank: &BankClient, place: &str) {
    let mine = || "mine".to_owned();
    assert_eq!(bank.deposit(mine(), Some(100)).await.unwrap(), 100, "{place}");
    assert_eq!(bank.deposit(mine(), None).await.unwrap(), 110, "{place}");
    assert_eq!(bank.withdraw(mine(), 30).await.unwrap(), 80, "{place}");
    bank.transfer(mine(), "yours".to_owned(), 5).await.unwrap();
    assert_eq!(bank.accounts(None).await.unwrap(), [(mine(), 75), ("yours".to_owned(), 5)], "{place}");
    assert_eq!(bank.accounts(Some("y".to_owned())).await.unwrap().len(), 1, "{place}");
    assert_eq!(bank.called().await.unwrap(), "bank.called", "{place}");
    bank.note("first".to_owned()).await.unwrap();
    assert_eq!(bank.notes(1).await.unwrap(), ["first"], "{place}");

    let needed = bank.withdraw(mine(), 100).await.unwrap_err();
    assert_eq!(needed.app(), Some(&BankError::NoFunds { account: mine(), needed: 25 }), "{place}: {needed:?}");
    let missing = bank.withdraw("nobody".to_owned(), 1).await.unwrap_err();
    assert_eq!(missing.into_app().unwrap(), BankError::NoAccount("nobody".to_owned()), "{place}");
    assert_eq!(bank.close().await.unwrap_err().into_app().unwrap(), BankError::Closed, "{place}");
    let unknown = bank.clone().with_prefix("other.").close().await.unwrap_err();
    assert!(matches!(unknown, TypedCallError::Call(error) if error.is_method_not_found()), "{place}");
}

/// Long enough for a machine with much to do.
async fn client(url: &str) -> BankClient {
    BankClient::new(Client::connect(url).await.unwrap().with_timeout(Duration::from_secs(60)))
}

fn service() -> Service {
    Service::new(JsonRpc::new(), Vault::default().into_dispatcher()).with_protocol(MessagePackRpc::new())
}

fn with(url: &str, protocol: &str) -> String {
    format!("{url}{}protocol={protocol}", if url.contains('?') { '&' } else { '?' })
}

/// Serves at `url` in one protocol, and has the client do all it can.
async fn at(url: &str, protocol: &str) {
    let server = Server::new(service()).bind(&with(url, protocol)).await.unwrap();
    let endpoint = server.endpoints().remove(0);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run_until(async {
        let _ = stopped.await;
    }));
    let endpoint = if endpoint.contains("protocol=") { endpoint } else { with(&endpoint, protocol) };
    try_out(&client(&endpoint).await, &endpoint).await;
    drop(stop);
    serving.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trait_everywhere() {
    let folder = std::env::temp_dir().join(format!("tinyrpc-bank-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for protocol in ["jsonrpc", "msgpack"] {
        let spoken = protocol_named(protocol).unwrap();
        let memory = Memory::new(service().speaking(spoken));
        let client_of_memory = match protocol {
            "jsonrpc" => Client::new(memory, JsonRpc::new()),
            _ => Client::new(memory, MessagePackRpc::new()),
        };
        try_out(&BankClient::new(client_of_memory), "in memory").await;
        for url in [
            format!("inproc://bank-{protocol}"),
            "http://127.0.0.1:0/".to_owned(),
            "ws://127.0.0.1:0/ws".to_owned(),
            "tcp://127.0.0.1:0".to_owned(),
            format!("unix://{}/bank-{protocol}.sock", folder.display()),
            "zmq+tcp://127.0.0.1:0".to_owned(),
            format!("zmq+ipc://{}/bank-{protocol}.ipc", folder.display()),
        ] {
            at(&url, protocol).await;
        }
        let child = env!("CARGO_BIN_EXE_bank");
        let url = format!("exec:{child} 'stdio:?protocol={protocol}'?protocol={protocol}");
        try_out(&client(&url).await, "child process").await;
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trait_over_rabbitmq() {
    let Some(broker) = Broker::start() else { return };
    for protocol in ["jsonrpc", "msgpack"] {
        at(&format!("{}?queue=bank-{protocol}", broker.url("%2F")), protocol).await;
    }
}
