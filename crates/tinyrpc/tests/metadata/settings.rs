//! Where it can be asked for, and where it cannot be had.

use std::sync::Arc;

use tinyrpc::client::Connector;
use tinyrpc::client::reconnect::Balance;
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::{Client, Dispatcher, JsonRpc, MessagePackRpc, Server, Service};

use crate::support::*;

/// A request of MessagePack-RPC is an array of four elements: nothing is lost in silence.
#[tokio::test]
async fn messagepack_has_no_place_for_it() {
    let service = Service::new(JsonRpc::new(), Dispatcher::new());
    let url = serve("tcp://127.0.0.1:0?protocol=msgpack", service.clone()).await;
    for parameters in ["protocol=msgpack&metadata=on", "metadata=on&protocol=msgpack"] {
        let refused = Client::connect(&format!("{url}?{parameters}")).await.unwrap_err();
        assert_eq!(refused.kind(), TransportErrorKind::Setup);
        assert!(refused.to_string().contains("no place for a deadline"), "{refused}");
        let refused = Server::new(service.clone()).bind(&format!("tcp://127.0.0.1:0?{parameters}")).await.unwrap_err();
        assert_eq!(refused.kind(), TransportErrorKind::Setup);
    }
    let connector = Connector::new().with_protocol(Arc::new(MessagePackRpc::new()));
    assert!(connector.connect(&format!("{url}?metadata=on")).await.is_err());
    let packed = Service::new(MessagePackRpc::new(), Dispatcher::new());
    assert!(Server::new(packed).bind("tcp://127.0.0.1:0?metadata=on").await.is_err());
    // There is nothing to turn off.
    Client::connect(&format!("{url}?protocol=msgpack&metadata=off")).await.unwrap();
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    for url in ["tcp://127.0.0.1:1?metadata=yes", "tcp://127.0.0.1:1?metadata", "amqp://127.0.0.1:1/?metadata=on"] {
        assert_eq!(Client::connect(url).await.unwrap_err().kind(), TransportErrorKind::Setup, "{url}");
    }
    // One client writes its messages in one way.
    let url = serve("tcp://127.0.0.1:0", service(JsonRpc::new())).await;
    let urls = [format!("{url}?metadata=on"), url.clone()];
    assert!(Connector::new().connect_any(urls, Balance::Failover).await.is_err());
    // Headers say it anyway.
    let http = serve("http://127.0.0.1:0/", service(JsonRpc::new())).await;
    let urls = [http, format!("{url}?metadata=on")];
    let client = with_a_minute(Connector::new().connect_any(urls, Balance::LeastLoaded).await.unwrap());
    for _ in 0..4 {
        let seen: Seen = soon(client.call("seen", ())).await.unwrap();
        assert!(says_all(&seen), "{seen:?}");
    }
}

/// A protocol that somebody chose is asked for it by the URL all the same.
#[tokio::test]
async fn the_url_asks_the_protocol_that_is_spoken() {
    let url = serve("tcp://127.0.0.1:0", service(JsonRpc::new())).await;
    let connector = Connector::new().with_protocol(Arc::new(JsonRpc::new().with_ascii_only(true)));
    for (parameter, said) in [("?metadata=on", true), ("", false)] {
        let client = with_a_minute(connector.connect(&format!("{url}{parameter}")).await.unwrap());
        let seen: Seen = soon(client.call("seen", ())).await.unwrap();
        assert_eq!(says_all(&seen), said, "{seen:?}");
    }
}
