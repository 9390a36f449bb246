//! The same over MessagePack-RPC.

use std::collections::BTreeMap;

use tinyrpc::client::CallErrorKind;
use tinyrpc::{CallError, Client, MessagePackRpc, RpcError, TypedError};

use super::Script;

async fn call(reply: &[u8]) -> Result<i64, CallError> {
    Client::new(Script::always(reply), MessagePackRpc::new()).call("add", (1, 2)).await
}

#[tokio::test]
async fn results_are_read_in_every_form() {
    for reply in [
        &b"\x94\x01\x01\xc0\x03"[..],
        b"\xdc\x00\x04\x01\x01\xc0\x03",
        b"\x94\xcc\x01\xcd\x00\x01\xc0\xd0\x03",
        b"\x94\x01\xd0\x01\xc0\x03",
        b"\x94\x01\xd3\0\0\0\0\0\0\0\x01\xc0\x03",
    ] {
        assert_eq!(call(reply).await.unwrap(), 3, "{reply:x?}");
    }
}

/// B6: the id is checked.
#[tokio::test]
async fn an_unknown_id_is_named() {
    for (id, shown) in [(&b"\x02"[..], "2"), (b"\xa11", "\"1\""), (b"\xff", "[ff]"), (b"\xc3", "[c3]")] {
        let reply = [b"\x94\x01", id, b"\xc0\x03"].concat();
        let error = call(&reply).await.unwrap_err();
        assert_eq!(error.kind(), CallErrorKind::UnexpectedId);
        assert_eq!(error.to_string(), format!("the reply has id {shown}, but the call had id 1"));
    }
}

/// B3: a nil id comes with every parse error, and its code is shown.
#[tokio::test]
async fn an_error_without_an_id_gives_its_code_and_message() {
    let error = call(b"\x94\x01\xc0\x92\xd1\x80\x44\xabParse error\xc0").await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::InvalidRequest);
    let remote = error.rpc_error().unwrap();
    assert_eq!((remote.code(), remote.message()), (-32700, "Parse error"));
}

#[tokio::test]
async fn what_is_no_reply_is_said_to_be_none() {
    for reply in [
        &b""[..],
        b"\xc0",
        b"\x90",
        b"\xc1",
        b"\x94\x01\x01\xc0",
        b"\x93\x01\x01\xc0",
        b"\x95\x01\x01\xc0\x03\x03",
        b"\x94\x00\x01\xa3add\x90",
        b"\x93\x02\xa3add\x90",
        b"\x93\x02\xa3add\xc0",
        b"\x94\x01\xc0\xc0\x03",
        b"\x94\x01\x01\xc0\x03\x00",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":3}",
        b"<html>",
        &[0x91; 100_000],
        b"\xdd\xff\xff\xff\xff",
    ] {
        let error = call(reply).await.unwrap_err();
        assert_eq!(error.kind(), CallErrorKind::InvalidReply, "{:x?}: {error}", &reply[..reply.len().min(9)]);
    }
}

/// B5.
#[tokio::test]
async fn named_arguments_and_batches_cannot_be_sent() {
    let script = Script::always(b"\x94\x01\x01\xc0\x03");
    let client = Client::new(script.clone(), MessagePackRpc::new());
    for error in [
        client.call::<i64>("add", BTreeMap::from([("a", 1)])).await.unwrap_err(),
        client.notify("add", BTreeMap::from([("a", 1)])).await.unwrap_err(),
        client.call::<i64>("add", 1).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), CallErrorKind::Arguments);
        assert!(error.is_unsent() && error.to_string().contains("positional arguments only"), "{error}");
    }
    let mut batch = client.batch();
    let _entry = batch.call::<i64>("add", (1, 2));
    batch.notify("add", (1, 2));
    let error = batch.send().await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Arguments);
    assert!(error.is_unsent() && error.to_string().contains("no batches"), "{error}");
    assert!(script.sent().is_empty());
}

#[derive(Debug, PartialEq)]
struct Short(u64);

impl TypedError for Short {
    fn to_rpc_error(&self) -> RpcError {
        RpcError::new(99, "not enough").with_data(self.0)
    }
    fn from_rpc_error(error: &RpcError) -> Option<Self> {
        // The data does not travel by default.
        (error.code() == 99).then(|| Self(error.data().and_then(Result::ok).unwrap_or_default()))
    }
}

#[tokio::test]
async fn typed_errors_come_back_as_themselves() {
    use tinyrpc::{Dispatcher, Origin, Service};
    for (with_data, expected) in [(false, Short(0)), (true, Short(7))] {
        let protocol = MessagePackRpc::new().with_error_data(with_data);
        let mut methods = Dispatcher::new();
        methods.register("pay", || Err::<(), _>(Short(7))).unwrap();
        let service = Service::new(protocol.clone(), methods);
        let reply = service.exchange(Origin::new("test"), b"\x94\x00\x01\xa3pay\x90".to_vec()).await.unwrap();
        let error = Client::new(Script::always(reply), protocol).call::<()>("pay", ()).await.unwrap_err();
        assert_eq!(error.typed::<Short>(), Some(expected));
    }
}

/// Who asks gets the data, also without the server's setting; ids stay within 32 bits, differ, and come back.
#[tokio::test]
async fn a_client_that_asks_gets_the_data() {
    use tinyrpc::transport::memory::Memory;
    use tinyrpc::{Dispatcher, Service};
    let mut methods = Dispatcher::new();
    methods.register("pay", || Err::<(), _>(Short(7))).unwrap();
    methods.register("add", |(a, b): (i64, i64)| a + b).unwrap();
    let service = Service::new(MessagePackRpc::new(), methods);
    let client = Client::new(Memory::new(service), MessagePackRpc::new());
    let asking = client.clone().with_error_data(true);
    for _ in 0..2 {
        assert_eq!(client.call::<()>("pay", ()).await.unwrap_err().typed(), Some(Short(0)));
        assert_eq!(asking.call::<()>("pay", ()).await.unwrap_err().typed(), Some(Short(7)));
        assert_eq!(asking.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    }

    let script = Script::always(b"\x94\x01\x01\xc0\x03");
    let asking = Client::new(script.clone(), MessagePackRpc::new()).with_error_data(true);
    let error = asking.call::<i64>("add", ()).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::UnexpectedId);
    assert!(error.to_string().ends_with(&format!("id {}", 0x5000_0001)), "{error}");
}
