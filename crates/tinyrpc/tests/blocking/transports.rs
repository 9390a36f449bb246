//! Every way of calling, over every transport.

use tinyrpc::blocking::{self, Client};
use tinyrpc::client::{CallTo, Connector, Random};
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::memory::{Memory, pair};
use tinyrpc::{Client as AsyncClient, JsonRpc, Limits, Origin, Payload, RpcError};

use crate::support::{Notes, Running, service, soon};

fn uses(client: Client, notes: &Notes) {
    assert_eq!(client.call::<i64>("add", (1, 2)).unwrap(), 3);
    let error = client.call::<()>("fail", (7,)).unwrap_err();
    assert_eq!(error.rpc_error().map(RpcError::code), Some(7));
    assert!(client.call::<()>("nothing", ()).unwrap_err().is_method_not_found());

    let params = Payload::encode(&(3, 4), client.protocol().codec()).unwrap();
    assert_eq!(client.call_payload("add", Some(&params)).unwrap().decode::<i64>().unwrap(), 7);
    assert_eq!(client.proxy("site.").call::<i64>("add", (5, 6)).unwrap(), 11);
    assert_eq!(client.proxy("s").proxy("ite.").call::<i64>("add", (5, 6)).unwrap(), 11);

    client.notify("note", (1,)).unwrap();
    client.proxy("no").one_way().call("te", (2,)).unwrap();
    client.notify_payload("note", Some(&Payload::encode(&(3,), client.protocol().codec()).unwrap())).unwrap();
    soon(|| notes.lock().unwrap().len() == 3);
    let mut noted = notes.lock().unwrap().clone();
    noted.sort_unstable(); // notifications over HTTP may overtake each other
    assert_eq!(noted, [1, 2, 3]);

    let sums = client.call_all::<i64, _>((0..20).map(|n| ("add", (n, n))));
    assert_eq!(sums.into_iter().map(Result::unwrap).collect::<Vec<_>>(), (0..40).step_by(2).collect::<Vec<_>>());
    let calls = (0..2).map(|n| CallTo::new(client.as_async(), "add", (n, 1)));
    assert_eq!(blocking::call_all::<i64>(calls).into_iter().map(Result::unwrap).collect::<Vec<_>>(), [1, 2]);

    if client.protocol().capabilities().batch.is_some() {
        let mut batch = client.batch();
        let sum = batch.call::<i64>("add", (1, 1));
        let failed = batch.call::<i64>("fail", (8,));
        batch.notify("note", (4,));
        assert_eq!(batch.calls(), 2);
        let mut replies = batch.send().unwrap();
        assert_eq!(replies.take(sum).unwrap(), 2);
        assert_eq!(replies.take(failed).unwrap_err().rpc_error().map(RpcError::code), Some(8));
    }
    client.close();
}

fn over(url: &str) {
    let running = Running::at(url);
    uses(Client::connect(&running.url).unwrap(), &running.notes);
}

#[test]
fn in_memory_as_an_exchange_and_as_a_link() {
    let (served, notes) = service();
    uses(Client::new(Memory::new(served), JsonRpc::new()), &notes);

    let (served, notes) = service();
    let (here, there) = pair(65_536);
    let server = std::thread::spawn(move || blocking::block_on(served.link(Origin::new("test"), there)));
    uses(Client::over(here, JsonRpc::new()), &notes);
    server.join().unwrap();
    over("inproc://blocking");
}

#[cfg(all(feature = "http-client", feature = "http-server"))]
#[test]
fn http() {
    over("http://127.0.0.1:0/");
}

#[cfg(all(feature = "tcp", feature = "msgpack"))]
#[test]
fn streams() {
    over("tcp://127.0.0.1:0");
    let running = Running::at("tcp://127.0.0.1:0?protocol=msgpack");
    uses(Client::connect(&format!("{}?protocol=msgpack", running.url)).unwrap(), &running.notes);
    let path = std::env::temp_dir().join(format!("tinyrpc-blocking-{}", std::process::id()));
    over(&format!("unix://{}", path.display()));
}

#[cfg(feature = "tcp")]
#[test]
fn a_child() {
    let answers = r#"while read -r line; do echo "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":3}"; done"#;
    let client = Client::connect(&format!("exec:sh -c '{answers}'")).unwrap();
    assert_eq!(client.call::<i64>("add", (1, 2)).unwrap(), 3);
    client.close();
}

#[cfg(feature = "ws")]
#[test]
fn websocket() {
    over("ws://127.0.0.1:0/");
}

#[cfg(feature = "zmq")]
#[test]
fn zeromq() {
    over("zmq+tcp://127.0.0.1:0");
}

#[test]
fn settings_reach_the_client() {
    let (served, _) = service();
    let (sender, traced) = std::sync::mpsc::channel();
    let client = Client::new(Memory::new(served), JsonRpc::new())
        .with_ids(Random::new())
        .with_trace(move |direction, _, message| sender.send((direction, message.to_vec())).unwrap());
    assert_eq!(client.call::<i64>("add", (1, 2)).unwrap(), 3);
    assert!(String::from_utf8(traced.recv().unwrap().1).unwrap().contains(r#""id":""#));
    let strict = client.with_limits(Limits::default().with_message(10));
    let error = strict.call::<i64>("add", (1, 2)).unwrap_err();
    assert_eq!(error.transport_error().unwrap().kind(), TransportErrorKind::TooLarge);

    let error = Client::connect("nothing://here").unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Setup);
    let error = Client::connect_with(&Connector::new(), "inproc://nobody").unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unreachable);
}

#[test]
fn async_clients_and_streams_are_used_by_way_of_block_on() {
    let (served, _) = service();
    let client: AsyncClient = AsyncClient::new(Memory::new(served), JsonRpc::new());
    assert_eq!(blocking::block_on(client.call::<i64>("add", (1, 2))).unwrap(), 3);
    let client = Client::from(client);
    let items = futures_util::stream::iter([1, 2, 3]);
    let sums: Vec<i64> = blocking::iterate(items).map(|item| client.call("add", (item, 1)).unwrap()).collect();
    assert_eq!(sums, [2, 3, 4]);
}
