//! `rpc.discover` in both protocols.

use tinyrpc::dispatch::Dispatch;
use tinyrpc::openrpc::{DISCOVER, Discover, Document, Info};
use tinyrpc::transport::memory::Memory;
use tinyrpc::{Client, Dispatcher, JsonRpc, MessagePackRpc, Protocol, Service};

fn dispatcher() -> Dispatcher {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    dispatcher
}

fn client(protocol: impl Protocol + Clone, dispatch: impl Dispatch) -> Client {
    Client::new(Memory::new(Service::new(protocol.clone(), dispatch)), protocol)
}

#[tokio::test]
async fn it_answers_with_the_document_and_hands_on_the_rest() {
    let discover = || Discover::new(dispatcher(), Info::new("Sums", "1.0")).with_server("http://127.0.0.1:5000/");
    for client in [client(JsonRpc::new(), discover()), client(MessagePackRpc::new(), discover())] {
        let document: serde_json::Value = client.call(DISCOVER, ()).await.unwrap();
        let document = Document::from_value(document).unwrap();
        assert_eq!(document, discover().document());
        assert_eq!((&*document.info.title, &*document.servers[0].url), ("Sums", "http://127.0.0.1:5000/"));
        assert_eq!(document.methods.len(), 1);
        assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
        assert!(client.call::<i64>("none", ()).await.unwrap_err().is_method_not_found());
        assert!(client.call::<i64>(DISCOVER, (1,)).await.unwrap_err().to_string().contains("no arguments"));
    }
}

#[tokio::test]
async fn a_service_that_does_not_use_it_tells_nothing() {
    let error = client(JsonRpc::new(), dispatcher()).call::<i64>(DISCOVER, ()).await.unwrap_err();
    assert!(error.is_method_not_found());
}

#[tokio::test]
async fn endpoints_may_be_told_later() {
    let discover = Discover::new(dispatcher(), Info::new("Sums", "1.0"));
    let servers = discover.servers();
    let client = client(JsonRpc::new(), discover);
    let urls = async || {
        let document: serde_json::Value = client.call(DISCOVER, ()).await.unwrap();
        Document::from_value(document).unwrap().servers.into_iter().map(|server| server.url).collect::<Vec<_>>()
    };
    assert!(urls().await.is_empty());
    servers.add("tcp://127.0.0.1:5001");
    assert_eq!(urls().await, ["tcp://127.0.0.1:5001"]);
}
