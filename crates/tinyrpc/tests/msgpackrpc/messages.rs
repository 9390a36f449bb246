//! The shapes of messages, and their exact bytes.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use rmpv::Value;
use tinyrpc::call::BoxFuture;
use tinyrpc::transport::{ClientTransport, Outgoing, TransportError};
use tinyrpc::{Client, MessagePackRpc, Origin, Service};

use super::{answer, ask, call, invalid_request, parse_error, result, service};

/// What stands on the wire between two Pythons.
#[tokio::test]
async fn the_bytes_are_those_of_tinyrpc() {
    assert_eq!(answer(b"\x94\x00\x01\xa3add\x92\x01\x02").await, b"\x94\x01\x01\xc0\x03");
    assert_eq!(ask(&service(), b"\x93\x02\xa3add\x92\x01\x02").await, None);
    assert_eq!(answer(b"\x94\x00\x03\xa4none\x90").await, b"\x94\x01\x03\x92\xd1\x80\xa7\xb0Method not found\xc0");
}

#[derive(Clone, Debug)]
struct Recorder {
    service: Service,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl ClientTransport for Recorder {
    fn exchange(&self, outgoing: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let message = outgoing.message;
        self.sent.lock().unwrap().push(message.to_vec());
        Box::pin(async move { Ok(self.service.exchange(Origin::new("test"), message).await) })
    }
}

#[tokio::test]
async fn a_client_writes_the_same() {
    let sent = Arc::default();
    let client = Client::new(Recorder { service: service(), sent: Arc::clone(&sent) }, MessagePackRpc::new());
    assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    client.notify("add", (1, 2)).await.unwrap();
    client.call::<()>("nothing", ()).await.unwrap();
    client.call::<()>("nothing", [0; 0]).await.unwrap();
    let none = std::collections::BTreeMap::<String, i64>::new();
    client.call::<()>("nothing", none).await.unwrap();
    assert!(client.call::<()>("none", ()).await.unwrap_err().is_method_not_found());
    let expected: [&[u8]; 6] = [
        b"\x94\x00\x01\xa3add\x92\x01\x02",
        b"\x93\x02\xa3add\x92\x01\x02",
        b"\x94\x00\x02\xa7nothing\x90",
        b"\x94\x00\x03\xa7nothing\x90",
        b"\x94\x00\x04\xa7nothing\x90",
        b"\x94\x00\x05\xa4none\x90",
    ];
    assert_eq!(*sent.lock().unwrap(), expected);
}

/// Other libraries do not always choose the shortest form.
#[tokio::test]
async fn long_forms_mean_the_same() {
    let shortest = b"\x94\x01\x01\xc0\x03";
    for message in [
        b"\xdc\x00\x04\x00\x01\xa3add\x92\x01\x02".to_vec(),
        b"\xdd\x00\x00\x00\x04\x00\x01\xa3add\x92\x01\x02".to_vec(),
        b"\x94\xcc\x00\x01\xa3add\x92\x01\x02".to_vec(),
        b"\x94\xd0\x00\x01\xa3add\x92\x01\x02".to_vec(),
        b"\x94\xcf\x00\x00\x00\x00\x00\x00\x00\x00\x01\xa3add\x92\x01\x02".to_vec(),
        b"\x94\x00\xcc\x01\xd9\x03add\x92\x01\x02".to_vec(),
        b"\x94\x00\xcd\x00\x01\xda\x00\x03add\xdc\x00\x02\x01\x02".to_vec(),
        b"\x94\x00\xd2\x00\x00\x00\x01\xdb\x00\x00\x00\x03add\xdd\x00\x00\x00\x02\xd0\x01\xd3\0\0\0\0\0\0\0\x02"
            .to_vec(),
    ] {
        assert_eq!(answer(&message).await, shortest, "{message:x?}");
    }
    assert_eq!(ask(&service(), b"\xdc\x00\x03\x02\xa3add\x92\x01\x02").await, None);
    assert_eq!(ask(&service(), b"\x93\xcc\x02\xa3add\x92\x01\x02").await, None);
}

/// B1, B2: whatever the id is, it comes back.
#[tokio::test]
async fn ids_are_of_any_kind() {
    for id in [
        Value::from(0),
        1.into(),
        127.into(),
        128.into(),
        u32::MAX.into(),
        u64::MAX.into(),
        (-1).into(),
        i64::MIN.into(),
        true.into(),
        false.into(),
        1.5.into(),
        Value::F32(1.5),
        "".into(),
        "text".into(),
        Value::Binary(vec![0, 255]),
        Value::Nil,
        Value::Array(vec![1.into(), "x".into()]),
        Value::Map(vec![(1.into(), 2.into())]),
        Value::Ext(0, vec![1, 2, 3]),
    ] {
        assert_eq!(answer(call(id.clone(), "add", vec![1.into(), 2.into()])).await, result(id.clone(), 3.into()));
        assert_eq!(answer(call(id.clone(), "late", vec![2.into()])).await, result(id.clone(), 2.into()));
        let unknown = super::error(id.clone(), -32601, "Method not found");
        assert_eq!(answer(call(id.clone(), "none", vec![])).await, unknown);
    }
    // Strings that are not UTF-8 are ids as well.
    assert_eq!(answer(b"\x94\x00\xa2\xff\xfe\xa7nothing\x90").await, b"\x94\x01\xa2\xff\xfe\xc0\xc0");
}

#[tokio::test]
async fn a_null_id_is_answered_with_null() {
    assert_eq!(answer(b"\x94\x00\xc0\xa7nothing\x90").await, b"\x94\x01\xc0\xc0\xc0");
}

#[tokio::test]
async fn what_is_no_message_is_an_invalid_request() {
    let text = |text: &str| super::pack(text.into());
    for message in [
        b"\xc0".to_vec(),
        b"\x01".to_vec(),
        text("{}"),
        b"\x80".to_vec(),
        b"\x90".to_vec(),
        b"\x91\x00".to_vec(),
        b"\x94\x02\xa3add\x90\x00".to_vec(),
        b"\x92\x02\xa3add".to_vec(),
        b"\x93\x01\x01\xc0".to_vec(),
        b"\x94\x03\x01\xa3add\x90".to_vec(),
        b"\x94\xff\x01\xa3add\x90".to_vec(),
        b"\x94\xa10\x01\xa3add\x90".to_vec(),
        // A reply is no call.
    ] {
        assert_eq!(answer(&message).await, invalid_request(Value::Nil), "{message:x?}");
    }
    // A call of the wrong length still has its id.
    for message in [b"\x93\x00\x01\xa3add".to_vec(), b"\x95\x00\x01\xa3add\x90\x00".to_vec()] {
        assert_eq!(answer(&message).await, invalid_request(1.into()), "{message:x?}");
    }
    let many = [b"\xdd\x00\x10\x00\x00".to_vec(), vec![0; 1 << 20]].concat();
    assert_eq!(answer(&many).await, invalid_request(0.into()));
    let reply = answer(b"\x94\x01\x07\xc0\x03").await;
    assert_eq!(reply, super::error(7.into(), -32600, "Invalid Request"));
}

#[tokio::test]
async fn what_is_cut_off_or_reserved_is_a_parse_error() {
    let good = b"\x94\x00\x01\xa3add\x92\x01\x02";
    for cut in 0..good.len() {
        assert_eq!(answer(&good[..cut]).await, parse_error(), "cut at {cut}");
    }
    for message in [
        &b"\xc1"[..],
        b"\x94\x00\x01\xa3add\x91\xc1",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff\x00",
        b"\x94\x00\x01\xdb\xff\xff\xff\xffadd\x90",
        b"\x94\x00\x01\xa3add\xdd\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x00",
        b"{\"jsonrpc\":\"2.0\",\"method\":\"add\",\"id\":1}",
    ] {
        assert_eq!(answer(message).await, parse_error(), "{message:x?}");
    }
}

#[tokio::test]
async fn nesting_is_bounded() {
    let deep = |params: usize| [b"\x94\x00\x01\xa4echo".to_vec(), vec![0x91; params - 1], vec![0x90]].concat();
    // The message is an array itself.
    assert!(answer(deep(127)).await.starts_with(b"\x94\x01\x01\xc0\x91"));
    assert_eq!(answer(deep(128)).await, parse_error());
    let long_form = [b"\xdc\x00\x04\x00\x01\xa4echo".to_vec(), vec![0x91; 126], vec![0x90]].concat();
    assert!(answer(&long_form).await.starts_with(b"\x94\x01\x01\xc0\x91"));
    let long_form = [b"\xdc\x00\x04\x00\x01\xa4echo".to_vec(), vec![0x91; 127], vec![0x90]].concat();
    assert_eq!(answer(&long_form).await, parse_error());
    for opening in [&b"\x91"[..], b"\x81\x01", b"\x81", b"\xdd\x00\x00\x00\x01"] {
        assert_eq!(answer(opening.repeat(100_000)).await, parse_error());
        assert_eq!(answer([b"\x94\x00\x01\xa4echo".to_vec(), opening.repeat(100_000)].concat()).await, parse_error());
    }
    assert_eq!(answer(deep(100_000)).await, parse_error());
}
