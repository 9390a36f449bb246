//! Errors: ours as everybody can read them, and those of others kept whole.

use bytes::Bytes;
use rmpv::Value;
use tinyrpc::call::BoxFuture;
use tinyrpc::client::CallErrorKind;
use tinyrpc::transport::{ClientTransport, Outgoing, TransportError};
use tinyrpc::{CallError, Client, MessagePackRpc, RpcError, Service};

use super::{answer, ask, call, error, methods, pack};

/// A server that always answers the same.
#[derive(Debug)]
struct Says(Vec<u8>);

impl ClientTransport for Says {
    fn exchange(&self, _: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async move { Ok(Some(self.0.clone().into())) })
    }
}

async fn told(reply: Vec<u8>) -> CallError {
    let client = Client::new(Says(reply), MessagePackRpc::new());
    client.call::<i64>("add", (1, 2)).await.expect_err("an error was sent")
}

async fn remote(error: Value) -> RpcError {
    let told = told(pack(Value::Array(vec![1.into(), 1.into(), error, Value::Nil]))).await;
    told.rpc_error().expect("the other side's error").clone()
}

#[tokio::test]
async fn data_is_sent_by_setting_only() {
    let plain = answer(call(1.into(), "fail", vec![99.into(), "why".into()])).await;
    assert_eq!(plain, error(1.into(), 99, "why"));
    let service = Service::new(MessagePackRpc::new().with_error_data(true), methods());
    let with_data = ask(&service, call(1.into(), "fail", vec![99.into(), "why".into()])).await.unwrap();
    let triple = Value::Array(vec![99.into(), "why".into(), "more".into()]);
    assert_eq!(with_data, pack(Value::Array(vec![1.into(), 1.into(), triple, Value::Nil])));
    // Without data there is no third element.
    let unknown = ask(&service, call(1.into(), "none", vec![])).await.unwrap();
    assert_eq!(unknown, error(1.into(), -32601, "Method not found"));
    // Both forms are read.
    for reply in [plain, with_data] {
        let error = told(reply).await;
        assert_eq!(error.kind(), CallErrorKind::Remote);
        let error = error.rpc_error().unwrap();
        assert_eq!((error.code(), error.message()), (99, "why"));
        assert!(error.raw().is_none());
    }
    let error = remote(Value::Array(vec![99.into(), "why".into(), Value::Binary(vec![1])])).await;
    assert_eq!(error.data::<serde_bytes::ByteBuf>().unwrap().unwrap(), [1]);
}

#[tokio::test]
async fn data_that_cannot_be_written_is_left_out() {
    struct Broken;
    impl serde::Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::{Error, SerializeTuple};
            serializer.serialize_tuple(2)?.serialize_element("half of")?;
            Err(S::Error::custom("no more"))
        }
    }
    let mut methods = methods();
    methods.register("broken", || Err::<(), _>(RpcError::new(5, "said").with_data(Broken))).unwrap();
    let service = Service::new(MessagePackRpc::new().with_error_data(true), methods);
    assert_eq!(ask(&service, call(1.into(), "broken", vec![])).await.unwrap(), error(1.into(), 5, "said"));
}

/// B7: strings, maps, tracebacks.
#[tokio::test]
async fn foreign_errors_are_kept_whole() {
    for (sent, message) in [
        (Value::from("it broke"), "it broke"),
        (Value::Map(vec![("code".into(), 1.into())]), "the other side's error is no code and message"),
        (Value::from(17), "the other side's error is no code and message"),
        (Value::from(false), "the other side's error is no code and message"),
        (Value::Array(vec![]), "the other side's error is no code and message"),
        (Value::Array(vec!["ValueError".into(), "bad".into()]), "bad"),
        (Value::Array(vec!["ValueError".into(), "bad".into(), "Traceback\n…".into(), 4.into()]), "bad"),
        (Value::Array(vec![1.into(), "a".into(), 2.into(), 3.into()]), "a"),
        (Value::Array(vec![u64::MAX.into(), "a".into()]), "a"),
        (Value::Array(vec![1.into(), Value::Binary(vec![1])]), "the other side's error is no code and message"),
        (Value::Ext(3, vec![1]), "the other side's error is no code and message"),
    ] {
        let error = remote(sent.clone()).await;
        assert_eq!((error.code(), error.message()), (0, message), "{sent}");
        assert_eq!(error.raw().unwrap().raw()[..], pack(sent));
    }
    // An editor's: a kind and a text look like a code and a message, and are read so.
    let error = remote(Value::Array(vec![0.into(), "Vim:E492".into()])).await;
    assert_eq!((error.code(), error.message(), error.raw().is_none()), (0, "Vim:E492", true));
    // Text that is not UTF-8 fails nothing.
    let error = told(b"\x94\x01\x01\xa2\xff\xff\xc0".to_vec()).await;
    let error = error.rpc_error().unwrap();
    assert_eq!(error.raw().unwrap().raw()[..], b"\xa2\xff\xff"[..]);
    // Nor do an error and a result at once.
    let error = told(b"\x94\x01\x01\xa3bad\x05".to_vec()).await;
    assert_eq!(error.rpc_error().unwrap().message(), "bad");
}

#[tokio::test]
async fn foreign_errors_pass_through_a_handler() {
    let foreign = remote(Value::Array(vec!["ValueError".into(), "bad".into()])).await;
    let mut methods = methods();
    methods.register("relay", move || Err::<(), _>(foreign.clone())).unwrap();
    let service = Service::new(MessagePackRpc::new(), methods);
    assert_eq!(ask(&service, call(1.into(), "relay", vec![])).await.unwrap(), error(1.into(), 0, "bad"));
}
