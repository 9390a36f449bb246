//! JSON-RPC 1.0, as the systems speak it that never went on to 2.0.

use std::sync::{Arc, Mutex};

use super::{ask, methods};
use bytes::Bytes;
use tinyrpc::call::BoxFuture;
use tinyrpc::transport::{ClientTransport, Outgoing, TransportError};
use tinyrpc::{Client, JsonRpc, Origin, RpcError, Service, client::CallErrorKind};

fn old() -> Service {
    Service::new(JsonRpc::v1(), methods())
}

fn error(id: &str, code: i64, message: &str) -> String {
    format!(r#"{{"result":null,"error":{{"code":{code},"message":"{message}"}},"id":{id}}}"#)
}

#[tokio::test]
async fn replies_hold_both_members() {
    let reply = ask(&old(), r#"{"method":"subtract","params":[42,23],"id":1}"#).await.unwrap();
    assert_eq!(reply, r#"{"result":19,"error":null,"id":1}"#);
    let reply = ask(&old(), r#"{"method":"foobar","params":[],"id":"x"}"#).await.unwrap();
    assert_eq!(reply, error("\"x\"", -32601, "Method not found"));
    let reply = ask(&old(), r#"{"id":2,"params":["x"],"method":"late"}"#).await.unwrap();
    assert!(reply.starts_with(r#"{"result":null,"error":{"code":-32602,"#), "{reply}");
    assert!(reply.ends_with(r#"},"id":2}"#), "{reply}");
}

/// "Can be of any type", and RFC 7047 says the same.
#[tokio::test]
async fn ids_are_of_any_type() {
    for id in ["0", "\"a\"", "1.5", "true", "false", "[1]", r#"{"a":[]}"#] {
        let reply = ask(&old(), format!(r#"{{"method":"sum","params":[1],"id":{id}}}"#)).await.unwrap();
        assert_eq!(reply, format!(r#"{{"result":1,"error":null,"id":{id}}}"#));
    }
}

#[tokio::test]
async fn notifications_have_a_null_id() {
    for id in [r#","id":null"#, ""] {
        let message = format!(r#"{{"method":"update","params":[1]{id}}}"#);
        assert_eq!(ask(&old(), message).await, None);
    }
}

#[tokio::test]
async fn named_params_and_batches_are_refused() {
    let reply = ask(&old(), r#"{"method":"subtract","params":{"minuend":1,"subtrahend":2},"id":1}"#).await.unwrap();
    assert_eq!(reply, error("1", -32602, "Invalid params: `params` must be an array"));
    let reply = ask(&old(), r#"[{"method":"sum","params":[1],"id":1}]"#).await.unwrap();
    assert_eq!(reply, error("null", -32600, "Invalid Request"));
    assert_eq!(ask(&old(), "[").await.unwrap(), error("null", -32700, "Parse error"));
}

#[tokio::test]
async fn the_member_jsonrpc_does_no_harm() {
    let reply = ask(&old(), r#"{"jsonrpc":"2.0","method":"sum","params":[1],"id":1}"#).await.unwrap();
    assert_eq!(reply, r#"{"result":1,"error":null,"id":1}"#);
}

/// Hands messages to a service, and keeps a record of them.
#[derive(Clone, Debug)]
struct Recorder {
    service: Service,
    sent: Arc<Mutex<Vec<String>>>,
}

impl ClientTransport for Recorder {
    fn exchange(&self, outgoing: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let message = outgoing.message;
        self.sent.lock().unwrap().push(String::from_utf8(message.to_vec()).unwrap());
        Box::pin(async move { Ok(self.service.exchange(Origin::new("test"), message).await) })
    }
}

#[tokio::test]
async fn a_client_sends_nothing_that_is_newer() {
    let sent = Arc::default();
    let client = Client::new(Recorder { service: old(), sent: Arc::clone(&sent) }, JsonRpc::v1());
    assert_eq!(client.call::<i64>("subtract", (42, 23)).await.unwrap(), 19);
    assert_eq!(client.call::<(String, i64)>("get_data", ()).await.unwrap(), ("hello".to_owned(), 5));
    client.notify("update", [1]).await.unwrap();
    client.notify("update", ()).await.unwrap();
    let failed = client.call::<()>("fail", (7, "why")).await.unwrap_err();
    let remote: &RpcError = failed.rpc_error().unwrap();
    assert_eq!((remote.code(), remote.message()), (7, "why"));
    let expected = [
        r#"{"method":"subtract","params":[42,23],"id":1}"#,
        r#"{"method":"get_data","params":[],"id":2}"#,
        r#"{"method":"update","params":[1],"id":null}"#,
        r#"{"method":"update","params":[],"id":null}"#,
        r#"{"method":"fail","params":[7,"why"],"id":3}"#,
    ];
    assert_eq!(*sent.lock().unwrap(), expected);

    let named = std::collections::BTreeMap::from([("minuend", 1)]);
    let refused = client.call::<i64>("subtract", &named).await.unwrap_err();
    assert_eq!(refused.kind(), CallErrorKind::Arguments);
    assert!(refused.is_unsent());
    assert_eq!(client.notify("update", &named).await.unwrap_err().kind(), CallErrorKind::Arguments);
    let mut batch = client.batch();
    batch.call::<i64>("sum", (1,));
    let refused = batch.send().await.unwrap_err();
    assert_eq!(refused.kind(), CallErrorKind::Arguments);
    assert!(refused.to_string().contains("no batches"), "{refused}");
    assert_eq!(sent.lock().unwrap().len(), expected.len(), "nothing of what was refused has been sent");
}
